//! The stand-in from a client's view: its images, its responses, its rejections, and every fault.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what the tests share fails as they do")]

mod answers;
mod client;
mod coverage;
mod door;
mod edits;
mod pictures;
mod refusals;
mod replies;
mod responses;
mod streams;
mod transport;
