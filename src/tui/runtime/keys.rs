//! What the terminal sends: keys, the mouse, pastes, replies; and letting go of it while somebody else has the terminal.
//! What a key means is decided in `update`.

use std::{
    collections::VecDeque,
    future::{pending, poll_fn},
    io,
    task::Poll,
    time::{Duration, Instant},
};

use crossterm::event::{self, Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use futures::StreamExt;
use tokio::time::timeout_at;

use super::replies::{Input, Replies};

use crate::tui::msg::Msg;

/// The time given to crossterm to hand out what it has read already. Its stream gives none, and the source that reads
/// `/dev/tty` then passes over its own buffer: each key would cost a round trip through a thread, and a frame.
const BUFFERED: Duration = Duration::from_micros(100);

/// The events of the terminal.
pub(super) struct Keys {
    /// What was typed before anybody listened: it comes before everything that is typed later.
    early: VecDeque<Event>,
    /// Absent while somebody else reads.
    stream: Option<EventStream>,
    replies: Replies,
}

impl Keys {
    /// Begins to listen, after what was typed before.
    pub(super) fn listen(early: Vec<Event>, replies: Replies) -> Self {
        Self { early: early.into(), stream: Some(EventStream::new()), replies }
    }

    /// Tells whether a reply will probably come soon.
    pub(super) fn expect_reply(&mut self, soon: bool) {
        self.replies.expect(soon);
    }

    /// Keeps events for later, as if they had not been read yet.
    pub(super) fn put_back(&mut self, events: Vec<Event>) {
        self.early.extend(events);
    }

    /// Waits for the next event; there is none after the last.
    pub(super) async fn next(&mut self) -> Option<io::Result<Input>> {
        loop {
            if let Some(input) = self.known() {
                return Some(Ok(input));
            }
            let Some(stream) = &mut self.stream else { return pending().await };
            let event = match self.replies.patience() {
                None => stream.next().await,
                Some(end) => {
                    let Ok(event) = timeout_at(end.into(), stream.next()).await else {
                        self.replies.give_up();
                        continue;
                    };
                    event
                }
            };
            match event {
                Some(Ok(event)) => self.replies.take(event, Instant::now()),
                end => return end.map(|end| end.map(Input::Event)),
            }
        }
    }

    /// An event that is there already. The stream remembers who asked, so it has to be asked as this task:
    /// `now_or_never` would leave nobody to be woken by the next key.
    pub(super) async fn waiting(&mut self) -> Poll<Option<io::Result<Input>>> {
        loop {
            if let Some(input) = self.known() {
                return Poll::Ready(Some(Ok(input)));
            }
            let Some(stream) = &mut self.stream else { return Poll::Pending };
            if event::poll(BUFFERED).unwrap_or(false)
                && let Ok(event) = event::read()
            {
                self.replies.take(event, Instant::now());
                continue;
            }
            match poll_fn(|context| Poll::Ready(stream.poll_next_unpin(context))).await {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(event))) => self.replies.take(event, Instant::now()),
                Poll::Ready(end) => return Poll::Ready(end.map(|end| end.map(Input::Event))),
            }
        }
    }

    /// What was read before.
    fn known(&mut self) -> Option<Input> {
        let early = self.early.pop_front().map(Input::Event);
        early.or_else(|| self.replies.next())
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

/// The most keys of a run: what comes after them is not kept waiting for longer.
const RUN: usize = 1 << 16;

/// Plain characters that wait together: a terminal without bracketed paste sends a text as keys, and handled one by one
/// each would cost as much as the whole prompt.
#[derive(Default)]
pub(super) struct Run(Vec<KeyEvent>);

impl Run {
    /// Takes a message in; what is due now, in the order in which it came.
    pub(super) fn take(&mut self, msg: Msg) -> impl Iterator<Item = Msg> + use<> {
        match msg {
            Msg::Key(key) if is_character(key) => {
                self.0.push(key);
                let full = if self.0.len() < RUN { None } else { self.end() };
                full.into_iter().chain(None)
            }
            other => self.end().into_iter().chain(Some(other)),
        }
    }

    /// The run so far, if there is one.
    pub(super) fn end(&mut self) -> Option<Msg> {
        let run = std::mem::take(&mut self.0);
        match run.as_slice() {
            [] => None,
            [key] => Some(Msg::Key(*key)),
            _ => Some(Msg::Keys(run)),
        }
    }
}

fn is_character(key: KeyEvent) -> bool {
    let plain = !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SUPER);
    matches!(key.code, KeyCode::Char(_)) && plain && key.kind != KeyEventKind::Release
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_thousand_characters_are_one_message_and_the_key_after_them_is_the_next() {
        let mut run = Run::default();
        let typed = |c| Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
        let quit = Msg::Key(KeyEvent::new(KeyCode::Char('q'), KeyModifiers::CONTROL));
        let early: Vec<Msg> = (0..60_000).flat_map(|_| run.take(typed('x'))).collect();
        assert!(early.is_empty());
        let due: Vec<Msg> = run.take(quit).collect();
        assert!(
            matches!(&due[..], [Msg::Keys(keys), Msg::Key(quit)] if keys.len() == 60_000 && quit.modifiers == KeyModifiers::CONTROL)
        );
        assert!(run.end().is_none());
        assert_eq!((0..2 * RUN).flat_map(|_| run.take(typed('x'))).count(), 2, "however many there are");
    }
}
