//! A key is never on screen, not even if the server repeats it.

use fake_openai::FakeOpenAi;

use super::*;

const KEY: &str = "sk-SECRET-0123456789";

#[test]
fn the_key_is_on_no_screen() {
    let server = FakeOpenAi::builder().with_key(KEY).start_blocking();
    let home = Home::with_config("default_backend = \"gpt-image\"\n");
    let home = home.with("OPENAI_API_KEY", KEY).with("OPENAI_BASE_URL", server.base_url());
    let studio = home.start();
    studio.wait_for("next $");
    studio.send("[fault:invalid-key-echo] a fox");
    studio.wait_for("a fox");
    studio.send(ENTER);
    studio.wait_for("was not accepted");
    studio.send(TAB);
    studio.send("i");
    studio.wait_for("╭ Details");
    studio.send(ESC);
    // An escape with a key right behind it would be read as another key.
    studio.wait_without("╭ Details");
    let ended = quit(studio);
    assert!(!ended.raw.windows(6).any(|bytes| bytes == b"SECRET"));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_key_in_a_successful_response_is_on_no_screen() {
    let server = FakeOpenAi::builder().with_key(KEY).start_blocking();
    let home = Home::with_config("default_backend = \"gpt-image\"\n");
    let home = home.with("OPENAI_API_KEY", KEY).with("OPENAI_BASE_URL", server.base_url());
    let studio = home.start();
    studio.wait_for("next $");
    studio.send("[fault:echo-key] a whale");
    studio.wait_for("a whale");
    studio.send(ENTER);
    studio.wait_until("a finished image", View::has_finished_picture);
    studio.send(TAB);
    studio.send("i");
    studio.wait_for("╭ Details");
    studio.send(ESC);
    studio.wait_without("╭ Details");
    let ended = quit(studio);
    assert!(!ended.raw.windows(6).any(|bytes| bytes == b"SECRET"));
}

#[test]
fn the_editor_gets_no_key_whatever_the_variable() {
    let home = Home::with_config(&format!(
        "{CONFIG}[backends.mine]\nkind = \"gpt-image\"\napi_key_env = \"MINE\"\n[backends.gpt-image]\nkind = \"gpt-image\"\n"
    ));
    let home = home.with("OPENAI_API_KEY", KEY).with("MINE", "another-SECRET-42").with("COPY", KEY).with("KEPT", "yes");
    let home = home.with("EDITOR", "env >seen; echo");
    let studio = home.start();
    studio.wait_for("next $");
    studio.send("a fox");
    studio.wait_for("│ a fox");
    studio.send(ctrl('g'));
    studio.wait_until("the editor has seen its environment", |_| home.path("seen").exists());
    studio.wait_for("│ a fox");
    quit(studio);
    let seen = fs::read_to_string(home.path("seen")).unwrap();
    assert!(seen.contains("KEPT=yes") && !seen.contains("SECRET"), "{seen}");
}
