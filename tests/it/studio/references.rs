//! The story of an edit: a dropped image, its result, what changed, and the next edit of the result.

use fake_openai::FakeOpenAi;

use super::*;

const ALT_E: &str = "\x1be";
const ALT_I: &str = "\x1bi";

#[test]
fn dropped_image_is_edited_and_the_next_edit_continues_from_the_result() {
    let server = FakeOpenAi::builder().with_key("sk-test-0123456789").start_blocking();
    let home = Home::with_config("default_backend = \"gpt-image\"\n")
        .with("OPENAI_API_KEY", "sk-test-0123456789")
        .with("OPENAI_BASE_URL", server.base_url());
    assert_eq!(home.shell("\"$0\" generate 'a red fox' -o 'my fox.png'").wait_for_end().status, Ok(0));
    let studio = home.start();
    studio.wait_for("history 1");
    studio.paste(&format!("'{}' ", home.path("my fox.png").display()));
    let editing = studio.wait_for("[1 my fox.png ×]");
    assert!(editing.has("editing my fox.png") && editing.has("Describe the change…"), "{editing}");
    studio.send("make it night");
    studio.wait_for("make it night");
    studio.send(ENTER);
    studio.wait_until("the result", |view| view.has("╭ make it night") && view.has("C2PA"));
    studio.send(TAB);
    studio.send(TAB);
    studio.send("b");
    studio.wait_for("source of make it night");
    studio.send("b");
    studio.wait_for("of the pixels changed");
    studio.send("b");
    studio.wait_for("╭ make it night");
    studio.send(ESC);
    studio.wait_for("Enter send");
    studio.send(ALT_E);
    studio.wait_for("[1 make it night ×]");
    studio.send(ALT_I);
    studio.wait_for("my fox.png");
    studio.send("my\t");
    studio.wait_for("› my fox.png");
    studio.send(ENTER);
    studio.wait_for("[2 my fox.png ×]");
    quit(studio);
}

#[test]
fn dropped_path_of_something_else_is_named_and_stays_as_text() {
    let home = Home::new();
    assert_eq!(home.shell("echo hello > text.png").wait_for_end().status, Ok(0));
    let studio = home.open();
    studio.paste(&home.path("text.png").display().to_string());
    let refused = studio.wait_for("is not a PNG, JPEG, WebP, GIF or SVG");
    assert!(refused.has("text.png"), "{refused}");
    quit(studio);
}
