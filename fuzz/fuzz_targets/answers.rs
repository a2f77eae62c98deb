//! Any bytes, as a server's answer with images: split in any way they say the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tintype_backends::fuzzing::answers(data));
