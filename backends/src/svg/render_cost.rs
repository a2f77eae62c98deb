//! The cost of a render, in pixels touched and bytes of layers, computed before a pixel is drawn. It is an upper
//! estimate, not a measurement: it follows the renderer's way through groups, layers, masks and filters.

use resvg::{
    tiny_skia::Transform,
    usvg::{ClipPath, Group, Mask, Node, Paint, Path, Pattern, Stroke, Text, Tree, filter},
};

use super::{SvgError, SvgLimits, document_check::check_limit};
use crate::Size;

/// The largest layer the renderer allows, as a multiple of the canvas on each axis.
const MAX_LAYER_FACTOR: f64 = 5.0;
/// The work per pixel that is painted over.
const PER_PIXEL: f64 = 2.0;
/// The work per edge of an outline: for each row of pixels it crosses, and for the edge itself.
const PER_EDGE_ROW: f64 = 32.0;
const PER_EDGE: f64 = 32.0;
/// The work of building one dash, in pixels.
const PER_DASH: f64 = 100.0;
/// The extra work per pixel of a layer, besides drawing into it: clearing and blending.
const PER_LAYER: f64 = 3.0;
const BYTES_PER_PIXEL: f64 = 4.0;

/// Rejects a render whose work or memory is beyond the limits.
pub(super) fn check(tree: &Tree, transform: Transform, size: Size, limits: &SvgLimits) -> Result<(), SvgError> {
    let canvas = LayerArea { width: f64::from(size.width), height: f64::from(size.height) };
    let mut walk = CostWalk {
        limits,
        largest_layer: canvas.times(MAX_LAYER_FACTOR),
        work: canvas.pixels(),
        layer_bytes_alive: canvas.pixels() * BYTES_PER_PIXEL,
    };
    walk.group(tree.root(), transform, canvas)
}

#[derive(Clone, Copy)]
struct LayerArea {
    width: f64,
    height: f64,
}

impl LayerArea {
    fn pixels(self) -> f64 {
        self.width * self.height
    }

    fn times(self, factor: f64) -> Self {
        Self { width: self.width * factor, height: self.height * factor }
    }

    fn within(self, other: Self) -> Self {
        Self { width: self.width.min(other.width), height: self.height.min(other.height) }
    }
}

struct CostWalk<'a> {
    limits: &'a SvgLimits,
    /// The largest possible layer.
    largest_layer: LayerArea,
    work: f64,
    /// Bytes of the layers that are alive at this point of the walk.
    layer_bytes_alive: f64,
}

impl CostWalk<'_> {
    fn add_work(&mut self, work: f64) -> Result<(), SvgError> {
        self.work += if work.is_finite() { work } else { f64::MAX };
        check_limit("much to draw", self.work as u64, self.limits.work)
    }

    /// Runs `inside` while `pixels` more pixels are allocated.
    fn with_layer(
        &mut self,
        pixels: f64,
        inside: impl FnOnce(&mut Self) -> Result<(), SvgError>,
    ) -> Result<(), SvgError> {
        self.layer_bytes_alive += pixels * BYTES_PER_PIXEL;
        check_limit("large layers", self.layer_bytes_alive as u64, self.limits.layer_bytes)?;
        self.add_work(pixels * PER_LAYER)?;
        inside(self)?;
        self.layer_bytes_alive -= pixels * BYTES_PER_PIXEL;
        Ok(())
    }

    fn group(&mut self, group: &Group, transform: Transform, canvas: LayerArea) -> Result<(), SvgError> {
        let transform = transform.pre_concat(group.transform());
        if !group.should_isolate() {
            return self.children(group, transform, canvas);
        }
        let layer = canvas_area(group.layer_bounding_box().to_rect(), transform).within(self.largest_layer);
        self.with_layer(layer.pixels(), |walk| {
            walk.children(group, transform, layer)?;
            for filter in group.filters() {
                walk.filter(filter, transform, layer)?;
            }
            walk.clip(group.clip_path(), transform, layer)?;
            walk.mask(group.mask(), transform, layer)
        })
    }

    fn children(&mut self, group: &Group, transform: Transform, canvas: LayerArea) -> Result<(), SvgError> {
        group.children().iter().try_for_each(|node| self.node(node, transform, canvas))
    }

    fn node(&mut self, node: &Node, transform: Transform, canvas: LayerArea) -> Result<(), SvgError> {
        match node {
            Node::Group(group) => self.group(group, transform, canvas),
            Node::Path(path) => self.path(path, transform, canvas),
            Node::Text(text) => self.text(text, transform, canvas),
            Node::Image(image) => {
                let decoded = f64::from(image.size().width()) * f64::from(image.size().height());
                self.with_layer(decoded, |walk| walk.add_work(canvas.pixels() * PER_LAYER))
            }
        }
    }

    fn text(&mut self, text: &Text, transform: Transform, canvas: LayerArea) -> Result<(), SvgError> {
        self.group(text.flattened(), transform, canvas)
    }

    fn path(&mut self, path: &Path, transform: Transform, canvas: LayerArea) -> Result<(), SvgError> {
        let covered = canvas_area(path.stroke_bounding_box(), transform).within(canvas);
        let passes = f64::from(u8::from(path.fill().is_some()) + u8::from(path.stroke().is_some()));
        self.add_work(passes * (covered.pixels() * PER_PIXEL + edges(path, transform, canvas)))?;
        if let Some(stroke) = path.stroke() {
            self.dashes(path, stroke)?;
            self.paint(stroke.paint(), transform)?;
        }
        path.fill().map_or(Ok(()), |fill| self.paint(fill.paint(), transform))
    }

    fn dashes(&mut self, path: &Path, stroke: &Stroke) -> Result<(), SvgError> {
        let Some(dashes) = stroke.dasharray() else { return Ok(()) };
        let period: f64 = dashes.iter().copied().map(f64::from).sum();
        self.add_work(length(path) / period * dashes.len() as f64 * PER_DASH)
    }

    fn paint(&mut self, paint: &Paint, transform: Transform) -> Result<(), SvgError> {
        match paint {
            Paint::Pattern(pattern) => self.pattern(pattern, transform),
            _ => Ok(()),
        }
    }

    /// Adds the work of a pattern. Its tile is redrawn for each path that is filled with it, and the tile's size is
    /// unbounded.
    fn pattern(&mut self, pattern: &Pattern, transform: Transform) -> Result<(), SvgError> {
        let (x, y) = transform.pre_concat(pattern.transform()).get_scale();
        let rect = pattern.rect();
        let tile = LayerArea { width: f64::from(rect.width() * x), height: f64::from(rect.height() * y) };
        self.with_layer(tile.pixels(), |walk| walk.children(pattern.root(), Transform::from_scale(x, y), tile))
    }

    fn clip(&mut self, clip: Option<&ClipPath>, transform: Transform, layer: LayerArea) -> Result<(), SvgError> {
        let Some(clip) = clip else { return Ok(()) };
        self.with_layer(layer.pixels() * 2.0, |walk| {
            walk.clipping(clip.root(), transform.pre_concat(clip.transform()), layer)?;
            walk.clip(clip.clip_path(), transform, layer)
        })
    }

    /// Walks a clip path's children. Only a child's own clip makes a layer here, and that layer is as large as the
    /// whole.
    fn clipping(&mut self, group: &Group, transform: Transform, layer: LayerArea) -> Result<(), SvgError> {
        let transform = transform.pre_concat(group.transform());
        group.children().iter().try_for_each(|node| match node {
            Node::Group(child) => {
                self.clip(child.clip_path(), transform, layer)?;
                self.clipping(child, transform, layer)
            }
            other => self.node(other, transform, layer),
        })
    }

    fn mask(&mut self, mask: Option<&Mask>, transform: Transform, layer: LayerArea) -> Result<(), SvgError> {
        let Some(mask) = mask else { return Ok(()) };
        self.with_layer(layer.pixels() * 2.0, |walk| {
            walk.children(mask.root(), transform, layer)?;
            walk.mask(mask.mask(), transform, layer)
        })
    }

    fn filter(&mut self, filter: &filter::Filter, transform: Transform, layer: LayerArea) -> Result<(), SvgError> {
        // Every primitive keeps its result until the filter is finished.
        let results = filter.primitives().len() as f64 + 2.0;
        self.with_layer(layer.pixels() * results, |walk| {
            filter.primitives().iter().try_for_each(|primitive| walk.primitive(primitive.kind(), transform, layer))
        })
    }

    fn primitive(&mut self, kind: &filter::Kind, transform: Transform, layer: LayerArea) -> Result<(), SvgError> {
        let (x, y) = transform.get_scale();
        let per_pixel = match kind {
            filter::Kind::Image(image) => return self.group(image.root(), transform, layer),
            filter::Kind::Morphology(morphology) => {
                let window = |radius: f32, scale: f32, edge: f64| f64::from(radius * scale).mul_add(2.0, 1.0).min(edge);
                window(morphology.radius_x().get(), x, layer.width)
                    * window(morphology.radius_y().get(), y, layer.height)
            }
            filter::Kind::ConvolveMatrix(convolve) => {
                f64::from(convolve.matrix().columns()) * f64::from(convolve.matrix().rows())
            }
            filter::Kind::Turbulence(turbulence) => f64::from(turbulence.num_octaves()) * 40.0,
            filter::Kind::DiffuseLighting(_) | filter::Kind::SpecularLighting(_) => 40.0,
            filter::Kind::GaussianBlur(blur) => blur_work(blur.std_dev_x().get() * x, blur.std_dev_y().get() * y),
            filter::Kind::DropShadow(shadow) => blur_work(shadow.std_dev_x().get() * x, shadow.std_dev_y().get() * y),
            filter::Kind::Merge(merge) => merge.inputs().len() as f64 * PER_LAYER,
            _ => 6.0,
        };
        self.add_work(layer.pixels() * per_pixel)
    }
}

/// Returns the work of a blur per pixel, in both directions. Measured: the renderer's filter for deviations below two
/// pixels takes 436 ns a pixel and its box blur 244 ns, where one unit of work takes about 4 ns.
fn blur_work(x: f32, y: f32) -> f64 {
    if x.max(y) < 2.0 { 110.0 } else { 60.0 }
}

/// Returns the size of `rect` on the canvas, slightly enlarged for the edges.
fn canvas_area(rect: resvg::tiny_skia::Rect, transform: Transform) -> LayerArea {
    rect.transform(transform).map_or(LayerArea { width: f64::INFINITY, height: f64::INFINITY }, |rect| LayerArea {
        width: f64::from(rect.width()) + 4.0,
        height: f64::from(rect.height()) + 4.0,
    })
}

/// Returns the work of following a path's outline edge by edge, including what is outside the canvas.
fn edges(path: &Path, transform: Transform, canvas: LayerArea) -> f64 {
    let (x, y) = transform.get_scale();
    let scale = f64::from(x.max(y));
    let rows = |pair: &[resvg::tiny_skia::Point]| (distance(pair) * scale).min(canvas.height);
    path.data().points().windows(2).map(|pair| rows(pair) * PER_EDGE_ROW + PER_EDGE).sum()
}

fn distance(pair: &[resvg::tiny_skia::Point]) -> f64 {
    f64::from(pair[1].x - pair[0].x).hypot(f64::from(pair[1].y - pair[0].y))
}

/// Returns the length of a path in its own units, by its control points: never less than the true length.
fn length(path: &Path) -> f64 {
    path.data().points().windows(2).map(distance).sum()
}
