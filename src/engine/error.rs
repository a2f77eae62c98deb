//! Errors of drafts that did not become a job, with a hint about what to do next.
//! A job that started and failed has a `BackendError` in its record instead.

use tintype_backends::{BackendError, ErrorKind, SettingError, Usd};

use crate::{atomic_file::FileError, library::LibraryError, suggest};

/// The category of a [`SubmitError`]; the command line has an exit code for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubmitErrorKind {
    /// The draft asks for something that does not exist or is not supported.
    Usage,
    /// The backend lacks something, such as an API key.
    NotReady,
    /// The backend is unusable; a job would end with this kind of error.
    Backend(ErrorKind),
    /// The job would exceed the budget.
    Budget,
    /// A local problem, such as the disk or the library.
    Other,
}

/// A limit of the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BudgetLimit {
    /// For a single job.
    PerJob,
    /// For a day by the local clock.
    Daily,
    /// For a month by the local calendar.
    Monthly,
}

impl BudgetLimit {
    /// Returns its key under `[budget]` in the config.
    pub const fn key(self) -> &'static str {
        match self {
            Self::PerJob => "per_job",
            Self::Daily => "daily",
            Self::Monthly => "monthly",
        }
    }

    const fn span(self) -> &'static str {
        match self {
            Self::PerJob => "job",
            Self::Daily => "day",
            Self::Monthly => "month",
        }
    }
}

/// The error of a draft that did not become a job. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    #[error("the prompt is empty")]
    EmptyPrompt,
    #[error("the prompt has {chars} characters; the maximum is {max}")]
    PromptTooLong { chars: usize, max: usize },
    /// No backend was named, and there is no default.
    #[error("no backend was given")]
    NoBackend,
    /// The config has no backend of that name.
    #[error("there is no backend `{name}`")]
    UnknownBackend { name: String, known: Vec<String> },
    /// The backend has no such model.
    #[error("`{backend}` has no model `{model}`")]
    UnknownModel { backend: String, model: String, known: Vec<String> },
    /// A setting is unknown or does not accept the value.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A default in the backend's table that none of its models accepts.
    #[error("[backends.{backend}.defaults] sets `{name}`: {what}")]
    InvalidDefault {
        backend: String,
        name: String,
        what: String,
        /// The names of all settings that the backend's models have.
        known: Vec<String>,
        /// The hint for a choice that was probably meant; `None` where none is close.
        nearest: Option<String>,
    },
    /// More images than one job can have.
    #[error("`{model}` generates at most {max} images per job, not {count}")]
    TooManyImages { model: String, count: u32, max: u32 },
    /// More references than the model takes.
    #[error("{}", too_many_references_message(model, *count, *max))]
    TooManyReferences {
        model: String,
        count: usize,
        /// The maximum number of references; 0 where the model takes none.
        max: u32,
    },
    #[error("`{model}` takes no mask")]
    MaskUnsupported { model: String },
    /// A mask without a reference that it applies to.
    #[error("a mask needs a reference image")]
    MaskWithoutReference,
    #[error("`{model}` takes no markup")]
    MarkupUnsupported { model: String },
    /// A markup without a reference that it is drawn on.
    #[error("a markup needs a reference image")]
    MarkupWithoutReference,
    #[error("a mask and a markup cannot be combined")]
    MaskAndMarkup,
    /// A reference that cannot be used.
    #[error("cannot use `{name}`: {what}")]
    InvalidReference {
        /// The file name or the image id, as it was given.
        name: String,
        what: String,
    },
    /// The backend rejects the request before anything is sent.
    #[error(transparent)]
    Refused(Box<BackendError>),
    /// The backend lacks something, such as an API key.
    #[error("`{backend}` is not ready: {what}")]
    NotReady { backend: String, what: String, hint: String },
    /// The backend cannot be used in its current state.
    #[error("`{backend}` {what}")]
    Unavailable {
        backend: String,
        /// The kind of error that a job would end with.
        kind: ErrorKind,
        what: String,
        hint: String,
    },
    /// The job would exceed the budget.
    #[error("{}", budget_message(*limit, backend.as_deref(), (*estimate, *assumed), *spent, *max))]
    Budget {
        limit: BudgetLimit,
        /// The backend that the limit is for; `None` for a global limit.
        backend: Option<String>,
        estimate: Usd,
        /// True if there is no estimate and the amount is `unknown_price` of the config.
        assumed: bool,
        /// The amount spent so far, running jobs included; zero for the limit of a single job.
        spent: Usd,
        max: Usd,
    },
    /// The config cannot be read, so its spending limits are unknown.
    #[error("paid requests are blocked while the config is broken: {why}")]
    SpendingBlocked {
        /// The error in the config, with its place in the file.
        why: String,
    },
    /// A job with this id exists already; nothing is sent twice.
    #[error("`{job}` was already submitted")]
    AlreadySubmitted {
        /// The short form of the job's id, for display.
        job: String,
    },
    #[error("`{job}` cannot be resumed: {why}")]
    NotResumable {
        /// The short form of the job's id, for display.
        job: String,
        why: String,
    },
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// A file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The engine is shutting down and takes no more jobs.
    #[error("Tintype is exiting")]
    Closing,
}

impl SubmitError {
    /// Returns the category of this error.
    pub const fn kind(&self) -> SubmitErrorKind {
        match self {
            Self::NotReady { .. } => SubmitErrorKind::NotReady,
            Self::Unavailable { kind, .. } => SubmitErrorKind::Backend(*kind),
            Self::Refused(error) => SubmitErrorKind::Backend(error.kind),
            Self::Budget { .. } | Self::SpendingBlocked { .. } => SubmitErrorKind::Budget,
            Self::Library(LibraryError::NotAnId(_) | LibraryError::NotFound(_) | LibraryError::Ambiguous { .. }) => {
                SubmitErrorKind::Usage
            }
            Self::Library(_)
            | Self::File(_)
            | Self::NotResumable { .. }
            | Self::AlreadySubmitted { .. }
            | Self::Closing => SubmitErrorKind::Other,
            _ => SubmitErrorKind::Usage,
        }
    }

    /// Returns a hint about what to do next.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::EmptyPrompt => "provide a prompt".to_owned(),
            Self::PromptTooLong { .. } => "shorten the prompt".to_owned(),
            Self::NoBackend => "name a backend, or set `default_backend` in the config".to_owned(),
            Self::UnknownBackend { name, known }
            | Self::UnknownModel { model: name, known, .. }
            | Self::Setting(SettingError::Unknown { name, known, .. })
            | Self::InvalidDefault { name, known, nearest: None, .. } => {
                suggest::hint(name, known.iter().map(String::as_str))
            }
            Self::Setting(SettingError::Value(error)) => return error.hint(),
            Self::Closing => return None,
            Self::Refused(error) => return error.hint.clone(),
            Self::TooManyImages { max, .. } => format!("request {max} or fewer per job"),
            Self::TooManyReferences { max: 0, .. } | Self::MaskUnsupported { .. } | Self::MarkupUnsupported { .. } => {
                "choose a backend or a model that can".to_owned()
            }
            Self::MaskAndMarkup => "use one of them".to_owned(),
            Self::TooManyReferences { max, .. } => format!("use {max} or fewer"),
            Self::MaskWithoutReference | Self::MarkupWithoutReference => "add a reference image".to_owned(),
            Self::InvalidReference { .. } => "use a PNG, JPEG, WebP, GIF or SVG file, or the id of an image".to_owned(),
            Self::NotReady { hint, .. }
            | Self::Unavailable { hint, .. }
            | Self::InvalidDefault { nearest: Some(hint), .. } => hint.clone(),
            Self::Budget { limit, backend, assumed, .. } => raise_hint(*limit, backend.as_deref(), *assumed),
            Self::SpendingBlocked { .. } => "fix the config file and save it, or choose a free backend".to_owned(),
            Self::AlreadySubmitted { .. } => "see its status in `tintype history`".to_owned(),
            Self::NotResumable { .. } => "send the prompt again for a new image; you may be charged again".to_owned(),
            Self::Library(error) => return error.hint(),
            Self::File(error) => error.hint().to_owned(),
        })
    }
}

fn too_many_references_message(model: &str, count: usize, max: u32) -> String {
    match max {
        0 => format!("`{model}` takes no reference images"),
        _ => format!("`{model}` takes at most {max} reference images, not {count}"),
    }
}

fn budget_message(
    limit: BudgetLimit,
    backend: Option<&str>,
    (estimate, assumed): (Usd, bool),
    spent: Usd,
    max: Usd,
) -> String {
    let span = limit.span();
    let whose = backend.map(|name| format!(" for `{name}`")).unwrap_or_default();
    let cost = if assumed {
        format!("its price is unknown and counts as {estimate}")
    } else {
        format!("it may cost {estimate}")
    };
    match limit {
        BudgetLimit::PerJob => format!("{cost}; the limit per {span}{whose} is {max}"),
        _ => format!("{cost}; {spent} of {max} per {span}{whose} is spent or reserved"),
    }
}

fn raise_hint(limit: BudgetLimit, backend: Option<&str>, assumed: bool) -> String {
    let key = limit.key();
    let table = backend.map_or_else(|| "budget".to_owned(), |name| format!("budget.backends.{name}"));
    if assumed {
        let say = "set `unknown_price`";
        format!("{say}, or raise `{key}` under [{table}] in the config")
    } else {
        format!("choose something cheaper, or raise `{key}` under [{table}] in the config")
    }
}
