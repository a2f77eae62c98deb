//! Faults: their names, how a test or a prompt requests them, and the HTTP errors that some of them are.
//! Effects on a connection are in `transport`, effects on a stream in `outlet` and `stream`.

mod http_errors;
mod list;

pub(crate) use http_errors::{Quoted, error_response, images_per_minute, invalid_key, masked, moderation};
pub use list::{FAULTS, Fault, FaultInfo};

/// The faults of one request, some with a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<(Fault, Option<u64>)>);

impl Faults {
    /// Returns an empty set: the request gets its regular response.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Adds a fault with its number: seconds, milliseconds or bytes, as its entry in [`FAULTS`] says.
    #[must_use]
    pub fn with_value(mut self, fault: Fault, value: u64) -> Self {
        self.0.push((fault, Some(value)));
        self
    }

    /// Adds a fault.
    #[must_use]
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.0.push((fault, None));
        self
    }

    /// Parses `name,name=number`.
    ///
    /// # Errors
    /// Returns the first name that is not a fault.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut faults = Self::none();
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
            let fault = Fault::from_name(name).ok_or_else(|| name.to_owned())?;
            let value = value.map(|value| value.parse().map_err(|_| word.to_owned())).transpose()?;
            faults.0.push((fault, value));
        }
        Ok(faults)
    }

    /// Returns whether this fault is among them.
    pub fn has(&self, fault: Fault) -> bool {
        self.0.iter().any(|(one, _)| *one == fault)
    }

    /// Returns the number given with a fault.
    pub fn value(&self, fault: Fault) -> Option<u64> {
        self.0.iter().find(|(one, _)| *one == fault).and_then(|(_, value)| *value)
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Fault> + '_ {
        self.0.iter().map(|(fault, _)| *fault)
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self::none().with_fault(fault)
    }
}

impl<const N: usize> From<[Fault; N]> for Faults {
    fn from(faults: [Fault; N]) -> Self {
        Self(faults.into_iter().map(|fault| (fault, None)).collect())
    }
}

/// The faults that a prompt requests at its start: `[fault:NAMES]`, or `[fault:NAMES*TIMES]` for only the first TIMES
/// requests.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FaultDirective {
    pub(crate) faults: Faults,
    pub(crate) times: Option<u64>,
}

/// Parses the directive at the start of a prompt. An unknown name is an error, so that a typo cannot make a test pass.
pub(crate) fn parse_directive(prompt: &str) -> Result<Option<FaultDirective>, String> {
    let Some(rest) = prompt.trim_start().strip_prefix("[fault:") else { return Ok(None) };
    let Some((text, _)) = rest.split_once(']') else { return Err(rest.to_owned()) };
    let (names, times) = match text.rsplit_once('*') {
        Some((names, times)) => (names, Some(times.parse().map_err(|_| text.to_owned())?)),
        None => (text, None),
    };
    Ok(Some(FaultDirective { faults: Faults::parse(names)?, times }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_to_its_fault() {
        for info in FAULTS {
            assert_eq!(Fault::from_name(info.name), Some(info.fault), "{}", info.name);
        }
    }

    #[test]
    fn directive_parses_names_numbers_and_counts() {
        let spell = parse_directive("[fault:rate-limit,retry-after=3*2] a cat").unwrap().unwrap();
        assert_eq!(spell.faults, Faults::from(Fault::RateLimit).with_value(Fault::RetryAfter, 3));
        assert_eq!(spell.times, Some(2));
    }

    #[test]
    fn unknown_fault_is_an_error() {
        assert_eq!(parse_directive("[fault:nonsense] a cat"), Err("nonsense".to_owned()));
        assert_eq!(parse_directive("a cat [fault:reset]"), Ok(None));
    }
}
