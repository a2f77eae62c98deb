//! Tintype, an image studio for the terminal.

pub mod atomic;
pub mod engine;
pub mod id;
pub mod library;
pub mod theme;
