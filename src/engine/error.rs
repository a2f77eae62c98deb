//! Why a draft did not become a job, told so that the person knows what to do next.
//! How a job that began has failed is not here: that is a `BackendError` in its record.

use tintype_backends::{BackendError, ErrorKind, SettingError, Usd};

use crate::{atomic::FileError, library::LibraryError, nearest};

/// What kind of refusal it is; the command line has an exit code for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubmitErrorKind {
    /// The draft asks for something that is not there or cannot be.
    Usage,
    /// The backend lacks something, such as a key.
    NotReady,
    /// The backend cannot be used, and a job would end in this failure.
    Backend(ErrorKind),
    /// It would cost more than the budget allows.
    Budget,
    /// This machine: the disk, the library.
    Other,
}

/// A limit of the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BudgetLimit {
    /// For one job.
    PerJob,
    /// For a day, as the local clock has it.
    Daily,
    /// For a month, as the local calendar has it.
    Monthly,
}

impl BudgetLimit {
    /// Its key under `[budget]` in the config.
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

/// A draft that did not become a job. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// There are no words.
    #[error("the prompt is empty")]
    EmptyPrompt,
    /// There are too many words.
    #[error("the prompt has {chars} characters; {most} is the most")]
    LongPrompt {
        /// How many characters it has.
        chars: usize,
        /// How many it may have.
        most: usize,
    },
    /// No backend was named, and there is no default.
    #[error("there is no backend to draw with")]
    NoBackend,
    /// The config has no backend of that name.
    #[error("there is no backend `{name}`")]
    UnknownBackend {
        /// What was given.
        name: String,
        /// All names.
        known: Vec<String>,
    },
    /// The backend has no such model.
    #[error("`{backend}` has no model `{model}`")]
    UnknownModel {
        /// The backend.
        backend: String,
        /// What was given.
        model: String,
        /// All its models.
        known: Vec<String>,
    },
    /// A setting is unknown or does not take that value.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A default of the backend's table that no model of it takes.
    #[error("[backends.{backend}.defaults] sets `{name}`: {what}")]
    Default {
        /// The backend.
        backend: String,
        /// The setting.
        name: String,
        /// What is wrong with it.
        what: String,
        /// The settings that its models have.
        known: Vec<String>,
        /// The hint of a choice that was perhaps meant.
        nearest: Option<String>,
    },
    /// Too many pictures at once.
    #[error("`{model}` draws at most {most} pictures in one job, not {count}")]
    Count {
        /// The model.
        model: String,
        /// How many were asked for.
        count: u32,
        /// How many may be.
        most: u32,
    },
    /// Too many pictures to start from.
    #[error("{}", inputs(model, *count, *most))]
    Inputs {
        /// The model.
        model: String,
        /// How many were given.
        count: usize,
        /// How many may be; 0 where it cannot start from a picture.
        most: u32,
    },
    /// The model takes no mask.
    #[error("`{model}` takes no mask")]
    NoMask {
        /// The model.
        model: String,
    },
    /// A mask, but nothing that it masks.
    #[error("a mask needs a picture to start from")]
    MaskAlone,
    /// The model takes no markup.
    #[error("`{model}` takes no markup")]
    NoMarkup {
        /// The model.
        model: String,
    },
    /// A markup, but nothing that it lies on.
    #[error("a markup needs a picture to start from")]
    MarkupAlone,
    /// Both at once.
    #[error("a mask and a markup cannot go together")]
    MaskAndMarkup,
    /// A picture to start from cannot be used.
    #[error("cannot use `{name}`: {what}")]
    Input {
        /// The file or image.
        name: String,
        /// What is wrong with it.
        what: String,
    },
    /// The backend refuses the request before anything is sent.
    #[error(transparent)]
    Refused(Box<BackendError>),
    /// The backend lacks something.
    #[error("`{backend}` is not ready: {what}")]
    NotReady {
        /// The backend.
        backend: String,
        /// What is missing.
        what: String,
        /// The next action.
        hint: String,
    },
    /// The backend cannot be used as it is.
    #[error("`{backend}` {what}")]
    Unavailable {
        /// The backend.
        backend: String,
        /// The kind of failure that a job would end in.
        kind: ErrorKind,
        /// What is wrong.
        what: String,
        /// The next action.
        hint: String,
    },
    /// It would cost more than the budget allows.
    #[error("{}", budget(*limit, backend.as_deref(), (*estimate, *assumed), *spent, *most))]
    Budget {
        /// Which limit.
        limit: BudgetLimit,
        /// The backend that it is for; `None` where it is over all.
        backend: Option<String>,
        /// What the job may cost.
        estimate: Usd,
        /// Whether nobody knows what it may cost, and the estimate is what the config says that it counts.
        assumed: bool,
        /// What is spent already, running jobs included; zero for the limit of one job.
        spent: Usd,
        /// The limit.
        most: Usd,
    },
    /// The config cannot be read as far as it limits spending.
    #[error("nothing that costs is sent while the config is broken: {why}")]
    SpendingStopped {
        /// What is wrong with the config, and where.
        why: String,
    },
    /// The job was begun before: nothing is sent twice.
    #[error("`{job}` was begun before")]
    BegunBefore {
        /// The job, short.
        job: String,
    },
    /// A job that cannot be taken up again.
    #[error("`{job}` cannot be resumed: {why}")]
    NotResumable {
        /// The job, short.
        job: String,
        /// What stands in the way.
        why: String,
    },
    /// The library failed.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// A file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The engine takes no more jobs.
    #[error("tintype is closing")]
    Closing,
}

impl SubmitError {
    /// What kind of refusal it is.
    pub const fn kind(&self) -> SubmitErrorKind {
        match self {
            Self::NotReady { .. } => SubmitErrorKind::NotReady,
            Self::Unavailable { kind, .. } => SubmitErrorKind::Backend(*kind),
            Self::Refused(error) => SubmitErrorKind::Backend(error.kind),
            Self::Budget { .. } | Self::SpendingStopped { .. } => SubmitErrorKind::Budget,
            Self::Library(LibraryError::NotAnId(_) | LibraryError::NotFound(_) | LibraryError::Ambiguous { .. }) => {
                SubmitErrorKind::Usage
            }
            Self::Library(_) | Self::File(_) | Self::NotResumable { .. } | Self::BegunBefore { .. } | Self::Closing => {
                SubmitErrorKind::Other
            }
            _ => SubmitErrorKind::Usage,
        }
    }

    /// The next action.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::EmptyPrompt => "say what the picture shall show".to_owned(),
            Self::LongPrompt { .. } => "say it in fewer words".to_owned(),
            Self::NoBackend => "name one with --backend, or set `default_backend` in the config".to_owned(),
            Self::UnknownBackend { name, known }
            | Self::UnknownModel { model: name, known, .. }
            | Self::Setting(SettingError::Unknown { name, known, .. }) => {
                nearest::hint(name, known.iter().map(String::as_str))
            }
            Self::Default { name, known, nearest: None, .. } => nearest::hint(name, known.iter().map(String::as_str)),
            Self::Setting(SettingError::Value(error)) => return error.hint(),
            Self::Closing => return None,
            Self::Refused(error) => return error.hint.clone(),
            Self::Count { most, .. } => format!("ask for {most} or fewer, several times"),
            Self::Inputs { most: 0, .. } | Self::NoMask { .. } | Self::NoMarkup { .. } => {
                "choose a backend or a model that can".to_owned()
            }
            Self::MaskAndMarkup => "give one of them".to_owned(),
            Self::Inputs { most, .. } => format!("give {most} or fewer"),
            Self::MaskAlone | Self::MarkupAlone => "add the picture with --ref".to_owned(),
            Self::Input { .. } => "give a PNG, JPEG, WebP, GIF or SVG file, or the id of an image".to_owned(),
            Self::NotReady { hint, .. }
            | Self::Unavailable { hint, .. }
            | Self::Default { nearest: Some(hint), .. } => hint.clone(),
            Self::Budget { limit, backend, assumed, .. } => raise(*limit, backend.as_deref(), *assumed),
            Self::SpendingStopped { .. } => "fix the config file and save it, or choose a free backend".to_owned(),
            Self::BegunBefore { .. } => "`tintype history` shows what became of it".to_owned(),
            Self::NotResumable { .. } => {
                "send the prompt again if you want it drawn; it may be billed again".to_owned()
            }
            Self::Library(error) => return error.hint(),
            Self::File(error) => error.hint().to_owned(),
        })
    }
}

fn inputs(model: &str, count: usize, most: u32) -> String {
    match most {
        0 => format!("`{model}` cannot start from a picture"),
        _ => format!("`{model}` takes at most {most} pictures to start from, not {count}"),
    }
}

fn budget(
    limit: BudgetLimit,
    backend: Option<&str>,
    (estimate, assumed): (Usd, bool),
    spent: Usd,
    most: Usd,
) -> String {
    let span = limit.span();
    let whose = backend.map(|name| format!(" of `{name}`")).unwrap_or_default();
    let cost = if assumed {
        format!("its price is not known, so it counts as {estimate}")
    } else {
        format!("it may cost {estimate}")
    };
    match limit {
        BudgetLimit::PerJob => format!("{cost}, and {most} is the most for a {span}{whose}"),
        _ => format!("{cost}, and {spent} of the {most} for a {span}{whose} is spent or under way"),
    }
}

fn raise(limit: BudgetLimit, backend: Option<&str>, assumed: bool) -> String {
    let key = limit.key();
    let table = backend.map_or_else(|| "budget".to_owned(), |name| format!("budget.backends.{name}"));
    if assumed {
        let say = "say what such a picture counts with `unknown_price`";
        format!("{say}, or raise `{key}` under [{table}] in the config")
    } else {
        format!("choose something cheaper, or raise `{key}` under [{table}] in the config")
    }
}
