//! The errors of backends: a kind for programs, a message and a hint for people.
//! The code that displays them strips control characters and adds color.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::svg::SvgValidity;

/// The kind of an error, which decides what happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The key is missing, wrong, or lacks a permission.
    Credentials,
    /// The provider requires a verified organization.
    NotVerified,
    /// The provider no longer has the model.
    ModelRetired,
    /// The provider or the model refuses the request.
    Refused,
    /// The request was rate limited; waiting helps.
    Rate,
    /// The account is out of credit; waiting does not help.
    Quota,
    /// A spending limit of the account is reached.
    BillingLimit,
    /// The model or the provider does not accept a setting.
    InvalidParameter,
    /// The backend does not support the operation: edit, mask, resume.
    Unsupported,
    /// The provider failed on its side.
    Server,
    /// The provider could not be reached.
    Network,
    /// The provider did not respond in time.
    Timeout,
    /// The response is malformed.
    Protocol,
    /// The model responded, but not with a valid image.
    InvalidImage,
    /// The request was sent and its fate is unknown: it may have been billed.
    Unknown,
    /// A failure on this machine: a file, a process, memory.
    Local,
    /// An external backend's program does not start or does not respond: it was sent no request.
    Unavailable,
}

impl ErrorKind {
    /// Returns its name in JSON and in the library.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::NotVerified => "not_verified",
            Self::ModelRetired => "model_retired",
            Self::Refused => "refused",
            Self::Rate => "rate",
            Self::Quota => "quota",
            Self::BillingLimit => "billing_limit",
            Self::InvalidParameter => "invalid_parameter",
            Self::Unsupported => "unsupported",
            Self::Server => "server",
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
            Self::InvalidImage => "invalid_image",
            Self::Unknown => "unknown",
            Self::Local => "local",
            Self::Unavailable => "unavailable",
        }
    }
}

impl ErrorKind {
    /// Returns whether a failure of that kind occurs before anything is billed.
    pub const fn is_free(self) -> bool {
        match self {
            Self::Credentials
            | Self::NotVerified
            | Self::ModelRetired
            | Self::Refused
            | Self::Rate
            | Self::Quota
            | Self::BillingLimit
            | Self::InvalidParameter
            | Self::Unsupported
            | Self::Server
            | Self::Network
            | Self::Unavailable => true,
            Self::Timeout | Self::Protocol | Self::InvalidImage | Self::Unknown | Self::Local => false,
        }
    }
}

impl ErrorKind {
    /// Returns whether polling a job that continues at the provider may succeed later.
    pub(crate) const fn may_pass(self) -> bool {
        matches!(self, Self::Credentials | Self::Rate | Self::Server | Self::Network | Self::Timeout | Self::Unknown)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An error that tells people what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct BackendError {
    /// The kind of the error.
    pub kind: ErrorKind,
    /// The message: lower case, no full stop, literals in backticks.
    pub message: String,
    /// The next action, in the same style.
    pub hint: Option<String>,
    /// The provider's request id, for its support.
    pub request_id: Option<String>,
    /// The replacement for a retired model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
    /// The checker's verdict on a drawing that was received and could not be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validity: Option<SvgValidity>,
    /// True if resuming the job can bring its images, at no further cost.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resumable: bool,
    /// True if it is certain that nothing left this machine.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsent: bool,
}

impl BackendError {
    /// Makes an error without a hint.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            request_id: None,
            successor: None,
            validity: None,
            resumable: false,
            unsent: false,
        }
    }

    /// Adds the next action.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the provider's request id.
    #[must_use]
    pub fn with_request_id(mut self, id: Option<String>) -> Self {
        self.request_id = id;
        self
    }

    /// Marks the error as one of a job whose images can still be obtained by resuming it.
    #[must_use]
    pub const fn resumable(mut self) -> Self {
        self.resumable = true;
        self
    }

    /// Marks the error as one of a request that did not leave this machine.
    #[must_use]
    pub const fn unsent(mut self) -> Self {
        self.unsent = true;
        self
    }

    /// Returns the most important of several errors: one that can be resumed, one whose outcome is unknown, else the
    /// first. It counts as unsent only if all of them do.
    pub(crate) fn most_important(mut failures: Vec<Self>) -> Option<Self> {
        let unsent = failures.iter().all(|error| error.unsent);
        let find = |fits: fn(&Self) -> bool| failures.iter().position(fits);
        let worst = find(|error| error.resumable).or_else(|| find(|error| error.kind == ErrorKind::Unknown));
        let worst = worst.unwrap_or(0);
        (!failures.is_empty()).then(|| Self { unsent, ..failures.swap_remove(worst) })
    }

    /// Adds the model that replaces a retired one.
    #[must_use]
    pub fn with_successor(mut self, model: impl Into<String>) -> Self {
        self.successor = Some(model.into());
        self
    }
}
