//! The config while the studio runs, a broken config at startup, and the environment variables that act as config.
//! The config format itself is tested beside the reader.

use fake_openai::FakeOpenAi;

use super::*;

#[test]
fn a_changed_config_rebinds_a_key_immediately() {
    let home = Home::new();
    let studio = home.open();
    home.write_config(&format!("{CONFIG}\n[keys.global]\nhelp = \"f5\"\n"));
    studio.wait_for("Config reloaded");
    studio.send(F5);
    studio.wait_for("╭ Keys");
    quit(studio);
}

#[test]
fn a_changed_config_takes_effect_as_a_whole() {
    let home = Home::new();
    let studio = home.open_with_picture("a red fox");
    let sent = studio.sent();
    fs::create_dir(home.path("themes")).unwrap();
    home.write("themes/mine.toml", "about = \"mine\"\ninherits = \"dracula\"\n");
    home.write_config(&format!(
        "{CONFIG}\n[preview]\ndriver = \"kitty\"\nthumbnails = true\n[studio]\nmouse = false\n"
    ));
    studio.wait_for_bytes("the image in the new protocol", sent, |raw| {
        String::from_utf8_lossy(raw).contains("\x1b_Ga=t,")
    });
    studio.wait_for_bytes("no mouse", sent, |raw| String::from_utf8_lossy(raw).contains("\x1b[?1000l"));
    studio.wait_for_bytes("a thumbnail", sent, |raw| String::from_utf8_lossy(raw).matches("\x1b_Ga=p,").count() > 1);
    studio.send(ctrl('t'));
    studio.send("mine");
    studio.wait_until("the new theme in the list", |view| view.has("mine"));
    studio.send(ENTER);
    studio.wait_without("Theme");
    quit(studio);
}

#[test]
fn a_broken_config_is_reported_with_its_position_and_the_old_one_kept() {
    let home = Home::with_config("[keys.global]\nhelp = \"f5\"\n");
    let studio = home.open();
    home.write_config("\n[keys.global]\nhelpp = \"f6\"\n");
    let view = studio.wait_for("helpp");
    assert!(view.has("config.toml:3:1"), "{view}");
    studio.send(ESC);
    studio.wait_without("helpp");
    studio.send(F5);
    studio.wait_for("╭ Keys");
    studio.send(ESC);
    home.write_config("[keys.global]\nhelp = \"f6\"\n");
    studio.wait_for("Config reloaded");
    quit(studio);
}

#[test]
fn a_repaired_config_clears_its_error() {
    let home = Home::new();
    let studio = home.open();
    home.write_config("themee = \"dracula\"\n");
    studio.wait_for("themee");
    home.write_config("theme = \"dracula\"\n");
    let view = studio.wait_for("Config reloaded");
    assert!(!view.has("more)"), "nothing waits behind it: {view}");
    studio.wait_without("Config reloaded");
    assert!(!studio.wait_for("keys").has("themee"));
    quit(studio);
}

#[test]
fn flags_override_the_config_which_overrides_the_last_session() {
    let home = Home::with_config("default_backend = \"sketch\"\n[backends.crayon]\nkind = \"sketch\"\n");
    let plain = home.open();
    let ours = plain.wait_for("tintype").colors_of("tintype");
    quit(plain);
    let mut command = home.command(TINTYPE);
    command.args(["--theme", "dracula"]);
    let flagged = Pty::run(command, WINDOW, TerminalReply::Plain(""));
    assert_ne!(flagged.wait_for("free").colors_of("tintype"), ours);
    flagged.send(ctrl('b'));
    flagged.wait_for("crayon");
    flagged.send("crayon\r");
    flagged.wait_for("crayon · sketch");
    quit(flagged);
    let after = home.open();
    let view = after.wait_for("tintype  sketch");
    assert_eq!(view.colors_of("tintype"), ours, "the flag was for one run: {view}");
    quit(after);
}

#[test]
fn the_studio_opens_with_the_valid_parts_of_a_broken_config() {
    let home = Home::with_config("themee = \"dracula\"\n[keys.global]\nhelp = \"f5\"\n");
    let studio = home.open();
    let view = studio.wait_for("themee");
    assert!(view.has("config.toml:1:1") && view.has("error: "), "{view}");
    studio.send(ESC);
    studio.wait_without("themee");
    studio.send(F12);
    let view = studio.wait_for("invalid parts of the config are ignored");
    assert!(view.has("themee"), "{view}");
    studio.send(ESC);
    studio.wait_without("invalid parts of the config");
    studio.send(F5);
    studio.wait_for("╭ Keys");
    quit(studio);
}

/// Opens the studio with a key, beside a server that would charge for images.
fn with_paid_backend(config: &str) -> (Home, FakeOpenAi) {
    let server = FakeOpenAi::builder().with_key("sk-SECRET-0123456789").start_blocking();
    let home = Home::with_config(config).with("OPENAI_API_KEY", "sk-SECRET-0123456789");
    (home.with("OPENAI_BASE_URL", server.base_url()), server)
}

/// Presses Enter on a prompt, and waits for these words.
fn submit_prompt(studio: &Pty, answer: &str) {
    studio.send("a fox");
    studio.wait_for("a fox");
    studio.send(ENTER);
    studio.wait_for(answer);
}

#[test]
fn an_unrelated_typo_keeps_budget_and_backend() {
    let typo = "[keys.global]\nqiut = \"ctrl-d\"\n";
    let budget = "[budget]\ndaily = 0.0\nmonthly = 0.0\n";
    let (home, server) = with_paid_backend(&format!("default_backend = \"gpt-image\"\n{budget}{typo}"));
    let studio = home.start();
    studio.wait_for("qiut");
    submit_prompt(&studio, "per day is spent or reserved");
    quit(studio);
    assert!(server.requests().is_empty());
    let (home, server) = with_paid_backend(&format!("default_backend = \"sketch\"\n{budget}{typo}"));
    let studio = home.open();
    studio.wait_until("the backend of the config", |view| view.lines()[0].contains("tintype  sketch"));
    quit(studio);
    assert!(server.requests().is_empty());
}

#[test]
fn unreadable_limits_block_paid_jobs_until_repaired() {
    let (home, server) = with_paid_backend("[budget\ndaily = 0.0\n[backends.sketch]\n");
    let studio = home.start();
    let view = studio.wait_for("paid requests are blocked until this is fixed");
    assert!(view.has("config.toml:1:"), "{view}");
    submit_prompt(&studio, "paid requests are blocked while the config is broken");
    home.write_config("[budget]\ndayly = 0.0\n");
    studio.wait_for("dayly");
    studio.send(ENTER);
    studio.wait_for("paid requests are blocked while the config is broken");
    assert!(server.requests().is_empty());
    studio.send(ctrl('b'));
    studio.wait_for("free, offline");
    studio.send("sketch");
    studio.wait_for("› sketch");
    studio.send(ENTER);
    studio.wait_without("free, offline");
    studio.send(ENTER);
    studio.wait_until("a free image", View::has_finished_picture);
    home.write_config("default_backend = \"mine\"\n[backends.mine]\nkind = \"gpt-image\"\n[budget]\ndaily = 5.0\n");
    studio.wait_for("next $");
    submit_prompt(&studio, "a fox");
    studio.wait_until("a paid image", |view| view.has(" s · $"));
    quit(studio);
    assert_eq!(server.images_sent().len(), 1);
}

#[test]
fn a_config_broken_at_runtime_lifts_no_limit() {
    let limit = |daily: &str| format!("default_backend = \"gpt-image\"\n[budget]\ndaily = {daily}\n");
    let (home, server) = with_paid_backend(&limit("0.001"));
    let studio = home.start();
    studio.wait_for("next $");
    for broken in [limit("5.0") + "[studio]\nmose = true\n", "[budget".to_owned(), limit("5.0") + "dayly = 1"] {
        home.write_config(&broken);
        studio.wait_for("config.toml:");
        submit_prompt(&studio, "of $0.0010 per day is spent or reserved");
        studio.send(ESC);
        studio.wait_without("per day is spent or reserved");
        studio.send(ctrl('u'));
        studio.wait_without("a fox");
    }
    quit(studio);
    assert!(server.requests().is_empty());
}

#[test]
fn a_stricter_limit_applies_even_if_the_rest_is_broken() {
    let limit = |daily: &str| format!("default_backend = \"gpt-image\"\n[budget]\ndaily = {daily}\n");
    let (home, server) = with_paid_backend(&limit("5.0"));
    let studio = home.start();
    studio.wait_for("next $");
    home.write_config(&(limit("0.001") + "[studio]\nmose = true\n"));
    studio.wait_for("mose");
    submit_prompt(&studio, "of $0.0010 per day is spent or reserved");
    quit(studio);
    assert!(server.requests().is_empty());
}

#[test]
fn no_color_sends_no_color_and_draws_images_as_text() {
    let home = Home::new().with("NO_COLOR", "1");
    let studio = home.open();
    studio.send("a red fox");
    studio.send(ENTER);
    studio.wait_until("an image", |view| view.has(" png · ") && view.count("░") + view.count("▓") > 8);
    studio.send(ctrl('b'));
    studio.wait_for("╭ Backend");
    studio.send(ESC);
    studio.wait_without("╭ Backend");
    let ended = quit(studio);
    let raw = String::from_utf8_lossy(&ended.raw);
    let colors = colors(&raw);
    assert!(colors.is_empty(), "{colors:?}");
}

#[test]
fn a_256_color_terminal_gets_only_those_colors() {
    let home = Home::new().with("COLORTERM", "");
    let studio = home.open_with_picture("a red fox");
    let ended = quit(studio);
    let raw = String::from_utf8_lossy(&ended.raw);
    let colors = colors(&raw);
    assert!(!colors.is_empty() && colors.iter().all(|color| !color.contains("8;2;")), "{colors:?}");
}

/// Returns the colors that were requested, in the order in which the terminal received them.
fn colors(raw: &str) -> Vec<&str> {
    let sequences = raw.split("\x1b[").skip(1).filter_map(|rest| rest.split_once('m').map(|(codes, _)| codes));
    let is_sgr = |codes: &&str| codes.chars().all(|c| c.is_ascii_digit() || c == ';' || c == ':');
    let colors = sequences.filter(is_sgr).filter(|codes| codes.split([';', ':']).any(is_color));
    let mut colors: Vec<&str> = colors.collect();
    colors.sort_unstable();
    colors.dedup();
    colors
}

fn is_color(code: &str) -> bool {
    matches!(code.parse(), Ok(30_u8..=38 | 40..=48 | 90..=97 | 100..=107))
}

#[test]
fn colors_are_distinguished_from_other_attributes() {
    assert_eq!(colors("\x1b[0m\x1b[1;4m\x1b[39;49mplain\x1b[?25h m"), Vec::<&str>::new());
    assert_eq!(colors("\x1b[31mred\x1b[48;5;1mback\x1b[1;97mbold"), ["1;97", "31", "48;5;1"]);
}
