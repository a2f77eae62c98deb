//! The body of the fuzz target `protocol`: arbitrary bytes as the lines of a program, up to the capabilities built
//! from its hello.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fuzz target finds out by panicking")]

use std::path::Path;

use super::{
    errors,
    hello::ProgramInfo,
    line_reader::{LineReader, ProgramLine},
    protocol::{self, MessageBody},
    settings::ExternalProgram,
};
use crate::{Accounts, Request, Table, svg::Renderer};

/// A key that the program received, and that must not be repeated.
const KEY: &str = "sk-FUZZED-0123456789";

/// Reads the lines, and asserts that the results are clean.
pub(crate) fn lines(data: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let program = program();
    runtime.block_on(async {
        let mut lines = LineReader::new(data, 4096);
        while let Ok(Some(line)) = lines.next().await {
            let ProgramLine::Whole(line) = line else { continue };
            read(&line, &program);
        }
    });
}

fn program() -> ExternalProgram {
    let settings = toml::from_str("command = ['x']\nenv = ['API_KEY']").unwrap();
    ExternalProgram::read(&Table {
        name: "fuzzed",
        settings: &settings,
        env: &|name| (name == "API_KEY").then(|| KEY.to_owned()),
        folder: Path::new("/"),
        accounts: &Accounts::default(),
        renderer: &Renderer::default(),
    })
    .unwrap()
}

fn read(line: &[u8], program: &ExternalProgram) {
    let said = match protocol::read(line, |message| program.clean(message)) {
        Ok(Some(said)) => said,
        Ok(None) => return,
        Err(bad) => {
            let error = errors::bad_line(program, &bad, line);
            assert!(!error.message.contains(KEY) && !error.message.contains(char::is_control), "{error}");
            return;
        }
    };
    assert!(!format!("{:?}", said.what).contains(KEY), "a key came through");
    match said.what {
        MessageBody::Hello(hello) => {
            let Ok(known) = ProgramInfo::new(program, &hello) else { return };
            for model in &known.capabilities.models {
                let _ = known.estimate(&Request::new("x", &model.id));
                assert!(model.complete(&known.capabilities.defaults, &crate::Settings::new()).is_ok());
            }
            assert!(known.capabilities.model(&known.capabilities.default_model).is_some());
        }
        MessageBody::Error(failure) => {
            let error = errors::failure(program, &failure, false);
            assert!(!error.message.contains(char::is_control), "{error}");
        }
        MessageBody::Status { wait, .. } | MessageBody::Percent { wait, .. } => drop(errors::remaining_time(&wait)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fuzz_seeds_parse_without_panics() {
        let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds/protocol");
        let texts: Vec<Vec<u8>> =
            std::fs::read_dir(seeds).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect();
        assert!(texts.len() >= 3);
        for text in texts {
            lines(&text);
            // Truncating the text anywhere, or changing any byte, must not panic either.
            for at in 0..text.len() {
                lines(&text[..at]);
                let mut wrong = text.clone();
                wrong[at] ^= 1 << (at % 8);
                lines(&wrong);
            }
        }
    }
}
