//! The `kind = "external"` table of the config, and the program that it names. Nothing is started here, and no folder
//! is searched: a name without a slash is looked up in `PATH` when the program is started.

use std::{
    collections::VecDeque,
    fmt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use crate::{
    Secret, Secrets, Settings, Table, TableError,
    secret::is_variable,
    secret_registry::{MIN_KEY_LEN, is_key},
};

/// The environment variables that every program gets, if they are set: enough to find its way around, and no keys.
const INHERITED_VARIABLES: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "LC_MESSAGES",
    "TZ",
    "TMPDIR",
    "TMP",
    "TEMP",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    // Windows
    "SYSTEMROOT",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "PATHEXT",
    "COMSPEC",
];

/// Fields of a message that hold prose for people. Values of `env` are redacted in these; keys are redacted in all
/// fields.
const PROSE: &[&str] = &["about", "hint", "message", "missing", "text"];

/// The minimum length of a prompt line that is redacted; shorter ones occur in any text.
const MIN_REDACTED_CHARS: usize = 3;

/// The number of characters that identify the beginning of a prompt.
const PREFIX_CHARS: usize = 12;

/// The maximum number of prompt lines that are remembered.
const MAX_REMEMBERED_LINES: usize = 256;

/// The backend's table in the config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExternalSettings {
    /// The program and its arguments, one word each.
    command: Vec<String>,
    /// Additional environment variables: `NAME` passes one on, `NAME=value` sets one.
    #[serde(default)]
    env: Vec<String>,
    /// The longest silence in a job, in seconds.
    #[serde(default = "ten_minutes")]
    timeout: f64,
    /// The longest wait for the hello, in seconds.
    #[serde(default = "ten_seconds")]
    hello_timeout: f64,
    /// The maximum number of concurrent jobs.
    concurrency: Option<u32>,
    /// The default model.
    model: Option<String>,
    /// Default values of settings.
    #[serde(default)]
    defaults: Settings,
}

const fn ten_minutes() -> f64 {
    600.0
}

const fn ten_seconds() -> f64 {
    10.0
}

/// A program that may be started, with its arguments and environment.
pub(super) struct ExternalProgram {
    /// The name of the backend.
    pub(super) name: String,
    /// The program: a path, or a name to be looked up in `PATH`.
    pub(super) file: PathBuf,
    pub(super) arguments: Vec<String>,
    /// The working directory: the folder of the config.
    pub(super) folder: PathBuf,
    /// The complete environment of the program.
    pub(super) variables: Vec<(String, String)>,
    /// The longest silence in a job.
    pub(super) silence_limit: Duration,
    /// The longest wait for the hello.
    pub(super) hello_timeout: Duration,
    /// The maximum number of concurrent jobs.
    pub(super) concurrency: Option<u32>,
    pub(super) model: Option<String>,
    pub(super) defaults: Settings,
    /// Remarks on harmless oddities in the table.
    pub(super) remarks: Vec<String>,
    /// The values of the variables that the table names, with their names.
    values: Vec<(String, Secret)>,
    /// The keys among them, together with those of the other backends.
    secrets: Secrets,
    /// Recent prompts, which must not appear in the log.
    prompts: Mutex<VecDeque<String>>,
}

impl fmt::Debug for ExternalProgram {
    /// Formats the program without its variables, since some of them are keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").field("name", &self.name).field("file", &self.file).finish_non_exhaustive()
    }
}

/// The size and modification time of each file that the command names.
pub(super) type ProgramFingerprint = Vec<(PathBuf, u64, Option<SystemTime>)>;

impl ExternalProgram {
    /// Parses and validates a table.
    pub(super) fn read(table: &Table<'_>) -> Result<Self, TableError> {
        let settings: ExternalSettings = table.read()?;
        let folder = std::path::absolute(table.folder).unwrap_or_else(|_| table.folder.to_owned());
        let Some((program, arguments)) = settings.command.split_first().filter(|(program, _)| !program.is_empty())
        else {
            let error = TableError::new(vec!["command".to_owned()], "the command is empty");
            return Err(error.with_hint("name the program and its arguments: command = [\"./mine.sh\"]"));
        };
        let mut program = Self {
            name: table.name.to_owned(),
            file: resolve_program(program, &folder, (table.env)("HOME")),
            arguments: arguments.to_vec(),
            folder,
            variables: INHERITED_VARIABLES
                .iter()
                .filter_map(|name| Some(((*name).to_owned(), (table.env)(name)?)))
                .collect(),
            silence_limit: seconds("timeout", settings.timeout, 86_400.0)?,
            hello_timeout: seconds("hello_timeout", settings.hello_timeout, 600.0)?,
            concurrency: concurrency(settings.concurrency)?,
            model: settings.model,
            defaults: settings.defaults,
            remarks: Vec::new(),
            values: Vec::new(),
            secrets: table.accounts.secrets().clone(),
            prompts: Mutex::default(),
        };
        settings.env.iter().enumerate().try_for_each(|(at, entry)| program.add(at, entry, table.env))?;
        Ok(program)
    }

    /// Adds the variable of an entry of `env`.
    fn add(&mut self, at: usize, entry: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<(), TableError> {
        let (name, value, literal) = match entry.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned()), true),
            None => (entry, env(entry), false),
        };
        if !is_variable(name) || entry.contains('\0') {
            let error = TableError::new(vec!["env".to_owned(), at.to_string()], format!("`{entry}` is not a variable"));
            return Err(error.with_hint("use \"NAME\" to pass one on, or \"NAME=value\" to set one"));
        }
        let Some(value) = value else {
            self.remarks.push(format!("`env` names `{name}`, which is not set"));
            return Ok(());
        };
        let key = is_key(name, &value);
        if key {
            self.secrets.add(name, &Secret::new(&value));
        }
        // A value in plain text in the config is an address or a switch, unless it is a key.
        if value.len() >= MIN_KEY_LEN && (key || !literal) {
            self.values.push((name.to_owned(), Secret::new(&value)));
        }
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value));
        Ok(())
    }

    /// Removes keys from a message of the program, and values passed on by the table from its prose.
    pub(super) fn clean(&self, message: &mut Map<String, Json>) {
        let answers = message.get("type").is_some_and(|kind| kind == "answer");
        let cleaned = std::mem::take(message).into_iter().map(|(mut name, mut value)| {
            match &mut value {
                Json::String(words) if PROSE.contains(&name.as_str()) && !answers => *words = self.redact(words),
                other => self.clean_below(other),
            }
            // Names of unknown fields are repeated in remarks.
            self.secrets.clean(&mut name);
            (name, value)
        });
        *message = cleaned.collect();
    }

    fn clean_below(&self, json: &mut Json) {
        match json {
            Json::Object(fields) => self.clean(fields),
            Json::Array(parts) => {
                for part in parts {
                    self.clean_below(part);
                }
            }
            other => self.secrets.clean_json(other),
        }
    }

    /// Returns `text` without the values of the variables that the table names.
    pub(super) fn redact(&self, text: &str) -> String {
        let hide = |text: String, (name, secret): &(String, Secret)| match secret.expose() {
            "" => text,
            value => text.replace(value, &format!("[{name}]")),
        };
        let text = self.values.iter().fold(text.to_owned(), hide);
        self.secrets.redact(&text).into_owned()
    }

    /// Remembers a prompt to be redacted, since the program may repeat it on stderr.
    pub(super) fn remember_prompt(&self, prompt: &str) {
        let mut prompts = self.prompts.lock().unwrap_or_else(PoisonError::into_inner);
        let escaped = serde_json::to_string(prompt).unwrap_or_default();
        let lines = [escaped.trim_matches('"')].into_iter().chain(prompt.lines()).map(str::trim);
        prompts.extend(lines.filter(|line| line.chars().count() >= MIN_REDACTED_CHARS).map(ToOwned::to_owned));
        let surplus = prompts.len().saturating_sub(MAX_REMEMBERED_LINES);
        prompts.drain(..surplus);
    }

    /// Returns a line of stderr for the log, with prompts removed, including the mere beginning of one.
    pub(super) fn redact_prompts(&self, line: &str) -> String {
        let prompts = self.prompts.lock().unwrap_or_else(PoisonError::into_inner);
        prompts.iter().fold(line.to_owned(), |line, prompt| redact_prompt(&line, prompt))
    }

    /// Returns the state of the program's files, for detecting changes.
    pub(super) fn fingerprint(&self) -> ProgramFingerprint {
        let words = self.arguments.iter().map(|word| self.folder.join(word));
        let files = std::iter::once(self.folder.join(&self.file)).chain(words);
        let facts = files.filter_map(|file| {
            let found = std::fs::metadata(&file).ok().filter(std::fs::Metadata::is_file)?;
            Some((file, found.len(), found.modified().ok()))
        });
        facts.collect()
    }
}

/// Returns `line` without `prompt`, or without its beginning.
fn redact_prompt(line: &str, prompt: &str) -> String {
    let begin: String = prompt.chars().take(PREFIX_CHARS).collect();
    let (mut rest, mut cleaned) = (line, String::new());
    while let Some(at) = rest.find(&begin) {
        let same = |(one, other): &(char, char)| one == other;
        let common = rest[at..].chars().zip(prompt.chars()).take_while(same).map(|(c, _)| c.len_utf8()).sum::<usize>();
        cleaned.push_str(&rest[..at]);
        cleaned.push_str("[prompt]");
        rest = &rest[at + common..];
    }
    cleaned + rest
}

/// Resolves a program's path relative to the folder of the config, and `~/` relative to home; a bare name is kept.
fn resolve_program(program: &str, folder: &Path, home: Option<String>) -> PathBuf {
    match (program.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ if program.contains(std::path::MAIN_SEPARATOR) || program.contains('/') => folder.join(program),
        _ => program.into(),
    }
}

fn concurrency(most: Option<u32>) -> Result<Option<u32>, TableError> {
    match most {
        Some(0) => {
            Err(TableError::new(vec!["concurrency".to_owned()], "`concurrency` must be a number of jobs, 1 or more"))
        }
        most => Ok(most.map(|most| most.min(64))),
    }
}

fn seconds(key: &str, seconds: f64, most: f64) -> Result<Duration, TableError> {
    TableError::outside(&[key], seconds, &(0.001..=most), "a number of seconds")
        .map_or_else(|| Ok(Duration::from_secs_f64(seconds)), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Accounts;

    fn env(name: &str) -> Option<String> {
        match name {
            "PATH" => Some("/bin".into()),
            "HOME" => Some("/home/ada".into()),
            "OPENAI_API_KEY" => Some("sk-0123456789".into()),
            "FAST" => Some("1".into()),
            "LONG_MODE" => Some("standard".into()),
            _ => None,
        }
    }

    fn read(text: &str) -> Result<ExternalProgram, TableError> {
        let settings = toml::from_str(text).unwrap();
        ExternalProgram::read(&Table {
            name: "mine",
            settings: &settings,
            env: &env,
            folder: Path::new("/etc/tintype"),
            accounts: &Accounts::default(),
            renderer: &crate::svg::Renderer::default(),
        })
    }

    fn names(program: &ExternalProgram) -> Vec<&str> {
        program.variables.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn a_program_gets_no_key_unless_the_table_names_it() {
        let program = read("command = ['x']").unwrap();
        assert_eq!(names(&program), ["PATH", "HOME"]);
        let program = read("command = ['x']\nenv = ['OPENAI_API_KEY', 'FAST', 'MODE=slow', 'GONE']").unwrap();
        assert_eq!(names(&program), ["PATH", "HOME", "OPENAI_API_KEY", "FAST", "MODE"]);
        assert_eq!(program.remarks, ["`env` names `GONE`, which is not set"]);
        assert_eq!(program.redact("1 key sk-0123456789"), "1 key [OPENAI_API_KEY]");
        assert_eq!(program.secrets.redact("sk-0123456789"), "[OPENAI_API_KEY]");
        assert!(!format!("{program:?}").contains("0123456789"));
    }

    #[test]
    fn message_loses_keys_everywhere_and_other_values_of_env_in_prose() {
        let program = read("command = ['x']\nenv = ['OPENAI_API_KEY', 'LONG_MODE', 'PLACE=the moon']").unwrap();
        let cleaned = |line: &str| {
            let Json::Object(mut message) = serde_json::from_str(line).unwrap() else { panic!() };
            program.clean(&mut message);
            Json::Object(message).to_string()
        };
        assert_eq!(
            cleaned(
                r#"{"effective":{"mode":"standard","key":["sk-0123456789"]},"hint":"the moon: standard sk-0123456789"}"#
            ),
            r#"{"effective":{"mode":"standard","key":["[OPENAI_API_KEY]"]},"hint":"the moon: [LONG_MODE] [OPENAI_API_KEY]"}"#
        );
        let answer = r#"{"type":"answer","text":"standard"}"#;
        assert_eq!(cleaned(answer), answer);
    }

    #[test]
    fn prompt_is_taken_out_of_a_line_for_the_log() {
        let program = read("command = ['x']").unwrap();
        program.remember_prompt("a \"red\" fox in deep snow\nat night\nok");
        let line = |line: &str| program.redact_prompts(line);
        assert_eq!(line("drawing: a \"red\" fox in deep snow."), "drawing: [prompt].");
        assert_eq!(line("drawing a \"red\" fox in… at night"), "drawing [prompt]… [prompt]");
        assert_eq!(
            line(r#"{"prompt":"a \"red\" fox in deep snow\nat night\nok","n":1}"#),
            r#"{"prompt":"[prompt]","n":1}"#
        );
        assert_eq!(line("ok"), "ok");
    }

    #[test]
    fn paths_are_relative_to_the_config_and_names_use_path() {
        let file = |word: &str| read(&format!("command = ['{word}']")).unwrap().file;
        assert_eq!(file("./mine.sh"), Path::new("/etc/tintype/./mine.sh"));
        assert_eq!(file("bin/mine"), Path::new("/etc/tintype/bin/mine"));
        assert_eq!(file("~/mine"), Path::new("/home/ada/mine"));
        assert_eq!(file("/opt/mine"), Path::new("/opt/mine"));
        assert_eq!(file("python3"), Path::new("python3"));
    }

    #[test]
    fn config_mistakes_are_reported_with_their_position() {
        let error = |text: &str| read(text).unwrap_err();
        assert!(error("").message.contains("command"));
        assert_eq!(error("command = []").path, ["command"]);
        assert_eq!(error("command = ['']").path, ["command"]);
        assert_eq!(error("command = ['x']\ntimeout = 0").path, ["timeout"]);
        assert_eq!(error("command = ['x']\nhello_timeout = -1.5").path, ["hello_timeout"]);
        assert_eq!(error("command = ['x']\nconcurrency = 0").path, ["concurrency"]);
        for name in ["A B", "1BAD", "", "A-B"] {
            assert_eq!(error(&format!("command = ['x']\nenv = ['{name}=1']")).path, ["env", "0"]);
        }
        assert!(error("command = ['x']\ncomand = 1").message.contains("comand"));
    }
}
