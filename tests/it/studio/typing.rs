//! Typing and pasting, before the studio is ready and after, and input that must never reach the terminal.

use super::*;

#[test]
fn a_multiline_prompt_is_sent_as_one() {
    let home = Home::new();
    let studio = home.open();
    studio.send("a red fox");
    studio.send(ALT_ENTER);
    studio.send("in the snow");
    studio.send(ctrl('j'));
    studio.send("at night");
    let view = studio.wait_for("at night");
    let line = |words: &str| view.line_of(words).unwrap();
    assert_eq!((line("in the snow"), line("at night")), (line("a red fox") + 1, line("a red fox") + 2), "{view}");
    studio.send(ENTER);
    studio.wait_until("its image", |view| view.has("a red fox␤in the snow␤at night") && view.has_finished_picture());
    quit(studio);
}

#[test]
fn a_multiline_paste_is_inserted_and_not_sent() {
    let home = Home::new();
    let studio = home.open();
    let lines: Vec<String> = (1..=40).map(|number| format!("line {number} of a poem")).collect();
    studio.paste(&lines.join("\n"));
    studio.wait_until("the text in the editor, and a history without a job", |view| {
        ["line 39 of a poem", "line 40 of a poem", "nothing yet"].iter().all(|words| view.has(words))
    });
    quit(studio);
}

#[test]
fn a_huge_paste_is_truncated_and_can_be_cleared() {
    let home = Home::new();
    let studio = home.open();
    studio.paste(&"a red fox and a blue whale\n".repeat(40_000));
    studio.wait_for("prompt is full: 1016000 characters left out");
    studio.send(ctrl('c'));
    studio.wait_for("Describe an image…");
    quit(studio);
}

#[test]
fn a_long_unbracketed_paste_is_read_and_the_next_key_works() {
    let home = Home::new();
    let studio = home.open();
    studio.send(format!("{} the end of it", "a red fox ".repeat(6_000)));
    quit(studio);
    // A prompt that is too long to be sent has no price to wait for.
    let studio = home.start();
    studio.wait_for("the end of it");
    quit(studio);
}

#[test]
fn keys_typed_before_the_studio_is_ready_are_not_lost() {
    let home = Home::new();
    let studio = home.start();
    studio.send("a red fox");
    studio.wait_until("the words in the editor", |view| view.screen().alternate_screen() && view.has("│ a red fox"));
    quit(studio);
}

#[test]
fn keys_typed_during_terminal_queries_are_not_lost() {
    let home = Home::new();
    let studio = Pty::run(home.command(TINTYPE), WINDOW, TerminalReply::Silent);
    studio.wait_for_bytes("the question", 0, |bytes| bytes.windows(3).any(|end| end == b"\x1b[c"));
    studio.send("a red fox");
    studio.send(pty::ATTRIBUTES);
    studio.send(" and a whale");
    studio.wait_until("the words in the editor", |view| view.has("│ a red fox and a whale"));
    quit(studio);
}

#[test]
fn the_studio_opens_in_a_terminal_without_replies() {
    let home = Home::new();
    let studio = Pty::run(home.command(TINTYPE), WINDOW, TerminalReply::Silent);
    studio.wait_for("Describe an image…");
    quit(studio);
}

#[test]
fn an_unsent_prompt_survives_a_restart() {
    let home = Home::new();
    let studio = home.open();
    studio.send("half a thought");
    studio.send(ALT_ENTER);
    studio.send("and the other half");
    studio.wait_for("and the other half");
    quit(studio);
    let studio = home.open();
    studio.wait_until("the prompt", |view| view.has("half a thought") && view.has("and the other half"));
    quit(studio);
}

#[test]
fn command_line_words_become_the_prompt() {
    let home = Home::new();
    let mut command = home.command(TINTYPE);
    command.args(["a", "red fox"]);
    let studio = Pty::run(command, WINDOW, TerminalReply::Plain(""));
    studio.wait_for("│ a red fox");
    quit(studio);
}

#[test]
fn a_prompt_can_be_edited_in_the_users_editor() {
    let home = Home::new().with("EDITOR", "sh editor.sh --wait");
    home.write(
        "editor.sh",
        "stty -a >modes.txt\ncat \"$2\"\necho\necho the editor is open\nread line\nprintf '%s\\nand a whale\\n' \"$line\" >\"$2\"\n",
    );
    let studio = home.open();
    studio.send("a fox");
    studio.wait_for("│ a fox");
    studio.send(ctrl('g'));
    let editing = studio.wait_for("the editor is open");
    assert!(editing.has("a fox") && !editing.screen().alternate_screen(), "{editing}");
    studio.send("a red fox\r");
    studio.wait_until("what was written", |view| view.has("│ a red fox") && view.has("│ and a whale"));
    let modes = fs::read_to_string(home.path("modes.txt")).unwrap();
    assert!(modes.contains(" icanon") && modes.contains(" echo "), "the editor got a raw terminal: {modes}");
    studio.send("!");
    studio.wait_for("and a whale!");
    quit(studio);
}

#[test]
fn a_failing_editor_leaves_the_prompt_unchanged() {
    let home = Home::new().with("EDITOR", "false");
    let studio = home.open();
    studio.send("a fox");
    studio.wait_for("│ a fox");
    studio.send(ctrl('g'));
    let view = studio.wait_for("the editor `false` failed");
    assert!(view.has("│ a fox") && view.has("hint: "), "{view}");
    quit(studio);
}

#[test]
fn escape_sequences_in_a_prompt_never_reach_the_terminal() {
    const EVIL: [&str; 4] = ["\x1b]0;stolen title\x07", "\x1b[2J\x1b[31mred", "\u{9b}5mblink", "\u{202e}backwards"];
    let home = Home::new();
    home.add_records(&EVIL);
    let studio = home.open();
    studio.wait_for("history 4");
    studio.send(TAB);
    for _ in EVIL {
        studio.wait_for("reuse");
        studio.send("i");
        studio.wait_for("Esc");
        studio.send(ESC);
        studio.wait_for("reuse");
        studio.send(DOWN);
    }
    let view = studio.wait_for("stolen title");
    assert!(view.has("␛]0;stolen title␇"), "{view}");
    let ended = quit(studio);
    let text = String::from_utf8_lossy(&ended.raw).into_owned();
    for evil in ["\x1b]0;stolen", "\x1b[31mred", "\u{9b}", "\u{202e}"] {
        assert!(!text.contains(evil), "{evil:?} reached the terminal");
    }
}

#[test]
fn a_paste_with_escape_sequences_is_harmless() {
    let home = Home::new();
    let studio = home.open();
    studio.paste("a \x1b[31mred\x1b]0;stolen title\x07 fox");
    studio.wait_for("[31mred]0;stolen title fox");
    let ended = quit(studio);
    assert!(!String::from_utf8_lossy(&ended.raw).contains("\x1b]0;stolen"));
}
