use std::fs;

use super::{CommandRun, Home};

#[test]
fn an_empty_prompt_is_rejected() {
    let home = Home::new();
    let hint = "provide a prompt: `tintype generate \"three cats under a full moon\"`";
    home.run(["generate", ""]).expect_code(2).run_to_end().expect_no_stdout().error("the prompt is empty", hint);
    home.run(["generate", " \n"]).expect_code(2).run_to_end().expect_no_stdout().error("the prompt is empty", hint);
    home.run(["generate"]).expect_code(2).run_to_end().expect_no_stdout().error("the prompt is empty", hint);
    home.run(["generate", "-"])
        .stdin("\n")
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .error("the prompt is empty", hint);
}

#[test]
fn an_oversized_prompt_is_rejected() {
    let home = Home::new();
    let (megabyte, long) = ("x".repeat(1 << 20), "x".repeat(40_000));
    home.run(["generate", "-"])
        .stdin(megabyte)
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .error("the prompt is longer than 512 KiB", "shorten it; no model reads that much");
    home.run(["generate", "-"])
        .stdin(long)
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .stderr_has("error: the prompt has 40000 characters");
}

#[test]
fn a_prompt_that_is_not_utf8_is_rejected() {
    let home = Home::new();
    home.run(["generate", "-"])
        .stdin(b"three \xff cats")
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .error("the prompt on stdin is not UTF-8 text (byte 6)", "convert it first, for example with `iconv -t utf-8`");
}

#[test]
fn escape_sequences_are_stored_but_never_reach_the_terminal() {
    let home = Home::new();
    let prompt = "a \u{1b}]0;title\u{7}kite\0 \u{9b}31m\u{202e}";
    home.run(["generate", "-", "--size", "64x64"]).stdin(prompt).run_to_end().files();
    let listed = home.run(["history"]).run_to_end().text();
    assert!(listed.contains("a ␛]0;title␇kite␀ ‹U+009B›31m‹U+202E›"), "{listed}");
    let json = home.run(["history", "--json"]).run_to_end();
    assert!(!json.text().contains(|c: char| c != '\n' && (c.is_control() || c == '\u{202e}')), "{:?}", json.text());
    assert_eq!(json.json()[0]["prompt"], prompt);
    let shown = home.run(["history", "show"]).arg(json.json()[0]["id"].as_str().unwrap()).run_to_end().text();
    assert!(!shown.contains('\u{1b}'));
}

#[test]
fn echoed_input_is_sanitized() {
    let home = Home::new();
    // `run_to_end` fails on control characters in stderr.
    home.run(["generate", "cats", "--\u{7}x"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .stderr_has("unexpected argument");
    home.run(["generate", "cats", "-b", "\u{1b}[31m"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .stderr_has("␛[31m");
    home.run(["show", "\u{1b}[31m.png"]).expect_code(2).run_to_end().expect_no_stdout().stderr_has("␛[31m.png");
    home.run(["history", "show", "\u{1b}[31m"]).expect_code(2).run_to_end().expect_no_stdout().stderr_has("␛[31m");
}

#[test]
fn unknown_names_get_a_suggestion() {
    let home = Home::new();
    let draw = |flag: &str, value: &str| {
        home.run(["generate", "cats", flag, value]).expect_code(2).run_to_end().expect_no_stdout()
    };
    draw("-b", "skech").error("there is no backend `skech`", "did you mean `sketch`?");
    draw("-m", "skech").error("`sketch` has no model `skech`", "did you mean `sketch`?");
    draw("--set", "sead=4").error("`sketch` has no setting `sead`", "did you mean `seed`?");
    draw("--set", "style=pensil").error(
        "`style` does not take `pensil`",
        "did you mean `pencil`? `style`: one of color, poster, pencil, blueprint, night",
    );
    draw("--set", "seed").error("`seed` has no value", "use --set KEY=VALUE, such as --set seed=7");
    draw("--quality", "high").stderr_has("error: `sketch` has no setting `quality`");
}

#[test]
fn invalid_sizes_are_rejected() {
    let home = Home::new();
    for size in ["0x0", "100000x100000", "wide", "-1x5", "64x"] {
        let run = home.run(["generate", "cats"]).arg(format!("--size={size}"));
        run.expect_code(2)
            .run_to_end()
            .expect_no_stdout()
            .stderr_has(&format!("error: `size` does not take `{size}`\nhint: `size`: "));
    }
    assert!(!home.path("data").exists());
}

#[test]
fn mistyped_arguments_get_a_suggestion() {
    let home = Home::new();
    home.run(["generate", "--jsn", "cats"])
        .expect_code(2)
        .run_to_end()
        .error("unexpected argument `--jsn` found", "did you mean `--json`?");
    home.run(["generat", "cats"])
        .expect_code(2)
        .run_to_end()
        .error("there is no subcommand `generat`", "did you mean `generate`? or put quotes around the prompt");
    home.run(["generate", "cats", "-n", "0"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .error("invalid value `0` for `--count <N>`: expected a whole number from 1 to 100", "see `--help`");
    home.run(["generate", "cats", "-n", "x"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .error("invalid value `x` for `--count <N>`: expected a whole number", "see `--help`");
    home.run(["history", "--limit", "0"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .error("invalid value `0` for `--limit <N>`: expected a whole number of at least 1", "see `--help`");
    home.run(["config", "chek"]).expect_code(2).run_to_end().stderr_has("hint: did you mean `check`?");
}

#[test]
fn a_mistyped_subcommand_is_an_error_not_a_prompt() {
    let home = Home::new();
    for (slip, meant) in [("histroy", "history"), ("generat", "generate"), ("repport", "report"), ("juddge", "judge")] {
        let hint = format!("did you mean `{meant}`? to use `{slip}` as a prompt, type it in the studio");
        home.run([slip])
            .expect_code(2)
            .run_to_end()
            .expect_no_stdout()
            .error(&format!("there is no subcommand `{slip}`"), &hint);
    }
    let flagged = |run: CommandRun<'_>| {
        let ran = run.arg("generat").arg("a dog").arg("--json").expect_code(2).run_to_end().expect_no_stdout();
        ran.error("there is no subcommand `generat`", "did you mean `generate`?");
    };
    flagged(home.run([]));
    flagged(home.run(["-v", "--data-dir", "elsewhere"]));
    for word in ["shoe", "reporter", "lighthouse", "mans"] {
        home.run([word]).expect_code(2).run_to_end().expect_no_stdout().stderr_has("the studio needs a terminal");
    }
}

#[test]
fn a_dash_among_other_words_is_rejected() {
    let home = Home::new();
    let hint = "put quotes around a prompt that contains a dash, or write all of it to stdin";
    let message = "`-` reads the whole prompt from stdin and cannot be combined with other words";
    for words in [["-", "z"], ["z", "-"]] {
        home.run(["generate"])
            .arg(words[0])
            .arg(words[1])
            .stdin("x y")
            .expect_code(2)
            .run_to_end()
            .expect_no_stdout()
            .error(message, hint);
    }
    let dry = home.run(["generate", "a kite - by night", "--dry-run", "--json"]).run_to_end().json();
    assert_eq!(dry[0]["request"]["prompt"], "a kite - by night");
}

#[test]
fn an_unknown_theme_is_rejected_everywhere() {
    let home = Home::new();
    for command in ["generate", "history", "themes"] {
        let run = home.run([command, "--theme", "gruvbox-drak"]).stdin("cats");
        run.expect_code(2).run_to_end().expect_no_stdout().stderr_has("hint: did you mean `gruvbox-dark`?");
    }
    home.run(["generate", "cats", "--size", "64x64", "--theme", "nord"]).run_to_end().files();
}

#[test]
fn errors_are_objects_with_json() {
    let home = Home::new();
    let objects = home.run(["generate", "cats", "--json", "--set", "sead=4"]).expect_code(2).run_to_end().json();
    let [failed] = objects.as_slice() else { panic!("{objects:?}") };
    let expected = serde_json::json!({
        "event": "failed", "job": null, "kind": "usage", "message": "`sketch` has no setting `sead`",
        "hint": "did you mean `seed`?", "request_id": null,
    });
    assert_eq!(*failed, expected);
}

#[test]
fn the_studio_needs_a_terminal() {
    let home = Home::new();
    home.run([])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .error("the studio needs a terminal", "run `tintype generate \"three cats\"` instead");
    home.run(["a red kite"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .stderr_has("`tintype generate \"a red kite\"`");
}

#[test]
fn stdout_takes_only_one_output() {
    let home = Home::new();
    home.run(["generate", "cats", "-o", "-", "--json"])
        .expect_code(2)
        .run_to_end()
        .stderr_has("both the image and JSON");
    home.run(["generate", "cats", "-o", "-", "-n", "2"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .stderr_has("several images");
}

#[cfg(unix)]
#[test]
fn an_unwritable_data_dir_is_reported() {
    let home = Home::new();
    home.file("data", b"not a directory");
    home.run(["generate", "cats"]).expect_code(1).run_to_end().expect_no_stdout().stderr_has("hint: ");
    let run = home.run(["generate", "cats", "--data-dir", "/proc/nowhere"]);
    run.expect_code(1).run_to_end().expect_no_stdout().stderr_has("/proc/nowhere");
}

#[test]
fn a_library_of_a_newer_version_is_left_untouched() {
    let home = Home::new();
    home.draw("a kite");
    let database = rusqlite::Connection::open(home.path("data/library.db")).unwrap();
    database.pragma_update(None, "user_version", 9999).unwrap();
    drop(database);
    let before = fs::metadata(home.path("data/library.db")).unwrap().len();
    home.run(["generate", "cats"]).expect_code(1).run_to_end().expect_no_stdout().stderr_has("newer Tintype");
    assert_eq!(fs::metadata(home.path("data/library.db")).unwrap().len(), before);
}

#[test]
fn a_damaged_library_is_rebuilt_without_loss() {
    let home = Home::new();
    let row = home.draw("a kite");
    for name in ["data/library.db-wal", "data/library.db-shm"] {
        let _ = fs::remove_file(home.path(name));
    }
    home.file("data/library.db", b"this is no database, this is no database, this is no database");
    let ran = home.run(["history", "--json"]).run_to_end();
    assert_eq!((ran.json().len(), &ran.json()[0]["id"]), (1, &row["id"]));
}
