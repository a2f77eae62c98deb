//! The images of one job as a grid: their places, and the images that are ready for them.
//! A place shows its latest preview, then its image.

use ratatui::layout::{Rect, Size};

use super::{
    DisplayedImage, Model, PendingJob, PreviewKey, PreviewSource, PreviewSubject, RunningJob, jobs::requested_size,
};
use crate::{
    id::Id,
    library::Record,
    picture::{CellSize, ImageViewport, PreparedImage},
};

/// Columns between two images of a grid.
const GAP: u16 = 2;
/// Rows below each image, for its caption.
pub const CAPTION_ROWS: u16 = 1;

/// The content of one place in the grid.
#[derive(Clone, Debug, PartialEq)]
pub enum GridSlot {
    /// Nothing has arrived for this image.
    Waiting,
    /// A preview or a finished image.
    Image(PreviewSource),
    /// The file of a finished image is missing.
    Missing,
}

impl GridSlot {
    fn source(&self) -> Option<&PreviewSource> {
        match self {
            Self::Image(source) => Some(source),
            Self::Waiting | Self::Missing => None,
        }
    }
}

/// The images that are ready for the grid of one job.
#[derive(Clone, Debug, Default)]
pub struct ImageGrid {
    job: Option<Id>,
    places: Vec<GridPlace>,
}

#[derive(Clone, Debug, Default)]
struct GridPlace {
    shown: Option<DisplayedImage>,
    requested: Option<PreviewKey>,
    failed: Option<PreviewKey>,
}

impl GridPlace {
    /// Requests `key` unless it is on screen or already requested; returns `true` if it has to be fetched.
    fn request(&mut self, key: &PreviewKey) -> bool {
        self.shown.take_if(|shown| shown.key.cells != key.cells);
        let is_key = |other: Option<&PreviewKey>| other == Some(key);
        let here = is_key(self.shown.as_ref().map(|shown| &shown.key))
            || is_key(self.requested.as_ref())
            || is_key(self.failed.as_ref());
        if !here {
            self.requested = Some(key.clone());
        }
        !here
    }

    /// Stores the answer to the latest request, or to an earlier one if nothing newer is here.
    fn receive(&mut self, key: &PreviewKey, answer: &Result<PreparedImage, String>) -> bool {
        let is_latest = self.requested.as_ref() == Some(key);
        let is_newer = self.shown.as_ref().is_none_or(|shown| shown.key.precedes(key));
        let is_early = is_newer && self.requested.as_ref().is_some_and(|wanted| key.precedes(wanted));
        if is_latest {
            self.requested = None;
        }
        match answer {
            Ok(fitted) if is_latest || is_early => {
                self.shown = Some(DisplayedImage { key: key.clone(), fitted: fitted.clone() });
            }
            Err(_) if is_latest => self.failed = Some(key.clone()),
            _ => {}
        }
        is_latest || is_early
    }
}

impl ImageGrid {
    /// Sets what the grid of `job` should show, one key for each place that has an image; returns the keys to fetch.
    pub fn request(&mut self, job: Id, wanted: &[Option<PreviewKey>]) -> Vec<PreviewKey> {
        if self.job != Some(job) {
            *self = Self { job: Some(job), places: Vec::new() };
        }
        self.places.resize_with(wanted.len(), GridPlace::default);
        let places = self.places.iter_mut().zip(wanted);
        places.filter_map(|(place, key)| key.as_ref().filter(|key| place.request(key)).cloned()).collect()
    }

    /// Stores an answer; returns `true` if it was for this grid.
    pub fn receive(&mut self, key: &PreviewKey, answer: &Result<PreparedImage, String>) -> bool {
        self.places.iter_mut().any(|place| place.receive(key, answer))
    }

    /// Returns the image at that place, if one is ready that fits into `cells`.
    pub fn image(&self, place: usize, cells: Size) -> Option<&PreparedImage> {
        let shown = self.places.get(place)?.shown.as_ref()?;
        (shown.key.cells == (cells.width, cells.height)).then_some(&shown.fitted)
    }

    /// Returns `true` if the image at that place cannot be shown.
    pub fn has_failed(&self, place: usize) -> bool {
        self.places.get(place).is_some_and(|place| place.failed.is_some() && place.shown.is_none())
    }

    /// Forgets all images, so that they are requested again.
    pub fn reset(&mut self) {
        self.places.clear();
    }
}

/// Returns the areas of `count` images of that size, row by row, without their captions: in as many columns as make
/// them largest. Empty if there is no room for all.
fn grid_areas(area: Rect, count: usize, image: (u32, u32), cell: CellSize) -> Vec<Rect> {
    let most = u16::try_from(count).unwrap_or(u16::MAX);
    let layouts = (1..=most).filter_map(|columns| grid_in_columns(area, most, columns, image, cell));
    // The first of equals has the fewest columns.
    let best = layouts.reduce(|best, next| if next[0].area() > best[0].area() { next } else { best });
    best.unwrap_or_default()
}

fn grid_in_columns(area: Rect, count: u16, columns: u16, image: (u32, u32), cell: CellSize) -> Option<Vec<Rect>> {
    let rows = count.div_ceil(columns);
    let width = area.width.checked_sub(GAP * (columns - 1))? / columns;
    let height = (area.height / rows).checked_sub(CAPTION_ROWS)?;
    if width < 2 || height == 0 {
        return None;
    }
    let tile = fitted_cells(image, Size::new(width, height), cell);
    let across = tile.width * columns + GAP * (columns - 1);
    let down = (tile.height + CAPTION_ROWS) * rows;
    let (left, top) = (area.x + (area.width - across) / 2, area.y + (area.height - down) / 2);
    let place = |index: u16| Rect {
        x: left + index % columns * (tile.width + GAP),
        y: top + index / columns * (tile.height + CAPTION_ROWS),
        width: tile.width,
        height: tile.height,
    };
    Some((0..count).map(place).collect())
}

/// Returns the area of that size in the middle of `area`.
fn centered(size: Size, area: Rect) -> Rect {
    let (left, top) = (area.width.saturating_sub(size.width) / 2, area.height.saturating_sub(size.height) / 2);
    Rect { x: area.x + left, y: area.y + top, width: size.width, height: size.height }
}

/// Returns the cells that a whole image of that size covers in `area`.
fn fitted_cells(image: (u32, u32), area: Size, cell: CellSize) -> Size {
    let room = (f64::from(area.width) * f64::from(cell.width), f64::from(area.height) * f64::from(cell.height));
    let size = (f64::from(image.0.max(1)), f64::from(image.1.max(1)));
    let scale = (room.0 / size.0).min(room.1 / size.1);
    let cells =
        |pixels: f64, cell: u16, most: u16| ((pixels * scale / f64::from(cell)).round() as u16).clamp(1, most.max(1));
    Size::new(cells(size.0, cell.width, area.width), cells(size.1, cell.height, area.height))
}

impl Model {
    /// Returns the selected record, or that of a job that has just started and is about to be selected.
    pub fn shown_record(&self) -> Option<&Record> {
        let starting = self.history.select_when_loaded.and_then(|id| self.jobs.get(id));
        starting.map(|job| &job.record).or_else(|| self.history.current())
    }

    /// Returns the running job that the preview shows.
    pub fn shown_job(&self) -> Option<&RunningJob> {
        self.jobs.get(self.shown_record()?.id)
    }

    /// Returns the places of the grid that the preview shows; `None` if it shows a single image.
    pub fn grid(&self) -> Option<(Id, Vec<GridSlot>)> {
        let record = self.shown_record()?;
        let slots = match self.jobs.get(record.id) {
            Some(job) => running_slots(job),
            None => saved_slots(record),
        };
        (slots.len() > 1 && self.preview.opened != Some(record.id)).then_some((record.id, slots))
    }

    /// Returns the places of the grid, unless something else takes the place of the selected job.
    pub fn shown_grid(&self) -> Option<(Id, Vec<GridSlot>)> {
        self.grid().filter(|(job, _)| self.subject() == PreviewSubject::Grid(*job))
    }

    /// Returns the areas of the images of a draft on its way to the engine.
    pub fn pending_places(&self, pending: &PendingJob, area: Rect) -> Vec<Rect> {
        let size = requested_size(&pending.settings);
        match pending.draft.count {
            0 | 1 => vec![centered(fitted_cells(size, area.as_size(), self.terminal.cell), area)],
            count => grid_areas(area, count as usize, size, self.terminal.cell),
        }
    }

    /// Returns the area that the single image of a job will cover in `area`.
    pub fn plate_place(&self, area: Rect) -> Rect {
        let size = self.shown_record().map_or((1, 1), |record| requested_size(&record.settings));
        centered(fitted_cells(size, area.as_size(), self.terminal.cell), area)
    }

    /// Returns the areas of the grid's images in `area`, without their captions.
    pub fn grid_places(&self, count: usize, area: Rect) -> Vec<Rect> {
        let Some(record) = self.shown_record() else { return Vec::new() };
        let finished = record.images.first().filter(|_| self.shown_job().is_none());
        let size = finished.map_or_else(|| requested_size(&record.settings), |image| (image.width, image.height));
        grid_areas(area, count, size, self.terminal.cell)
    }

    /// Returns the keys of the grid's images for these places.
    pub fn grid_keys(&self, slots: &[GridSlot], places: &[Rect]) -> Vec<Option<PreviewKey>> {
        let key = |(slot, place): (&GridSlot, &Rect)| {
            let (source, cells) = (slot.source()?.clone(), (place.width, place.height));
            Some(PreviewKey { source, cells, view: ImageViewport::default() })
        };
        slots.iter().zip(places).map(key).collect()
    }
}

fn running_slots(job: &RunningJob) -> Vec<GridSlot> {
    let count = (job.record.count as usize).max(job.previews.len());
    let slot = |image| match job.preview_of(image) {
        Some(preview) => GridSlot::Image(PreviewSource::Preview(job.record.id, preview.image, preview.step)),
        None => GridSlot::Waiting,
    };
    (0..count).map(slot).collect()
}

fn saved_slots(record: &Record) -> Vec<GridSlot> {
    let slot = |image: &crate::library::ImageRecord| {
        if image.missing { GridSlot::Missing } else { GridSlot::Image(PreviewSource::Image(image.id)) }
    };
    record.images.iter().map(slot).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: CellSize = CellSize { width: 10, height: 20 };

    #[test]
    fn four_squares_fill_two_rows_of_a_wide_pane() {
        let places = grid_areas(Rect::new(0, 0, 80, 40), 4, (1024, 1024), CELL);
        assert_eq!(places[0].as_size(), Size::new(38, 19));
        assert_eq!((places[1].y, places[2].x), (places[0].y, places[0].x));
    }

    #[test]
    fn images_and_captions_fit_the_pane_without_overlap_at_any_size() {
        for (width, height) in [(1, 1), (4, 3), (38, 8), (54, 16), (120, 30), (200, 60), (10, 60)] {
            let area = Rect::new(3, 2, width, height);
            for count in 2..=10 {
                for image in [(1024, 1024), (1536, 1024), (1024, 1536), (64, 1)] {
                    let places = grid_areas(area, count, image, CELL);
                    assert!(places.is_empty() || places.len() == count);
                    let with_caption = |place: &Rect| Rect { height: place.height + CAPTION_ROWS, ..*place };
                    let all: Vec<Rect> = places.iter().map(with_caption).collect();
                    for (at, place) in all.iter().enumerate() {
                        assert_eq!(place.intersection(area), *place, "{count} in {area}");
                        assert!(all[..at].iter().all(|other| !other.intersects(*place)), "{count} in {area}");
                    }
                }
            }
        }
        assert_eq!(grid_areas(Rect::new(0, 0, 54, 16), 4, (1024, 1024), CELL).len(), 4);
    }

    #[test]
    fn plate_has_the_aspect_of_the_image() {
        let cells = |image| fitted_cells(image, Size::new(60, 20), CELL);
        assert_eq!(cells((1024, 1024)), Size::new(40, 20));
        assert_eq!(cells((1536, 1024)), Size::new(60, 20));
        assert_eq!(cells((1024, 1536)), Size::new(27, 20));
        assert_eq!(cells((64, 1)), Size::new(60, 1));
    }

    #[test]
    fn place_keeps_its_preview_until_the_next_one_is_ready() {
        let (job, mut grid) = (Id::new(), ImageGrid::default());
        let key = |source| PreviewKey { source, cells: (9, 9), view: ImageViewport::default() };
        let preview = |image, step| Some(key(PreviewSource::Preview(job, image, step)));
        let broken = Err("broken".to_owned());
        assert_eq!(grid.request(job, &[preview(0, 0), None]).len(), 1);
        assert_eq!(grid.request(job, &[preview(0, 0), preview(1, 0)]), [preview(1, 0).unwrap()]);
        assert!(!grid.receive(&preview(0, 1).unwrap(), &broken), "it was not requested");
        assert!(grid.receive(&preview(0, 0).unwrap(), &broken) && grid.has_failed(0));
        assert!(grid.request(job, &[preview(0, 0), preview(1, 0)]).is_empty(), "it is not tried again");
        assert_eq!(grid.request(job, &[preview(0, 1), preview(1, 0)]), [preview(0, 1).unwrap()]);
        assert_eq!(grid.request(Id::new(), &[None, None]).len(), 0);
        assert!(!grid.receive(&preview(1, 0).unwrap(), &broken), "another job is shown");
    }
}
