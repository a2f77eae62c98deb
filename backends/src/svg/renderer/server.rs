//! The server side of the render process: reads drawings and writes images, one after the other, until the input ends.
//! It sets no time limits of its own; the surrounding program does, by means of its system.

use std::io::{self, BufRead, Read, Write};

use super::{RenderedSvg, SvgRenderRequest, SvgRenderResponse};
use crate::{
    Size,
    svg::{CheckedSvg, SvgCanvas, SvgError},
};

/// Renders the drawings read from `input` and writes the images to `output`, until `input` ends.
///
/// # Errors
/// Returns an error only if reading or writing fails, or if the input does not follow the protocol.
pub fn serve(mut input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    let mut canvas = None;
    loop {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let order: SvgRenderRequest = serde_json::from_str(&line)?;
        let mut svg = Vec::with_capacity(order.bytes);
        input.by_ref().take(order.bytes as u64).read_to_end(&mut svg)?;
        let drawn = String::from_utf8(svg)
            .map_err(|error| SvgError::Malformed(error.to_string()))
            .and_then(|svg| draw(&svg, &order, &mut canvas));
        answer(drawn, &mut output)?;
    }
}

fn draw(svg: &str, order: &SvgRenderRequest, canvas: &mut Option<SvgCanvas>) -> Result<RenderedSvg, SvgError> {
    let size = Size::new(order.width, order.height);
    if !order.over {
        return super::draw(svg, size, &order.limits);
    }
    let checked = CheckedSvg::parse(svg, &order.limits)?;
    let canvas = match canvas {
        Some(canvas) => canvas,
        None => canvas.insert(SvgCanvas::new(size, &order.limits)?),
    };
    canvas.paint(&checked)?;
    Ok(RenderedSvg { png: canvas.pixels().encode_preview()?, remarks: checked.remarks().to_vec() })
}

fn answer(drawn: Result<RenderedSvg, SvgError>, output: &mut impl Write) -> io::Result<()> {
    let (head, png) = match drawn {
        Ok(RenderedSvg { png, remarks }) => (Ok(SvgRenderResponse { bytes: png.len(), remarks }), png),
        Err(error) => (Err(error), Vec::new()),
    };
    serde_json::to_writer(&mut *output, &head)?;
    output.write_all(b"\n")?;
    output.write_all(&png)?;
    output.flush()
}
