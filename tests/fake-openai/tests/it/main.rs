//! The stand-in from a client's view: its images, its responses, its rejections, and every fault.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what the tests share fails as they do")]

mod auth;
mod client;
mod compat;
mod coverage;
mod edits;
mod http_errors;
mod images;
mod responses;
mod streams;
mod transport;
mod validation;
