//! The user's own editor for the prompt: `editor` in the config, `VISUAL` or `EDITOR`.
//! The caller releases the terminal before the editor starts and takes it over again afterward.

use std::{io::Write, process::ExitStatus};

use tintype_backends::Secrets;

use super::load_config::EnvLookup;
use crate::{
    helper_process,
    tui::model::{Notice, Severity},
};

/// The command of an editor: a program with its arguments, or a line for the shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum EditorCommand {
    /// A command from the config.
    Command(Vec<String>),
    /// A line from the environment, where values contain arguments and quotes.
    Shell(String),
}

impl EditorCommand {
    /// Returns the command from the config, or the user's editor from the environment.
    pub(super) fn configured(command: Option<&[String]>, env: EnvLookup) -> Self {
        let variable = |name| env(name).filter(|line| !line.trim().is_empty());
        match command {
            Some(words) if !words.is_empty() => Self::Command(words.to_vec()),
            _ => Self::Shell(variable("VISUAL").or_else(|| variable("EDITOR")).unwrap_or_else(|| "vi".into())),
        }
    }
}

/// Opens `text` in the editor and returns the saved text.
pub(super) async fn edit(editor: EditorCommand, text: String, secrets: Secrets) -> Result<String, Notice> {
    let name = match &editor {
        EditorCommand::Command(words) => words.join(" "),
        EditorCommand::Shell(line) => line.clone(),
    };
    let run = tokio::task::spawn_blocking(move || edit_file(&editor, &text, &secrets));
    let hint = "set `editor` in the config or EDITOR in the environment; the prompt is unchanged";
    let failed =
        |what: String| Notice::new(Severity::Error, format!("the editor `{name}` {what}")).with_hint(Some(hint));
    match run.await {
        Ok(Ok((status, text))) if status.success() => Ok(text),
        Ok(Ok((status, _))) => Err(failed(format!("failed ({status})"))),
        Ok(Err(error)) => Err(failed(format!("could not be run: {error}"))),
        Err(error) => Err(failed(format!("could not be run: {error}"))),
    }
}

fn edit_file(editor: &EditorCommand, text: &str, secrets: &Secrets) -> std::io::Result<(ExitStatus, String)> {
    let mut file = tempfile::Builder::new().prefix("prompt-").suffix(".txt").tempfile()?;
    file.write_all(text.as_bytes())?;
    file.flush()?;
    let mut command = match editor {
        EditorCommand::Command(words) => {
            let mut words = words.iter();
            let mut command = helper_process::without_keys(words.next().map_or("vi", String::as_str), secrets);
            command.args(words);
            command
        }
        EditorCommand::Shell(line) => {
            let mut command = helper_process::without_keys("sh", secrets);
            command.args(["-c", &format!("{line} \"$1\""), "sh"]);
            command
        }
    };
    let status = command.arg(file.path()).status()?;
    // Editors replace the file, so it is read by its name.
    let bytes = std::fs::read(file.path())?;
    Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_saved_text_comes_back() {
        let editor = EditorCommand::Shell("sed -i s/cat/fox/".into());
        assert_eq!(edit(editor, "a cat".into(), Secrets::default()).await.unwrap().trim_end(), "a fox");
    }

    #[tokio::test]
    async fn an_editor_that_fails_is_named() {
        let failed = edit(EditorCommand::Shell("false".into()), "a cat".into(), Secrets::default()).await.unwrap_err();
        assert!(failed.text.starts_with("the editor `false` failed"), "{}", failed.text);
        let missing = edit(EditorCommand::Command(vec!["no-such-editor".into()]), "a cat".into(), Secrets::default())
            .await
            .unwrap_err();
        assert!(missing.text.contains("could not be run"), "{}", missing.text);
    }
}
