//! The config while the studio runs, a broken config at startup, and the environment variables that act as config.
//! The config format itself is tested beside the reader.

use fake_openai::FakeOpenAi;

use super::*;

#[test]
fn a_changed_config_rebinds_a_key_at_once() {
    let home = Home::new();
    let studio = home.open();
    home.write_config(&format!("{CONFIG}\n[keys.global]\nhelp = \"f5\"\n"));
    studio.wait_for("Config reloaded");
    studio.send(F5);
    studio.wait_for("show the keys");
    quit(studio);
}

#[test]
fn a_config_that_breaks_is_told_with_its_place_and_the_old_one_stays() {
    let home = Home::with_config("[keys.global]\nhelp = \"f5\"\n");
    let studio = home.open();
    home.write_config("\n[keys.global]\nhelpp = \"f6\"\n");
    let view = studio.wait_for("helpp");
    assert!(view.has("config.toml:3:1"), "{view}");
    studio.send(ESC);
    studio.wait_without("helpp");
    studio.send(F5);
    studio.wait_for("show the keys");
    studio.send(ESC);
    home.write_config("[keys.global]\nhelp = \"f6\"\n");
    studio.wait_for("Config reloaded");
    quit(studio);
}

#[test]
fn a_mended_config_takes_its_error_along() {
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
fn the_config_wins_over_the_last_session_and_the_command_line_over_both_for_one_run() {
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
fn a_broken_config_opens_the_studio_on_its_sound_parts_with_a_notice() {
    let home = Home::with_config("themee = \"dracula\"\n[keys.global]\nhelp = \"f5\"\n");
    let studio = home.open();
    let view = studio.wait_for("themee");
    assert!(view.has("config.toml:1:1") && view.has("error: "), "{view}");
    studio.send(ESC);
    studio.wait_for("only the sound parts of the config are in force");
    studio.send(ESC);
    studio.wait_without("only the sound parts");
    studio.send(F5);
    studio.wait_for("show the keys");
    quit(studio);
}

/// Opens the studio with a key, beside a server that would charge for images.
fn with_paid_backend(config: &str) -> (Home, FakeOpenAi) {
    let server = FakeOpenAi::builder().with_key("sk-SECRET-0123456789").start_blocking();
    let home = Home::with_config(config).with("OPENAI_API_KEY", "sk-SECRET-0123456789");
    (home.with("OPENAI_BASE_URL", server.base_url()), server)
}

/// Presses Enter on a prompt, and waits for these words.
fn order(studio: &Pty, answer: &str) {
    studio.send("a fox");
    studio.wait_for("a fox");
    studio.send(ENTER);
    studio.wait_for(answer);
}

#[test]
fn a_typo_elsewhere_in_the_config_lifts_neither_budget_nor_choice() {
    let typo = "[keys.global]\nqiut = \"ctrl-d\"\n";
    let budget = "[budget]\ndaily = 0.0\nmonthly = 0.0\n";
    let (home, server) = with_paid_backend(&format!("default_backend = \"gpt-image\"\n{budget}{typo}"));
    let studio = home.start();
    studio.wait_for("qiut");
    order(&studio, "for a day is spent or under way");
    quit(studio);
    assert!(server.requests().is_empty());
    let (home, server) = with_paid_backend(&format!("default_backend = \"sketch\"\n{budget}{typo}"));
    let studio = home.open();
    studio.wait_until("the backend of the config", |view| view.lines()[0].contains("tintype  sketch"));
    quit(studio);
    assert!(server.requests().is_empty());
}

#[test]
fn with_limits_that_cannot_be_read_only_what_is_free_is_drawn_until_they_can() {
    let (home, server) = with_paid_backend("[budget\ndaily = 0.0\n[backends.sketch]\n");
    let studio = home.start();
    let view = studio.wait_for("nothing that costs is sent until this is fixed");
    assert!(view.has("config.toml:1:"), "{view}");
    order(&studio, "nothing that costs is sent while the config is broken");
    home.write_config("[budget]\ndayly = 0.0\n");
    studio.wait_for("dayly");
    studio.send(ENTER);
    studio.wait_for("nothing that costs is sent while the config is broken");
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
    order(&studio, "a fox");
    studio.wait_until("a paid image", |view| view.has(" s · $"));
    quit(studio);
    assert_eq!(server.images_sent().len(), 1);
}

#[test]
fn a_config_that_breaks_while_the_studio_runs_lifts_no_limit() {
    let limit = |daily: &str| format!("default_backend = \"gpt-image\"\n[budget]\ndaily = {daily}\n");
    let (home, server) = with_paid_backend(&limit("0.001"));
    let studio = home.start();
    studio.wait_for("next $");
    for broken in [limit("5.0") + "[studio]\nmose = true\n", "[budget".to_owned(), limit("5.0") + "dayly = 1"] {
        home.write_config(&broken);
        studio.wait_for("config.toml:");
        order(&studio, "of the $0.0010 for a day is spent or under way");
        studio.send(ESC);
        studio.wait_for("config.toml:");
        studio.send(ESC);
        studio.wait_without("config.toml:");
        studio.send(ctrl('u'));
        studio.wait_without("a fox");
    }
    quit(studio);
    assert!(server.requests().is_empty());
}

#[test]
fn a_stricter_limit_holds_although_the_rest_of_the_file_is_broken() {
    let limit = |daily: &str| format!("default_backend = \"gpt-image\"\n[budget]\ndaily = {daily}\n");
    let (home, server) = with_paid_backend(&limit("5.0"));
    let studio = home.start();
    studio.wait_for("next $");
    home.write_config(&(limit("0.001") + "[studio]\nmose = true\n"));
    studio.wait_for("mose");
    order(&studio, "of the $0.0010 for a day is spent or under way");
    quit(studio);
    assert!(server.requests().is_empty());
}

#[test]
fn without_colours_no_colour_is_sent_and_pictures_are_made_of_ink() {
    let home = Home::new().with("NO_COLOR", "1");
    let studio = home.open();
    studio.send("a red fox");
    studio.send(ENTER);
    studio.wait_until("a picture", |view| view.has(" png · ") && view.count("░") + view.count("▓") > 8);
    studio.send(ctrl('b'));
    studio.wait_for("Which backend");
    studio.send(ESC);
    studio.wait_without("Which backend");
    let ended = quit(studio);
    let raw = String::from_utf8_lossy(&ended.raw);
    let colors = colors(&raw);
    assert!(colors.is_empty(), "{colors:?}");
}

#[test]
fn a_terminal_of_256_colours_gets_no_others() {
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
fn colours_are_told_from_other_looks() {
    assert_eq!(colors("\x1b[0m\x1b[1;4m\x1b[39;49mplain\x1b[?25h m"), Vec::<&str>::new());
    assert_eq!(colors("\x1b[31mred\x1b[48;5;1mback\x1b[1;97mbold"), ["1;97", "31", "48;5;1"]);
}
