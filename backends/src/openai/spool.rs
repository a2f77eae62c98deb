//! A paid answer on disk, byte for byte as it came in, before anything is made of it.
//! Not the artifact: whoever runs the job throws the spool away once the pictures are safe.

use std::path::{Path, PathBuf};

use tokio::{
    fs::{self, File},
    io::AsyncWriteExt,
};

use crate::{BackendError, ErrorKind};

/// The file of one answer.
#[derive(Debug)]
pub(crate) struct Spool {
    path: PathBuf,
    file: File,
}

impl Spool {
    /// A new file called `name` in the job's own folder.
    pub(crate) async fn create(folder: &Path, name: &str) -> Result<Self, BackendError> {
        let path = folder.join(name);
        match File::create(&path).await {
            Ok(file) => Ok(Self { path, file }),
            Err(error) => Err(failed(&path, &error)),
        }
    }

    /// Adds what came in.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), BackendError> {
        self.file.write_all(bytes).await.map_err(|error| failed(&self.path, &error))
    }

    /// Waits until everything is written.
    pub(crate) async fn close(&mut self) -> Result<(), BackendError> {
        self.file.flush().await.map_err(|error| failed(&self.path, &error))
    }

    /// Removes the file: the answer held no picture, and may repeat what does not belong on a disk.
    pub(crate) async fn discard(&self) {
        if let Err(error) = fs::remove_file(&self.path).await {
            tracing::warn!(path = %self.path.display(), %error, "an answer without a picture could not be removed");
        }
    }
}

/// Keeps a picture that came from an address of its own.
pub(crate) async fn keep(path: &Path, bytes: &[u8]) -> Result<(), BackendError> {
    let mut file = File::create(path).await.map_err(|error| failed(path, &error))?;
    file.write_all(bytes).await.map_err(|error| failed(path, &error))?;
    file.flush().await.map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &std::io::Error) -> BackendError {
    let message = format!("the answer could not be written to `{}`: {error}", path.display());
    BackendError::new(ErrorKind::Local, message).with_hint("free some space or check the rights of the data folder")
}
