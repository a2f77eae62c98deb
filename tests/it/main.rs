//! The single integration test binary; each module tests the program from one side.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod browser;
mod cli;
#[cfg(unix)]
mod crash;
mod engine;
mod faults;
mod picture_decode;
mod picture_hostile;
mod readme;
mod security;
#[cfg(unix)]
mod studio;
mod walls;
mod workshop;
