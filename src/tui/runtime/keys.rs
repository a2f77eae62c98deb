//! What the terminal sends: keys, the mouse, pastes; and letting go of it while somebody else has the terminal.
//! What a key means is decided in `update`.

use std::{
    collections::VecDeque,
    future::{pending, poll_fn},
    io,
    task::Poll,
};

use crossterm::event::{Event, EventStream};
use futures::StreamExt;

/// The events of the terminal.
pub(super) struct Keys {
    /// What was typed before anybody listened: it comes before everything that is typed later.
    early: VecDeque<Event>,
    /// Absent while somebody else reads.
    stream: Option<EventStream>,
}

impl Keys {
    /// Begins to listen, after what was typed before.
    pub(super) fn listen(early: Vec<Event>) -> Self {
        Self { early: early.into(), stream: Some(EventStream::new()) }
    }

    /// Waits for the next event; there is none after the last.
    pub(super) async fn next(&mut self) -> Option<io::Result<Event>> {
        if let Some(event) = self.early.pop_front() {
            return Some(Ok(event));
        }
        match &mut self.stream {
            Some(stream) => stream.next().await,
            None => pending().await,
        }
    }

    /// An event that is there already. The stream remembers who asked, so it has to be asked as this task:
    /// `now_or_never` would leave nobody to be woken by the next key.
    pub(super) async fn waiting(&mut self) -> Poll<Option<io::Result<Event>>> {
        if let Some(event) = self.early.pop_front() {
            return Poll::Ready(Some(Ok(event)));
        }
        let Some(stream) = &mut self.stream else { return Poll::Pending };
        poll_fn(|context| Poll::Ready(stream.poll_next_unpin(context))).await
    }

    /// Leaves the terminal's input to somebody else. A new stream waits for the old one to let go of the terminal,
    /// which it does when it is dropped: so the old one goes first, and the new one comes with `resume`.
    pub(super) fn pause(&mut self) {
        self.stream = None;
    }

    /// Listens again.
    pub(super) fn resume(&mut self) {
        self.stream = Some(EventStream::new());
    }
}
