//! Arbitrary text as a model's answer: extracted, repaired, checked, priced, rendered, and previewed while it arrives.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tintype_backends::fuzzing::svg(data));
