//! Chunks of a PNG file in file order.
//!
//! Checksums are not verified, and a truncated chunk is returned truncated.

/// Returns the type and body of each chunk.
pub(super) fn png_chunks(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = bytes.get(8..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (length, kind) = (rest.first_chunk()?, *rest.get(4..)?.first_chunk()?);
        let length = u32::from_be_bytes(*length) as usize;
        let body = rest.get(8..).unwrap_or_default();
        let body = body.get(..length).unwrap_or(body);
        rest = rest.get(length.saturating_add(12)..).unwrap_or_default();
        Some((kind, body))
    })
}
