//! The allowed ranges of the figures in a table or a model entry. A figure that is not a number or is absurd would
//! count as nothing or lock a budget.

use std::ops::RangeInclusive;

use super::rate_limit::AccountLimits;
use crate::TableError;

/// US dollars per million tokens.
pub(crate) const PER_MILLION: RangeInclusive<f64> = 0.0..=10_000.0;
/// US dollars for one image.
pub(crate) const PER_IMAGE: RangeInclusive<f64> = 0.0..=1_000.0;

/// Returns the error for a price per million tokens that is out of range.
pub(crate) fn price(path: &[&str], price: f64) -> Option<TableError> {
    TableError::outside(path, price, &PER_MILLION, "dollars per million tokens")
}

/// Returns the errors in the figures of a table's connection settings.
pub(crate) fn check(timeout: u64, limits: AccountLimits) -> Vec<TableError> {
    let timeout = TableError::outside(&["timeout"], timeout, &(1..=86_400), "a number of seconds");
    let concurrency = limits
        .concurrency
        .and_then(|number| TableError::outside(&["concurrency"], number, &(1..=1_000), "a number of requests"));
    let images = limits
        .images_per_minute
        .and_then(|number| TableError::outside(&["images_per_minute"], number, &(1..=100_000), "a number of images"));
    [timeout, concurrency, images].into_iter().flatten().collect()
}
