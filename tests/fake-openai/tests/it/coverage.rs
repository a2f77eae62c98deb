//! Checks that every fault has a test.
//! The lists come from the modules with the tests.

use fake_openai::{FAULTS, Fault};

use crate::{compat, http_errors, responses, streams, transport};

#[test]
fn every_fault_has_a_test() {
    let lists: [&[Fault]; 5] =
        [&http_errors::tested(), &transport::TESTED, &streams::TESTED, &compat::TESTED, &responses::TESTED];
    let tested = lists.concat();
    let missing: Vec<&str> = FAULTS.iter().filter(|info| !tested.contains(&info.fault)).map(|info| info.name).collect();
    assert!(missing.is_empty(), "no test for {missing:?}");
}
