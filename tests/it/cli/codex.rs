use std::fs;

use fake_openai::{FakeOpenAi, Fault};

use super::{CommandRun, Home, events, text};

/// The key that must not appear anywhere.
const KEY: &str = "sk-SECRET-0123456789";

fn codex<'a, const N: usize>(home: &'a Home, server: &FakeOpenAi, args: [&str; N]) -> CommandRun<'a> {
    home.run(args).arg("--backend=codex").env("OPENAI_API_KEY", KEY).env("OPENAI_BASE_URL", &server.base_url())
}

fn server() -> FakeOpenAi {
    FakeOpenAi::builder().with_key(KEY).start_blocking()
}

#[test]
fn a_drawing_is_saved_as_an_image_with_its_source() {
    let (home, server) = (Home::new(), server());
    let args = ["generate", "a pelican riding a bicycle", "--set", "reasoning=high", "--json"];
    let objects = codex(&home, &server, args).run_to_end().json();
    assert_eq!(events(&objects).last(), Some(&"done"));
    let image = objects.iter().find(|object| object["event"] == "image").unwrap();
    let path = std::path::Path::new(text(image, "path"));
    assert!(fs::read(path).unwrap().starts_with(b"\x89PNG"));
    assert!(fs::read_to_string(path.with_extension("svg")).unwrap().starts_with("<svg"));
    let done = objects.last().unwrap();
    assert!(done["cost_usd"].as_f64().unwrap() > 0.0 && done["usage"]["reasoning_tokens"].is_u64(), "{done}");
    let row = home.run(["history", "--json"]).run_to_end().json().remove(0);
    assert_eq!((text(&row, "validity"), text(&row, "backend")), ("raw valid", "codex"));
}

#[test]
fn an_edit_of_an_edit_continues_the_chain_and_the_conversation() {
    let (home, server) = (Home::new(), server());
    codex(&home, &server, ["generate", "a pelican"]).run_to_end();
    let image = |home: &Home| {
        let row = home.run(["history", "--json", "--limit", "1"]).run_to_end().json().remove(0);
        (row["images"][0]["id"].as_str().unwrap().to_owned(), row["parent"].as_str().map(str::to_owned))
    };
    let (first, none) = image(&home);
    codex(&home, &server, ["edit", &first, "make it blue"]).run_to_end();
    let (second, parent) = image(&home);
    codex(&home, &server, ["edit", &second, "add a hat"]).run_to_end();
    let (_, grandparent) = image(&home);
    assert_eq!((none, parent, grandparent), (None, Some(first), Some(second)));
    let requests = server.requests_to("/v1/responses");
    let previous: Vec<bool> =
        requests.iter().map(|request| request.json().unwrap()["previous_response_id"].is_string()).collect();
    assert_eq!(previous, [false, true, true]);
    let rows: Vec<String> = home.run(["history"]).run_to_end().text().lines().map(str::to_owned).collect();
    assert!(rows[0].ends_with("↳ add a hat") && rows[1].ends_with("↳ make it blue"), "{rows:?}");
    assert!(rows[2].ends_with("  a pelican"), "{rows:?}");
    let show = |at: usize| home.run(["history", "show", rows[at].split_once(' ').unwrap().0]).run_to_end().text();
    let steps = |text: String, name: &str| -> Vec<String> {
        let steps = text.lines().filter_map(|line| line.strip_prefix(name)?.trim().split_once("  "));
        steps.map(|(_, prompt)| prompt.to_owned()).collect()
    };
    assert_eq!(steps(show(0), "after"), ["make it blue", "a pelican"], "the whole way back");
    assert_eq!(steps(show(1), "led to"), ["add a hat"]);
}

#[test]
fn past_costs_improve_the_estimate() {
    let (home, server) = (Home::new(), server());
    let args = ["generate", "a pelican", "--dry-run", "--json"];
    let guess = |home: &Home| codex(home, &server, args).run_to_end().json().remove(0);
    let before = guess(&home);
    assert_eq!(before["learned_from"], 0);
    for _ in 0..3 {
        codex(&home, &server, ["generate", "a pelican"]).run_to_end();
    }
    let paid =
        home.run(["history", "--json", "--limit", "1"]).run_to_end().json().remove(0)["cost_usd"].as_f64().unwrap();
    let after = guess(&home);
    let [low, high] = [0, 1].map(|at| after["likely_usd"][at].as_f64().unwrap());
    assert_eq!(after["learned_from"], 3);
    assert!(low <= paid && paid <= high && high - low < paid / 10.0, "{after}");
    assert!(after["upper_bound"].as_f64() >= before["upper_bound"].as_f64(), "{after}");
    let other = codex(&home, &server, args).arg("--set").arg("reasoning=xhigh").run_to_end().json().remove(0);
    assert_eq!(other["learned_from"], 0, "another effort is another matter");
}

#[test]
fn a_drawing_is_exported_at_any_size_and_as_source() {
    let (home, server) = (Home::new(), server());
    codex(&home, &server, ["generate", "a pelican", "--size", "300x200"]).run_to_end();
    let row = home.run(["history", "--json"]).run_to_end().json().remove(0);
    let id = text(&row, "id");
    home.run(["history", "export", id, "--width", "900", "-o", "wide.png"]).run_to_end();
    let wide = image::open(home.path("work/wide.png")).unwrap();
    assert_eq!((wide.width(), wide.height()), (900, 600));
    home.run(["history", "export", id, "--svg", "--size", "30x20", "-o", "small.svg"]).run_to_end();
    let small = fs::read_to_string(home.path("work/small.svg")).unwrap();
    assert!(small.starts_with(r#"<svg width="30" height="20""#), "{}", &small[..80]);
    home.run(["history", "export", id, "--width", "99999"]).expect_code(2).run_to_end().stderr_has("too long an edge");
}

#[test]
fn an_unrenderable_drawing_is_invalid_in_the_history() {
    let home = Home::new();
    let server = FakeOpenAi::builder().with_key(KEY).always(Fault::BrokenSvg).start_blocking();
    let ran = codex(&home, &server, ["generate", "a pelican", "--json"]).expect_code(1).run_to_end();
    assert!(ran.stderr.contains("cannot be rendered") && ran.stderr.contains("\nhint: "), "{}", ran.stderr);
    let row = home.run(["history", "--json"]).run_to_end().json().remove(0);
    assert_eq!((text(&row, "state"), text(&row, "validity")), ("failed", "invalid"));
}

#[test]
fn an_enhanced_prompt_is_drawn_and_both_prompts_are_kept() {
    let (home, server) = (Home::new(), server());
    let run = home.run(["generate", "a red fox", "--direct", "-b", "sketch", "--json"]);
    let objects = run.env("OPENAI_API_KEY", KEY).env("OPENAI_BASE_URL", &server.base_url()).run_to_end().json();
    assert_eq!((text(&objects[0], "event"), text(&objects[0], "from")), ("directed", "a red fox"));
    let prompt = text(&objects[0], "prompt").to_owned();
    assert!(prompt.contains("a red fox") && prompt.len() > 20, "{prompt}");
    assert!(objects[0]["cost_usd"].as_f64().unwrap() > 0.0);
    let row = home.run(["history", "--json"]).run_to_end().json().remove(0);
    assert_eq!((text(&row, "prompt"), text(&row["directed"], "from")), (prompt.as_str(), "a red fox"));
    let asked = server.requests_to("/v1/responses")[0].json().unwrap().clone();
    assert!(asked["instructions"].as_str().unwrap().contains("draws single words it knows"), "{asked}");
}

#[test]
fn enhancing_respects_the_budget_and_needs_a_text_model() {
    let (home, server) = (Home::with_config("[budget]\ndaily = 0.00001\n"), server());
    let run = home.run(["generate", "a fox", "--direct", "-b", "sketch"]).env("OPENAI_API_KEY", KEY);
    run.env("OPENAI_BASE_URL", &server.base_url()).expect_code(7).run_to_end().stderr_has("daily");
    assert!(server.requests().is_empty());
    home.run(["generate", "a fox", "--direct=sketch"])
        .expect_code(3)
        .run_to_end()
        .stderr_has("hint: use one of kind `codex`");
    home.run(["generate", "a fox", "--direct=nobody"]).expect_code(2).run_to_end().stderr_has("nobody");
}

/// Every way in which a drawing can end badly: the kind for scripts, the exit code, and the state in the history.
#[test]
fn each_failure_has_its_kind_and_exit_code() {
    let ends = [
        (Fault::Refusal, "refused", 4, "failed"),
        (Fault::IncompleteFilter, "refused", 4, "failed"),
        (Fault::Incomplete, "invalid_image", 1, "failed"),
        (Fault::PlainProse, "invalid_image", 1, "failed"),
        (Fault::Failed, "server", 6, "failed"),
        (Fault::ErrorNested, "quota", 5, "failed"),
        (Fault::Eof, "unknown", 8, "unknown"),
        (Fault::UnsupportedTool, "invalid_parameter", 2, "failed"),
        (Fault::ContextTooLong, "invalid_parameter", 2, "failed"),
        (Fault::Retired, "model_retired", 2, "failed"),
    ];
    let home = Home::new();
    for (fault, kind, code, state) in ends {
        let server = FakeOpenAi::builder().with_key(KEY).always(fault).start_blocking();
        let ran = codex(&home, &server, ["generate", "a pelican", "--json"]).expect_code(code).run_to_end();
        assert!(ran.stderr.contains("error: "), "{fault:?}: {}", ran.stderr);
        let failed = ran.json().pop().unwrap();
        assert_eq!((text(&failed, "event"), text(&failed, "kind")), ("failed", kind), "{fault:?}");
        let row = home.run(["history", "--json", "--limit", "1"]).run_to_end().json().remove(0);
        assert_eq!(text(&row, "state"), state, "{fault:?}");
    }
}

#[test]
fn instructions_and_revisions_are_recorded() {
    let (home, server) = (Home::new(), server());
    codex(&home, &server, ["generate", "a pelican", "--set", "passes=1"]).run_to_end();
    let row = home.run(["history", "--json"]).run_to_end().json().remove(0);
    assert_eq!(row["images"].as_array().unwrap().len(), 2);
    let sidecar = std::path::Path::new(text(&row["images"][1], "path")).with_extension("json");
    let sidecar: serde_json::Value = serde_json::from_slice(&fs::read(sidecar).unwrap()).unwrap();
    assert!(sidecar.to_string().contains(r#""instructions":1"#), "{sidecar}");
    let shown = home.run(["history", "show", text(&row, "id")]).run_to_end().text();
    assert!(shown.contains("instructions = 1"), "{shown}");
}
