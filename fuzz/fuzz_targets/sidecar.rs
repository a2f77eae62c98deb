//! Any bytes, as the sidecar of an image: read within its folder, or refused.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tintype::fuzzing::sidecar(data));
