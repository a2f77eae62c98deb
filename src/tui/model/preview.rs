//! The preview pane's state: what shall be shown, what is shown, and how close.
//! Decoding and fitting happen elsewhere; an answer repeats its question, so late ones are dropped here.

use crate::{
    id::Id,
    picture::{Fitted, View, Zoom},
};

/// Where a picture comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PictureSource {
    /// A file of the library.
    Image(Id),
    /// A picture on its way: of that job, its n-th image, its n-th step.
    Live(Id, u32, u32),
    /// Several beside each other, some of which may still be missing.
    Spread {
        /// From left to right.
        sources: Vec<Option<PictureSource>>,
        /// The one that is seen alone, where not all are.
        only: Option<usize>,
        /// Whether all are brought to the pixels of the smallest one.
        level: bool,
    },
}

impl PictureSource {
    /// The job that draws it, while it is on its way.
    const fn job(&self) -> Option<Id> {
        match self {
            Self::Live(job, ..) => Some(*job),
            Self::Image(_) | Self::Spread { .. } => None,
        }
    }
}

/// A picture at a size: what is asked of the picture thread, and what comes back.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureKey {
    /// Where it comes from.
    pub source: PictureSource,
    /// Columns and rows to fit into.
    pub cells: (u16, u16),
    /// How close, and where.
    pub view: View,
}

impl PictureKey {
    /// Whether `later` is a later step of the same picture on its way, at the same size.
    fn grows_into(&self, later: &Self) -> bool {
        let (PictureSource::Live(job, image, step), PictureSource::Live(of, other, after)) =
            (&self.source, &later.source)
        else {
            return false;
        };
        (job, image, self.cells, self.view) == (of, other, later.cells, later.view) && step < after
    }
}

/// A picture ready to be drawn.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What it answers.
    pub key: PictureKey,
    /// The picture in cells or escape sequences.
    pub fitted: Fitted,
}

/// What the preview is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// Nothing: the history is empty or not loaded.
    Nothing,
    /// A job that runs and has not shown anything yet.
    Waiting(Id),
    /// A job without a picture: failed, cancelled, unknown.
    Pictureless(Id),
    /// A picture on its way.
    Live(PictureSource),
    /// A file.
    Image(Id, std::path::PathBuf),
}

impl Subject {
    /// Where its picture comes from, if it has one.
    pub fn source(&self) -> Option<PictureSource> {
        match self {
            Self::Live(source) => Some(source.clone()),
            Self::Image(id, ..) => Some(PictureSource::Image(*id)),
            Self::Nothing | Self::Waiting(_) | Self::Pictureless(_) => None,
        }
    }
}

/// Each step of zooming is this much closer or farther.
const STEP: f32 = 1.25;

/// `view` one step closer (`steps` = 1) or farther (-1), where the whole picture fits at `fit` screen pixels a pixel.
/// Farther than the whole picture is the whole picture.
pub fn zoomed(view: View, steps: i32, fit: f32) -> View {
    let scale = scale(view, fit) * STEP.powi(steps);
    if scale <= fit { View::default() } else { View { zoom: Zoom::Scale(scale.min(64.0)), ..view } }
}

/// `view` moved by a share of what is visible: 0.125 is an eighth to the right or down.
pub fn panned(view: View, right: f32, down: f32, fit: f32) -> View {
    let visible = (fit / scale(view, fit)).min(1.0);
    let moved = |center: f32, by: f32| (center + by * visible).clamp(visible / 2.0, 1.0 - visible / 2.0);
    View { center: (moved(view.center.0, right), moved(view.center.1, down)), ..view }
}

fn scale(view: View, fit: f32) -> f32 {
    match view.zoom {
        Zoom::Scale(scale) => scale,
        Zoom::Fit | Zoom::Fill => fit,
    }
}

/// The preview pane.
#[derive(Clone, Debug, Default)]
pub struct PreviewPane {
    /// Which of the selected job's pictures is shown.
    pub image: usize,
    /// The job looked at before this one.
    pub before: Option<Id>,
    /// The pictures around the selected one that were asked for ahead of time.
    pub ahead: Vec<PictureKey>,
    /// How close, and where.
    pub view: View,
    /// What is on screen.
    pub shown: Option<Shown>,
    /// What was asked for last and has not come.
    pub wanted: Option<PictureKey>,
    /// Why the picture cannot be shown.
    pub error: Option<String>,
}

impl PreviewPane {
    /// Forgets what is shown, so that it is asked for again.
    pub fn forget(&mut self) {
        self.shown = None;
        self.wanted = None;
        self.error = None;
        self.ahead.clear();
    }

    /// Asks for `key` unless it is shown or asked for already. Says whether somebody has to fetch it.
    /// What is shown stays until that comes, but for another job's picture beside the first words of a new one.
    pub fn want(&mut self, key: &PictureKey) -> bool {
        let begins = |shown: &Shown| key.source.job().is_some_and(|job| shown.key.source.job() != Some(job));
        self.shown.take_if(|shown| begins(shown));
        let here = self.shown.as_ref().is_some_and(|shown| shown.key == *key) || self.wanted.as_ref() == Some(key);
        if !here {
            self.wanted = Some(key.clone());
            self.error = None;
        }
        !here
    }

    /// Takes in an answer, unless something else is wanted by now. Says whether it was taken.
    /// Of a picture that grows, a frame that comes late is better than the one on screen: where frames come faster than
    /// they are made ready, none would ever be seen.
    pub fn take(&mut self, key: PictureKey, answer: Result<Fitted, String>) -> bool {
        let (wanted, shown) = (self.wanted.as_ref(), self.shown.as_ref().map(|shown| &shown.key));
        let late =
            wanted.is_some_and(|wanted| key.grows_into(wanted)) && shown.is_none_or(|shown| !key.grows_into(shown));
        if !late && wanted != Some(&key) {
            return false;
        }
        if !late {
            self.wanted = None;
        }
        match answer {
            Ok(fitted) => self.shown = Some(Shown { key, fitted }),
            // What comes next may be sound.
            Err(_) if late => return false,
            Err(error) => {
                self.shown = None;
                self.error = Some(error);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Size;

    use super::*;
    use crate::picture::{Matte, Protocol, TerminalFacts, Window, prepare};

    #[test]
    fn an_earlier_state_is_better_than_none_and_a_later_one_than_that() {
        let key = |image, step| PictureKey {
            source: PictureSource::Live(Id::new(), image, step),
            cells: (9, 9),
            view: View::default(),
        };
        let first = key(0, 0);
        let of = |image, step| {
            let PictureSource::Live(job, ..) = first.source else { unreachable!() };
            PictureKey { source: PictureSource::Live(job, image, step), ..first.clone() }
        };
        assert!(of(0, 0).grows_into(&of(0, 2)) && !of(0, 2).grows_into(&of(0, 0)));
        assert!(!of(1, 0).grows_into(&of(0, 2)) && !key(0, 0).grows_into(&of(0, 2)));
        let mut pane = PreviewPane { wanted: Some(of(0, 2)), ..PreviewPane::default() };
        assert!(!pane.take(of(0, 1), Err("broken".into())) && pane.error.is_none());
        assert!(!pane.take(of(1, 1), Err("another".into())) && pane.wanted == Some(of(0, 2)));
    }

    #[test]
    fn farther_than_the_whole_picture_is_the_whole_picture() {
        let closer = zoomed(View::default(), 1, 0.5);
        assert_eq!(closer.zoom, Zoom::Scale(0.625));
        assert_eq!(zoomed(closer, -1, 0.5), View::default());
        assert_eq!(zoomed(View::default(), -1, 0.5), View::default());
    }

    #[test]
    fn one_cannot_look_past_the_edge() {
        let view = View { zoom: Zoom::Scale(2.0), ..View::default() };
        let far = (0..100).fold(view, |view, _| panned(view, 0.125, -0.125, 1.0));
        assert_eq!(far.center, (0.75, 0.25));
        assert_eq!(panned(View::default(), 0.125, 0.0, 1.0), View::default());
    }

    #[test]
    fn frames_that_come_faster_than_they_are_made_ready_are_seen_all_the_same() {
        let job = Id::new();
        let key = |source| PictureKey { source, cells: (10, 10), view: View::default() };
        let frame = |step| key(PictureSource::Live(job, 0, step));
        let broken = || Err("broken".to_owned());
        let mut pane = PreviewPane::default();
        pane.want(&frame(5));
        assert!(!pane.take(frame(6), broken()), "nobody asked for it");
        assert!(!pane.take(frame(4), broken()) && pane.error.is_none(), "the one that is wanted may be sound");
        assert_eq!(pane.wanted, Some(frame(5)), "it is still wanted");
        assert!(frame(4).grows_into(&frame(5)) && !frame(5).grows_into(&frame(5)) && !frame(6).grows_into(&frame(5)));
        let others = [key(PictureSource::Live(Id::new(), 0, 4)), key(PictureSource::Live(job, 1, 4))];
        let nearer = PictureKey { cells: (20, 10), ..frame(4) };
        for other in others.into_iter().chain([nearer, key(PictureSource::Image(job))]) {
            assert!(!other.grows_into(&frame(5)), "{other:?}");
        }
    }

    /// A picture of one pixel in half-blocks.
    fn dot() -> Fitted {
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(1, 1).write_to(&mut png, image::ImageFormat::Png).unwrap();
        let facts = TerminalFacts::unasked(&|_| None, Window::default(), Some(Protocol::Blocks));
        prepare(png.get_ref(), Size::new(9, 9), &View::default(), &facts, Matte::Checkerboard).unwrap()
    }

    #[test]
    fn another_jobs_picture_is_not_seen_beside_the_first_words_of_a_new_one() {
        let key = |source| PictureKey { source, cells: (9, 9), view: View::default() };
        let (saved, job) = (key(PictureSource::Image(Id::new())), Id::new());
        let frame = |step| key(PictureSource::Live(job, 0, step));
        let mut pane = PreviewPane::default();
        let show = |pane: &mut PreviewPane, key: &PictureKey| {
            pane.want(key);
            let before = pane.shown.as_ref().map(|shown| shown.key.clone());
            assert!(pane.take(key.clone(), Ok(dot())));
            before
        };
        show(&mut pane, &saved);
        assert_eq!(show(&mut pane, &frame(0)), None, "it begins with nothing");
        assert_eq!(show(&mut pane, &frame(1)), Some(frame(0)), "it grows without a gap");
        assert_eq!(show(&mut pane, &saved), Some(frame(1)), "and is there until the file is");
    }
}
