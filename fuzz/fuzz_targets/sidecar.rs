//! Arbitrary bytes as the sidecar of an image: read without leaving its folder, or rejected.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tintype::fuzzing::sidecar(data));
