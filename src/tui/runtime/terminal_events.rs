//! The events of the terminal: keys, mouse, pastes and replies, with a pause while another program has the terminal.
//! `update` decides what a key means.

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

use super::reply_parser::{ReplyParser, TerminalInput};

use crate::tui::msg::Msg;

/// The time given to crossterm to return what it has read already. Its stream gives none, and the source that reads
/// `/dev/tty` then skips its own buffer: each key would cost a round trip through a thread, and a frame.
const POLL_TIMEOUT: Duration = Duration::from_micros(100);

/// The events of the terminal.
pub(super) struct TerminalEvents {
    /// Events from before the stream started; they come before everything that is typed later.
    pending: VecDeque<Event>,
    /// `None` while another program reads from the terminal.
    stream: Option<EventStream>,
    replies: ReplyParser,
}

impl TerminalEvents {
    /// Starts listening, after these events from before.
    pub(super) fn listen(early: Vec<Event>, replies: ReplyParser) -> Self {
        Self { pending: early.into(), stream: Some(EventStream::new()), replies }
    }

    /// Sets whether a reply will probably come soon.
    pub(super) fn expect_reply(&mut self, soon: bool) {
        self.replies.expect_reply(soon);
    }

    /// Puts events back as if they had not been read.
    pub(super) fn put_back(&mut self, events: Vec<Event>) {
        self.pending.extend(events);
    }

    /// Waits for the next input; returns `None` once the terminal is closed.
    pub(super) async fn next(&mut self) -> Option<io::Result<TerminalInput>> {
        loop {
            if let Some(input) = self.next_buffered() {
                return Some(Ok(input));
            }
            let Some(stream) = &mut self.stream else { return pending().await };
            let event = match self.replies.deadline() {
                None => stream.next().await,
                Some(end) => {
                    let Ok(event) = timeout_at(end.into(), stream.next()).await else {
                        self.replies.release_held();
                        continue;
                    };
                    event
                }
            };
            match event {
                Some(Ok(event)) => self.replies.take(event, Instant::now()),
                end => return end.map(|end| end.map(TerminalInput::Event)),
            }
        }
    }

    /// Returns an input that is available already. The stream remembers the task that polled it, so it has to be polled
    /// as this task: after `now_or_never`, the next key would wake no one.
    pub(super) async fn poll_next(&mut self) -> Poll<Option<io::Result<TerminalInput>>> {
        loop {
            if let Some(input) = self.next_buffered() {
                return Poll::Ready(Some(Ok(input)));
            }
            let Some(stream) = &mut self.stream else { return Poll::Pending };
            if event::poll(POLL_TIMEOUT).unwrap_or(false)
                && let Ok(event) = event::read()
            {
                self.replies.take(event, Instant::now());
                continue;
            }
            match poll_fn(|context| Poll::Ready(stream.poll_next_unpin(context))).await {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(event))) => self.replies.take(event, Instant::now()),
                Poll::Ready(end) => return Poll::Ready(end.map(|end| end.map(TerminalInput::Event))),
            }
        }
    }

    /// Returns the next input that was read before.
    fn next_buffered(&mut self) -> Option<TerminalInput> {
        let early = self.pending.pop_front().map(TerminalInput::Event);
        early.or_else(|| self.replies.next())
    }

    /// Leaves the terminal's input to another program. A new stream waits until the old one has released the terminal,
    /// which happens on drop: so the old one is dropped here, and `resume` creates the new one.
    pub(super) fn pause(&mut self) {
        self.stream = None;
    }

    /// Starts listening again.
    pub(super) fn resume(&mut self) {
        self.stream = Some(EventStream::new());
    }
}

/// Maximum number of keys in a run, so that later input is not kept waiting for longer.
const MAX_BATCH: usize = 1 << 16;

/// Plain characters that wait to be handled together: a terminal without bracketed paste sends pasted text as keys, and
/// each one handled by itself would cost as much as the whole prompt.
#[derive(Default)]
pub(super) struct KeyBatch(Vec<KeyEvent>);

impl KeyBatch {
    /// Takes in a message; returns what is due now, in the order of arrival.
    pub(super) fn take(&mut self, msg: Msg) -> impl Iterator<Item = Msg> + use<> {
        match msg {
            Msg::Key(key) if is_character(key) => {
                self.0.push(key);
                let full = if self.0.len() < MAX_BATCH { None } else { self.take_batch() };
                full.into_iter().chain(None)
            }
            other => self.take_batch().into_iter().chain(Some(other)),
        }
    }

    /// Ends the run and returns it, if there is one.
    pub(super) fn take_batch(&mut self) -> Option<Msg> {
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
    fn many_characters_are_one_message() {
        let mut run = KeyBatch::default();
        let typed = |c| Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
        let quit = Msg::Key(KeyEvent::new(KeyCode::Char('q'), KeyModifiers::CONTROL));
        let early: Vec<Msg> = (0..60_000).flat_map(|_| run.take(typed('x'))).collect();
        assert!(early.is_empty());
        let due: Vec<Msg> = run.take(quit).collect();
        assert!(
            matches!(&due[..], [Msg::Keys(keys), Msg::Key(quit)] if keys.len() == 60_000 && quit.modifiers == KeyModifiers::CONTROL)
        );
        assert!(run.take_batch().is_none());
        assert_eq!((0..2 * MAX_BATCH).flat_map(|_| run.take(typed('x'))).count(), 2, "however many there are");
    }
}
