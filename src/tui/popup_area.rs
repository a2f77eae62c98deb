//! The areas of popups, as pure functions of the screen's size: the view draws in them, and the mouse finds what it hit.

use ratatui::layout::{Position, Rect, Size};
use unicode_width::UnicodeWidthStr;

use super::{
    file_picker_layout::FilePickerAreas,
    key_help,
    layout::{centered, popup_inner},
    model::{LanePicker, Model, Picker, PickerItem, Popup},
};
use crate::sanitize;

/// Width of a popup with a text field.
pub const FIELD_WIDTH: u16 = 64;
/// Width of the list of lanes.
pub const LANES_WIDTH: u16 = 76;
/// Maximum width of a popup with a text.
pub const TEXT_WIDTH: u16 = 90;
/// Minimum and maximum width of a list to choose from.
const LIST_WIDTH: (u16, u16) = (64, 120);
/// Lines of a list for a description that does not fit into its row.
const ABOUT_LINES: u16 = 2;

/// The parts of a list to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListArea {
    pub outer: Rect,
    pub input: Rect,
    pub rows: Rect,
    /// The lines with the whole description of the selected item; empty if all descriptions fit.
    pub about: Rect,
    /// Index of the first match that is visible, which depends on the selected one.
    pub top: usize,
    /// Width of the names with what follows them, so that all descriptions start in one column.
    pub name_width: usize,
}

/// Lays out a list for a screen of this size. `extra` columns follow each name.
pub fn list(list: &Picker, extra: usize, size: Size) -> ListArea {
    let width = |text: &str| sanitize::line(text).width();
    let longest = |of: fn(&PickerItem) -> &String| list.items.iter().map(|item| width(of(item))).max().unwrap_or(0);
    let (label, about, aside) =
        (longest(|item| &item.label), longest(|item| &item.description), longest(|item| &item.aside));
    // The border, the mark of the current item, and the gaps between the parts and beside the scroll bar.
    let wanted = 4 + 2 + label + extra + 2 + about + 2 + aside + 1;
    let outer_width = (wanted.min(usize::from(u16::MAX)) as u16).clamp(LIST_WIDTH.0, LIST_WIDTH.1).min(size.width);
    let is_cut = wanted > usize::from(outer_width) && about > 0;
    let about_lines = if is_cut && size.height >= 16 { ABOUT_LINES } else { 0 };
    let height = (list.items.len() as u16).saturating_add(4 + about_lines).min(size.height * 3 / 4).max(7);
    let outer = centered(Rect::new(0, 0, size.width, size.height), outer_width, height);
    let inner = popup_inner(outer);
    let height = inner.height.saturating_sub(2 + about_lines);
    let rows = Rect { y: inner.y + 2.min(inner.height), height, ..inner };
    let name_width = (label + extra).min(usize::from(rows.width) * 3 / 5);
    ListArea {
        outer,
        input: Rect { height: 1.min(inner.height), ..inner },
        rows,
        about: Rect { y: rows.bottom(), height: about_lines, ..inner }.intersection(inner),
        top: (list.selected + 1).saturating_sub(usize::from(rows.height.max(1))),
        name_width,
    }
}

/// Returns the areas of the list of lanes: the popup, its rows, and the index of the first visible lane.
pub fn lanes(picker: &LanePicker, size: Size) -> (Rect, Rect, usize) {
    let height = (picker.items.len() as u16).saturating_add(6).min(size.height);
    let outer = centered(Rect::new(0, 0, size.width, size.height), LANES_WIDTH, height);
    let inner = popup_inner(outer);
    let rows = Rect { height: inner.height.saturating_sub(3), ..inner };
    (outer, rows, (picker.selected + 1).saturating_sub(usize::from(rows.height.max(1))))
}

/// Returns the columns that follow each name in a list.
pub const fn extra_columns(popup: &Popup) -> usize {
    match popup {
        Popup::Switch(super::model::PickerKind::Theme, _) => SWATCH_WIDTH,
        _ => 0,
    }
}

/// Columns of the color swatches of a theme, with the space before them.
pub const SWATCH_WIDTH: usize = 11;

/// Returns the area of the open popup with its border. A popup whose height depends on its text counts as high as the
/// screen.
pub fn outer(model: &Model, size: Size) -> Option<Rect> {
    let screen = Rect::new(0, 0, size.width, size.height);
    let popup = model.popup.as_ref()?;
    match popup {
        Popup::Help(view) => Some(key_help::page(model, view, size).outer),
        Popup::Palette(items) | Popup::Switch(_, items) => Some(list(items, extra_columns(popup), size).outer),
        Popup::Lanes(picker) => Some(lanes(picker, size).0),
        Popup::File(_) => Some(FilePickerAreas::new(size).outer),
        Popup::Text(_) => Some(centered(screen, FIELD_WIDTH, 6)),
        _ => Some(centered(screen, TEXT_WIDTH, size.height)),
    }
}

/// Returns the index of the row of a list at a position, counted from the first match.
pub fn row_at(model: &Model, size: Size, at: Position) -> Option<usize> {
    let popup = model.popup.as_ref()?;
    let (rows, top, count) = match popup {
        Popup::Palette(items) | Popup::Switch(_, items) => {
            let area = list(items, extra_columns(popup), size);
            (area.rows, area.top, items.matches.len())
        }
        Popup::Lanes(picker) => {
            let (_, rows, top) = lanes(picker, size);
            (rows, top, picker.items.len())
        }
        Popup::File(picker) => {
            let rows = FilePickerAreas::new(size).list;
            (rows, picker.first_visible(rows.height), picker.matches.len())
        }
        _ => return None,
    };
    let row = top + usize::from(at.y.checked_sub(rows.y)?);
    (rows.contains(at) && row < count).then_some(row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::model::PickerValue;

    fn list_of(description: &str, count: usize) -> Picker {
        let item = |at| PickerItem {
            id: PickerValue::Name(format!("model-{at}")),
            label: format!("model-{at}"),
            description: description.to_owned(),
            aside: "$0.022".to_owned(),
            keywords: String::new(),
            current: false,
        };
        Picker::new((0..count).map(item).collect())
    }

    #[test]
    fn list_is_as_wide_as_its_descriptions_where_there_is_room() {
        let long = "fast and fine, the successor that the provider names for its older models";
        let area = list(&list_of(long, 3), 0, Size::new(160, 40));
        assert!(usize::from(area.rows.width) >= 2 + 7 + 2 + long.width() + 2 + 6, "{area:?}");
        assert_eq!(area.about.height, 0);
        let narrow = list(&list_of(long, 3), 0, Size::new(80, 24));
        assert_eq!((narrow.outer.width, narrow.about.height), (80, ABOUT_LINES));
    }

    #[test]
    fn parts_of_a_list_stay_inside_of_it_at_any_size() {
        for (width, height) in [(1, 1), (3, 3), (20, 7), (40, 12), (80, 24), (200, 60)] {
            for count in [0, 1, 9, 300] {
                let area = list(&list_of("what it does", count), SWATCH_WIDTH, Size::new(width, height));
                let screen = Rect::new(0, 0, width, height);
                assert_eq!(area.outer.intersection(screen), area.outer);
                for part in [area.input, area.rows, area.about] {
                    assert!(part.is_empty() || area.outer.intersection(part) == part, "{width}x{height} {area:?}");
                }
            }
        }
    }
}
