//! Input and output of the engine: drafts, plans and events.
//! These are plain values; the work is done in the sibling modules.

use std::{fmt, path::PathBuf, time::Duration};

use bytes::Bytes;
use tintype_backends::{Estimate, Preview, Request, Settings};

use crate::{
    id::Id,
    library::{Labels, PromptRewrite, Record},
};

/// A reference of a draft, before it is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    File(PathBuf),
    /// An image of the library.
    Image(Id),
    /// The contents of the clipboard.
    Clipboard(ImageBytes),
    /// An image read from a pipe.
    Piped(ImageBytes),
}

/// The bytes of an image file.
#[derive(Clone, PartialEq, Eq)]
pub struct ImageBytes(pub Bytes);

impl fmt::Debug for ImageBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// A request by the user, before anything is checked or filled in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    pub prompt: String,
    /// The backend's name in the config; `None` for the default backend.
    pub backend: Option<String>,
    /// The model's id; `None` for the default model of the backend.
    pub model: Option<String>,
    /// The settings that the user chose; the rest is filled in later.
    pub settings: Settings,
    /// The number of images to generate, where 0 counts as 1.
    pub count: u32,
    /// The references, in the order in which the model receives them.
    pub inputs: Vec<Reference>,
    /// A mask for the first reference; only the masked area may change.
    pub mask: Option<PathBuf>,
    /// Annotations drawn over the first reference that point out the changes.
    pub markup: Option<PathBuf>,
    /// The image of the library that this draft edits.
    pub parent: Option<Id>,
    /// The provenance of the prompt, if a model rewrote it.
    pub directed: Option<PromptRewrite>,
    /// The title, tags and other labels that the job gets.
    pub labels: Labels,
    /// A predetermined id, for a job that was recorded beforehand: such a job starts at most once, ever.
    pub id: Option<Id>,
}

/// A checked, completed and priced draft that is not submitted yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The backend's name in the config, not its kind.
    pub backend: String,
    pub kind: String,
    /// The request as it would be sent; references are loaded on submit.
    pub request: Request,
    pub estimate: Estimate,
    /// The median duration of such jobs in the library; `None` if there are too few to tell.
    pub usual_duration: Option<Duration>,
}

/// An event of a job.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineEvent {
    pub job: Id,
    pub what: JobEvent,
}

/// The events of a job: one `Started`, any number of the ones in the middle, exactly one of the last three.
#[derive(Clone, Debug, PartialEq)]
pub enum JobEvent {
    /// The job is in the library and goes to its backend.
    Started(Box<Record>),
    /// The request is being sent: from here on it may be billed. A request that is sent again reports it again.
    Sent,
    /// A status message of the backend.
    Status(String),
    /// The progress that the backend reports, from 0 to 100.
    Percent(f32),
    /// A line of the model's reasoning summary.
    Thought(String),
    /// A partial image.
    Preview(Preview),
    /// The response is complete and is being saved.
    Received,
    /// The images of the job are on disk.
    Saved(Box<Record>),
    /// The job ended without an image; the record has the reason.
    Failed(Box<Record>),
    /// The job was canceled.
    Canceled(Box<Record>),
}
