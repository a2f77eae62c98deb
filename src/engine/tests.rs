//! The engine with its library, from inside.

mod interleaving;
mod staged;
