//! Half-block driver based on the `viuer` crate, which writes to standard output itself and is only given a position.
//!
//! Its other protocols are disabled: for kitty it reads the keyboard while printing, and its sixels have their own
//! size.

use std::io;

use image::DynamicImage;
use ratatui::layout::{Rect, Size};
use viuer::{Config, ViuError};

use super::{Driver, Encoded, Persistence, Samples};
use crate::picture::{CellSize, ColorDepth, DisplayCapabilities, DisplayError, fit::SampleGrid};

pub(super) struct Viuer;

impl Driver for Viuer {
    fn persistence(&self) -> Persistence {
        Persistence::Painted
    }

    fn grid(&self, _cell: CellSize) -> SampleGrid {
        SampleGrid { across: 1, down: 2 }
    }

    fn encode(&self, canvas: &Samples, _facts: &DisplayCapabilities) -> Result<Encoded, DisplayError> {
        Ok(Encoded::Pixels(DynamicImage::from(canvas.pixels.clone()).into_rgb8().into()))
    }
}

/// Prints `pixels` over the cells of `rect`, relative to the upper left corner of the screen.
pub(in crate::picture) fn paint(pixels: &DynamicImage, rect: Rect) -> io::Result<()> {
    let (x, y) = (rect.x, i16::try_from(rect.y).map_err(io::Error::other)?);
    run(pixels, &Config { x, y, restore_cursor: true, ..config(rect.as_size()) })
}

/// Prints `pixels` at the cursor and leaves the cursor below.
pub(in crate::picture) fn print(pixels: &DynamicImage, cells: Size, color: ColorDepth) -> io::Result<()> {
    let truecolor = color == ColorDepth::TrueColor;
    run(pixels, &Config { absolute_offset: false, truecolor, ..config(cells) })
}

fn run(pixels: &DynamicImage, config: &Config) -> io::Result<()> {
    match viuer::print(pixels, config) {
        Ok(_cells) => Ok(()),
        Err(ViuError::Io(e)) => Err(e),
        Err(e) => Err(io::Error::other(e)),
    }
}

fn config(cells: Size) -> Config {
    let (width, height) = (Some(u32::from(cells.width)), Some(u32::from(cells.height)));
    let (use_kitty, use_iterm, use_sixel) = (false, false, false);
    Config { width, height, transparent: true, use_kitty, use_iterm, use_sixel, ..Config::default() }
}
