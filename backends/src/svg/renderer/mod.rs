//! Rendering of untrusted drawings, in a process of ours that can be killed or in the current process. The caller
//! decides what is drawn; this module decides how a render runs and how it is ended.
//!
//! A thread that renders cannot be interrupted: neither the parser nor the rasterizer checks for cancellation. The
//! computed work ([`super::SvgLimits::work`]) bounds most drawings beforehand, but it is an estimate that does not
//! include parsing. A process can be ended in any state: by its limit of processor time, which the system enforces, by
//! the wall-clock [`Renderer::DEADLINE`], and together with the job when its future is dropped. A process also
//! isolates the program from a crash of the renderer, and it has no keys, no environment, and no permission to open
//! anything.

mod incremental_canvas;
mod render_process;
mod server;

use std::{ffi::OsString, path::PathBuf, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

pub(super) use incremental_canvas::IncrementalCanvas;
use render_process::RenderProcess;
pub use server::serve;

use super::{CheckedSvg, SvgError, SvgLimits};
use crate::Size;

/// The way drawings are rendered. Without a program, they are rendered in the current process, bounded only by the
/// limits.
#[derive(Clone, Debug)]
pub struct Renderer {
    program: Option<Arc<RendererCommand>>,
    deadline: Duration,
}

/// A program that calls [`serve`] on its stdin and stdout.
#[derive(Debug)]
struct RendererCommand {
    path: PathBuf,
    args: Vec<OsString>,
}

/// A drawing that was checked and rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedSvg {
    /// The image as a PNG file.
    pub png: Vec<u8>,
    /// Remarks on what was skipped without harm, one per line: see [`CheckedSvg::remarks`].
    pub remarks: Vec<String>,
}

/// The header of a request to the render process; the bytes of the drawing follow.
#[derive(Debug, Serialize, Deserialize)]
struct SvgRenderRequest {
    width: u32,
    height: u32,
    limits: SvgLimits,
    /// The length of the drawing, in bytes.
    bytes: usize,
    /// True if the drawing is painted over the earlier ones.
    over: bool,
}

/// The header of an answer from the render process; the bytes of the image follow.
#[derive(Debug, Serialize, Deserialize)]
struct SvgRenderResponse {
    bytes: usize,
    remarks: Vec<String>,
}

impl Default for Renderer {
    fn default() -> Self {
        Self { program: None, deadline: Self::DEADLINE }
    }
}

impl Renderer {
    /// The longest time that one render may take on the wall clock. It is generous, because a busy machine is not the
    /// drawing's fault; the process itself has a shorter limit of processor time.
    pub const DEADLINE: Duration = Duration::from_secs(60);

    /// Creates a workshop that renders with the program `path`, started with `args` for each drawing.
    pub fn program(path: impl Into<PathBuf>, args: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        let program = RendererCommand { path: path.into(), args: args.into_iter().map(Into::into).collect() };
        Self { program: Some(Arc::new(program)), ..Self::default() }
    }

    /// Replaces the deadline.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Checks `svg`, a complete document, and renders it to an image of `size`. Dropping the future ends the render if
    /// a program does it.
    ///
    /// # Errors
    /// Returns the errors of [`CheckedSvg::parse`] and [`CheckedSvg::render`], and [`SvgError::Deadline`].
    pub async fn draw(&self, svg: &str, size: Size, limits: &SvgLimits) -> Result<RenderedSvg, SvgError> {
        if let Some(program) = &self.program {
            return RenderProcess::start(program)?.draw((svg, size, limits), false, self.deadline).await;
        }
        let (svg, limits) = (svg.to_owned(), limits.clone());
        run_blocking(move || draw(&svg, size, &limits)).await
    }
}

/// Checks and renders a drawing in the current process.
fn draw(svg: &str, size: Size, limits: &SvgLimits) -> Result<RenderedSvg, SvgError> {
    let checked = CheckedSvg::parse(svg, limits)?;
    let png = checked.render(size)?.encode_png()?;
    Ok(RenderedSvg { png, remarks: checked.remarks().to_vec() })
}

/// Runs `work` on a blocking thread.
async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SvgError> + Send + 'static,
) -> Result<T, SvgError> {
    let broken = |_| SvgError::Render("the renderer crashed".to_owned());
    tokio::task::spawn_blocking(work).await.map_err(broken)?
}

#[cfg(test)]
mod tests;
