//! Any bytes, as the lines that a program writes: no key comes through and nothing breaks.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tintype_backends::fuzzing::protocol(data));
