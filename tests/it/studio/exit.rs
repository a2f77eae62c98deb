//! However the studio ends, the terminal is restored for the shell.
//! Behavior while it runs is tested elsewhere.

use super::*;
use rustix::process::Signal;

#[test]
fn quitting_restores_the_terminal() {
    let home = Home::new();
    let ended = quit(home.open());
    let text = String::from_utf8_lossy(&ended.raw).into_owned();
    for (on, what) in [("1049", "the other screen"), ("2004", "bracketed paste"), ("1006", "mouse")] {
        let (on, off) = (format!("\x1b[?{on}h"), format!("\x1b[?{on}l"));
        assert!(text.contains(&on) && text.rfind(&off) > text.rfind(&on), "{what} was not switched on and off again");
    }
    assert!(text.rfind("\x1b[?25h") > text.rfind("\x1b[?25l"), "the cursor is not shown again");
}

#[test]
fn a_signal_restores_the_terminal_and_sets_the_exit_code() {
    for signal in [
        Signal::TERM,
        Signal::INT,
        Signal::HUP,
        Signal::QUIT,
        Signal::USR1,
        Signal::USR2,
        Signal::ALARM,
        Signal::VTALARM,
        Signal::PROF,
        Signal::XCPU,
    ] {
        let home = Home::new();
        let studio = home.open();
        studio.signal(signal);
        let ended = studio.wait_for_end();
        assert_eq!(ended.status, Ok(130), "{signal:?}: {}", ended.view);
        ended.assert_restored();
    }
}

#[test]
fn a_signal_while_generating_keeps_the_terminal_and_the_prompt() {
    let home =
        Home::with_config("[backends.sketch]\nkind = \"sketch\"\n[backends.sketch.defaults]\nsize = \"4096x4096\"");
    let studio = home.open();
    studio.send("a red fox");
    studio.wait_for("a red fox");
    studio.send(ENTER);
    studio.wait_for("Ctrl+C cancel");
    studio.signal(Signal::TERM);
    let ended = studio.wait_for_end();
    assert_eq!(ended.status, Ok(130), "{}", ended.view);
    ended.assert_restored();

    let studio = home.open();
    studio.wait_until("the row of the job that was cut off", |view| view.has("history 1") && view.has("a red fox"));
    quit(studio);
}

/// The replies by which kitty identifies itself, sent before its attributes.
const KITTY: &str = "\x1bP>|kitty(0.35.0)\x1b\\\x1b[6;20;10t\x1b[?2026;2$y\x1b[?0u\x1b_Gi=31;OK\x1b\\";

#[test]
fn quitting_clears_images_and_keyboard_mode_in_kitty() {
    let home = Home::new();
    let studio = Pty::run(home.command(TINTYPE), WINDOW, TerminalReply::Plain(KITTY));
    studio.wait_for("Describe an image…");
    studio.send("a red fox");
    studio.send(ENTER);
    studio.wait_for(" png · ");
    studio.wait_for_bytes("an image", 0, |bytes| rightmost(bytes, b"\x1b_Ga=T,U=1").is_some());
    let ended = quit(studio);
    let last = |wanted: &str| rightmost(&ended.raw, wanted.as_bytes());
    assert!(last("\x1b_Ga=d,d=I") > last("\x1b_Ga=T"), "the image is left in the terminal's memory");
    assert!(last("\x1b[<1u") > last("\x1b[>1u") && last("\x1b[>1u").is_some(), "the keyboard is left as it was for us");
}

fn rightmost(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).rposition(|window| window == wanted)
}

#[test]
fn a_closed_terminal_ends_the_studio() {
    let home = Home::new();
    let studio = home.open();
    studio.hang_up();
}

#[test]
fn suspending_restores_the_terminal_and_resumes_in_place() {
    let home = Home::new();
    let shell = home.shell(
        "set -m; \"$0\"; echo \"the shell, $?\"; stty -a >modes.txt; read line; echo \"the shell heard $line\"; fg; stty -a",
    );
    shell.wait_for("Describe an image…");
    shell.send("half a thought");
    shell.wait_for("half a thought");
    shell.send(ctrl('z'));
    let outside = shell.wait_for("the shell, ");
    assert!(!outside.screen().alternate_screen() && !outside.screen().hide_cursor(), "{outside}");
    assert!(!outside.screen().bracketed_paste(), "{outside}");
    shell.send("words\n");
    shell.wait_until("the studio as it was", |view| view.screen().alternate_screen() && view.has("half a thought"));
    shell.send("!");
    shell.wait_for("half a thought!");
    let modes = fs::read_to_string(home.path("modes.txt")).unwrap();
    assert!(modes.contains(" icanon") && modes.contains(" echo "), "the shell was left in other modes: {modes}");
    shell.send(ctrl('q'));
    let ended = shell.wait_for_end();
    ended.assert_restored();
}

#[test]
fn quitting_while_generating_asks_once() {
    let home =
        Home::with_config("[backends.sketch]\nkind = \"sketch\"\n[backends.sketch.defaults]\nsize = \"4096x4096\"");
    let studio = home.open();
    studio.send("a red fox");
    studio.send(ENTER);
    studio.wait_for("Ctrl+C cancel");
    studio.send(ctrl('q'));
    studio.wait_for("image is still running");
    quit(studio);
}
