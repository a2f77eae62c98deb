//! A stand-in for the OpenAI API on the loopback interface: real images, real rules, and every failure on demand.
//! Not a mock: it validates requests by the published description and the known behavior of the service.
//!
//! A test starts one with [`FakeOpenAi::start`] (or [`FakeOpenAi::start_blocking`] where there is no runtime) and
//! points the client at [`FakeOpenAi::base_url`]. Afterwards it reads what arrived and what was sent. Faults are chosen
//! for the next requests ([`FakeOpenAi::script`]), for one request (header `x-fake-fault: NAME`), or by the prompt
//! (`[fault:NAME] a lighthouse`); [`FAULTS`] lists them all.

mod catalog;
mod chat;
mod compat;
mod control;
mod edit;
mod error;
mod faults;
mod files;
mod generate;
mod images;
mod middleware;
mod models;
mod multipart;
mod record;
mod responses;
mod scene;
mod server;
mod sse;
mod state;
mod stream;
mod transport;
mod usage;
mod validate;

pub use faults::{FAULTS, Fault, FaultInfo, Faults};
pub use record::{Part, RecordedBody, RecordedRequest};
pub use server::{Builder, FakeOpenAi};
