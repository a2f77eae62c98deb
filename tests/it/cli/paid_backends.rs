use std::{fs, sync::mpsc, thread};

use fake_openai::{FakeOpenAi, Fault};
use serde_json::{Value, json};

use super::{CommandRun, Home, edit_and_show::picture, events, text};

/// The key that must not appear anywhere.
const KEY: &str = "sk-SECRET-0123456789";

fn server() -> FakeOpenAi {
    FakeOpenAi::builder().with_key(KEY).start_blocking()
}

fn failing(fault: Fault) -> FakeOpenAi {
    FakeOpenAi::builder().with_key(KEY).always(fault).start_blocking()
}

/// Returns a run with a key, against that server.
fn paid<'a, const N: usize>(home: &'a Home, server: &FakeOpenAi, args: [&str; N]) -> CommandRun<'a> {
    home.run(args).arg("--backend=gpt-image").env("OPENAI_API_KEY", KEY).env("OPENAI_BASE_URL", &server.base_url())
}

#[test]
fn a_paid_image_is_saved_as_delivered() {
    let (home, server) = (Home::new(), server());
    let objects = paid(&home, &server, ["generate", "a lighthouse", "--quality", "low", "--json"]).run_to_end().json();
    assert_eq!(events(&objects).last(), Some(&"done"));
    let image = objects.iter().find(|object| object["event"] == "image").unwrap();
    assert_eq!(fs::read(text(image, "path")).unwrap(), server.images_sent()[0]);
    let done = objects.last().unwrap();
    assert!(done["cost_usd"].as_f64().unwrap() > 0.0 && done["usage"]["output_tokens"].is_u64(), "{done}");
}

#[test]
fn each_job_outcome_has_its_exit_code() {
    let ends = [
        (Fault::InvalidKey, 3, "credentials"),
        (Fault::Unverified, 3, "not_verified"),
        (Fault::Moderation, 4, "refused"),
        (Fault::Quota, 5, "quota"),
        (Fault::BillingLimit, 5, "billing_limit"),
        (Fault::RequestTimeout, 6, "timeout"),
        (Fault::MissingModel, 2, "model_retired"),
        (Fault::Html504, 8, "unknown"),
    ];
    for (fault, code, kind) in ends {
        let (home, server) = (Home::new(), failing(fault));
        let ran = paid(&home, &server, ["generate", "a lighthouse", "--quality", "low", "--json"])
            .expect_code(code)
            .run_to_end();
        let objects = ran.json();
        let failed = objects.last().unwrap();
        assert_eq!((text(failed, "event"), text(failed, "kind"), &failed["job"]), ("failed", kind, &objects[0]["job"]));
        assert!(failed["hint"].is_string() && failed["request_id"].is_string(), "{failed}");
        assert!(ran.stderr.starts_with("error: ") && ran.stderr.contains("\nhint: "), "{}", ran.stderr);
        assert!(!ran.stderr.contains("SECRET") && !ran.text().contains("SECRET"));
        let row = home.run(["history", "--json"]).run_to_end().json().remove(0);
        assert_eq!(row["error"]["kind"], kind);
        assert_eq!(text(&row, "state"), if code == 8 { "unknown" } else { "failed" });
    }
}

#[test]
fn an_unreachable_server_is_a_network_error() {
    let home = Home::new();
    let run = home.run(["backends", "check", "gpt-image"]).env("OPENAI_API_KEY", KEY);
    run.env("OPENAI_BASE_URL", "http://127.0.0.1:1/v1").expect_code(6).run_to_end().stderr_has("hint: ");
}

#[test]
fn without_a_key_nothing_is_sent() {
    let (home, server) = (Home::new(), server());
    let run = home.run(["generate", "a lighthouse", "-b", "gpt-image"]).env("OPENAI_BASE_URL", &server.base_url());
    run.expect_code(3).run_to_end().expect_no_stdout().stderr_has("OPENAI_API_KEY");
    assert!(server.requests().is_empty());
    assert!(home.run(["history", "--json"]).run_to_end().json().is_empty());
}

#[test]
fn a_request_over_budget_is_not_sent() {
    let (home, server) = (Home::with_config("[budget]\nper_job = 0.0001\n"), server());
    let ran =
        paid(&home, &server, ["generate", "a lighthouse", "--json"]).expect_code(7).run_to_end().stderr_has("per_job");
    assert_eq!(ran.json()[0]["kind"], "budget");
    assert!(server.requests().is_empty());
}

#[test]
fn yes_does_not_override_the_budget() {
    let (home, server) = (Home::with_config("[budget.backends.gpt-image]\ndaily = 0.0001\n"), server());
    let run = paid(&home, &server, ["generate", "a lighthouse", "--yes"]).expect_code(7);
    run.run_to_end()
        .expect_no_stdout()
        .stderr_has("hint: choose something cheaper, or raise `daily` under [budget.backends.gpt-image]");
    assert!(server.requests().is_empty());
}

#[test]
fn racing_processes_cannot_exceed_the_budget() {
    let home = Home::with_config("[budget]\ndaily = 0.12\n");
    let server = FakeOpenAi::builder().with_key(KEY).always(Fault::Gate).start_blocking();
    let fit = (0.12 / estimate(&home, &server)) as usize;
    assert!((1..5).contains(&fit), "{fit} fit");
    let (ended, ends) = mpsc::channel();
    for _ in 0..6 {
        let mut child = paid(&home, &server, ["generate", "a lighthouse", "--quality", "high"]).start();
        let ended = ended.clone();
        thread::spawn(move || ended.send(child.wait().unwrap().code().unwrap()));
    }
    // The accepted runs wait at the gate until the rejected ones have ended.
    let mut codes: Vec<i32> = ends.iter().take(6 - fit).collect();
    assert!(codes.iter().all(|code| *code == 7), "{codes:?}");
    server.release(100);
    codes = ends.iter().take(fit).collect();
    assert!(codes.iter().all(|code| *code == 0), "{codes:?}");
    assert_eq!(server.requests().len(), fit);
}

/// Returns the price of one image of the race, in dollars.
fn estimate(home: &Home, server: &FakeOpenAi) -> f64 {
    let run = paid(home, server, ["generate", "a lighthouse", "--quality", "high", "--dry-run", "--json"]);
    run.run_to_end().json()[0]["estimate_usd"].as_f64().unwrap()
}

#[test]
fn a_dry_run_prints_the_price_without_a_key_or_a_request() {
    let (home, server) = (Home::new(), server());
    let args = ["generate", "a lighthouse", "-b", "gpt-image", "--quality", "low", "--dry-run", "--json"];
    let estimate = home.run(args).env("OPENAI_BASE_URL", &server.base_url()).run_to_end().json().remove(0);
    assert!(estimate["estimate_usd"].as_f64().unwrap() > 0.0, "{estimate}");
    assert_eq!(text(&estimate, "prices_as_of").len(), "2026-11-22".len());
    assert_eq!(estimate["request"]["settings"]["quality"], "low");
    assert!(server.requests().is_empty());
}

#[test]
fn an_edit_records_its_origin() {
    let (home, server) = (Home::new(), server());
    home.file("work/cat.png", &picture());
    paid(&home, &server, ["edit", "cat.png", "a hat", "--quality", "low"]).run_to_end().files();
    let first = home.run(["history", "--json"]).run_to_end().json().remove(0);
    assert_eq!(first["parent"], Value::Null);
    let image = text(&first["images"][0], "id");
    paid(&home, &server, ["edit", &image[28..], "at night", "--quality", "low"]).run_to_end().files();
    let second = home.run(["history", "--json", "--limit", "1"]).run_to_end().json().remove(0);
    assert_eq!(second["parent"], json!(image));
    assert_eq!(server.requests_to("/v1/images/edits").len(), 2);
}

#[test]
fn several_images_are_numbered() {
    let (home, server) = (Home::new(), server());
    let run = paid(&home, &server, ["generate", "a lighthouse", "--quality", "low", "-n", "2", "-o", "light.png"]);
    assert_eq!(run.run_to_end().text(), "light-1.png\nlight-2.png\n");
    assert_eq!(home.names("work"), ["light-1.png", "light-2.png"]);
}

#[test]
fn the_key_is_never_written() {
    let (home, server) = (Home::new(), failing(Fault::InvalidKeyEcho));
    paid(&home, &server, ["-vvv", "generate", "a lighthouse"]).expect_code(3).run_to_end();
    let found = |path: &std::path::Path| String::from_utf8_lossy(&fs::read(path).unwrap()).contains("SECRET");
    let data = home.path("data");
    let files: Vec<_> = home.names("data").iter().map(|name| data.join(name)).filter(|path| path.is_file()).collect();
    assert!(files.iter().any(|file| file.ends_with("tintype.log")));
    assert!(!files.iter().any(|file| found(file)), "{files:?}");
}
