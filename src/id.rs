//! Names of jobs and images: UUIDv7, so that they sort by time, written short by their random end.
//! Not a lookup: which id a short one means is the library's business.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The id of a job or an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(Uuid);

impl Id {
    /// A new id, later than every id this process made before.
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }

    /// Its last eight hexadecimal digits: the random end, since the first eight are the time and
    /// shared by everything made within the same minute.
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
