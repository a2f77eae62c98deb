//! State of the preview pane: the requested image, the image on screen, and its zoom.
//! Decoding and fitting happen elsewhere. An answer repeats its request, so that late answers are dropped here.

use super::{EditView, Focus, ImageGrid, MemoryImage, Model, PendingJob, Screen};
use crate::{
    id::Id,
    library::ImageRecord,
    picture::{ImageViewport, PreparedImage, Zoom},
};

/// The source of an image.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PreviewSource {
    /// A file of the library.
    Image(Id),
    /// A preview of a running job: its id, the index of the image, and the step.
    Preview(Id, u32, u32),
    /// Several images side by side, some of which may still be missing.
    SideBySide {
        /// Sources of the images, ordered from left to right.
        sources: Vec<Option<PreviewSource>>,
        /// Index of the only image shown; `None` shows all.
        only: Option<usize>,
        /// Set if all images are scaled to the pixels of the smallest one.
        level: bool,
    },
    /// A file that is not in the library.
    File(std::path::PathBuf),
    /// A pasted or piped image.
    Memory(MemoryImage),
    /// An image with a mask as a tint and markup drawn over it.
    Overlaid { source: Box<PreviewSource>, mask: Option<std::path::PathBuf>, markup: Option<std::path::PathBuf> },
    /// A heat map of the changes from one image to another.
    Difference { before: Box<PreviewSource>, after: Box<PreviewSource> },
}

impl PreviewSource {
    /// Returns the job of a preview, while it is running.
    const fn job(&self) -> Option<Id> {
        match self {
            Self::Preview(job, ..) => Some(*job),
            _ => None,
        }
    }
}

/// An image at a size: the request to the image thread, which its answer repeats.
#[derive(Clone, Debug, PartialEq)]
pub struct PreviewKey {
    pub source: PreviewSource,
    /// Columns and rows that the image has to fit into.
    pub cells: (u16, u16),
    pub view: ImageViewport,
}

impl PreviewKey {
    /// Returns `true` if `later` is a later preview of the same image at the same size.
    pub fn precedes(&self, later: &Self) -> bool {
        let (PreviewSource::Preview(job, image, step), PreviewSource::Preview(of, other, after)) =
            (&self.source, &later.source)
        else {
            return false;
        };
        (job, image, self.cells, self.view) == (of, other, later.cells, later.view) && step < after
    }
}

/// An image that is ready to be drawn.
#[derive(Clone, Debug)]
pub struct DisplayedImage {
    /// The request that this image is the answer to.
    pub key: PreviewKey,
    /// The image as terminal cells or as escape sequences.
    pub fitted: PreparedImage,
}

/// The subject of the preview.
#[derive(Clone, Debug, PartialEq)]
pub enum PreviewSubject {
    /// Nothing: the history is empty or not loaded yet.
    Nothing,
    /// A draft that the engine has not answered yet.
    Submitting,
    /// A running job without a preview so far.
    Waiting(Id),
    /// The images of a job with several, side by side.
    Grid(Id),
    /// A job without an image: failed, canceled, or with an unknown outcome.
    NoImage(Id),
    /// A preview of a running job.
    Preview(PreviewSource),
    /// An image file.
    Image(Id, std::path::PathBuf),
    /// The first reference of the next job, while the prompt has the focus.
    EditSource(PreviewSource),
    /// The image that the selected one is an edit of.
    Before(PreviewSource),
    /// A heat map of what the selected edit changed.
    Difference(PreviewSource),
}

impl PreviewSubject {
    /// Returns the source of the image, if there is one.
    pub fn source(&self) -> Option<PreviewSource> {
        match self {
            Self::Preview(source) | Self::EditSource(source) | Self::Before(source) | Self::Difference(source) => {
                Some(source.clone())
            }
            Self::Image(id, ..) => Some(PreviewSource::Image(*id)),
            Self::Nothing | Self::Submitting | Self::Waiting(_) | Self::Grid(_) | Self::NoImage(_) => None,
        }
    }
}

/// The zoom factor of one step.
const ZOOM_FACTOR: f32 = 1.25;

/// A change of the zoom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoomStep {
    /// Zooms in by one step.
    In,
    /// Zooms out by one step, at most to the whole image.
    Out,
    /// Fits the whole image into the pane.
    Fit,
    /// Fills the whole pane and crops the image; applied twice, fits it again.
    Fill,
    /// Shows one image pixel per screen pixel.
    Actual,
}

impl ZoomStep {
    /// Returns `view` after this step, where the whole image fits at `fit` screen pixels per image pixel.
    pub fn apply(self, view: ImageViewport, fit: f32) -> ImageViewport {
        match self {
            Self::In => zoom_by(view, 1, fit),
            Self::Out => zoom_by(view, -1, fit),
            Self::Fit => ImageViewport::default(),
            Self::Fill if view.zoom == Zoom::Fill => ImageViewport::default(),
            Self::Fill => ImageViewport { zoom: Zoom::Fill, ..ImageViewport::default() },
            Self::Actual => ImageViewport { zoom: Zoom::Scale(1.0), ..view },
        }
    }
}

/// Zooms `view` in (`steps` = 1) or out (-1), where the whole image fits at `fit` screen pixels per image pixel.
/// Zooming out ends at the whole image.
fn zoom_by(view: ImageViewport, steps: i32, fit: f32) -> ImageViewport {
    let scale = scale(view, fit) * ZOOM_FACTOR.powi(steps);
    if scale <= fit { ImageViewport::default() } else { ImageViewport { zoom: Zoom::Scale(scale.min(64.0)), ..view } }
}

/// Moves `view` by a share of its visible part: 0.125 is an eighth to the right or down.
pub fn pan_by(view: ImageViewport, right: f32, down: f32, fit: f32) -> ImageViewport {
    let visible = (fit / scale(view, fit)).min(1.0);
    let moved = |center: f32, by: f32| (center + by * visible).clamp(visible / 2.0, 1.0 - visible / 2.0);
    ImageViewport { center: (moved(view.center.0, right), moved(view.center.1, down)), ..view }
}

fn scale(view: ImageViewport, fit: f32) -> f32 {
    match view.zoom {
        Zoom::Scale(scale) => scale,
        Zoom::Fit | Zoom::Fill => fit,
    }
}

/// The preview pane.
#[derive(Clone, Debug, Default)]
pub struct PreviewPane {
    /// Index of the shown image within the selected job; in a grid, of the picked one.
    pub image: usize,
    /// The job with several images of which one is shown instead of the grid.
    pub opened: Option<Id>,
    pub grid: ImageGrid,
    /// The job that was shown before this one.
    pub previous_job: Option<Id>,
    /// Images around the selected one that were requested ahead of time.
    pub prefetched: Vec<PreviewKey>,
    pub view: ImageViewport,
    pub shown: Option<DisplayedImage>,
    /// The latest request that has not been answered yet.
    pub requested: Option<PreviewKey>,
    /// Reason why the image cannot be shown, if any.
    pub error: Option<String>,
    /// The request that failed with that error; it is not repeated.
    pub failed: Option<PreviewKey>,
    /// The side of an edit that is shown, with the id of the edited image; another image starts with its result.
    pub edit_view: Option<(Id, EditView)>,
}

impl PreviewPane {
    /// Forgets the image on screen, so that it is requested again.
    pub fn reset(&mut self) {
        self.shown = None;
        self.requested = None;
        self.error = None;
        self.failed = None;
        self.prefetched.clear();
        self.grid.reset();
    }

    /// Requests `key` unless it is on screen or already requested; returns `true` if it has to be fetched. The image on
    /// screen stays until the answer arrives, unless `key` is the first preview of another job.
    pub fn request(&mut self, key: &PreviewKey) -> bool {
        let begins = |shown: &DisplayedImage| key.source.job().is_some_and(|job| shown.key.source.job() != Some(job));
        self.shown.take_if(|shown| begins(shown));
        let here = self.shown.as_ref().is_some_and(|shown| shown.key == *key)
            || self.requested.as_ref() == Some(key)
            || self.failed.as_ref() == Some(key);
        if !here {
            self.requested = Some(key.clone());
            (self.error, self.failed) = (None, None);
        }
        !here
    }

    /// Stores an answer, unless something else is wanted by now; returns `true` if it was stored. A late preview of an
    /// image in progress still replaces an earlier one: if previews arrive faster than they can be prepared, none would
    /// ever be shown otherwise.
    pub fn receive(&mut self, key: PreviewKey, answer: Result<PreparedImage, String>) -> bool {
        let (wanted, shown) = (self.requested.as_ref(), self.shown.as_ref().map(|shown| &shown.key));
        let late = wanted.is_some_and(|wanted| key.precedes(wanted)) && shown.is_none_or(|shown| !key.precedes(shown));
        if !late && wanted != Some(&key) {
            return false;
        }
        if !late {
            self.requested = None;
        }
        match answer {
            Ok(fitted) => self.shown = Some(DisplayedImage { key, fitted }),
            // The next one may be valid.
            Err(_) if late => return false,
            Err(error) => {
                self.shown = None;
                (self.error, self.failed) = (Some(error), Some(key));
            }
        }
        true
    }
}

impl Model {
    /// Returns the subject of the preview: the selected job while it runs, and its image once there is one.
    pub fn subject(&self) -> PreviewSubject {
        if let Some(source) = self.edit_source() {
            return PreviewSubject::EditSource(source);
        }
        if self.shown_submission().is_some() {
            return PreviewSubject::Submitting;
        }
        if let Some((job, _)) = self.grid() {
            return PreviewSubject::Grid(job);
        }
        let Some(record) = self.shown_record() else { return PreviewSubject::Nothing };
        if let Some(job) = self.jobs.get(record.id) {
            return match job.preview(self.preview.image) {
                Some(preview) => {
                    PreviewSubject::Preview(PreviewSource::Preview(record.id, preview.image, preview.step))
                }
                None => PreviewSubject::Waiting(record.id),
            };
        }
        match record.images.get(self.preview.image.min(record.images.len().saturating_sub(1))) {
            Some(image) if !image.missing => {
                self.side_of_edit(record, image).unwrap_or_else(|| PreviewSubject::Image(image.id, image.path.clone()))
            }
            _ => PreviewSubject::NoImage(record.id),
        }
    }

    /// Returns the draft on its way to the engine, unless another job was selected since.
    pub fn shown_submission(&self) -> Option<&PendingJob> {
        let selected = self.history.current().map(|record| record.id);
        self.jobs.pending().filter(|pending| pending.selected == selected)
    }

    /// Opens the picked image of a grid; returns `true` if there is one.
    pub fn open_picked_image(&mut self) -> bool {
        let opens = self.grid().map(|(job, _)| job);
        self.preview.opened = opens.or(self.preview.opened);
        opens.is_some()
    }

    /// Goes back from a single image to the grid of its job; returns `true` if there is one.
    pub fn close_opened_image(&mut self) -> bool {
        let opened = self.preview.opened.take();
        let has_grid = self.grid().is_some_and(|(job, _)| opened == Some(job));
        if has_grid {
            self.preview.view = ImageViewport::default();
        }
        has_grid
    }

    /// Returns `true` if the selected job has ended without an image.
    pub fn has_no_image(&self) -> bool {
        let record = self.history.current().filter(|record| self.jobs.get(record.id).is_none());
        record.is_some_and(|record| record.images.is_empty())
    }

    /// Returns the saved image that the preview shows.
    pub fn shown_image(&self) -> Option<&ImageRecord> {
        let record = self.history.current().filter(|record| self.jobs.get(record.id).is_none())?;
        record.images.get(self.preview.image.min(record.images.len().saturating_sub(1)))
    }

    /// Shows the preview in the whole window.
    pub fn enter_full_preview(&mut self) {
        self.gallery.is_image_open = self.is_gallery();
        self.screen = None;
        self.focus_before_maximized = self.focus;
        (self.preview_maximized, self.focus) = (true, Focus::Preview);
    }

    /// Leaves the full window and returns to the gallery, or to the pane that had the focus.
    pub fn leave_full_preview(&mut self) {
        if !self.preview_maximized {
            return;
        }
        (self.preview_maximized, self.focus) = (false, self.focus_before_maximized);
        if std::mem::take(&mut self.gallery.is_image_open) {
            self.screen = Some(Screen::Gallery);
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Size;

    use super::*;
    use crate::picture::{DisplayCapabilities, ImageBackground, Protocol, TerminalWindow, prepare};

    #[test]
    fn late_previews_replace_only_earlier_ones() {
        let key = |image, step| PreviewKey {
            source: PreviewSource::Preview(Id::new(), image, step),
            cells: (9, 9),
            view: ImageViewport::default(),
        };
        let first = key(0, 0);
        let of = |image, step| {
            let PreviewSource::Preview(job, ..) = first.source else { unreachable!() };
            PreviewKey { source: PreviewSource::Preview(job, image, step), ..first.clone() }
        };
        assert!(of(0, 0).precedes(&of(0, 2)) && !of(0, 2).precedes(&of(0, 0)));
        assert!(!of(1, 0).precedes(&of(0, 2)) && !key(0, 0).precedes(&of(0, 2)));
        let mut pane = PreviewPane { requested: Some(of(0, 2)), ..PreviewPane::default() };
        assert!(!pane.receive(of(0, 1), Err("broken".into())) && pane.error.is_none());
        assert!(!pane.receive(of(1, 1), Err("another".into())) && pane.requested == Some(of(0, 2)));
    }

    #[test]
    fn zooming_out_ends_at_the_whole_image() {
        let closer = zoom_by(ImageViewport::default(), 1, 0.5);
        assert_eq!(closer.zoom, Zoom::Scale(0.625));
        assert_eq!(zoom_by(closer, -1, 0.5), ImageViewport::default());
        assert_eq!(zoom_by(ImageViewport::default(), -1, 0.5), ImageViewport::default());
    }

    #[test]
    fn panning_stops_at_the_edge() {
        let view = ImageViewport { zoom: Zoom::Scale(2.0), ..ImageViewport::default() };
        let far = (0..100).fold(view, |view, _| pan_by(view, 0.125, -0.125, 1.0));
        assert_eq!(far.center, (0.75, 0.25));
        assert_eq!(pan_by(ImageViewport::default(), 0.125, 0.0, 1.0), ImageViewport::default());
    }

    #[test]
    fn previews_faster_than_preparation_are_still_shown() {
        let job = Id::new();
        let key = |source| PreviewKey { source, cells: (10, 10), view: ImageViewport::default() };
        let frame = |step| key(PreviewSource::Preview(job, 0, step));
        let broken = || Err("broken".to_owned());
        let mut pane = PreviewPane::default();
        pane.request(&frame(5));
        assert!(!pane.receive(frame(6), broken()), "it was not requested");
        assert!(!pane.receive(frame(4), broken()) && pane.error.is_none(), "the one that is wanted may be sound");
        assert_eq!(pane.requested, Some(frame(5)), "it is still wanted");
        assert!(frame(4).precedes(&frame(5)) && !frame(5).precedes(&frame(5)) && !frame(6).precedes(&frame(5)));
        let others = [key(PreviewSource::Preview(Id::new(), 0, 4)), key(PreviewSource::Preview(job, 1, 4))];
        let nearer = PreviewKey { cells: (20, 10), ..frame(4) };
        for other in others.into_iter().chain([nearer, key(PreviewSource::Image(job))]) {
            assert!(!other.precedes(&frame(5)), "{other:?}");
        }
    }

    /// Returns an image of one pixel in half-blocks.
    fn dot() -> PreparedImage {
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(1, 1).write_to(&mut png, image::ImageFormat::Png).unwrap();
        let facts = DisplayCapabilities::without_probe(&|_| None, TerminalWindow::default(), Some(Protocol::Blocks));
        prepare(png.get_ref(), Size::new(9, 9), &ImageViewport::default(), &facts, ImageBackground::Checkerboard)
            .unwrap()
    }

    #[test]
    fn new_job_does_not_show_the_previous_image() {
        let key = |source| PreviewKey { source, cells: (9, 9), view: ImageViewport::default() };
        let (saved, job) = (key(PreviewSource::Image(Id::new())), Id::new());
        let frame = |step| key(PreviewSource::Preview(job, 0, step));
        let mut pane = PreviewPane::default();
        let show = |pane: &mut PreviewPane, key: &PreviewKey| {
            pane.request(key);
            let before = pane.shown.as_ref().map(|shown| shown.key.clone());
            assert!(pane.receive(key.clone(), Ok(dot())));
            before
        };
        show(&mut pane, &saved);
        assert_eq!(show(&mut pane, &frame(0)), None, "it begins with nothing");
        assert_eq!(show(&mut pane, &frame(1)), Some(frame(0)), "it grows without a gap");
        assert_eq!(show(&mut pane, &saved), Some(frame(1)), "and is there until the file is");
    }
}
