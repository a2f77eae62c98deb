//! Images in the terminal: decoding, fitting, encoding, and detection of what the terminal supports.
//!
//! Files, jobs and panes are handled elsewhere: bytes and an area of cells in, cells and escape sequences out.

mod animation;
mod background;
mod box_filter;
mod cache;
mod capabilities;
mod color_profile;
mod contact_sheet;
mod decode;
mod difference;
mod driver;
mod error;
mod fit;
mod gif_screen;
mod glyph_set;
mod jpeg;
mod overlay;
mod painter;
mod palette;
mod parallel;
mod png_chunks;
mod prepare;
mod prepared_image;
mod print;
mod probe;
mod protocol;
mod provenance;
mod scale;
mod side_by_side;
mod srgb;
mod terminal_kind;
mod thumbnail;

pub use self::{
    background::ImageBackground,
    cache::{Cache, CacheKey},
    capabilities::{DisplayCapabilities, DisplayOverride, TerminalWindow},
    contact_sheet::{ContactSheet, sheet_capacity},
    decode::{DecodeLimits, decode, screen_size},
    difference::{Difference, difference},
    error::DisplayError,
    fit::{CellSize, ImageViewport, Zoom},
    gif_screen::repair_screen as repair_gif_screen,
    glyph_set::{GlyphSet, UnknownGlyphSet},
    overlay::{draw_markup, tint_mask},
    painter::{Painter, PlacedImage},
    prepare::{prepare, prepare_decoded},
    prepared_image::PreparedImage,
    print::{PrintError, PrintOptions, print, print_decoded, print_file, rewrite_first_cell},
    probe::{
        EnvReader, OuterTerminal, ProbeResult, SixelLimits, TerminalResponses, query_terminal, query_tmux, typed_events,
    },
    protocol::{ColorDepth, Protocol, UnknownProtocol},
    provenance::has_manifest,
    scale::resize,
    side_by_side::{SideBySide, side_by_side_areas},
    terminal_kind::TerminalKind,
    thumbnail::{Thumbnail, thumbnail},
};
