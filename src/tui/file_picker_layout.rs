//! The layout of the picker for an image file, as a pure function of the size of the screen: `view` draws with it, and
//! `update` uses it to know the size of the image.

use ratatui::layout::{Constraint, Layout, Rect, Size};

use super::layout::{centered, popup_inner};

/// Maximum number of columns of the popup.
const MAX_WIDTH: u16 = 104;

/// Popups with fewer columns inside show the list alone.
const IMAGE_MIN_WIDTH: u16 = 56;

/// Images with fewer rows would show nothing.
const IMAGE_MIN_HEIGHT: u16 = 5;

/// The parts of the popup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilePickerAreas {
    pub outer: Rect,
    pub input: Rect,
    pub list: Rect,
    /// The image of the file under the cursor; `None` if there is no room.
    pub image: Option<Rect>,
    /// The line with an error or with the expected input.
    pub about: Rect,
}

impl FilePickerAreas {
    /// Lays out the popup on a screen of this size.
    pub fn new(screen: Size) -> Self {
        let outer = centered(Rect::new(0, 0, screen.width, screen.height), MAX_WIDTH, height(screen.height));
        let inner = popup_inner(outer);
        let rows = [Constraint::Length(1), Constraint::Length(1), Constraint::Fill(1), Constraint::Length(1)];
        let [input, _, middle, about] = Layout::vertical(rows).areas(inner);
        let has_image = middle.width >= IMAGE_MIN_WIDTH && middle.height >= IMAGE_MIN_HEIGHT;
        let columns = [Constraint::Fill(1), Constraint::Length(2), Constraint::Percentage(45)];
        let [list, _, image] = Layout::horizontal(columns).areas(middle);
        if !has_image {
            return Self { outer, input, list: middle, image: None, about };
        }
        Self { outer, input, list, image: Some(image), about }
    }
}

/// Returns the number of rows of the popup on a screen with that many.
const fn height(rows: u16) -> u16 {
    let three_quarters = rows / 4 * 3;
    if three_quarters < 8 { 8 } else { three_quarters }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_is_beside_the_list_where_there_is_room() {
        for (width, height, has_image) in [(40, 12, false), (80, 24, true), (120, 36, true), (200, 60, true)] {
            let areas = FilePickerAreas::new(Size::new(width, height));
            assert_eq!(areas.image.is_some(), has_image, "{width}x{height}");
            assert!(areas.image.is_none_or(|image| !image.intersects(areas.list) && image.width >= 20));
            assert!(areas.list.height >= 3 && areas.list.width >= 24, "{width}x{height}");
        }
    }

    #[test]
    fn parts_are_on_the_screen_at_any_size() {
        for width in 0..60 {
            for height in 0..20 {
                let areas = FilePickerAreas::new(Size::new(width, height));
                let screen = Rect::new(0, 0, width, height);
                for part in [Some(areas.input), Some(areas.list), areas.image, Some(areas.about)].into_iter().flatten()
                {
                    assert!(part.is_empty() || part.intersection(screen) == part, "{width}x{height} {part:?}");
                }
            }
        }
    }
}
