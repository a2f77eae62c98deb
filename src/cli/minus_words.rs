//! Words with a minus before them: `-draft` excludes a word from a query and removes a tag. They are moved behind `--`,
//! where clap parses no flags. Its own setting for such words would take the flags after them for words as well.

use std::ffi::{OsStr, OsString};

use clap::{Arg, Command};

/// Subcommands that take such words.
const COMMANDS: [&[&str]; 3] = [&["history"], &["history", "export"], &["history", "tag"]];

/// Returns the arguments with the words that have a minus, and are no flags of the subcommand, behind `--`. The first
/// argument is the name of the program.
pub(super) fn move_behind_flags(words: &[OsString], root: impl FnOnce() -> Command) -> Vec<OsString> {
    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let (before, after) = words.split_at(end);
    if !before.iter().any(|word| short_flags(word).is_some()) {
        return words.to_vec();
    }
    let mut root = root();
    // Adds the global flags and `--help` to the subcommands.
    root.build();
    let (mut kept, moved) = partition(before, &root);
    if !moved.is_empty() {
        kept.push("--".into());
    }
    let after = if moved.is_empty() { after } else { after.get(1..).unwrap_or_default() };
    kept.into_iter().chain(moved).chain(after.iter().cloned()).collect()
}

fn partition(words: &[OsString], root: &Command) -> (Vec<OsString>, Vec<OsString>) {
    let (mut kept, mut moved) = (Vec::new(), Vec::new());
    let (mut command, mut path) = (root, Vec::new());
    let mut words = words.iter().cloned();
    kept.extend(words.next());
    while let Some(word) = words.next() {
        if COMMANDS.contains(&path.as_slice()) && short_flags(&word).is_some_and(|flags| !are_flags(flags, command)) {
            moved.push(word);
            continue;
        }
        let takes_next = takes_next(&word, command);
        if let Some(subcommand) = word.to_str().and_then(|word| command.find_subcommand(word)) {
            path.push(subcommand.get_name());
            command = subcommand;
        }
        kept.push(word);
        kept.extend(takes_next.then(|| words.next()).flatten());
    }
    (kept, moved)
}

/// Returns what follows the minus of `-x` or `-xyz`.
fn short_flags(word: &OsStr) -> Option<&str> {
    word.to_str()?.strip_prefix('-').filter(|rest| !rest.is_empty() && !rest.starts_with('-'))
}

/// Returns whether these are short flags of the command, the last one possibly with its value. A value of nothing but
/// letters is taken for the rest of a word: `-owl` excludes owls.
fn are_flags(letters: &str, command: &Command) -> bool {
    for (at, letter) in letters.char_indices() {
        match short_flag(letter, command) {
            None => return false,
            Some(flag) if takes_value(flag) => {
                let value = &letters[at + letter.len_utf8()..];
                return value.is_empty() || !value.chars().all(char::is_alphabetic);
            }
            Some(_) => {}
        }
    }
    true
}

/// Returns whether the next word is the value of this flag.
fn takes_next(word: &OsStr, command: &Command) -> bool {
    if let Some(letters) = short_flags(word) {
        let with_value = |letter| short_flag(letter, command).is_some_and(takes_value);
        return letters.find(with_value).is_some_and(|at| letters[at..].chars().count() == 1);
    }
    let Some(name) = word.to_str().and_then(|word| word.strip_prefix("--")) else { return false };
    command.get_arguments().any(|flag| flag.get_long() == Some(name) && takes_value(flag))
}

fn short_flag(letter: char, command: &Command) -> Option<&Arg> {
    command.get_arguments().find(|flag| flag.get_short() == Some(letter))
}

fn takes_value(flag: &Arg) -> bool {
    flag.get_action().takes_values()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::command::Cli;

    fn moved(line: &str) -> String {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let words = move_behind_flags(&words, Cli::command);
        words.iter().map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn excluded_words_are_moved_behind_the_flags() {
        assert_eq!(moved("tintype history fox -draft --json"), "tintype history fox --json -- -draft");
        assert_eq!(moved("tintype history -draft -tag:night -l 5"), "tintype history -l 5 -- -draft -tag:night");
        assert_eq!(moved("tintype history export fox -owl -y"), "tintype history export fox -y -- -owl");
        assert_eq!(moved("tintype history -lake"), "tintype history -- -lake");
        assert_eq!(moved("tintype --theme x history tag 3fa9 -a +b"), "tintype --theme x history tag 3fa9 +b -- -a");
        assert_eq!(
            moved("tintype history export fox -draft -o out -y -- -more"),
            "tintype history export fox -o out -y -- -draft -more"
        );
    }

    #[test]
    fn flags_and_their_values_stay() {
        for line in [
            "tintype history export fox -o - --width 5 -oout.png -yo out.png",
            "tintype history fox -l5 -vv --config -draft",
            "tintype history -h",
            "tintype generate fox -draft",
            "tintype -draft history",
            "tintype history fox -- -draft",
        ] {
            assert_eq!(moved(line), line);
        }
    }

    #[test]
    fn moved_words_belong_to_the_query() {
        use clap::Parser as _;
        let parse = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            format!("{:?}", Cli::try_parse_from(move_behind_flags(&words, Cli::command)).unwrap())
        };
        let export = parse("tintype history export fox -draft --xmp owl");
        assert!(export.contains(r#"words: ["fox", "owl", "-draft"]"#) && export.contains("xmp: true"), "{export}");
        let tag = parse("tintype history tag 3fa9c1d2 -draft");
        assert!(tag.contains(r#"words: ["3fa9c1d2", "-draft"]"#), "{tag}");
    }
}
