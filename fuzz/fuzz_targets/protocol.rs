//! Arbitrary bytes as the output lines of a backend program: no key gets through and nothing panics.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tintype_backends::fuzzing::protocol(data));
