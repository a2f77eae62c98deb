//! What a command works with: the flags that all commands share, the config, the places, stdout.
//! Everything is made when it is asked for, so that a command pays for what it uses only.

use std::path::{Path, PathBuf};

use tintype_backends::{Accounts, svg::Workshop};
use tokio::{runtime::Runtime, sync::mpsc::UnboundedSender};
use tracing_appender::non_blocking::WorkerGuard;

use super::{
    failure::{Code, Failure, Told},
    global::Global,
    leftovers, logs,
    out::{self, Out},
};
use crate::{
    config::{Config, Locations, absolute},
    crash::CrashPoint,
    engine::{Engine, EngineEvent, EngineSetup, Registry},
    library::{Found, Library, LibraryError},
    theme::Themes,
};

/// One run of the program.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) global: Global,
    pub(super) out: Out,
    config: Option<Config>,
    registry: Option<Registry>,
    library: Option<Library>,
    runtime: Option<Runtime>,
}

/// An environment variable, if it is set and is text.
pub(super) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The path in an environment variable, whatever bytes it is of.
fn path_in(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// A path with `~` as the home folder; others stay as they were typed.
fn expand_home(path: &Path) -> PathBuf {
    if path.starts_with("~") { absolute(path, &env) } else { path.to_owned() }
}

/// Untrusted drawings are rendered by this program, in a process of its own.
pub(super) fn workshop() -> Workshop {
    // On Linux this is the program that runs, also when its file has been replaced since by another version.
    let linux = Path::new("/proc/self/exe");
    let program = if linux.exists() { Ok(linux.to_owned()) } else { std::env::current_exe() };
    program.map_or_else(|_| Workshop::default(), |program| Workshop::program(program, ["render-svg"]))
}

impl Session {
    pub(super) fn new(global: Global) -> Self {
        Self { global, out: Out::default(), config: None, registry: None, library: None, runtime: None }
    }

    /// Where the config and the user's themes are.
    pub(super) fn locations(&self) -> Locations {
        Locations::new(self.global.config.clone().or_else(|| path_in("TINTYPE_CONFIG")), &env)
    }

    /// Refuses a `--theme` that does not exist, also where nothing would be drawn with it.
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

    /// The config; its warnings are said, once.
    pub(super) fn config(&mut self) -> Result<&Config, Failure> {
        let config = match self.config.take() {
            Some(config) => config,
            None => self.load()?,
        };
        Ok(self.config.insert(config))
    }

    fn load(&self) -> Result<Config, Failure> {
        let config = Config::load(&self.locations()).map_err(|problems| Failure::config(&problems))?;
        let config = config.with_workshop(&workshop());
        config.warnings.iter().for_each(|warning| out::warn(&Told::from(warning)));
        Ok(config)
    }

    /// The data directory: the flag, else `TINTYPE_DATA_DIR`, else the usual place of the system.
    pub(super) fn data_dir(&self) -> Result<PathBuf, Failure> {
        let variable = || path_in("TINTYPE_DATA_DIR");
        let usual = || dirs::data_dir().map(|dir| dir.join("tintype"));
        let named = self.global.data_dir.clone().or_else(variable).map(|path| expand_home(&path));
        named.or_else(usual).ok_or_else(|| {
            Failure::new(Code::Usage, "config", "there is no place for the library")
                .with_hint("name one with --data-dir or TINTYPE_DATA_DIR")
        })
    }

    /// Starts the log, if one was asked for; it ends with the guard.
    pub(super) fn start_log(&self) -> Option<WorkerGuard> {
        let folder = self.data_dir().ok().filter(|_| self.global.verbose > 0)?;
        logs::start(&folder, self.global.verbose)
    }

    /// The backends of the config, made once: making one may run the user's command for a key.
    /// A table that cannot be read is an error, as everything wrong with the config is.
    pub(super) fn registry(&mut self) -> Result<Registry, Failure> {
        if let Some(registry) = &self.registry {
            return Ok(registry.clone());
        }
        let config = self.config()?;
        let accounts = Accounts::default();
        let (backends, problems) = config.build_backends_on(&accounts, &env);
        if !problems.is_empty() {
            return Err(Failure::config(&problems));
        }
        let registry = Registry::new(backends, &config.default_backend).on(&accounts);
        Ok(self.registry.insert(registry).clone())
    }

    /// The same, after asking the backend of that name, or the one that draws by default, what it can do.
    pub(super) fn registry_knowing(&mut self, name: Option<&str>) -> Result<Registry, Failure> {
        let registry = self.registry()?;
        let chosen = name.or(registry.default()).map(ToOwned::to_owned);
        self.meet(registry, |name| chosen.as_deref() == Some(name))
    }

    /// The same, after asking all of them.
    pub(super) fn registry_knowing_all(&mut self) -> Result<Registry, Failure> {
        let registry = self.registry()?;
        self.meet(registry, |_| true)
    }

    fn meet(&mut self, registry: Registry, wanted: impl Fn(&str) -> bool) -> Result<Registry, Failure> {
        let met = self.block_on(async move { registry.met(wanted).await })?;
        Ok(self.registry.insert(met).clone())
    }

    /// The backends with what the library, if there is one, teaches about their costs.
    pub(super) fn experienced_registry(&mut self) -> Result<Registry, Failure> {
        let registry = self.registry()?;
        let Some(library) = self.existing_library()? else { return Ok(registry) };
        Ok(registry.with_past(&self.block_on(async move { library.costly().await })??))
    }

    /// The library, made if there is none. What opening it did beyond the usual is said, and what an earlier run left
    /// is looked after.
    pub(super) fn library(&mut self) -> Result<Library, Failure> {
        if let Some(library) = &self.library {
            return Ok(library.clone());
        }
        let library = Library::open(&self.data_dir()?)?.crashing(CrashPoint::from_env(&env));
        library.notices().iter().for_each(|notice| out::note(&format!("note: {notice}")));
        self.library = Some(library.clone());
        self.recover(&library)?;
        Ok(library)
    }

    /// Looks after what an earlier run left. Without the backends there is no telling what an answer says; what is wrong
    /// with the config is reported elsewhere.
    fn recover(&mut self, library: &Library) -> Result<(), Failure> {
        if !self.block_on(library.has_leftovers())?? {
            return Ok(());
        }
        let Ok(registry) = self.registry() else { return Ok(()) };
        let words = self.block_on(leftovers::recover(library.clone(), registry))?;
        if let Some(words) = words {
            out::note(&format!("note: {words}"));
        }
        Ok(())
    }

    /// The library, if there is one.
    pub(super) fn existing_library(&mut self) -> Result<Option<Library>, Failure> {
        if self.data_dir()?.exists() { self.library().map(Some) } else { Ok(None) }
    }

    /// What is meant by an id or a piece of one.
    pub(super) fn find(&mut self, id: &str) -> Result<Found, Failure> {
        let Some(library) = self.existing_library()? else {
            return Err(LibraryError::NotFound(id.to_owned()).into());
        };
        Ok(self.block_on(async move { library.find(id).await })??)
    }

    /// An engine on the library, which tells `events` what happens.
    pub(super) fn engine(&mut self, events: UnboundedSender<EngineEvent>) -> Result<Engine, Failure> {
        let budget = self.config()?.budget.clone();
        let (registry, library) = (self.experienced_registry()?, self.library()?);
        Ok(Engine::new(EngineSetup { library, registry, budget, events }))
    }

    /// Waits for something.
    pub(super) fn block_on<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Failure> {
        let runtime = match self.runtime.take() {
            Some(runtime) => runtime,
            None => Runtime::new().map_err(|error| Failure::local(format!("cannot start: {error}")))?,
        };
        Ok(self.runtime.insert(runtime).block_on(work))
    }
}
