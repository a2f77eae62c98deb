//! Messages to the user: one at a time, in words, with the next action.
//! How long one stays is decided here by time that is handed in; the clock is not read.

use std::{collections::VecDeque, time::Duration};

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Something went well.
    Success,
    /// Something is worth knowing.
    Info,
    /// Something deserves a look.
    Warning,
    /// Something failed.
    Error,
}

impl Severity {
    /// The word before the message: a colour alone says nothing to some.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Success | Self::Info => "",
            Self::Warning => "warning: ",
            Self::Error => "error: ",
        }
    }
}

/// A state of affairs that one message at a time is about; when it is over, its messages go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The config on disk.
    Config,
    /// The length of the prompt.
    PromptLength,
    /// The images that the prompt names.
    NamedImages,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How much it matters.
    pub severity: Severity,
    /// What happened.
    pub text: String,
    /// What to do next.
    pub hint: Option<String>,
    /// The state of affairs it is about.
    pub topic: Option<Topic>,
}

impl Notice {
    /// A message without a hint.
    pub fn new(severity: Severity, text: impl Into<String>) -> Self {
        Self { severity, text: text.into(), hint: None, topic: None }
    }

    /// The same message with the next action.
    #[must_use]
    pub fn with_hint(mut self, hint: Option<impl Into<String>>) -> Self {
        self.hint = hint.map(Into::into);
        self
    }

    /// The same message about a state of affairs.
    #[must_use]
    pub const fn about(mut self, topic: Topic) -> Self {
        self.topic = Some(topic);
        self
    }

    /// How long it stays by itself; for ever where there is no time.
    const fn stays(&self) -> Option<Duration> {
        match self.severity {
            Severity::Success | Severity::Info => Some(Duration::from_secs(5)),
            Severity::Warning | Severity::Error => None,
        }
    }
}

/// The messages that wait to be read.
#[derive(Clone, Debug, Default)]
pub struct Notices {
    waiting: VecDeque<(Notice, Option<Duration>)>,
}

/// More than this many are not kept: the oldest goes.
const KEPT: usize = 20;

impl Notices {
    /// Shows a message now; warnings and errors that stand come back after it.
    pub fn push(&mut self, notice: Notice, now: Duration) {
        self.waiting.retain(|(waiting, until)| until.is_none() && *waiting != notice);
        let until = notice.stays().map(|stay| now + stay);
        self.waiting.push_back((notice, until));
        while self.waiting.len() > KEPT {
            self.waiting.pop_front();
        }
    }

    /// Takes away the messages about something that is over, or that is about to be reported again.
    pub fn clear(&mut self, topic: Topic) {
        self.waiting.retain(|(waiting, _)| waiting.topic != Some(topic));
    }

    /// The message to show.
    pub fn current(&self) -> Option<&Notice> {
        self.waiting.back().map(|(notice, _)| notice)
    }

    /// How many wait behind the current one.
    pub fn behind(&self) -> usize {
        self.waiting.len().saturating_sub(1)
    }

    /// Puts the current message away. Says whether there was one.
    pub fn dismiss(&mut self) -> bool {
        self.waiting.pop_back().is_some()
    }

    /// Puts away what has stood long enough.
    pub fn expire(&mut self, now: Duration) {
        self.waiting.retain(|(_, until)| until.is_none_or(|until| now < until));
    }

    /// Whether one will go by itself, so that somebody has to look at the clock.
    pub fn fading(&self) -> bool {
        self.waiting.iter().any(|(_, until)| until.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::ZERO;

    #[test]
    fn an_error_stays_until_it_is_dismissed() {
        let mut notices = Notices::default();
        notices.push(Notice::new(Severity::Error, "lost"), START);
        notices.push(Notice::new(Severity::Info, "copied"), START);
        assert_eq!(notices.current().unwrap().text, "copied");
        notices.expire(Duration::from_secs(60));
        assert_eq!(notices.current().unwrap().text, "lost");
        assert!(!notices.fading());
        assert!(notices.dismiss());
        assert_eq!(notices.current(), None);
    }

    #[test]
    fn the_same_error_twice_is_one_message() {
        let mut notices = Notices::default();
        notices.push(Notice::new(Severity::Error, "lost"), START);
        notices.push(Notice::new(Severity::Error, "lost"), START);
        assert_eq!(notices.behind(), 0);
    }
}
