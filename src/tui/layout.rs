//! The layout of the screen, as one pure function of its size: `view` draws with it, and `update` uses it to know how
//! many rows a list has and what the mouse hit.

use ratatui::layout::{Constraint, Flex, Layout, Margin, Rect, Size};
use unicode_width::UnicodeWidthStr;

use super::{
    gallery_grid::GalleryGrid,
    history_rows::HistoryRows,
    message,
    model::{ChipRow, DuelPhase, Focus, Model, Screen, thumbnails},
    setting_lines::SettingLines,
};
use crate::sanitize;

/// Screens with fewer columns show one pane at a time.
const TWO_PANES_MIN_WIDTH: u16 = 64;
/// Screens with fewer columns have no room for the settings beside history and preview; wider ones show them by default.
const THREE_PANES_MIN_WIDTH: u16 = 112;

/// The area of each part of the screen, including its border; `None` where there is no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Areas {
    pub header: Option<Rect>,
    pub history: Option<Rect>,
    pub preview: Option<Rect>,
    pub settings: Option<Rect>,
    pub prompt: Option<Rect>,
    /// The line of chips inside of the prompt, while there are references.
    pub chips: Option<Rect>,
    /// The lines of a notice. In the full window and in the gallery, where another size would mean fitting images again,
    /// it is one line over the facts below the images.
    pub message: Option<Rect>,
    pub footer: Option<Rect>,
    /// Full-screen view that replaces the panes; it has no border.
    pub stage: Option<Rect>,
}

impl Areas {
    /// Returns the area of the prompt's text.
    pub fn prompt_text(&self) -> Option<Rect> {
        let inner = prompt_inner(self.prompt?);
        let above = self.chips.map_or(0, |chips| chips.height).min(inner.height);
        Some(Rect { y: inner.y + above, height: inner.height - above, ..inner })
    }

    /// Returns the area of the history's rows.
    pub fn history_rows(&self, model: &Model) -> Option<Rect> {
        let inner = self.history_below_search(model)?;
        let height = inner.height.saturating_sub(self.strip(model).map_or(0, |strip| strip.height));
        Some(Rect { height, ..inner })
    }

    fn history_below_search(&self, model: &Model) -> Option<Rect> {
        let inner = self.history?.inner(Margin::new(1, 1));
        let search =
            u16::from(model.history.search.is_some() || model.history.query != crate::library::Query::default());
        Some(Rect { y: inner.y + search.min(inner.height), height: inner.height.saturating_sub(search), ..inner })
    }

    /// Returns `true` if the rows of the history have room for thumbnails of their own, so that there is no strip.
    pub fn has_row_thumbnails(&self, model: &Model) -> bool {
        let rows = self.history_below_search(model);
        rows.is_some_and(|area| HistoryRows::new(model, area).has_room_for_thumbnails())
    }

    /// Returns the area of the thumbnails at the bottom of the history, if they are enabled and leave more rows than
    /// they take.
    pub fn strip(&self, model: &Model) -> Option<Rect> {
        let inner = self.history?.inner(Margin::new(1, 1));
        let has_room = inner.height >= thumbnails::HEIGHT * 2 + 2 && inner.width >= thumbnails::THUMBNAIL.0;
        let top = inner.bottom().saturating_sub(thumbnails::HEIGHT);
        let visible = model.thumbnails.visible && !self.has_row_thumbnails(model);
        (visible && has_room).then_some(Rect { y: top, height: thumbnails::HEIGHT, ..inner })
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

    /// Returns the grid of the gallery: below the search, above the details of the current job.
    pub fn gallery_grid(&self, model: &Model) -> Option<GalleryGrid> {
        let area = self.stage.filter(|_| model.is_gallery())?;
        let above = 1.min(area.height);
        let below = 1.min(area.height - above);
        let height = area.height - above - below;
        (height > 0).then(|| GalleryGrid::new(Rect { y: area.y + above, height, ..area }, &model.gallery))
    }

    /// Returns the arrangement of the settings.
    pub fn setting_lines(&self, model: &Model) -> Option<SettingLines> {
        self.settings.map(|area| SettingLines::new(model, area.inner(Margin::new(1, 1))))
    }
}

/// Lays out the studio for the size that the terminal last reported: for `update`, never for drawing.
pub fn layout(model: &Model) -> Areas {
    layout_for_size(model, model.terminal_size.into())
}

/// Lays out the studio for a frame of this size.
pub fn layout_for_size(model: &Model, Size { width, height }: Size) -> Areas {
    let screen = Rect::new(0, 0, width, height);
    let message = message_height(model, width, height);
    if model.preview_maximized {
        let [preview, message, footer] = with_message_over(screen, message);
        return Areas { preview, message, footer, ..Areas::default() };
    }
    if model.is_gallery() {
        let [header, below] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(screen);
        let [stage, message, footer] = with_message_over(below, message);
        return Areas { header: non_empty(header), stage, message, footer, ..Areas::default() };
    }
    if model.screen.is_some() {
        let rows = [Constraint::Length(1), Constraint::Fill(1), Constraint::Length(message), Constraint::Length(1)];
        let [header, stage, message, footer] = Layout::vertical(rows).areas(screen);
        return Areas {
            header: non_empty(header),
            stage: non_empty(stage),
            message: non_empty(message),
            footer: non_empty(footer),
            ..Areas::default()
        };
    }
    let header = u16::from(height >= 6);
    let footer = 1.min(height);
    let below = message + footer;
    let prompt = prompt_height(model, width, height).saturating_sub(message_in_prompt(model, width, height, message));
    let prompt = prompt.min(height.saturating_sub(header + below));
    let rows = [header, height.saturating_sub(header + below + prompt), prompt, message, footer];
    let [header, body, prompt, message, footer] = Layout::vertical(rows.map(Constraint::Length)).areas(screen);
    let panes = panes(model, body);
    Areas {
        header: non_empty(header),
        prompt: non_empty(prompt),
        chips: chips_line(model, prompt),
        message: non_empty(message),
        footer: non_empty(footer),
        ..panes
    }
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
        Some(Screen::Gallery | Screen::Results(_)) | None => 0,
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
        Some(Screen::Gallery | Screen::Results(_)) | None => 0,
    }
}

/// Splits off the line of hints, and puts a message of at most one line over the last line of the rest.
fn with_message_over(area: Rect, message: u16) -> [Option<Rect>; 3] {
    let [rest, footer] = Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(area);
    let lines = message.min(1).min(rest.height);
    let message = Rect { y: rest.bottom() - lines, height: lines, ..rest };
    [rest, message, footer].map(non_empty)
}

fn non_empty(area: Rect) -> Option<Rect> {
    (!area.is_empty()).then_some(area)
}

/// Returns `true` if the settings stay on screen without the focus, by choice or by width.
pub fn settings_open(model: &Model) -> bool {
    settings_open_at_width(model, model.terminal_size.0)
}

fn settings_open_at_width(model: &Model, width: u16) -> bool {
    model.show_settings.unwrap_or(width >= THREE_PANES_MIN_WIDTH)
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
    if body.width < THREE_PANES_MIN_WIDTH {
        return two_panes(model, body, settings);
    }
    // Six tenths are for the image.
    let history = if model.show_history { (body.width * 13 / 60).clamp(24, 44) } else { 0 };
    let settings = if settings { (body.width * 11 / 60).clamp(22, 38) } else { 0 };
    let columns = [Constraint::Length(history), Constraint::Fill(1), Constraint::Length(settings)];
    let [history, preview, settings] = Layout::horizontal(columns).areas(body);
    Areas {
        history: non_empty(history),
        preview: non_empty(preview),
        settings: non_empty(settings),
        ..Areas::default()
    }
}

/// Lays out the preview beside the history or the settings. They share one place, so that the image does not move.
fn two_panes(model: &Model, body: Rect, settings: bool) -> Areas {
    let history = model.show_history && (!settings || model.focus == Focus::History);
    let width = if history || settings { (body.width / 3).clamp(24, 28) } else { 0 };
    let [side, preview] = Layout::horizontal([Constraint::Length(width), Constraint::Fill(1)]).areas(body);
    let (side, preview) = (non_empty(side), non_empty(preview));
    if history {
        Areas { history: side, preview, ..Areas::default() }
    } else {
        Areas { settings: side, preview, ..Areas::default() }
    }
}

/// Returns the height of the editor, which grows with its text up to a third of the screen.
fn prompt_height(model: &Model, width: u16, height: u16) -> u16 {
    let roomy = u16::from(height >= 20);
    let most = (height / 3).max(3);
    text_lines(model, width).saturating_add(2).clamp(3 + roomy, most.max(3 + roomy))
}

/// Returns the number of lines of the prompt in the editor, with the line of chips.
fn text_lines(model: &Model, width: u16) -> u16 {
    let inside = usize::from(width.saturating_sub(4).max(1));
    let lines: usize = model.prompt.area.lines().iter().map(|line| line.width() / inside + 1).sum();
    let chips = usize::from(!model.next_job.references.is_empty());
    (lines + chips).min(usize::from(u16::MAX)) as u16
}

fn prompt_inner(prompt: Rect) -> Rect {
    prompt.inner(Margin::new(1, 1)).inner(Margin::new(1, 0))
}

/// Returns the line of chips at the top of the prompt, if there are references and a line is left for the text.
fn chips_line(model: &Model, prompt: Rect) -> Option<Rect> {
    let inner = prompt_inner(prompt);
    let has_chips = !model.next_job.references.is_empty() && inner.height >= 2 && inner.width > 0;
    has_chips.then_some(Rect { height: 1, ..inner })
}

/// The part of a chip that the mouse is on, with the index of the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChipHit {
    Label(usize),
    /// The button that removes the chip.
    Button(usize),
}

/// Returns the chip at this position of the screen.
pub fn chip_at(model: &Model, column: u16, row: u16) -> Option<ChipHit> {
    let line = layout(model).chips.filter(|line| line.contains((column, row).into()))?;
    let column = column - line.x;
    let chips = ChipRow::new(&model.chips(), model.selected_chip(), line.width).chips;
    let chip = chips.iter().find(|chip| (chip.column..chip.column + chip.width).contains(&column))?;
    Some(if chip.closes_at(column) { ChipHit::Button(chip.index) } else { ChipHit::Label(chip.index) })
}

/// Returns the number of lines of the current notice, as many as it needs and there is room for.
fn message_height(model: &Model, width: u16, height: u16) -> u16 {
    let lines = message::lines(model, width, message::MAX_LINES).map_or(0, |lines| lines.height() as u16);
    lines.min((height / 3).saturating_sub(1).max(u16::from(height >= 3)))
}

/// Returns the number of lines of the editor that a notice takes: its last one if it is empty. The panes keep their
/// size then, and the image need not be fitted again.
fn message_in_prompt(model: &Model, width: u16, height: u16, message: u16) -> u16 {
    let needed = text_lines(model, width).saturating_add(2).max(3);
    message.min(1).min(prompt_height(model, width, height).saturating_sub(needed))
}

/// Returns an area of at most `width` by `height` in the middle of the screen.
pub fn centered(screen: Rect, width: u16, height: u16) -> Rect {
    let [row] = Layout::vertical([Constraint::Max(height)]).flex(Flex::Center).areas(screen);
    let [area] = Layout::horizontal([Constraint::Max(width)]).flex(Flex::Center).areas(row);
    area
}

/// Returns the area inside of the border of a popup.
pub fn popup_inner(outer: Rect) -> Rect {
    outer.inner(Margin::new(2.min(outer.width / 2), 1.min(outer.height / 2)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::{
        fixtures,
        model::{Notice, Severity},
    };

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
    fn image_has_sixty_percent_at_120_columns() {
        for width in [120, 160, 200, 240] {
            let areas = areas(width, 36, |_| {});
            assert!(areas.history.is_some() && areas.settings.is_some());
            let preview = areas.preview.unwrap().width;
            assert!(preview * 10 >= width * 6, "{preview} of {width}");
        }
    }

    #[test]
    fn opening_the_settings_beside_the_image_does_not_move_it() {
        for width in [64, 80, 111] {
            let history = areas(width, 24, |model| model.focus = Focus::History);
            let settings = areas(width, 24, |model| model.focus = Focus::Settings);
            assert!(history.history.is_some() && history.settings.is_none());
            assert!(settings.settings.is_some() && settings.history.is_none());
            assert_eq!(history.preview, settings.preview, "{width}");
            assert!(history.preview.unwrap().width * 10 >= width * 6, "{width}");
        }
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
    fn short_message_moves_nothing_but_the_editor() {
        for (width, height) in [(80, 24), (120, 40), (200, 60)] {
            let quiet = areas(width, height, |_| {});
            let noisy = areas(width, height, |model| model.notify(Notice::new(Severity::Info, "Copied")));
            assert_eq!((quiet.preview, quiet.history, quiet.footer), (noisy.preview, noisy.history, noisy.footer));
            assert_eq!(noisy.message.unwrap().bottom(), noisy.footer.unwrap().y);
        }
        let full = |model: &mut Model| model.preview_maximized = true;
        let quiet = areas(80, 24, full);
        let noisy = areas(80, 24, |model| {
            full(model);
            model.notify(Notice::new(Severity::Error, "lost ".repeat(50)));
        });
        assert_eq!((quiet.preview, quiet.footer, noisy.message.unwrap().height), (noisy.preview, noisy.footer, 1));
    }

    #[test]
    fn message_never_takes_the_line_of_hints() {
        for height in 1..40 {
            let areas = areas(60, height, |model| {
                model.notify(Notice::new(Severity::Error, "lost ".repeat(90)).with_hint(Some("wait ".repeat(60))));
            });
            assert_eq!(areas.footer.map(|footer| footer.height), Some(1), "{height}");
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
