//! Paths of files as terminals write them when a file is dropped or pasted: quoted, escaped, as URLs, one or several.
//! Nothing here touches a file: the runtime checks which reading of a text exists.

use std::path::{Path, PathBuf};

/// File extensions of images.
pub const IMAGE_EXTENSIONS: [&str; 7] = ["png", "jpg", "jpeg", "webp", "gif", "svg", "avif"];

/// Maximum length of a text that is read as paths, in bytes.
const MAX_BYTES: usize = 32 << 10;

/// Maximum number of paths in a text.
const MAX_PATHS: usize = 64;

/// The way in which a text arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// As a paste, so a path needs no file extension if it is absolute.
    Pasted,
    /// As characters that arrived together, which may as well be typed: only names of image files count.
    Typed,
}

/// Returns the readings of a text that may consist of nothing but paths, the most likely first. It is empty if the text
/// cannot be a list of paths.
pub fn readings(text: &str, arrival: Arrival) -> Vec<Vec<PathBuf>> {
    if text.len() > MAX_BYTES || text.contains('\0') {
        return Vec::new();
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines = path_lines(&text);
    let split = |words: Vec<String>| words.iter().map(|word| parse_word(word)).collect();
    let mut readings: Vec<Vec<PathBuf>> = vec![lines.iter().map(|line| parse_typed_path(line)).collect()];
    readings.extend(shlex::split(&lines.join(" ")).map(split));
    readings.push(lines.iter().flat_map(|line| line.split_whitespace()).map(parse_typed_path).collect());
    let mapped = readings.iter().filter_map(|paths| windows_drives_mounted(paths));
    let mapped: Vec<_> = mapped.collect();
    readings.extend(mapped);
    let possible = |paths: &Vec<PathBuf>| {
        !paths.is_empty() && paths.len() <= MAX_PATHS && paths.iter().all(|path| may_be_dropped(path, arrival))
    };
    let mut kept: Vec<Vec<PathBuf>> = Vec::new();
    for reading in readings {
        if possible(&reading) && !kept.contains(&reading) {
            kept.push(reading);
        }
    }
    kept
}

/// Returns the lines with paths; a list of URLs can have comments.
fn path_lines(text: &str) -> Vec<&str> {
    let urls = text.lines().any(|line| line.starts_with("file:"));
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.filter(|line| !(urls && line.starts_with('#'))).collect()
}

/// Returns whether a path may have been dropped, as far as its text shows.
fn may_be_dropped(path: &Path, arrival: Arrival) -> bool {
    has_image_extension(path) || (arrival == Arrival::Pasted && is_rooted(path))
}

fn is_rooted(path: &Path) -> bool {
    path.is_absolute() || path.starts_with("~/") || path.to_str().is_some_and(|text| drive(text).is_some())
}

/// Returns whether the name ends like that of an image file.
pub fn has_image_extension(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| IMAGE_EXTENSIONS.iter().any(|image| extension.eq_ignore_ascii_case(image)))
}

/// Parses one path as terminals write it: quoted, with escaped spaces, or as a URL. A leading `~/` stays.
pub fn parse_typed_path(typed: &str) -> PathBuf {
    let typed = typed.trim();
    if let Some(path) = file_url(typed) {
        return path;
    }
    let quoted = ['\'', '"'].iter().find_map(|quote| typed.strip_prefix(*quote)?.strip_suffix(*quote));
    quoted.map_or_else(|| PathBuf::from(typed.replace("\\ ", " ")), PathBuf::from)
}

/// Returns the readings of a text that may be one path.
pub fn single_readings(typed: &str) -> Vec<PathBuf> {
    let mut readings = vec![parse_typed_path(typed)];
    if let Some([word]) = shlex::split(typed).as_deref() {
        readings.push(parse_word(word));
    }
    readings.dedup();
    readings
}

/// Parses a word whose quotes and escapes are resolved.
fn parse_word(word: &str) -> PathBuf {
    file_url(word).unwrap_or_else(|| PathBuf::from(word))
}

fn file_url(typed: &str) -> Option<PathBuf> {
    let mut url = url::Url::parse(Some(typed).filter(|typed| typed.starts_with("file:"))?).ok()?;
    // Some terminals write the name of this computer.
    url.set_host(Some("localhost")).ok()?;
    url.to_file_path().ok()
}

/// Returns the drive and the rest of a Windows path such as `C:\images\fox.png`.
fn drive(text: &str) -> Option<(char, &str)> {
    let letter = text.chars().next().filter(char::is_ascii_alphabetic)?;
    let rest = text[1..].strip_prefix(":\\").or_else(|| text[1..].strip_prefix(":/"))?;
    Some((letter, rest))
}

/// Returns the paths with Windows drives at their mount points in WSL; `None` if there are none.
fn windows_drives_mounted(paths: &[PathBuf]) -> Option<Vec<PathBuf>> {
    if !cfg!(unix) {
        return None;
    }
    let mounted = |path: &PathBuf| {
        let (letter, rest) = drive(path.to_str()?)?;
        Some(PathBuf::from(format!("/mnt/{}/{}", letter.to_ascii_lowercase(), rest.replace('\\', "/"))))
    };
    paths.iter().map(mounted).collect::<Option<Vec<_>>>().filter(|paths| !paths.is_empty())
}

/// Returns the path with a leading `~/` replaced by the home directory.
pub fn expand_home(path: PathBuf, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns whether one of the readings of a paste is exactly these paths.
    #[track_caller]
    fn reads_as(text: &str, paths: &[&str]) {
        let found = readings(text, Arrival::Pasted);
        let expected: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        assert!(found.contains(&expected), "{text:?}: {found:?}");
    }

    #[test]
    fn one_dropped_file_is_read_in_the_form_of_each_terminal() {
        for (text, path) in [
            ("/home/me/fox.png", "/home/me/fox.png"),
            ("/home/me/My Photos/fox 1.png", "/home/me/My Photos/fox 1.png"),
            ("'/home/me/My Photos/fox.png' ", "/home/me/My Photos/fox.png"),
            ("\"/home/me/My Photos/fox.png\"", "/home/me/My Photos/fox.png"),
            ("/Users/me/My\\ Photos/fox\\ \\(1\\).png ", "/Users/me/My Photos/fox (1).png"),
            ("'/home/me/it'\\''s.png' ", "/home/me/it's.png"),
            ("/home/me/it's.png", "/home/me/it's.png"),
            ("file:///home/me/My%20Photos/f%C3%B6x.png\r\n", "/home/me/My Photos/föx.png"),
            ("file://localhost/home/me/fox.png", "/home/me/fox.png"),
            ("file://my-computer/home/me/fox.png", "/home/me/fox.png"),
            ("~/fox.png", "~/fox.png"),
            ("fox.PNG", "fox.PNG"),
            ("/home/me/no-extension", "/home/me/no-extension"),
            ("/home/me/#1.png", "/home/me/#1.png"),
            ("\"C:\\Users\\me\\My Photos\\fox.png\"", "/mnt/c/Users/me/My Photos/fox.png"),
            ("C:\\Users\\me\\fox.png", "C:\\Users\\me\\fox.png"),
            ("/Users/me/Screenshot\\ at\\ 5.00\u{202f}PM.png ", "/Users/me/Screenshot at 5.00\u{202f}PM.png"),
        ] {
            reads_as(text, &[path]);
        }
    }

    #[test]
    fn several_dropped_files_are_read_in_the_form_of_each_terminal() {
        for text in [
            "/a/one.png /b/two words.jpg".replace("two words", "two\\ words").as_str(),
            "'/a/one.png' '/b/two words.jpg' ",
            "/a/one.png\n/b/two words.jpg\n",
            "/a/one.png\r/b/two words.jpg",
            "# list\r\nfile:///a/one.png\r\nfile:///b/two%20words.jpg\r\n",
            "\"/a/one.png\" \"/b/two words.jpg\"",
        ] {
            reads_as(text, &["/a/one.png", "/b/two words.jpg"]);
        }
        reads_as("C:\\a.png D:\\b.png", &["/mnt/c/a.png", "/mnt/d/b.png"]);
    }

    #[test]
    fn prose_is_not_read_as_paths() {
        for text in ["", "  \n", "a red fox", "a poster that says v1.5. And more", "and/or", "1/2 price"] {
            assert_eq!(readings(text, Arrival::Pasted), Vec::<Vec<PathBuf>>::new(), "{text}");
        }
        let long = "/a.png ".repeat(100_000);
        assert!(readings(&long, Arrival::Pasted).is_empty());
        assert!(readings("/a\0.png", Arrival::Pasted).is_empty());
        assert!(readings("/a", Arrival::Typed).is_empty() && !readings("/a", Arrival::Pasted).is_empty());
    }

    #[test]
    fn home_is_expanded_at_the_start_only() {
        let expand = |path: &str| expand_home(path.into(), Some(Path::new("/home/me"))).display().to_string();
        assert_eq!(expand("~/fox.png"), "/home/me/fox.png");
        assert_eq!(expand("/a/~/fox.png"), "/a/~/fox.png");
        assert_eq!(expand("~fox.png"), "~fox.png");
    }
}
