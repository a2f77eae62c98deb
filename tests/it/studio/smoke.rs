//! The smoke test of the first two days: type a prompt, watch the image, find it again tomorrow.
//! Failures on the way are covered by the neighboring modules.

use super::*;

const PROMPT: &str = "three cats under a full moon by the sea";

#[test]
fn a_prompt_becomes_an_image_and_a_row_that_survives_a_restart() {
    let home = Home::with_config("");
    let studio = home.open();
    let first = studio.wait_for("Type what you want to see");
    assert!(!first.has_picture(), "{first}");
    studio.send(PROMPT);
    studio.wait_for(PROMPT);
    studio.send(ENTER);
    let done = studio.wait_until("a finished image", View::has_finished_picture);
    assert!(done.has("1024x1024 png"), "{done}");
    assert!(done.has("three cats under a full"), "no row in the history: {done}");
    // The studio in which a job has just ended may show an early preview for a moment; one that reads the file does
    // not.
    let reader = home.open();
    let meant = reader.wait_until("the image in the file", View::has_finished_picture);
    studio.wait_until("the whole image", |view| view.looks_like(&meant));
    quit(reader);
    quit(studio);

    let studio = home.open();
    let again = studio.wait_until("the image of yesterday", View::has_finished_picture);
    assert!(again.has("history 1") && again.has("three cats under a full"), "{again}");
    assert!(again.looks_like(&meant), "a different image than before: {again}");
    quit(studio);
}

#[test]
fn an_image_from_another_process_appears_in_an_open_studio() {
    let home = Home::new();
    let studio = home.open();
    studio.wait_for("nothing yet");
    let elsewhere = home.shell("\"$0\" generate 'a red fox'");
    assert_eq!(elsewhere.wait_for_end().status, Ok(0));
    studio.wait_until("its image", |view| view.has_finished_picture() && view.has("history 1"));
    quit(studio);
}

#[test]
fn several_concurrent_images_each_become_a_row() {
    let home = Home::new();
    let studio = home.open();
    for prompt in ["a red fox", "a blue whale", "a green tree"] {
        studio.send(prompt);
        studio.wait_for(prompt);
        studio.send(ENTER);
        studio.wait_for("Describe an image…");
    }
    studio.wait_until("three rows, all done", |view| view.has("history 3") && !view.has("cancel"));
    quit(studio);
}

#[test]
fn reusing_an_image_fills_in_its_prompt() {
    let home = Home::new();
    let studio = home.open_with_picture("a red fox");
    studio.send(TAB);
    studio.wait_for("reuse");
    studio.send("s");
    let view = studio.wait_for("Restored prompt and settings");
    assert_eq!(view.count("a red fox"), 3, "row, title and prompt: {view}");
    quit(studio);
}
