//! Notices to the user: shown one at a time, each with a suggested action.
//! Notices expire by the time that is passed in; nothing here reads the clock.

use std::{collections::VecDeque, time::Duration};

use super::Model;

/// The importance of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Something went well.
    Success,
    /// Something worth knowing.
    Info,
    /// Something that needs attention.
    Warning,
    /// Something failed.
    Error,
}

impl Severity {
    /// Returns the prefix of the text, since color alone is not accessible to everyone.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Success | Self::Info => "",
            Self::Warning => "warning: ",
            Self::Error => "error: ",
        }
    }
}

/// A condition that one notice at a time is about; its notices are cleared when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeTopic {
    /// The config on disk.
    Config,
    /// The length of the prompt.
    PromptLength,
    /// The images that the prompt names.
    NamedImages,
}

/// A message to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub severity: Severity,
    pub text: String,
    /// Suggested next action, shown after or below the text.
    pub hint: Option<String>,
    /// Condition that the notice is about, if there is one.
    pub topic: Option<NoticeTopic>,
}

impl Notice {
    /// Creates a notice without a hint.
    pub fn new(severity: Severity, text: impl Into<String>) -> Self {
        Self { severity, text: text.into(), hint: None, topic: None }
    }

    /// Adds a hint with the next action.
    #[must_use]
    pub fn with_hint(mut self, hint: Option<impl Into<String>>) -> Self {
        self.hint = hint.map(Into::into);
        self
    }

    /// Ties the notice to a condition.
    #[must_use]
    pub const fn about(mut self, topic: NoticeTopic) -> Self {
        self.topic = Some(topic);
        self
    }

    /// Returns the lifetime of the notice; `None` if it stays until it is dismissed.
    const fn lifetime(&self) -> Option<Duration> {
        match self.severity {
            Severity::Success | Severity::Info => Some(Duration::from_secs(5)),
            Severity::Warning | Severity::Error => None,
        }
    }
}

/// The notices that are neither dismissed nor expired; the last one is shown.
#[derive(Clone, Debug, Default)]
pub struct Notices {
    waiting: VecDeque<(Notice, Option<Duration>)>,
}

/// Maximum number of notices; the oldest are dropped.
const MAX_NOTICES: usize = 20;

impl Notices {
    /// Shows a notice now. Warnings and errors that are still open come back after it.
    pub fn push(&mut self, notice: Notice, now: Duration) {
        self.waiting.retain(|(waiting, until)| until.is_none() && *waiting != notice);
        let until = notice.lifetime().map(|stay| now + stay);
        self.waiting.push_back((notice, until));
        while self.waiting.len() > MAX_NOTICES {
            self.waiting.pop_front();
        }
    }

    /// Removes the notices about a condition that has ended or is about to be reported again.
    pub fn clear(&mut self, topic: NoticeTopic) {
        self.waiting.retain(|(waiting, _)| waiting.topic != Some(topic));
    }

    /// Returns the notice to show.
    pub fn current(&self) -> Option<&Notice> {
        self.waiting.back().map(|(notice, _)| notice)
    }

    /// Returns the number of notices behind the current one.
    pub fn hidden_count(&self) -> usize {
        self.waiting.len().saturating_sub(1)
    }

    /// Dismisses the current notice; returns `true` if there was one.
    pub fn dismiss(&mut self) -> bool {
        self.waiting.pop_back().is_some()
    }

    /// Removes the notices whose time is up.
    pub fn expire(&mut self, now: Duration) {
        self.waiting.retain(|(_, until)| until.is_none_or(|until| now < until));
    }

    /// Returns `true` if a notice will expire by itself, so that the time has to be checked.
    pub fn has_expiring(&self) -> bool {
        self.waiting.iter().any(|(_, until)| until.is_some())
    }
}

impl Model {
    /// Shows a notice to the user.
    pub fn notify(&mut self, notice: Notice) {
        self.notices.push(notice, self.now.since_start);
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
        assert!(!notices.has_expiring());
        assert!(notices.dismiss());
        assert_eq!(notices.current(), None);
    }

    #[test]
    fn the_same_error_twice_is_one_message() {
        let mut notices = Notices::default();
        notices.push(Notice::new(Severity::Error, "lost"), START);
        notices.push(Notice::new(Severity::Error, "lost"), START);
        assert_eq!(notices.hidden_count(), 0);
    }
}
