//! Context of a command: the global flags, the config, the paths, and stdout.
//! Everything is created on first use, so that a command pays only for what it needs.

use std::path::{Path, PathBuf};

use tintype_backends::{Accounts, svg::Renderer};
use tokio::{runtime::Runtime, sync::mpsc::UnboundedSender};
use tracing_appender::non_blocking::WorkerGuard;

use super::{
    failure::{Failure, FailureCode, UserMessage},
    global::GlobalArgs,
    logs, recovery,
    stdout::{self, StdoutWriter},
};
use crate::{
    config::{Config, ConfigPaths, absolute},
    engine::{Engine, EngineEvent, EngineSetup, Registry},
    failpoint::ActiveFailpoint,
    library::{Library, LibraryError, ResolvedId},
    theme::Themes,
};

/// Context of one invocation of the program.
#[derive(Debug)]
pub(super) struct CliContext {
    pub(super) global: GlobalArgs,
    pub(super) out: StdoutWriter,
    config: Option<Config>,
    registry: Option<Registry>,
    library: Option<Library>,
    runtime: Option<Runtime>,
}

/// Returns an environment variable, if it is set and valid UTF-8.
pub(super) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Returns the path in an environment variable, which need not be UTF-8.
fn path_in(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// Expands a leading `~`; other paths are returned unchanged.
fn expand_home(path: &Path) -> PathBuf {
    if path.starts_with("~") { absolute(path, &env) } else { path.to_owned() }
}

/// Returns a renderer that handles untrusted SVGs in a separate process of this program.
pub(super) fn renderer() -> Renderer {
    // On Linux this path is the running executable, even if its file has since been replaced by another version.
    let linux = Path::new("/proc/self/exe");
    let program = if linux.exists() { Ok(linux.to_owned()) } else { std::env::current_exe() };
    program.map_or_else(|_| Renderer::default(), |program| Renderer::program(program, ["render-svg"]))
}

impl CliContext {
    pub(super) fn new(global: GlobalArgs) -> Self {
        Self { global, out: StdoutWriter::default(), config: None, registry: None, library: None, runtime: None }
    }

    /// Returns the paths of the config and the custom themes.
    pub(super) fn locations(&self) -> ConfigPaths {
        ConfigPaths::new(self.global.config.clone().or_else(|| path_in("TINTYPE_CONFIG")), &env)
    }

    /// Refuses a `--theme` that does not exist, even if the command does not use it.
    pub(super) fn check_theme(&self) -> Result<(), Failure> {
        let Some(name) = &self.global.theme else { return Ok(()) };
        let found = Themes::load(self.locations().themes().as_deref()).get(name);
        found.map(drop).map_err(|error| {
            let failure = Failure::usage(error.to_string());
            match error.hint() {
                Some(hint) => failure.with_hint(hint),
                None => failure,
            }
        })
    }

    /// Returns the config, loaded on first use; its warnings are printed once.
    pub(super) fn config(&mut self) -> Result<&Config, Failure> {
        let config = match self.config.take() {
            Some(config) => config,
            None => self.load()?,
        };
        Ok(self.config.insert(config))
    }

    fn load(&self) -> Result<Config, Failure> {
        let config = Config::load(&self.locations()).map_err(|problems| Failure::config(&problems))?;
        let config = config.with_renderer(&renderer());
        config.warnings.iter().for_each(|warning| stdout::warn(&UserMessage::from(warning)));
        Ok(config)
    }

    /// Returns the data directory: the flag, else `TINTYPE_DATA_DIR`, else the system default.
    pub(super) fn data_dir(&self) -> Result<PathBuf, Failure> {
        let variable = || path_in("TINTYPE_DATA_DIR");
        let usual = || dirs::data_dir().map(|dir| dir.join("tintype"));
        let named = self.global.data_dir.clone().or_else(variable).map(|path| expand_home(&path));
        named.or_else(usual).ok_or_else(|| {
            Failure::new(FailureCode::Usage, "config", "cannot find a directory for the library")
                .with_hint("pass --data-dir or set TINTYPE_DATA_DIR")
        })
    }

    /// Starts the log if one was requested; dropping the guard stops it.
    pub(super) fn start_log(&self) -> Option<WorkerGuard> {
        let folder = self.data_dir().ok().filter(|_| self.global.verbose > 0)?;
        logs::start(&folder, self.global.verbose)
    }

    /// Returns the configured backends, built once because building one may run the user's command for a key. An
    /// invalid table is an error, like any other error in the config.
    pub(super) fn registry(&mut self) -> Result<Registry, Failure> {
        if let Some(registry) = &self.registry {
            return Ok(registry.clone());
        }
        let config = self.config()?;
        let accounts = Accounts::default();
        let (backends, problems) = config.build_backends_with_accounts(&accounts, &env);
        if !problems.is_empty() {
            return Err(Failure::config(&problems));
        }
        let registry = Registry::new(backends, &config.default_backend).with_accounts(&accounts);
        Ok(self.registry.insert(registry).clone())
    }

    /// Returns the backends after the handshake with the named or default one, so that its capabilities are known.
    pub(super) fn registry_with_capabilities(&mut self, name: Option<&str>) -> Result<Registry, Failure> {
        let registry = self.registry()?;
        let chosen = name.or(registry.default()).map(ToOwned::to_owned);
        self.handshake(registry, |name| chosen.as_deref() == Some(name))
    }

    /// Returns the backends after the handshake with all of them.
    pub(super) fn registry_with_all_capabilities(&mut self) -> Result<Registry, Failure> {
        let registry = self.registry()?;
        self.handshake(registry, |_| true)
    }

    fn handshake(&mut self, registry: Registry, wanted: impl Fn(&str) -> bool) -> Result<Registry, Failure> {
        let met = self.block_on(async move { registry.initialize_where(wanted).await })?;
        Ok(self.registry.insert(met).clone())
    }

    /// Returns the backends with estimates trained on the costs in the library, if there is one.
    pub(super) fn trained_registry(&mut self) -> Result<Registry, Failure> {
        let registry = self.registry()?;
        let Some(library) = self.existing_library()? else { return Ok(registry) };
        Ok(registry.with_costs_of(&self.block_on(async move { library.recent_jobs().await })??))
    }

    /// Returns the library, created if missing. Notices from opening it are printed, and jobs that an earlier process
    /// left behind are recovered.
    pub(super) fn library(&mut self) -> Result<Library, Failure> {
        if let Some(library) = &self.library {
            return Ok(library.clone());
        }
        let library = Library::open(&self.data_dir()?)?.with_failpoint(ActiveFailpoint::from_env(&env));
        library.notices().iter().for_each(|notice| stdout::note(&format!("note: {notice}")));
        self.library = Some(library.clone());
        self.recover(&library)?;
        Ok(library)
    }

    /// Recovers jobs that an earlier process left behind. It needs the backends to decode responses; config errors are
    /// reported elsewhere.
    fn recover(&mut self, library: &Library) -> Result<(), Failure> {
        if !self.block_on(library.may_have_unfinished())?? {
            return Ok(());
        }
        let Ok(registry) = self.registry() else { return Ok(()) };
        let words = self.block_on(recovery::recover(library.clone(), registry))?;
        if let Some(words) = words {
            stdout::note(&format!("note: {words}"));
        }
        Ok(())
    }

    /// Returns the library, if there is one.
    pub(super) fn existing_library(&mut self) -> Result<Option<Library>, Failure> {
        if self.data_dir()?.exists() { self.library().map(Some) } else { Ok(None) }
    }

    /// Finds the job or image with this id or part of an id.
    pub(super) fn find(&mut self, id: &str) -> Result<ResolvedId, Failure> {
        let Some(library) = self.existing_library()? else {
            return Err(LibraryError::NotFound(id.to_owned()).into());
        };
        Ok(self.block_on(async move { library.find(id).await })??)
    }

    /// Creates an engine on the library that sends its events to `events`.
    pub(super) fn engine(&mut self, events: UnboundedSender<EngineEvent>) -> Result<Engine, Failure> {
        let budget = self.config()?.budget.clone();
        let (registry, library) = (self.trained_registry()?, self.library()?);
        Ok(Engine::new(EngineSetup { library, registry, budget, events }))
    }

    /// Runs a future to completion.
    pub(super) fn block_on<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Failure> {
        let runtime = match self.runtime.take() {
            Some(runtime) => runtime,
            None => Runtime::new().map_err(|error| Failure::local(format!("cannot start: {error}")))?,
        };
        Ok(self.runtime.insert(runtime).block_on(work))
    }
}
