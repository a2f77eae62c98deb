//! Contact sheet: several images in one, as equal squares from left to right.
//!
//! Reading and printing are elsewhere: thumbnails in, one image with transparent gaps out.

use image::{RgbaImage, imageops};
use ratatui::layout::Size;

use super::{
    CellSize, DecodeLimits, DisplayError, ImageBackground, background, decode,
    fit::{ImageViewport, SampleGrid, plan},
    scale,
};

/// Minimum size of a thumbnail in cells, below which nothing is recognizable.
const MIN_THUMBNAIL: Size = Size::new(12, 6);

/// Returns the number of thumbnails that fit on one sheet of `area` cells.
pub fn sheet_capacity(area: Size) -> usize {
    (usize::from(area.width / MIN_THUMBNAIL.width) * usize::from(area.height / MIN_THUMBNAIL.height)).max(1)
}

/// A contact sheet under construction. Images are added one by one, and none is kept in full size.
pub struct ContactSheet {
    canvas: RgbaImage,
    matte: ImageBackground,
    columns: u32,
    /// Size of a square including its gap, in cells.
    square: Size,
    cell: CellSize,
    used: u32,
}

impl ContactSheet {
    /// Creates an empty sheet for `count` images on `area` cells, with `matte` behind transparent ones.
    pub fn new(count: usize, area: Size, cell: CellSize, matte: ImageBackground) -> Self {
        let count = u16::try_from(count.max(1)).unwrap_or(u16::MAX);
        let room = |columns: u16| square(columns, count.div_ceil(columns), area, cell);
        let best =
            (1..=count.min(area.width.max(1))).max_by_key(|&columns| (room(columns).height, room(columns).width));
        let columns = best.unwrap_or(1);
        let square = room(columns);
        let rows = u32::from(count.div_ceil(columns));
        let (width, height) =
            (u32::from(square.width) * u32::from(cell.width), u32::from(square.height) * u32::from(cell.height));
        let columns = u32::from(columns);
        Self { canvas: RgbaImage::new(columns * width, rows * height), matte, columns, square, cell, used: 0 }
    }

    /// Adds the image in `bytes` to the next square.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), DisplayError> {
        self.place(&decode(bytes, DecodeLimits::default())?)
    }

    fn place(&mut self, picture: &RgbaImage) -> Result<(), DisplayError> {
        let (cell, Size { width, height }) = (self.cell, self.square);
        // One column and one row stay free between neighbors.
        let inside = Size::new(width.saturating_sub(1).max(1), height.saturating_sub(1).max(1));
        let pixels = SampleGrid { across: cell.width.into(), down: cell.height.into() };
        let plan =
            plan(picture.dimensions(), inside, cell, pixels, &ImageViewport::default()).ok_or(DisplayError::NoRoom)?;
        let mut small = scale::scale(picture, &plan)?;
        background::flatten(&mut small, self.matte, pixels);
        let (across, down) = (u32::from(width) * pixels.across, u32::from(height) * pixels.down);
        let (x, y) = (self.used % self.columns * across, self.used / self.columns * down);
        let (left, top) = ((across - small.width()) / 2, (down - small.height()) / 2);
        imageops::replace(&mut self.canvas, &small, (x + left).into(), (y + top).into());
        self.used += 1;
        Ok(())
    }

    /// Returns the sheet in its current state.
    pub fn picture(&self) -> &RgbaImage {
        &self.canvas
    }

    /// Returns the cells that the sheet covers.
    pub fn cells(&self) -> Size {
        let rows = self.canvas.height() / (u32::from(self.square.height) * u32::from(self.cell.height)).max(1);
        Size::new(self.columns as u16 * self.square.width, rows as u16 * self.square.height)
    }
}

/// Returns the size in cells of a square in a grid on `area`: about as wide as it is high on the screen.
fn square(columns: u16, rows: u16, area: Size, cell: CellSize) -> Size {
    let (width, height) = ((area.width / columns.max(1)).max(1), (area.height / rows.max(1)).max(1));
    let across = |rows: u16| (u32::from(rows) * u32::from(cell.height) / u32::from(cell.width)).clamp(1, 9999) as u16;
    let down =
        |columns: u16| (u32::from(columns) * u32::from(cell.width) / u32::from(cell.height)).clamp(1, 9999) as u16;
    Size::new(width.min(across(height)), height.min(down(width)))
}

#[cfg(test)]
mod tests {
    use image::Rgba;

    use super::*;

    const RED: Rgba<u8> = Rgba([255, 0, 0, 255]);

    fn sheet(count: usize) -> ContactSheet {
        let mut sheet = ContactSheet::new(count, Size::new(80, 23), CellSize::TYPICAL, ImageBackground::Checkerboard);
        for _ in 0..count {
            sheet.place(&RgbaImage::from_pixel(400, 400, RED)).unwrap();
        }
        sheet
    }

    #[test]
    fn a_sheet_stays_within_its_cells_for_any_number_of_images() {
        for count in [1, 2, 3, 5, 7, 11, sheet_capacity(Size::new(80, 23))] {
            let cells = sheet(count).cells();
            assert!(cells.width <= 80 && cells.height <= 23, "{count}: {cells}");
        }
    }

    #[test]
    fn every_image_appears_once_with_a_gap() {
        let sheet = sheet(6);
        let picture = sheet.picture();
        let (across, down) = (u32::from(sheet.square.width) * 10, u32::from(sheet.square.height) * 20);
        for n in 0..6 {
            let (x, y) = (n % sheet.columns * across, n / sheet.columns * down);
            assert_eq!(picture.get_pixel(x + across / 2, y + down / 2), &RED, "picture {n}");
            assert_eq!(picture.get_pixel(x, y).0[3], 0, "the gap before {n}");
        }
    }

    #[test]
    fn a_square_is_as_high_as_it_is_wide_on_the_screen() {
        let Size { width, height } = sheet(4).square;
        assert!(u32::from(width * 10).abs_diff(u32::from(height * 20)) <= 20, "{width}x{height}");
    }
}
