//! The row of chips above the prompt's text: one for each reference, the mask and the markup.
//! `ChipRow` places them, for the mouse as well.

use ratatui::{
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{clipped_frame::ClippedFrame, has_focus};
use crate::{
    theme::Role,
    tui::model::{ChipRow, Focus, Model, PlacedChip},
};

/// Draws the row, if there are references.
pub(super) fn draw(model: &Model, frame: &mut ClippedFrame<'_, '_>) {
    let Some(area) = frame.areas().chips else { return };
    let selected = model.selected_chip();
    let row = ChipRow::new(&model.chips(), selected, area.width);
    let selected = selected.filter(|_| has_focus(model, Focus::Prompt));
    let mut line = Line::default();
    for chip in &row.chips {
        line.extend(spans(model, chip, selected == Some(chip.index)));
        line.push_span(Span::raw(" "));
    }
    if row.hidden > 0 {
        line.push_span(Span::styled(format!("+{}", row.hidden), model.theme.style(Role::Muted)));
    }
    frame.render_widget(Paragraph::new(line), area);
}

fn spans(model: &Model, chip: &PlacedChip, selected: bool) -> [Span<'static>; 2] {
    let style = |role| model.theme.style(if selected { Role::Selection } else { role });
    [Span::styled(chip.text.clone(), style(Role::Info)), Span::styled(PlacedChip::button(), style(Role::Muted))]
}
