//! Everything that can happen to the studio: a closed list, each message with its sender.
//! Values only; `update` decides what follows from them.

use std::{collections::BTreeMap, sync::Arc};

use crossterm::event::{KeyEvent, MouseEvent};

use super::{
    live_config::LiveConfig,
    model::{DropOutcome, FileListing, ImageRole, LibraryImage, Notice, PreviewKey, SpentTotals, ThumbnailKey},
};
use crate::{
    compare::{Pairing, stats::Scorecard},
    engine::{Draft, EngineEvent, EnhancedPrompt, Reference, Registry},
    id::Id,
    library::{Lineage, LineageNode, Page, Query, Record, search_language::KnownValues},
    picture::{OuterTerminal, PreparedImage},
    theme::Theme,
};

/// A message to the studio.
#[derive(Debug)]
pub enum Msg {
    /// The terminal: a key.
    Key(KeyEvent),
    /// The terminal: plain characters that arrived together, as when a terminal without bracketed paste pastes text.
    Keys(Vec<KeyEvent>),
    /// The terminal: a bracketed paste.
    Paste(String),
    /// The terminal: the mouse.
    Mouse(MouseEvent),
    /// The terminal: its size in columns and rows.
    Resize(u16, u16),
    /// The terminal: its window, or inside tmux this pane, has the focus again, maybe on another screen.
    FocusGained,
    /// The terminal: its window or this pane has lost the focus.
    FocusLost,
    /// tmux: the terminal that displays it now.
    OuterTerminal(OuterTerminal),
    /// The terminal: a late answer about its capabilities.
    TerminalFactsChanged,
    /// The runtime, while something is animated: time has passed.
    Tick,
    /// The engine: something happened to a job.
    Engine(EngineEvent),
    /// The engine answers `Effect::Submit`: the job's id, or the reason for the refusal with a hint.
    Submitted(Box<Draft>, Result<Id, Notice>),
    /// The engine answers `Effect::RewritePrompt`: a rewritten prompt, or the reason why there is none.
    PromptRewrite(Result<EnhancedPrompt, Notice>),
    /// The library answers `Effect::LoadPair` and `Effect::CreatePair`.
    PairLoaded(Result<Box<Pairing>, Notice>),
    /// The library answers `Effect::SaveBallot`: the ballot is on disk, or the reason why it is not.
    BallotSaved(Result<(), Notice>),
    /// The statistics answer `Effect::LoadScores`.
    ResultsLoaded(Result<Box<Scorecard>, Notice>),
    /// The library answers `Effect::LoadPage`.
    Page(Result<Page, Notice>),
    /// The library answers `Effect::LoadPromptHistory`: prompts, newest first.
    PromptHistory(Vec<String>),
    /// The library answers `Effect::LoadSpent`.
    Spent(SpentTotals),
    /// The system answers `Effect::PasteImage` and `Effect::FindReference`: an image, or the reason why there is none.
    ReferenceAdded(ImageRole, Result<Reference, Notice>),
    /// The system answers `Effect::FindDroppedImages`: the text, and what it consists of.
    DroppedImages(String, DropOutcome),
    /// The system answers `Effect::ListImages`: the directory as it was typed, and its images and folders.
    ImagesListed(String, Result<FileListing, String>),
    /// The library answers `Effect::LoadLibraryImages`: the images that exist.
    LibraryImages(Vec<(Id, LibraryImage)>),
    /// The system answers `Effect::FindNamedImages`: the prompt, and the image files that it names.
    NamedImages(String, Vec<String>),
    /// A server answers `Effect::LoadShutdowns`: the shutdown dates of its models, by id.
    Shutdowns(String, BTreeMap<String, String>),
    /// The engine answers `Effect::TrainEstimates`: the backends, with better cost estimates.
    EstimatesTrained(Arc<Registry>),
    /// The library answers `Effect::LoadLineage`, for the job of that id.
    Lineage(Id, Lineage),
    /// The library answers `Effect::Delete`.
    Deleted(Vec<Id>, Result<(), Notice>),
    /// The library answers `Effect::LoadMatchingJobs`.
    MatchingJobs(Query, Vec<Id>),
    /// The library answers `Effect::LoadKnownValues`.
    KnownValues(KnownValues),
    /// The library answers `Effect::LoadLineageTree`: the tree in order, parents before their edits.
    LineageTree(Id, Vec<LineageNode>),
    /// The library answers `Effect::LoadUnfinished`, oldest first.
    Unfinished(Vec<Record>),
    /// The library answers `Effect::Undelete` and `Effect::ChangeLabels`, the engine `Effect::Resume` and `Effect::Discard`.
    LibraryEdited(Result<(), Notice>),
    /// The library: another process changed something.
    LibraryChanged,
    /// The image thread answers `Effect::PrepareImage`.
    Prepared(PreviewKey, Result<PreparedImage, String>),
    /// The thumbnail threads answer `Effect::Thumbnail`.
    Thumbnail(ThumbnailKey, MadeThumbnail),
    /// The editor answers `Effect::EditExternally`: the text, or the reason why there is none.
    EditedExternally(Result<String, Notice>),
    /// The config was changed on disk: the new state if it is valid, or the error, and the old state stays.
    Reloaded(Result<Box<Reloaded>, Notice>),
    /// The engine: a backend was queried for its capabilities and takes the place of the uninitialized one.
    BackendReady(Arc<Registry>),
    /// The themes answer `Effect::UseTheme`.
    ThemeLoaded(Result<Theme, Notice>),
    /// The runtime: a notice about something other than a job, such as startup, clipboard or viewer.
    Notify(Notice),
    /// The engine, at startup: jobs that an earlier process left behind.
    Recovered(Vec<Record>),
    /// The operating system asks the studio to exit.
    Terminate,
}

/// Everything derived from a changed config.
#[derive(Debug)]
pub struct Reloaded {
    pub registry: Arc<Registry>,
    pub config: Arc<LiveConfig>,
    /// Error in the config, if only a part of it is in force.
    pub config_error: Option<Notice>,
}

/// The answer to the request for a thumbnail.
#[derive(Debug)]
pub enum MadeThumbnail {
    Ready(PreparedImage),
    /// The file is missing or is no image.
    Broken,
    /// Newer requests came first; it may be requested again.
    Dropped,
}
