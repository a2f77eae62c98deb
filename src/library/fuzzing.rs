//! Invariants that hold for any bytes in place of a sidecar.
//!
//! Built by `cargo fuzz` only.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a fuzz target finds out by panicking")]

use std::path::Path;

use super::{HistoryRow, LibraryPaths, Record, checksum, codec, sidecar};

/// Checks the invariants with a sidecar from an untrusted source.
pub fn sidecar(data: &[u8]) {
    let folder = Path::new("/data/images/2026/11");
    let _ = checksum::verify_seal(data);
    let Ok(record) = sidecar::parse(data, folder) else { return };
    let places = LibraryPaths::new("/data".into());
    for path in record.images.iter().flat_map(|image| [Some(&image.path), image.svg.as_ref()]).flatten() {
        assert_eq!(path.parent(), Some(folder), "{}", path.display());
        assert!(places.name(path).is_ok(), "{}", path.display());
    }
    let text = sidecar::to_json(&record, 0).unwrap();
    assert_eq!(checksum::verify_seal(text.as_bytes()), checksum::ChecksumStatus::Intact);
    let again = sidecar::parse(text.as_bytes(), folder).unwrap();
    assert_eq!((again.id, &again.prompt, &again.images), (record.id, &record.prompt, &record.images));
    let facts: Record = serde_json::from_str(&codec::record_json(&record).unwrap()).unwrap();
    let _ = (codec::sort_key(&facts), serde_json::to_string(&HistoryRow::from(&facts)).unwrap());
}
