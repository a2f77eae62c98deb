//! Any text, as a model's answer: found, mended, checked, priced, drawn, and watched while it grows.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tintype_backends::fuzzing::svg(data));
