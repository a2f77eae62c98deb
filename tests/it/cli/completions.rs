//! Shell completions: from this config and this library, without starting a program or contacting a server.

use super::{CommandRun, Home, text};

/// Returns the completions of these words, the last of which is being typed.
fn completions(home: &Home, words: &[&str]) -> Vec<String> {
    let run = words.iter().fold(home.run(["--", "tintype"]), CommandRun::arg);
    answer(run, words.len())
}

fn answer(run: CommandRun<'_>, at: usize) -> Vec<String> {
    let run = run.env("TINTYPE_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", &at.to_string());
    let ran = run
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_COMP_TYPE", "9")
        .env("_CLAP_COMPLETE_SPACE", "true")
        .run_to_end();
    assert_eq!(ran.stderr, "");
    ran.text().lines().map(str::to_owned).filter(|word| !word.starts_with("--")).collect()
}

#[track_caller]
fn offers(home: &Home, words: &[&str], wanted: &[&str]) {
    let offered = completions(home, words);
    assert!(wanted.iter().all(|wanted| offered.iter().any(|word| word == wanted)), "{words:?}: {offered:?}");
}

#[test]
fn names_from_the_config_are_completed() {
    let home = Home::with_config("[backends.azul]\nkind = \"sketch\"\n[compare.lanes.quick]\nbackend = \"sketch\"\n");
    offers(&home, &["generate", "-b", ""], &["sketch", "gpt-image", "codex", "azul"]);
    assert_eq!(completions(&home, &["generate", "-b", "az"]), ["azul"]);
    offers(&home, &["compare", "--backends", "sketch,"], &["sketch,azul", "sketch,quick"]);
    offers(&home, &["backends", "check", "gpt"], &["gpt-image", "gpt-image-1"]);
    offers(&home, &["--theme", "gruv"], &["gruvbox-dark"]);
    offers(&home, &["show", "--protocol", ""], &["kitty", "sixel", "blocks"]);
    offers(&home, &["compare", "--prompts", "parti"], &["parti-24"]);
    offers(&home, &["hist"], &["history"]);
    assert!(!completions(&home, &["render"]).contains(&"render-svg".to_owned()) || completions(&home, &[""]).len() > 5);
}

#[test]
fn models_and_settings_are_completed_for_the_named_backend() {
    let home = Home::new();
    offers(&home, &["generate", "-b", "gpt-image", "-m", ""], &["gpt-image-2", "gpt-image-2.5-flare"]);
    assert_eq!(completions(&home, &["generate", "-b", "sketch", "-m", ""]), ["sketch"]);
    offers(&home, &["generate", "-b", "gpt-image", "--set", ""], &["background=", "format="]);
    offers(&home, &["generate", "--backend=sketch", "--set", "style="], &["style=pencil", "style=poster"]);
    offers(&home, &["generate", "-b", "gpt-image", "--quality", ""], &["low", "high"]);
    offers(&home, &["generate", "-b", "gpt-image", "--size", "1024"], &["1024x1024"]);
}

#[test]
fn ids_from_the_library_are_completed() {
    let home = Home::new();
    assert_eq!(completions(&home, &["history", "show", ""]), [] as [String; 0]);
    assert!(!home.path("data").exists(), "a look makes no library");
    let row = home.draw("a kite");
    let short = completions(&home, &["history", "show", ""]);
    assert_eq!(short.len(), 1, "{short:?}");
    assert!(text(&row, "id").replace('-', "").contains(&short[0].replace('-', "")), "{row} {short:?}");
    offers(&home, &["edit", ""], &[short[0].as_str(), "@clipboard", "-"]);
    home.file("work/cat.png", b"x");
    offers(&home, &["show", "ca"], &["cat.png"]);
    home.run(["history", "delete", &short[0]]).run_to_end();
    assert_eq!(completions(&home, &["history", "restore", ""]), short);
}

#[cfg(unix)]
#[test]
fn completing_starts_no_backend_and_no_key_command() {
    let home = Home::with_config(
        "[backends.mine]\nkind = \"external\"\ncommand = [\"sh\", \"mine.sh\"]\n\
         [backends.gpt-image]\nkind = \"gpt-image\"\napi_key_command = [\"sh\", \"key.sh\"]\n",
    );
    home.file("mine.sh", b"touch started");
    home.file("key.sh", b"touch started");
    let path = std::env::var("PATH").unwrap();
    for words in [["generate", "-b", ""], ["generate", "-m", ""], ["generate", "--set", ""]] {
        let run = words.iter().fold(home.run(["--", "tintype"]), CommandRun::arg);
        answer(run.env("PATH", &path), words.len());
    }
    offers(&home, &["generate", "-b", "mi"], &["mine"]);
    assert!(!home.path("started").exists() && !home.path("work/started").exists());
}

#[test]
fn completion_works_with_a_broken_config() {
    let home = Home::with_config("theme = 3\n[backends.azul]\nkind = \"sketch\"\n");
    offers(&home, &["generate", "-b", ""], &["sketch", "azul"]);
}
