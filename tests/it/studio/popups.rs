//! Popups over the panes, and settings of the next image: backends, colors, help, the palette, the search.
//! Also, canceling an image.

use super::*;

#[test]
fn a_selected_backend_generates_the_next_image() {
    let home = Home::new();
    let studio = home.open();
    studio.send(ctrl('b'));
    studio.wait_for("╭ Backend");
    studio.send("cray");
    studio.wait_until("one choice", |view| view.has("crayon") && view.count("free, offline") == 1);
    studio.send(ENTER);
    let view = studio.wait_without("╭ Backend");
    assert!(view.lines()[0].contains("tintype  crayon"), "{view}");
    quit(studio);
    let again = home.open();
    again.wait_until("the backend of yesterday", |view| view.lines()[0].contains("tintype  crayon"));
    quit(again);
}

#[test]
fn esc_closes_a_popup_without_changes() {
    let home = Home::new();
    let studio = home.open();
    studio.send(ctrl('b'));
    studio.wait_for("╭ Backend");
    studio.send(DOWN);
    studio.send(ESC);
    let view = studio.wait_without("╭ Backend");
    assert!(view.lines()[0].contains("tintype  sketch"), "{view}");
    quit(studio);
}

#[test]
fn a_selected_theme_changes_the_colors_and_persists() {
    let home = Home::new();
    let studio = home.open();
    let before = studio.wait_for("tintype").colors_of("tintype");
    studio.send(ctrl('t'));
    studio.wait_for("╭ Theme");
    studio.send("dracula");
    studio.wait_for("› dracula");
    studio.send(ENTER);
    let view = studio.wait_until("other colors", |view| !view.has("╭ Theme") && view.colors_of("tintype") != before);
    let dracula = view.colors_of("tintype");
    quit(studio);
    let again = home.open();
    again.wait_until("the colors of yesterday", |view| view.colors_of("tintype") == dracula);
    quit(again);
}

#[test]
fn a_light_terminal_gets_light_colors() {
    let home = Home::new();
    let studio = Pty::run(home.command(TINTYPE), WINDOW, TerminalReply::Plain("\x1b]11;rgb:ffff/ffff/ffff\x1b\\"));
    let view = studio.wait_for("Describe an image…");
    let Some((_, vt100::Color::Rgb(red, green, blue))) = view.colors_of("Describe an") else {
        panic!("no background: {view}")
    };
    assert!(red.min(green).min(blue) > 200, "{red} {green} {blue}");
    quit(studio);
}

#[test]
fn help_opens_and_closes() {
    let home = Home::new();
    let studio = home.open();
    for (open, close) in [(F1, ESC), (F1, F1), (F1, "q")] {
        studio.send(open);
        studio.wait_for("╭ Keys");
        studio.send(close);
        studio.wait_without("╭ Keys");
    }
    studio.send(TAB);
    studio.wait_for("reuse");
    studio.send("?");
    studio.wait_for("╭ Keys");
    studio.send("thrash");
    studio.wait_for("no matches");
    quit(studio);
}

#[test]
fn the_palette_runs_the_selected_command() {
    let home = Home::new();
    let studio = home.open();
    studio.send(ctrl('p'));
    studio.wait_for("╭ Commands");
    studio.send("switch theme");
    studio.wait_for("› switch theme");
    studio.send(ENTER);
    studio.wait_for("╭ Theme");
    quit(studio);
}

#[test]
fn searching_filters_rows_while_typing() {
    let home = Home::new();
    home.add_records(&["a red fox", "a blue whale", "a fox in the snow"]);
    let studio = home.open();
    studio.wait_for("history 3");
    studio.send(ctrl('r'));
    studio.send("fox");
    let found = studio.wait_for("history 2");
    assert!(found.has("a red fox") && found.has("a fox in the snow") && !found.has("whale"), "{found}");
    studio.send(" sn");
    studio.wait_until("one row", |view| view.has("history 1") && !view.has("a red fox"));
    studio.send(ESC);
    studio.wait_for("history 3");
    quit(studio);
}

#[test]
fn a_click_selects_a_row() {
    let home = Home::new();
    home.add_records(&["a red fox", "a blue whale"]);
    let studio = home.open();
    let view = studio.wait_for("history 2");
    let row = view.line_of("a red fox").unwrap() + 1;
    studio.send(format!("\x1b[<0;5;{row}M\x1b[<0;5;{row}m"));
    studio.wait_until("its title over the preview", |view| view.lines()[1].contains("a red fox"));
    quit(studio);
}

#[test]
fn a_running_job_can_be_canceled() {
    let home =
        Home::with_config("[backends.sketch]\nkind = \"sketch\"\n[backends.sketch.defaults]\nsize = \"4096x4096\"");
    let studio = home.open();
    studio.send("a red fox");
    studio.wait_for("a red fox");
    studio.send(ENTER);
    studio.wait_for("Ctrl+C cancel");
    studio.send(ctrl('c'));
    let view = studio.wait_for("Job canceled");
    assert!(!view.has_finished_picture(), "{view}");
    studio.wait_until("the prompt is back", |view| view.count("a red fox") == 3);
    quit(studio);
    let pictures = fs::read_dir(home.data().join("images")).unwrap().count();
    assert_eq!(pictures, 0, "a canceled job left something behind");
}
