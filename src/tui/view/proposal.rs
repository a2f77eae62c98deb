//! A rewritten prompt compared with the typed one: the words that stay, are added, or are removed.
//! Added words are underlined and removed ones crossed out, so that it is readable without color.

use ratatui::{
    style::{Modifier, Style},
    text::{Line, Span, Text},
};
use unicode_width::UnicodeWidthStr;

use super::{clipped_frame::ClippedFrame, frames};
use crate::{
    sanitize,
    theme::Role,
    tui::model::{DiffKind, Model, Proposal},
};

/// Draws the proposal.
pub(super) fn draw(model: &Model, proposal: &Proposal, frame: &mut ClippedFrame<'_, '_>) {
    let width = frame.area().width.min(90);
    let mut lines = wrap_pieces(model, proposal, usize::from(width.saturating_sub(6)).max(8));
    lines.push(Line::default());
    let directed = &proposal.direction.directed;
    let cost = directed.cost.map_or_else(|| "cost unknown".to_owned(), |cost| cost.to_string());
    let by = format!("by {} {}, {cost}", sanitize::line(&directed.by), sanitize::line(&directed.model));
    lines.push(Line::styled(by, model.theme.style(Role::Muted)));
    let height = (lines.len() as u16).saturating_add(2).min(frame.area().height);
    let area = frames::draw_popup_frame(model, "Enhanced prompt", width, height, frame);
    frames::draw_scrolled(model, Text::from(lines), proposal.scroll.0, area, frame);
}

/// Wraps the pieces, word by word, into lines of at most `room` columns.
fn wrap_pieces(model: &Model, proposal: &Proposal, room: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::default()];
    let mut used = 0;
    for (at, (piece, text)) in proposal.diff.iter().enumerate() {
        let style = style(model, *piece);
        // A word and its punctuation marks stay on one line.
        if used > 0 && used + unbreakable_width(&proposal.diff[at..]) > room && !is_blank(text) {
            lines.push(Line::default());
            used = 0;
        }
        for part in text.split_inclusive('\n') {
            let word = sanitize::line(part.trim_end_matches('\n')).into_owned();
            let wide = word.width();
            if used + wide > room && used > 0 {
                lines.push(Line::default());
                used = 0;
            }
            used += wide;
            if let Some(line) = lines.last_mut() {
                line.spans.push(Span::styled(word, style));
            }
            if part.ends_with('\n') {
                lines.push(Line::default());
                used = 0;
            }
        }
    }
    lines
}

/// Returns the number of columns until the next possible line break.
fn unbreakable_width(pieces: &[(DiffKind, String)]) -> usize {
    pieces.iter().take_while(|(_, text)| !is_blank(text)).map(|(_, text)| text.width()).sum()
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

fn style(model: &Model, piece: DiffKind) -> Style {
    match piece {
        DiffKind::Kept => Style::new(),
        DiffKind::Added => model.theme.style(Role::Success).add_modifier(Modifier::UNDERLINED),
        DiffKind::Removed => model.theme.style(Role::Muted).add_modifier(Modifier::CROSSED_OUT),
    }
}
