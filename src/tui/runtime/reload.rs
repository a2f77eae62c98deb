//! From a config to what the studio runs on: backends, keys, colours; at the start and whenever a file changes.
//! Everything is built before anything is swapped; on an error the old stays and the error is told.

use tintype_backends::{Accounts, svg::Workshop};

use crate::{
    config::{Config, Locations},
    diagnostic::Diagnostic,
    engine::{Budget, Registry},
    theme::{Theme, ThemeError, Themes},
    tui::{
        keymap::{Keymap, KeymapError},
        model::{Notice, Severity},
    },
};

/// Looks up an environment variable.
pub(super) type Env = fn(&str) -> Option<String>;

/// What follows from a config.
pub(super) struct Built {
    pub(super) config: Config,
    pub(super) registry: Registry,
    pub(super) keymap: Keymap,
    pub(super) themes: Themes,
    /// What is odd but does no harm.
    pub(super) warnings: Vec<Diagnostic>,
}

/// Reads the files and builds everything; everything that is wrong where it cannot.
pub(super) fn read(
    locations: &Locations,
    env: Env,
    accounts: &Accounts,
    workshop: &Workshop,
) -> Result<Built, Vec<Diagnostic>> {
    build(Config::load(locations)?.with_workshop(workshop), locations, env, accounts)
}

/// Builds everything from a config that was read.
pub(super) fn build(
    config: Config,
    locations: &Locations,
    env: Env,
    accounts: &Accounts,
) -> Result<Built, Vec<Diagnostic>> {
    let (backends, problems) = config.build_backends_on(accounts, &env);
    if !problems.is_empty() {
        return Err(problems);
    }
    let keymap = keymap(&config).map_err(|problem| vec![problem])?;
    let themes = Themes::load(locations.themes().as_deref());
    let registry = Registry::new(backends, &config.default_backend).on(accounts);
    let warnings = config.warnings.iter().chain(themes.warnings()).cloned().collect();
    Ok(Built { config, registry, keymap, themes, warnings })
}

/// The keys of a config, or what is wrong with them and where.
pub(crate) fn keymap(config: &Config) -> Result<Keymap, Diagnostic> {
    Keymap::with(&config.keys).map_err(|(index, error)| {
        let binding = &config.keys[index];
        let path = ["keys", &binding.context, &binding.action];
        config.diagnose(&path, error.to_string(), hint(&error))
    })
}

fn hint(error: &KeymapError) -> Option<String> {
    match error {
        KeymapError::Action { nearest: Some(name), .. } => Some(format!("did you mean `{name}`?")),
        KeymapError::Action { .. } => Some("`tintype config print` lists every action".into()),
        KeymapError::Conflict { .. } => Some("give one of them another key, or an empty list to unbind it".into()),
        KeymapError::Context(_) => None,
    }
}

/// The theme that a config names, for a terminal with this background.
pub(super) fn theme(built: &Built, dark: Option<bool>) -> Result<Theme, ThemeError> {
    built.themes.get(built.config.theme.name(dark))
}

/// What may be spent.
pub(super) fn budget(config: &Config) -> Budget {
    config.budget.clone()
}

/// What backends have to say before they are used.
pub(super) fn cautions(registry: &Registry) -> Option<Notice> {
    let words: Vec<String> = registry.iter().flat_map(|(_, backend)| backend.warnings()).collect();
    let first = words.first()?;
    Some(Notice::new(Severity::Warning, first).with_hint(Some("use https in its `base_url`".to_owned())))
}

/// Diagnostics as one message: the first in full, the rest counted.
pub(super) fn notice(severity: Severity, diagnostics: &[Diagnostic]) -> Option<Notice> {
    let first = diagnostics.first()?;
    let more = diagnostics.len() - 1;
    let text = if more == 0 { first.headline() } else { format!("{} (and {more} more)", first.headline()) };
    Some(Notice::new(severity, text).with_hint(first.hint.clone()))
}
