use std::fs;

use super::Home;

#[test]
fn a_config_typo_is_an_error_with_line_column_and_caret() {
    let home = Home::with_config("[budget]\ndayly = 5\n");
    let file = home.path("config.toml");
    let expected = format!("{}:2:1: unknown key `dayly`\n2 | dayly = 5\n  | ^^^^^", file.display());
    home.run(["generate", "cats"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .error(&expected, "did you mean `daily`?");
    home.run(["config", "check"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .error(&expected, "did you mean `daily`?");
    assert!(!home.path("data").exists());
}

#[test]
fn every_config_error_is_reported() {
    let home = Home::with_config(
        "theme = \"nrod\"\n[preview]\ndriver = \"siksel\"\n[backends.mine]\nkind = \"skech\"\n[backends.two]\nkind = \"sketch\"\nsizzle = 1\n",
    );
    let stderr = home.run(["config", "check"]).expect_code(2).run_to_end().expect_no_stdout().stderr;
    for words in [
        "config.toml:1:9: there is no theme `nrod`",
        "hint: did you mean `nord`?",
        "config.toml:3:10: there is no driver `siksel`",
        "hint: did you mean `sixel`?",
        "config.toml:5:8: there is no backend kind `skech`",
        "hint: did you mean `sketch`?",
        "config.toml:8:1: unknown key `sizzle`",
    ] {
        assert!(stderr.contains(words), "no `{words}` in {stderr}");
    }
}

#[test]
fn the_initial_config_is_valid_and_never_overwritten() {
    let home = Home::new();
    let init = || home.run(["config", "init"]).env("TINTYPE_CONFIG", home.path("new/c.toml").to_str().unwrap());
    let file = home.path("new/c.toml");
    assert_eq!(init().run_to_end().text(), format!("{}\n", file.display()));
    let text = fs::read_to_string(&file).unwrap();
    home.run(["config", "check", "--config"]).arg(&file).run_to_end().expect_no_stdout().stderr_has("is valid");
    let uncommented = text.replace("# theme", "theme").replace("# [", "[").replace("# daily", "daily");
    home.file("new/c.toml", uncommented.as_bytes());
    home.run(["config", "check", "--config"]).arg(&file).run_to_end().expect_no_stdout().stderr_has("is valid");
    init().expect_code(1).run_to_end().expect_no_stdout();
    assert_eq!(fs::read_to_string(&file).unwrap(), uncommented);
}

#[test]
fn an_explicit_config_must_exist() {
    let home = Home::new();
    let named = home.path("none.toml");
    let message = format!("{}: there is no such file", named.display());
    let hint = "run `tintype config init` to create it";
    home.run(["backends", "--config"]).arg(&named).expect_code(2).run_to_end().expect_no_stdout().error(&message, hint);
    let run = home.run(["backends"]).env("TINTYPE_CONFIG", named.to_str().unwrap());
    run.expect_code(2).run_to_end().expect_no_stdout().error(&message, hint);
    assert_eq!(
        home.run(["config", "path", "--config"]).arg(&named).run_to_end().text(),
        format!("{}\n", named.display())
    );
}

#[test]
fn printed_config_is_a_valid_config() {
    let home = Home::with_config("theme = \"nord\"\n[backends.mine]\nkind = \"sketch\"\n");
    let printed = home.run(["config", "print"]).run_to_end().text();
    assert!(printed.contains("theme = \"nord\"") && printed.contains("[backends.mine]"));
    home.file("config.toml", printed.as_bytes());
    assert_eq!(home.run(["config", "print"]).run_to_end().text(), printed);
    let defaults = home.run(["config", "print", "--defaults"]).run_to_end().text();
    assert_eq!(defaults, include_str!("../../../config.example.toml"));
}

#[test]
fn flags_override_the_environment() {
    let home = Home::new();
    let elsewhere = home.path("elsewhere");
    let drawn = home.run(["generate", "cats", "--size", "64x64", "--data-dir"]).arg(&elsewhere).run_to_end().files();
    assert!(drawn[0].starts_with(elsewhere) && !home.path("data").exists());
}

#[test]
fn the_budget_is_enforced() {
    // Sketches are free, so even a budget of zero allows them.
    let home = Home::with_config("[budget]\nper_job = 0\ndaily = 0\n");
    home.run(["generate", "cats", "--size", "64x64"]).run_to_end().files();
}

#[test]
fn an_inconsistent_budget_gives_one_warning() {
    let home = Home::with_config("[budget]\nper_job = 5\ndaily = 1\n");
    let stderr = home.run(["generate", "cats", "--size", "64x64"]).run_to_end().stderr;
    assert_eq!(stderr.matches("warning: ").count(), 1, "{stderr}");
    assert!(stderr.contains("`per_job` is greater than `daily`"));
}

#[test]
fn key_bindings_are_checked_too() {
    let home = Home::with_config("[keys.global]\nquti = \"ctrl-x\"\n");
    home.run(["config", "check"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .stderr_has("config.toml:2:1: unknown action `quti` in `global`");
}

#[test]
fn a_binding_that_unbinds_another_action_gives_a_warning() {
    let home = Home::with_config("[keys.history]\ndelete = \"r\"\n");
    home.run(["config", "check"])
        .run_to_end()
        .expect_no_stdout()
        .stderr_has("config.toml:2:10: `delete` takes the last key of `again`");
    let home = Home::with_config("[keys.history]\ndelete = \"r\"\nagain = \"alt-9\"\n");
    assert!(!home.run(["config", "check"]).run_to_end().stderr.contains("warning"));
}

#[test]
fn a_wrong_type_is_explained_in_words() {
    let home = Home::with_config("[backends.mine]\nkind = \"external\"\ncommand = [\"true\"]\ntimeout = \"x\"\n");
    home.run(["config", "check"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .stderr_has("`timeout` must be a number, not \"x\"");
}
