//! Prompt input from the command line or a pipe.
//! Text is passed unchanged, except that line breaks around it are stripped.

use std::io::{self, IsTerminal, Read};

use super::failure::Failure;

/// Maximum size of a prompt, which is more than any model reads; it also bounds a pipe that never ends.
const MAX_BYTES: u64 = 512 * 1024;

/// Returns the prompt: the words, or all of stdin if the only word is `-`, or if there are none and stdin is a pipe.
pub(super) fn read(words: &[String]) -> Result<String, Failure> {
    let stdin = io::stdin();
    let prompt = match words {
        [dash] if dash == "-" => read_text(stdin.lock())?,
        [] if !stdin.is_terminal() => read_text(stdin.lock())?,
        words if words.iter().any(|word| word == "-") => {
            return Err(Failure::usage(
                "`-` reads the whole prompt from stdin and cannot be combined with other words",
            )
            .with_hint("put quotes around a prompt that contains a dash, or write all of it to stdin"));
        }
        words => words.join(" "),
    };
    if prompt.trim().is_empty() {
        let hint = "provide a prompt: `tintype generate \"three cats under a full moon\"`";
        return Err(Failure::usage("the prompt is empty").with_hint(hint));
    }
    check_length(prompt.len())?;
    Ok(prompt)
}

fn read_text(input: impl Read) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = input.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::local(format!("cannot read stdin: {error}")))?;
    check_length(bytes.len())?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::usage(format!("the prompt on stdin is not UTF-8 text (byte {at})"))
            .with_hint("convert it first, for example with `iconv -t utf-8`")
    })?;
    Ok(text.trim_start_matches('\u{feff}').trim_matches(['\n', '\r']).to_owned())
}

fn check_length(bytes: usize) -> Result<(), Failure> {
    if bytes as u64 <= MAX_BYTES {
        return Ok(());
    }
    let limit = MAX_BYTES / 1024;
    Err(Failure::usage(format!("the prompt is longer than {limit} KiB"))
        .with_hint("shorten it; no model reads that much"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(input: impl Read) -> String {
        read_text(input).unwrap_err().messages.remove(0).message
    }

    #[test]
    fn prompt_text_is_unchanged() {
        assert_eq!(read_text("\u{feff}three cats\nby the sea\r\n".as_bytes()).unwrap(), "three cats\nby the sea");
        assert_eq!(read_text("a\0\u{1b}[31mb".as_bytes()).unwrap(), "a\0\u{1b}[31mb");
    }

    #[test]
    fn non_utf8_prompts_are_refused() {
        assert_eq!(message(&b"abc\xff"[..]), "the prompt on stdin is not UTF-8 text (byte 3)");
    }

    #[test]
    fn endless_prompts_are_refused() {
        assert_eq!(message(io::repeat(b'x')), "the prompt is longer than 512 KiB");
    }
}
