//! The library: every job and every image, in SQLite, found again in milliseconds.
//! The only place with SQL; it draws nothing and decides nothing about jobs.

mod record;

pub use record::{ImageRecord, Page, Query, Record, State};
