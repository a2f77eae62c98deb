//! How a backend says that it failed: a kind for programs, a message and a hint for people.
//! Not a place for wording of the terminal: whoever prints these cleans and colours them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::svg::Validity;

/// What went wrong, in the few words that decide what happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// No key, a wrong key, or a key without the right.
    Credentials,
    /// The provider wants the organisation verified first.
    NotVerified,
    /// The model no longer exists there.
    ModelRetired,
    /// The provider or the model will not draw this.
    Refused,
    /// Too many requests just now; waiting helps.
    Rate,
    /// The account is out of credit; waiting does not help.
    Quota,
    /// A spending limit of the account is reached.
    BillingLimit,
    /// A setting that the model or the provider does not take.
    InvalidParameter,
    /// The backend cannot do this at all: edit, mask, resume.
    Unsupported,
    /// The provider failed.
    Server,
    /// The provider was not reached.
    Network,
    /// No answer in time.
    Timeout,
    /// An answer that makes no sense.
    Protocol,
    /// The model answered, but not with a picture that can be drawn.
    InvalidImage,
    /// The request left and its fate is unknown: it may have been billed.
    Unknown,
    /// Something on this machine: a file, a process, memory.
    Local,
    /// A program that draws does not start, or does not answer: nothing was asked of it.
    Unavailable,
}

impl ErrorKind {
    /// Its name in JSON and in the library.
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
    /// Whether a failure of that kind comes before anything is billed.
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
    /// Whether asking again for something that goes on at the provider may bring it another time.
    pub(crate) const fn may_pass(self) -> bool {
        matches!(self, Self::Credentials | Self::Rate | Self::Server | Self::Network | Self::Timeout | Self::Unknown)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A failure, told so that the person knows what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct BackendError {
    /// What went wrong.
    pub kind: ErrorKind,
    /// What happened: lower case, no full stop, the literal in backticks.
    pub message: String,
    /// The next action, in the same style.
    pub hint: Option<String>,
    /// The provider's name for the request, for its support.
    pub request_id: Option<String>,
    /// The model to use instead of a retired one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
    /// What the checker thought of a drawing that came and could not be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validity: Option<Validity>,
    /// Whether taking the job up again can bring its images, at no further cost.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resumable: bool,
    /// Whether it is certain that nothing left this machine.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsent: bool,
}

impl BackendError {
    /// A failure without a hint.
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

    /// The same failure with the next action.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same failure with the provider's name for the request.
    #[must_use]
    pub fn with_request_id(mut self, id: Option<String>) -> Self {
        self.request_id = id;
        self
    }

    /// The same failure of a job whose images can still be had by taking it up again.
    #[must_use]
    pub const fn resumable(mut self) -> Self {
        self.resumable = true;
        self
    }

    /// The same failure of a request that did not leave this machine.
    #[must_use]
    pub const fn unsent(mut self) -> Self {
        self.unsent = true;
        self
    }

    /// The failure that matters most of several: one that can be taken up again, one whose outcome is unknown, else the
    /// first. Only where nothing left for any of them, nothing left.
    pub(crate) fn worst(mut failures: Vec<Self>) -> Option<Self> {
        let unsent = failures.iter().all(|error| error.unsent);
        let find = |fits: fn(&Self) -> bool| failures.iter().position(fits);
        let worst = find(|error| error.resumable).or_else(|| find(|error| error.kind == ErrorKind::Unknown));
        let worst = worst.unwrap_or(0);
        (!failures.is_empty()).then(|| Self { unsent, ..failures.swap_remove(worst) })
    }

    /// The same failure with the model that takes over.
    #[must_use]
    pub fn with_successor(mut self, model: impl Into<String>) -> Self {
        self.successor = Some(model.into());
        self
    }
}
