//! Whose terminal it is.

/// Terminals that are told apart because they want something of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Brand {
    /// One that says nothing, or that nothing is known of.
    Unknown,
}
