//! Entries for the fuzz targets: the app's readers of bytes from outside, through their private doors.
//! Built by `cargo fuzz` alone.

pub use crate::library::fuzzing::sidecar;
