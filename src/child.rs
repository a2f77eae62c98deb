//! Programs that are started for a person: the editor, the opener, what reaches the clipboard, tmux. They get no keys.
//! Backends start theirs by themselves, with an environment that is put together word by word.

use std::{env, ffi::OsStr, process::Command};

use tintype_backends::Secrets;

/// Variables that tmux needs to find its server and speak its user's language.
const FEW: &[&str] = &["HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "USER"];

/// A program with this environment, except for the variables that hold a key.
pub fn without_keys(program: impl AsRef<OsStr>, secrets: &Secrets) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os().filter(|(name, value)| secrets.hides(name, value)) {
        command.env_remove(name);
    }
    command
}

/// A program that only answers a question: with the few variables it needs, and those whose names begin with `prefix`.
pub fn with_few_variables(program: &str, prefix: &str) -> Command {
    let mut command = Command::new(program);
    let wanted = |name: &OsStr| name.to_str().is_some_and(|name| FEW.contains(&name) || name.starts_with(prefix));
    command.env_clear().envs(env::vars_os().filter(|(name, _)| wanted(name)));
    command
}
