//! Comparisons from the command line: pairs for every prompt, no image paid for twice, votes that can be recounted.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader},
};

use fake_openai::{FakeOpenAi, Fault};
use serde_json::Value;

use super::{CommandRun, Home, events, text};

const KEY: &str = "sk-SECRET-0123456789";

const LANES: &str = "--backends=sketch?style=pencil&size=64x64,sketch?style=poster&size=64x64";

fn server() -> FakeOpenAi {
    FakeOpenAi::builder().with_key(KEY).start_blocking()
}

fn paid<'a, const N: usize>(home: &'a Home, server: &FakeOpenAi, args: [&str; N]) -> CommandRun<'a> {
    home.run(args).env("OPENAI_API_KEY", KEY).env("OPENAI_BASE_URL", &server.base_url())
}

fn pack<'a>(home: &'a Home, server: &FakeOpenAi) -> CommandRun<'a> {
    let args = ["compare", "--prompts", "parti-24", "--backends", "gpt-image,codex", "--rounds", "1", "--json"];
    paid(home, server, args)
}

/// Returns the number of requests per model and prompt.
fn asked(server: &FakeOpenAi) -> BTreeMap<String, usize> {
    let mut asked = BTreeMap::new();
    for path in ["/v1/images/generations", "/v1/responses"] {
        for request in server.requests_to(path) {
            let body = request.json().unwrap();
            let said = if body["prompt"].is_string() { body["prompt"].to_string() } else { body["input"].to_string() };
            *asked.entry(format!("{} {said}", body["model"])).or_insert(0) += 1;
        }
    }
    asked
}

fn of_kind<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    objects.iter().filter(|object| object["event"] == kind).collect()
}

#[test]
fn a_killed_comparison_resumes_to_a_pair_for_every_prompt() {
    let (home, server) = (Home::new(), server());
    let mut child = pack(&home, &server).start();
    let mut seen = Vec::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while seen.iter().filter(|object: &&Value| object["event"] == "pair").count() < 6 {
        seen.push(serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap());
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(text(&seen[0], "event"), "quote");
    assert_eq!(seen[0]["pictures"], 48);

    let rest = pack(&home, &server).run_to_end().json();
    let (before, after) = (of_kind(&seen, "pair"), of_kind(&rest, "pair"));
    let last = rest.last().unwrap();
    assert_eq!((text(last, "event"), &last["run"]), ("compared", &seen[0]["run"]));
    assert_eq!(last["pairs"], 24);
    assert!(rest[0]["pictures"].as_u64().unwrap() <= 48 - 12, "{}", rest[0]);
    let ids: BTreeSet<&str> = before.iter().chain(&after).map(|pair| text(pair, "prompt")).collect();
    assert_eq!(ids.len(), 24, "a prompt has no pair");
    let asked = asked(&server);
    assert!(asked.values().all(|times| *times == 1), "paid twice: {asked:?}");
    assert_eq!(asked.len(), 48);
    let pair = after.last().unwrap();
    let lanes: BTreeSet<&str> = [&pair["left"], &pair["right"]].map(|side| text(&side["lane"], "backend")).into();
    assert_eq!(lanes, BTreeSet::from(["codex", "gpt-image"]));
    assert!(pair["left"]["cost_usd"].is_number() && pair["left"]["seconds"].is_number(), "{pair}");
    assert_eq!(text(pair, "pack"), "parti-24");
    assert!(pair["category"].is_string() && text(&pair["left"], "sha256").len() == 64);
}

#[test]
fn completed_images_are_regenerated_only_on_request() {
    let home = Home::new();
    let file = home.file("mine.txt", b"a red kite\na blue whale\n");
    let run = |more: &[&str]| {
        let mut run = home.run(["compare", LANES, "--json", "--rounds=2", "--prompts"]).arg(&file);
        for word in more {
            run = run.arg(word);
        }
        run.run_to_end().json()
    };
    let first = run(&[]);
    assert_eq!(first.last().unwrap()["pairs"], 4);
    let hashes: BTreeSet<&str> = of_kind(&first, "image").into_iter().map(|image| text(image, "sha256")).collect();
    assert_eq!(hashes.len(), 8, "two rounds generated the same image");
    let kinds = events(&first);
    assert_eq!((kinds[0], *kinds.last().unwrap()), ("quote", "compared"));
    let other = run(&[]);
    assert_ne!(other[0]["run"], first[0]["run"], "a complete run is not continued");
}

#[test]
fn one_prompt_is_compared_with_its_figures() {
    let home = Home::new();
    let ran = home.run(["compare", "a red kite", LANES]).run_to_end();
    let lines: Vec<String> = ran.text().lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines[0].contains("style=pencil") && lines[0].contains(" s total") && lines[0].contains("free"),
        "{lines:?}"
    );
    assert!(
        ran.stderr.starts_with("sketch?style=pencil&size=64x64: sketch, free per image\n")
            && ran.stderr.contains("2 images to generate: free")
            && ran.stderr.contains("1 pair is ready (free)"),
        "{}",
        ran.stderr
    );
}

#[test]
fn lanes_are_validated_before_generating() {
    let home = Home::new();
    let refuse = |backends: &str, words: &str| {
        home.run(["compare", "a kite", "--backends", backends])
            .expect_code(2)
            .run_to_end()
            .expect_no_stdout()
            .stderr_has(words);
    };
    refuse("sketch", "at least two lanes are needed, got `sketch`");
    refuse("sketch,sketch?style=color", "are the same lane");
    refuse("sketch,skech", "did you mean `sketch`?");
    refuse(
        "pencil,nope",
        "error: there is no lane or backend `nope`\nhint: choose one of `pencil`, `poster`, `sketch`",
    );
    refuse("sketch,sketch?styl=ink", "has no setting `styl`");
    refuse("sketch,sketch?style=oil", "`style` does not take `oil`");
    refuse("pencil,sketch?style=ink=", "`style` does not take");
    home.run(["compare", "--prompts", "parti-25", "--backends", "pencil,poster"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .stderr_has("parti-24");
    assert_eq!(home.names("data/images"), Vec::<String>::new());
}

#[test]
fn the_budget_stops_a_run_before_its_first_image() {
    let (home, server) = (Home::with_config("[budget]\ndaily = 0.05\n"), server());
    pack(&home, &server).arg("--yes").expect_code(7).run_to_end();
    assert!(asked(&server).is_empty());
}

#[test]
fn a_dry_run_prints_the_price_and_sends_nothing() {
    let (home, server) = (Home::new(), server());
    let objects = pack(&home, &server).arg("--dry-run").run_to_end().json();
    assert_eq!(events(&objects), ["quote"]);
    assert!(
        objects[0]["estimate_usd"].as_f64().unwrap() > 0.0 && objects[0]["prices_as_of"].is_string(),
        "{objects:?}"
    );
    assert!(asked(&server).is_empty());
}

#[test]
fn a_judge_with_position_bias_has_no_effect() {
    let (home, server) = (Home::new(), server());
    home.run(["compare", "a red kite", LANES]).run_to_end();
    // The stand-in answers every choice with its first value.
    let objects = paid(&home, &server, ["judge", "--json"]).run_to_end().json();
    assert_eq!(events(&objects), ["quote", "verdict"]);
    let verdict = &objects[1];
    assert_eq!((&verdict["follows"], &verdict["looks"]), (&Value::Null, &Value::Null));
    let ballots = home.run(["ballots"]).run_to_end().json();
    assert_eq!(ballots.len(), 2);
    assert!(
        ballots.iter().all(|ballot| ballot["voter"]["kind"] == "judge" && ballot["follows"] == "left"),
        "{ballots:?}"
    );
    assert_eq!(ballots[0]["left"], ballots[1]["right"]);
    let requests = server.requests_to("/v1/responses");
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(|request| !request.json().unwrap().to_string().contains("sketch")), "a name was told");
    assert!(paid(&home, &server, ["judge", "--json"]).run_to_end().json()[0]["pairs"] == 0, "judged twice");
    paid(&home, &server, ["judge", "--by", "sketch"]).expect_code(3).run_to_end();
}

fn against_sketch<'a>(home: &'a Home, server: &FakeOpenAi) -> CommandRun<'a> {
    let lanes = "gpt-image?quality=low,sketch?size=64x64";
    paid(home, server, ["compare", "a red kite", "--json", "--backends", lanes])
}

fn ending_of<'a>(pair: &'a Value, backend: &str) -> &'a str {
    let side = [&pair["left"], &pair["right"]].into_iter().find(|side| side["lane"]["backend"] == backend);
    text(side.unwrap(), "ending")
}

#[test]
fn a_refusal_is_an_outcome_but_a_missing_key_is_not() {
    let home = Home::new();
    let refusing = FakeOpenAi::builder().with_key(KEY).always(Fault::Moderation).start_blocking();
    let objects = against_sketch(&home, &refusing).run_to_end().json();
    let pair = of_kind(&objects, "pair")[0];
    assert_eq!((ending_of(pair, "gpt-image"), ending_of(pair, "sketch")), ("refused", "image"));
    let locked = FakeOpenAi::builder().with_key("another").start_blocking();
    let ran = against_sketch(&home, &locked).expect_code(3).run_to_end();
    assert!(of_kind(&ran.json(), "pair").is_empty());
    ran.stderr_has("repeat the command to continue");
    let objects = against_sketch(&home, &server()).run_to_end().json();
    assert_eq!(objects[0]["pictures"], 1, "only missing images are generated: {}", objects[0]);
    assert_eq!(ending_of(of_kind(&objects, "pair")[0], "gpt-image"), "image");
}

#[test]
fn an_interrupted_image_does_not_count_until_regenerated() {
    let home = Home::new();
    let cutting = FakeOpenAi::builder().with_key(KEY).always(Fault::Html504).start_blocking();
    let objects = against_sketch(&home, &cutting).run_to_end().json();
    assert_eq!(ending_of(of_kind(&objects, "pair")[0], "gpt-image"), "unknown");
    assert_eq!(objects.last().unwrap()["unknown"], 1);
    let again = against_sketch(&home, &server()).arg("--resend").run_to_end().json();
    assert_eq!((&again[0]["run"], &again[0]["pictures"]), (&objects[0]["run"], &1.into()));
    assert_eq!(ending_of(of_kind(&again, "pair")[0], "gpt-image"), "image");
    assert_eq!(again.last().unwrap()["unknown"], 0);
}

#[test]
fn a_comparison_continues_after_a_refusal_and_reports_it() {
    let home = Home::new();
    let refusing = FakeOpenAi::builder().with_key(KEY).always(Fault::Flagged).start_blocking();
    let file = home.file("mine.txt", b"a red kite\na blue whale\n");
    let compare = |more: &[&str]| {
        let args = ["compare", "--backends", "gpt-image,pencil", "--yes", "--prompts"];
        more.iter().fold(paid(&home, &refusing, args).arg(&file), CommandRun::arg)
    };
    let ran = compare(&["--json"]).run_to_end().json();
    let done = ran.last().unwrap();
    assert_eq!((&done["pairs"], &done["without_image"]), (&2.into(), &2.into()), "{done}");
    let endings = |pair: &Value| [&pair["left"], &pair["right"]].map(|side| text(side, "ending").to_owned());
    for pair in of_kind(&ran, "pair") {
        let mut endings = endings(pair);
        endings.sort();
        assert_eq!(endings, ["image", "refused"], "{pair}");
    }
    assert_eq!(of_kind(&ran, "failed").len(), 2);
    compare(&["--new"]).run_to_end().stderr_has("note: gpt-image: 2 refused; each loses to an image");
}
