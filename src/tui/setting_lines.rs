//! The lines of the settings pane: the rows, the left edge of their values, and the help for the selected row.
//! Pure functions of the model and the area, for drawing and for the mouse alike.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::{
    model::{Model, SettingRow},
    wrap::wrap_words,
};
use crate::sanitize;

/// Columns before a label, and between label and value: a space and the mark of the selected row.
const LEFT: usize = 1;
const GAP: usize = 2;

/// Areas with fewer lines have no blank line above the help.
const GAP_MIN_HEIGHT: u16 = 8;

/// The arrangement of the settings in their pane.
#[derive(Clone, Debug)]
pub struct SettingLines {
    pub rows: Vec<SettingRow>,
    pub selected: usize,
    /// Width of the column of labels; a longer label has its value on a line below.
    pub label: usize,
    /// Help for the selected row, wrapped to the width of the pane.
    pub help: Vec<String>,
    /// Area of the help; empty if there is no room.
    pub help_area: Rect,
    area: Rect,
    top: usize,
}

impl SettingLines {
    /// Arranges the settings in `area`. The help takes as many lines as it needs, but at most a third of the height.
    pub fn new(model: &Model, area: Rect) -> Self {
        let rows = model.setting_rows();
        let selected = model.settings.selected.min(rows.len().saturating_sub(1));
        let mut help = rows.get(selected).map_or_else(Vec::new, |row| help_lines(row, area.width));
        help.truncate(usize::from(area.height / 3));
        let below = help.len() as u16;
        let gap = u16::from(below > 0 && area.height >= GAP_MIN_HEIGHT);
        let above = Rect { height: area.height.saturating_sub(below + gap), ..area };
        let help_area = Rect { y: area.bottom() - below, height: below, ..area };
        let label = label_width(&rows, usize::from(area.width));
        let mut lines = Self { rows, selected, label, help, help_area, area: above, top: 0 };
        lines.top = lines.first_visible();
        lines
    }

    /// Returns the visible rows with their areas.
    pub fn visible(&self) -> Vec<(usize, Rect)> {
        let mut y = self.area.y;
        let mut places = Vec::new();
        for index in self.top..self.rows.len() {
            let height = self.height(index);
            if y + height > self.area.bottom() {
                break;
            }
            places.push((index, Rect { y, height, ..self.area }));
            y += height;
        }
        places
    }

    /// Returns the row on that line of the screen.
    pub fn row_at(&self, line: u16) -> Option<usize> {
        self.visible().into_iter().find(|(_, area)| (area.top()..area.bottom()).contains(&line)).map(|(index, _)| index)
    }

    /// Returns the columns from the left edge of the pane to the values.
    pub const fn value_edge(&self) -> usize {
        LEFT + self.label + GAP
    }

    /// Returns the number of lines of a row.
    fn height(&self, index: usize) -> u16 {
        let stacked = self.rows.get(index).is_some_and(|row| row.label.width() > self.label);
        1 + u16::from(stacked && self.area.height >= 2)
    }

    fn first_visible(&self) -> usize {
        let mut room = self.area.height;
        let mut top = self.selected;
        for index in (0..=self.selected).rev() {
            let Some(left) = room.checked_sub(self.height(index)) else { break };
            (room, top) = (left, index);
        }
        top
    }
}

fn help_lines(row: &SettingRow, width: u16) -> Vec<String> {
    wrap_words(&sanitize::line(&row.description), usize::from(width.saturating_sub(2)))
}

/// Returns the width of the labels. The longest value that takes at most half of the pane has room beside them; longer
/// ones, such as the names of models, do not shorten the labels of all others.
fn label_width(rows: &[SettingRow], width: usize) -> usize {
    let widest = |widths: &mut dyn Iterator<Item = usize>| widths.max().unwrap_or(0);
    let value = widest(&mut rows.iter().map(|row| row.value.width()).filter(|value| *value <= width / 2));
    let label = widest(&mut rows.iter().map(|row| row.label.width()));
    label.min(width.saturating_sub(LEFT + GAP + value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixtures;

    fn lines(model: &Model, width: u16, height: u16) -> SettingLines {
        SettingLines::new(model, Rect::new(1, 3, width, height))
    }

    #[test]
    fn selected_setting_is_found_on_its_line_while_the_list_is_scrolled() {
        let mut model = fixtures::model();
        model.settings.selected = model.setting_rows().len() - 1;
        let scrolled = lines(&model, 30, 5);
        let (index, area) = *scrolled.visible().last().unwrap();
        assert_eq!((index, scrolled.row_at(area.y)), (model.settings.selected, Some(index)));
        assert!(scrolled.visible().len() < scrolled.rows.len());
        assert_eq!((scrolled.row_at(2), scrolled.row_at(area.bottom())), (None, None));
    }

    #[test]
    fn labels_are_whole_and_values_share_one_edge_at_any_width() {
        let model = fixtures::model();
        for width in [18, 20, 26, 36] {
            let lines = lines(&model, width, 28);
            for (index, area) in lines.visible() {
                let row = &lines.rows[index];
                let fits = row.label.width() <= lines.label || area.height == 2;
                assert!(fits && row.label.width() < usize::from(width), "{} in {width}", row.label);
            }
            assert!(lines.value_edge() + "1024x1024".len() <= usize::from(width), "{width}");
        }
    }

    #[test]
    fn help_is_whole_up_to_a_third_of_the_pane() {
        let mut model = fixtures::model();
        model.settings.selected = 2;
        let whole = lines(&model, 20, 30);
        assert_eq!(whole.help.join(" "), "width and height: one of 1024x1024, 1536x1024");
        assert_eq!(whole.help_area.height, whole.help.len() as u16);
        assert_eq!(lines(&model, 20, 6).help.len(), 2);
        assert_eq!(lines(&model, 20, 2).help.len(), 0);
    }
}
