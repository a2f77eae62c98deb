//! The sources of a key: the environment, a command that prints it, or the system's keyring.
//! A key is never written to disk or displayed; a command's output goes into the key and nowhere else.

use std::{fmt, process::Stdio, time::Duration};

use secrecy::zeroize::Zeroizing;
use tokio::{process::Command, sync::Mutex, time::timeout};

use super::system_keyring;
use crate::{BackendError, ErrorKind, Secret, Secrets, TableError, secret::is_variable};

/// The timeout of a key command: long enough to type a passphrase.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);

/// The label shown in place of a key, between brackets.
const REDACTION_LABEL: &str = "key";

/// A key, or the way to obtain it.
#[derive(Debug)]
pub(crate) struct ApiKey {
    source: KeyOrigin,
    place: String,
    fetched: Mutex<Option<Secret>>,
    /// The registry of secrets, which a key enters as soon as it is known.
    secrets: Secrets,
    patience: Duration,
}

enum KeyOrigin {
    None,
    Given(Secret),
    Command { program: String, arguments: Vec<String> },
    Keyring { user: String },
}

/// The key settings of a config. The first one that is given counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeySource {
    /// The words of a command that prints the key.
    pub(crate) command: Vec<String>,
    /// The name of its entry in the system's keyring.
    pub(crate) keyring: Option<String>,
    /// The environment variable that holds the key.
    pub(crate) variable: Option<String>,
}

impl fmt::Debug for KeyOrigin {
    /// Omits the key and a command's arguments, which may hold one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Given(_) => "Given",
            Self::Command { .. } => "Command",
            Self::Keyring { .. } => "Keyring",
        })
    }
}

impl ApiKey {
    /// Picks the source: the command, else the keyring, else the environment variable.
    pub(crate) fn find(
        source: &KeySource,
        env: &dyn Fn(&str) -> Option<String>,
        secrets: &Secrets,
    ) -> Result<Self, TableError> {
        if let Some((program, arguments)) = source.command.split_first() {
            let source = KeyOrigin::Command { program: program.clone(), arguments: arguments.to_vec() };
            return Ok(Self::new(source, format!("the command `{program}`"), secrets));
        }
        if let Some(user) = &source.keyring {
            system_keyring::check().map_err(|error| {
                TableError::new(vec!["api_key_keyring".to_owned()], error.message)
                    .with_hint(error.hint.unwrap_or_default())
            })?;
            return Ok(Self::new(
                KeyOrigin::Keyring { user: user.clone() },
                format!("the keyring entry `{user}`"),
                secrets,
            ));
        }
        let Some(variable) = &source.variable else {
            return Ok(Self::new(KeyOrigin::None, "the config".to_owned(), secrets));
        };
        if !is_variable(variable) {
            // The value is not quoted: it may be the key itself, put in the wrong place.
            let message = "this is not the name of an environment variable";
            return Err(TableError::new(vec!["api_key_env".to_owned()], message)
                .with_hint("put the key in a variable such as `OPENAI_API_KEY`, and only the variable's name here"));
        }
        let found = env(variable).map(Zeroizing::new).filter(|key| !key.trim().is_empty());
        let source = found.map_or(KeyOrigin::None, |key| KeyOrigin::Given(Secret::new(&key)));
        Ok(Self::new(source, format!("`{variable}`"), secrets))
    }

    fn new(source: KeyOrigin, place: String, secrets: &Secrets) -> Self {
        if let KeyOrigin::Given(secret) = &source {
            secrets.add(REDACTION_LABEL, secret);
        }
        Self { source, place, fetched: Mutex::new(None), secrets: secrets.clone(), patience: COMMAND_TIMEOUT }
    }

    /// Returns the source of the key in words: `` `OPENAI_API_KEY` ``.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// Returns whether there is a key, as far as can be determined without running anything.
    pub(crate) fn is_there(&self) -> bool {
        !matches!(self.source, KeyOrigin::None)
    }

    /// Returns the key, or `None` if there is none. A command runs once; its output is cached until [`Self::forget`].
    pub(crate) async fn get(&self) -> Result<Option<Secret>, BackendError> {
        match &self.source {
            KeyOrigin::None => Ok(None),
            KeyOrigin::Given(secret) => Ok(Some(secret.clone())),
            KeyOrigin::Command { .. } | KeyOrigin::Keyring { .. } => {
                let mut fetched = self.fetched.lock().await;
                if fetched.is_none() {
                    let secret = self.fetch().await?;
                    self.secrets.add(REDACTION_LABEL, &secret);
                    *fetched = Some(secret);
                }
                Ok(fetched.clone())
            }
        }
    }

    /// Discards the cached key, which the server rejected, so that the command runs again next time.
    pub(crate) async fn forget(&self) {
        *self.fetched.lock().await = None;
    }

    async fn fetch(&self) -> Result<Secret, BackendError> {
        match &self.source {
            KeyOrigin::Command { program, arguments } => self.run(program, arguments).await,
            KeyOrigin::Keyring { user } => self.read_keyring(user).await,
            KeyOrigin::None | KeyOrigin::Given(_) => Err(self.failed("has no key to fetch")),
        }
    }

    /// Reads the keyring, which may prompt the user for a password.
    async fn read_keyring(&self, user: &str) -> Result<Secret, BackendError> {
        let user = user.to_owned();
        let asked = tokio::task::spawn_blocking(move || system_keyring::key(&user));
        let late = || {
            BackendError::new(
                ErrorKind::Credentials,
                format!("the keyring took longer than {} seconds", self.patience.as_secs()),
            )
            .with_hint("unlock it and try again")
        };
        let answer = timeout(self.patience, asked).await.map_err(|_| late())?;
        answer.unwrap_or_else(|_| Err(self.failed("could not be read")))
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
        let printed = Zeroizing::new(output.stdout);
        let text = std::str::from_utf8(&printed).map_err(|_| self.failed("did not print text"))?;
        match text.lines().next().map(str::trim) {
            Some(line) if !line.is_empty() => Ok(Secret::new(line)),
            _ => Err(self.failed("printed nothing")),
        }
    }

    fn failed(&self, what: &str) -> BackendError {
        BackendError::new(ErrorKind::Credentials, format!("{} {what}", self.place))
            .with_hint("run `api_key_command` in a shell; the first line of its output must be the key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(words: &[&str]) -> ApiKey {
        let command = words.iter().map(|word| (*word).to_owned()).collect();
        ApiKey::find(&KeySource { command, ..KeySource::default() }, &|_| None, &Secrets::default()).unwrap()
    }

    fn variable(name: &str, value: &str) -> Result<ApiKey, TableError> {
        let source = KeySource { variable: Some(name.to_owned()), ..KeySource::default() };
        ApiKey::find(&source, &|_| Some(value.to_owned()), &Secrets::default())
    }

    #[test]
    fn an_empty_variable_is_no_key() {
        assert!(!variable("KEY", "  ").unwrap().is_there());
        assert!(variable("KEY", "sk-1").unwrap().is_there());
    }

    #[test]
    fn a_key_in_place_of_a_variable_name_is_rejected_unquoted() {
        let error = variable("sk-SECRET-0123456789", "").unwrap_err();
        assert_eq!(error.path, ["api_key_env"]);
        assert!(!format!("{error:?}").contains("SECRET"), "{error:?}");
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
    async fn a_hanging_command_times_out() {
        let mut keys = command(&["tail", "-f", "/dev/null"]);
        keys.patience = Duration::ZERO;
        assert!(keys.get().await.unwrap_err().message.contains("took longer"));
    }
}
