//! A paid answer on disk, as it came in, before anything is made of it; and found again by a later process. Only of
//! partial pictures the middle is left out.
//! Not the artifact: whoever runs the job throws the spool away once the pictures are safe.

use std::{
    fs::File,
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use tokio::{
    fs::{self, OpenOptions},
    io::AsyncWriteExt as _,
    task::spawn_blocking,
};

/// The file of one answer. Where the disk takes nothing more, the answer goes on without it: a picture that is only in
/// memory is worth more than none, and whoever saves it says what is wrong with the disk.
#[derive(Debug)]
pub(crate) struct Spool {
    path: PathBuf,
    file: Option<Arc<File>>,
}

impl Spool {
    /// A new file called `name` in the job's own folder; where an earlier answer has that name, it stays and this one
    /// is numbered.
    pub(crate) async fn create(folder: &Path, name: &str) -> Self {
        let mut path = folder.join(name);
        for number in 1.. {
            match private().create_new(true).open(&path).await {
                Ok(file) => return Self { path, file: Some(Arc::new(file.into_std().await)) },
                Err(error) if error.kind() == ErrorKind::AlreadyExists => path = numbered(folder, name, number),
                Err(error) => {
                    broken(&path, &error);
                    break;
                }
            }
        }
        Self { path, file: None }
    }

    /// Adds what came in; when this returns, the system has it, and it outlives this process.
    pub(crate) async fn write(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            // A file of `tokio` would copy them first.
            self.with(move |mut file| file.write_all(&bytes)).await;
        }
    }

    /// Waits until the disk has everything, so that it outlives the machine's power as well.
    pub(crate) async fn close(&mut self) {
        self.with(File::sync_data).await;
    }

    async fn with(&mut self, work: impl FnOnce(&File) -> io::Result<()> + Send + 'static) {
        let Some(file) = self.file.clone() else { return };
        if let Err(error) = spawn_blocking(move || work(&file)).await.unwrap_or_else(|lost| Err(lost.into())) {
            broken(&self.path, &error);
            self.file = None;
        }
    }

    /// Removes the file: the answer held no picture, and may repeat what does not belong on a disk.
    pub(crate) async fn discard(&self) {
        if let Err(error) = fs::remove_file(&self.path).await {
            tracing::warn!(path = %self.path.display(), %error, "an answer without a picture could not be removed");
        }
    }
}

/// Keeps a picture that came from an address of its own; half of one never has the name.
pub(crate) async fn keep(path: &Path, bytes: &[u8]) {
    let half = path.with_extension("half");
    let kept = async {
        let mut file = private().create(true).truncate(true).open(&half).await?;
        file.write_all(bytes).await?;
        file.flush().await?;
        file.sync_data().await?;
        fs::rename(&half, path).await
    };
    if let Err(error) = kept.await {
        broken(path, &error);
    }
}

/// The answers of that name in a folder, the latest first.
pub(crate) async fn kept(folder: &Path, name: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut path = folder.join(name);
    while fs::try_exists(&path).await.unwrap_or(false) {
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
    options.mode(0o600);
    options
}

fn broken(path: &Path, error: &io::Error) {
    tracing::warn!(path = %path.display(), %error, "an answer could not be kept on disk as it came in");
}
