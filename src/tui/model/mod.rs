//! The studio's state as plain values: `update` changes it, `view` reads it.
//! Nothing here waits, reads the clock or touches a file; the time arrives with each message.

mod chips;
mod edit_source;
mod edit_view;
mod file_picker;
mod gallery;
mod history;
mod image_grid;
mod input;
mod jobs;
mod lifecycle;
mod money;
mod notices;
mod pointer;
mod popup;
mod preview;
mod prompt;
mod proposal;
mod references;
mod reuse;
mod saved_session;
mod screens;
mod settings;
mod text_field;
pub(in crate::tui) mod thumbnails;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use indexmap::IndexMap;
use jiff::{Timestamp, tz::TimeZone};
use tintype_backends::{Capabilities, Estimate, Settings};

pub use chips::{Chip, ChipKind, ChipRow, PlacedChip};
pub use edit_view::{EditView, MemoryImage};
pub use file_picker::{FileEntry, FileListing, FilePicker};
pub use gallery::{CELL_WIDTHS, Gallery, SelectionRange};
pub use history::{History, PAGE_ROWS};
pub use image_grid::{CAPTION_ROWS, GridSlot, ImageGrid};
pub use input::LineInput;
pub use jobs::{Burst, JobList, JobStage, PendingJob, RunningJob};
pub use money::{SpentTotals, split_unconfirmed};
pub use notices::{LoggedNotice, Notice, NoticeTopic, Notices, Severity};
pub use pointer::Pointer;
pub use popup::{HelpView, Picker, PickerItem, PickerKind, PickerValue, Popup, Scroll};
pub use preview::{DisplayedImage, PreviewKey, PreviewPane, PreviewSource, PreviewSubject, ZoomStep, pan_by};
pub use prompt::PromptEditor;
pub use proposal::{DiffKind, Proposal};
pub use references::{DropOutcome, ImageRole, JobReferences, LibraryImage, PendingDrop, ReferencePane, file_name};
pub use reuse::ReuseUndo;
pub use saved_session::SavedSession;
pub use screens::{
    BallotState, CompareScreen, Contest, ContestLane, DuelPhase, DuelRound, DuelScreen, LanePicker, PendingSubmission,
    ResultsScreen, Screen,
};
pub use settings::{SettingKind, SettingRow, SettingsPane};
pub use text_field::{LabelKind, TextField, TextPurpose};
pub use thumbnails::{ThumbnailKey, ThumbnailRequest, Thumbnails};

use super::{
    action::{Action, KeyContext},
    live_config::LiveConfig,
};
use crate::{
    engine::{Draft, Registry},
    id::Id,
    library::{Labels, Lineage, PromptRewrite, search_language::KnownValues},
    picture::CellSize,
    theme::{Theme, ThemeColorDepth},
};

/// The time at which a message arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageTime {
    /// Time of day, for display and for comparison with the library.
    pub at: Timestamp,
    /// Time since the studio started, for durations; unlike `at`, it never jumps.
    pub since_start: Duration,
}

/// The pane that receives keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    /// The prompt editor.
    #[default]
    Prompt,
    /// The list of jobs and their images.
    History,
    /// The image preview.
    Preview,
    /// The settings pane.
    Settings,
}

/// The settings of the next job. A running job has its own copy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NextJob {
    /// Name of the backend as the config has it.
    pub backend: String,
    /// The model chosen for each backend; a backend without an entry uses its default.
    pub models: BTreeMap<String, String>,
    /// The settings chosen for each backend; settings without an entry have their defaults.
    pub settings: BTreeMap<String, Settings>,
    /// Number of images that one prompt asks for.
    pub count: u32,
    /// Reference images, and the mask and markup for the first of them.
    pub references: JobReferences,
    /// Origin of the prompt if a model rewrote it.
    pub directed: Option<PromptRewrite>,
}

/// Capabilities of the terminal that the screen depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalCapabilities {
    /// Set inside tmux, where another terminal may be attached at any time.
    pub tmux: bool,
    /// Set if keys such as Shift+Enter arrive as themselves (kitty keyboard protocol).
    pub enhanced_keys: bool,
    /// Number of colors that it can show; `None` if it is monochrome or colors are off.
    pub colors: Option<ThemeColorDepth>,
    /// Size of one terminal cell, measured in pixels.
    pub cell: CellSize,
}

/// The studio's state.
#[derive(Debug)]
pub struct Model {
    /// Time of the message that is being handled now.
    pub now: MessageTime,
    /// Time zone in which times are shown to the user.
    pub zone: TimeZone,
    /// Size of the terminal as columns and rows.
    pub terminal_size: (u16, u16),
    /// Set unless the terminal has reported that its window lost the focus.
    pub window_focused: bool,
    pub focus: Focus,
    /// Set while the image preview fills the whole window.
    pub preview_maximized: bool,
    /// Focus to restore when the full-window preview is closed.
    pub focus_before_maximized: Focus,
    /// Visibility of the settings pane; `None` decides by the width of the screen.
    pub show_settings: Option<bool>,
    pub show_history: bool,
    pub prompt: PromptEditor,
    pub history: History,
    pub preview: PreviewPane,
    pub thumbnails: Thumbnails,
    pub gallery: Gallery,
    /// Tags and other names that a search can be completed with.
    pub search_values: KnownValues,
    pub settings: SettingsPane,
    pub next_job: NextJob,
    pub reference_pane: ReferencePane,
    /// Jobs of this process that have not finished yet.
    pub jobs: JobList,
    pub notices: Notices,
    /// Full-screen view that replaces the panes while it is open.
    pub screen: Option<Screen>,
    /// Names of the lanes that were compared last.
    pub last_lanes: Vec<String>,
    pub popup: Option<Popup>,
    pub pointer: Pointer,
    /// Relatives of the job whose details were shown last.
    pub lineage: Option<(Id, Lineage)>,
    /// Set while a rewritten prompt is requested and not yet received.
    pub enhancing: bool,
    pub registry: Arc<Registry>,
    /// Estimated cost of the next job, kept current by `reckon`.
    pub estimate: Estimate,
    pub spent: SpentTotals,
    pub theme: Theme,
    /// Theme chosen in the studio. It is saved with the session, but a theme in the user's own config wins at the next
    /// start.
    pub chosen_theme: Option<String>,
    /// Theme given on the command line, for this run only; it is never saved.
    pub theme_override: Option<String>,
    /// The settings in force; a reload replaces them as a whole.
    pub config: Arc<LiveConfig>,
    pub terminal: TerminalCapabilities,
    /// Shutdown dates of models as their servers announced them, by backend and model.
    pub shutdowns: BTreeMap<String, BTreeMap<String, String>>,
    /// Drafts of jobs that are running or have failed, so that no input is lost.
    pub sent_drafts: IndexMap<Id, Draft>,
    /// Submission that waits until it is known whether the prompt names image files.
    pub pending_submission: Option<PendingSubmission>,
    /// The prompt in which file names are known to be meant as text.
    pub prompt_without_references: Option<String>,
    /// Jobs deleted together in this session, the newest last, for undo.
    pub undo_deletes: Vec<Vec<Id>>,
    /// The prompt and settings from before the last reuse, for undo.
    undo_reuse: Option<Box<ReuseUndo>>,
    /// Set once Ctrl+Q has warned about running jobs.
    pub quit_warned: bool,
    /// Set when the studio is about to exit.
    pub quitting: bool,
}

impl Model {
    /// Creates a studio on `registry`, with nothing loaded yet.
    pub fn new(registry: Arc<Registry>, theme: Theme, config: Arc<LiveConfig>, now: MessageTime) -> Self {
        let choice =
            NextJob { backend: registry.default().unwrap_or_default().to_owned(), count: 1, ..NextJob::default() };
        let mut model = Self {
            now,
            zone: TimeZone::UTC,
            terminal_size: (80, 24),
            window_focused: true,
            focus: Focus::Prompt,
            preview_maximized: false,
            focus_before_maximized: Focus::Prompt,
            show_settings: None,
            show_history: true,
            prompt: PromptEditor::new(Vec::new()),
            history: History::default(),
            preview: PreviewPane::default(),
            thumbnails: Thumbnails::default(),
            gallery: Gallery::default(),
            search_values: KnownValues::default(),
            settings: SettingsPane::default(),
            next_job: choice,
            reference_pane: ReferencePane::default(),
            jobs: JobList::default(),
            notices: Notices::default(),
            screen: None,
            last_lanes: Vec::new(),
            popup: None,
            pointer: Pointer::default(),
            lineage: None,
            enhancing: false,
            registry,
            estimate: Estimate::default(),
            spent: SpentTotals::default(),
            theme,
            chosen_theme: None,
            theme_override: None,
            config,
            terminal: TerminalCapabilities {
                tmux: false,
                enhanced_keys: false,
                colors: Some(ThemeColorDepth::True),
                cell: CellSize { width: 10, height: 20 },
            },
            shutdowns: BTreeMap::new(),
            sent_drafts: IndexMap::new(),
            pending_submission: None,
            prompt_without_references: None,
            undo_deletes: Vec::new(),
            undo_reuse: None,
            quit_warned: false,
            quitting: false,
        };
        model.update_estimate();
        model
    }

    /// Returns the context in which keys are looked up first.
    pub fn context(&self) -> KeyContext {
        if self.popup.is_some() { KeyContext::Popup } else { self.context_under_popup() }
    }

    /// Returns the context that receives keys once the popup is closed.
    pub fn context_under_popup(&self) -> KeyContext {
        match (&self.screen, self.focus) {
            (Some(Screen::Gallery), _) => KeyContext::Gallery,
            (Some(Screen::Compare(_)), _) => KeyContext::Compare,
            (Some(Screen::Duel(_)), _) => KeyContext::Duel,
            (Some(Screen::Results(_)), _) => KeyContext::Scores,
            (None, Focus::Prompt) => KeyContext::Prompt,
            (None, Focus::History) => KeyContext::History,
            (None, Focus::Preview) => KeyContext::Preview,
            (None, Focus::Settings) => KeyContext::Settings,
        }
    }

    /// Returns the name of the theme in use, whatever is previewed: that of the command line, that chosen in the studio,
    /// or that of the config.
    pub fn theme_in_use(&self) -> &str {
        let chosen = self.theme_override.as_ref().or(self.chosen_theme.as_ref()).unwrap_or(&self.config.theme);
        if chosen.is_empty() { self.theme.name() } else { chosen }
    }

    /// Returns `true` during a duel whose lanes must not be revealed yet.
    pub fn is_blind(&self) -> bool {
        match &self.screen {
            Some(Screen::Duel(duel)) => duel.round().is_none_or(|round| !round.is_revealed()),
            _ => false,
        }
    }

    /// Returns a hint that names the key currently bound to an action: `u to restore it`. `None` if no key is bound.
    pub fn key_hint(&self, context: KeyContext, action: Action, does: &str) -> Option<String> {
        let key = self.config.keymap.label(context, action, self.terminal.enhanced_keys)?;
        Some(format!("{key} {does}"))
    }

    /// Returns the capabilities of the chosen backend.
    pub fn capabilities(&self) -> Option<&Capabilities> {
        self.registry.get(&self.next_job.backend).map(|backend| backend.capabilities())
    }

    /// Returns the model of the next job.
    pub fn model_id(&self) -> &str {
        let chosen = self.next_job.models.get(&self.next_job.backend);
        chosen.map_or_else(|| self.capabilities().map_or("", |can| can.default_model.as_str()), String::as_str)
    }

    /// Returns every setting of the next job with its value.
    pub fn effective_settings(&self) -> Settings {
        let Some(can) = self.capabilities() else { return Settings::new() };
        let Some(model) = can.model(self.model_id()) else { return Settings::new() };
        model.complete(&can.defaults, &self.chosen_settings()).unwrap_or_default()
    }

    /// Returns the chosen settings that the chosen model supports; the others are kept for models that do.
    pub fn chosen_settings(&self) -> Settings {
        let model = self.capabilities().and_then(|can| can.model(self.model_id()));
        let chosen = self.next_job.settings.get(&self.next_job.backend);
        let (Some(model), Some(chosen)) = (model, chosen) else { return Settings::new() };
        let fits = |name: &str, value| model.param(name).is_some_and(|param| param.check(value).is_ok());
        chosen.iter().filter(|(name, value)| fits(name, value)).map(|(n, v)| (n.clone(), v.clone())).collect()
    }

    /// Returns the draft that Enter would submit now.
    pub fn draft(&self) -> Draft {
        Draft {
            prompt: self.prompt.text(),
            backend: Some(self.next_job.backend.clone()),
            model: Some(self.model_id().to_owned()),
            settings: self.chosen_settings(),
            count: self.next_job.count,
            inputs: self.next_job.references.inputs.clone(),
            mask: self.next_job.references.mask.clone(),
            markup: self.next_job.references.markup.clone(),
            parent: self.next_job.references.parent,
            directed: self.next_job.directed.clone(),
            labels: Labels::default(),
            id: None,
        }
    }

    /// Remembers a submitted draft: it may have to be restored, or sent to another backend.
    pub fn remember_draft(&mut self, id: Id, draft: Draft) {
        const KEPT: usize = 32;
        self.sent_drafts.insert(id, draft);
        while self.sent_drafts.len() > KEPT {
            self.sent_drafts.shift_remove_index(0);
        }
    }

    /// Recomputes the estimated cost of the next job.
    pub fn update_estimate(&mut self) {
        let draft = Draft { prompt: self.prompt.text_or("a"), ..self.draft() };
        self.estimate = self.registry.plan(&draft).map(|plan| plan.estimate).unwrap_or_default();
    }
}
