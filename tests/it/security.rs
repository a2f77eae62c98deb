//! Checks that every test that SECURITY.md names for a promise exists.

use std::{fs, path::Path};

use crate::architecture::all_sources;

#[test]
fn every_promise_names_tests_that_exist() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("SECURITY.md")).unwrap();
    let sources = all_sources();
    let promises: Vec<&str> = text.lines().filter(|line| line.starts_with("| ") && !line.contains("---")).collect();
    let promises: Vec<&str> = promises.into_iter().filter(|line| !line.contains("| held by |")).collect();
    assert!(promises.len() > 15, "SECURITY.md has too few promises");
    for promise in promises {
        let tests = promise.trim_end_matches(['|', ' ']).rsplit('|').next().unwrap();
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "no test holds: {promise}");
        for name in names {
            assert!(is_there(name, &sources), "there is no test `{name}`, which shall hold: {promise}");
        }
    }
}

/// Returns whether a test of that name or, for a path, a file exists; `*` matches any part of it.
fn is_there(name: &str, sources: &[(String, String)]) -> bool {
    match name.split_once('*') {
        Some((start, end)) => sources.iter().any(|(path, _)| path.starts_with(start) && path.ends_with(end)),
        None if name.contains('/') => sources.iter().any(|(path, _)| path == name),
        None => sources.iter().any(|(_, text)| text.contains(&format!("fn {name}("))),
    }
}
