//! `tintype config`: locates, creates, checks and prints the config file.
//! It never modifies an existing file.

mod origin;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use tintype_backends::mask_keys;

use super::{
    context::{CliContext, env},
    failure::{Failure, UserMessage},
    print_image, stdout,
};
use crate::{
    atomic_file,
    config::{Config, DEFAULTS, KeyBinding, LoadedConfig, ThemeChoice},
    diagnostic::Diagnostic,
    theme::{ThemeError, Themes},
    tui::{
        keymap::{Keymap, label},
        runtime::keymap,
    },
};

const STARTER: &str = "\
# Your changes to Tintype's defaults; everything else keeps its default.
# `tintype config print --defaults` shows every setting, `tintype config check` reports errors.

# theme = \"gruvbox-dark\"

# [budget]
# daily = 5.00
";

/// Create, check and print the config file
#[derive(Debug, clap::Args)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print the path of the config file
    Path,
    /// Create a starter config file, unless one exists
    Init,
    /// Report errors in the config
    Check,
    /// Print the effective config as TOML
    Print {
        /// Print the commented defaults instead
        #[arg(long)]
        defaults: bool,

        /// Show the origin of each value: a line of the file, the environment, a flag, or the defaults
        #[arg(long, conflicts_with = "defaults")]
        origin: bool,
    },
}

pub(super) fn run(args: &ConfigArgs, session: &mut CliContext) -> Result<(), Failure> {
    match args.command {
        ConfigCommand::Path => {
            let file = file(session)?;
            session.out.path(&file)
        }
        ConfigCommand::Init => init(session),
        ConfigCommand::Check => check(session),
        ConfigCommand::Print { defaults: true, .. } => session.out.lines(DEFAULTS),
        ConfigCommand::Print { origin: true, .. } => origin::print(session),
        ConfigCommand::Print { .. } => {
            let text = session.config()?.to_toml();
            // Users paste this output into bug reports.
            session.out.lines(&text.lines().map(mask_keys).collect::<Vec<_>>().join("\n"))
        }
    }
}

fn file(session: &CliContext) -> Result<PathBuf, Failure> {
    session.locations().file.ok_or_else(|| {
        Failure::usage("cannot find a directory for the config file").with_hint("pass --config or set TINTYPE_CONFIG")
    })
}

fn init(session: &mut CliContext) -> Result<(), Failure> {
    let file = file(session)?;
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        atomic_file::create_dir(folder)?;
    }
    atomic_file::write_new(&file, STARTER.as_bytes())?;
    session.out.path(&file)
}

fn check(session: &CliContext) -> Result<(), Failure> {
    let locations = session.locations();
    let LoadedConfig { config, mut problems, .. } = Config::load_lenient(&locations);
    let config = &config;
    problems.extend(config.build_backends(&env).1);
    problems.extend(theme_problems(config, locations.themes().as_deref()));
    problems.extend(print_image::configured_display(config).err());
    let (keymap, misbound) = keymap(config);
    let odd = config.warnings.iter().cloned();
    for warning in odd.chain(config.unsendable_keys()).chain(unsendable_keys(config, &keymap)) {
        stdout::warn(&UserMessage::from(&warning));
    }
    problems.extend(misbound);
    if !problems.is_empty() {
        return Err(Failure::config(&problems));
    }
    stdout::note(&match &config.file {
        Some(file) => format!("`{}` is valid", file.display()),
        None => "there is no config file; the defaults apply".to_owned(),
    });
    Ok(())
}

/// Returns the errors of the themes that the config names, and prints their warnings.
fn theme_problems(config: &Config, folder: Option<&Path>) -> Vec<Diagnostic> {
    let themes = Themes::load(folder);
    let named = match &config.theme {
        ThemeChoice::One(name) => vec![(vec!["theme"], name)],
        ThemeChoice::Pair { dark, light } => vec![(vec!["theme", "dark"], dark), (vec!["theme", "light"], light)],
    };
    let mut problems = Vec::new();
    for (path, name) in named {
        match themes.get(name) {
            Ok(theme) => theme.warnings().iter().for_each(|warning| stdout::warn(&UserMessage::from(warning))),
            // The excerpt of the theme's own file is more helpful than the place that names it.
            Err(ThemeError::Broken(diagnostic)) => problems.push(diagnostic),
            Err(error) => {
                problems.push(config.diagnose(&path, error.to_string(), error.hint().map(str::to_owned)));
            }
        }
    }
    problems
}

/// Returns a warning for each action that lost its last key to another action in the same context.
fn unsendable_keys(config: &Config, keymap: &Keymap) -> Vec<Diagnostic> {
    let defaults = Keymap::default();
    let keyless = defaults.rows(true).zip(keymap.rows(true)).filter(|(_, (_, keys))| keys.is_empty());
    let mut warnings = Vec::new();
    for ((row, usual), _) in keyless {
        let here: Vec<&KeyBinding> = config.keys.iter().filter(|it| it.context == row.context.name()).collect();
        let is_wanted = here.iter().any(|it| it.action == row.name);
        let taken = |it: &&&KeyBinding| it.keys.iter().any(|key| usual.contains(&label(key.normalized())));
        let Some(taker) = here.iter().find(taken).filter(|_| !is_wanted) else { continue };
        let message = format!("`{}` takes the last key of `{}`", taker.action, row.name);
        let hint = format!("bind `{}` to another key under [keys.{}], or to an empty list", row.name, taker.context);
        warnings.push(config.diagnose(&["keys", &taker.context, &taker.action], message, Some(hint)));
    }
    warnings
}
