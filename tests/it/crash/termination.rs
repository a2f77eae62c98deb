//! Termination: a job gets a moment to finish, and is then left in a state that the next start can resume.

use std::{
    process::{Child, Output, Stdio},
    time::{Duration, Instant},
};

use fake_openai::{FakeOpenAi, Fault};
use rustix::process::{Pid, Signal, kill_process};

use super::harness::{CrashHarness, Route, Violations};

/// Starts a program that waits for a response which the server holds back.
fn start_waiting(site: &CrashHarness, route: Route) -> Child {
    let mut command = site.generate(route, "a lighthouse at dusk");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(site.server.wait_until(|server| server.requests().iter().any(|request| request.method == "POST")));
    child
}

fn gated_harness() -> CrashHarness {
    CrashHarness::with(FakeOpenAi::builder().always(Fault::Gate))
}

/// Terminates the program, which must exit soon.
fn terminate(child: Child) -> Output {
    let began = Instant::now();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let output = child.wait_with_output().unwrap();
    let took = began.elapsed();
    println!("ended after {took:?}");
    // Two seconds are promised; a busy machine gets more before this fails.
    assert!(took < Duration::from_secs(20), "{took:?}");
    output
}

#[test]
fn termination_reports_a_job_that_cannot_be_resumed() {
    let site = gated_harness();
    let output = terminate(start_waiting(&site, Route::Plain));
    assert_eq!(output.status.code(), Some(8), "{output:?}");
    site.server.release(1000);
    let row = site.rows(&["jobs", "--json"]).remove(0);
    assert_eq!(row["state"], "unknown");
    assert!(row["sent"].is_string() && row["request_id"].is_string() && row["error"]["hint"].is_string(), "{row}");
    let mut found = Violations::default();
    site.check_invariants(&site.received_jobs(), &mut found);
    assert!(found.sent_twice.is_empty() && found.lost.is_empty(), "{found:?}");
}

#[test]
fn termination_waits_for_a_response_in_progress() {
    let site = gated_harness();
    let child = start_waiting(&site, Route::Plain);
    let pid = Pid::from_child(&child);
    kill_process(pid, Signal::TERM).unwrap();
    site.server.release(1000);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(site.history()[0]["state"], "saved");
}

#[test]
fn termination_suspends_a_background_job_and_resumes_it_later() {
    let site = CrashHarness::with(FakeOpenAi::builder().always(Fault::Gate));
    let mut command = site.generate(Route::Background, "a lighthouse at dusk");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The first event carries the id by which the response is found again.
    site.server.release(1);
    while site.rows(&["jobs", "--json"]).is_empty() || !has_ticket(&site) {}
    terminate(child);
    let row = site.rows(&["jobs", "--json"]).remove(0);
    assert_eq!(row["state"], "sent", "it waits at the provider: {row}");
    site.server.release(1000);
    let id = row["id"].as_str().unwrap();
    let child = site.tintype(&["jobs", "resume", id]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    CrashHarness::wait_for_success(child);
    let mut found = Violations::default();
    site.check_invariants(&[id.to_owned()].into(), &mut found);
    assert!(found.sent_twice.is_empty() && found.lost.is_empty(), "{found:?}");
}

fn has_ticket(site: &CrashHarness) -> bool {
    let library = tintype::library::Library::open(&site.data).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let open = library.unfinished().await.unwrap();
        let ticket = library.ticket(open[0].id).await.unwrap();
        library.close().await;
        ticket.is_some()
    })
}
