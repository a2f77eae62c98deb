//! Tests of the engine with its library, from inside.

mod interleaving;
mod staged;
