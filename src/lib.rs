//! Tintype, an image studio for the terminal.

pub mod engine;
pub mod id;
pub mod library;
pub mod picture;
pub mod theme;
