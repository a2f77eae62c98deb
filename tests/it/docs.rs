//! The README and the book, block by block: every command works, every config is valid, and the reference sections match
//! the program. `just docs` regenerates those sections.

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tintype::config::{Config, DEFAULTS};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the README and every page of the book, by path.
fn pages() -> Vec<(PathBuf, String)> {
    let mut paths = vec![root().join("README.md")];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// Returns the blocks of a page in that language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let opening = format!("\n```{language}\n");
    page.split(&opening).skip(1).map(|rest| rest[..rest.find("\n```").unwrap()].to_owned()).collect()
}

fn program() -> PathBuf {
    env!("CARGO_BIN_EXE_tintype").into()
}

/// Returns a shell on a machine where the program has never run before.
fn shell(home: &Path, line: &str) -> Command {
    let path = env::join_paths(
        program().parent().map(Path::to_owned).into_iter().chain(env::split_paths(&env::var_os("PATH").unwrap())),
    );
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(home).env_clear().env("PATH", path.unwrap()).env("HOME", home);
    command
}

#[test]
fn every_documented_command_works_in_the_order_of_its_page() {
    let mut count = 0;
    for (path, page) in pages() {
        let home = tempfile::tempdir().unwrap();
        for line in blocks(&page, "sh").iter().flat_map(|block| block.lines()).filter(|line| !line.starts_with('#')) {
            let output = shell(home.path(), line).output().unwrap();
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{}: `{line}` failed: {errors}", path.display());
            count += 1;
        }
    }
    assert!(count > 20, "the documentation has too few commands: {count}");
}

#[test]
fn every_documented_config_is_valid() {
    let mut count = 0;
    for (path, page) in pages() {
        for block in blocks(&page, "toml") {
            let config = Config::parse(&path, block.clone()).unwrap_or_else(|wrong| panic!("{block}\n{}", wrong[0]));
            let (_, problems) = config.build_backends(&|_| None);
            assert!(problems.is_empty(), "{}: {block}\n{}", path.display(), problems[0]);
            count += 1;
        }
    }
    assert!(count > 5, "the documentation has too few configs: {count}");
}

#[test]
fn links_between_pages_lead_to_pages() {
    for (path, page) in pages() {
        for target in page.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            if !target.is_empty()
                && !target.contains(':')
                && Path::new(target).extension().is_some_and(|extension| extension == "md")
            {
                assert!(path.parent().unwrap().join(target).exists(), "{}: {target}", path.display());
            }
        }
    }
}

/// Compares a generated section of a page with `expected`, or replaces it if `UPDATE_DOCS` is set.
fn check_section(file: &str, name: &str, expected: &str) {
    let path = root().join(file);
    let page = fs::read_to_string(&path).unwrap();
    let start = format!("<!-- generated: {name} -->\n");
    let from = page.find(&start).unwrap_or_else(|| panic!("{file} has no `{start}`")) + start.len();
    let to = from + page[from..].find("<!-- end -->").unwrap();
    if page[from..to] == *expected {
        return;
    }
    assert!(env::var_os("UPDATE_DOCS").is_some(), "{file} does not match the program; run `just docs`");
    let new = format!("{}{expected}{}", &page[..from], &page[to..]);
    tintype::atomic_file::export(&path, new.as_bytes()).unwrap();
}

/// Returns the help of a command and of all commands below it, parents first.
fn help(command: &[String], text: &mut String) {
    let run = Command::new(program()).args(command).arg("--help").env_clear().output().unwrap();
    let help = String::from_utf8(run.stdout).unwrap();
    let name = ["tintype".to_owned()].iter().chain(command).cloned().collect::<Vec<_>>().join(" ");
    write!(text, "\n## `{name}`\n\n```text\n{}\n```\n", help.trim_end()).unwrap();
    let sections = help.split("\n\n").filter_map(|section| section.trim_start().split_once('\n'));
    // The program lists its commands in groups, such as `Image commands:`.
    let commands = sections.filter(|(title, _)| title.ends_with("ommands:"));
    let names = commands.flat_map(|(_, lines)| lines.lines());
    // Lines of a description that continues are indented further.
    let names = names.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    for below in
        names.filter_map(|line| line.split_whitespace().next()).filter(|name| !matches!(*name, "help" | "version"))
    {
        self::help(&[command, &[below.to_owned()]].concat(), text);
    }
}

#[test]
fn the_command_reference_matches_the_program() {
    let mut expected = String::new();
    help(&[], &mut expected);
    assert!(expected.matches("\n## ").count() > 25, "{expected}");
    check_section("docs/command-line.md", "command line", &format!("{expected}\n"));
}

#[test]
fn the_configuration_reference_matches_the_defaults() {
    check_section("docs/configuration.md", "configuration", &format!("\n```toml\n{}\n```\n\n", DEFAULTS.trim_end()));
}
