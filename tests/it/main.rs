//! The single integration test binary; each module tests the program from one side.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod architecture;
mod browser;
mod cli;
#[cfg(unix)]
mod crash;
mod docs;
mod engine;
mod faults;
mod image_decode;
mod image_hostile;
mod renderer;
mod security;
#[cfg(unix)]
mod studio;
