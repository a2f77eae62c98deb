//! Failure of a command: an exit code for scripts, messages and hints for people.
//! Printing happens in one place, where the command line is run.

use std::{path::Path, process::ExitCode};

use tintype_backends::{BackendError, ErrorKind};

use crate::{
    atomic_file::FileError,
    diagnostic::Diagnostic,
    engine::{SubmitError, SubmitErrorKind},
    id::Id,
    library::LibraryError,
};

/// Exit codes, which scripts rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FailureCode {
    Other = 1,
    Usage = 2,
    Credentials = 3,
    Refused = 4,
    Rate = 5,
    Network = 6,
    Budget = 7,
    Unknown = 8,
    Interrupted = 130,
}

/// Returns each exit code with its meaning.
pub(super) const fn exit_codes() -> [(u8, &'static str); 11] {
    [
        (0, "Done."),
        (FailureCode::Other as u8, "Other error, such as a full disk or a program that does not start."),
        (FailureCode::Usage as u8, "Usage error or invalid config."),
        (FailureCode::Credentials as u8, "Missing or invalid API key."),
        (FailureCode::Refused as u8, "Refused by a safety system."),
        (FailureCode::Rate as u8, "Rate limit or quota exceeded."),
        (FailureCode::Network as u8, "Network error, server error or timeout."),
        (FailureCode::Budget as u8, "Budget exceeded."),
        (FailureCode::Unknown as u8, "Outcome unknown; you may have been charged."),
        (101, "A bug."),
        (FailureCode::Interrupted as u8, "Interrupted."),
    ]
}

impl From<FailureCode> for ExitCode {
    fn from(code: FailureCode) -> Self {
        Self::from(code as u8)
    }
}

impl From<ErrorKind> for FailureCode {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Credentials | ErrorKind::NotVerified => Self::Credentials,
            ErrorKind::Refused => Self::Refused,
            ErrorKind::Rate | ErrorKind::Quota | ErrorKind::BillingLimit => Self::Rate,
            ErrorKind::Server | ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Protocol => Self::Network,
            ErrorKind::InvalidParameter | ErrorKind::Unsupported | ErrorKind::ModelRetired => Self::Usage,
            ErrorKind::Unknown => Self::Unknown,
            ErrorKind::InvalidImage | ErrorKind::Local | ErrorKind::Unavailable => Self::Other,
        }
    }
}

/// Message with optional detail and hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UserMessage {
    /// Message text in lower case, without a full stop at its end.
    pub(super) message: String,
    /// Lines between the message and the hint, such as an excerpt of a file with a caret.
    pub(super) detail: Option<String>,
    pub(super) hint: Option<String>,
}

/// Failure of a command, with at least one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: FailureCode,
    /// Identifier of the kind of failure in JSON output.
    pub(super) kind: &'static str,
    /// Messages to print, in order; there is always at least one.
    pub(super) messages: Vec<UserMessage>,
    pub(super) job: Option<Id>,
    /// Identifier that the provider gave the request, for support questions.
    pub(super) request_id: Option<String>,
}

impl Failure {
    pub(super) fn new(code: FailureCode, kind: &'static str, message: impl Into<String>) -> Self {
        let messages = vec![UserMessage { message: message.into(), detail: None, hint: None }];
        Self { code, kind, messages, job: None, request_id: None }
    }

    /// Creates a failure caused by wrong arguments.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::new(FailureCode::Usage, "usage", message)
    }

    /// Creates a failure caused by this machine.
    pub(super) fn local(message: impl Into<String>) -> Self {
        Self::new(FailureCode::Other, "local", message)
    }

    /// Creates the failure for an image of the library whose file is missing.
    pub(super) fn missing_file(path: &Path) -> Self {
        Self::local(format!("the file of this image is missing: `{}`", path.display()))
            .with_hint("look in the system trash, or restore it from a backup")
    }

    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        if let Some(last) = self.messages.last_mut() {
            last.hint = Some(hint.into());
        }
        self
    }

    pub(super) fn with_job(mut self, job: Id) -> Self {
        self.job = Some(job);
        self
    }

    /// Creates a failure with one message per config error.
    pub(super) fn config(diagnostics: &[Diagnostic]) -> Self {
        let messages = diagnostics.iter().map(UserMessage::from).collect();
        Self { messages, ..Self::new(FailureCode::Usage, "config", "") }
    }
}

impl From<&Diagnostic> for UserMessage {
    fn from(diagnostic: &Diagnostic) -> Self {
        let detail = diagnostic.place.as_ref().map(ToString::to_string);
        Self { message: diagnostic.headline(), detail, hint: diagnostic.hint.clone() }
    }
}

impl From<BackendError> for Failure {
    fn from(error: BackendError) -> Self {
        let mut failure = Self::new(error.kind.into(), error.kind.name(), error.message);
        failure.request_id = error.request_id;
        match error.hint {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    }
}

impl From<LibraryError> for Failure {
    fn from(error: LibraryError) -> Self {
        let is_typed = matches!(
            error,
            LibraryError::NotAnId(_)
                | LibraryError::NotFound(_)
                | LibraryError::Ambiguous { .. }
                | LibraryError::Search(_)
                | LibraryError::Label(_)
        );
        let code = if is_typed { FailureCode::Usage } else { FailureCode::Other };
        let failure = Self::new(code, "library", error.to_string());
        match error.hint() {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::local(error.to_string()).with_hint(error.hint())
    }
}

impl From<SubmitError> for Failure {
    fn from(error: SubmitError) -> Self {
        let (code, kind) = match error.kind() {
            SubmitErrorKind::Usage => (FailureCode::Usage, "usage"),
            SubmitErrorKind::NotReady => (FailureCode::Credentials, "credentials"),
            SubmitErrorKind::Backend(kind) => (kind.into(), kind.name()),
            SubmitErrorKind::Budget => (FailureCode::Budget, "budget"),
            SubmitErrorKind::Other => (FailureCode::Other, "local"),
        };
        let failure = Self::new(code, kind, error.to_string());
        match error.hint() {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use tintype_backends::Usd;

    use super::*;
    use crate::engine::BudgetLimit;

    #[test]
    fn every_error_kind_has_an_exit_code() {
        let code = |kind: ErrorKind| Failure::from(BackendError::new(kind, "x")).code as u8;
        let codes = [
            (ErrorKind::Credentials, 3),
            (ErrorKind::NotVerified, 3),
            (ErrorKind::Refused, 4),
            (ErrorKind::Rate, 5),
            (ErrorKind::Quota, 5),
            (ErrorKind::BillingLimit, 5),
            (ErrorKind::Network, 6),
            (ErrorKind::Server, 6),
            (ErrorKind::Timeout, 6),
            (ErrorKind::Protocol, 6),
            (ErrorKind::Unknown, 8),
            (ErrorKind::Local, 1),
            (ErrorKind::InvalidImage, 1),
            (ErrorKind::InvalidParameter, 2),
            (ErrorKind::ModelRetired, 2),
            (ErrorKind::Unsupported, 2),
        ];
        for (kind, expected) in codes {
            assert_eq!(code(kind), expected, "{kind}");
        }
    }

    #[test]
    fn submit_errors_have_exit_codes() {
        let budget = SubmitError::Budget {
            limit: BudgetLimit::Daily,
            backend: None,
            estimate: Usd::from_dollars(0.5),
            assumed: false,
            spent: Usd::ZERO,
            max: Usd::from_dollars(0.1),
        };
        assert_eq!(
            (Failure::from(budget).code, Failure::from(SubmitError::EmptyPrompt).code),
            (FailureCode::Budget, FailureCode::Usage)
        );
        let keyless = SubmitError::NotReady { backend: "x".into(), what: "no key".into(), hint: "set it".into() };
        assert_eq!(Failure::from(keyless).code, FailureCode::Credentials);
    }

    #[test]
    fn provider_error_details_are_kept() {
        let error =
            BackendError::new(ErrorKind::Refused, "no").with_hint("rephrase it").with_request_id(Some("r1".into()));
        let failure = Failure::from(error);
        assert_eq!((failure.kind, failure.request_id.as_deref()), ("refused", Some("r1")));
        assert_eq!(failure.messages[0].hint.as_deref(), Some("rephrase it"));
    }
}
