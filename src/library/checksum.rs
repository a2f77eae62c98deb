//! Checksums of database rows and of the small JSON files beside them, so that damage is detected instead of shown.
//!
//! Database triggers maintain the row checksums: no statement has to compute them.

use std::fmt::Write as _;

use rusqlite::{
    Connection,
    functions::{Context, FunctionFlags},
    types::ValueRef,
};
use sha2::{Digest as _, Sha256};

/// Tables with a `checksum` column, and the columns that it covers.
pub(super) const TABLES: [(&str, &str); 7] = [
    ("jobs", JOBS),
    ("images", IMAGES),
    ("spending", "job, at, backend, charge"),
    ("runs", "key, id, facts"),
    ("shots", "run, place, job, first_preview"),
    ("pairs", "key, id, run, place, facts"),
    ("ballots", "key, id, pair, facts"),
];
pub(super) const JOBS: &str = "key, id, parent, backend, model, prompt, state, labels, deleted, moving, ticket, facts";
pub(super) const IMAGES: &str = "key, id, job, place, name, svg, width, height, format, bytes, sha256";

/// Message of the triggers that reject a change to a damaged row.
pub(super) const DAMAGED: &str = "damaged row";

/// Registers `row_checksum(…)` on a connection.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("row_checksum", -1, flags, |values| Ok(row_checksum(values)))
}

/// Returns the SQL condition for an intact row of a table.
pub(super) fn is_intact(columns: &str) -> String {
    format!("checksum IS row_checksum({columns})")
}

/// Returns the number of damaged rows per table, as `table: count`.
pub(super) fn damaged_rows(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut found = Vec::new();
    for (table, columns) in TABLES {
        let sql = format!("SELECT count(*) FROM {table} WHERE NOT ({})", is_intact(columns));
        let count: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
        found.extend((count > 0).then(|| format!("damaged rows in {table}: {count}")));
    }
    Ok(found)
}

/// Returns the error for a row that fails its checksum.
pub(super) fn damaged_row_error() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT), Some(DAMAGED.to_owned()))
}

fn row_checksum(values: &Context<'_>) -> i64 {
    let mut hash = Sha256::new();
    for index in 0..values.len() {
        match values.get_raw(index) {
            ValueRef::Null => hash.update([0]),
            ValueRef::Integer(number) => {
                hash.update([1]);
                hash.update(number.to_le_bytes());
            }
            ValueRef::Real(number) => {
                hash.update([2]);
                hash.update(number.to_bits().to_le_bytes());
            }
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                hash.update([3]);
                hash.update((bytes.len() as u64).to_le_bytes());
                hash.update(bytes);
            }
        }
    }
    hash.finalize().first_chunk().copied().map(i64::from_le_bytes).unwrap_or_default()
}

/// Result of checking a sealed text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChecksumStatus {
    /// The text matches its checksum byte for byte.
    Intact,
    /// The text carries a checksum of different content.
    Broken,
    /// The text carries no checksum: an earlier version wrote it.
    Missing,
}

/// Member of a JSON object that holds the checksum of everything before it.
const NAME: &str = "\"checksum\"";
/// Length of the checksum in hexadecimal digits.
const DIGITS: usize = 16;

/// Appends a checksum as the last member of a non-empty JSON object, in the layout of that object.
pub(super) fn seal(object: &str) -> String {
    let (before, colon, after) = if object.ends_with("\n}") { ("\n  ", ": ", "\n}") } else { ("", ":", "}") };
    let members = object.strip_suffix(after).unwrap_or(object);
    let sealed = format!("{members},{before}");
    format!("{sealed}{NAME}{colon}\"{}\"{after}", digest(sealed.as_bytes()))
}

/// Checks a sealed JSON object against its checksum.
pub(super) fn verify_seal(text: &[u8]) -> ChecksumStatus {
    let Some(start) = text.windows(NAME.len()).rposition(|part| part == NAME.as_bytes()) else {
        return ChecksumStatus::Missing;
    };
    let Some(digits) = std::str::from_utf8(&text[start + NAME.len()..]).ok().and_then(digits) else {
        return ChecksumStatus::Missing;
    };
    if digits == digest(&text[..start]) { ChecksumStatus::Intact } else { ChecksumStatus::Broken }
}

/// Returns the digits after the name if nothing else follows them.
fn digits(rest: &str) -> Option<&str> {
    let rest = rest.trim_start().strip_prefix(':')?.trim().strip_suffix('}')?.trim_end();
    let digits = rest.strip_prefix('"')?.strip_suffix('"')?;
    (digits.len() == DIGITS && digits.bytes().all(|digit| digit.is_ascii_hexdigit())).then_some(digits)
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(DIGITS / 2).fold(String::new(), |mut text, byte| {
        // Writing to a string never fails.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_flipped_bit_leaves_a_seal_intact() {
        for object in ["{\n  \"prompt\": \"a \\\"checksum\\\" of 1\"\n}", "{\"a\":1}"] {
            let sealed = seal(object);
            let value: serde_json::Value = serde_json::from_str(&sealed).unwrap();
            assert!(value["checksum"].is_string(), "{sealed}");
            assert_eq!(verify_seal(sealed.as_bytes()), ChecksumStatus::Intact, "{sealed}");
            assert_eq!(verify_seal(object.as_bytes()), ChecksumStatus::Missing);
            for bit in 0..sealed.len() * 8 {
                let mut bytes = sealed.clone().into_bytes();
                bytes[bit / 8] ^= 1 << (bit % 8);
                let reads = serde_json::from_slice::<serde_json::Value>(&bytes).ok();
                // Invalid JSON is rejected anyway.
                let same = reads.is_none_or(|mut read| {
                    read.as_object_mut().unwrap().retain(|name, _| value.get(name).is_some() && name != "checksum");
                    read == serde_json::from_str::<serde_json::Value>(object).unwrap()
                });
                assert!(same || verify_seal(&bytes) != ChecksumStatus::Intact, "bit {bit} of {sealed}");
            }
        }
    }
}
