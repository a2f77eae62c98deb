//! Spools a paid response to disk while it arrives, before it is processed, and finds it again in a later process. Each
//! image is a file of its own, decoded, that later becomes the saved image. The rest is kept as received, with a slot
//! in place of each image.
//! The spool is temporary: the owner of the job deletes it once the images are saved.

use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use tokio::{io::AsyncWriteExt as _, task::spawn_blocking};

use crate::StagedFile;

/// The files of one response. If the disk accepts no more, the response continues without them: an image that is only
/// in memory is better than none, and saving it reports the disk's error.
///
/// The reading task writes each chunk before it does anything else with it. A process that is killed loses only what
/// the operating system had not yet delivered and the chunk that was being decoded, a few kilobytes.
#[derive(Debug, Default)]
pub(crate) struct Spool {
    path: PathBuf,
    role: SpoolMode,
    /// Text that waits for the end of the current chunk.
    text: Vec<u8>,
    /// Images that are written but may not be synced to disk.
    unsynced: Vec<(PathBuf, File)>,
    /// True if the text is synced to disk as well.
    is_synced: bool,
}

#[derive(Debug, Default)]
enum SpoolMode {
    /// Spools nothing.
    #[default]
    Idle,
    /// Spools a response that is being received.
    Keeping(Arc<File>),
    /// Holds a response that an earlier process spooled.
    Kept,
}

impl Spool {
    /// Creates files called `name` in the job directory. If an earlier response has that name, it stays and this one
    /// gets a number.
    pub(crate) fn create(folder: &Path, name: &str) -> Self {
        let mut path = folder.join(name);
        for number in 1.. {
            match private().create_new(true).open(&path) {
                Ok(file) => return Self { path, role: SpoolMode::Keeping(Arc::new(file)), ..Self::default() },
                Err(error) if error.kind() == ErrorKind::AlreadyExists => path = numbered(folder, name, number),
                Err(error) => {
                    broken(&path, &error);
                    break;
                }
            }
        }
        Self::default()
    }

    /// Opens the files of a response whose text is in `path`.
    pub(crate) fn open_spooled(path: &Path) -> Self {
        Self { path: path.to_owned(), role: SpoolMode::Kept, ..Self::default() }
    }

    /// Returns whether an earlier process spooled this response, so that slots stand for images.
    pub(crate) const fn has_slots(&self) -> bool {
        matches!(self.role, SpoolMode::Kept)
    }

    /// Buffers text, which is written with the next [`flush`](Self::flush).
    pub(crate) fn buffer_text(&mut self, text: &[u8]) {
        if matches!(self.role, SpoolMode::Keeping(_)) {
            self.text.extend_from_slice(text);
        }
    }

    /// Writes the buffered text, so that it survives this process.
    pub(crate) fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        if text.is_empty() {
            return;
        }
        self.is_synced = false;
        if let SpoolMode::Keeping(file) = &self.role
            && let Err(error) = file.as_ref().write_all(&text)
        {
            broken(&self.path, &error);
            self.role = SpoolMode::Idle;
        }
    }

    /// Creates a file for an image that is being received.
    pub(crate) fn begin_image(&self, number: usize) -> Option<Box<ImageFile>> {
        let SpoolMode::Keeping(_) = self.role else { return None };
        let path = image_path(&self.path, number);
        match private().create_new(true).open(&path) {
            Ok(file) => Some(Box::new(ImageFile { path, file, hash: Sha256::new() })),
            Err(error) => {
                broken(&path, &error);
                None
            }
        }
    }

    /// Takes over a file whose image is complete.
    pub(crate) fn end_image(&mut self, image: ImageFile) -> StagedFile {
        self.unsynced.push((image.path.clone(), image.file));
        StagedFile { path: image.path, sha256: format!("{:x}", image.hash.finalize()) }
    }

    /// Loads the image that a slot stands for, if it is complete.
    pub(crate) fn load(&self, slot: &ImageSlot) -> Option<(Bytes, StagedFile)> {
        let (length, sha256) = slot.file.as_ref().filter(|_| self.has_slots())?;
        let path = image_path(&self.path, slot.number);
        let is_as_long = fs::symlink_metadata(&path).is_ok_and(|found| found.is_file() && found.len() == *length);
        let bytes = is_as_long.then(|| fs::read(&path).ok()).flatten()?;
        let is_whole = format!("{:x}", Sha256::digest(&bytes)) == *sha256;
        is_whole.then(|| (bytes.into(), StagedFile { path, sha256: sha256.clone() }))
    }

    /// Syncs everything to disk, so that it survives a power failure as well.
    pub(crate) async fn close(&mut self) {
        self.flush();
        let SpoolMode::Keeping(text) = &self.role else { return };
        if std::mem::replace(&mut self.is_synced, true) && self.unsynced.is_empty() {
            return;
        }
        let (images, text) = (std::mem::take(&mut self.unsynced), Arc::clone(text));
        let synced = spawn_blocking(move || images.iter().try_for_each(sync_image).and_then(|()| text.sync_data()));
        if let Err(error) = synced.await.unwrap_or_else(|lost| Err(lost.into())) {
            broken(&self.path, &error);
        }
    }

    /// Stops spooling from now on.
    pub(crate) fn stop(&mut self) {
        if matches!(self.role, SpoolMode::Keeping(_)) {
            self.role = SpoolMode::Idle;
        }
    }

    /// Removes the text: the response held no image and may repeat data that does not belong on a disk.
    pub(crate) fn discard(&mut self) {
        if matches!(self.role, SpoolMode::Keeping(_)) {
            self.stop();
            if let Err(error) = fs::remove_file(&self.path) {
                tracing::warn!(path = %self.path.display(), %error, "could not remove a response without an image");
            }
        }
    }
}

/// An image that is being written to disk and hashed on the way.
#[derive(Debug)]
pub(crate) struct ImageFile {
    path: PathBuf,
    file: File,
    hash: Sha256,
}

impl ImageFile {
    /// Appends bytes; on return they are written. Returns `None` if the disk accepts no more, in which case the file is
    /// removed.
    pub(crate) fn write(mut self: Box<Self>, bytes: &[u8]) -> Option<Box<Self>> {
        if let Err(error) = self.file.write_all(bytes) {
            broken(&self.path, &error);
            self.remove();
            return None;
        }
        self.hash.update(bytes);
        Some(self)
    }

    /// Deletes the file.
    pub(crate) fn remove(&self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(path = %self.path.display(), %error, "could not remove a partial image");
        }
    }
}

/// The placeholder for an image in a text: `#` and its number, then the length and the hash of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImageSlot {
    pub(crate) number: usize,
    pub(crate) file: Option<(u64, String)>,
}

impl ImageSlot {
    /// The longest slot, in characters.
    pub(crate) const LONGEST: usize = 120;

    /// Returns whether a slot may contain this character.
    pub(crate) const fn has(byte: u8) -> bool {
        matches!(byte, b'#' | b':' | b'0'..=b'9' | b'a'..=b'f')
    }

    /// Parses a slot.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?.strip_prefix('#')?;
        let mut parts = text.split(':');
        let number = parts.next()?.parse().ok()?;
        let file = match (parts.next(), parts.next()) {
            (Some(length), Some(sha256)) => Some((length.parse().ok()?, sha256.to_owned())),
            (None, None) => None,
            _ => return None,
        };
        Some(Self { number, file })
    }
}

impl fmt::Display for ImageSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.number)?;
        self.file.iter().try_for_each(|(length, sha256)| write!(f, ":{length}:{sha256}"))
    }
}

/// Syncs an image, or removes it if that fails: saving writes it again and reports the error.
fn sync_image((path, file): &(PathBuf, File)) -> io::Result<()> {
    file.sync_data().inspect_err(|_| drop(fs::remove_file(path)))
}

fn image_path(text: &Path, number: usize) -> PathBuf {
    let mut path = text.as_os_str().to_owned();
    path.push(format!(".image-{number}"));
    path.into()
}

/// Writes an image that was downloaded from a URL of its own; the name never belongs to an incomplete file.
pub(crate) async fn save_download(path: &Path, bytes: &[u8]) {
    let half = path.with_extension("half");
    let kept = async {
        let mut file = tokio::fs::OpenOptions::from(private()).create(true).truncate(true).open(&half).await?;
        file.write_all(bytes).await?;
        file.flush().await?;
        file.sync_data().await?;
        tokio::fs::rename(&half, path).await
    };
    if let Err(error) = kept.await {
        broken(path, &error);
    }
}

/// Returns the spooled responses of that name in a folder, the latest first.
pub(crate) async fn spooled_responses(folder: &Path, name: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut path = folder.join(name);
    while tokio::fs::try_exists(&path).await.unwrap_or(false) {
        found.insert(0, path);
        path = numbered(folder, name, found.len());
    }
    found
}

fn numbered(folder: &Path, name: &str, number: usize) -> PathBuf {
    folder.join(format!("{name}.{number}"))
}

/// Opens files for their owner alone, since a response may repeat the prompt.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn broken(path: &Path, error: &io::Error) {
    tracing::warn!(path = %path.display(), %error, "could not keep a response on disk");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_round_trips() {
        for file in [None, Some((12, "0af".to_owned()))] {
            let slot = ImageSlot { number: 7, file };
            assert!(slot.to_string().bytes().all(ImageSlot::has));
            assert_eq!(ImageSlot::parse(slot.to_string().as_bytes()), Some(slot));
        }
        for text in ["", "#", "7", "#x", "#1:2", "#1:x:0a"] {
            assert_eq!(ImageSlot::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn an_incomplete_image_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::create(folder.path(), "answer-0");
        let file = spool.begin_image(0).unwrap().write(b"half ").unwrap().write(b"and half").unwrap();
        let staged = spool.end_image(*file);
        let slot = |length, sha256: &str| ImageSlot { number: 0, file: Some((length, sha256.to_owned())) };
        let kept = Spool::open_spooled(&folder.path().join("answer-0"));
        let whole = Some((Bytes::from_static(b"half and half"), staged.clone()));
        assert_eq!(kept.load(&slot(13, &staged.sha256)), whole);
        assert_eq!(spool.load(&slot(13, &staged.sha256)), None, "a server cannot name a file");
        assert_eq!(kept.load(&slot(13, "00")), None);
        OpenOptions::new().write(true).open(&staged.path).unwrap().set_len(5).unwrap();
        assert_eq!(kept.load(&slot(13, &staged.sha256)), None);
    }
}
