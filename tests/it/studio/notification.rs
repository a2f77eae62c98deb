//! A notification reaches a terminal whose window does not have the focus, and only then.

use super::*;

/// The terminal reports that its window lost the focus.
const FOCUS_LOST: &str = "\x1b[O";

fn text(raw: &[u8]) -> String {
    String::from_utf8_lossy(raw).into_owned()
}

fn generate(studio: &Pty) {
    studio.send("a red fox");
    studio.send(ENTER);
    studio.wait_for("256x256 png");
}

#[test]
fn window_without_the_focus_is_notified_as_its_terminal_understands() {
    let kinds = [
        ("xterm-kitty", "\x1b]99;o=unfocused;Tintype: 1 image ready\x1b\\"),
        ("foot", "\x1b]777;notify;Tintype;1 image ready\x1b\\"),
    ];
    for (term, expected) in kinds {
        let home = Home::new().with("TERM", term);
        let studio = home.open();
        studio.send(FOCUS_LOST);
        generate(&studio);
        studio.wait_for_bytes("a notification", 0, |raw| text(raw).contains(expected));
        quit(studio);
    }
}

#[test]
fn window_with_the_focus_is_not_notified() {
    let home = Home::new().with("TERM", "foot");
    let studio = home.open();
    generate(&studio);
    assert!(!text(&quit(studio).raw).contains("]777;"));
}
