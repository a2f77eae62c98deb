//! The engine: the life of a job from draft to file.
//! It knows no terminal and no command line; it takes drafts and reports events.

mod event;

pub use event::{Draft, EngineEvent, JobEvent, Plan, Source};
