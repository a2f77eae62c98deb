//! An image in the workshop that drawings are painted onto one after the other: the state of a growing drawing. Pacing
//! and display are left to `live_preview`.

use super::{Renderer, render_process::RenderProcess, run_blocking};
use crate::{
    Size,
    svg::{CheckedSvg, SvgCanvas, SvgError, SvgLimits},
};

/// The image so far, and the process or canvas that paints it.
#[derive(Debug)]
pub(in crate::svg) struct IncrementalCanvas {
    renderer: Renderer,
    size: Size,
    limits: SvgLimits,
    canvas_state: CanvasState,
}

#[derive(Debug)]
enum CanvasState {
    /// Nothing has been painted yet.
    Empty,
    Here(SvgCanvas),
    Helper(RenderProcess),
    /// The image is lost, and there is nothing left to paint over.
    Unusable,
}

impl Renderer {
    /// Creates an empty image of `size`.
    pub(in crate::svg) fn incremental_canvas(&self, size: Size, limits: SvgLimits) -> IncrementalCanvas {
        IncrementalCanvas { renderer: self.clone(), size, limits, canvas_state: CanvasState::Empty }
    }
}

impl IncrementalCanvas {
    /// Paints `svg` over the image and returns it as PNG. A drawing that is rejected changes nothing.
    pub(in crate::svg) async fn paint(&mut self, svg: String) -> Result<Vec<u8>, SvgError> {
        // A caller that drops this future leaves the image in an unknown state.
        let canvas_state = match std::mem::replace(&mut self.canvas_state, CanvasState::Unusable) {
            CanvasState::Empty => match &self.renderer.program {
                Some(program) => CanvasState::Helper(RenderProcess::start(program)?),
                None => CanvasState::Here(SvgCanvas::new(self.size, &self.limits)?),
            },
            canvas_state => canvas_state,
        };
        match canvas_state {
            CanvasState::Helper(helper) => self.paint_in_render_process(helper, &svg).await,
            CanvasState::Here(canvas) => self.paint_in_process(canvas, svg).await,
            CanvasState::Empty | CanvasState::Unusable => Err(SvgError::Render("the image so far is lost".to_owned())),
        }
    }

    async fn paint_in_render_process(&mut self, mut helper: RenderProcess, svg: &str) -> Result<Vec<u8>, SvgError> {
        let drawn = helper.draw((svg, self.size, &self.limits), true, self.renderer.deadline).await;
        if !matches!(drawn, Err(SvgError::Deadline | SvgError::Render(_))) {
            self.canvas_state = CanvasState::Helper(helper);
        }
        drawn.map(|drawn| drawn.png)
    }

    async fn paint_in_process(&mut self, mut canvas: SvgCanvas, svg: String) -> Result<Vec<u8>, SvgError> {
        let limits = self.limits.clone();
        let (canvas, painted) = run_blocking(move || {
            let painted = CheckedSvg::parse(&svg, &limits)
                .and_then(|drawing| canvas.paint(&drawing))
                .and_then(|()| canvas.pixels().encode_preview());
            Ok((canvas, painted))
        })
        .await?;
        self.canvas_state = CanvasState::Here(canvas);
        painted
    }
}
