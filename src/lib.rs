//! Tintype, an image studio for the terminal.

pub mod atomic;
pub mod child;
pub mod cli;
pub mod clipboard;
pub mod compare;
pub mod config;
pub mod confined;
pub mod crash;
pub mod diagnostic;
pub mod engine;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod id;
mod interleaving;
pub mod library;
pub mod picture;
pub mod plain;
pub mod theme;
pub mod tui;

pub use tintype_backends::nearest;
