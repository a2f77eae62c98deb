//! Where drawings that nobody has looked at are rendered: by a program of ours that can be killed, or in this process.
//! What is drawn is decided by whoever asks; here is only how it is run, and how it is ended.
//!
//! A thread that renders cannot be interrupted: neither the reader nor the rasteriser looks up from its work. The
//! computed work ([`super::Limits::work`]) bounds most drawings beforehand, but it is an estimate, and reading is not in it.
//! A process can be ended whatever it is doing: by its limit of processor time, which the system keeps, by
//! [`Workshop::DEADLINE`] on the clock, and with the job, when its future is dropped. It also keeps a crash of the
//! renderer away from the program, and it has no key, no environment, and no leave to open anything.

mod easel;
mod helper;
mod server;

use std::{ffi::OsString, path::PathBuf, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

pub(super) use easel::Easel;
use helper::Helper;
pub use server::serve;

use super::{Checked, Limits, SvgError};
use crate::Size;

/// How drawings are rendered. Without a program it is done in this process, bounded by the limits alone.
#[derive(Clone, Debug)]
pub struct Workshop {
    program: Option<Arc<Program>>,
    deadline: Duration,
}

/// A program that calls [`serve`] on its stdin and stdout.
#[derive(Debug)]
struct Program {
    path: PathBuf,
    args: Vec<OsString>,
}

/// A drawing that was checked and rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The picture.
    pub png: Vec<u8>,
    /// What was passed over without harm, a line each: see [`Checked::remarks`].
    pub remarks: Vec<String>,
}

/// What is asked of the program; the drawing's bytes follow.
#[derive(Debug, Serialize, Deserialize)]
struct Order {
    width: u32,
    height: u32,
    limits: Limits,
    /// How many bytes the drawing has.
    bytes: usize,
    /// Whether it is painted over what was painted before.
    over: bool,
}

/// What the program says first; the picture's bytes follow.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    bytes: usize,
    remarks: Vec<String>,
}

impl Default for Workshop {
    fn default() -> Self {
        Self { program: None, deadline: Self::DEADLINE }
    }
}

impl Workshop {
    /// The longest that one render may take on the clock. Generous, since a busy machine is no fault of a drawing; the
    /// program itself keeps a limit of processor time that is shorter.
    pub const DEADLINE: Duration = Duration::from_secs(60);

    /// One that has `path` do it, started with `args` for each drawing.
    pub fn program(path: impl Into<PathBuf>, args: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        let program = Program { path: path.into(), args: args.into_iter().map(Into::into).collect() };
        Self { program: Some(Arc::new(program)), ..Self::default() }
    }

    /// The same with another deadline.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Checks `svg`, a whole document, and draws it into a picture of `size`. Dropping the future ends the render,
    /// where a program does it.
    ///
    /// # Errors
    /// Whatever [`Checked::parse`] and [`Checked::render`] refuse, and [`SvgError::Deadline`].
    pub async fn draw(&self, svg: &str, size: Size, limits: &Limits) -> Result<Drawn, SvgError> {
        if let Some(program) = &self.program {
            return Helper::start(program)?.draw((svg, size, limits), false, self.deadline).await;
        }
        let (svg, limits) = (svg.to_owned(), limits.clone());
        away(move || draw(&svg, size, &limits)).await
    }
}

/// Checks and draws, in this process.
fn draw(svg: &str, size: Size, limits: &Limits) -> Result<Drawn, SvgError> {
    let checked = Checked::parse(svg, limits)?;
    let png = checked.render(size)?.encode_png()?;
    Ok(Drawn { png, remarks: checked.remarks().to_vec() })
}

/// Runs `work` on a thread for work that takes time.
async fn away<T: Send + 'static>(work: impl FnOnce() -> Result<T, SvgError> + Send + 'static) -> Result<T, SvgError> {
    let broken = |_| SvgError::Render("the renderer broke down".to_owned());
    tokio::task::spawn_blocking(work).await.map_err(broken)?
}

#[cfg(test)]
mod tests;
