//! Custom backends: programs of the user, from the first `new` to the processes left over when Tintype is killed.

use std::{
    fs,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::{CommandRun, Home, events, text};

/// The start of a backend script: it records its process id and sends hello. The reply to a request is appended.
const BEGINNING: &str = r#"#!/bin/sh
echo $$ >> pids
hello() { echo '{"type":"hello","versions":[1],"name":"mine","offline":true'"$1"'}'; }
order() { read -r message || exit 0; scratch=$(printf '%s\n' "$message" | sed -nE 's/.*"scratch":"([^"]*)".*/\1/p'); }
draw() { echo "<svg xmlns='http://www.w3.org/2000/svg' width='${1:-64}' height='64'/>" > "$scratch/a.svg"
  echo '{"type":"image","path":"a.svg"}'; echo '{"type":"done"}'; }
"#;

/// Returns a home with a backend called `mine` that is this script.
fn home_with(script: &str) -> Home {
    let home = Home::with_config("[backends.mine]\nkind = \"external\"\ncommand = [\"sh\", \"mine.sh\"]\n");
    home.file("mine.sh", format!("{BEGINNING}{script}\n").as_bytes());
    home
}

impl Home {
    /// Returns a run whose `PATH` has the usual programs.
    fn run_with_path<const N: usize>(&self, args: [&str; N]) -> CommandRun<'_> {
        self.run(args).env("PATH", &std::env::var("PATH").unwrap())
    }

    /// Waits until this many processes have recorded themselves.
    fn pids(&self, count: usize) -> Vec<Pid> {
        let pids = || -> Vec<Pid> {
            let text = fs::read_to_string(self.path("pids")).unwrap_or_default();
            text.lines().filter_map(|line| Pid::from_raw(line.parse().ok()?)).collect()
        };
        wait_until("the program runs", || pids().len() >= count);
        pids()
    }
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "timed out waiting until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn is_alive(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    // A zombie that has not been reaped counts as ended.
    test_kill_process(pid).is_ok() && !stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('Z'))
}

#[test]
fn a_scaffolded_backend_works_and_passes_its_check() {
    let home = Home::with_config("# mine, with comments\ndefault_backend = \"sketch\"");
    let made =
        home.run_with_path(["backends", "new", "mine"]).run_to_end().stderr_has("tintype generate \"hello\" -b mine");
    assert!(made.files().len() == 5 && made.text().contains("backends/mine/mine.sh"), "{}", made.text());
    let config = fs::read_to_string(home.path("config.toml")).unwrap();
    assert!(config.starts_with("# mine, with comments\ndefault_backend = \"sketch\"\n\n[backends.mine]\n"), "{config}");
    let drawn =
        home.run_with_path(["generate", "x", "-b", "mine", "--set", "paper=pink", "--json"]).run_to_end().json();
    assert_eq!(events(&drawn).last(), Some(&"done"));
    let image = drawn.iter().find(|object| object["event"] == "image").unwrap();
    let svg = fs::read_to_string(text(image, "path")).unwrap();
    assert!(svg.contains(">x</text>") && svg.contains("pink"), "{svg}");
    let checked = home.run_with_path(["backends", "check", "mine"]).run_to_end().text();
    assert!(checked.starts_with("it sent hello after ") && checked.matches("\nok       ").count() == 12, "{checked}");
    let listed = home.run_with_path(["models", "mine"]).run_to_end().text();
    assert!(listed.contains("paper") && listed.contains("khaki"), "{listed}");
    let rows = home.run_with_path(["backends", "--json"]).run_to_end().json();
    let mine = rows.iter().find(|row| row["name"] == "mine").unwrap();
    assert_eq!((&mine["kind"], &mine["ready"]), (&"external".into(), &true.into()));
}

#[test]
fn backend_new_creates_the_initial_config() {
    let home = Home::new();
    let made = home.run_with_path(["backends", "new", "mine", "--language", "python"]).run_to_end();
    assert_eq!(made.files().len(), 5);
    assert!(
        home.path(".config/tintype/config.toml").exists()
            && home.path(".config/tintype/backends/mine/mine.py").exists()
    );
}

#[test]
fn backend_new_overwrites_nothing() {
    let home = Home::with_config("backends = { mine = { kind = \"sketch\" } }\n");
    let refused = |name: &str| home.run(["backends", "new", name]).expect_code(2).run_to_end().expect_no_stdout();
    refused("sketch").error("a backend named `sketch` already exists", "choose another name");
    refused("My Backend").stderr_has("is not a valid backend name");
    refused("../up").stderr_has("is not a valid backend name");
    refused("other").stderr_has("cannot append a table to").stderr_has("add it yourself: [backends.other]");
    home.run(["backends", "new", "x", "--language", "perl"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .stderr_has("choose one of");
    assert_eq!(fs::read_to_string(home.path("config.toml")).unwrap(), "backends = { mine = { kind = \"sketch\" } }\n");
    let home = Home::with_config("");
    home.file("backends/mine/notes.txt", b"dear");
    home.run(["backends", "new", "mine"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .stderr_has("backends/mine` already exists");
    assert_eq!(
        (home.names("backends/mine"), fs::read(home.path("config.toml")).unwrap()),
        (vec!["notes.txt".into()], vec![])
    );
}

#[test]
fn an_unresponsive_program_is_unavailable_after_one_timeout() {
    let home = Home::with_config(
        "[backends.mine]\nkind = \"external\"\ncommand = [\"sh\", \"mine.sh\"]\nhello_timeout = 0.5\n",
    );
    home.file("mine.sh", b"echo $$ >> pids; sleep 1000");
    let failed = home.run_with_path(["generate", "x", "-b", "mine", "--json"]).expect_code(1).run_to_end();
    assert_eq!(failed.json()[0]["kind"], "unavailable", "{}", failed.text());
    assert_eq!(home.pids(1).len(), 1, "it was asked twice");
    let gone = Home::with_config("[backends.mine]\nkind = \"external\"\ncommand = [\"./gone.sh\"]\n");
    let failed = gone.run_with_path(["generate", "x", "-b", "mine", "--json"]).expect_code(1).run_to_end();
    assert_eq!(failed.json()[0]["kind"], "unavailable", "{}", failed.text());
}

#[test]
fn misspelled_defaults_of_a_program_are_rejected() {
    let table = "[backends.mine]\nkind = \"external\"\ncommand = [\"sh\", \"mine.sh\"]\n[backends.mine.defaults]\nqualty = \"x\"\n";
    let home = Home::with_config(table);
    let hello = r#"hello ',"params":[{"name":"quality","kind":"choice","choices":["low","high"]}]'"#;
    home.file("mine.sh", format!("{BEGINNING}{hello}; order; draw\n").as_bytes());
    let refused = home.run_with_path(["generate", "x", "-b", "mine"]).expect_code(2).run_to_end().expect_no_stdout();
    refused.stderr_has("names `qualty`, which none of its models has").stderr_has("its settings are `quality`");
}

/// A program that answers every question, and replies as a judge does.
const ANSWERS: &str = r#"hello ',"asks":true,"serves":"many"'
m='{"adherence":3,"quality":3,"style":3,"composition":3}'
while order; do
  case $message in
    *'"verdict'*|*'"schema"'*) a='{"first":'"$m"',"second":'"$m"',"reason":"x","follows":"first","looks":"tie"}' ;;
    *) a='a better prompt' ;;
  esac
  printf '%s' "$a" | sed 's/"/\\"/g; s/^/{"type":"answer","text":"/; s/$/"}/'; echo
  echo '{"type":"done"}'
done"#;

#[test]
fn a_program_that_answers_is_the_default_judge_and_director() {
    let home = home_with(ANSWERS);
    let run = |words: &[&str]| words.iter().fold(home.run_with_path([]), CommandRun::arg).run_to_end();
    run(&["compare", "a red circle", "--backends=sketch?style=pencil&size=64x64,sketch?style=poster&size=64x64"]);
    for by in [&["judge", "--json", "--yes", "--by", "mine"][..], &["judge", "--json", "--yes"]] {
        run(by);
    }
    let ballots = run(&["ballots"]).text();
    assert!(ballots.contains("\"judge\"") && ballots.contains("\"mine\""), "{ballots}");
    let directed = run(&["generate", "a fox", "--direct", "-b", "sketch", "--size", "64x64", "--json"]).json();
    assert_eq!((text(&directed[0], "backend"), text(&directed[0], "prompt")), ("mine", "a better prompt"));
}

#[test]
fn a_check_explains_which_promise_is_broken() {
    let hello =
        r#"hello ',"params":[{"name":"size","about":"x","kind":"size","presets":["64x64"],"default":"64x64"}]'"#;
    let home = home_with(&format!("{hello}; order; draw 63"));
    let checked = home
        .run_with_path(["backends", "check", "mine"])
        .expect_code(1)
        .run_to_end()
        .stderr_has("`mine` failed 1 of 12 checks");
    let failed = "FAILED   with default settings it returns an image of the stated format and size: requested 64x64, \
                  received 63x64";
    assert!(checked.text().lines().any(|line| line == failed), "{}", checked.text());
    let mute = home_with("exit 3");
    mute.run_with_path(["backends", "check", "mine"])
        .expect_code(1)
        .run_to_end()
        .stderr_has("`mine` ended before it sent hello");
    let rows = mute.run_with_path(["backends", "--json"]).run_to_end().json();
    assert!(rows.iter().any(|row| row["name"] == "mine" && row["ready"] == false));
}

#[test]
fn a_check_generates_with_a_paid_backend_only_on_request() {
    let home = home_with(r#"echo '{"type":"hello","versions":[1],"name":"mine"}'; order; draw"#);
    let checked = home.run_with_path(["backends", "check", "mine"]).run_to_end().stderr_has("--draw").text();
    assert!(checked.contains("skipped  it returns the requested number"), "{checked}");
    let drawn = home.run_with_path(["backends", "check", "mine", "--draw"]).run_to_end().text();
    assert_eq!(drawn.matches("skipped").count(), 4, "{drawn}");
    let planned = home.run_with_path(["generate", "x", "-b", "mine", "--dry-run", "--json"]).run_to_end().json();
    assert_eq!(planned[0]["estimate_usd"], serde_json::Value::Null);
}

#[test]
fn a_check_that_generates_reports_its_cost_and_respects_the_budget() {
    let priced = r#"echo '{"type":"hello","versions":[1],"models":[{"id":"a","price":{"usd":0.03}}]}'; order; draw"#;
    let check = |home: &Home, limit: &str| {
        let config = fs::read_to_string(home.path("config.toml")).unwrap();
        home.file("config.toml", format!("[budget]\ndaily = {limit}\n{config}").as_bytes());
    };
    let home = home_with(priced);
    check(&home, "0.11");
    let refused = home.run_with_path(["backends", "check", "mine", "--draw", "--yes"]).expect_code(7).run_to_end();
    refused.stderr_has("sending 4 requests for 4 images to mine: about $0.12").stderr_has("it may cost $0.12");
    let home = home_with(priced);
    check(&home, "5");
    home.run_with_path(["backends", "check", "mine", "--draw", "--yes"]).run_to_end();
    home.run_with_path(["history", "--spend"]).run_to_end().stdout_has("$0.12");
}

#[test]
fn a_free_backend_that_reports_a_cost_is_detected_and_counted() {
    let liar = r#"hello; order; echo '{"type":"usage","cost_usd":5.0}'; draw"#;
    let home = home_with(liar);
    let config = fs::read_to_string(home.path("config.toml")).unwrap();
    home.file("config.toml", format!("[budget]\ndaily = 0.01\n{config}").as_bytes());
    let drawn = home.run_with_path(["generate", "x", "-b", "mine"]).run_to_end();
    assert!(drawn.stderr.contains("offline and free, but reports a cost of $5.00"), "{}", drawn.stderr);
    home.run_with_path(["generate", "x", "-b", "mine"]).expect_code(7).run_to_end().stderr_has("it may cost $5.00");
    let checked = home.run_with_path(["backends", "check", "mine"]).expect_code(1).run_to_end().text();
    assert!(checked.contains("reports a cost of $5.00"), "{checked}");
}

#[test]
fn every_way_to_select_a_backend_is_equivalent() {
    let home = home_with("hello; order; draw");
    let backend = |run: CommandRun<'_>| run.run_to_end().json()[0]["backend"].as_str().unwrap().to_owned();
    assert_eq!(backend(home.run_with_path(["generate", "x", "--json"])), "sketch");
    assert_eq!(backend(home.run_with_path(["generate", "x", "--json", "-b", "mine"])), "mine");
    let config = fs::read_to_string(home.path("config.toml")).unwrap();
    home.file("config.toml", format!("default_backend = \"mine\"\n{config}").as_bytes());
    assert_eq!(backend(home.run_with_path(["generate", "x", "--json"])), "mine");
}

#[test]
fn a_program_in_the_working_directory_is_never_started() {
    let home = Home::with_config("");
    let table = "default_backend = \"evil\"\n[backends.evil]\nkind = \"external\"\ncommand = [\"sh\", \"-c\", \"touch started\"]\n";
    for name in ["config.toml", "tintype.toml", ".tintype.toml", ".tintype/config.toml", "tintype/config.toml"] {
        home.file(&format!("work/{name}"), table.as_bytes());
    }
    home.file("work/tintype-evil", b"#!/bin/sh\ntouch started\n");
    let rows = home.run_with_path(["backends", "--json"]).run_to_end().json();
    assert!(rows.iter().all(|row| row["name"] != "evil"));
    home.run_with_path(["generate", "x", "--size", "64x64"]).run_to_end();
    home.run_with_path(["generate", "x", "-b", "evil"]).expect_code(2).run_to_end().expect_no_stdout();
    assert!(!home.path("work/started").exists() && !home.path("started").exists());
}

/// A script that ignores termination signals, does not exit by itself, and has a child that does the same.
const STUBBORN: &str = "trap '' TERM INT HUP; (while :; do sleep 1; done) & echo $! >> pids; hello ',\"resume\":true'; order
case $message in
  *resume*) draw; exit;;
esac
echo '{\"type\":\"ticket\",\"ticket\":\"t-1\"}'; order; echo '{\"type\":\"status\",\"text\":\"on\"}'; touch on; while :; do sleep 1; done";

#[test]
fn killing_tintype_leaves_no_backend_process_and_the_job_is_recovered() {
    let home = home_with(STUBBORN);
    let mut running = home.run_with_path(["generate", "a cat", "-b", "mine"]).start();
    let pids = home.pids(2);
    wait_until("it draws", || home.path("on").exists());
    let at_it = format!("running in process {}", running.id());
    home.run_with_path(["jobs"]).run_to_end().stderr_has(&at_it);
    running.kill().unwrap();
    running.wait().unwrap();
    wait_until("nothing is left", || !pids.iter().copied().any(is_alive));
    home.run_with_path(["jobs"]).run_to_end().stderr_has("the backend may have finished it");
    let unfinished = home.run_with_path(["jobs", "--json"]).run_to_end().json();
    let resumed = home.run_with_path(["jobs", "resume", text(&unfinished[0], "id")]).run_to_end();
    assert!(resumed.files()[0].extension().is_some_and(|extension| extension == "svg"));
}

#[test]
fn an_interrupt_stops_a_backend_and_its_children() {
    let home = home_with(STUBBORN);
    let mut running = home.run_with_path(["generate", "a cat", "-b", "mine"]).start();
    let pids = home.pids(2);
    wait_until("it draws", || home.path("on").exists());
    let program = Pid::from_raw(running.id() as i32).unwrap();
    kill_process(program, Signal::INT).unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(130));
    wait_until("nothing is left", || !pids.iter().copied().any(is_alive));
    assert_eq!(home.names("data/images"), Vec::<String>::new());
}

#[test]
fn stderr_of_a_program_is_logged() {
    let home = home_with("echo 'loading the weights' >&2; hello; order; draw");
    home.run_with_path(["generate", "x", "-b", "mine", "-v"]).run_to_end();
    let logs: String = home
        .names("data")
        .iter()
        .filter(|name| name.contains("log"))
        .map(|name| {
            let path = home.path(&format!("data/{name}"));
            fs::read_to_string(&path).unwrap_or_else(|_| {
                home.names(&format!("data/{name}"))
                    .iter()
                    .map(|inner| fs::read_to_string(path.join(inner)).unwrap())
                    .collect()
            })
        })
        .collect();
    assert!(logs.contains("loading the weights") && logs.contains("mine"), "{logs}");
}

#[test]
fn a_missing_command_is_reported_by_doctor_and_the_backend_list() {
    let home = Home::with_config("[backends.mine]\nkind = \"external\"\ncommand = [\"./gone.sh\"]\n");
    let words = "no such program: `";
    let listed = home.run_with_path(["backends"]).run_to_end();
    let listed = listed.stdout_has("failed to start").stderr_has("warning: `mine` failed to start: ");
    listed.stderr_has(words).stderr_has("hint: check `command` in [backends.mine]");
    let row = home.run_with_path(["backends", "--json"]).run_to_end().json();
    let mine = row.iter().find(|row| row["name"] == "mine").unwrap();
    assert_eq!(mine["ready"], false, "{mine}");
    let found = home.run_with_path(["doctor", "--json"]).run_to_end().json();
    let finding = found.iter().find(|finding| finding["name"] == "backend mine").unwrap();
    assert_eq!(finding["state"], "warning", "{finding}");
    assert!(text(finding, "message").contains(words), "{finding}");
}
