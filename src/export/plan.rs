//! Plan of an export: the images, the target and the options, as plain values.

use std::path::PathBuf;

use tintype_backends::{Format, Size, svg::Renderer};

use super::xmp::ImageFacts;

/// Images to export, and how.
#[derive(Clone, Debug)]
pub struct ExportPlan {
    /// Data directory that the images are read from. No export writes over or into the library's own files.
    pub data_dir: PathBuf,
    pub items: Vec<ExportItem>,
    pub target: ExportTarget,
    pub options: ExportOptions,
    /// Replaces existing files. Without it, an export that would replace one writes nothing.
    pub overwrite: bool,
    pub renderer: Renderer,
}

/// Image to export.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportItem {
    pub id: String,
    /// Path of the image below the data directory. A copy keeps its file name.
    pub path: PathBuf,
    pub format: Format,
    /// Size in pixels; for an SVG, in its own units.
    pub size: Size,
    /// Path of the SVG source that the image was rendered from.
    pub svg: Option<PathBuf>,
    pub facts: ImageFacts,
}

/// Place that images are exported to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportTarget {
    /// Directory, created if necessary. Files keep their names; of two with the same name, the second is numbered.
    Directory(PathBuf),
    /// File; several images are numbered: `cat-1.png`, `cat-2.png`.
    File(PathBuf),
    /// Zip archive. It is complete or absent.
    Archive(PathBuf),
}

/// Changes to the images on their way out. Without any, the bytes are unchanged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExportOptions {
    /// Format of the files; [`Format::Svg`] exports the source of a drawing.
    pub format: Option<Format>,
    /// Width in pixels, keeping the aspect ratio. A drawing is rendered at that width.
    pub width: Option<u32>,
    pub size: Option<Size>,
    /// Size of a centered rectangle that is cut out, after `width` and `size`.
    pub crop: Option<Size>,
    /// Writes the metadata of `NAME.EXT` beside it, to `NAME.EXT.xmp`.
    pub xmp: bool,
}
