//! Where a key comes from: the environment, or a command that prints it.
//! Nothing here keeps a key on disk or shows one; a command's output goes into the key and nowhere else.

use std::{fmt, process::Stdio, time::Duration};

use tokio::{process::Command, sync::Mutex, time::timeout};

use crate::{BackendError, ErrorKind, Secret};

/// How long a command may take: long enough to type a passphrase.
const PATIENCE: Duration = Duration::from_secs(60);

/// A key, or the way to it.
#[derive(Debug)]
pub(crate) struct Keys {
    source: Source,
    place: String,
    printed: Mutex<Option<Secret>>,
    patience: Duration,
}

enum Source {
    None,
    Given(Secret),
    Command { program: String, arguments: Vec<String> },
}

impl fmt::Debug for Source {
    /// Shows no key, and no arguments of a command: they may hold one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Given(_) => "Given",
            Self::Command { .. } => "Command",
        })
    }
}

impl Keys {
    /// From the words of a command, if there are any, else from the environment variable `variable`.
    pub(crate) fn find(command: &[String], variable: Option<&str>, env: &dyn Fn(&str) -> Option<String>) -> Self {
        if let Some((program, arguments)) = command.split_first() {
            let source = Source::Command { program: program.clone(), arguments: arguments.to_vec() };
            return Self::new(source, format!("the command `{program}`"));
        }
        let Some(variable) = variable else { return Self::new(Source::None, "the config".to_owned()) };
        let found = env(variable).filter(|key| !key.trim().is_empty());
        Self::new(found.map_or(Source::None, |key| Source::Given(Secret::new(&key))), format!("`{variable}`"))
    }

    fn new(source: Source, place: String) -> Self {
        Self { source, place, printed: Mutex::new(None), patience: PATIENCE }
    }

    /// Where the key comes from, in words: `` `OPENAI_API_KEY` ``.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// Whether there is a key, as far as can be told without running anything.
    pub(crate) fn is_there(&self) -> bool {
        !matches!(self.source, Source::None)
    }

    /// The key; `None` where there is none. A command runs once and is remembered until [`Self::forget`].
    pub(crate) async fn get(&self) -> Result<Option<Secret>, BackendError> {
        match &self.source {
            Source::None => Ok(None),
            Source::Given(secret) => Ok(Some(secret.clone())),
            Source::Command { program, arguments } => {
                let mut printed = self.printed.lock().await;
                if printed.is_none() {
                    *printed = Some(self.run(program, arguments).await?);
                }
                Ok(printed.clone())
            }
        }
    }

    /// Has the command run again next time: the server did not take what it printed.
    pub(crate) async fn forget(&self) {
        *self.printed.lock().await = None;
    }

    async fn run(&self, program: &str, arguments: &[String]) -> Result<Secret, BackendError> {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let output = timeout(self.patience, command.output())
            .await
            .map_err(|_| self.failed(&format!("took longer than {} seconds", self.patience.as_secs())))?;
        let output = output.map_err(|error| self.failed(&format!("could not be run: {error}")))?;
        if !output.status.success() {
            return Err(self.failed(&format!("failed with {}", output.status)));
        }
        let text = String::from_utf8(output.stdout).map_err(|_| self.failed("did not print text"))?;
        match text.lines().next().map(str::trim) {
            Some(line) if !line.is_empty() => Ok(Secret::new(line)),
            _ => Err(self.failed("printed nothing")),
        }
    }

    fn failed(&self, what: &str) -> BackendError {
        BackendError::new(ErrorKind::Credentials, format!("{} {what}", self.place))
            .with_hint("run the words of `api_key_command` in a shell; its first line of output is the key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(words: &[&str]) -> Keys {
        Keys::find(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(), None, &|_| None)
    }

    #[test]
    fn an_empty_variable_is_no_key() {
        assert!(!Keys::find(&[], Some("KEY"), &|_| Some("  ".into())).is_there());
        assert!(Keys::find(&[], Some("KEY"), &|_| Some("sk-1".into())).is_there());
    }

    #[tokio::test]
    async fn the_first_line_of_a_command_is_the_key() {
        let keys = command(&["sh", "-c", "echo ' sk-SECRET '; echo more"]);
        assert_eq!(keys.get().await.unwrap().unwrap().expose(), "sk-SECRET");
        assert!(!format!("{keys:?}").contains("SECRET"));
    }

    #[tokio::test]
    async fn a_failing_command_says_so_and_shows_no_output() {
        let message = |words: &'static [&'static str]| async { command(words).get().await.unwrap_err().message };
        let failed = message(&["sh", "-c", "echo sk-SECRET; echo sk-SECRET >&2; exit 3"]).await;
        assert_eq!(failed, "the command `sh` failed with exit status: 3");
        assert_eq!(message(&["true"]).await, "the command `true` printed nothing");
        assert!(message(&["/no/such/program"]).await.contains("could not be run"));
    }

    #[tokio::test]
    async fn a_command_that_hangs_is_given_up() {
        let mut keys = command(&["tail", "-f", "/dev/null"]);
        keys.patience = Duration::ZERO;
        assert!(keys.get().await.unwrap_err().message.contains("took longer"));
    }
}
