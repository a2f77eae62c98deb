//! The grid of things: relations such as left, right, above and below, turned into rows and columns. Sizes are left to
//! `layout`, which fills the cells.

use super::{
    parse::{ParsedPrompt, Relation},
    word_lists::RelativePosition,
};

/// The maximum number of different things in one row on a wall.
const MAX_KINDS_PER_ROW: i32 = 4;

/// The cell of each thing; things attached to another one have none.
pub(super) struct ThingGrid {
    pub cells: Vec<Option<(i32, i32)>>,
    pub attached: Vec<Relation>,
}

impl ThingGrid {
    /// Builds the grid of everything that is not in the sky.
    pub(super) fn from_reading(reading: &ParsedPrompt, sky: &[usize]) -> Self {
        let mut grid = Self { cells: vec![None; reading.things.len()], attached: Vec::new() };
        let on_ground = |thing: &usize| !sky.contains(thing);
        let relations: Vec<Relation> = reading
            .relations
            .iter()
            .copied()
            .filter(|relation| on_ground(&relation.subject) && on_ground(&relation.object))
            .collect();
        for thing in (0..reading.things.len()).filter(on_ground) {
            grid.assign_cell(thing, &relations);
        }
        grid.align_rows(&relations, !reading.scene.has_sky());
        grid
    }

    /// Moves things without a relation to the lowest row; on a wall, many of them share two rows.
    fn align_rows(&mut self, relations: &[Relation], wall: bool) {
        let count = self.cells.iter().flatten().count() as i32;
        let (_, lowest) = self.span(|cell| cell.1);
        let related =
            |thing: usize| relations.iter().any(|relation| [relation.subject, relation.object].contains(&thing));
        let across =
            if wall && relations.is_empty() && count > MAX_KINDS_PER_ROW { (count + 1) / 2 } else { count.max(1) };
        for (thing, cell) in self.cells.iter_mut().enumerate() {
            match cell {
                Some((column, row)) if relations.is_empty() => (*column, *row) = (*column % across, *column / across),
                Some((_, row)) if !related(thing) => *row = lowest,
                _ => {}
            }
        }
    }

    /// Gives a thing a cell next to one that it is related to, or else a column of its own.
    fn assign_cell(&mut self, thing: usize, relations: &[Relation]) {
        let known = relations.iter().find_map(|relation| {
            let other = if relation.object == thing { relation.subject } else { relation.object };
            let ours = relation.object == thing || relation.subject == thing;
            let cell = self.cells.get(other).copied().flatten()?;
            (ours && other != thing).then_some((*relation, cell))
        });
        let Some((relation, cell)) = known else {
            let next = self.cells.iter().flatten().map(|(column, _)| column + 1).max().unwrap_or(0);
            self.cells[thing] = Some((next, 0));
            return;
        };
        let step = match relation.place {
            RelativePosition::LeftOf | RelativePosition::Beside => (1, 0),
            RelativePosition::RightOf => (-1, 0),
            RelativePosition::Above | RelativePosition::On => (0, 1),
            RelativePosition::Below => (0, -1),
            RelativePosition::Inside | RelativePosition::InFrontOf | RelativePosition::Behind => {
                // The later thing keeps the cell, since the earlier one is inside it, in front of it or behind it.
                self.cells[relation.object] = Some(cell);
                self.cells[relation.subject] = None;
                self.attached.push(relation);
                return;
            }
        };
        // Steps lead from the subject to the object, and are reversed if the object came first.
        let sign = if relation.object == thing { 1 } else { -1 };
        let mut free = (cell.0 + step.0 * sign, cell.1 + step.1 * sign);
        while self.cells.contains(&Some(free)) {
            free = (free.0 + (step.0 * sign), free.1 + (step.1 * sign));
        }
        self.cells[thing] = Some(free);
        if relation.place == RelativePosition::On {
            self.attached.push(relation);
        }
    }

    /// Returns the minimum and maximum of a coordinate.
    pub(super) fn span(&self, axis: impl Fn(&(i32, i32)) -> i32) -> (i32, i32) {
        let values: Vec<i32> = self.cells.iter().flatten().map(axis).collect();
        (values.iter().copied().min().unwrap_or(0), values.iter().copied().max().unwrap_or(0))
    }
}
