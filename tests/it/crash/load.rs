//! Load far beyond normal use: hundreds of jobs, dozens of them concurrent.

use std::collections::BTreeSet;

use super::{
    harness::{CrashHarness, Violations},
    number,
};

#[test]
fn many_concurrent_jobs_arrive_once_with_constant_memory() {
    let jobs = number("TINTYPE_CRASH_LOAD", 64) as usize;
    let site = CrashHarness::new();
    let said = CrashHarness::wait_for_success(site.child(0..jobs, 32));
    let rows = site.history();
    let due: BTreeSet<String> = rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(due.len(), jobs, "{said}");
    let mut found = Violations::default();
    site.check_invariants(&due, &mut found);
    assert!(found.lost.is_empty() && found.sent_twice.is_empty(), "{found:#?}");
    let resident: Vec<u64> = said.lines().filter_map(|line| line.strip_prefix("resident: ")?.parse().ok()).collect();
    let [early, late] = resident[..] else { panic!("{said}") };
    println!("{jobs} jobs, 32 concurrent: none lost, none duplicated; {early} KiB after 1/5, {late} KiB at the end");
    assert!(late < early + early / 2 + (32 << 10), "{said}");
}
