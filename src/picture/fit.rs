//! Geometry: the visible part of an image, its size, and the cells it covers, in the terminal's real pixels.
//!
//! Pixels are processed in `scale`.

use ratatui::layout::Size;

/// Size of one terminal cell in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CellSize {
    /// Width in pixels, which is guaranteed to be nonzero.
    pub width: u16,
    /// Height in pixels, which is guaranteed to be nonzero.
    pub height: u16,
}

impl CellSize {
    /// Typical size for most fonts, for terminals that do not report theirs.
    pub const TYPICAL: Self = Self { width: 10, height: 20 };

    /// Returns a plausible size, or `None`: some terminals report 0, some report nonsense.
    pub fn checked(width: u32, height: u32) -> Option<Self> {
        let sane = |n: u32| u16::try_from(n).ok().filter(|n| (2..=512).contains(n));
        Some(Self { width: sane(width)?, height: sane(height)? })
    }
}

/// Zoom level of the visible part of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Zoom {
    /// The whole image, as large as the area allows.
    #[default]
    Fit,
    /// The whole area is filled, and the overhang is cropped.
    Fill,
    /// Screen pixels per image pixel; 1.0 is 100%.
    Scale(f32),
}

/// Viewport through which an image is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImageViewport {
    pub zoom: Zoom,
    /// Image point at the center of the viewport, each coordinate from 0.0 (left, top) to 1.0. If the image would leave
    /// an edge of the viewport empty, it is moved back.
    pub center: (f32, f32),
}

impl Default for ImageViewport {
    fn default() -> Self {
        Self { zoom: Zoom::Fit, center: (0.5, 0.5) }
    }
}

/// Samples per cell, across and down: 1 by 2 for half-blocks, the cell's pixels for graphics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SampleGrid {
    pub(super) across: u32,
    pub(super) down: u32,
}

/// A rectangle of the source image, in its pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Crop {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Source rectangle, number of samples, and the cells that they cover.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct FitPlan {
    pub(super) crop: Crop,
    pub(super) samples: (u32, u32),
    pub(super) cells: Size,
    /// Repeats pixels instead of smoothing them, which keeps icons sharp.
    pub(super) nearest_neighbor: bool,
}

/// Images up to this size on their longer side count as icons: they are enlarged in whole steps without smoothing.
const ICON: u32 = 128;

/// Maximum plausible magnification.
const MAX_SCALE: f64 = 64.0;

/// Plans the placement of `source` (pixels) on `area`. `None` if either is empty.
pub(super) fn plan(
    source: (u32, u32),
    area: Size,
    cell: CellSize,
    grid: SampleGrid,
    view: &ImageViewport,
) -> Option<FitPlan> {
    if area.width == 0 || area.height == 0 || source.0 == 0 || source.1 == 0 {
        return None;
    }
    let room = (f64::from(area.width) * f64::from(cell.width), f64::from(area.height) * f64::from(cell.height));
    let size = (f64::from(source.0), f64::from(source.1));
    let scale = scale(size, room, f64::from(cell.width) / f64::from(grid.across), view.zoom);
    let (left, width) = window(size.0, room.0 / scale, view.center.0);
    let (top, height) = window(size.1, room.1 / scale, view.center.1);
    let across = scale * f64::from(grid.across) / f64::from(cell.width);
    let down = scale * f64::from(grid.down) / f64::from(cell.height);
    let samples = (
        count(width * across, u32::from(area.width) * grid.across),
        count(height * down, u32::from(area.height) * grid.down),
    );
    Some(FitPlan {
        crop: Crop { left, top, width, height },
        samples,
        cells: Size::new(samples.0.div_ceil(grid.across) as u16, samples.1.div_ceil(grid.down) as u16),
        nearest_neighbor: whole_steps(across)
            && whole_steps(down)
            && (is_icon(size) || matches!(view.zoom, Zoom::Scale(_))),
    })
}

/// Returns the screen pixels per image pixel. `step` is the number of screen pixels per sample.
fn scale(size: (f64, f64), room: (f64, f64), step: f64, zoom: Zoom) -> f64 {
    let (across, down) = (room.0 / size.0, room.1 / size.1);
    match zoom {
        Zoom::Fit => {
            let scale = across.min(down);
            if is_icon(size) && scale >= step { (scale / step).floor() * step } else { scale }
        }
        Zoom::Fill => across.max(down),
        Zoom::Scale(scale) if scale.is_finite() && scale > 0.0 => f64::from(scale).min(MAX_SCALE),
        Zoom::Scale(_) => 1.0,
    }
}

/// Returns the start and length of the part of `size` that a viewport of length `room` shows around `center`.
fn window(size: f64, room: f64, center: f32) -> (f64, f64) {
    let length = room.min(size);
    let center = if center.is_finite() { f64::from(center.clamp(0.0, 1.0)) } else { 0.5 };
    ((center * size - length / 2.0).clamp(0.0, size - length), length)
}

fn count(samples: f64, most: u32) -> u32 {
    (samples.round() as u32).clamp(1, most)
}

fn is_icon(size: (f64, f64)) -> bool {
    size.0.max(size.1) <= f64::from(ICON)
}

fn whole_steps(ratio: f64) -> bool {
    ratio > 0.99 && (ratio - ratio.round()).abs() < 1e-6
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIXELS: SampleGrid = SampleGrid { across: 10, down: 20 };
    const HALVES: SampleGrid = SampleGrid { across: 1, down: 2 };

    fn fit(source: (u32, u32), area: (u16, u16), grid: SampleGrid) -> FitPlan {
        plan(source, area.into(), CellSize::TYPICAL, grid, &ImageViewport::default()).unwrap()
    }

    fn zoomed(zoom: Zoom, center: (f32, f32)) -> FitPlan {
        plan((1000, 500), Size::new(20, 10), CellSize::TYPICAL, PIXELS, &ImageViewport { zoom, center }).unwrap()
    }

    #[test]
    fn a_square_stays_square_on_the_screen() {
        let plan = fit((1024, 1024), (80, 20), PIXELS);
        assert_eq!((plan.samples, plan.cells), ((400, 400), Size::new(40, 20)));
        let plan = fit((1024, 1024), (80, 20), HALVES);
        assert_eq!((plan.samples, plan.cells), ((40, 40), Size::new(40, 20)));
    }

    #[test]
    fn odd_cells_keep_the_aspect_too() {
        let cell = CellSize { width: 9, height: 21 };
        let grid = SampleGrid { across: 1, down: 2 };
        let plan = plan((1000, 1000), Size::new(90, 20), cell, grid, &ImageViewport::default()).unwrap();
        // 20 rows of 21 pixels are 420 pixels high. The same width takes 46.7 cells of 9 pixels.
        assert_eq!(plan.samples, (47, 40));
    }

    #[test]
    fn wide_and_tall_images_touch_the_area_on_one_side_only() {
        assert_eq!(fit((3000, 100), (40, 20), PIXELS).samples, (400, 13));
        assert_eq!(fit((100, 3000), (40, 20), PIXELS).samples, (13, 400));
        assert_eq!(fit((100_000, 1), (40, 20), HALVES).samples, (40, 1));
    }

    #[test]
    fn icons_grow_in_whole_steps_and_photographs_smoothly() {
        let icon = fit((16, 16), (40, 20), PIXELS);
        assert_eq!((icon.samples, icon.nearest_neighbor), ((400, 400), true));
        let icon = fit((30, 30), (40, 20), PIXELS);
        assert_eq!((icon.samples, icon.nearest_neighbor), ((390, 390), true));
        let icon = fit((30, 30), (40, 20), HALVES);
        assert_eq!((icon.samples, icon.nearest_neighbor), ((30, 30), true));
        let photograph = fit((200, 200), (40, 20), PIXELS);
        assert_eq!((photograph.samples, photograph.nearest_neighbor), ((400, 400), false));
    }

    #[test]
    fn fill_cuts_the_longer_side_around_the_center() {
        let plan = zoomed(Zoom::Fill, (0.5, 0.5));
        assert_eq!(plan.cells, Size::new(20, 10));
        assert_eq!(plan.crop, Crop { left: 250.0, top: 0.0, width: 500.0, height: 500.0 });
    }

    #[test]
    fn true_size_shows_a_pixel_for_a_pixel_and_stops_at_the_edge() {
        let plan = zoomed(Zoom::Scale(1.0), (1.0, 0.5));
        assert_eq!(plan.samples, (200, 200));
        assert_eq!(plan.crop, Crop { left: 800.0, top: 150.0, width: 200.0, height: 200.0 });
        assert!(plan.nearest_neighbor);
    }

    #[test]
    fn invalid_views_are_centered_at_100_percent() {
        let plan = zoomed(Zoom::Scale(f32::NAN), (f32::NAN, f32::INFINITY));
        assert_eq!(plan.samples, (200, 200));
    }

    #[test]
    fn one_cell_is_enough_and_none_is_not() {
        let plan = fit((1024, 768), (1, 1), HALVES);
        assert_eq!((plan.samples, plan.cells), ((1, 1), Size::new(1, 1)));
        assert_eq!(super::plan((10, 10), Size::new(0, 5), CellSize::TYPICAL, HALVES, &ImageViewport::default()), None);
    }

    #[test]
    fn implausible_cell_sizes_are_rejected() {
        assert_eq!(CellSize::checked(10, 20), Some(CellSize::TYPICAL));
        assert_eq!(CellSize::checked(0, 20), None);
        assert_eq!(CellSize::checked(10, 70_000), None);
    }
}
