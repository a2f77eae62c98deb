//! Signals that ask a command to stop: Ctrl-C, and on Unix also termination and hangup.
//! The caller decides how to stop.

use super::failure::Failure;

/// Request that a signal stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StopRequest {
    /// The user cancels with Ctrl-C.
    Cancel,
    /// The system asks the process to exit soon; its work may still be wanted.
    Exit,
}

/// Listener for the signals that ask for an exit.
#[derive(Debug)]
pub(super) struct StopSignals {
    #[cfg(unix)]
    listening: [tokio::signal::unix::Signal; 3],
}

impl StopSignals {
    /// Starts listening. From then on these signals no longer end the process by themselves.
    #[cfg(unix)]
    pub(super) fn listen() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).map_err(|error| Failure::local(format!("cannot listen for signals: {error}")));
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [interrupt, terminate, hangup] = kinds.map(listen);
        Ok(Self { listening: [interrupt?, terminate?, hangup?] })
    }

    /// Waits for the next signal.
    #[cfg(unix)]
    pub(super) async fn next(&mut self) -> StopRequest {
        let [interrupt, terminate, hangup] = &mut self.listening;
        tokio::select! {
            _ = interrupt.recv() => StopRequest::Cancel,
            _ = terminate.recv() => StopRequest::Exit,
            _ = hangup.recv() => StopRequest::Exit,
        }
    }

    /// Starts listening. From then on these signals no longer end the process by themselves.
    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "the same on every system")]
    pub(super) fn listen() -> Result<Self, Failure> {
        Ok(Self {})
    }

    /// Waits for the next signal.
    #[cfg(not(unix))]
    pub(super) async fn next(&mut self) -> StopRequest {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        StopRequest::Cancel
    }
}
