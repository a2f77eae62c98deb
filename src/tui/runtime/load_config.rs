//! Builds what the studio runs on from a config: backends, keys and colors, at startup and whenever a file changes.
//! Everything is built before anything is replaced; on an error the old state stays and the error is reported.

use std::{fmt::Display, str::FromStr};

use indexmap::IndexMap;
use tintype_backends::{Accounts, SharedBackend, svg::Renderer};

use crate::{
    config::{Config, ConfigPaths, LoadedConfig, PreviewConfig},
    diagnostic::Diagnostic,
    engine::{Budget, Registry},
    picture::{DisplayOverride, GlyphSet, Protocol},
    theme::{Theme, ThemeError, Themes},
    tui::{
        keymap::{Keymap, KeymapError},
        live_config::LiveConfig,
        model::{Notice, SavedSession, Severity},
    },
};

/// A function that looks up an environment variable.
pub(super) type EnvLookup = fn(&str) -> Option<String>;

/// Everything derived from a config.
pub(super) struct StudioConfiguration {
    pub(super) config: Config,
    pub(super) registry: Registry,
    pub(super) keymap: Keymap,
    pub(super) themes: Themes,
    /// Oddities in the config that do no harm by themselves.
    pub(super) warnings: Vec<Diagnostic>,
    /// Errors in the config; the other fields hold its valid parts.
    pub(super) problems: Vec<Diagnostic>,
    /// Set if the config file could be read at all.
    pub(super) is_readable: bool,
}

impl StudioConfiguration {
    /// Returns the settings for the running studio, on a terminal with this background.
    pub(super) fn live(&self, dark: Option<bool>, env: EnvLookup) -> LiveConfig {
        let config = &self.config;
        let thumbnails = config.preview.thumbnails && !is_over_ssh(env);
        LiveConfig {
            keymap: self.keymap.clone(),
            themes: self.themes.clone(),
            theme_names: self.themes.names().into_iter().map(ToOwned::to_owned).collect(),
            theme: config.theme.name(dark).to_owned(),
            theme_pinned: config.overrides_default("theme"),
            preview: PreviewConfig { thumbnails, ..config.preview.clone() },
            studio: config.studio.clone(),
            slow_link: is_over_ssh(env),
            compare: config.compare.clone(),
            daily: config.budget.daily,
            monthly: config.budget.monthly,
        }
    }
}

/// Returns `true` over SSH, where the bytes of images are expensive.
fn is_over_ssh(env: EnvLookup) -> bool {
    env("SSH_CONNECTION").is_some_and(|connection| !connection.is_empty())
}

/// Returns the graphics protocol and the glyphs that the config names; those it leaves to `auto` are detected.
pub(super) fn requested_display(preview: &PreviewConfig) -> Result<DisplayOverride, Notice> {
    let protocol = named(&preview.driver, Protocol::ALL.iter().map(|protocol| protocol.name()))?;
    let glyphs = named(&preview.glyphs, GlyphSet::ALL.iter().map(|set| set.name()))?;
    Ok(DisplayOverride { protocol, glyphs })
}

/// Parses one of the `known` names; `None` to detect the value.
fn named<T: FromStr<Err: Display>>(name: &str, known: impl Iterator<Item = &'static str>) -> Result<Option<T>, Notice> {
    if matches!(name, "auto" | "") {
        return Ok(None);
    }
    name.parse().map(Some).map_err(|error: T::Err| {
        let known: Vec<&str> = known.collect();
        Notice::new(Severity::Warning, error.to_string()).with_hint(Some(format!("auto, {}", known.join(", "))))
    })
}

/// Reads the files and builds everything that is valid in them.
pub(super) fn read(
    locations: &ConfigPaths,
    env: EnvLookup,
    accounts: &Accounts,
    renderer: &Renderer,
) -> StudioConfiguration {
    let mut reading = Config::load_lenient(locations);
    reading.config = reading.config.with_renderer(renderer);
    build(reading, locations, env, accounts)
}

/// Builds everything from a config that was read.
pub(super) fn build(
    reading: LoadedConfig,
    locations: &ConfigPaths,
    env: EnvLookup,
    accounts: &Accounts,
) -> StudioConfiguration {
    let LoadedConfig { config, mut problems, is_readable } = reading;
    let (backends, broken) = config.build_backends_with_accounts(accounts, &env);
    problems.extend(broken);
    let (keymap, broken) = keymap(&config);
    problems.extend(broken);
    let wanted = default_backend(&config, &backends, problems.is_empty());
    let registry = Registry::new(backends, &wanted).with_accounts(accounts);
    let themes = Themes::load(locations.themes().as_deref());
    let warnings = config.warnings.iter().chain(themes.warnings()).cloned().collect();
    StudioConfiguration { config, registry, keymap, themes, warnings, problems, is_readable }
}

/// Returns the default backend. If a broken config leaves out the one that it names, a free one takes its place.
fn default_backend(config: &Config, backends: &IndexMap<String, SharedBackend>, is_sound: bool) -> String {
    let named = &config.default_backend;
    let free = backends.iter().find(|(_, backend)| backend.capabilities().offline);
    match free {
        Some((free, _)) if !is_sound && named != "auto" && !backends.contains_key(named) => free.clone(),
        _ => named.clone(),
    }
}

/// Returns the keymap of a config without the bindings that are invalid, and what is wrong with those and where.
pub(crate) fn keymap(config: &Config) -> (Keymap, Vec<Diagnostic>) {
    let (mut bindings, mut problems) = (config.keys.clone(), Vec::new());
    loop {
        let (index, error) = match Keymap::with_bindings(&bindings) {
            Ok(keymap) => return (keymap, problems),
            Err(refused) => refused,
        };
        let binding = bindings.remove(index);
        let path = ["keys", &binding.context, &binding.action];
        problems.push(match error {
            KeymapError::Action { .. } => config.diagnose_key(&path, error.to_string(), hint(&error)),
            _ => config.diagnose(&path, error.to_string(), hint(&error)),
        });
    }
}

fn hint(error: &KeymapError) -> Option<String> {
    match error {
        KeymapError::Action { nearest: Some(name), .. } => Some(format!("did you mean `{name}`?")),
        KeymapError::Action { .. } => Some("`tintype config print` lists every action".into()),
        KeymapError::Conflict { .. } => Some("bind one of them to another key, or unbind it with an empty list".into()),
        KeymapError::TypesCharacter { .. } => Some("add `ctrl` or `alt`, or use a function key".into()),
        KeymapError::NoQuit(_) => Some("bind `quit` to a key in [keys.global]".into()),
        KeymapError::NoClose => Some("bind `close` to a key in [keys.popup]".into()),
        KeymapError::Context(_) => None,
    }
}

/// Returns the theme that a config names, for a terminal with this background.
pub(super) fn theme(built: &StudioConfiguration, dark: Option<bool>) -> Result<Theme, ThemeError> {
    built.themes.get(built.config.theme.name(dark))
}

/// Drops what the session chose where the user's own file decides.
pub(super) fn drop_overridden(config: &Config, session: &mut SavedSession) {
    session.theme.take_if(|_| config.overrides_default("theme"));
    session.backend.take_if(|_| config.overrides_default("default_backend"));
}

/// Returns the budget that a config sets.
pub(super) fn budget(config: &Config) -> Budget {
    config.budget.clone()
}

/// Returns the first warning of the backends about their configuration.
pub(super) fn backend_warning(registry: &Registry) -> Option<Notice> {
    let words: Vec<String> = registry.iter().flat_map(|(_, backend)| backend.warnings()).collect();
    let first = words.first()?;
    Some(Notice::new(Severity::Warning, first).with_hint(Some("use https in its `base_url`".to_owned())))
}

/// Returns one notice about a broken config: the error, and what is stopped because of it.
pub(super) fn config_error_notice(built: &StudioConfiguration) -> Option<Notice> {
    let notice = diagnostics_notice(Severity::Error, &built.problems)?;
    let hint = notice.hint.clone();
    let stopped = built.config.budget.paid_refusal.as_ref().map(|_| {
        let fix = "fix it and save";
        let hint = hint.as_deref().unwrap_or(fix);
        format!("paid requests are blocked until this is fixed · {hint}")
    });
    Some(notice.with_hint(stopped.or(hint)))
}

/// Combines diagnostics into one notice: the first in full, the others counted.
pub(super) fn diagnostics_notice(severity: Severity, diagnostics: &[Diagnostic]) -> Option<Notice> {
    let first = diagnostics.first()?;
    let more = diagnostics.len() - 1;
    let text = if more == 0 { first.headline() } else { format!("{} (and {more} more)", first.headline()) };
    Some(Notice::new(severity, text).with_hint(first.hint.clone()))
}

#[cfg(test)]
mod precedence {
    use super::*;

    #[test]
    fn config_file_overrides_the_session() {
        let kept = |text: &str| {
            let config = Config::parse("config.toml", text).unwrap();
            let mut session =
                SavedSession { theme: Some("a".into()), backend: Some("b".into()), ..SavedSession::default() };
            drop_overridden(&config, &mut session);
            (session.theme.is_some(), session.backend.is_some())
        };
        assert_eq!(kept(""), (true, true));
        assert_eq!(kept("default_backend = \"sketch\""), (true, false));
        assert_eq!(kept("theme = \"nord\""), (false, true));
        assert_eq!(
            kept("default_backend = \"auto\"\ntheme = { dark = \"tintype\", light = \"daylight\" }"),
            (true, true),
            "the defaults"
        );
    }
}
