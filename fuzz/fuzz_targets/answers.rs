//! Arbitrary bytes as a server's response with images: the result is the same however the bytes are split.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tintype_backends::fuzzing::answers(data));
