//! Small copies of images on disk, so that a gallery opens without decoding every image again.
//!
//! A copy is found by the checksum of its image. The directory can be deleted at any time: what is missing or damaged is
//! made again, and where nothing can be written, nothing is kept.

use std::{
    fs,
    io::Cursor,
    path::{Path, PathBuf},
    time::SystemTime,
};

use image::{DynamicImage, ImageFormat, RgbaImage, codecs::jpeg::JpegEncoder};

use crate::{
    atomic_file, confined,
    picture::{DecodeLimits, decode},
};

/// Longer side of a small copy, in pixels: enough for the largest cells of the gallery on usual screens.
pub(super) const LONGER_SIDE: u32 = 320;

/// Maximum size of all copies, in bytes. The oldest are deleted first.
const MAX_BYTES: u64 = 256 << 20;

/// Maximum size of one copy that is read, in bytes.
const MAX_COPY: u64 = 4 << 20;

/// JPEG quality, barely distinguishable from the original at this size.
const QUALITY: u8 = 88;

/// The directory of small copies.
#[derive(Clone, Debug)]
pub(super) struct ThumbnailCache {
    data_dir: PathBuf,
}

impl ThumbnailCache {
    /// Creates a cache in the data directory.
    pub(super) const fn new(data_dir: PathBuf) -> Self {
        Self { data_dir }
    }

    fn directory(&self) -> PathBuf {
        self.data_dir.join("thumbnails")
    }

    /// Returns the path of the copy, or `None` for a checksum that is none.
    fn path(&self, sha256: &str) -> Option<PathBuf> {
        let is_checksum = sha256.len() == 64 && sha256.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_checksum.then(|| self.directory().join(&sha256[..2]).join(sha256))
    }

    /// Returns the copy of the image with this checksum.
    pub(super) fn get(&self, sha256: &str) -> Option<RgbaImage> {
        let bytes = confined::read(&self.data_dir, &self.path(sha256)?, MAX_COPY).ok()?;
        let copy = decode(&bytes, DecodeLimits::default()).ok()?;
        (copy.width().max(copy.height()) <= LONGER_SIDE).then_some(copy)
    }

    /// Keeps the copy of an image.
    pub(super) fn put(&self, sha256: &str, copy: &RgbaImage) {
        let Some((path, bytes)) = self.path(sha256).zip(encoded(copy)) else { return };
        let folder = path.parent().unwrap_or(&self.data_dir);
        let written = confined::create_dir(&self.data_dir, folder).and_then(|()| atomic_file::overwrite(&path, &bytes));
        if let Err(error) = written {
            tracing::debug!(%error, "a thumbnail was not kept");
        }
    }

    /// Deletes the oldest copies until the rest fits.
    pub(super) fn shrink(&self) {
        let mut copies = files(&self.directory());
        copies.sort_by_key(|(modified, ..)| *modified);
        let mut bytes: u64 = copies.iter().map(|(_, size, _)| size).sum();
        for (_, size, path) in copies {
            if bytes <= MAX_BYTES {
                break;
            }
            bytes -= size;
            // Another process may have deleted it.
            drop(atomic_file::remove(&path));
        }
    }
}

/// Encodes a copy: as a JPEG, or as a PNG if parts of it are transparent.
fn encoded(copy: &RgbaImage) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let is_opaque = copy.pixels().all(|pixel| pixel.0[3] == u8::MAX);
    let written = if is_opaque {
        let rgb = DynamicImage::ImageRgba8(copy.clone()).into_rgb8();
        JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&rgb)
    } else {
        copy.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
    };
    written.ok().map(|()| bytes)
}

/// Returns the files of the cache with the time and size of each.
fn files(directory: &Path) -> Vec<(SystemTime, u64, PathBuf)> {
    let entries = |directory: &Path| fs::read_dir(directory).into_iter().flatten().flatten();
    let folders = entries(directory).filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let copies = folders.flat_map(|folder| entries(&folder.path()).collect::<Vec<_>>());
    let facts = |entry: fs::DirEntry| {
        let found = entry.metadata().ok().filter(fs::Metadata::is_file)?;
        Some((found.modified().ok()?, found.len(), entry.path()))
    };
    copies.filter_map(facts).collect()
}

#[cfg(test)]
mod tests {
    use image::Rgba;

    use super::*;

    const SHA: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn a_copy_is_found_by_checksum_with_its_transparency() {
        let dir = tempfile::tempdir().unwrap();
        let cache = ThumbnailCache::new(dir.path().to_owned());
        assert!(cache.get(SHA).is_none());
        for color in [[10, 200, 30, 255], [10, 200, 30, 0]] {
            cache.put(SHA, &RgbaImage::from_pixel(40, 20, Rgba(color)));
            let found = cache.get(SHA).unwrap();
            assert_eq!((found.dimensions(), found.get_pixel(1, 1).0[3]), ((40, 20), color[3]));
        }
    }

    #[test]
    fn a_damaged_copy_or_a_name_that_is_no_checksum_is_not_found() {
        let dir = tempfile::tempdir().unwrap();
        let cache = ThumbnailCache::new(dir.path().to_owned());
        let copy = RgbaImage::from_pixel(40, 20, Rgba([1, 2, 3, 255]));
        cache.put(SHA, &copy);
        atomic_file::write(&cache.path(SHA).unwrap(), b"not an image").unwrap();
        assert!(cache.get(SHA).is_none());
        cache.put("../../escape", &copy);
        assert!(cache.get("../../escape").is_none());
        fs::remove_dir_all(cache.directory()).unwrap();
        assert!(cache.get(SHA).is_none());
        cache.put(SHA, &copy);
        assert!(cache.get(SHA).is_some(), "the directory is made again");
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_through_a_link() {
        let (dir, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::os::unix::fs::symlink(elsewhere.path(), dir.path().join("thumbnails")).unwrap();
        let cache = ThumbnailCache::new(dir.path().to_owned());
        cache.put(SHA, &RgbaImage::from_pixel(4, 4, Rgba([1, 2, 3, 255])));
        assert!(fs::read_dir(elsewhere.path()).unwrap().next().is_none());
    }
}
