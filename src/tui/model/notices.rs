//! Notices to the user: one shown at a time with a suggested action, and the list of past ones.
//! Notices expire by the time that is passed in; nothing here reads the clock.

use std::{collections::VecDeque, time::Duration};

use jiff::Timestamp;

use super::{MessageTime, Model, PreviewSubject};
use crate::id::Id;

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

/// A condition that a notice is about; its notices are cleared when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeTopic {
    /// The config on disk.
    Config,
    /// The theme that was asked for last.
    Theme,
    /// The text of the search line.
    Search,
    /// The length of the prompt.
    PromptLength,
    /// The images that the prompt names.
    NamedImages,
    /// The prompt that was refused before it became a job.
    Submission,
    /// A job that failed; the preview shows the same error.
    Job(Id),
    /// Jobs that an earlier process left behind.
    Unfinished,
    /// The shutdown of the chosen model.
    Shutdown,
    /// The request to quit while jobs are running.
    Quit,
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

    /// Returns the lifetime of the notice; `None` if it stays until it is dismissed or its condition ends. A warning
    /// without a condition is the answer to a key, and outdated soon after.
    const fn lifetime(&self) -> Option<Duration> {
        match (self.severity, self.topic) {
            (Severity::Success | Severity::Info, _) => Some(Duration::from_secs(5)),
            (Severity::Warning, None) => Some(Duration::from_secs(15)),
            (Severity::Warning, Some(_)) | (Severity::Error, _) => None,
        }
    }

    /// Returns `true` if the notice stays until it is dismissed or its condition ends.
    pub const fn stays(&self) -> bool {
        self.lifetime().is_none()
    }

    /// Returns the text with its hint, as it is copied and listed.
    pub fn full_text(&self) -> String {
        let hint = self.hint.as_ref().map(|hint| format!("\nhint: {hint}"));
        format!("{}{}{}", self.severity.prefix(), self.text, hint.unwrap_or_default())
    }
}

/// A notice in the list of past ones.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedNotice {
    pub at: Timestamp,
    pub notice: Notice,
}

/// The notices that are neither dismissed nor expired, the last of which is shown, and the list of all.
#[derive(Clone, Debug, Default)]
pub struct Notices {
    open: Vec<(Notice, Option<Duration>)>,
    log: VecDeque<LoggedNotice>,
}

/// Maximum number of open notices; the oldest are dropped.
const MAX_OPEN: usize = 20;
/// Maximum length of the list of past notices.
const MAX_LOGGED: usize = 200;

impl Notices {
    /// Shows a notice now. Warnings and errors that are still open come back after it.
    pub fn push(&mut self, notice: Notice, now: &MessageTime) {
        self.open.retain(|(open, until)| until.is_none() && *open != notice);
        let until = notice.lifetime().map(|stay| now.since_start + stay);
        self.open.push((notice.clone(), until));
        if self.open.len() > MAX_OPEN {
            self.open.remove(0);
        }
        self.record(LoggedNotice { at: now.at, notice });
    }

    /// Adds a notice to the list. What repeats the newest entry, or is news about the same condition, replaces it.
    fn record(&mut self, entry: LoggedNotice) {
        let repeats = |last: &LoggedNotice| {
            let same_topic = entry.notice.topic.is_some() && last.notice.topic == entry.notice.topic;
            last.notice == entry.notice || (same_topic && last.notice.severity == entry.notice.severity)
        };
        if self.log.back().is_some_and(repeats) {
            self.log.pop_back();
        }
        self.log.push_back(entry);
        if self.log.len() > MAX_LOGGED {
            self.log.pop_front();
        }
    }

    /// Removes the notices about a condition that has ended or is about to be reported again.
    pub fn clear(&mut self, topic: NoticeTopic) {
        self.open.retain(|(open, _)| open.topic != Some(topic));
    }

    /// Returns the notice to show.
    pub fn current(&self) -> Option<&Notice> {
        self.open.last().map(|(notice, _)| notice)
    }

    /// Returns the number of notices behind the current one.
    pub fn hidden_count(&self) -> usize {
        self.open.len().saturating_sub(1)
    }

    /// Dismisses all notices; returns `true` if one of them would have stayed. They remain in the list.
    pub fn dismiss(&mut self) -> bool {
        let stayed = self.open.iter().any(|(_, until)| until.is_none());
        self.open.clear();
        stayed
    }

    /// Removes the notices whose time is up.
    pub fn expire(&mut self, now: Duration) {
        self.open.retain(|(_, until)| until.is_none_or(|until| now < until));
    }

    /// Returns `true` if a notice will expire by itself, so that the time has to be checked.
    pub fn has_expiring(&self) -> bool {
        self.open.iter().any(|(_, until)| until.is_some())
    }

    /// Returns the past notices, newest first.
    pub fn log(&self) -> impl ExactSizeIterator<Item = &LoggedNotice> {
        self.log.iter().rev()
    }
}

impl Model {
    /// Shows a notice to the user.
    pub fn notify(&mut self, notice: Notice) {
        self.notices.push(notice, &self.now);
    }

    /// Takes back the warning that jobs are running, since something else than quitting was done.
    pub fn forget_quit_warning(&mut self) {
        if std::mem::take(&mut self.quit_warned) {
            self.notices.clear(NoticeTopic::Quit);
        }
    }

    /// Clears the error of the job that the preview explains; returns `true` if there was one.
    pub fn clear_explained_error(&mut self) -> bool {
        let before = self.notices.open.len();
        if let (None, PreviewSubject::NoImage(job)) = (&self.screen, self.subject()) {
            self.notices.clear(NoticeTopic::Job(job));
        }
        self.notices.open.len() < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixtures::noon;

    fn texts(notices: &Notices) -> Vec<&str> {
        notices.log().map(|entry| entry.notice.text.as_str()).collect()
    }

    #[test]
    fn error_stays_until_it_is_dismissed() {
        let mut notices = Notices::default();
        notices.push(Notice::new(Severity::Error, "lost"), &noon());
        notices.push(Notice::new(Severity::Info, "copied"), &noon());
        assert_eq!(notices.current().unwrap().text, "copied");
        notices.expire(noon().since_start + Duration::from_secs(60));
        assert_eq!(notices.current().unwrap().text, "lost");
        assert!(!notices.has_expiring());
        assert!(notices.dismiss());
        assert_eq!(notices.current(), None);
    }

    #[test]
    fn one_dismissal_clears_all_and_the_list_keeps_them() {
        let mut notices = Notices::default();
        for text in ["first", "second"] {
            notices.push(Notice::new(Severity::Error, text), &noon());
        }
        assert_eq!(notices.hidden_count(), 1);
        assert!(notices.dismiss() && notices.current().is_none());
        assert_eq!(texts(&notices), ["second", "first"]);
    }

    #[test]
    fn dismissing_what_would_expire_anyway_does_not_count() {
        let mut notices = Notices::default();
        notices.push(Notice::new(Severity::Success, "copied"), &noon());
        assert!(!notices.dismiss() && notices.current().is_none());
    }

    #[test]
    fn the_same_error_twice_is_one_message() {
        let mut notices = Notices::default();
        notices.push(Notice::new(Severity::Error, "lost"), &noon());
        notices.push(Notice::new(Severity::Error, "lost"), &noon());
        assert_eq!((notices.hidden_count(), texts(&notices).len()), (0, 1));
    }

    #[test]
    fn news_about_one_condition_is_one_entry_in_the_list() {
        let mut notices = Notices::default();
        for left_out in 1..50 {
            notices.clear(NoticeTopic::PromptLength);
            let text = format!("{left_out} left out");
            notices.push(Notice::new(Severity::Warning, text).about(NoticeTopic::PromptLength), &noon());
        }
        assert_eq!(texts(&notices), ["49 left out"]);
    }

    #[test]
    fn list_is_bounded() {
        let mut notices = Notices::default();
        for number in 0..1000 {
            notices.push(Notice::new(Severity::Error, number.to_string()), &noon());
        }
        assert_eq!((notices.log().len(), notices.open.len()), (MAX_LOGGED, MAX_OPEN));
        assert_eq!(texts(&notices)[0], "999");
    }
}
