//! Everything that can happen to the studio: a closed list, each with who sends it.
//! Values only; what follows from them is `update`'s business.

use std::{collections::BTreeMap, sync::Arc};

use crossterm::event::{KeyEvent, MouseEvent};
use indexmap::IndexMap;
use tintype_backends::Usd;

use super::{
    keymap::Keymap,
    model::{Notice, PictureKey, PictureUse, Spent},
};
use crate::{
    compare::{Dealt, stats::Scorecard},
    config::LaneTable,
    engine::{Direction, Draft, EngineEvent, Registry, Source},
    id::Id,
    library::{Lineage, Page, Record},
    picture::{Fitted, Outer},
    theme::{Theme, Themes},
};

/// Something happened.
#[derive(Debug)]
pub enum Msg {
    /// The terminal: a key.
    Key(KeyEvent),
    /// The terminal: plain characters that came together, as when a terminal without bracketed paste pastes.
    Keys(Vec<KeyEvent>),
    /// The terminal: a bracketed paste.
    Paste(String),
    /// The terminal: the mouse.
    Mouse(MouseEvent),
    /// The terminal: its size in columns and rows.
    Resize(u16, u16),
    /// The terminal, inside tmux: this pane is looked at again, maybe on another screen.
    Focused,
    /// tmux: the terminal that it is drawn in now.
    TerminalAround(Outer),
    /// The terminal: it answered late what it can do.
    FactsChanged,
    /// The runtime, while something moves: time has passed.
    Tick,
    /// The engine: something happened to a job.
    Engine(EngineEvent),
    /// The engine answers `Effect::Submit`: the job's id, or why not and what to do.
    Submitted(Box<Draft>, Result<Id, Notice>),
    /// The engine answers `Effect::Direct`: a better prompt, or why there is none.
    Directed(Result<Direction, Notice>),
    /// The library answers `Effect::Deal` and `Effect::PairUp`.
    Dealt(Result<Box<Dealt>, Notice>),
    /// The library answers `Effect::Cast`: the ballot is on disk, or why it is not.
    Cast(Result<(), Notice>),
    /// The statistics answer `Effect::LoadScores`.
    Scored(Result<Box<Scorecard>, Notice>),
    /// The library answers `Effect::LoadPage`.
    Page(Result<Page, Notice>),
    /// The library answers `Effect::LoadPast`: prompts, newest first.
    Past(Vec<String>),
    /// The library answers `Effect::LoadSpent`.
    Spent(Spent),
    /// The system answers `Effect::PastePicture` and `Effect::FindPicture`: a picture, or why there is none.
    PictureGiven(PictureUse, Result<Source, Notice>),
    /// The system answers `Effect::FindNamed`: the prompt, and the image files that it names.
    Named(String, Vec<String>),
    /// A server answers `Effect::AskForEndings`: the last days of its models, by id.
    Ending(String, BTreeMap<String, String>),
    /// The engine answers `Effect::Learn`: the backends, with better guesses of what they cost.
    Learned(Arc<Registry>),
    /// The library answers `Effect::LoadLineage`, for the job of that id.
    Lineage(Id, Lineage),
    /// The library answers `Effect::Delete`.
    Deleted(Id, Result<(), Notice>),
    /// The library answers `Effect::LoadUnfinished`, oldest first.
    Unfinished(Vec<Record>),
    /// The library answers `Effect::Undelete` and `Effect::Mark`, the engine `Effect::Resume` and `Effect::Discard`.
    Changed(Result<(), Notice>),
    /// The library: another process changed something.
    LibraryChanged,
    /// The picture thread answers `Effect::Prepare`.
    Prepared(PictureKey, Result<Fitted, String>),
    /// The picture thread answers `Effect::Thumbnail`: nothing if there can be none.
    Thumbnail(Id, Option<Fitted>),
    /// The editor answers `Effect::EditExternally`: the text, or why there is none.
    EditedExternally(Result<String, Notice>),
    /// The config was changed on disk and is sound; or it is not, and the old one stays.
    Reloaded(Result<Box<Reloaded>, Notice>),
    /// The engine: a backend was asked what it can do, and takes the place of the one that did not know.
    Met(Arc<Registry>),
    /// The themes answer `Effect::UseTheme`.
    ThemeLoaded(Result<Theme, Notice>),
    /// Something outside of a job deserves a word: start-up, clipboard, viewer.
    Notify(Notice),
    /// The engine, at the start: jobs that an earlier process left behind.
    Recovered(Vec<Record>),
    /// The operating system wants the studio to end.
    Terminate,
}

/// Everything that follows from a changed config.
#[derive(Debug)]
pub struct Reloaded {
    /// The backends.
    pub registry: Arc<Registry>,
    /// The theme that the config names.
    pub theme: String,
    /// Whether it is another one than before.
    pub theme_changed: bool,
    /// Whether the user's own file names it, so that it is this one again at the next start.
    pub theme_pinned: bool,
    /// The themes there are.
    pub themes: Themes,
    /// The keys.
    pub keymap: Keymap,
    /// The limit for a day.
    pub daily: Option<Usd>,
    /// The limit for a month.
    pub monthly: Option<Usd>,
    /// The lanes that the config names.
    pub lanes: IndexMap<String, LaneTable>,
    /// What is wrong with the config, where only a part of it is in force.
    pub fault: Option<Notice>,
}
