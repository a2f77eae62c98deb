//! Tintype's entry: parse, run, print the error, exit code.

fn main() {}
