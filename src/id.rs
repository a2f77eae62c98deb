//! Ids of jobs and images: UUIDv7, so that they sort by time, abbreviated by their random end.
//! The library resolves short ids.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Id of a job or an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(Uuid);

impl Id {
    /// Creates an id that sorts after every earlier one of this process.
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }

    /// Returns the last eight hexadecimal digits, which are random. The first eight encode the time, and are shared by
    /// everything created within the same minute.
    pub fn short(&self) -> String {
        let full = self.0.simple().to_string();
        full[full.len() - 8..].to_owned()
    }
}

impl Default for Id {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Id {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_together_differ_when_short() {
        let ids: std::collections::HashSet<String> = (0..100).map(|_| Id::new().short()).collect();
        assert_eq!(ids.len(), 100);
        assert!(ids.iter().all(|id| id.len() == 8));
    }
}
