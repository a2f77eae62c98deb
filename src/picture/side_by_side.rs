//! Side-by-side view: several images in equal boxes with a common viewport.
//!
//! All are drawn into a single image, so that the same driver encodes them and they appear at the same moment. Captions
//! are separate cells below.

use image::{Rgba, RgbaImage, imageops};
use ratatui::layout::{Rect, Size};

use super::{
    CellSize, DisplayError, ImageBackground, ImageViewport, background,
    fit::{SampleGrid, plan},
    scale,
};

/// Number of free columns between two boxes.
const GAP: u16 = 2;

/// Returns the boxes for `count` images side by side on `area`, equally wide and with gaps.
pub fn side_by_side_areas(count: usize, area: Rect) -> Vec<Rect> {
    let count = u16::try_from(count).unwrap_or(u16::MAX).clamp(1, area.width.max(1));
    let gap = if area.width > count * (GAP + 1) { GAP } else { 0 };
    let width = (area.width - gap * (count - 1)) / count;
    let used = width * count + gap * (count - 1);
    let left = area.x + (area.width - used) / 2;
    (0..count).map(|at| Rect { x: left + at * (width + gap), width, ..area }).collect()
}

/// Images that are shown side by side.
#[derive(Clone, Copy, Debug)]
pub struct SideBySide<'a> {
    /// Images from left to right; `None` leaves its box empty.
    pub images: &'a [Option<RgbaImage>],
    /// Index of the only visible image, shown on the whole area; `None` shows all.
    pub solo: Option<usize>,
    /// Reduces all images to the resolution of the smallest one, so that zooming in does not reveal which is which.
    pub equal_resolution: bool,
}

impl SideBySide<'_> {
    /// Draws the images in their boxes on a canvas of `area` cells, all through the same `view`.
    pub fn canvas(
        &self,
        area: Size,
        cell: CellSize,
        view: &ImageViewport,
        background: ImageBackground,
    ) -> Result<RgbaImage, DisplayError> {
        let pixels = SampleGrid { across: cell.width.into(), down: cell.height.into() };
        let (width, height) = (u32::from(area.width) * pixels.across, u32::from(area.height) * pixels.down);
        if width == 0 || height == 0 {
            return Err(DisplayError::NoRoom);
        }
        let mut canvas = RgbaImage::from_pixel(width, height, Rgba([0; 4]));
        let most = self.equal_resolution.then(|| smallest(self.images)).flatten();
        let shown = match self.solo {
            Some(at) => self.images.get(at..=at).unwrap_or_default(),
            None => self.images,
        };
        for (place, picture) in
            side_by_side_areas(shown.len(), Rect::new(0, 0, area.width, area.height)).iter().zip(shown)
        {
            let Some(picture) = picture else { continue };
            let downscaled = most.and_then(|most| downscaled(picture, most));
            let room = Size::new(place.width, place.height);
            let mut seen = fitted(downscaled.as_ref().unwrap_or(picture), room, cell, view)?;
            background::flatten(&mut seen, background, pixels);
            let across = u32::from(room.width) * pixels.across;
            let x = u32::from(place.x) * pixels.across + across.saturating_sub(seen.width()) / 2;
            let y = height.saturating_sub(seen.height()) / 2;
            imageops::replace(&mut canvas, &seen, x.into(), y.into());
        }
        Ok(canvas)
    }
}

fn fitted(picture: &RgbaImage, room: Size, cell: CellSize, view: &ImageViewport) -> Result<RgbaImage, DisplayError> {
    let pixels = SampleGrid { across: cell.width.into(), down: cell.height.into() };
    let plan = plan(picture.dimensions(), room, cell, pixels, view).ok_or(DisplayError::NoRoom)?;
    scale::scale(picture, &plan)
}

/// Returns the longest edge of the smallest image.
fn smallest(pictures: &[Option<RgbaImage>]) -> Option<u32> {
    pictures.iter().flatten().map(|picture| picture.width().max(picture.height())).min()
}

/// Reduces the image to a longest edge of `most` pixels. `None` if it is not larger.
fn downscaled(picture: &RgbaImage, most: u32) -> Option<RgbaImage> {
    let longest = picture.width().max(picture.height());
    let edge = |length: u32| (u64::from(length) * u64::from(most) / u64::from(longest.max(1))).max(1) as u32;
    (longest > most).then(|| {
        imageops::resize(picture, edge(picture.width()), edge(picture.height()), imageops::FilterType::CatmullRom)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Size = Size::new(42, 10);

    fn plain(edge: u32, shade: u8) -> RgbaImage {
        RgbaImage::from_pixel(edge, edge, Rgba([shade, shade, shade, 255]))
    }

    fn spread_of(pictures: &[Option<RgbaImage>]) -> RgbaImage {
        let order = SideBySide { images: pictures, solo: None, equal_resolution: true };
        order.canvas(AREA, CellSize::TYPICAL, &ImageViewport::default(), ImageBackground::Color([0; 3])).unwrap()
    }

    #[test]
    fn boxes_are_equal_apart_and_inside() {
        for count in 1..=6 {
            let boxes = side_by_side_areas(count, Rect::new(3, 2, 80, 20));
            assert!(boxes.iter().all(|place| place.width == boxes[0].width && place.height == 20), "{count}");
            assert!(boxes.windows(2).all(|two| two[0].right() < two[1].x), "{count}");
            assert!(boxes[0].x >= 3 && boxes[count - 1].right() <= 83, "{count}");
        }
    }

    #[test]
    fn swapping_two_images_swaps_the_halves_of_the_canvas() {
        let (one, other) = (
            spread_of(&[plain(300, 9), plain(700, 200)].map(Some)),
            spread_of(&[plain(700, 200), plain(300, 9)].map(Some)),
        );
        let half = |canvas: &RgbaImage, x: u32| imageops::crop_imm(canvas, x, 0, 200, 200).to_image();
        assert_eq!(half(&one, 0), half(&other, 220));
        assert_eq!(half(&one, 220), half(&other, 0));
    }

    #[test]
    fn a_solo_image_has_the_resolution_of_the_smaller_one() {
        let fine = RgbaImage::from_fn(800, 800, |x, _| Rgba([if x % 2 == 0 { 0 } else { 255 }, 0, 0, 255]));
        let coarse = Some(RgbaImage::from_pixel(200, 200, Rgba([9, 9, 9, 255])));
        let view = ImageViewport { zoom: super::super::Zoom::Scale(4.0), ..ImageViewport::default() };
        let pictures = [Some(fine), coarse];
        let canvas = |level| {
            let order = SideBySide { images: &pictures, solo: Some(0), equal_resolution: level };
            order.canvas(AREA, CellSize::TYPICAL, &view, ImageBackground::Color([0; 3])).unwrap()
        };
        let contrast = |canvas: &RgbaImage| canvas.pixels().map(|pixel| pixel.0[0]).max().unwrap();
        assert!(contrast(&canvas(false)) > 240 && contrast(&canvas(true)) < 200);
    }

    #[test]
    fn an_empty_box_is_as_wide_as_a_full_one() {
        let canvas = spread_of(&[None, Some(plain(300, 9))]);
        assert_eq!(canvas.dimensions(), (420, 200));
        assert_eq!(canvas.get_pixel(100, 100).0[3], 0);
        assert_eq!(canvas.get_pixel(320, 100).0, [9, 9, 9, 255]);
    }
}
