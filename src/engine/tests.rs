//! Tests of the engine with its library, from inside.

mod foreign_files;
mod interleaving;
