//! `tintype doctor`: checks that everything works on this machine, with a remedy for each problem.
//! It is read-only and does not create a library.

mod terminal;
mod test_pattern;

use std::path::PathBuf;

use jiff::Zoned;
use serde::Serialize;
use tintype_backends::{Backend, Readiness};

use super::{
    context::{CliContext, env},
    failure::Failure,
    print_image::PrintSettings,
};
use crate::{
    config::Config,
    diagnostic::Diagnostic,
    engine::Registry,
    library::{Library, LibraryError},
    theme::Themes,
    tui::runtime::keymap,
};

/// Check that everything works on this machine
#[derive(Debug, clap::Args)]
pub(super) struct DoctorArgs {
    /// JSON Lines output
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum CheckStatus {
    Ok,
    Warning,
    Error,
}

/// Result of one check.
#[derive(Clone, Debug, Serialize)]
struct DoctorCheck {
    name: String,
    state: CheckStatus,
    message: String,
    /// Evidence for the result, one sentence per item.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
    hint: Option<String>,
}

impl DoctorCheck {
    fn new(name: impl Into<String>, state: CheckStatus, message: impl Into<String>, hint: Option<String>) -> Self {
        Self { name: name.into(), state, message: message.into(), reasons: Vec::new(), hint }
    }

    fn ok(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(name, CheckStatus::Ok, message, None)
    }

    fn with_evidence(self, reasons: Vec<String>) -> Self {
        Self { reasons, ..self }
    }

    fn from_diagnostic(name: impl Into<String>, state: CheckStatus, problem: &Diagnostic) -> Self {
        Self::new(name, state, problem.headline(), problem.hint.clone())
    }
}

pub(super) fn run(args: &DoctorArgs, session: &mut CliContext) -> Result<(), Failure> {
    let mut found = vec![DoctorCheck::ok("version", env!("CARGO_PKG_VERSION"))];
    let config = match Config::load(&session.locations()) {
        Ok(config) => {
            found.extend(config_findings(&config));
            config
        }
        Err(problems) => {
            found.extend(
                problems.iter().map(|problem| DoctorCheck::from_diagnostic("config", CheckStatus::Error, problem)),
            );
            Config::defaults()
        }
    };
    found.extend(theme_findings(&config, session));
    found.extend(backend_findings(&config, session)?);
    found.extend(library_findings(session));
    let (terminal, facts) = terminal::findings(&config);
    found.extend(terminal);
    print(&found, args.json, session)?;
    if let Some(facts) = facts.filter(|_| !args.json) {
        session.out.line("")?;
        PrintSettings::print_test_pattern(&test_pattern::pattern(facts.cell), test_pattern::CELLS, &facts)?;
        for line in test_pattern::questions(&facts) {
            session.out.line(line)?;
        }
        session.out.line("")?;
        for line in test_pattern::glyph_lines() {
            session.out.line(&line)?;
        }
    }
    match found.iter().filter(|finding| finding.state == CheckStatus::Error).count() {
        0 => Ok(()),
        count => Err(Failure::local(format!("{count} of {} checks failed", found.len()))),
    }
}

fn print(found: &[DoctorCheck], json: bool, session: &mut CliContext) -> Result<(), Failure> {
    for finding in found {
        if json {
            session.out.json(finding)?;
            continue;
        }
        let mark = match finding.state {
            CheckStatus::Ok => "ok     ",
            CheckStatus::Warning => "warning",
            CheckStatus::Error => "error  ",
        };
        session.out.line(&format!("{mark}  {}: {}", finding.name, finding.message))?;
        for reason in &finding.reasons {
            session.out.line(&format!("           {reason}"))?;
        }
        if let Some(hint) = &finding.hint {
            session.out.line(&format!("         hint: {hint}"))?;
        }
    }
    Ok(())
}

fn config_findings(config: &Config) -> Vec<DoctorCheck> {
    let fine = config
        .file
        .as_ref()
        .map_or_else(|| "no file; the defaults apply".to_owned(), |file| format!("`{}`", file.display()));
    let warnings =
        config.warnings.iter().map(|warning| DoctorCheck::from_diagnostic("config", CheckStatus::Warning, warning));
    let (_, keys) = keymap(config);
    let keys = keys.iter().map(|problem| DoctorCheck::from_diagnostic("keys", CheckStatus::Error, problem));
    [DoctorCheck::ok("config", fine)].into_iter().chain(warnings).chain(keys).collect()
}

fn theme_findings(config: &Config, session: &CliContext) -> Vec<DoctorCheck> {
    let themes = Themes::load(session.locations().themes().as_deref());
    let named = session.global.theme.as_deref().unwrap_or_else(|| config.theme.name(None));
    match themes.get(named) {
        Ok(theme) => {
            let warnings = theme
                .warnings()
                .iter()
                .map(|warning| DoctorCheck::from_diagnostic("theme", CheckStatus::Warning, warning));
            [DoctorCheck::ok("theme", format!("`{named}` ({} available)", themes.names().len()))]
                .into_iter()
                .chain(warnings)
                .collect()
        }
        Err(error) => {
            vec![DoctorCheck::new("theme", CheckStatus::Error, error.to_string(), error.hint().map(str::to_owned))]
        }
    }
}

fn backend_findings(config: &Config, session: &mut CliContext) -> Result<Vec<DoctorCheck>, Failure> {
    let (backends, problems) = config.build_backends(&env);
    let registry = Registry::new(backends, &config.default_backend);
    let registry = session.block_on(async move { registry.initialize_where(|_| true).await })?;
    let mut found: Vec<DoctorCheck> =
        problems.iter().map(|problem| DoctorCheck::from_diagnostic("backends", CheckStatus::Error, problem)).collect();
    found.extend(registry.iter().map(|(name, backend)| {
        let name = format!("backend {name}");
        match &backend.capabilities().readiness {
            Readiness::Ready => ready_check(name, &**backend),
            Readiness::Missing { what, hint } | Readiness::Unavailable { what, hint, .. } => {
                DoctorCheck::new(name, CheckStatus::Warning, what.clone(), Some(hint.clone()))
            }
            Readiness::Asking => DoctorCheck::new(name, CheckStatus::Warning, "no response", None),
        }
    }));
    let none = || {
        let hint = Some("set `default_backend` in the config".to_owned());
        DoctorCheck::new("default backend", CheckStatus::Error, "none", hint)
    };
    found.push(registry.default().map_or_else(none, |name| DoctorCheck::ok("default backend", format!("`{name}`"))));
    Ok(found)
}

/// Reports a backend that is ready, and the shutdown date of its model if it has one.
fn ready_check(name: String, backend: &dyn Backend) -> DoctorCheck {
    let capabilities = backend.capabilities();
    let message = format!("ready, uses `{}`", capabilities.default_model);
    let model = capabilities.models.iter().find(|model| model.id == capabilities.default_model);
    let Some((day, life)) = model.and_then(|model| Some((model.life.shutdown.as_ref()?, &model.life))) else {
        return DoctorCheck::ok(name, message);
    };
    let hint = life.successor.as_ref().map(|successor| format!("switch to its successor `{successor}`"));
    if life.is_over(&Zoned::now().date().to_string()) {
        return DoctorCheck::new(name, CheckStatus::Warning, format!("{message}, which was shut down on {day}"), hint);
    }
    DoctorCheck::new(name, CheckStatus::Ok, format!("{message}, which will be shut down on {day}"), hint)
}

fn library_findings(session: &mut CliContext) -> Vec<DoctorCheck> {
    let folder = match session.data_dir() {
        Ok(folder) => folder,
        Err(failure) => {
            let told = failure.messages.into_iter().next();
            let (message, hint) = told.map(|told| (told.message, told.hint)).unwrap_or_default();
            return vec![DoctorCheck::new("library", CheckStatus::Error, message, hint)];
        }
    };
    if !folder.exists() {
        return vec![DoctorCheck::ok("library", format!("none yet; it will be created in `{}`", folder.display()))];
    }
    let looked = Library::open(&folder).and_then(|library| Ok((library.clone(), check_library(&library, session)?)));
    let (library, (faults, missing)) = match looked {
        Ok(looked) => looked,
        Err(error) => return vec![DoctorCheck::new("library", CheckStatus::Error, error.to_string(), error.hint())],
    };
    let mut found: Vec<DoctorCheck> = library
        .notices()
        .iter()
        .map(|notice| DoctorCheck::new("library", CheckStatus::Warning, notice, None))
        .collect();
    found.push(if faults.is_empty() {
        DoctorCheck::ok("library", format!("`{}`", folder.display()))
    } else {
        let damaged = LibraryError::Damaged(folder.join("library.db"));
        DoctorCheck::new("library", CheckStatus::Error, damaged.to_string(), damaged.hint()).with_evidence(faults)
    });
    found.extend(images_finding(&missing));
    found
}

/// Returns the faults of the database, and the images whose files are missing.
fn check_library(library: &Library, session: &mut CliContext) -> Result<(Vec<String>, Vec<PathBuf>), LibraryError> {
    let both = async { Ok::<_, LibraryError>((library.check().await?, library.missing_files().await?)) };
    session.block_on(both).unwrap_or(Err(LibraryError::Closed))
}

fn images_finding(missing: &[PathBuf]) -> Option<DoctorCheck> {
    const NAMED: usize = 5;
    let (first, count) = (missing.first()?, missing.len());
    let message = match count {
        1 => format!("the file of an image is missing: `{}`", first.display()),
        _ => format!("the files of {count} images are missing"),
    };
    let mut names: Vec<String> = missing.iter().take(NAMED).map(|path| format!("`{}`", path.display())).collect();
    names.extend((count > NAMED).then(|| format!("and {} more", count - NAMED)));
    let hint = "restore them from a backup, or remove them from the history with `tintype history delete`";
    let finding = DoctorCheck::new("images", CheckStatus::Warning, message, Some(hint.to_owned()));
    Some(if count == 1 { finding } else { finding.with_evidence(names) })
}
