//! The config while the studio runs, a broken one at the start, and the environment that counts as config.
//! What a config may say is tested beside the reader.

use super::*;

#[test]
fn a_changed_config_rebinds_a_key_at_once() {
    let home = Home::new();
    let studio = home.open();
    home.write_config(&format!("{CONFIG}\n[keys.global]\nhelp = \"f5\"\n"));
    studio.wait_for("the config was read anew");
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
    assert!(view.has("config.toml:3:9"), "{view}");
    studio.send(ESC);
    studio.wait_without("helpp");
    studio.send(F5);
    studio.wait_for("show the keys");
    studio.send(ESC);
    home.write_config("[keys.global]\nhelp = \"f6\"\n");
    studio.wait_for("the config was read anew");
    quit(studio);
}

#[test]
fn a_broken_config_opens_the_studio_on_defaults_with_a_notice() {
    let home = Home::with_config("themee = \"dracula\"\n");
    let studio = home.open();
    let view = studio.wait_for("themee");
    assert!(view.has("config.toml:1:1") && view.has("error: "), "{view}");
    studio.send(ESC);
    studio.wait_for("the config is not used; these are the defaults");
    quit(studio);
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

/// The colours that were asked for, as the terminal heard it.
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
