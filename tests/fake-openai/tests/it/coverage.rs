//! Checks that every fault has a test.
//! The lists come from the modules with the tests.

use fake_openai::{FAULTS, Fault};

use crate::{answers, replies, responses, streams, transport};

#[test]
fn every_fault_has_a_test() {
    let lists: [&[Fault]; 5] =
        [&replies::tested(), &transport::TESTED, &streams::TESTED, &answers::TESTED, &responses::TESTED];
    let tested = lists.concat();
    let missing: Vec<&str> = FAULTS.iter().filter(|info| !tested.contains(&info.fault)).map(|info| info.name).collect();
    assert!(missing.is_empty(), "no test for {missing:?}");
}
