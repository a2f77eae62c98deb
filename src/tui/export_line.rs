//! The line that starts an export: a destination and options, spelled as on the command line.

use std::path::PathBuf;

use tintype_backends::{Format, Size, suggest};

use crate::export::ExportOptions;

/// Options of the line.
const OPTIONS: [&str; 5] = ["--format", "--width", "--crop", "--xmp", "--yes"];

/// An export of the jobs that are selected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExportRequest {
    /// A folder, or an archive if it ends in `.zip`.
    pub destination: PathBuf,
    pub options: ExportOptions,
    pub overwrite: bool,
}

/// Parses the line; an error says what is wrong with it.
pub fn parse(line: &str) -> Result<ExportRequest, String> {
    let words = shlex::split(line).ok_or("a quote is not closed")?;
    let mut request = ExportRequest::default();
    let mut words = words.iter();
    let mut destination = None;
    while let Some(word) = words.next() {
        let mut value = || words.next().map(String::as_str).ok_or_else(|| format!("`{word}` needs a value"));
        match word.as_str() {
            "--format" => request.options.format = Some(format(value()?)?),
            "--width" => request.options.width = Some(width(value()?)?),
            "--crop" => request.options.crop = Some(size(value()?)?),
            "--xmp" => request.options.xmp = true,
            "--yes" => request.overwrite = true,
            option if option.starts_with("--") => {
                return Err(format!("no such option: `{option}`; {}", suggest::hint(option, OPTIONS)));
            }
            path if destination.is_none() => destination = Some(PathBuf::from(path)),
            path => return Err(format!("only one destination is possible; quote a name with spaces: `{path}`")),
        }
    }
    request.destination = destination.ok_or("name a folder, or a file that ends in .zip")?;
    Ok(request)
}

fn format(text: &str) -> Result<Format, String> {
    match text {
        "png" => Ok(Format::Png),
        "jpeg" | "jpg" => Ok(Format::Jpeg),
        "webp" => Ok(Format::Webp),
        _ => Err(format!("`{text}` is not a format; use png, jpeg or webp")),
    }
}

fn width(text: &str) -> Result<u32, String> {
    text.parse().ok().filter(|width| *width > 0).ok_or_else(|| format!("`{text}` is not a width in pixels"))
}

fn size(text: &str) -> Result<Size, String> {
    text.parse().map_err(|_| format!("`{text}` is not a size; use WxH, as in 1000x1000"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_parsed_like_the_command_line() {
        let request = parse("'my folder/' --format jpg --width 1600 --crop 800x800 --xmp --yes").unwrap();
        let options = ExportOptions {
            format: Some(Format::Jpeg),
            width: Some(1600),
            crop: Some(Size::new(800, 800)),
            xmp: true,
            ..ExportOptions::default()
        };
        assert_eq!(request, ExportRequest { destination: "my folder/".into(), options, overwrite: true });
    }

    #[test]
    fn errors_say_what_to_write() {
        for (line, error) in [
            ("", "name a folder, or a file that ends in .zip"),
            ("--width", "`--width` needs a value"),
            ("--width 0", "`0` is not a width in pixels"),
            ("--frmat png", "no such option: `--frmat`; did you mean `--format`?"),
            ("--format bmp", "`bmp` is not a format; use png, jpeg or webp"),
            ("my folder", "only one destination is possible; quote a name with spaces: `folder`"),
            ("'open", "a quote is not closed"),
        ] {
            assert_eq!(parse(line).unwrap_err(), error, "{line}");
        }
    }
}
