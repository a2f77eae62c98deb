//! Images in the terminal: decoding, fitting, encoding, and detection of what the terminal supports.
//!
//! Files, jobs and panes are handled elsewhere: bytes and an area of cells in, cells and escape sequences out.

mod animation;
mod averages;
mod brand;
mod cache;
mod chunks;
mod convert;
mod cores;
mod decode;
mod driver;
mod error;
mod facts;
mod fit;
mod fitted;
mod gif;
mod jpeg;
mod light;
mod matte;
mod painter;
mod palette;
mod prepare;
mod print;
mod probe;
mod profile;
mod protocol;
mod provenance;
mod scale;
mod sheet;
mod small;
mod spread;

pub use self::{
    brand::TerminalKind,
    cache::{Cache, CacheKey},
    convert::{Converted, convert},
    decode::{DecodeLimits, decode},
    error::DisplayError,
    facts::{DisplayCapabilities, TerminalWindow},
    fit::{CellSize, ImageViewport, Zoom},
    fitted::PreparedImage,
    gif::repair_screen as repair_gif_screen,
    matte::ImageBackground,
    painter::Painter,
    prepare::{prepare, prepare_decoded},
    print::{PrintError, PrintOptions, print, print_decoded, print_file, settle},
    probe::{
        EnvReader, OuterTerminal, ProbeResult, SixelLimits, TerminalResponses, query_terminal, query_tmux, typed_events,
    },
    protocol::{ColorDepth, Protocol, UnknownProtocol},
    provenance::has_manifest,
    sheet::{ContactSheet, sheet_capacity},
    small::{Thumbnail, small},
    spread::{SideBySide, boxes},
};
