//! Everything the studio asks of the world: a closed list, carried out in one `match` by the runtime.
//! Values only; `update` returns them and never does any of it.

use std::path::PathBuf;

use super::model::{PictureKey, PictureUse, Session};
use crate::{
    compare::{Pair, Side, Topic, Vote},
    engine::Draft,
    id::Id,
    library::Query,
};

/// Something to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    // Jobs
    /// Submit a draft; answered by `Msg::Submitted`.
    Submit(Draft),
    /// Cancel a job; its end comes as an engine event.
    Cancel(Id),
    /// Have the draft's prompt rewritten; answered by `Msg::Directed`.
    Direct(Draft),
    /// Load the jobs that have not ended; answered by `Msg::Unfinished`.
    LoadUnfinished,
    /// Take such a job up again; answered by `Msg::Changed`, its end comes as an engine event.
    Resume(Id),
    /// Give such a job up; answered by `Msg::Changed`.
    Discard(Id),
    // Comparing
    /// Deal the next pair of that run, or of the newest one that has some left; answered by `Msg::Dealt`.
    Deal(Option<Id>),
    /// Make a pair of two drawings that have ended, sides drawn by lot; answered by `Msg::Dealt`.
    PairUp(Box<(Topic, Side, Side)>),
    /// Write a ballot down, for good; answered by `Msg::Cast`.
    Cast(Box<Pair>, Vote),
    /// Count all votes; answered by `Msg::Scored`.
    LoadScores,
    // Library
    /// Load the page of rows with the first of these jobs that is among them, else the page at that row; answered by
    /// `Msg::Page`.
    LoadPage(Query, u64, Vec<Id>),
    /// Load recent prompts; answered by `Msg::Past`.
    LoadPast,
    /// Sum up what was spent; answered by `Msg::Spent`.
    LoadSpent,
    /// Learn from the library what jobs cost; answered by `Msg::Learned`.
    Learn,
    /// Find out what a job was made from and what was made from it; answered by `Msg::Lineage`.
    LoadLineage(Id),
    /// Move a job and its files to the trash; answered by `Msg::Deleted`.
    Delete(Id),
    /// Bring them back; answered by `Msg::Changed`.
    Undelete(Id),
    /// Mark or unmark a job; answered by `Msg::Changed`.
    Mark(Id, bool),
    // Pictures
    /// Decode and fit a picture; answered by `Msg::Prepared`.
    Prepare(PictureKey, Picture),
    /// Have a picture ready that may be wanted next; never answered.
    Ready(PictureKey, Picture),
    /// Make a thumbnail; answered by `Msg::Thumbnail`.
    Thumbnail(Id, PathBuf),
    // The terminal
    /// Write the prompt in the user's editor; answered by `Msg::EditedExternally`.
    EditExternally(String),
    /// Copy words to the clipboard of the terminal.
    Copy(String),
    /// Stop until the shell brings the studio back.
    Suspend,
    /// Draw everything afresh.
    Redraw,
    // The network
    /// Ask the server of that backend which of its models will end when; answered by `Msg::Ending` if it says so.
    AskForEndings(String),
    // The system
    /// Take the picture on the clipboard; answered by `Msg::PictureGiven`.
    PastePicture,
    /// Find out which of these paths, all taken from this prompt, are image files; answered by `Msg::Named`.
    FindNamed(String, Vec<String>),
    /// Find the picture file that was named; answered by `Msg::PictureGiven`.
    FindPicture(PictureUse, String),
    /// Copy a picture to the system's clipboard; where there is none, its path to the terminal's.
    CopyImage(PathBuf),
    /// Open a file in the system's viewer.
    Open(PathBuf),
    /// Load a theme; answered by `Msg::ThemeLoaded`.
    UseTheme(String),
    /// Remember the session.
    SaveSession(Session),
}

/// The bytes to decode.
#[derive(Clone, PartialEq, Eq)]
pub enum Picture {
    /// A file.
    File(PathBuf),
    /// A picture on its way.
    Bytes(bytes::Bytes),
    /// Several beside each other, through the same window.
    Spread(Vec<Option<Picture>>),
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "File({})", path.display()),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Spread(pictures) => f.debug_tuple("Spread").field(pictures).finish(),
        }
    }
}
