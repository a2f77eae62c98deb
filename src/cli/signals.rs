//! What asks a command to stop: Ctrl-C, and on Unix the end of the terminal or of the session.
//! It only tells; what stopping means is the caller's business.

use super::failure::Failure;

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// A person does not want it any more: Ctrl-C.
    Cancel,
    /// The system wants the process to end, soon; what it is at may still be wanted.
    End,
}

/// The signals that ask for an end.
#[derive(Debug)]
pub(super) struct Signals {
    #[cfg(unix)]
    listening: [tokio::signal::unix::Signal; 3],
}

impl Signals {
    /// Listens from now on; the signals no longer end the process by themselves.
    #[cfg(unix)]
    pub(super) fn listen() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).map_err(|error| Failure::local(format!("cannot listen for signals: {error}")));
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [interrupt, terminate, hangup] = kinds.map(listen);
        Ok(Self { listening: [interrupt?, terminate?, hangup?] })
    }

    /// The next one.
    #[cfg(unix)]
    pub(super) async fn next(&mut self) -> Asked {
        let [interrupt, terminate, hangup] = &mut self.listening;
        tokio::select! {
            _ = interrupt.recv() => Asked::Cancel,
            _ = terminate.recv() => Asked::End,
            _ = hangup.recv() => Asked::End,
        }
    }

    /// Listens from now on; the signals no longer end the process by themselves.
    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "the same on every system")]
    pub(super) fn listen() -> Result<Self, Failure> {
        Ok(Self {})
    }

    /// The next one.
    #[cfg(not(unix))]
    pub(super) async fn next(&mut self) -> Asked {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Asked::Cancel
    }
}
