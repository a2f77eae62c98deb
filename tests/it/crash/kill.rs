//! Killed at every labeled step of a job's life, and at random times during a run of forty jobs.

use std::{os::unix::process::ExitStatusExt as _, process::Stdio, time::Instant};

use tintype::failpoint::Failpoint;

use super::{
    SeededRng,
    harness::{CrashHarness, Route, Violations},
    number,
};

/// Number of jobs in one run.
const JOBS: usize = 40;

/// Returns whether a job of this route reaches that step at all.
fn reaches(route: Route, step: Failpoint) -> bool {
    match step {
        Failpoint::Previewed => matches!(route, Route::Stream | Route::Background | Route::Codex),
        Failpoint::Ticketed => route == Route::Background,
        _ => true,
    }
}

/// Returns the prompt. A drawing that arrives in one piece has no live preview, so this one is delayed.
const fn prompt(route: Route) -> &'static str {
    match route {
        Route::Codex => "[fault:delay=10] three cats under a full moon",
        _ => "three cats under a full moon",
    }
}

/// Kills one job of `route` at `step`, and checks the state after a restart.
fn kill_at(route: Route, step: Failpoint, found: &mut Violations) {
    let site = CrashHarness::new();
    let mut command = site.generate(route, prompt(route));
    let output = command.env("TINTYPE_CRASH_AT", step.name()).output().unwrap();
    let killed = output.status.signal() == Some(9);
    assert_eq!(killed, reaches(route, step), "{route:?} at {step}: {output:?}");
    let due = site.received_jobs();
    let after_received =
        [Failpoint::Staged, Failpoint::Moved, Failpoint::Described, Failpoint::Finished].contains(&step);
    assert!(
        due.len() == 1 || !(step == Failpoint::Received || after_received),
        "{route:?} at {step}: nothing in the spool"
    );
    site.check_invariants(&due, found);
    // An image that only the provider has is fetched by its ticket.
    if route == Route::Background {
        CrashHarness::wait_for_success(site.child(0..0, 1));
        site.check_invariants(&due, found);
        let row = site.history().remove(0);
        let ticketed =
            killed && !matches!(step, Failpoint::Begun | Failpoint::Sent | Failpoint::Leaving | Failpoint::Answered);
        if ticketed && row["state"] != "saved" {
            found.lost.push(format!("{step}: only the provider has it: {row}"));
        }
    }
}

/// Kills a run of forty jobs after `thousandths` of the time that a whole run takes.
fn kill_after(whole: std::time::Duration, thousandths: u64, found: &mut Violations) {
    let site = CrashHarness::new();
    let mut child = site.child(0..JOBS, 8);
    std::thread::sleep(whole * thousandths as u32 / 1000);
    child.kill().unwrap();
    child.wait().unwrap();
    let due = site.received_jobs();
    site.check_invariants(&due, found);
    CrashHarness::wait_for_success(site.child(0..0, 1));
    site.check_invariants(&due, found);
    for row in site.history() {
        let is_sound = ["saved", "unknown", "failed"].contains(&row["state"].as_str().unwrap());
        assert!(is_sound, "left open: {row}");
        assert!(row["state"] != "unknown" || row["sent"].is_string(), "{row}");
    }
}

/// Returns the time of a run that is not killed.
fn whole_run() -> std::time::Duration {
    let site = CrashHarness::new();
    let began = Instant::now();
    let said = CrashHarness::wait_for_success(site.child(0..JOBS, 8));
    let took = began.elapsed();
    let rows = site.history();
    assert_eq!(rows.iter().filter(|row| row["state"] == "saved").count(), JOBS, "{said}");
    let mut found = Violations::default();
    site.check_invariants(&rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect(), &mut found);
    assert!(found.lost.is_empty() && found.sent_twice.is_empty(), "{found:?}");
    took
}

#[test]
fn killing_at_any_time_loses_nothing_paid_and_sends_nothing_twice() {
    let (routes, rounds) = (number("TINTYPE_CRASH_ROUTES", 2) as usize, number("TINTYPE_CRASH_ROUNDS", 3));
    let (mut dice, mut found, mut kills) = (SeededRng::new(), Violations::default(), 0);
    for route in Route::ALL.into_iter().take(routes) {
        for step in Failpoint::ALL {
            kill_at(route, step, &mut found);
            kills += u64::from(reaches(route, step));
        }
    }
    let whole = whole_run();
    for _ in 0..rounds {
        kill_after(whole, dice.roll(1000), &mut found);
        kills += 1;
    }
    println!("{kills} kills, {} lost, {} duplicated", found.lost.len(), found.sent_twice.len());
    assert!(found.lost.is_empty() && found.sent_twice.is_empty(), "{found:#?}");
}

#[test]
fn concurrent_processes_neither_block_nor_recover_each_other() {
    let site = CrashHarness::new();
    let batches = [site.child(0..12, 4), site.child(12..24, 4)];
    // Other processes read the history meanwhile.
    for _ in 0..5 {
        let listed = site.tintype(&["jobs", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        CrashHarness::wait_for_success(listed);
    }
    for batch in batches {
        CrashHarness::wait_for_success(batch);
    }
    let rows = site.history();
    assert_eq!(rows.iter().filter(|row| row["state"] == "saved").count(), 24, "{rows:#?}");
    let mut found = Violations::default();
    site.check_invariants(&rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect(), &mut found);
    assert!(found.lost.is_empty() && found.sent_twice.is_empty(), "{found:#?}");
}
