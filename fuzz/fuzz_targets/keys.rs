//! Arbitrary bytes as keys, pastes, window sizes and job events: a frame is drawn after each of them.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    tintype::tui::input_driver::drive(data);
});
