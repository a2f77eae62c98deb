//! Themes: which colour a meaning has.
//! The only place that names colours; it draws nothing.

mod role;

pub use role::Role;
