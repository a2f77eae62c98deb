//! Opens and closes the studio: from the resolved options to the first frame, and from the last one back to the shell.
//! Nothing is opened as a side effect of anything else; the order is visible here.

use std::{io, panic::AssertUnwindSafe, path::PathBuf, sync::Arc, time::Duration};

use futures::FutureExt;
use indexmap::IndexMap;
use jiff::tz::TimeZone;
use tintype_backends::{Accounts, svg::Renderer};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinHandle,
};

use super::{
    StudioLoop,
    clock::Clock,
    effect_handler::{EffectHandler, theme_color_depth},
    image_thread::ImageThread,
    load_config::{self, EnvLookup, StudioConfiguration},
    reply_parser::ReplyParser,
    signals::SignalListener,
    terminal::{self, TerminalModes, TerminalScreen},
    terminal_detection::TerminalDetection,
    terminal_events::{KeyBatch, TerminalEvents},
    thumbnail_threads::ThumbnailThreads,
};
use crate::{
    config::{self, BackendConfig, Config, ConfigPaths, FileWatcher},
    confined,
    engine::{Budget, Engine, EngineEvent, EngineSetup, GRACE},
    library::{Library, LibraryError},
    picture::{DisplayCapabilities, DisplayOverride, query_terminal, typed_events},
    theme::{Theme, ThemeColorDepth, ThemeError},
    tui::{
        effect::Effect,
        model::{Model, Notice, NoticeTopic, SavedSession, Severity, TerminalCapabilities},
        msg::{Msg, Reloaded},
    },
};

/// The inputs for opening the studio.
pub struct StudioOptions {
    /// Paths of the config files, to read and to watch.
    pub locations: ConfigPaths,
    /// The theme named on the command line; it wins over config and session.
    pub theme: Option<String>,
    /// Data folder, which holds the library and the session.
    pub data_dir: PathBuf,
    /// Prompt to start with, in place of the session's.
    pub prompt: Option<String>,
    pub env: EnvLookup,
    /// Renderer of SVG drawings, if possible in processes of their own.
    pub renderer: Renderer,
}

/// The way in which the studio ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StudioExit {
    /// The user quit.
    Quit,
    /// A signal with this number ended it.
    Signal(i32),
}

/// An error that prevented the studio from opening, or ended it.
#[derive(Debug, thiserror::Error)]
pub enum StudioError {
    /// The library cannot be opened.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The terminal cannot be used.
    #[error("cannot use the terminal: {0}")]
    Terminal(#[from] io::Error),
    /// A part of the studio ended prematurely.
    #[error("a studio task stopped unexpectedly: {0}")]
    Broken(#[from] tokio::task::JoinError),
    /// A bug ended the studio while the jobs of this engine may still be running.
    #[error("the studio crashed because of a bug")]
    Bug(Engine),
}

/// Runs the studio until it ends.
pub async fn run(startup: StudioOptions) -> Result<StudioExit, StudioError> {
    let data_dir = startup.data_dir.clone();
    let opening = tokio::task::spawn_blocking(move || Library::open(&data_dir));
    let (built, mut notices) = load_configuration(&startup);
    let (facts, surroundings) = detect_terminal(&startup, &built.config, &mut notices);
    let typed = typed_events(&surroundings.probe.early_input);
    let library = opening.await??;
    notices.extend(library.notices().iter().map(|text| Notice::new(Severity::Warning, text)));
    let (engine, events) = engine(&built, &library);
    let (sender, messages) = unbounded_channel();
    let clock = Clock::start();
    let zone = TimeZone::system();
    let session_file = startup.data_dir.join("session.json");
    let mut session = if built.config.studio.restore { read_session(&session_file) } else { SavedSession::default() };
    load_config::drop_overridden(&built.config, &mut session);
    let live = Arc::new(built.live(has_dark_background(&facts), startup.env));
    let mut world = EffectHandler {
        pictures: ImageThread::start(sender.clone())?,
        thumbnails: ThumbnailThreads::start(library.data_dir().to_owned(), sender.clone())?,
        facts: Arc::new(facts.clone()),
        surroundings,
        engine: engine.clone(),
        library: library.clone(),
        config: Arc::clone(&live),
        renderer: startup.renderer.clone(),
        colors: theme_color_depth(facts.color),
        background: [0; 3],
        gap_color: [0; 3],
        session_file: session_file.clone(),
        zone: zone.clone(),
        messages: sender.clone(),
        saving: None,
    };
    let theme = first_theme(&startup, &built, has_dark_background(&facts), &session, &mut world, &mut notices);
    let _watches = watch(&startup, &facts, &engine, active_config(&built), &library, &sender);
    let modes = TerminalModes { mouse: built.config.studio.mouse, enhanced_keys: facts.kitty_keyboard };
    let mut model = Model::new(engine.registry(), theme, live, clock.now());
    model.zone = zone;
    model.terminal = terminal_capabilities(&facts, world.colors);
    model.theme_override.clone_from(&startup.theme);
    model.thumbnails.visible = model.config.preview.thumbnails;
    model.restore(session);
    startup.prompt.iter().for_each(|prompt| model.prompt.reset_to(prompt));
    world.send_all(notices.into_iter().map(Msg::Notify));
    recover(&engine, &library, &sender);
    query_backends(&engine, &sender);
    let studio = run_in_terminal(model, world, clock, messages, events, modes, typed);
    let guarded = Box::pin(AssertUnwindSafe(studio).catch_unwind());
    let Ok(ended) = guarded.await else { return Err(StudioError::Bug(engine)) };
    // However the studio ended, jobs get time to finish, and their state is saved.
    engine.shutdown(GRACE).await;
    let (ended, saving) = ended?;
    if let Some(saving) = saving {
        saving.await?;
    }
    Ok(ended)
}

fn terminal_capabilities(facts: &DisplayCapabilities, colors: Option<ThemeColorDepth>) -> TerminalCapabilities {
    let DisplayCapabilities { tmux, kitty_keyboard: enhanced_keys, cell, .. } = *facts;
    TerminalCapabilities { tmux, enhanced_keys, colors, cell }
}

/// Returns the state that a changed config is compared with.
fn active_config(built: &StudioConfiguration) -> AppliedConfig {
    AppliedConfig { tables: built.config.backends.clone(), is_sound: built.problems.is_empty() }
}

/// Runs the studio between entering and leaving the terminal.
async fn run_in_terminal(
    mut model: Model,
    mut world: EffectHandler,
    clock: Clock,
    messages: UnboundedReceiver<Msg>,
    engine: UnboundedReceiver<EngineEvent>,
    modes: TerminalModes,
    typed: Vec<crossterm::event::Event>,
) -> io::Result<(StudioExit, Option<JoinHandle<()>>)> {
    model.warn_of_shutdown();
    let signals = SignalListener::listen()?;
    let screen = TerminalScreen::new(modes)?;
    let (columns, rows) = crossterm::terminal::size()?;
    for effect in crate::tui::update::update(&mut model, Msg::Resize(columns, rows)) {
        world.perform(effect);
    }
    if world.surroundings.may_be_outdated() {
        world.query_outer_terminal();
    }
    world.perform(Effect::LoadPromptHistory);
    world.perform(Effect::LoadSpent);
    world.perform(Effect::TrainEstimates);
    let keys = TerminalEvents::listen(
        typed,
        ReplyParser::for_terminal(world.facts.confirms, world.surroundings.probe.awaits_response()),
    );
    let last_frame_at = std::time::Instant::now();
    let mut studio = StudioLoop {
        model,
        screen,
        world,
        clock,
        keys,
        typed_batch: KeyBatch::default(),
        messages,
        engine,
        signals,
        dirty: true,
        last_frame_at,
        last_frame_time: Duration::ZERO,
    };
    let ended = studio.run().await?;
    Ok((ended, studio.world.saving.take()))
}

/// Maximum wait for a tmux that was just started to learn what is around it; it is queried again later.
const TMUX_TIMEOUT: Duration = Duration::from_millis(300);

/// Queries the terminal's capabilities, once, before anything else reads from it; keys typed meanwhile are kept.
fn detect_terminal(
    startup: &StudioOptions,
    config: &Config,
    notices: &mut Vec<Notice>,
) -> (DisplayCapabilities, TerminalDetection) {
    let forced = load_config::requested_display(&config.preview).unwrap_or_else(|notice| {
        notices.push(notice);
        DisplayOverride::default()
    });
    let heard = query_terminal(&startup.env, TMUX_TIMEOUT);
    let facts = DisplayCapabilities::from_probe(&startup.env, &heard, terminal::window(), forced);
    (facts, TerminalDetection::new(startup.env, heard, forced))
}

/// Returns `true` if the terminal's background is dark, by the luma of ITU-R BT.709; `None` if its color is unknown.
fn has_dark_background(facts: &DisplayCapabilities) -> Option<bool> {
    let [red, green, blue] = facts.background?.map(f32::from);
    Some(0.2126 * red + 0.7152 * green + 0.0722 * blue < 128.0)
}

/// Builds the valid parts of the config, with notices about the rest.
fn load_configuration(startup: &StudioOptions) -> (StudioConfiguration, Vec<Notice>) {
    let built = load_config::read(&startup.locations, startup.env, &Accounts::default(), &startup.renderer);
    let cautions = load_config::diagnostics_notice(Severity::Warning, &built.warnings)
        .into_iter()
        .chain(load_config::backend_warning(&built.registry))
        .map(|caution| caution.about(NoticeTopic::Config));
    let partly = if built.is_readable {
        "invalid parts of the config are ignored"
    } else {
        "the config is ignored: defaults apply, and paid requests are blocked"
    };
    let faults = load_config::config_error_notice(&built)
        .map(|fault| [Notice::new(Severity::Warning, partly), fault].map(|notice| notice.about(NoticeTopic::Config)));
    let notices = cautions.chain(faults.into_iter().flatten()).collect();
    (built, notices)
}

fn engine(built: &StudioConfiguration, library: &Library) -> (Engine, UnboundedReceiver<EngineEvent>) {
    let (events, heard) = unbounded_channel();
    let engine = Engine::new(EngineSetup {
        library: library.clone(),
        registry: built.registry.clone(),
        budget: load_config::budget(&built.config),
        events,
    });
    (engine, heard)
}

/// Returns the first theme: the flag wins over the session, and the session over the config where the config leaves the
/// choice to it. A name that no longer exists is reported and skipped.
fn first_theme(
    startup: &StudioOptions,
    built: &StudioConfiguration,
    dark: Option<bool>,
    session: &SavedSession,
    world: &mut EffectHandler,
    notices: &mut Vec<Notice>,
) -> Theme {
    let named = startup.theme.as_ref().or(session.theme.as_ref());
    let theme = named.map_or_else(|| load_config::theme(built, dark), |name| built.themes.get(name));
    let theme = theme.or_else(|error| {
        let notice = Notice::new(Severity::Warning, error.to_string()).with_hint(error.hint());
        notices.push(notice.about(NoticeTopic::Theme));
        built.themes.get(Config::defaults().theme.name(dark))
    });
    world.adapted(&theme.unwrap_or_else(|_| Theme::without_color()))
}

fn read_session(file: &std::path::Path) -> SavedSession {
    let Ok(json) = confined::read_file(file, confined::MAX_JSON) else { return SavedSession::default() };
    serde_json::from_slice(&json).unwrap_or_else(|error| {
        tracing::warn!("cannot read the last session: {error}");
        SavedSession::default()
    })
}

/// Watches the user's files, and the library for changes by other processes.
fn watch(
    startup: &StudioOptions,
    facts: &DisplayCapabilities,
    engine: &Engine,
    present: AppliedConfig,
    library: &Library,
    sender: &UnboundedSender<Msg>,
) -> Vec<FileWatcher> {
    let files: Vec<PathBuf> = startup.locations.file.clone().into_iter().chain(startup.locations.themes()).collect();
    let (locations, env, dark) = (startup.locations.clone(), startup.env, has_dark_background(facts));
    let renderer = startup.renderer.clone();
    let (messages, engine) = (sender.clone(), engine.clone());
    let (asking, mut present) = (tokio::runtime::Handle::current(), present);
    let config = config::watch(&files, move || {
        let reloaded = apply_changed_config(&engine, &mut present, (&locations, env, &renderer), dark);
        let _ = messages.send(Msg::Reloaded(reloaded));
        let _entered = asking.enter();
        query_backends(&engine, &messages);
    });
    let wal = startup.data_dir.join("library.db-wal");
    let other = config::watch(&[wal], library_change_check(library, sender));
    if other.is_err() {
        poll_library(library_change_check(library, sender), sender.clone());
    }
    let watches = [config, other].into_iter();
    watches.filter_map(|watch| watch.inspect_err(|error| tracing::warn!("cannot watch: {error}")).ok()).collect()
}

/// Returns a callback that reports if another process has changed the library since the last call.
fn library_change_check(library: &Library, sender: &UnboundedSender<Msg>) -> impl FnMut() + Send + 'static {
    let (messages, library) = (sender.clone(), library.clone());
    let runtime = tokio::runtime::Handle::current();
    let mut seen = None;
    move || {
        let version = runtime.block_on(library.version()).ok();
        // The first call reports as well: all changes of another process may arrive as one.
        if seen.replace(version) != Some(version) {
            let _ = messages.send(Msg::LibraryChanged);
        }
    }
}

/// Polls for changes where the system does not report them.
fn poll_library(mut look: impl FnMut() + Send + 'static, messages: UnboundedSender<Msg>) {
    let looking = move || {
        while !messages.is_closed() {
            std::thread::sleep(Duration::from_millis(900));
            look();
        }
    };
    if let Err(error) = std::thread::Builder::new().name("library-watch".into()).spawn(looking) {
        tracing::warn!("images from other processes are not detected: {error}");
    }
}

/// The state of the config in force.
struct AppliedConfig {
    /// Tables of the backends in the config, by the backends' names.
    tables: IndexMap<String, BackendConfig>,
    /// Set if the config had no errors when it was read.
    is_sound: bool,
}

/// Applies a changed config. A backend that was queried and whose table is unchanged is not queried again.
fn apply_changed_config(
    engine: &Engine,
    present: &mut AppliedConfig,
    (locations, env, renderer): (&ConfigPaths, EnvLookup, &Renderer),
    dark: Option<bool>,
) -> Result<Box<Reloaded>, Notice> {
    let built = load_config::read(locations, env, engine.registry().accounts(), renderer);
    let fault = load_config::config_error_notice(&built);
    if let Some(fault) = fault.clone()
        && (present.is_sound || !built.is_readable)
    {
        engine.limit(limits_while_broken(engine.budget(), &built, present.is_sound));
        return Err(fault);
    }
    let missing = |error: ThemeError| Notice::new(Severity::Error, error.to_string()).with_hint(error.hint());
    built.themes.get(built.config.theme.name(dark)).map_err(missing)?;
    let unchanged =
        |name: &str| present.tables.contains_key(name) && present.tables.get(name) == built.config.backends.get(name);
    let registry = built.registry.keep_initialized(&engine.registry(), unchanged);
    engine.replace(registry, load_config::budget(&built.config));
    let config = Arc::new(built.live(dark, env));
    *present = AppliedConfig { tables: built.config.backends, is_sound: fault.is_none() };
    Ok(Box::new(Reloaded { registry: engine.registry(), config, config_error: fault }))
}

/// Returns the limits while the file is broken and the previous config stays in force: the stricter ones of both. If
/// the previous one was broken as well and this one cannot be read, no paid request is sent.
fn limits_while_broken(before: Budget, built: &StudioConfiguration, was_sound: bool) -> Budget {
    let now = &built.config.budget;
    if was_sound {
        return if built.is_readable { before.stricter(now) } else { before };
    }
    Budget { paid_refusal: before.paid_refusal.clone().or_else(|| now.paid_refusal.clone()), ..before }
}

/// Recovers the jobs that an earlier process left behind, concurrently with the first frames.
fn recover(engine: &Engine, library: &Library, sender: &UnboundedSender<Msg>) {
    let (engine, library, messages) = (engine.clone(), library.clone(), sender.clone());
    tokio::spawn(async move {
        library.write_pending_sidecars().await;
        let msg = match engine.recover().await {
            Ok(records) => Msg::Recovered(records),
            Err(error) => Msg::Notify(super::effect_handler::submit_notice(&error)),
        };
        let _ = messages.send(msg);
    });
}

/// Queries the backends that have to be asked for their capabilities, concurrently with the first frames.
fn query_backends(engine: &Engine, sender: &UnboundedSender<Msg>) {
    for name in engine.registry().names().map(ToOwned::to_owned) {
        let (engine, messages) = (engine.clone(), sender.clone());
        tokio::spawn(async move {
            let known = engine.registry();
            engine.initialize(&name).await;
            if !Arc::ptr_eq(&known, &engine.registry()) {
                let _ = messages.send(Msg::BackendReady(engine.registry()));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_can_be_built() {
        let locations = ConfigPaths { file: None, named: false };
        let problems = load_config::read(&locations, |_| None, &Accounts::default(), &Renderer::default()).problems;
        assert_eq!(problems, Vec::new());
    }
}
