//! The README, block by block: every command in it works, and every config in it is valid.
//! Blocks without a language are build commands, which `.ci/run` tests.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use tintype::config::Config;

/// Returns the blocks of the README in that language.
fn blocks(language: &str) -> Vec<String> {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let opening = format!("\n```{language}\n");
    readme.split(&opening).skip(1).map(|rest| rest[..rest.find("\n```").unwrap()].to_owned()).collect()
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
fn every_command_of_the_readme_works_in_its_order() {
    let home = tempfile::tempdir().unwrap();
    let lines: Vec<String> = blocks("sh").iter().flat_map(|block| block.lines()).map(ToOwned::to_owned).collect();
    assert!(lines.len() > 5, "the README shows hardly a command");
    for line in lines {
        let output = shell(home.path(), &line).output().unwrap();
        assert!(output.status.success(), "`{line}` failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(home.path().join("lighthouse.png").exists() && home.path().join("forest.svg").exists());
}

#[test]
fn every_config_of_the_readme_is_one() {
    let blocks = blocks("toml");
    assert!(blocks.len() > 1);
    for block in blocks {
        let config = Config::parse("README.md", block.clone()).unwrap_or_else(|wrong| panic!("{block}\n{}", wrong[0]));
        let (_, problems) = config.build_backends(&|_| None);
        assert!(problems.is_empty(), "{block}\n{}", problems[0]);
    }
}

#[test]
fn every_subcommand_stands_in_the_readme() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let help = Command::new(program()).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let commands = help.split("Commands:").nth(1).unwrap().lines().skip(1).take_while(|line| !line.trim().is_empty());
    let names: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() > 8, "{help}");
    for name in names {
        assert!(readme.contains(&format!("`{name}")), "`{name}` is not in the README");
    }
}
