//! Any bytes, as the config file: read, refused with places, or partly in force with nothing that costs let through.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tintype::fuzzing::config(data));
