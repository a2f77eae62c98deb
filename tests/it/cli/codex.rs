use std::fs;

use fake_openai::{FakeOpenAi, Fault};

use super::{Home, Run, events, text};

/// The key that must turn up nowhere.
const KEY: &str = "sk-SECRET-0123456789";

fn codex<'a, const N: usize>(home: &'a Home, server: &FakeOpenAi, args: [&str; N]) -> Run<'a> {
    home.run(args).arg("--backend=codex").env("OPENAI_API_KEY", KEY).env("OPENAI_BASE_URL", &server.base_url())
}

fn server() -> FakeOpenAi {
    FakeOpenAi::builder().with_key(KEY).start_blocking()
}

#[test]
fn a_drawing_is_saved_as_a_picture_with_its_source_beside_it() {
    let (home, server) = (Home::new(), server());
    let args = ["generate", "a pelican riding a bicycle", "--set", "reasoning=high", "--json"];
    let objects = codex(&home, &server, args).go().json();
    assert_eq!(events(&objects).last(), Some(&"done"));
    let image = objects.iter().find(|object| object["event"] == "image").unwrap();
    let path = std::path::Path::new(text(image, "path"));
    assert!(fs::read(path).unwrap().starts_with(b"\x89PNG"));
    assert!(fs::read_to_string(path.with_extension("svg")).unwrap().starts_with("<svg"));
    let done = objects.last().unwrap();
    assert!(done["cost_usd"].as_f64().unwrap() > 0.0 && done["usage"]["reasoning_tokens"].is_u64(), "{done}");
    let row = home.run(["history", "--json"]).go().json().remove(0);
    assert_eq!((text(&row, "validity"), text(&row, "backend")), ("raw valid", "codex"));
}

#[test]
fn an_edit_of_an_edit_keeps_the_chain_and_the_conversation() {
    let (home, server) = (Home::new(), server());
    codex(&home, &server, ["generate", "a pelican"]).go();
    let image = |home: &Home| {
        let row = home.run(["history", "--json", "--limit", "1"]).go().json().remove(0);
        (row["images"][0]["id"].as_str().unwrap().to_owned(), row["parent"].as_str().map(str::to_owned))
    };
    let (first, none) = image(&home);
    codex(&home, &server, ["edit", &first, "make it blue"]).go();
    let (second, parent) = image(&home);
    codex(&home, &server, ["edit", &second, "add a hat"]).go();
    let (_, grandparent) = image(&home);
    assert_eq!((none, parent, grandparent), (None, Some(first), Some(second)));
    let requests = server.requests_to("/v1/responses");
    let previous: Vec<bool> =
        requests.iter().map(|request| request.json().unwrap()["previous_response_id"].is_string()).collect();
    assert_eq!(previous, [false, true, true]);
}

#[test]
fn a_drawing_that_cannot_be_shown_is_invalid_in_the_history() {
    let home = Home::new();
    let server = FakeOpenAi::builder().with_key(KEY).always(Fault::BrokenSvg).start_blocking();
    let ran = codex(&home, &server, ["generate", "a pelican", "--json"]).fails(1).go();
    assert!(ran.stderr.contains("cannot be shown") && ran.stderr.contains("\nhint: "), "{}", ran.stderr);
    let row = home.run(["history", "--json"]).go().json().remove(0);
    assert_eq!((text(&row, "state"), text(&row, "validity")), ("failed", "invalid"));
}

#[test]
fn a_directed_prompt_is_drawn_and_both_prompts_are_kept() {
    let (home, server) = (Home::new(), server());
    let run = home.run(["generate", "a red fox", "--direct", "-b", "sketch", "--json"]);
    let objects = run.env("OPENAI_API_KEY", KEY).env("OPENAI_BASE_URL", &server.base_url()).go().json();
    assert_eq!((text(&objects[0], "event"), text(&objects[0], "from")), ("directed", "a red fox"));
    let prompt = text(&objects[0], "prompt").to_owned();
    assert!(prompt.contains("a red fox") && prompt.len() > 20, "{prompt}");
    assert!(objects[0]["cost_usd"].as_f64().unwrap() > 0.0);
    let row = home.run(["history", "--json"]).go().json().remove(0);
    assert_eq!((text(&row, "prompt"), text(&row["directed"], "from")), (prompt.as_str(), "a red fox"));
    let asked = server.requests_to("/v1/responses")[0].json().unwrap().clone();
    assert!(asked["instructions"].as_str().unwrap().contains("draws single words it knows"), "{asked}");
}

#[test]
fn a_director_keeps_the_budget_and_needs_a_model_that_answers() {
    let (home, server) = (Home::with_config("[budget]\ndaily = 0.00001\n"), server());
    let run = home.run(["generate", "a fox", "--direct", "-b", "sketch"]).env("OPENAI_API_KEY", KEY);
    run.env("OPENAI_BASE_URL", &server.base_url()).fails(7).go().stderr_has("daily");
    assert!(server.requests().is_empty());
    home.run(["generate", "a fox", "--direct=sketch"]).fails(3).go().stderr_has("hint: name one of kind `codex`");
    home.run(["generate", "a fox", "--direct=nobody"]).fails(2).go().stderr_has("nobody");
}
