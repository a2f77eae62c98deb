use super::{CommandRun, Home, text};

#[test]
fn backends_are_listed_with_their_readiness() {
    let home = Home::with_config("[backends.mine]\nkind = \"sketch\"\n");
    let rows = home.run(["backends", "--json"]).run_to_end().json();
    let mine = rows.iter().find(|row| row["name"] == "mine").unwrap();
    assert_eq!((&mine["kind"], &mine["ready"], &mine["offline"]), (&"sketch".into(), &true.into(), &true.into()));
    assert_eq!(rows.iter().filter(|row| row["default"] == true).count(), 1);
    assert!(home.run(["backends"]).run_to_end().text().lines().any(|line| line.starts_with("* ")));
    home.run(["backends", "check", "mine"]).run_to_end();
    home.run(["backends", "check", "mien"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .error("there is no backend `mien`", "did you mean `mine`?");
}

#[test]
fn models_are_listed_with_their_settings() {
    let home = Home::new();
    let rows = home.run(["models", "--json"]).run_to_end().json();
    let sketch = rows.iter().find(|row| row["backend"] == "sketch").unwrap();
    let settings: Vec<&str> = sketch["settings"].as_array().unwrap().iter().map(|param| text(param, "name")).collect();
    assert!(settings.contains(&"size") && settings.contains(&"seed"), "{settings:?}");
    let listed = home.run(["models", "sketch"]).run_to_end().text();
    assert!(settings.iter().all(|name| listed.contains(name)), "{listed}");
    home.run(["models", "skech"]).expect_code(2).run_to_end().expect_no_stdout().stderr_has("did you mean `sketch`?");
}

#[test]
fn user_themes_are_listed_too() {
    let home = Home::with_config("");
    home.file("themes/mine.toml", b"about = \"Rust.\"\ninherits = \"tintype\"\n");
    home.file("themes/broken.toml", b"[roles\n");
    let ran = home.run(["themes"]).run_to_end().stderr_has("broken.toml:1:");
    assert!(
        ran.text().lines().any(|line| line.starts_with("mine") && line.ends_with("Rust. (custom)")),
        "{}",
        ran.text()
    );
    let rows = home.run(["themes", "--json"]).run_to_end().json();
    assert!(rows.iter().any(|row| row["name"] == "daylight" && row["dark"] == false && row["own"] == false));
    assert!(rows.iter().all(|row| row["name"] != "broken"));
}

#[test]
fn doctor_finds_problems_and_changes_nothing() {
    let home = Home::new();
    let found = home.run(["doctor", "--json"]).run_to_end().json();
    assert!(found.iter().all(|finding| finding["state"] != "error"), "{found:?}");
    assert!(found.iter().any(|finding| finding["name"] == "backend sketch" && finding["state"] == "ok"));
    assert!(!home.path("data").exists());
    let ill = Home::with_config("theme = 3\n");
    let ran = ill.run(["doctor"]).expect_code(1).run_to_end().stderr_has("checks failed");
    assert!(ran.text().contains("error    config: "), "{}", ran.text());
}

#[test]
fn completions_are_printed_for_every_shell() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = home.run(["completions", shell]).run_to_end().text();
        assert!(script.contains("TINTYPE_COMPLETE") && script.contains("tintype"), "{shell}");
    }
    home.run(["completions", "tcsh"]).expect_code(2).run_to_end().expect_no_stdout();
}

#[test]
fn manual_pages_are_printed() {
    let home = Home::new();
    assert!(home.run(["man"]).run_to_end().text().contains(".TH tintype 1"));
    assert!(home.run(["man", "generate"]).run_to_end().text().contains("dry\\-run"));
    home.run(["man", "generat"]).expect_code(2).run_to_end().expect_no_stdout().stderr_has("did you mean `generate`?");
    home.run(["man", "render-svg"]).expect_code(2).run_to_end().expect_no_stdout();
}

#[test]
fn the_manual_page_lists_exit_codes_files_and_variables() {
    let home = Home::new();
    for words in [vec!["man"], vec!["man", "history", "export"]] {
        let run = words.iter().fold(home.run([]), CommandRun::arg);
        let page = run.run_to_end().text();
        for section in ["EXIT STATUS", "ENVIRONMENT", "FILES"] {
            assert!(page.contains(&format!(".SH \"{section}\"")), "{words:?}: {section}");
        }
        assert!(page.contains("TINTYPE_DATA_DIR") && page.contains("library.db") && page.contains("\\fB130\\fR"));
    }
}

#[test]
fn every_subcommand_has_a_manual_page() {
    let home = Home::new();
    let written = home.run(["man", "-o"]).arg(home.path("work/man1")).run_to_end().files();
    let names = home.names("work/man1");
    assert_eq!(written.len(), names.len());
    for name in ["tintype.1", "tintype-generate.1", "tintype-history-export.1", "tintype-backends-new.1"] {
        assert!(names.iter().any(|known| known == name), "{name} of {names:?}");
    }
    assert!(!names.iter().any(|name| name.contains("render-svg")), "{names:?}");
    let page = std::fs::read_to_string(home.path("work/man1/tintype-history-export.1")).unwrap();
    assert!(page.contains(".TH tintype-history-export 1"), "{page}");
}

#[test]
fn help_and_version_work_without_a_home() {
    let home = Home::with_config("this is no config");
    let version = home.run(["--version"]).run_to_end().text();
    assert_eq!(version, format!("tintype {}\n", env!("CARGO_PKG_VERSION")));
    assert!(home.run(["--help"]).run_to_end().text().contains("Examples:"));
    for command in ["generate", "edit", "show", "history", "jobs", "backends", "models", "config"] {
        assert!(home.run([command, "--help"]).run_to_end().text().contains("Usage: tintype"), "{command}");
    }
}

#[test]
fn help_and_version_are_words_too_and_print_what_the_flags_print() {
    let home = Home::with_config("this is no config");
    let text = |args: &[&str]| {
        let run = args[1..].iter().fold(home.run([args[0]]), CommandRun::arg);
        run.run_to_end().text()
    };
    let same = |word: &[&str], flag: &[&str]| assert_eq!(text(word), text(flag), "{word:?}");
    same(&["help"], &["--help"]);
    same(&["help", "generate"], &["generate", "--help"]);
    same(&["help", "history", "export"], &["history", "export", "--help"]);
    same(&["version"], &["--version"]);
    let refused = |word| home.run(["help", word]).expect_code(2).run_to_end().expect_no_stdout();
    refused("histroy").error("there is no subcommand `histroy`", "did you mean `history`?");
    refused("zzzz").error("there is no subcommand `zzzz`", "see `tintype help`");
    assert!(home.run(["--help"]).run_to_end().text().contains("\nImage commands:\n  generate"));
}

#[test]
fn a_log_is_written_only_on_request() {
    let home = Home::new();
    home.draw("a kite");
    assert!(!home.names("data").iter().any(|name| name.contains(".log")));
    home.run(["-v", "generate", "a moon", "--size", "64x64"]).run_to_end().files();
    assert!(home.names("data").iter().any(|name| name == "tintype.log"), "{:?}", home.names("data"));
}

#[test]
fn global_flags_work_in_any_position() {
    let home = Home::new();
    let _ = home.draw("a kite");
    let data = home.path("data");
    let data = data.to_str().unwrap();
    for args in [["--data-dir", data, "history", "--json"], ["history", "--data-dir", data, "--json"]] {
        assert_eq!(home.run(args).env("TINTYPE_DATA_DIR", "/nowhere").run_to_end().json().len(), 1);
    }
    let id = home.run(["history", "--json"]).run_to_end().json().remove(0);
    home.run(["history", "--data-dir", data, "show", text(&id, "id")]).run_to_end();
}
