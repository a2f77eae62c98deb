//! Everything the studio asks the outside world to do: a closed list, carried out in one `match` by the runtime.
//! Values only: `update` returns effects and never performs one.

use std::{path::PathBuf, sync::Arc};

use super::{
    export_line::ExportRequest,
    live_config::LiveConfig,
    model::{ImageRole, PreviewKey, SavedSession, ThumbnailRequest},
};
use crate::{
    compare::{ComparisonPair, PairSide, RunPrompt, Vote},
    engine::Draft,
    id::Id,
    library::{LabelChange, Query},
};

/// An action for the runtime to carry out.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    // Jobs
    /// Submit a draft; answered by `Msg::Submitted`.
    Submit(Draft),
    /// Cancel a job; its end arrives as an engine event.
    Cancel(Id),
    /// Have the draft's prompt rewritten; answered by `Msg::PromptRewrite`.
    RewritePrompt(Draft),
    /// Load the unfinished jobs; answered by `Msg::Unfinished`.
    LoadUnfinished,
    /// Resume an unfinished job; answered by `Msg::LibraryEdited`, its end arrives as an engine event.
    Resume(Id),
    /// Discard an unfinished job; answered by `Msg::LibraryEdited`.
    Discard(Id),
    // Comparing
    /// Load the next pair of that run, or of the newest run with pairs left; answered by `Msg::PairLoaded`.
    LoadPair(Option<Id>),
    /// Pair two finished images, with the sides assigned at random; answered by `Msg::PairLoaded`.
    CreatePair(Box<(RunPrompt, PairSide, PairSide)>),
    /// Save a ballot, which is final; answered by `Msg::BallotSaved`.
    SaveBallot(Box<ComparisonPair>, Vote),
    /// Count all votes; answered by `Msg::ResultsLoaded`.
    LoadScores,
    // Library
    /// Load the page that holds the first of these jobs to match the query, or else the page at that offset; answered
    /// by `Msg::Page`.
    LoadPage(Query, u64, Vec<Id>),
    /// Load recent prompts; answered by `Msg::PromptHistory`.
    LoadPromptHistory,
    /// Load the amounts spent; answered by `Msg::Spent`.
    LoadSpent,
    /// Train the cost estimates on the library; answered by `Msg::EstimatesTrained`.
    TrainEstimates,
    /// Load the names and files of images; answered by `Msg::LibraryImages`.
    LoadLibraryImages(Vec<Id>),
    /// Load what a job was made from and what was made from it; answered by `Msg::Lineage`.
    LoadLineage(Id),
    /// Move jobs and their files to the trash; answered by `Msg::Deleted`.
    Delete(Vec<Id>),
    /// Restore jobs from the trash; answered by `Msg::LibraryEdited`.
    Undelete(Vec<Id>),
    /// Load the jobs that match; answered by `Msg::MatchingJobs`.
    LoadMatchingJobs(Query),
    /// Load the names that a search can be completed with; answered by `Msg::KnownValues`.
    LoadKnownValues,
    /// Load the tree of edits that a job belongs to; answered by `Msg::LineageTree`.
    LoadLineageTree(Id),
    /// Export the images of jobs; answered by `Msg::Notify`.
    Export(Vec<Id>, ExportRequest),
    /// Change the labels of jobs; answered by `Msg::LibraryEdited`.
    ChangeLabels(Vec<Id>, LabelChange),
    // Images
    /// Decode and fit an image; answered by `Msg::Prepared`.
    PrepareImage(PreviewKey, ImageData),
    /// Decode and fit one of several images on screen, in addition to others; answered by `Msg::Prepared`.
    PrepareGridImage(PreviewKey, ImageData),
    /// Prepare an image that may be shown next; never answered.
    PrefetchImage(PreviewKey, ImageData),
    /// Make a thumbnail; answered by `Msg::Thumbnail`.
    Thumbnail(ThumbnailRequest),
    // The terminal
    /// Open the prompt in the user's editor; answered by `Msg::EditedExternally`.
    EditExternally(String),
    /// Copy text to the terminal's clipboard.
    Copy(String),
    /// Notify the user outside of the window: by the desktop where the terminal can, otherwise by the bell.
    Notify(String),
    /// Suspend the studio until the shell continues it.
    Suspend,
    /// Redraw the whole screen.
    Redraw,
    // The network
    /// Ask the server of that backend for the shutdown dates of its models; answered by `Msg::Shutdowns` if it announces
    /// any.
    LoadShutdowns(String),
    // The system
    /// Take the image on the clipboard; answered by `Msg::ReferenceAdded`.
    PasteImage,
    /// Find the image files among these paths, all taken from this prompt; answered by `Msg::NamedImages`.
    FindNamedImages(String, Vec<String>),
    /// Check that a path, which may start with `~/`, is an image file; answered by `Msg::ReferenceAdded`.
    FindReference(ImageRole, PathBuf),
    /// Check whether one of the readings of this pasted text consists of image files; answered by `Msg::DroppedImages`.
    FindDroppedImages(String, Vec<Vec<PathBuf>>),
    /// List the images and folders of a directory as it was typed, after those of these files that exist; answered by
    /// `Msg::ImagesListed`.
    ListImages(String, Vec<PathBuf>),
    /// Copy an image to the system's clipboard, or its path to the terminal's clipboard if there is none.
    CopyImage(PathBuf),
    /// Open a file in the system's viewer.
    Open(PathBuf),
    /// Load a theme; answered by `Msg::ThemeLoaded`.
    UseTheme(String),
    /// Use these settings from now on, in place of the previous ones.
    UseConfig(Arc<LiveConfig>),
    /// Save the session.
    SaveSession(SavedSession),
}

/// The image data to decode.
#[derive(Clone, PartialEq, Eq)]
pub enum ImageData {
    /// A file.
    File(PathBuf),
    /// A preview of a running job.
    Bytes(bytes::Bytes),
    /// Several images side by side, in the same viewport.
    SideBySide(Vec<Option<ImageData>>),
    /// An image with a mask as a tint of that color, and with markup drawn over it.
    Overlaid { source: Box<ImageData>, mask: Option<PathBuf>, markup: Option<PathBuf>, tint: [u8; 3] },
    /// A heat map, in that color, of the changes from one image to another.
    Difference { before: Box<ImageData>, after: Box<ImageData>, tint: [u8; 3] },
}

impl std::fmt::Debug for ImageData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "File({})", path.display()),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::SideBySide(pictures) => f.debug_tuple("Spread").field(pictures).finish(),
            Self::Overlaid { source, mask, markup, .. } => write!(f, "Overlaid({source:?}, {mask:?}, {markup:?})"),
            Self::Difference { before, after, .. } => write!(f, "Difference({before:?}, {after:?})"),
        }
    }
}
