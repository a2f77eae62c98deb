//! Parses rate limits from response headers and from the messages of refusals.
//! The rate limiter decides what follows from them.

use std::time::Duration;

use reqwest::header::HeaderMap;

/// The unit that a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quota {
    /// Requests of any kind, one each.
    Requests,
    /// Requested images.
    Images,
}

impl Quota {
    /// Words an amount of this unit: `5 requests`.
    pub(crate) fn describe(self, count: u32) -> String {
        let what = match self {
            Self::Requests => "request",
            Self::Images => "image",
        };
        format!("{count} {what}{}", if count == 1 { "" } else { "s" })
    }
}

/// A limit in a server's own figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StatedLimit {
    pub(crate) quota: Quota,
    pub(crate) limit: u32,
    pub(crate) used: u32,
    /// The time until nothing of it is used.
    pub(crate) reset: Option<Duration>,
}

impl StatedLimit {
    /// Reads the headers `x-ratelimit-{limit,remaining,reset}-…`. Token limits are left to the server, since a
    /// request's token count is not known in advance.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Vec<Self> {
        let text = |what: &str, of: &str| headers.get(format!("x-ratelimit-{what}-{of}"))?.to_str().ok();
        let one = |(name, quota)| {
            let number = |what| text(what, name)?.trim().parse::<u32>().ok();
            let (limit, remaining) = (number("limit")?, number("remaining")?);
            let used = limit.checked_sub(remaining)?;
            (limit > 0).then(|| Self { quota, limit, used, reset: text("reset", name).and_then(duration) })
        };
        let names = [("requests", Quota::Requests), ("images", Quota::Images), ("input-images", Quota::Images)];
        names.into_iter().filter_map(one).collect()
    }

    /// Reads the message of a refusal: `… on input-images per min: Limit 5, Used 5, Requested 1. …`
    pub(crate) fn from_message(message: &str) -> Option<Self> {
        let lower = message.to_lowercase();
        let (before, figures) = lower.split_once(" per min")?;
        let what = before.rsplit(' ').next()?;
        let quota = match what {
            _ if what.contains("image") => Quota::Images,
            "requests" => Quota::Requests,
            _ => return None,
        };
        let number = |name: &str| {
            let (_, rest) = figures.split_once(name)?;
            let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u32>().ok()
        };
        let limit = number("limit").filter(|limit| *limit > 0)?;
        Some(Self { quota, limit, used: number("used").unwrap_or(limit), reset: None })
    }
}

/// Parses a duration as OpenAI writes it: `6m0s`, `120ms`, `1s`, `1h2m3.5s`.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut seconds = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let number: f64 = rest[..end].parse().ok()?;
        let unit_end = rest[end..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |at| end + at);
        seconds += number
            * match &rest[end..unit_end] {
                "ms" => 1e-3,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                "d" => 86_400.0,
                _ => return None,
            };
        rest = &rest[unit_end..];
    }
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn durations_are_read_as_they_are_written() {
        let millis = |text| duration(text).map(|read| read.as_millis());
        assert_eq!(millis("6m0s"), Some(360_000));
        assert_eq!(millis("120ms"), Some(120));
        assert_eq!(millis("1h2m3.5s"), Some(3_723_500));
        assert_eq!((millis("soon"), millis("12"), millis("")), (None, None, None));
    }

    #[test]
    fn limits_are_read_from_the_headers() {
        let pairs = [
            ("x-ratelimit-limit-requests", "500"),
            ("x-ratelimit-remaining-requests", "499"),
            ("x-ratelimit-reset-requests", "120ms"),
            ("x-ratelimit-limit-images", "5"),
            ("x-ratelimit-remaining-images", "7"),
            ("x-ratelimit-limit-tokens", "100"),
            ("x-ratelimit-remaining-tokens", "0"),
        ];
        let headers = pairs.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let reset = Some(Duration::from_millis(120));
        let expected = StatedLimit { quota: Quota::Requests, limit: 500, used: 1, reset };
        assert_eq!(StatedLimit::from_headers(&headers.into_iter().collect()), [expected]);
    }

    #[test]
    fn limits_are_read_from_a_refusal() {
        let words = "Rate limit reached for gpt-image-1 (for limit gpt-image) in organization org-x on input-images per \
                     min: Limit 5, Used 4, Requested 2. Please try again in 12s.";
        let images = StatedLimit { quota: Quota::Images, limit: 5, used: 4, reset: None };
        assert_eq!(StatedLimit::from_message(words), Some(images));
        let requests = StatedLimit::from_message("… on requests per min (RPM): Limit 500, Used 500, Requested 1.");
        assert_eq!(requests.map(|stated| (stated.quota, stated.limit)), Some((Quota::Requests, 500)));
        assert_eq!(StatedLimit::from_message("on tokens per min (TPM): Limit 30000, Used 29000"), None);
        assert_eq!(StatedLimit::from_message("slow down"), None);
    }
}
