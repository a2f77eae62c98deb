use pretty_assertions::assert_eq;
use tintype_backends::Usd;

use super::*;

fn parse(text: &str) -> Result<Config, Vec<Diagnostic>> {
    Config::parse("config.toml", text)
}

/// Returns the problems of `text` as they are printed.
fn problems_of(text: &str) -> String {
    let problems = parse(text).expect_err("it has an error");
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_empty_file_is_the_defaults() {
    let (empty, defaults) = (parse("").unwrap(), Config::defaults());
    assert_eq!(empty.to_toml(), defaults.to_toml());
    assert_eq!(defaults.default_backend, "auto");
    assert_eq!(defaults.theme.name(Some(false)), "daylight");
    assert_eq!(defaults.theme.name(None), "tintype");
    assert!(defaults.studio.mouse && defaults.studio.restore);
    let unknown_price = Some(Usd::from_dollars(0.5));
    assert_eq!(defaults.budget, Budget { unknown_price, ..Budget::default() }, "nothing is limited");
    assert_eq!(defaults.backends["sketch"].kind, "sketch");
    assert!(defaults.warnings.is_empty());
}

#[test]
fn the_users_file_wins() {
    let config = parse(
        "theme = \"nord\"\n[budget]\ndaily = 10\n[studio]\neditor = \"code --wait\"\n\
         [backends.mine]\nkind = \"sketch\"\nseed = 7\n[backends.sketch]\nenabled = false",
    )
    .unwrap();
    assert_eq!(config.theme, ThemeChoice::One("nord".into()));
    assert_eq!(config.budget.daily, Some(Usd::from_dollars(10.0)));
    assert!(config.studio.mouse, "unset values keep their defaults");
    assert_eq!(config.studio.editor, Some(vec!["code".to_owned(), "--wait".to_owned()]));
    assert_eq!(config.backends.keys().last().map(String::as_str), Some("mine"));
    assert!(!config.backends.contains_key("sketch"), "a disabled backend is absent");
    assert_eq!(config.backends["mine"].settings, "seed = 7".parse().unwrap());
}

#[test]
fn half_a_pair_of_themes_keeps_the_other_half() {
    let theme = parse("theme = { dark = \"nord\" }").unwrap().theme;
    assert_eq!(theme, ThemeChoice::Pair { dark: "nord".into(), light: "daylight".into() });
}

#[test]
fn a_typo_is_shown_with_line_column_caret_and_the_nearest_key() {
    let expected = "config.toml:2:1: unknown key `dayly`\n2 | dayly = 10\n  | ^^^^^\nhint: did you mean `daily`?";
    assert_eq!(problems_of("[budget]\ndayly = 10"), expected);
    assert!(problems_of("defualt_backend = \"x\"").contains("hint: did you mean `default_backend`?"));
    assert!(problems_of("[studio]\nmose = true").contains("config.toml:2:1: unknown key `mose`"));
    assert!(problems_of("[keys.promt]\n").contains("hint: did you mean `prompt`?"));
}

#[test]
fn a_backend_can_have_a_budget_of_its_own() {
    let budget =
        parse("[budget]\ndaily = 10\n[budget.backends.gpt-image]\ndaily = 5\nunknown_price = 1").unwrap().budget;
    let own = BackendBudget {
        daily: Some(Usd::from_dollars(5.0)),
        unknown_price: Some(Usd::from_dollars(1.0)),
        ..BackendBudget::default()
    };
    assert_eq!((budget.daily, budget.backends["gpt-image"]), (Some(Usd::from_dollars(10.0)), own));
    assert!(parse("[backends.sketch]\nenabled = false\n[budget.backends.sketch]\ndaily = 1").is_ok());
    let expected = "config.toml:1:18: there is no backend `gpt-imgae`\n1 | [budget.backends.gpt-imgae]\n  | \
                    \u{20}                ^^^^^^^^^\nhint: did you mean `gpt-image`?";
    assert_eq!(problems_of("[budget.backends.gpt-imgae]\ndaily = 1"), expected);
    let typo = problems_of("[budget.backends.sketch]\nmontly = 1");
    assert!(typo.starts_with("config.toml:2:1: unknown key `montly`"), "{typo}");
    assert!(typo.ends_with("hint: did you mean `monthly`?"), "{typo}");
}

#[test]
fn lane_of_unknown_backend_is_reported() {
    let lane = |backend: &str| format!("[compare.lanes.ink]\nbackend = \"{backend}\"");
    let expected = "config.toml:2:11: there is no backend `skech`\n2 | backend = \"skech\"\n  |           ^^^^^^^\n\
                    hint: did you mean `sketch`?";
    assert_eq!(problems_of(&lane("skech")), expected);
    assert!(parse(&format!("[backends.sketch]\nenabled = false\n{}", lane("sketch"))).is_ok());
}

#[test]
fn all_problems_are_reported() {
    let all = problems_of("[budget]\ndaily = \"ten\"\n[studio]\nmouse = 1\n[preview]\ndrivr = \"x\"");
    for place in ["config.toml:2:9", "config.toml:4:9", "config.toml:6:1"] {
        assert!(all.contains(place), "{place} in {all}");
    }
}

#[test]
fn wrong_values_are_located() {
    let of = |text| problems_of(text).lines().next().unwrap().to_owned();
    assert_eq!(of("[budget]\ndaily = -1"), "config.toml:2:9: `daily` must be an amount in dollars, 0 or more, not -1");
    assert_eq!(of("default_backend = \"skech\""), "config.toml:1:19: there is no backend `skech`");
    assert_eq!(of("[backends.x]\nmodel = \"m\""), "config.toml:1:11: the backend `x` has no kind");
    assert_eq!(of("theme = { dark = \"a\", lite = \"b\" }"), "config.toml:1:23: unknown key `lite`");
    assert!(of("theme = 3").contains("`theme` must be a theme's name"));
}

#[test]
fn syntax_errors_are_located() {
    assert!(problems_of("a = \n").starts_with("config.toml:1:"));
    assert!(problems_of("[budget]\ndaily = 1\ndaily = 2").starts_with("config.toml:3:1: duplicate key"));
}

#[test]
fn keys_are_a_string_or_a_list_and_an_empty_list_unbinds() {
    let keys = parse("[keys.global]\nquit = \"ctrl-x\"\nhelp = [\"f1\", \"?\"]\npalette = []").unwrap().keys;
    let counts: Vec<_> = keys.iter().map(|key| (key.action.as_str(), key.keys.len())).collect();
    assert_eq!(counts, [("quit", 1), ("help", 2), ("palette", 0)]);
    assert!(keys.iter().all(|key| key.context == "global"));
}

#[test]
fn invalid_keys_are_located() {
    let all = problems_of("[keys.global]\nquit = [\"f1\", \"hyper-x\"]\nhelp = 3");
    assert!(all.contains("config.toml:2:15: `hyper-x` is not a key"), "{all}");
    assert!(all.contains("config.toml:3:8: `help` must be a key or a list of keys, not 3"), "{all}");
}

#[test]
fn callers_can_diagnose_a_path() {
    let config = parse("[keys.global]\nquti = \"ctrl-x\"").unwrap();
    let user = config.diagnose(&["keys", "global", "quti"], "unknown action `quti`", None);
    assert_eq!(user.headline(), "config.toml:2:8: unknown action `quti`");
    let default = config.diagnose(&["preview", "driver"], "unknown driver", None);
    assert!(default.headline().starts_with("config.example.toml:"), "{default}");
}

#[test]
fn an_unknown_kind_is_a_diagnostic_and_the_rest_is_built() {
    let config = parse("[backends.x]\nkind = \"skech\"").unwrap();
    let (built, problems) = config.build_backends(&|_| None);
    assert!(!built.contains_key("x"));
    let x = problems.iter().find(|problem| problem.message.contains("`skech`")).unwrap();
    assert!(x.headline().starts_with("config.toml:2:8: "), "{x}");
    assert_eq!(built.len() + problems.len(), config.backends.len());
}

#[test]
fn contradictory_budget_is_a_warning() {
    let warnings = parse("[budget]\nper_job = 5\ndaily = 1").unwrap().warnings;
    assert_eq!(warnings[0].headline(), "config.toml:2:11: `per_job` is greater than `daily`");
}

#[test]
fn explicit_file_must_exist() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("none.toml");
    let named = ConfigPaths { file: Some(file.clone()), named: true };
    assert_eq!(Config::load(&named).unwrap_err()[0].message, "there is no such file");
    assert!(Config::load(&ConfigPaths { named: false, ..named }).unwrap().file.is_none());
}

#[test]
fn non_utf8_is_located() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config.toml");
    std::io::Write::write_all(&mut std::fs::File::create(&file).unwrap(), b"a = 1\nb = \"\xff\"").unwrap();
    let problems = Config::load(&ConfigPaths { file: Some(file), named: true }).unwrap_err();
    assert_eq!(problems[0].place.as_ref().unwrap().line, 2);
    assert_eq!(problems[0].message, "is not UTF-8 text");
    let folder = Config::load(&ConfigPaths { file: Some(dir.path().into()), named: true }).unwrap_err();
    assert!(folder[0].message.starts_with("cannot be read"));
}

/// Parses a text that has errors.
#[test]
fn motion_and_notifications_are_one_of_a_few_words() {
    let studio = |text: &str| parse(&format!("[studio]\n{text}")).unwrap().studio;
    assert_eq!((studio("").motion, studio("").notify), (Motion::Auto, Notification::Auto));
    assert_eq!(studio("motion = \"none\"").motion, Motion::None);
    assert_eq!(studio("notify = \"bell\"").notify, Notification::Bell);
    assert_eq!(studio("notify = \"never\"").notify, Notification::Never);
    let problems = problems_of("[studio]\nnotify = \"nevr\"");
    assert!(problems.contains("nevr") && problems.contains("did you mean `never`?"), "{problems}");
}

fn parse_faulty(text: &str) -> LoadedConfig {
    let reading = Config::parse_lenient("config.toml", text);
    assert!(!reading.problems.is_empty(), "no error in {text}");
    reading
}

#[test]
fn errors_leave_other_tables_in_effect() {
    let text = "default_backend = \"sketch\"\n[budget]\ndaily = 0\n[keys.global]\nhelp = \"hyper-x\"\nquit = \"f10\"\n\
                [studio]\nmose = true\nrestore = false\n[backends.gpt-image]\nenabled = \"no\"";
    let LoadedConfig { config, problems, is_readable } = parse_faulty(text);
    assert!(is_readable);
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert_eq!((config.default_backend.as_str(), config.budget.daily), ("sketch", Some(Usd::ZERO)));
    assert_eq!(config.budget.paid_refusal, None);
    assert_eq!((config.studio.mouse, config.studio.restore), (true, false));
    assert_eq!(config.keys.iter().map(|key| key.action.as_str()).collect::<Vec<_>>(), ["quit"]);
    assert!(!config.backends.contains_key("gpt-image") && config.backends.contains_key("sketch"));
}

#[test]
fn budget_errors_refuse_paid_requests() {
    for text in [
        "[budget]\ndayly = 0",
        "[budget]\ndaily = -1",
        "budget = 3",
        "[budget.backends.gpt-imgae]\ndaily = 1",
        "[budget.backends.gpt-image]\nmontly = 1",
        "[budgett]\ndaily = 1",
        "daily = 1",
        "[studio]\ndaily = 1",
        "backends = 3",
        "[budget]\ndaily = 1\ndaily = 2",
        "a = ",
    ] {
        let stopped = parse_faulty(text).config.budget.paid_refusal;
        assert!(stopped.as_ref().is_some_and(|why| why.starts_with("config.toml:")), "{text}: {stopped:?}");
    }
}

#[test]
fn unreadable_default_backend_selects_none() {
    assert_eq!(parse_faulty("default_backend = 3").config.default_backend, "");
}

#[test]
fn unreadable_file_falls_back_to_the_defaults() {
    let LoadedConfig { config, is_readable, .. } = parse_faulty("a = ");
    assert!(!is_readable);
    assert_eq!(config.to_toml(), Config::defaults().to_toml());
}

#[test]
fn all_errors_of_a_table_are_reported() {
    let all = problems_of("[budget]\ndayly = 1\nmontly = 2\nper_job = -1\n[studio]\nmouse = 1\nmose = 2");
    for place in ["config.toml:2:1", "config.toml:3:1", "config.toml:4:11", "config.toml:6:9", "config.toml:7:1"] {
        assert!(all.contains(place), "{place} in {all}");
    }
}

#[test]
fn stricter_budget_wins() {
    let one = parse("[budget]\ndaily = 1\nmonthly = 9\n[budget.backends.sketch]\ndaily = 3").unwrap().budget;
    let other = parse("[budget]\ndaily = 2\nper_job = 1\n[budget.backends.sketch]\ndaily = 2").unwrap().budget;
    let both = one.stricter(&other);
    let usd = |dollars| Some(Usd::from_dollars(dollars));
    assert_eq!((both.daily, both.monthly, both.per_job), (usd(1.0), usd(9.0), usd(1.0)));
    assert_eq!(both.backends["sketch"].daily, usd(2.0));
    assert_eq!(both, other.stricter(&one));
}

#[test]
fn lane_named_like_a_backend_is_refused() {
    let expected = "config.toml:1:16: the lane `sketch` has the same name as a backend\n\
                    1 | [compare.lanes.sketch]\n  |                ^^^^^^\nhint: rename the lane";
    assert_eq!(problems_of("[compare.lanes.sketch]\nbackend = \"gpt-image\""), expected);
    let config = parse("[backends.pencil]\nkind = \"sketch\"").unwrap();
    assert!(!config.compare.lanes.contains_key("pencil"), "a lane of the defaults makes way");
    assert!(config.compare.lanes.contains_key("poster"));
}
