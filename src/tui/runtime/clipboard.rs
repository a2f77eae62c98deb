//! Copies images to the system's clipboard with `wl-copy`, `xclip` or `osascript`.
//! Text goes through the terminal instead, which works over SSH.

use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
};

use tintype_backends::{Format, Secrets};
use tokio::process::Command;

use super::effect_handler::EffectHandler;
use crate::{
    helper_process,
    tui::{
        model::{Notice, Severity},
        msg::Msg,
    },
};

/// A program that copies images to the clipboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClipboardProgram {
    Wayland,
    X11,
    Mac,
}

/// Returns the program that works here, if any.
pub(super) fn clipboard_program() -> Option<ClipboardProgram> {
    choose(&|name| env::var_os(name).is_some_and(|value| !value.is_empty()), &installed)
}

fn choose(set: &dyn Fn(&str) -> bool, installed: &dyn Fn(&str) -> bool) -> Option<ClipboardProgram> {
    if cfg!(target_os = "macos") {
        return Some(ClipboardProgram::Mac);
    }
    if set("WAYLAND_DISPLAY") && installed("wl-copy") {
        return Some(ClipboardProgram::Wayland);
    }
    (set("DISPLAY") && installed("xclip")).then_some(ClipboardProgram::X11)
}

fn installed(program: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

/// Returns the notice for a system where only the path could be copied.
pub(super) fn path_only_notice(path: &str) -> Notice {
    Notice::new(Severity::Info, format!("Copied path {path}"))
        .with_hint(Some("install `wl-copy` or `xclip` to copy images"))
}

impl EffectHandler {
    /// Copies the file to the clipboard and reports the result.
    pub(super) fn copy_image(&self, tool: ClipboardProgram, path: PathBuf) {
        let (messages, secrets) = (self.messages.clone(), self.secrets());
        tokio::spawn(async move {
            let notice = match copy(tool, &path, &secrets).await {
                Ok(()) => Notice::new(Severity::Success, "Copied image"),
                Err(error) => Notice::new(Severity::Error, format!("could not copy the image: {error}"))
                    .with_hint(Some("copy the path instead")),
            };
            // The receiver is gone only while the studio exits.
            let _ = messages.send(Msg::Notify(notice));
        });
    }
}

async fn copy(tool: ClipboardProgram, path: &Path, secrets: &Secrets) -> std::io::Result<()> {
    let bytes = tokio::fs::read(path).await?;
    let kind = Format::detect(&bytes).map_or("application/octet-stream", Format::media_type);
    let program = |name: &str, arguments: &[&str]| {
        let mut command = helper_process::without_keys(name, secrets);
        command.args(arguments);
        Command::from(command)
    };
    let mut command = match tool {
        ClipboardProgram::Wayland => program("wl-copy", &["--type", kind]),
        ClipboardProgram::X11 => program("xclip", &["-selection", "clipboard", "-t", kind, "-i"]),
        ClipboardProgram::Mac => {
            let script = "on run argv\nset the clipboard to (read (POSIX file (item 1 of argv)) as \u{ab}class PNGf\u{bb})\nend run";
            let mut command = program("osascript", &["-e", script]);
            command.arg(path);
            command
        }
    };
    let file = std::fs::File::open(path)?;
    let status = command.stdin(file).stdout(Stdio::null()).stderr(Stdio::null()).status().await?;
    if status.success() {
        Ok(())
    } else {
        Err(std::io::Error::other(format!("the clipboard program failed ({status})")))
    }
}

#[cfg(all(test, not(target_os = "macos")))]
mod tests {
    use super::*;

    #[test]
    fn clipboard_program_needs_its_display() {
        assert_eq!(choose(&|_| false, &|_| true), None);
        assert_eq!(choose(&|_| true, &|_| false), None);
        assert_eq!(choose(&|name| name == "DISPLAY", &|_| true), Some(ClipboardProgram::X11));
        assert_eq!(choose(&|_| true, &|_| true), Some(ClipboardProgram::Wayland));
    }
}
