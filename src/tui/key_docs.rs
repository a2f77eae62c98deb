//! Documentation of the keys, generated from the table of actions and checked against the files that contain it.
//! `just docs` regenerates those files; otherwise a difference fails the test.

use std::{fmt::Write, fs, path::PathBuf};

use super::{
    action::{ACTIONS, KeyContext},
    keymap::Keymap,
};

/// Renders the tables of the example config: every action with its default keys, as comments.
fn config_tables() -> String {
    let mut text = String::new();
    for context in KeyContext::ALL {
        write!(text, "\n[keys.{}]\n", context.name()).unwrap();
        for row in ACTIONS.iter().filter(|row| row.context == context) {
            let keys: Vec<String> = row.keys.iter().map(|key| format!("\"{key}\"")).collect();
            let keys = if keys.len() == 1 { keys[0].clone() } else { format!("[{}]", keys.join(", ")) };
            writeln!(text, "# {:<48} # {}", format!("{} = {keys}", row.name), row.doc).unwrap();
        }
    }
    text
}

/// Renders the tables of the book.
fn book_tables() -> String {
    let mut text = String::new();
    for context in KeyContext::ALL {
        write!(text, "\n**{}**\n\n| Keys | Action | Config name |\n|---|---|---|\n", context.title()).unwrap();
        for (row, keys) in Keymap::default().rows(true).filter(|(row, _)| row.context == context) {
            let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            writeln!(text, "| {} | {} | `{}` |", keys.join(" "), row.doc, row.name).unwrap();
        }
    }
    text.push('\n');
    text
}

/// Compares the text between `start` and `end` (or the end of the file) with `expected`.
fn check(file: &str, start: &str, end: Option<&str>, expected: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file);
    let text = fs::read_to_string(&path).unwrap();
    let from = text.find(start).unwrap_or_else(|| panic!("{file} has no `{start}`")) + start.len();
    let to = end.map_or(text.len(), |end| from + text[from..].find(end).unwrap());
    if text[from..to] == *expected {
        return;
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let new = format!("{}{expected}{}", &text[..from], &text[to..]);
        crate::atomic_file::export(&path, new.as_bytes()).unwrap();
        return;
    }
    panic!("{file} does not match the table of actions; run `just docs`");
}

#[test]
fn the_example_config_lists_every_action_with_its_keys() {
    check("config.example.toml", "F1 in the studio lists every action with its keys.\n", None, &config_tables());
}

#[test]
fn the_book_lists_every_action_with_its_keys() {
    check("docs/keys.md", "<!-- generated: keys -->\n", Some("<!-- end -->"), &book_tables());
}
