//! Tintype, an image studio for the terminal.

pub mod atomic_file;
pub mod cli;
pub mod clipboard;
pub mod compare;
pub mod config;
pub mod confined;
pub mod diagnostic;
pub mod engine;
pub mod export;
pub mod failpoint;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod helper_process;
pub mod id;
mod interleaving;
pub mod library;
pub mod picture;
pub mod sanitize;
pub mod theme;
pub mod tui;

pub use tintype_backends::suggest;
