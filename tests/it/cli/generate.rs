use std::{
    fs,
    io::{BufRead, BufReader},
};

use serde_json::{Value, json};
use tintype_backends::Format;

use super::{Home, events, text};

#[test]
fn stdout_has_only_the_path_of_the_image() {
    let home = Home::new();
    let files = home.run(["generate", "three cats", "--size", "64x48"]).run_to_end().files();
    assert_eq!(files.len(), 1);
    assert!(files[0].starts_with(home.path("data/images")));
    assert!(files[0].with_extension("json").exists(), "the sidecar");
    assert_eq!(Format::detect(&fs::read(&files[0]).unwrap()), Some(Format::Png));
}

#[test]
fn json_reports_every_event_of_the_job() {
    let home = Home::new();
    let objects =
        home.run(["generate", "a red circle left of a blue square", "--json", "--size", "64x48"]).run_to_end().json();
    let names = events(&objects);
    assert_eq!(names[0], "started");
    assert_eq!(names[names.len() - 2..], ["image", "done"]);
    assert!(names[1..names.len() - 2].iter().all(|name| *name == "preview"));
    let [started, .., image, done] = objects.as_slice() else { panic!("{objects:?}") };
    assert!(objects.iter().all(|object| object["job"] == started["job"]));
    assert_eq!((&started["backend"], &started["estimate_usd"]), (&json!("sketch"), &json!(0.0)));
    assert_eq!((&image["width"], &image["height"], &image["format"]), (&json!(64), &json!(48), &json!("png")));
    let file = fs::read(text(image, "path")).unwrap();
    assert_eq!(image["bytes"], json!(file.len()));
    assert_eq!((&done["cost_usd"], &done["usage"]), (&json!(0.0), &Value::Null));
    assert!(done["seconds"].is_f64());
}

#[test]
fn the_prompt_is_read_from_a_pipe() {
    let home = Home::new();
    for args in [vec!["-"], vec![]] {
        let run = args.into_iter().fold(home.run(["generate", "--size=64x64"]), super::CommandRun::arg);
        run.stdin("a red\nkite\n").run_to_end().files();
        let row = home.run(["history", "--json", "--limit", "1"]).run_to_end().json().remove(0);
        assert_eq!(row["prompt"], "a red\nkite");
    }
}

#[test]
fn several_words_need_no_quotes() {
    let home = Home::new();
    home.run(["generate", "three", "cats", "--size", "64x64"]).run_to_end().files();
    assert_eq!(home.run(["history", "--json"]).run_to_end().json()[0]["prompt"], "three cats");
}

#[test]
fn set_applies_settings() {
    let home = Home::new();
    let draw = |seed: &str| {
        home.run(["generate", "a forest", "--size", "64x64", "--set", seed]).run_to_end().files().remove(0)
    };
    let (one, other, again) = (draw("seed=1"), draw("seed=2"), draw("seed=1"));
    assert_eq!(fs::read(&one).unwrap(), fs::read(again).unwrap());
    assert_ne!(fs::read(one).unwrap(), fs::read(other).unwrap());
}

#[test]
fn a_dry_run_prints_the_request_and_changes_nothing() {
    let home = Home::new();
    let objects = home.run(["generate", "cats", "--dry-run", "--json", "--set", "seed=7"]).run_to_end().json();
    let [estimate] = objects.as_slice() else { panic!("{objects:?}") };
    let keys: Vec<&String> = estimate.as_object().unwrap().keys().collect();
    let expected = ["event", "backend", "model", "estimate_usd", "upper_bound", "prices_as_of", "request"];
    assert_eq!(keys, expected);
    assert_eq!(estimate["event"], "estimate");
    assert_eq!((&estimate["request"]["prompt"], &estimate["request"]["settings"]["seed"]), (&json!("cats"), &json!(7)));
    home.run(["generate", "cats", "--dry-run"])
        .run_to_end()
        .expect_no_stdout()
        .stderr_has("backend sketch, model sketch: free");
    assert!(!home.path("data").exists());
}

#[test]
fn a_copy_goes_to_its_path_and_never_overwrites() {
    let home = Home::new();
    let draw = |seed| {
        let run = home.run(["generate", "three kites by the sea", "--size", "64x64", "-o", "kite.png", "--set"]);
        run.arg(seed)
    };
    assert_eq!(draw("seed=1").run_to_end().text(), "kite.png\n");
    let first = fs::read(home.path("work/kite.png")).unwrap();
    draw("seed=5")
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .error("`kite.png` already exists", "choose another name, or pass --yes to overwrite it");
    assert_eq!(fs::read(home.path("work/kite.png")).unwrap(), first);
    assert_eq!(home.run(["history", "--json"]).run_to_end().json().len(), 1, "no image was generated for nothing");
    assert_eq!(draw("seed=5").arg("--yes").run_to_end().text(), "kite.png\n");
    assert_ne!(fs::read(home.path("work/kite.png")).unwrap(), first);
}

#[test]
fn a_copy_in_a_folder_keeps_its_library_name() {
    let home = Home::new();
    fs::create_dir(home.path("work/out")).unwrap();
    let copy = home.run(["generate", "a kite", "--size", "64x64", "-o", "out"]).run_to_end().text();
    let row = home.run(["history", "--json"]).run_to_end().json().remove(0);
    let kept = text(&row["images"][0], "path");
    assert_eq!(copy.trim().rsplit('/').next(), kept.rsplit('/').next());
    assert_eq!(fs::read(home.path("work").join(copy.trim())).unwrap(), fs::read(kept).unwrap());
}

#[test]
fn json_includes_the_copy() {
    let home = Home::new();
    let run = home.run(["generate", "a kite", "--size", "64x64", "-o", "kite.png", "--json"]);
    let image = run.run_to_end().json().into_iter().find(|object| object["event"] == "image").unwrap();
    assert_eq!(text(&image, "output"), "kite.png");
    assert!(text(&image, "path").contains("/data/images/"));
}

#[test]
fn a_dash_writes_the_image_to_stdout() {
    let home = Home::new();
    let image = home.run(["generate", "a kite", "--size", "64x64", "-o", "-"]).run_to_end().stdout;
    let row = home.run(["history", "--json"]).run_to_end().json().remove(0);
    assert_eq!(image, fs::read(text(&row["images"][0], "path")).unwrap());
}

#[test]
fn a_missing_folder_is_an_error_before_generating() {
    let home = Home::new();
    home.run(["generate", "a kite", "-o", "no/kite.png"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .error("there is no folder `no`", "create it: `mkdir -p no`");
    assert!(!home.path("data").exists());
}

#[test]
fn backend_warnings_go_to_stderr() {
    let home = Home::new();
    home.run(["generate", "a kite and a xyzzyplugh", "--size", "64x64"]).run_to_end().stderr_has("xyzzyplugh");
}

#[test]
fn the_image_can_be_shown_with_its_path() {
    let home = Home::new();
    let run = home.run(["generate", "a kite", "--size", "64x64", "--preview", "always"]).env("COLORTERM", "truecolor");
    let output = run.start().wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains(['▀', '▄']));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1);
}

#[cfg(unix)]
#[test]
fn an_interrupted_job_is_recorded_as_canceled() {
    use rustix::process::{Pid, Signal, kill_process};
    let home = Home::new();
    let run =
        home.run(["generate", "a city of forty houses, three cats and a forest", "--json", "--size", "4096x4096"]);
    let mut child = run.start();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("started"));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let rest: Vec<Value> = lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(rest.last().map(|last| text(last, "kind")), Some("interrupted"));
    let row = home.run(["history", "--json"]).run_to_end().json().remove(0);
    assert_eq!((text(&row, "state"), row["images"].as_array().unwrap().len()), ("cancelled", 0));
    assert_eq!(home.names("data/images"), [""; 0]);
}
