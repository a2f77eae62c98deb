//! Helper programs started for the user: the editor, the opener, clipboard tools, tmux. They get no API keys.
//! Backends start their own programs, with an explicitly built environment.

use std::{env, ffi::OsStr, process::Command};

use tintype_backends::Secrets;

/// Environment variables that tmux needs to find its server and to use the user's locale.
const QUERY_VARIABLES: &[&str] =
    &["HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "USER"];

/// Returns a command that inherits the environment except for variables that hold a key.
pub fn without_keys(program: impl AsRef<OsStr>, secrets: &Secrets) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os().filter(|(name, value)| secrets.withholds(name, value)) {
        command.env_remove(name);
    }
    command
}

/// Returns a command for a query, with the few variables it needs and those that start with `prefix`.
pub fn with_query_environment(program: &str, prefix: &str) -> Command {
    let mut command = Command::new(program);
    let wanted =
        |name: &OsStr| name.to_str().is_some_and(|name| QUERY_VARIABLES.contains(&name) || name.starts_with(prefix));
    command.env_clear().envs(env::vars_os().filter(|(name, _)| wanted(name)));
    command
}
