//! Arbitrary bytes as the config file: accepted, rejected with positions, or partly applied within all spending limits.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tintype::fuzzing::config(data));
