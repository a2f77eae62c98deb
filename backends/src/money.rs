//! Amounts of US dollars, exact to a billionth because prices are quoted per million tokens.
//! It does not convert currencies, add taxes or round for accounting.

use std::{fmt, iter::Sum, ops::Add, ops::AddAssign};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const NANOS: f64 = 1e9;

/// An amount in US dollars, stored as whole billionths (one token at 1.25 USD per million is 1,250 of them).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd(u64);

impl Usd {
    /// Zero: the price of an image generated on this machine. An unknown price is `None`, never this.
    pub const ZERO: Self = Self(0);

    /// Converts from billionths of a dollar.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Returns the amount in billionths of a dollar.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Converts from dollars; negative and non-finite amounts become zero.
    pub fn from_dollars(dollars: f64) -> Self {
        Self((dollars.max(0.0) * NANOS).round() as u64)
    }

    /// Returns the amount in dollars.
    pub fn dollars(self) -> f64 {
        self.0 as f64 / NANOS
    }

    /// Returns the price of `tokens` at `per_million` dollars per million.
    pub fn for_tokens(tokens: u64, per_million: f64) -> Self {
        Self((tokens as f64 * per_million.max(0.0) * 1e3).round() as u64)
    }

    /// Returns this amount less `other`, never below zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Returns this amount `count` times.
    #[must_use]
    pub const fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count))
    }
}

impl fmt::Display for Usd {
    /// Formats with two decimals from ten cents up and three below that, so that a cheap image does not look free.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dollars = self.dollars();
        match self.0 {
            0 => f.write_str("$0"),
            1..100_000 => f.write_str("<$0.0001"),
            100_000..10_000_000 => write!(f, "${dollars:.4}"),
            10_000_000..100_000_000 => write!(f, "${dollars:.3}"),
            _ => write!(f, "${dollars:.2}"),
        }
    }
}

impl Add for Usd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.dollars())
    }
}

impl<'de> Deserialize<'de> for Usd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let dollars = f64::deserialize(deserializer)?;
        if dollars.is_finite() && dollars >= 0.0 {
            Ok(Self::from_dollars(dollars))
        } else {
            Err(serde::de::Error::custom(format!("must be an amount in dollars, 0 or more, not {dollars}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_priced_exactly() {
        assert_eq!(Usd::for_tokens(1_000_000, 40.0), Usd::from_dollars(40.0));
        assert_eq!(Usd::for_tokens(1, 1.25).nanos(), 1_250);
        assert_eq!(Usd::for_tokens(272, 40.0).to_string(), "$0.011");
    }

    #[test]
    fn a_cheap_image_does_not_look_free() {
        assert_eq!(Usd::from_nanos(10).to_string(), "<$0.0001");
        assert_eq!(Usd::from_dollars(0.0021).to_string(), "$0.0021");
        assert_eq!(Usd::from_dollars(0.167).to_string(), "$0.17");
        assert_eq!(Usd::ZERO.to_string(), "$0");
    }

    #[test]
    fn json_is_dollars() {
        assert_eq!(serde_json::to_string(&Usd::from_dollars(0.25)).unwrap(), "0.25");
        assert_eq!(serde_json::from_str::<Usd>("10.5").unwrap(), Usd::from_dollars(10.5));
        assert!(serde_json::from_str::<Usd>("-1").is_err());
    }
}
