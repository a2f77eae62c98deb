//! The layout of the screen, as one pure function of its size: `view` draws with it, and `update` uses it to know how
//! many rows a list has and what the mouse hit.

use ratatui::layout::{Constraint, Layout, Margin, Rect, Size};
use unicode_width::UnicodeWidthStr;

use super::model::{DuelPhase, Focus, Model, Screen, thumbnails};
use crate::sanitize;

/// Screens with fewer columns show one pane at a time.
const TWO_PANES_MIN_WIDTH: u16 = 64;
/// Screens with fewer columns have no room for the settings beside history and preview.
const THREE_PANES_MIN_WIDTH: u16 = 96;
/// Minimum number of columns for showing the settings by default.
const SETTINGS_MIN_WIDTH: u16 = 112;

/// The area of each part of the screen, including its border; `None` where there is no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Areas {
    pub header: Option<Rect>,
    pub history: Option<Rect>,
    pub preview: Option<Rect>,
    pub settings: Option<Rect>,
    pub prompt: Option<Rect>,
    /// The line of hints, or the lines of a notice.
    pub footer: Option<Rect>,
    /// Full-screen view that replaces the panes; it has no border.
    pub stage: Option<Rect>,
}

impl Areas {
    /// Returns the area of the prompt's text.
    pub fn prompt_text(&self) -> Option<Rect> {
        self.prompt.map(|area| area.inner(Margin::new(1, 1))).map(|area| area.inner(Margin::new(1, 0)))
    }

    /// Returns the area of the history's rows.
    pub fn history_rows(&self, model: &Model) -> Option<Rect> {
        let inner = self.history?.inner(Margin::new(1, 1));
        let search =
            u16::from(model.history.search.is_some() || model.history.query != crate::library::Query::default());
        let height = inner.height.saturating_sub(search + self.strip(model).map_or(0, |strip| strip.height));
        Some(Rect { y: inner.y + search.min(inner.height), height, ..inner })
    }

    /// Returns the area of the thumbnails at the bottom of the history, if they are enabled and leave more rows than
    /// they take.
    pub fn strip(&self, model: &Model) -> Option<Rect> {
        let inner = self.history?.inner(Margin::new(1, 1));
        let has_room = inner.height >= thumbnails::HEIGHT * 2 + 2 && inner.width >= thumbnails::THUMBNAIL.0;
        let top = inner.bottom().saturating_sub(thumbnails::HEIGHT);
        (model.thumbnails.visible && has_room).then_some(Rect { y: top, height: thumbnails::HEIGHT, ..inner })
    }

    /// Returns the area of the image: the pane without its border and its line of facts.
    pub fn preview_image(&self, model: &Model) -> Option<Rect> {
        let area = self.preview?;
        if model.preview_maximized {
            return Some(Rect { height: area.height.saturating_sub(1), ..area });
        }
        let inner = area.inner(Margin::new(1, 1));
        Some(Rect { height: inner.height.saturating_sub(1), ..inner })
    }

    /// Returns the area of the images in a full-screen view: below the prompt, above the captions.
    pub fn screen_images(&self, model: &Model) -> Option<Rect> {
        let area = self.stage?;
        let above = lines_above_images(model, area.width).min(area.height);
        let below = lines_below_images(model).min(area.height - above);
        Some(Rect { y: area.y + above, height: area.height - above - below, ..area })
    }

    /// Returns the area of the setting rows: above the two lines that explain the selected one.
    pub fn setting_rows(&self) -> Option<Rect> {
        let inner = self.settings?.inner(Margin::new(1, 1));
        let about = if inner.height >= 8 { 3 } else { 0 };
        Some(Rect { height: inner.height - about, ..inner })
    }
}

/// Lays out the studio for the size that the terminal last reported: for `update`, never for drawing.
pub fn layout(model: &Model) -> Areas {
    layout_for_size(model, model.terminal_size.into())
}

/// Lays out the studio for a frame of this size.
pub fn layout_for_size(model: &Model, Size { width, height }: Size) -> Areas {
    let screen = Rect::new(0, 0, width, height);
    if model.preview_maximized {
        let [preview, footer] = Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(screen);
        return Areas { preview: non_empty(preview), footer: non_empty(footer), ..Areas::default() };
    }
    if model.screen.is_some() {
        let rows = [Constraint::Length(1), Constraint::Fill(1), Constraint::Length(footer_height(model, width))];
        let [header, stage, footer] = Layout::vertical(rows).areas(screen);
        return Areas {
            header: non_empty(header),
            stage: non_empty(stage),
            footer: non_empty(footer),
            ..Areas::default()
        };
    }
    let header = u16::from(height >= 6);
    let footer = footer_height(model, width).min(height / 3);
    let prompt = prompt_height(model, width, height).min(height.saturating_sub(header + footer));
    let rows = [header, height.saturating_sub(header + footer + prompt), prompt, footer].map(Constraint::Length);
    let [header, body, prompt, footer] = Layout::vertical(rows).areas(screen);
    let panes = panes(model, body);
    Areas { header: non_empty(header), prompt: non_empty(prompt), footer: non_empty(footer), ..panes }
}

/// Returns the number of lines above the images: at most three for the prompt, the settings, and a blank one. It
/// depends on the text alone, so that nothing moves between two pairs of the same prompt.
pub fn lines_above_images(model: &Model, width: u16) -> u16 {
    let lines = |prompt: &str| prompt_lines(prompt, width);
    match model.screen.as_ref() {
        Some(Screen::Compare(compare)) => lines(&compare.contest.prompt) + 1,
        Some(Screen::Duel(duel)) => match &duel.phase {
            DuelPhase::Round(round) => lines(&round.pair.prompt) + 2,
            DuelPhase::Generating(contest) => lines(&contest.prompt) + 2,
            DuelPhase::LoadingPair | DuelPhase::Done => 3,
        },
        Some(Screen::Results(_)) | None => 0,
    }
}

/// Returns the number of lines that the prompt takes above the images, at most three.
pub fn prompt_lines(prompt: &str, width: u16) -> u16 {
    let inside = usize::from(width.saturating_sub(4).max(1));
    sanitize::line(prompt).width().div_ceil(inside).clamp(1, 3) as u16
}

/// Returns the number of lines below the images: the captions, and in a duel the two questions.
fn lines_below_images(model: &Model) -> u16 {
    match &model.screen {
        Some(Screen::Compare(_)) => 4,
        Some(Screen::Duel(_)) => 6,
        Some(Screen::Results(_)) | None => 0,
    }
}

fn non_empty(area: Rect) -> Option<Rect> {
    (!area.is_empty()).then_some(area)
}

/// Returns `true` if the settings stay on screen without the focus, by choice or by width.
pub fn settings_open(model: &Model) -> bool {
    settings_open_at_width(model, model.terminal_size.0)
}

fn settings_open_at_width(model: &Model, width: u16) -> bool {
    model.show_settings.unwrap_or(width >= SETTINGS_MIN_WIDTH)
}

/// Returns `true` if there is room for only one pane at a time.
pub fn is_single_pane(model: &Model) -> bool {
    model.terminal_size.0 < TWO_PANES_MIN_WIDTH
}

fn panes(model: &Model, body: Rect) -> Areas {
    if body.height < 3 || body.width < 3 {
        return Areas::default();
    }
    let settings = settings_open_at_width(model, body.width) || model.focus == Focus::Settings;
    if body.width < TWO_PANES_MIN_WIDTH {
        return match model.focus {
            Focus::History => Areas { history: non_empty(body), ..Areas::default() },
            Focus::Settings => Areas { settings: non_empty(body), ..Areas::default() },
            Focus::Prompt | Focus::Preview => Areas { preview: non_empty(body), ..Areas::default() },
        };
    }
    let history =
        model.show_history && (body.width >= THREE_PANES_MIN_WIDTH || !settings || model.focus == Focus::History);
    let settings = settings && (body.width >= THREE_PANES_MIN_WIDTH || !history);
    let history = if history { (body.width * 3 / 10).clamp(24, 44) } else { 0 };
    let settings = if settings { (body.width / 5).clamp(32, 38) } else { 0 };
    let columns = [Constraint::Length(history), Constraint::Fill(1), Constraint::Length(settings)];
    let [history, preview, settings] = Layout::horizontal(columns).areas(body);
    Areas {
        history: non_empty(history),
        preview: non_empty(preview),
        settings: non_empty(settings),
        ..Areas::default()
    }
}

/// Returns the height of the editor, which grows with its text up to a third of the screen.
fn prompt_height(model: &Model, width: u16, height: u16) -> u16 {
    let inside = usize::from(width.saturating_sub(4).max(1));
    let lines: usize = model.prompt.area.lines().iter().map(|line| line.width() / inside + 1).sum();
    let roomy = u16::from(height >= 20);
    let most = (height / 3).max(3);
    (lines.min(usize::from(u16::MAX)) as u16).saturating_add(2).clamp(3 + roomy, most.max(3 + roomy))
}

/// Returns the height of the footer. A notice takes as many lines as it needs, up to four, but one line where text and
/// hint fit side by side: another height would mean fitting the image above again. Without a notice, it is the line of
/// hints.
fn footer_height(model: &Model, width: u16) -> u16 {
    let Some(notice) = model.notices.current() else { return 1 };
    let lines = |text: &str| (text.width() + 8).div_ceil(usize::from(width.max(1)));
    let beside = notice.hint.as_deref().map_or(0, |hint| hint.width() + 3);
    if lines(&notice.text) == 1 && notice.text.width() + beside + 12 <= usize::from(width) {
        return 1;
    }
    let hint = notice.hint.as_deref().map_or(0, lines);
    (lines(&notice.text) + hint).clamp(1, 4) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixtures;

    fn areas(width: u16, height: u16, change: impl FnOnce(&mut Model)) -> Areas {
        let mut model = fixtures::model();
        model.terminal_size = (width, height);
        change(&mut model);
        layout(&model)
    }

    #[test]
    fn a_small_screen_shows_the_pane_with_the_focus() {
        let prompt = areas(40, 12, |_| {});
        assert!(prompt.preview.is_some() && prompt.history.is_none() && prompt.settings.is_none());
        let history = areas(40, 12, |model| model.focus = Focus::History);
        assert!(history.history.is_some() && history.preview.is_none());
    }

    #[test]
    fn eighty_columns_show_history_and_preview() {
        let areas = areas(80, 24, |_| {});
        assert!(areas.history.is_some() && areas.preview.is_some() && areas.settings.is_none());
        assert!(areas.preview.unwrap().width >= 50);
    }

    #[test]
    fn a_wide_screen_shows_the_settings_until_they_are_hidden() {
        assert!(areas(200, 60, |_| {}).settings.is_some());
        assert!(areas(200, 60, |model| model.show_settings = Some(false)).settings.is_none());
    }

    #[test]
    fn areas_fit_the_screen_without_overlap_at_any_size() {
        let mut model = fixtures::model();
        for width in (1..=220).step_by(9) {
            for height in (1..=70).step_by(2) {
                for focus in [Focus::Prompt, Focus::History, Focus::Preview, Focus::Settings] {
                    model.terminal_size = (width, height);
                    model.focus = focus;
                    let areas = layout(&model);
                    let all = [areas.header, areas.history, areas.preview, areas.settings, areas.prompt, areas.footer];
                    let all: Vec<Rect> = all.into_iter().flatten().collect();
                    let screen = Rect::new(0, 0, width, height);
                    for (i, area) in all.iter().enumerate() {
                        assert_eq!(area.intersection(screen), *area, "{width}x{height}");
                        assert!(all[..i].iter().all(|other| !other.intersects(*area)), "{width}x{height} {focus:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn editor_grows_up_to_a_third_of_the_screen() {
        let height = |lines: usize| {
            areas(80, 24, |model| model.prompt.paste(&vec!["line"; lines].join("\n"))).prompt.unwrap().height
        };
        assert_eq!([height(1), height(4), height(50)], [4, 6, 8]);
    }
}
