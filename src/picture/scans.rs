//! How often a JPEG goes over its pixels: a file of kilobytes can ask for hours of work.
//! It walks the file's markers and decodes nothing.

/// No encoder needs more.
const MOST_SCANS: u64 = 100;
/// So often may the largest picture that is shown be gone over; honest progressive files do it about ten times.
const PASSES: u64 = 12;

/// Whether decoding would take too long, where `pixels` is what the file has and `most` what any may have.
pub(super) fn too_many(bytes: &[u8], pixels: u64, most: u64) -> bool {
    let scans = count(bytes);
    scans > MOST_SCANS || scans.saturating_mul(pixels) > most.saturating_mul(PASSES)
}

/// The scans of a JPEG, as far as it can be read.
fn count(bytes: &[u8]) -> u64 {
    const START_OF_SCAN: u8 = 0xda;
    let (mut at, mut scans) = (2, 0);
    while let Some(marker) = next_marker(bytes, at) {
        let length =
            bytes.get(marker + 1..marker + 3).map_or(2, |two| usize::from(u16::from_be_bytes([two[0], two[1]])));
        scans += u64::from(bytes[marker] == START_OF_SCAN);
        at = marker + 1 + length.max(2);
    }
    scans
}

/// Where the code of the next marker with a length stands, from `at` on. Stuffed zeros and restarts are data.
fn next_marker(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)? + 1;
        match bytes.get(at)? {
            0x00 | 0x01 | 0xd0..=0xd9 => at += 1,
            0xff => {}
            _ => return Some(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCAN: [u8; 12] = [0xff, 0xda, 0, 4, 1, 0, 0x12, 0xff, 0, 0xff, 0xd3, 0x34];

    fn jpeg(scans: usize) -> Vec<u8> {
        [&[0xff, 0xd8, 0xff, 0xe0, 0, 5, 0xff, 0xda, 1][..], &SCAN.repeat(scans), &[0xff, 0xd9]].concat()
    }

    #[test]
    fn scans_are_counted_and_look_alikes_are_not() {
        assert_eq!([0, 1, 10].map(|scans| count(&jpeg(scans))), [0, 1, 10]);
        assert_eq!(count(b""), 0);
        (0..jpeg(2).len()).for_each(|end| assert!(count(&jpeg(2)[..end]) <= 2));
    }

    #[test]
    fn an_honest_file_passes_and_a_bomb_does_not() {
        let million = 1_000_000;
        assert!(!too_many(&jpeg(10), 100 * million, 100 * million));
        assert!(too_many(&jpeg(13), 100 * million, 100 * million));
        assert!(!too_many(&jpeg(100), million, 100 * million));
        assert!(too_many(&jpeg(101), 1, 100 * million));
    }
}
