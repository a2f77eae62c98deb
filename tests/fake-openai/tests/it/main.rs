//! The stand-in seen through a client: what it draws, what it says, what it refuses, and every fault.

mod client;
mod pictures;
