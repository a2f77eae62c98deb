//! Image access to the system clipboard through `wl-paste`, `xclip` or `pngpaste`.
//! Text goes through the terminal instead, which also works over ssh.

use std::{env, path::PathBuf, process::Stdio, time::Duration};

use bytes::Bytes;
use tintype_backends::Secrets;
use tokio::{process::Command, time::timeout};

use crate::helper_process;

/// Time limit for the program that owns the clipboard to deliver an image.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Image formats to request, with lossless ones first.
const IMAGE_TYPES: [&str; 5] = ["image/png", "image/webp", "image/jpeg", "image/gif", "image/svg+xml"];

/// Clipboard type under which file managers copy files.
const URI_LIST: &str = "text/uri-list";

/// Reason why no image is available.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClipboardError {
    /// No desktop session is reachable.
    #[error("no clipboard available")]
    NoDesktop,
    /// The program that accesses the clipboard is not installed.
    #[error("reading the clipboard requires `{0}`, which is not installed")]
    NoProgram(&'static str),
    /// The clipboard is empty or holds something else.
    #[error("there is no image on the clipboard")]
    NoImage,
    /// The program failed.
    #[error("cannot read the clipboard: {0}")]
    Failed(String),
}

impl ClipboardError {
    /// Returns a hint on how to fix the problem.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoDesktop => "over ssh, it stays on your own machine; copy the file over and use its path",
            Self::NoProgram("wl-paste") => "install `wl-clipboard`, or use a file",
            Self::NoProgram("pngpaste") => "run `brew install pngpaste`, or use a file",
            Self::NoProgram(_) => "install it, or use a file",
            Self::NoImage => "copy an image, or use a file",
            Self::Failed(_) => "copy the image again, or use a file",
        }
    }
}

/// Tool that accesses the clipboard on this system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClipboardTool {
    Wayland,
    X11,
    Mac,
}

/// Returns the image on the clipboard as an encoded file of any format. A copied image file counts as one. The
/// clipboard tools are started without the `secrets`.
pub async fn read_image(secrets: &Secrets) -> Result<Bytes, ClipboardError> {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let tool = choose_tool(cfg!(target_os = "macos"), &set, &installed)?;
    if tool == ClipboardTool::Mac {
        return run_tool(Command::from(helper_process::without_keys("pngpaste", secrets)).arg("-"))
            .await?
            .ok_or(ClipboardError::NoImage);
    }
    let kinds = run_tool(&mut clipboard_command(tool, None, secrets)).await?.ok_or(ClipboardError::NoImage)?;
    let kinds = String::from_utf8_lossy(&kinds).into_owned();
    let offered = |kind: &&str| kinds.lines().any(|line| line.trim() == *kind);
    if let Some(kind) = IMAGE_TYPES.into_iter().find(offered) {
        return run_tool(&mut clipboard_command(tool, Some(kind), secrets)).await?.ok_or(ClipboardError::NoImage);
    }
    let files =
        if offered(&URI_LIST) { run_tool(&mut clipboard_command(tool, Some(URI_LIST), secrets)).await? } else { None };
    let path = files.and_then(|list| first_file(&String::from_utf8_lossy(&list))).ok_or(ClipboardError::NoImage)?;
    tokio::fs::read(path)
        .await
        .map(Bytes::from)
        .map_err(|error| ClipboardError::Failed(error.to_string().to_lowercase()))
}

fn choose_tool(
    mac: bool,
    set: &dyn Fn(&str) -> bool,
    installed: &dyn Fn(&str) -> bool,
) -> Result<ClipboardTool, ClipboardError> {
    let (tool, program) = match () {
        () if mac => (ClipboardTool::Mac, "pngpaste"),
        () if set("WAYLAND_DISPLAY") && (installed("wl-paste") || !set("DISPLAY")) => {
            (ClipboardTool::Wayland, "wl-paste")
        }
        () if set("DISPLAY") => (ClipboardTool::X11, "xclip"),
        () => return Err(ClipboardError::NoDesktop),
    };
    if installed(program) { Ok(tool) } else { Err(ClipboardError::NoProgram(program)) }
}

fn installed(program: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

/// Returns the command that prints the clipboard as `kind`, or lists the available kinds.
fn clipboard_command(tool: ClipboardTool, kind: Option<&str>, secrets: &Secrets) -> Command {
    let program = if tool == ClipboardTool::Wayland { "wl-paste" } else { "xclip" };
    let mut command = Command::from(helper_process::without_keys(program, secrets));
    match (tool, kind) {
        (ClipboardTool::Wayland, None) => command.arg("--list-types"),
        (ClipboardTool::Wayland, Some(kind)) => command.args(["--no-newline", "--type", kind]),
        (_, kind) => command.args(["-selection", "clipboard", "-out", "-target", kind.unwrap_or("TARGETS")]),
    };
    command
}

/// Returns the output of a command, or `None` if it fails, as these tools do when the clipboard has no such kind.
async fn run_tool(command: &mut Command) -> Result<Option<Bytes>, ClipboardError> {
    let failed = |error: String| ClipboardError::Failed(error.to_lowercase());
    let child = command.stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let output = timeout(TIMEOUT, child.output()).await;
    let output = output.map_err(|_| failed("its owner does not respond".to_owned()))?;
    let output = output.map_err(|error| failed(error.to_string()))?;
    Ok((output.status.success() && !output.stdout.is_empty()).then(|| output.stdout.into()))
}

/// Returns the first file in a list of URLs, one per line.
fn first_file(list: &str) -> Option<PathBuf> {
    let mut addresses = list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    addresses.find_map(|address| url::Url::parse(address).ok()?.to_file_path().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_tools_are_named() {
        let chosen = |set: &[&str], there: &[&str]| {
            choose_tool(false, &|name| set.contains(&name), &|name| there.contains(&name))
        };
        assert_eq!(chosen(&[], &["xclip"]), Err(ClipboardError::NoDesktop));
        assert_eq!(chosen(&["WAYLAND_DISPLAY"], &[]), Err(ClipboardError::NoProgram("wl-paste")));
        assert_eq!(chosen(&["DISPLAY"], &[]), Err(ClipboardError::NoProgram("xclip")));
        assert_eq!(chosen(&["WAYLAND_DISPLAY", "DISPLAY"], &["xclip"]), Ok(ClipboardTool::X11));
        assert_eq!(chosen(&["WAYLAND_DISPLAY", "DISPLAY"], &["xclip", "wl-paste"]), Ok(ClipboardTool::Wayland));
        assert_eq!(choose_tool(true, &|_| false, &|_| false), Err(ClipboardError::NoProgram("pngpaste")));
    }

    #[cfg(unix)]
    #[test]
    fn copied_files_are_found_by_url() {
        let list = "# copied\r\nfile:///tmp/a%20cat.png\r\nfile:///tmp/b.png\r\n";
        assert_eq!(first_file(list), Some(PathBuf::from("/tmp/a cat.png")));
        assert_eq!(first_file("https://example.org/a.png\n"), None);
    }

    #[tokio::test]
    async fn failing_tools_yield_nothing() {
        assert_eq!(run_tool(&mut Command::new("false")).await, Ok(None));
        assert_eq!(run_tool(Command::new("printf").arg("x")).await, Ok(Some(Bytes::from_static(b"x"))));
        assert!(run_tool(&mut Command::new("/no/such/program")).await.is_err());
    }
}
