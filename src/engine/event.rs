//! What goes into the engine and what comes out: drafts, plans, events.
//! Plain values; the work itself is in the sibling modules.

use std::{fmt, path::PathBuf};

use bytes::Bytes;
use tintype_backends::{Estimate, Preview, Request, Settings};

use crate::{
    id::Id,
    library::{Directed, Record},
};

/// A picture to start from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// An image of the library.
    Image(Id),
    /// What lay on the clipboard.
    Clipboard(Picture),
    /// An image that came through a pipe.
    Piped(Picture),
}

/// The bytes of a picture file.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture(pub Bytes);

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// What a user wants drawn, before anything is checked or filled in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// The words.
    pub prompt: String,
    /// The backend's name in the config; the default one where there is none.
    pub backend: Option<String>,
    /// The model; the backend's default where there is none.
    pub model: Option<String>,
    /// The settings that were chosen; the rest is filled in.
    pub settings: Settings,
    /// How many pictures; 0 counts as 1.
    pub count: u32,
    /// Pictures to start from.
    pub inputs: Vec<Source>,
    /// Where the first of them may change.
    pub mask: Option<PathBuf>,
    /// What is drawn over the first of them to say what shall change.
    pub markup: Option<PathBuf>,
    /// The image this is a change of.
    pub parent: Option<Id>,
    /// Where the prompt comes from, where a model rewrote it.
    pub directed: Option<Directed>,
    /// The id that the job shall have, where it was written down before: such a job begins at most once, ever.
    pub id: Option<Id>,
}

/// A draft made final: checked, filled in, priced, not yet submitted.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The backend's name in the config.
    pub backend: String,
    /// The backend's kind.
    pub kind: String,
    /// What would be asked; the pictures to start from are loaded at submit.
    pub request: Request,
    /// What it would cost.
    pub estimate: Estimate,
}

/// Something happened to a job.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineEvent {
    /// The job.
    pub job: Id,
    /// What happened.
    pub what: JobEvent,
}

/// What happens to a job: one `Started`, any number of the middle ones, exactly one of the last three.
#[derive(Clone, Debug, PartialEq)]
pub enum JobEvent {
    /// It is in the library and goes to its backend.
    Started(Box<Record>),
    /// The backend says what it is doing.
    Status(String),
    /// The backend says how far it is, 0 to 100.
    Percent(f32),
    /// A line of the model's reasoning summary.
    Thought(String),
    /// A picture on its way.
    Preview(Preview),
    /// Its images are on disk.
    Saved(Box<Record>),
    /// It ended without an image; the record says why.
    Failed(Box<Record>),
    /// It was stopped.
    Cancelled(Box<Record>),
}
