//! One running render process: started, given work, and ended when it is dropped, in any state. Its answers are not
//! trusted: no length beyond what an image of the requested size can have is accepted.

use std::{io, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use super::{RenderedSvg, RendererCommand, SvgRenderRequest, SvgRenderResponse};
use crate::{
    Size,
    svg::{SvgError, SvgLimits},
};

/// The maximum length of the first line of an answer, in bytes.
const MAX_HEADER_BYTES: u64 = 64 << 10;
/// The time that a process which has closed its output gets to exit.
const EXIT_GRACE: Duration = Duration::from_secs(2);

/// A render request: the document, the size of the image, the limits.
pub(super) type SvgRenderInput<'a> = (&'a str, Size, &'a SvgLimits);

/// A running render process.
#[derive(Debug)]
pub(super) struct RenderProcess {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl RenderProcess {
    /// Starts the process without an environment, and so without keys, and with no output but images.
    pub(super) fn start(program: &RendererCommand) -> Result<Self, SvgError> {
        let started = Command::new(&program.path)
            .args(&program.args)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let mut child =
            started.map_err(|error| SvgError::Render(format!("the renderer could not be started: {error}")))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok(Self { child, input, output: BufReader::new(output) }),
            _ => Err(SvgError::Render("the renderer could not be reached".to_owned())),
        }
    }

    /// Renders `wish`, either over the earlier drawings or on an empty canvas. After an error the process cannot be
    /// used again.
    pub(super) async fn draw(
        &mut self,
        wish: SvgRenderInput<'_>,
        over: bool,
        deadline: Duration,
    ) -> Result<RenderedSvg, SvgError> {
        match timeout(deadline, self.request(wish, over)).await {
            Ok(Ok(drawn)) => drawn,
            Ok(Err(error)) => Err(self.failure_reason(&error).await),
            Err(_) => {
                // The process is ended now, not only when it is dropped.
                let _ = self.child.kill().await;
                Err(SvgError::Deadline)
            }
        }
    }

    async fn request(
        &mut self,
        (svg, size, limits): SvgRenderInput<'_>,
        over: bool,
    ) -> io::Result<Result<RenderedSvg, SvgError>> {
        let (width, height) = (size.width, size.height);
        let order = SvgRenderRequest { width, height, limits: limits.clone(), bytes: svg.len(), over };
        let mut head = serde_json::to_vec(&order)?;
        head.push(b'\n');
        self.input.write_all(&head).await?;
        self.input.write_all(svg.as_bytes()).await?;
        self.input.flush().await?;
        let mut line = String::new();
        (&mut self.output).take(MAX_HEADER_BYTES).read_line(&mut line).await?;
        if line.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let SvgRenderResponse { bytes, remarks } =
            match serde_json::from_str::<Result<SvgRenderResponse, SvgError>>(&line)? {
                Ok(answer) => answer,
                Err(error) => return Ok(Err(error)),
            };
        // A PNG file is never much larger than its pixels.
        if bytes as u64 > size.pixels() * 5 + (64 << 10) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut png = vec![0; bytes];
        self.output.read_exact(&mut png).await?;
        Ok(Ok(RenderedSvg { png, remarks }))
    }

    /// Returns true if the process has exited.
    #[cfg(test)]
    pub(super) fn has_ended(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_some())
    }

    /// Returns the reason for a missing answer: the process exceeded its time, or it crashed.
    async fn failure_reason(&mut self, error: &io::Error) -> SvgError {
        let status = timeout(EXIT_GRACE, self.child.wait()).await;
        tracing::debug!(%error, ?status, "the renderer did not respond");
        match status {
            Ok(Ok(status)) if ran_out_of_time(status) => SvgError::Deadline,
            _ => SvgError::Render("the renderer crashed".to_owned()),
        }
    }
}

/// Returns true if the system ended the process for exceeding its processor time.
#[cfg(unix)]
fn ran_out_of_time(status: std::process::ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    /// `SIGXCPU`, which has the same number on Linux and macOS.
    const TIME_IS_UP: i32 = 24;
    status.signal() == Some(TIME_IS_UP)
}

#[cfg(not(unix))]
fn ran_out_of_time(_: std::process::ExitStatus) -> bool {
    false
}
