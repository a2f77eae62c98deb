//! Operating system signals: those that end the studio, and the one that suspends it.
//! Keys such as Ctrl+C are not signals here: in raw mode they arrive as keys.

use std::{
    future::poll_fn,
    io,
    task::{Context, Poll},
};

use signal_hook::consts as signals;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that end a program by default and can be caught: without a handler, they would leave the terminal in raw
/// mode.
const TERMINATING: &[i32] = &[
    signals::SIGINT,
    signals::SIGTERM,
    signals::SIGHUP,
    signals::SIGQUIT,
    signals::SIGUSR1,
    signals::SIGUSR2,
    signals::SIGALRM,
    signals::SIGVTALRM,
    signals::SIGPROF,
    signals::SIGXCPU,
    signals::SIGXFSZ,
    #[cfg(target_os = "linux")]
    SIGPOLL,
    #[cfg(target_os = "linux")]
    SIGPWR,
];

#[cfg(target_os = "linux")]
const SIGPOLL: i32 = 29;
#[cfg(target_os = "linux")]
const SIGPWR: i32 = 30;

/// A listener for the signals that end the studio.
pub(super) struct SignalListener(Vec<(i32, Signal)>);

impl SignalListener {
    /// Starts listening.
    pub(super) fn listen() -> io::Result<Self> {
        let listening = TERMINATING.iter().map(|number| Ok((*number, signal(SignalKind::from_raw(*number))?)));
        listening.collect::<io::Result<_>>().map(Self)
    }

    /// Waits for the next signal and returns its number.
    pub(super) async fn next(&mut self) -> i32 {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<i32> {
        let came =
            self.0.iter_mut().find_map(|(number, signal)| signal.poll_recv(context).is_ready().then_some(*number));
        came.map_or(Poll::Pending, Poll::Ready)
    }
}

/// Suspends this process as Ctrl+Z would; returns when the shell continues it.
pub(super) fn stop() -> io::Result<()> {
    signal_hook::low_level::emulate_default_handler(signals::SIGTSTP)
}
