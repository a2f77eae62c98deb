//! Configs with common mistakes, and what `config check` reports: the place, the problem, and the fix.

use super::Home;

/// A config and the words that the report must contain.
type Row = (&'static str, &'static [&'static str]);

const SECTIONS: &[Row] = &[
    ("defualt_backend = \"x\"", &["1:1: unknown key `defualt_backend`", "did you mean `default_backend`?"]),
    ("default_backend = 3", &["1:19: `default_backend` must be text in double quotes, not 3"]),
    ("default_backend = \"skech\"", &["1:19: there is no backend `skech`", "did you mean `sketch`?"]),
    (
        "default_backend = \"codex\"\n[backends.codex]\nenabled = false",
        &["1:19: the backend `codex` is disabled", "remove `enabled = false` from [backends.codex]"],
    ),
    (
        "[budget]\ndayly = 1\nmontly = 2\n[studio]\nmouse = 1\nmose = true",
        &[
            "2:1: unknown key `dayly`",
            "did you mean `daily`?",
            "3:1: unknown key `montly`",
            "5:9: `mouse` must be true or false, not 1",
            "6:1: unknown key `mose`",
        ],
    ),
    ("[budget]\nmonthly = -3", &["2:11: `monthly` must be an amount in dollars, 0 or more, not -3"]),
    ("[budget]\ndaily = nan", &["2:9: `daily` must be an amount in dollars, 0 or more, not NaN"]),
    ("[budget]\ndaily = 2e6", &["2:9: `daily` must be an amount in dollars from 0 to 1000000, not 2000000"]),
    ("[budget]\ndaily = \"ten\"", &["2:9: `daily` must be a number, not \"ten\""]),
    ("[budget.backends.gpt-imgae]\ndaily = 1", &["1:18: there is no backend", "did you mean `gpt-image`?"]),
    ("theme = 3", &["1:9: `theme` must be a theme's name"]),
    ("theme = \"nrod\"", &["1:9: there is no theme `nrod`", "did you mean `nord`?"]),
    ("[preview]\ndriver = \"siksel\"", &["2:10: there is no driver `siksel`", "did you mean `sixel`?"]),
    ("[preview]\nglyphs = \"octets\"", &["2:10: there is no set of glyphs `octets`", "did you mean `octants`?"]),
    ("[compare]\nmirrored = 60", &["2:12: `mirrored` must be a percentage from 0 to 50, not 60"]),
    ("[compare]\nmirrored = -1", &["2:12: `mirrored` must be a whole number from 0 to 255, not -1"]),
    ("a = ", &["1:", "hint: put the text between double quotes"]),
    ("[budget]\ndaily = 1\ndaily = 2", &["3:1: duplicate key", "keep one of the two"]),
    ("[backends.mine]\nmodel = \"x\"", &["1:11: the backend `mine` has no kind"]),
    ("[backends.auto]\nkind = \"sketch\"", &["1:11: `auto` is reserved"]),
    ("[backends.mine]\nkind = \"skech\"", &["2:8: there is no backend kind `skech`", "did you mean `sketch`?"]),
];

const BACKENDS: &[Row] = &[
    ("[backends.gpt-image]\nenable = false", &["2:1: unknown key `enable`", "did you mean `enabled`?"]),
    ("[backends.gpt-image]\nprofile = \"sdcpp\"", &["2:11: `profile` does not take `sdcpp`", "did you mean `sd-cpp`?"]),
    (
        "[backends.gpt-image]\ntimeout = 0\nconcurrency = 0\nimages_per_minute = 0",
        &[
            "2:11: `timeout` must be a number of seconds from 1 to 86400, not 0",
            "3:15: `concurrency` must be a number of requests from 1 to 1000, not 0",
            "4:21: `images_per_minute` must be a number of images from 1 to 100000, not 0",
        ],
    ),
    (
        "[backends.gpt-image.models.foo]\nlike = \"gpt-image-1\"\nlik = \"x\"\nshutdown = \"2027-01-01\"",
        &[
            "3:1: unknown key `lik`",
            "did you mean `like`?",
            "4:1: unknown key `shutdown`",
            "choose one of `like`, `about`",
        ],
    ),
    (
        "[backends.gpt-image.models.foo]\nlike = \"gpt-image-1\"\nlife = { shutdwn = \"x\" }",
        &["unknown key `shutdwn`", "did you mean `shutdown`?"],
    ),
    (
        "[backends.gpt-image.models.foo]\nlike = \"gpt-image-1\"\nlife = \"2026-13-40\"",
        &["3:8: `life` must be a table such as { shutdown = \"2027-04-01\", successor = \"MODEL\" }"],
    ),
    (
        "[backends.gpt-image.models.foo]\nlike = \"gpt-image-1\"\nlife = { shutdown = \"2026-13-40\" }",
        &["3:21: `shutdown` must be a date such as \"2027-04-01\", not \"2026-13-40\""],
    ),
    ("[backends.gpt-image.models.foo]\nmask = true", &["unknown model `foo`", "`like = \"gpt-image-1\"`"]),
    (
        "[backends.codex.models.foo]\nlike = \"gpt-5.3-code\"",
        &["2:8: no such model: `gpt-5.3-code`", "did you mean `gpt-5.3-codex`?"],
    ),
    ("[backends.codex.models.foo]\neffort = []", &["2:1: unknown key `effort`", "did you mean `efforts`?"]),
    (
        "[backends.gpt-image.models.gpt-image-2.prices]\nimage_out = -25\ntext_in = nan",
        &[
            "2:13: `image_out` must be dollars per million tokens from 0 to 10000, not -25",
            "3:11: `text_in` must be dollars per million tokens from 0 to 10000, not NaN",
        ],
    ),
    (
        "[backends.codex.models.\"gpt-5.3-codex\".prices.default]\ninput = -1\ncached = 0\noutput = 1",
        &["2:9: `input` must be dollars per million tokens from 0 to 10000, not -1"],
    ),
    (
        "[backends.gpt-image.defaults]\nquality = \"med\"",
        &["2:11: `quality` does not take `med`", "did you mean `medium`?"],
    ),
    (
        "[backends.sketch.defaults]\nstyle = \"pensil\"",
        &["2:9: `style` does not take `pensil`", "did you mean `pencil`?"],
    ),
    (
        "[backends.sketch.defaults]\nsead = 1\nsizzle = 2",
        &["2:1: none of its models has a setting `sead`", "did you mean `seed`?", "3:1: "],
    ),
    (
        "[backends.mine]\nkind = \"external\"\ncommand = \"python3 x.py\"",
        &["3:11: `command` must be a list, not \"python3 x.py\"", "hint: write a list: [\"python3\", \"x.py\"]"],
    ),
    (
        "[backends.mine]\nkind = \"external\"\ncommand = [\"true\"]\nenv = [\"1BAD\"]",
        &["4:8: `1BAD` is not a variable"],
    ),
    (
        "[backends.mine]\nkind = \"external\"\ncommand = [\"true\"]\ntimeout = \"x\"\nenvv = []",
        &["4:11: `timeout` must be a number, not \"x\"", "5:1: unknown key `envv`", "did you mean `env`?"],
    ),
    (
        "[backends.mine]\nkind = \"external\"\ncommand = [\"true\"]\ntimeout = 1e9",
        &["4:11: `timeout` must be a number of seconds from 0.001 to 86400"],
    ),
];

const LANES_AND_KEYS: &[Row] = &[
    ("[compare.lanes.ink]\nbackend = \"skech\"", &["2:11: there is no backend `skech`", "did you mean `sketch`?"]),
    ("[compare.lanes.sketch]\nbackend = \"gpt-image\"", &["1:16: the lane `sketch` has the same name as a backend"]),
    ("[compare.lanes.ink]\nbackend = \"sketch\"\nmodel = \"skech\"", &["3:9: `sketch` has no model `skech`"]),
    (
        "[compare.lanes.ink]\nbackend = \"sketch\"\nsettings = { styl = \"pencil\" }",
        &["3:14: `sketch` has no setting `styl`", "did you mean `style`?"],
    ),
    (
        "[compare.lanes.ink]\nbackend = \"sketch\"\nsettings = { style = \"pensil\" }",
        &["3:22: `style` does not take `pensil`", "did you mean `pencil`?"],
    ),
    (
        "[compare.lanes.ink]\nbackend = \"sketch\"\nsettings = { seed = 0.5 }",
        &["3:21: `seed` does not take `0.5`: a whole number from 0 to "],
    ),
    ("[keys.promt]\nsubmit = \"enter\"", &["1:7: unknown key `promt`", "did you mean `prompt`?"]),
    ("[keys.history]\nreuse = \"entr\"", &["2:9: `entr` is not a key", "did you mean `enter`?"]),
    ("[keys.global]\nquit = \"gg\"", &["2:8: `gg` is not a key", "key sequences such as `gg` are not supported"]),
    (
        "[keys.global]\nquit = \"ctrl-x ctrl-c\"",
        &["2:8: `ctrl-x ctrl-c` is not a key", "key sequences are not supported"],
    ),
    ("[keys.prompt]\ncursor_left = \"ctrl-b\"", &["2:1: unknown action `cursor_left` in `prompt`"]),
    (
        "[keys.global]\nhelp = 3\nquti = \"f9\"",
        &["2:8: `help` must be a key or a list of keys, not 3", "3:1: unknown action `quti`"],
    ),
    ("keys = 3", &["1:8: `keys` must be a table, not 3"]),
];

fn assert_diagnosed(rows: &[Row]) {
    for (config, expected) in rows {
        let home = Home::with_config(config);
        let said = home.run(["config", "check"]).expect_code(2).run_to_end().expect_no_stdout().stderr;
        for words in *expected {
            assert!(said.contains(words), "no `{words}` of\n{config}\nin\n{said}");
        }
        for rust in ["struct ", "enum ", "expected a sequence", "f64", "u32", "untagged"] {
            assert!(!said.contains(rust), "`{rust}` of\n{config}\nin\n{said}");
        }
        assert!(said.contains("\nhint: "), "no hint of\n{config}\nin\n{said}");
    }
}

#[test]
fn errors_in_sections_have_place_subject_and_hint() {
    assert_diagnosed(SECTIONS);
}

#[test]
fn errors_in_backend_tables_have_place_subject_and_hint() {
    assert_diagnosed(BACKENDS);
}

#[test]
fn errors_in_lanes_and_keys_have_place_subject_and_hint() {
    assert_diagnosed(LANES_AND_KEYS);
}

#[test]
fn a_custom_model_works_in_either_backend_kind() {
    let tables = "[backends.gpt-image.models.foo]\nlike = \"gpt-image-1\"\nlife = { shutdown = \"2027-04-01\" }\n\
                  [backends.codex.models.bar]\nlike = \"gpt-5.3-codex\"\n";
    Home::with_config(tables).run(["config", "check"]).run_to_end().expect_no_stdout().stderr_has("is valid");
}

#[test]
fn keys_that_terminals_cannot_send_give_a_warning() {
    let keys = "[keys.global]\nhelp = \"ctrl-i\"\nredraw = \"ctrl-shift-q\"\n[keys.prompt]\nsubmit = \"ctrl-m\"\nundo = \"f13\"\n";
    let said = Home::with_config(keys).run(["config", "check"]).run_to_end().expect_no_stdout().stderr;
    for words in [
        "2:8: most terminals send `tab`",
        "3:10: most",
        "5:10: most terminals send `enter`",
        "6:8: most terminals send nothing",
    ] {
        assert!(said.contains(words), "no `{words}` in {said}");
    }
}

#[test]
fn a_config_in_another_encoding_names_that_encoding() {
    let home = Home::new();
    home.file("config.toml", b"\xff\xfea\x00 \x00=\x00 \x001\x00");
    home.run(["config", "check"])
        .expect_code(2)
        .run_to_end()
        .stderr_has("is UTF-16 text")
        .stderr_has("save it as UTF-8");
}

#[test]
fn a_broken_theme_is_reported_with_its_line() {
    let home = Home::with_config("theme = \"mine\"\n");
    home.file("themes/mine.toml", b"[palette\n");
    home.run(["config", "check"]).expect_code(2).run_to_end().stderr_has("mine.toml:1:").stderr_has("1 | [palette");
}

#[test]
fn relative_paths_and_tildes_are_expanded_for_every_program() {
    let home = Home::new();
    home.file("work/mine.toml", b"[backends.mine]\nkind = \"external\"\ncommand = [\"sh\", \"./mine.sh\"]\n");
    home.file("work/mine.sh", b"echo '{\"type\":\"hello\",\"versions\":[1],\"name\":\"mine\",\"offline\":true}'\n");
    let path = std::env::var("PATH").unwrap();
    let rows = |run: super::CommandRun<'_>| run.env("PATH", &path).run_to_end().json();
    let ready = |rows: Vec<serde_json::Value>| rows.iter().any(|row| row["name"] == "mine" && row["ready"] == true);
    assert!(ready(rows(home.run(["--config", "mine.toml", "backends", "--json"]))));
    assert!(ready(rows(home.run(["backends", "--json"]).env("TINTYPE_CONFIG", "mine.toml"))));
    let drawn =
        home.run(["generate", "cats", "--size", "64x64"]).env("TINTYPE_DATA_DIR", "~/pics").run_to_end().files();
    assert!(drawn[0].starts_with(home.path("pics")), "{drawn:?}");
    assert!(home.names("work").iter().all(|name| name != "~"));
}

#[test]
fn config_values_are_printed_with_their_origin() {
    let home = Home::with_config("theme = \"nord\"\n[budget]\ndaily = 5\n");
    let file = home.path("config.toml").display().to_string();
    let printed =
        home.run(["config", "print", "--origin", "--theme", "dracula"]).env("NO_COLOR", "1").run_to_end().text();
    let has = |value: &str, origin: &str| {
        let found = printed.lines().any(|line| line.starts_with(value) && line.ends_with(&format!("  # {origin}")));
        assert!(found, "{value} of {origin} in {printed}");
    };
    has("theme = \"nord\"", &format!("{file}:1"));
    has("budget.daily = 5", &format!("{file}:3"));
    has("studio.mouse = true", "default");
    has("theme = \"dracula\"", "--theme");
    has("# NO_COLOR = \"1\"", "environment");
    has("# config file", "environment: TINTYPE_CONFIG");
}

#[test]
fn a_setting_without_effect_beside_others_is_rejected() {
    let home = Home::new();
    let run = home.run(["generate", "a cat", "-b", "gpt-image", "--set", "compression=50", "--dry-run"]);
    let said = run.env("OPENAI_API_KEY", "sk-SECRET-0123456789").expect_code(2).run_to_end().expect_no_stdout().stderr;
    assert!(said.contains("`compression` has no effect unless `format` is "), "{said}");
}

#[test]
fn misspelled_defaults_are_rejected_once_the_program_lists_its_parameters() {
    let table = "[backends.mine]\nkind = \"external\"\ncommand = [\"sh\", \"mine.sh\"]\n[backends.mine.defaults]\nqualty = \"x\"\n";
    let home = Home::with_config(table);
    let hello = r#"echo '{"type":"hello","versions":[1],"name":"mine","offline":true,"params":[{"name":"quality","about":"x","kind":"flag"}]}'"#;
    home.file("mine.sh", format!("{hello}\nread -r order\n").as_bytes());
    let run = home.run(["generate", "a cat", "-b", "mine"]).env("PATH", &std::env::var("PATH").unwrap());
    let said = run.expect_code(2).run_to_end().expect_no_stdout().stderr;
    assert!(said.contains("names `qualty`, which none of its models has"), "{said}");
    assert!(said.contains("its settings are `quality`"), "{said}");
}
