//! Any bytes, as keys, pastes, sizes of the window and reports of jobs: every frame after them is drawn.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    tintype::tui::storm::drive(data);
});
