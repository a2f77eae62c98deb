//! A paid answer on disk while it comes in, before anything is made of it; and found again by a later process. Each image
//! is a file of its own, decoded, which is to become the saved one; the rest is kept as it came, with a slot in the
//! place of each image.
//! Not the artifact: whoever runs the job throws the spool away once the images are safe.

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

/// The files of one answer. Where the disk takes nothing more, the answer goes on without them: an image that is only in
/// memory is worth more than none, and whoever saves it says what is wrong with the disk.
///
/// Everything is written by the task that reads, before it does anything else with what it read: a process that is
/// killed loses what the system had not yet handed over, and what it was just decoding, a piece of some kilobytes.
#[derive(Debug, Default)]
pub(crate) struct Spool {
    path: PathBuf,
    role: Role,
    /// Text that waits for the end of the piece that is being read.
    text: Vec<u8>,
    /// Images that the system has, and the disk may not.
    unsynced: Vec<(PathBuf, File)>,
    /// Whether the disk has the text as well.
    is_synced: bool,
}

#[derive(Debug, Default)]
enum Role {
    /// Keeps nothing.
    #[default]
    Idle,
    /// Keeps an answer that is coming in.
    Keeping(Arc<File>),
    /// Has an answer that an earlier process kept.
    Kept,
}

impl Spool {
    /// New files called `name` in the job's own folder; where an earlier answer has that name, it stays and this one is
    /// numbered.
    pub(crate) fn create(folder: &Path, name: &str) -> Self {
        let mut path = folder.join(name);
        for number in 1.. {
            match private().create_new(true).open(&path) {
                Ok(file) => return Self { path, role: Role::Keeping(Arc::new(file)), ..Self::default() },
                Err(error) if error.kind() == ErrorKind::AlreadyExists => path = numbered(folder, name, number),
                Err(error) => {
                    broken(&path, &error);
                    break;
                }
            }
        }
        Self::default()
    }

    /// The files of an answer whose text is in `path`.
    pub(crate) fn kept(path: &Path) -> Self {
        Self { path: path.to_owned(), role: Role::Kept, ..Self::default() }
    }

    /// Whether an earlier process kept this answer, so that slots stand for images.
    pub(crate) const fn has_slots(&self) -> bool {
        matches!(self.role, Role::Kept)
    }

    /// Takes text that is to be kept; it is written with the next [`flush`](Self::flush).
    pub(crate) fn keep(&mut self, text: &[u8]) {
        if matches!(self.role, Role::Keeping(_)) {
            self.text.extend_from_slice(text);
        }
    }

    /// Hands the text to the system, so that it outlives this process.
    pub(crate) fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        if text.is_empty() {
            return;
        }
        self.is_synced = false;
        if let Role::Keeping(file) = &self.role
            && let Err(error) = file.as_ref().write_all(&text)
        {
            broken(&self.path, &error);
            self.role = Role::Idle;
        }
    }

    /// A file for an image that is coming in.
    pub(crate) fn begin_image(&self, number: usize) -> Option<Box<ImageFile>> {
        let Role::Keeping(_) = self.role else { return None };
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

    /// The image that a slot stands for, if it is whole.
    pub(crate) fn load(&self, slot: &Slot) -> Option<(Bytes, StagedFile)> {
        let (length, sha256) = slot.file.as_ref().filter(|_| self.has_slots())?;
        let path = image_path(&self.path, slot.number);
        let is_as_long = fs::symlink_metadata(&path).is_ok_and(|found| found.is_file() && found.len() == *length);
        let bytes = is_as_long.then(|| fs::read(&path).ok()).flatten()?;
        let is_whole = format!("{:x}", Sha256::digest(&bytes)) == *sha256;
        is_whole.then(|| (bytes.into(), StagedFile { path, sha256: sha256.clone() }))
    }

    /// Waits until the disk has everything, so that it outlives the machine's power as well.
    pub(crate) async fn close(&mut self) {
        self.flush();
        let Role::Keeping(text) = &self.role else { return };
        if std::mem::replace(&mut self.is_synced, true) && self.unsynced.is_empty() {
            return;
        }
        let (images, text) = (std::mem::take(&mut self.unsynced), Arc::clone(text));
        let synced = spawn_blocking(move || images.iter().try_for_each(sync_image).and_then(|()| text.sync_data()));
        if let Err(error) = synced.await.unwrap_or_else(|lost| Err(lost.into())) {
            broken(&self.path, &error);
        }
    }

    /// Keeps nothing of what comes from now on.
    pub(crate) fn stop(&mut self) {
        if matches!(self.role, Role::Keeping(_)) {
            self.role = Role::Idle;
        }
    }

    /// Removes the text: the answer held no image, and may repeat what does not belong on a disk.
    pub(crate) fn discard(&mut self) {
        if matches!(self.role, Role::Keeping(_)) {
            self.stop();
            if let Err(error) = fs::remove_file(&self.path) {
                tracing::warn!(path = %self.path.display(), %error, "an answer without an image could not be removed");
            }
        }
    }
}

/// An image on its way to the disk, hashed as it goes.
#[derive(Debug)]
pub(crate) struct ImageFile {
    path: PathBuf,
    file: File,
    hash: Sha256,
}

impl ImageFile {
    /// Adds bytes; when this returns, the system has them. `None` where the disk takes no more: the file is gone then.
    pub(crate) fn write(mut self: Box<Self>, bytes: &[u8]) -> Option<Box<Self>> {
        if let Err(error) = self.file.write_all(bytes) {
            broken(&self.path, &error);
            self.remove();
            return None;
        }
        self.hash.update(bytes);
        Some(self)
    }

    /// Removes the file.
    pub(crate) fn remove(&self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(path = %self.path.display(), %error, "half an image could not be removed");
        }
    }
}

/// What stands in a text in the place of an image: `#` and its number, then the length and the hash of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) number: usize,
    pub(crate) file: Option<(u64, String)>,
}

impl Slot {
    /// The longest slot, in characters.
    pub(crate) const LONGEST: usize = 120;

    /// Whether a slot may have this character.
    pub(crate) const fn has(byte: u8) -> bool {
        matches!(byte, b'#' | b':' | b'0'..=b'9' | b'a'..=b'f')
    }

    /// Reads a slot.
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

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.number)?;
        self.file.iter().try_for_each(|(length, sha256)| write!(f, ":{length}:{sha256}"))
    }
}

/// An image that the disk did not take is removed: whoever saves it writes it again, and says what is wrong.
fn sync_image((path, file): &(PathBuf, File)) -> io::Result<()> {
    file.sync_data().inspect_err(|_| drop(fs::remove_file(path)))
}

fn image_path(text: &Path, number: usize) -> PathBuf {
    let mut path = text.as_os_str().to_owned();
    path.push(format!(".image-{number}"));
    path.into()
}

/// Keeps an image that came from an address of its own; half of one never has the name.
pub(crate) async fn keep(path: &Path, bytes: &[u8]) {
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

/// The answers of that name in a folder, the latest first.
pub(crate) async fn kept(folder: &Path, name: &str) -> Vec<PathBuf> {
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

/// An answer may repeat the prompt: it is its owner's alone.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn broken(path: &Path, error: &io::Error) {
    tracing::warn!(path = %path.display(), %error, "an answer could not be kept on disk as it came in");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_read_as_it_was_written() {
        for file in [None, Some((12, "0af".to_owned()))] {
            let slot = Slot { number: 7, file };
            assert!(slot.to_string().bytes().all(Slot::has));
            assert_eq!(Slot::parse(slot.to_string().as_bytes()), Some(slot));
        }
        for text in ["", "#", "7", "#x", "#1:2", "#1:x:0a"] {
            assert_eq!(Slot::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn an_image_that_is_not_whole_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::create(folder.path(), "answer-0");
        let file = spool.begin_image(0).unwrap().write(b"half ").unwrap().write(b"and half").unwrap();
        let staged = spool.end_image(*file);
        let slot = |length, sha256: &str| Slot { number: 0, file: Some((length, sha256.to_owned())) };
        let kept = Spool::kept(&folder.path().join("answer-0"));
        let whole = Some((Bytes::from_static(b"half and half"), staged.clone()));
        assert_eq!(kept.load(&slot(13, &staged.sha256)), whole);
        assert_eq!(spool.load(&slot(13, &staged.sha256)), None, "a server cannot name a file");
        assert_eq!(kept.load(&slot(13, "00")), None);
        OpenOptions::new().write(true).open(&staged.path).unwrap().set_len(5).unwrap();
        assert_eq!(kept.load(&slot(13, &staged.sha256)), None);
    }
}
