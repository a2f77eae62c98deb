//! The layout: a grid derived from relations such as left, right, above and below, filled with clusters of things. It
//! works on boxes, not drawings; the short edge of every image is 1000 units.

use super::{
    grid::ThingGrid,
    parse::{ParsedPrompt, Relation},
    rng::Rng,
    scene::{GroundKind, SketchScene},
    thing_art::InkBounds,
    word_lists::RelativePosition,
};

/// The short edge of an image in layout units.
pub(super) const SHORT_EDGE: f32 = 1000.0;

/// The size of the image in layout units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LayoutFrame {
    pub width: f32,
    pub height: f32,
}

impl LayoutFrame {
    /// Converts an image size of `width` by `height` pixels.
    pub(super) fn new(width: u32, height: u32) -> Self {
        let scale = SHORT_EDGE / width.min(height).max(1) as f32;
        Self { width: width as f32 * scale, height: height as f32 * scale }
    }

    /// Returns the line where sky and ground meet.
    pub(super) fn horizon(self, scene: &SketchScene) -> f32 {
        match scene.ground {
            GroundKind::Studio | GroundKind::Room => self.height * 0.68,
            GroundKind::Sea => self.height * 0.56,
            GroundKind::Space => self.height * 0.84,
            GroundKind::Underwater => self.height * 0.82,
            _ => self.height * 0.62,
        }
    }
}

/// A placed thing. `x` is the center of its ink, `bottom` its lower edge.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placed {
    /// The index of the thing in the parsed prompt.
    pub thing: usize,
    pub x: f32,
    pub bottom: f32,
    /// The width and height of its ink.
    pub width: f32,
    pub height: f32,
    pub flipped: bool,
    /// The drawing order: things with a lower depth are drawn first.
    pub depth: f32,
    pub support: SupportKind,
}

/// The support under a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SupportKind {
    /// No support, or another thing.
    None,
    Ground,
    /// A board on the wall, in scenes with a wall.
    WallShelf,
}

impl Placed {
    /// The vertical center of the ink.
    pub(super) fn y(&self) -> f32 {
        self.bottom - self.height / 2.0
    }
}

/// Places all things; `inks` has the ink of each.
pub(super) fn place(reading: &ParsedPrompt, inks: &[InkBounds], frame: LayoutFrame, seed: u64) -> Vec<Placed> {
    let mut layout = LayoutBuilder { reading, inks, frame, rng: Rng::new(seed, "layout"), placed: Vec::new() };
    let sky: Vec<usize> = (0..reading.things.len()).filter(|thing| layout.belongs_to_sky(*thing)).collect();
    layout.sky(&sky);
    let grid = ThingGrid::from_reading(reading, &sky);
    layout.grid(&grid);
    layout.attach(&grid);
    layout.placed.sort_by(|a, b| a.depth.total_cmp(&b.depth));
    layout.placed
}

/// The arrangement of the things in one cell: columns, rows, and the size of each thing.
struct ThingCluster {
    thing: usize,
    column: i32,
    row: i32,
    across: u32,
    down: u32,
    /// The edge of the drawing's box.
    edge: f32,
}

struct LayoutBuilder<'a> {
    reading: &'a ParsedPrompt,
    inks: &'a [InkBounds],
    frame: LayoutFrame,
    rng: Rng,
    placed: Vec<Placed>,
}

const GAP: f32 = 1.07;
const ROW_GAP: f32 = 1.05;
/// The distance by which a row rises above the row in front of it, in heights of a thing.
const BEHIND: f32 = 0.42;

impl LayoutBuilder<'_> {
    fn belongs_to_sky(&self, thing: usize) -> bool {
        let Some(noun) = self.reading.things.get(thing).map(|thing| thing.noun) else { return false };
        let elsewhere = self.reading.relations.iter().any(|relation| match relation.place {
            RelativePosition::Above => relation.object == thing,
            RelativePosition::Below => relation.subject == thing,
            _ => relation.subject == thing || relation.object == thing,
        });
        // Space has no ground to be above; only sun and moon keep their place.
        let above = self.reading.scene.ground != GroundKind::Space || noun.drawn.markup().is_none();
        noun.in_sky && self.reading.scene.has_sky() && above && !elsewhere
    }

    /// Places the things in the sky: sun and moon first, to one side, and everything else in a loose row.
    fn sky(&mut self, things: &[usize]) {
        let horizon = self.frame.horizon(&self.reading.scene).min(self.frame.height * 0.7);
        let (lights, others): (Vec<usize>, Vec<usize>) =
            things.iter().copied().partition(|thing| self.reading.things[*thing].noun.drawn.markup().is_none());
        let side = self.rng.between(0.60, 0.74);
        for (at, (thing, index)) in self.instances(&lights).into_iter().enumerate() {
            let edge = SHORT_EDGE * 0.19 * self.reading.things[thing].scale / (1.0 + index as f32 * 0.1);
            let x = self.frame.width * (side - 0.27 * at as f32).rem_euclid(1.0).clamp(0.12, 0.88);
            let y = horizon * (0.36 + 0.07 * (at % 3) as f32);
            self.push(thing, x, y + edge / 2.0, edge, false, -2.0);
        }
        let others = self.instances(&others);
        let rows = (others.len() as f32 / 5.0).sqrt().ceil().max(1.0);
        let columns = (others.len() as f32 / rows).ceil();
        for (at, (thing, _)) in others.into_iter().enumerate() {
            let width = self.frame.width * if lights.is_empty() { 0.84 } else { 0.52 };
            let (column, row) = (at as f32 % columns, (at as f32 / columns).floor());
            let edge = (width / columns * 0.85).min(SHORT_EDGE * 0.24).min(horizon * 0.6 / rows)
                * self.reading.things[thing].scale;
            let shift = if row as u32 % 2 == 1 { 0.75 } else { 0.4 };
            let x = self.frame.width * 0.06 + width * (column + shift) / columns;
            let y = horizon * (self.rng.between(0.24, 0.50) + 0.62 * row) / rows.mul_add(0.62, 0.38);
            let flipped = self.rng.coin_flip();
            self.push(thing, x, y + edge / 2.0, edge, flipped, -1.0);
        }
    }

    fn instances(&self, things: &[usize]) -> Vec<(usize, u32)> {
        things.iter().flat_map(|thing| (0..self.reading.things[*thing].count).map(|index| (*thing, index))).collect()
    }

    fn grid(&mut self, grid: &ThingGrid) {
        let (first, last) = grid.span(|cell| cell.0);
        let (upper, lower) = grid.span(|cell| cell.1);
        let rows = (lower - upper + 1) as f32;
        let stage = self.stage(rows > 1.0);
        let weights: Vec<f32> = (first..=last).map(|column| self.weight(grid, column)).collect();
        let total: f32 = weights.iter().sum();
        let mut clusters = Vec::new();
        for (thing, cell) in grid.cells.iter().enumerate() {
            let Some((column, row)) = *cell else { continue };
            let width = stage.width * weights[(column - first) as usize] / total;
            clusters.push(self.cluster(thing, (column, row), width, stage.height / rows));
        }
        self.limit_size_differences(&mut clusters);
        let widths: Vec<f32> = (first..=last)
            .map(|column| self.most(&clusters, |cluster| cluster.column == column, |layout, c| layout.size(c).0))
            .collect();
        let heights: Vec<f32> = (upper..=lower)
            .map(|row| self.most(&clusters, |cluster| cluster.row == row, |layout, c| layout.size(c).1))
            .collect();
        let spare = (stage.width - widths.iter().sum::<f32>()).max(0.0) / (widths.len() as f32 + 1.0);
        let gap = spare.min(SHORT_EDGE * 0.09);
        let block = widths.iter().sum::<f32>() + gap * (widths.len() as f32 - 1.0);
        let start = (self.frame.width - block) / 2.0;
        for cluster in &clusters {
            let column = (cluster.column - first) as usize;
            let row = (cluster.row - upper) as usize;
            let x = start + widths[..column].iter().sum::<f32>() + gap * column as f32 + widths[column] / 2.0;
            let below = heights.get(row + 1..).unwrap_or_default();
            let row_gap = ((stage.height - heights.iter().sum::<f32>()) / rows).clamp(0.0, SHORT_EDGE * 0.08);
            let bottom = stage.bottom - below.iter().sum::<f32>() - row_gap * below.len() as f32;
            self.place_cluster(cluster, x, bottom, row as i32 == lower - upper);
        }
    }

    fn most(
        &self,
        all: &[ThingCluster],
        of: impl Fn(&ThingCluster) -> bool,
        size: impl Fn(&Self, &ThingCluster) -> f32,
    ) -> f32 {
        all.iter().filter(|cluster| of(cluster)).map(|cluster| size(self, cluster)).fold(0.0, f32::max)
    }

    fn stage(&self, tall: bool) -> PlacementArea {
        let LayoutFrame { width, height } = self.frame;
        let horizon = self.frame.horizon(&self.reading.scene);
        let (top, bottom) = match self.reading.scene.ground {
            GroundKind::Studio | GroundKind::Room if tall => (height * 0.05, height * 0.92),
            GroundKind::Studio | GroundKind::Room => (height * 0.16, height * 0.83),
            GroundKind::Space => (height * 0.22, height * 0.86),
            GroundKind::Underwater => (height * 0.14, height * 0.88),
            _ if tall => (height * 0.07, height * 0.95),
            _ => (horizon - height * 0.12, height * 0.945),
        };
        PlacementArea { width: width * 0.9, height: bottom - top, bottom }
    }

    /// Returns the relative width of a column.
    fn weight(&self, grid: &ThingGrid, column: i32) -> f32 {
        let things = grid.cells.iter().enumerate().filter(|(_, cell)| cell.is_some_and(|cell| cell.0 == column));
        things
            .map(|(thing, _)| {
                let thing = &self.reading.things[thing];
                (thing.count as f32).sqrt().max(0.6) * relative_size(thing.noun.size, thing.scale).sqrt()
            })
            .fold(0.5, f32::max)
    }

    /// Returns the largest cluster of a thing that fits.
    fn cluster(&self, thing: usize, (column, row): (i32, i32), width: f32, height: f32) -> ThingCluster {
        let (count, ink) = (self.reading.things[thing].count, self.inks[thing]);
        let (ink_width, ink_height) = (ink.width() / 36.0, ink.height() / 36.0);
        let fit = |across: u32| {
            let rows = self.rows_high(count.div_ceil(across));
            (width / (across as f32 * ink_width * GAP)).min(height / (rows * ink_height))
        };
        // Outdoors, rows hide the rows behind them, so fewer rows are worth smaller things.
        let worth = |across: u32| {
            let rows = count.div_ceil(across) as i32 - 1;
            let loss: f32 = if self.has_wall_rows() { 0.93 } else { 0.62 };
            fit(across) * loss.powi(rows)
        };
        let across = (1..=count).max_by(|a, b| worth(*a).total_cmp(&worth(*b))).unwrap_or(1);
        let cap = SHORT_EDGE * if self.reading.scene.ground == GroundKind::Studio { 0.56 } else { 0.47 };
        ThingCluster { thing, column, row, across, down: count.div_ceil(across), edge: fit(across).min(cap) }
    }

    /// Makes adjacent sizes believable: an elephant is larger than a cup, but by less than in life.
    fn limit_size_differences(&self, clusters: &mut [ThingCluster]) {
        let size = |cluster: &ThingCluster| {
            let thing = &self.reading.things[cluster.thing];
            relative_size(thing.noun.size, thing.scale)
        };
        let unit = clusters.iter().map(|cluster| cluster.edge / size(cluster)).fold(f32::INFINITY, f32::min);
        for cluster in clusters.iter_mut() {
            cluster.edge = cluster.edge.min(unit * 1.35 * size(cluster));
        }
    }

    fn size(&self, cluster: &ThingCluster) -> (f32, f32) {
        let ink = self.inks[cluster.thing];
        let unit = cluster.edge / 36.0;
        (cluster.across as f32 * ink.width() * unit * GAP, self.rows_high(cluster.down) * ink.height() * unit)
    }

    /// Returns true if rows hang above each other on a wall, rather than standing behind each other.
    fn has_wall_rows(&self) -> bool {
        !self.reading.scene.has_sky() || self.reading.scene.ground == GroundKind::Space
    }

    /// Returns the height of `rows` rows, in heights of a thing.
    fn rows_high(&self, rows: u32) -> f32 {
        if self.has_wall_rows() { rows as f32 * ROW_GAP } else { 1.0 + (rows - 1) as f32 * BEHIND }
    }

    fn place_cluster(&mut self, cluster: &ThingCluster, x: f32, bottom: f32, lowest: bool) {
        let count = self.reading.things[cluster.thing].count;
        let step = self.size(cluster).0 / cluster.across as f32;
        let tall = self.inks[cluster.thing].height() * cluster.edge / 36.0;
        let rise = tall * if self.has_wall_rows() { ROW_GAP } else { BEHIND };
        for index in 0..count {
            let (line, at) = (index / cluster.across, index % cluster.across);
            let in_line = cluster.across.min(count - line * cluster.across) as f32;
            let lively = if count > 1 && lowest && cluster.down == 1 { self.rng.between(-0.035, 0.035) } else { 0.0 };
            let edge = cluster.edge * if count > 1 { self.rng.between(0.93, 1.0) } else { 1.0 };
            let x = x + (at as f32 + 0.5 - in_line / 2.0) * step;
            let bottom = bottom - (cluster.down - 1 - line) as f32 * rise + lively * cluster.edge;
            let flipped = count > 1 && self.rng.coin_flip();
            let depth = if lowest { 1.0 } else { 0.5 } + bottom / self.frame.height;
            if self.is_on_water(cluster.thing) {
                let horizon = self.frame.horizon(&self.reading.scene);
                let line = horizon + (self.frame.height * 0.85 - horizon) * (0.34 + 0.12 * (index % 3) as f32);
                self.push(cluster.thing, x, line, edge * 0.62, flipped, 0.6 + line / self.frame.height);
                continue;
            }
            self.push(cluster.thing, x, bottom, edge, flipped, depth);
            let support = self.support(bottom, lowest);
            if let Some(placed) = self.placed.last_mut() {
                placed.support = support;
            }
        }
    }

    /// Returns true if a thing belongs on water, the scene has some, and nothing holds the thing elsewhere.
    fn is_on_water(&self, thing: usize) -> bool {
        let held = self.reading.relations.iter().any(|relation| relation.subject == thing || relation.object == thing);
        self.reading.scene.ground == GroundKind::Sea && self.reading.things[thing].noun.is_boat && !held
    }

    fn support(&self, bottom: f32, lowest: bool) -> SupportKind {
        match self.reading.scene.ground {
            GroundKind::Space | GroundKind::Underwater => SupportKind::None,
            GroundKind::Studio | GroundKind::Room if lowest => SupportKind::Ground,
            GroundKind::Studio | GroundKind::Room => SupportKind::WallShelf,
            _ if bottom > self.frame.horizon(&self.reading.scene) + SHORT_EDGE * 0.03 => SupportKind::Ground,
            _ => SupportKind::None,
        }
    }

    /// Places things on, in, in front of and behind the things they are attached to.
    fn attach(&mut self, grid: &ThingGrid) {
        // The last relation comes first, because its host is already placed.
        for relation in grid.attached.iter().rev() {
            let Some(host) = self.placed.iter().find(|placed| placed.thing == relation.object).cloned() else {
                continue;
            };
            if relation.place == RelativePosition::On {
                self.lower_onto_host(relation.subject, &host);
                continue;
            }
            let count = self.reading.things[relation.subject].count as f32;
            for index in 0..self.reading.things[relation.subject].count {
                let part = index as f32 - (count - 1.0) / 2.0;
                self.beside(relation, &host, part, count);
            }
        }
    }

    fn beside(&mut self, relation: &Relation, host: &Placed, part: f32, count: f32) {
        let ink = self.inks[relation.subject];
        let full = host.width.max(host.height) * 36.0 / ink.width().max(ink.height());
        let crowd = 1.0 / count.sqrt();
        let (x, bottom, edge, depth) = match relation.place {
            RelativePosition::Inside => (host.x, host.bottom - host.height * 0.16, full * 0.5 * crowd, 0.01),
            RelativePosition::Behind => {
                (host.x - host.width * 0.36, host.bottom - host.height * 0.16, full * 0.9 * crowd, -0.01)
            }
            _ => (host.x + host.width * 0.30, host.bottom + host.height * 0.05, full * 0.62 * crowd, 0.01),
        };
        let step = edge * ink.width() / 36.0 * GAP;
        self.push(relation.subject, x + part * step, bottom, edge, false, host.depth + depth);
        let support = if relation.place == RelativePosition::Inside { SupportKind::None } else { host.support };
        if let Some(placed) = self.placed.last_mut() {
            placed.support = support;
        }
    }

    /// Lowers things that stand on another thing to its upper edge.
    fn lower_onto_host(&mut self, subject: usize, host: &Placed) {
        let sunk = if self.reading.things[host.thing].noun.is_seat { 0.42 } else { 0.05 };
        let top = host.bottom - host.height * (1.0 - sunk);
        let ours: Vec<&mut Placed> = self.placed.iter_mut().filter(|placed| placed.thing == subject).collect();
        let lowest = ours.iter().map(|placed| placed.bottom).fold(f32::NEG_INFINITY, f32::max);
        let left = ours.iter().map(|placed| placed.x - placed.width / 2.0).fold(f32::INFINITY, f32::min);
        let right = ours.iter().map(|placed| placed.x + placed.width / 2.0).fold(f32::NEG_INFINITY, f32::max);
        let scale = (host.width * 1.08 / (right - left)).clamp(0.25, 1.0);
        for placed in ours {
            (placed.width, placed.height) = (placed.width * scale, placed.height * scale);
            placed.x = host.x + (placed.x - f32::midpoint(left, right)) * scale;
            placed.bottom = top + (placed.bottom - lowest) * scale;
            placed.depth = host.depth + 0.005;
            placed.support = SupportKind::None;
        }
    }

    fn push(&mut self, thing: usize, x: f32, bottom: f32, edge: f32, flipped: bool, depth: f32) {
        let unit = edge / 36.0;
        let (width, height) = (self.inks[thing].width() * unit, self.inks[thing].height() * unit);
        self.placed.push(Placed { thing, x, bottom, width, height, flipped, depth, support: SupportKind::None });
    }
}

struct PlacementArea {
    width: f32,
    height: f32,
    bottom: f32,
}

/// Returns the relative size of a thing in the image: real differences are reduced.
fn relative_size(size: f32, scale: f32) -> f32 {
    size.powf(0.6) * scale
}
