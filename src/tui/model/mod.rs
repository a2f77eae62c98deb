//! Everything the studio knows, as plain values: `update` changes it, `view` reads it.
//! Nothing here waits, reads the clock or touches a file; time comes in with each message.

mod direction;
mod given;
mod history;
mod input;
mod jobs;
mod money;
mod notices;
mod popup;
mod preview;
mod prompt;
mod session;
mod settings;
mod stage;
pub(in crate::tui) mod strip;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use indexmap::IndexMap;
use jiff::{Timestamp, tz::TimeZone};
use tintype_backends::{Capabilities, Estimate, Settings};

pub use direction::{Piece, Proposal};
pub use given::{FileEditor, Given, PictureUse};
pub use history::{History, PAGE};
pub use input::LineInput;
pub use jobs::{Job, Jobs};
pub use money::{Money, Spent, apart};
pub use notices::{Notice, Notices, Severity, Topic};
pub use popup::{Item, ItemId, Picker, Popup, Scroll, Switch, ValueEditor};
pub use preview::{PictureKey, PictureSource, PreviewPane, Shown, Subject, panned, zoomed};
pub use prompt::Prompt;
pub use session::Session;
pub use settings::{Knob, Row, SettingsPane};
pub use stage::{Cast, Compare, Contest, Duel, Entry, LanePicker, Phase, Round, Scores, Sending, Stage};
pub use strip::Strip;

use super::{
    action::{Action, Context},
    keymap::Keymap,
};
use crate::{
    config::LaneTable,
    engine::{Draft, Registry},
    id::Id,
    library::{Directed, Lineage},
    picture::CellSize,
    theme::Theme,
};

/// When a message came in.
#[derive(Clone, Debug, PartialEq)]
pub struct Now {
    /// The time of day, for showing and comparing with the library.
    pub at: Timestamp,
    /// Since the studio was opened, for durations: it never jumps.
    pub since_start: Duration,
}

/// Which pane the keys go to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    /// The prompt editor.
    #[default]
    Prompt,
    /// The list of jobs and pictures.
    History,
    /// The picture.
    Preview,
    /// The knobs.
    Settings,
}

/// What the next picture is drawn with. A job that runs has its own copy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// The backend's name in the config.
    pub backend: String,
    /// The chosen model by backend; the backend's default where there is none.
    pub models: BTreeMap<String, String>,
    /// The chosen settings by backend; defaults where there are none.
    pub settings: BTreeMap<String, Settings>,
    /// How many pictures.
    pub count: u32,
    /// Pictures to start from, and what lies over the first.
    pub given: Given,
    /// Where the prompt comes from, where a model rewrote it.
    pub directed: Option<Directed>,
}

/// What the terminal can do, as far as the screen depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Whether keys such as Shift+Enter arrive as themselves (kitty keyboard protocol).
    pub enhanced_keys: bool,
    /// Pixels of one cell.
    pub cell: CellSize,
}

/// The studio's state.
#[derive(Debug)]
pub struct Model {
    /// When the message being handled came in.
    pub now: Now,
    /// Where the user is, for showing times.
    pub zone: TimeZone,
    /// Columns and rows of the terminal.
    pub screen: (u16, u16),
    /// Which pane the keys go to.
    pub focus: Focus,
    /// Whether the picture fills the window.
    pub full_preview: bool,
    /// Where the keys went before it did.
    pub before_full: Focus,
    /// Whether the settings are shown; by the width of the screen where nobody chose.
    pub show_settings: Option<bool>,
    /// Whether the history is shown.
    pub show_history: bool,
    /// The prompt editor.
    pub prompt: Prompt,
    /// The history pane.
    pub history: History,
    /// The preview pane.
    pub preview: PreviewPane,
    /// The thumbnails under the history.
    pub strip: Strip,
    /// The settings pane.
    pub settings: SettingsPane,
    /// What the next picture is drawn with.
    pub choice: Choice,
    /// The jobs of this process that are not finished.
    pub jobs: Jobs,
    /// Messages to the user.
    pub notices: Notices,
    /// What takes the place of the panes.
    pub stage: Option<Stage>,
    /// The lanes that the config names.
    pub lanes: IndexMap<String, LaneTable>,
    /// The names of the lanes that were compared last.
    pub compared: Vec<String>,
    /// What lies over the panes.
    pub popup: Option<Popup>,
    /// The relatives of the job whose details were shown last.
    pub lineage: Option<(Id, Lineage)>,
    /// Whether a better prompt was asked for and has not come yet.
    pub directing: bool,
    /// The backends.
    pub registry: Arc<Registry>,
    /// What the next picture is expected to cost.
    pub estimate: Estimate,
    /// What has been spent.
    pub money: Money,
    /// The colours.
    pub theme: Theme,
    /// The theme chosen in the studio; remembered, but a theme that the user's own config names wins at the next start.
    pub chosen_theme: Option<String>,
    /// The theme of the command line: for this run, and never remembered.
    pub theme_of_run: Option<String>,
    /// Whether the user's own config names a theme.
    pub theme_pinned: bool,
    /// The names of the themes there are.
    pub theme_names: Vec<String>,
    /// The keys.
    pub keymap: Keymap,
    /// What the terminal can do.
    pub reach: Reach,
    /// The last days of models as servers announced them, by backend and model.
    pub endings: BTreeMap<String, BTreeMap<String, String>>,
    /// Drafts whose jobs run or failed, so that nothing that was given is lost.
    pub sent: IndexMap<Id, Draft>,
    /// What is sent once it is known whether the prompt names image files.
    pub sending: Option<Sending>,
    /// The prompt of which it is known that its words are meant.
    pub words_meant: Option<String>,
    /// What was deleted last, newest at the end.
    pub deleted: Vec<Id>,
    /// Whether a first Ctrl+Q was answered with a warning.
    pub quit_warned: bool,
    /// Whether it is over.
    pub quitting: bool,
}

impl Model {
    /// A studio on `registry`, with nothing loaded yet.
    pub fn new(registry: Arc<Registry>, theme: Theme, keymap: Keymap, now: Now) -> Self {
        let choice =
            Choice { backend: registry.default().unwrap_or_default().to_owned(), count: 1, ..Choice::default() };
        let mut model = Self {
            now,
            zone: TimeZone::UTC,
            screen: (80, 24),
            focus: Focus::Prompt,
            full_preview: false,
            before_full: Focus::Prompt,
            show_settings: None,
            show_history: true,
            prompt: Prompt::new(Vec::new()),
            history: History::default(),
            preview: PreviewPane::default(),
            strip: Strip::default(),
            settings: SettingsPane::default(),
            choice,
            jobs: Jobs::default(),
            notices: Notices::default(),
            stage: None,
            lanes: IndexMap::new(),
            compared: Vec::new(),
            popup: None,
            lineage: None,
            directing: false,
            registry,
            estimate: Estimate::default(),
            money: Money::default(),
            theme,
            chosen_theme: None,
            theme_of_run: None,
            theme_pinned: false,
            theme_names: Vec::new(),
            keymap,
            reach: Reach { enhanced_keys: false, cell: CellSize { width: 10, height: 20 } },
            endings: BTreeMap::new(),
            sent: IndexMap::new(),
            sending: None,
            words_meant: None,
            deleted: Vec::new(),
            quit_warned: false,
            quitting: false,
        };
        model.reckon();
        model
    }

    /// Where keys are looked up first.
    pub fn context(&self) -> Context {
        if self.popup.is_some() { Context::Popup } else { self.context_below() }
    }

    /// Where the keys go again once the popup is closed.
    pub fn context_below(&self) -> Context {
        match (&self.stage, self.focus) {
            (Some(Stage::Compare(_)), _) => Context::Compare,
            (Some(Stage::Duel(_)), _) => Context::Duel,
            (Some(Stage::Scores(_)), _) => Context::Scores,
            (None, Focus::Prompt) => Context::Prompt,
            (None, Focus::History) => Context::History,
            (None, Focus::Preview) => Context::Preview,
            (None, Focus::Settings) => Context::Settings,
        }
    }

    /// Whether a duel is going on in which nobody may know yet who is who.
    pub fn is_blind(&self) -> bool {
        match &self.stage {
            Some(Stage::Duel(duel)) => duel.round().is_none_or(|round| !round.is_revealed()),
            _ => false,
        }
    }

    /// A hint that names the key of an action as it is bound now: `u brings it back`. Nothing where it has no key.
    pub fn key_hint(&self, context: Context, action: Action, does: &str) -> Option<String> {
        let key = self.keymap.label(context, action, self.reach.enhanced_keys)?;
        Some(format!("{key} {does}"))
    }

    /// What the chosen backend can do.
    pub fn capabilities(&self) -> Option<&Capabilities> {
        self.registry.get(&self.choice.backend).map(|backend| backend.capabilities())
    }

    /// The model the next picture is drawn by.
    pub fn model_id(&self) -> &str {
        let chosen = self.choice.models.get(&self.choice.backend);
        chosen.map_or_else(|| self.capabilities().map_or("", |can| can.default_model.as_str()), String::as_str)
    }

    /// Every setting of the next picture with its value.
    pub fn effective_settings(&self) -> Settings {
        let Some(can) = self.capabilities() else { return Settings::new() };
        let Some(model) = can.model(self.model_id()) else { return Settings::new() };
        model.complete(&can.defaults, &self.chosen_settings()).unwrap_or_default()
    }

    /// The chosen settings that the chosen model knows; the others wait for a model that does.
    pub fn chosen_settings(&self) -> Settings {
        let model = self.capabilities().and_then(|can| can.model(self.model_id()));
        let chosen = self.choice.settings.get(&self.choice.backend);
        let (Some(model), Some(chosen)) = (model, chosen) else { return Settings::new() };
        let fits = |name: &str, value| model.param(name).is_some_and(|param| param.check(value).is_ok());
        chosen.iter().filter(|(name, value)| fits(name, value)).map(|(n, v)| (n.clone(), v.clone())).collect()
    }

    /// The next picture as it stands: what Enter would send.
    pub fn draft(&self) -> Draft {
        Draft {
            prompt: self.prompt.text(),
            backend: Some(self.choice.backend.clone()),
            model: Some(self.model_id().to_owned()),
            settings: self.chosen_settings(),
            count: self.choice.count,
            inputs: self.choice.given.inputs.clone(),
            mask: self.choice.given.mask.clone(),
            markup: self.choice.given.markup.clone(),
            parent: self.choice.given.parent,
            directed: self.choice.directed.clone(),
            id: None,
        }
    }

    /// Keeps what was sent until it is drawn: it may have to be given back, or sent elsewhere.
    pub fn remember(&mut self, id: Id, draft: Draft) {
        const KEPT: usize = 32;
        self.sent.insert(id, draft);
        while self.sent.len() > KEPT {
            self.sent.shift_remove_index(0);
        }
    }

    /// Works out anew what the next picture is expected to cost.
    pub fn reckon(&mut self) {
        let draft = Draft { prompt: self.prompt.text_or("a"), ..self.draft() };
        self.estimate = self.registry.plan(&draft).map(|plan| plan.estimate).unwrap_or_default();
    }
}
