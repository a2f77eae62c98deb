//! Arbitrary bytes as a server's event stream: the events are the same however the bytes are split.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tintype_backends::fuzzing::sse(data));
