//! Capabilities of the terminal: what is known, how it is known, and what follows from it.
//!
//! Pure: `probe` queries the terminal, and the environment is passed in.

mod color;
mod glyphs;
mod version;

use super::{
    CellSize, ColorDepth, GlyphSet, Protocol, TerminalKind,
    probe::{EnvReader, ProbeResult, SixelLimits, TerminalResponses, in_tmux},
};
use version::Version;

/// Everything about the terminal that matters for showing images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayCapabilities {
    /// The brand of the terminal; inside tmux, of the outer terminal if tmux knows it.
    pub brand: TerminalKind,
    /// Version as the terminal reports it, sanitized; empty if it does not.
    pub version: String,
    pub protocol: Protocol,
    /// Glyphs of which the mosaic protocol composes images.
    pub glyphs: GlyphSet,
    /// Explanations of how the facts were determined, one sentence each, for `doctor`.
    pub reasons: Vec<String>,
    pub cell: CellSize,
    pub color: ColorDepth,
    /// Background color of the terminal as sRGB, if it answered the query.
    pub background: Option<[u8; 3]>,
    pub sixel: SixelLimits,
    /// Support for synchronized updates, which is terminal mode 2026.
    pub sync: bool,
    pub kitty_keyboard: bool,
    /// Set inside tmux, where graphics have to be wrapped.
    pub tmux: bool,
    /// Set if the terminal confirms received images. Through tmux, the reply would reach the active pane as keys.
    pub confirms: bool,
}

/// Choices of the user; the terminal is asked about those that are `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DisplayOverride {
    pub protocol: Option<Protocol>,
    pub glyphs: Option<GlyphSet>,
}

impl From<Option<Protocol>> for DisplayOverride {
    fn from(protocol: Option<Protocol>) -> Self {
        Self { protocol, glyphs: None }
    }
}

/// Size of the window as the kernel reports it; all 0 if it is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TerminalWindow {
    pub columns: u16,
    pub rows: u16,
    pub width: u16,
    pub height: u16,
}

impl TerminalWindow {
    /// Returns the cell size that follows from the window size.
    fn cell(self) -> Option<CellSize> {
        let across = u32::from(self.width).checked_div(self.columns.into())?;
        CellSize::checked(across, u32::from(self.height).checked_div(self.rows.into())?)
    }
}

impl DisplayCapabilities {
    /// Derives the facts from the environment and the responses. `forced` is what the user requested, if anything.
    pub fn from_probe(
        env: EnvReader<'_>,
        heard: &ProbeResult,
        window: TerminalWindow,
        forced: impl Into<DisplayOverride>,
    ) -> Self {
        let forced = forced.into();
        let mut reasons = Vec::new();
        let tmux = in_tmux(env);
        let (brand, version) = identify(env, heard, tmux, &mut reasons);
        reasons.extend(heard.error.iter().map(|error| format!("no response from the terminal: {error}")));
        let protocol = choose(&Evidence { brand, version: &version, heard, tmux }, forced.protocol, &mut reasons);
        let color = color::depth(env, brand, &mut reasons);
        let drawn = glyphs::drawn_by(brand, &version, env, tmux);
        let protocol = match protocol {
            Protocol::Blocks if forced.protocol.is_none() && color != ColorDepth::Mono => {
                refine_blocks(brand, forced.glyphs, drawn, &mut reasons)
            }
            other => other,
        };
        let glyphs = forced.glyphs.or(drawn).unwrap_or(GlyphSet::Quadrants);
        let TerminalResponses { background, sixel, sync, kitty_keyboard, .. } = heard.answers;
        let cell = cell(&heard.answers, window, tmux, &mut reasons);
        let confirms = heard.answers.kitty_graphics && !tmux;
        Self {
            brand,
            version,
            protocol,
            glyphs,
            reasons,
            cell,
            color,
            background,
            sixel,
            sync,
            kitty_keyboard,
            tmux,
            confirms,
        }
    }

    /// Derives the facts without querying the terminal, for output into a pipe, where `forced` decides.
    pub fn without_probe(env: EnvReader<'_>, window: TerminalWindow, forced: impl Into<DisplayOverride>) -> Self {
        let heard = ProbeResult { error: Some("it was not queried".to_owned()), ..ProbeResult::default() };
        Self::from_probe(env, &heard, window, forced)
    }

    /// Updates the cell size after the window changed, because the font may have changed too.
    pub fn resized(&mut self, window: TerminalWindow) {
        if let Some(cell) = window.cell().filter(|_| !self.tmux) {
            self.cell = cell;
        }
    }
}

/// Determines the brand and version from the terminal's response, or else from the environment.
fn identify(env: EnvReader<'_>, heard: &ProbeResult, tmux: bool, reasons: &mut Vec<String>) -> (TerminalKind, String) {
    let said = match &heard.outer {
        Some(outer) if tmux && !outer.version.is_empty() => {
            reasons.push(format!("inside tmux, in a terminal that identifies as `{}`", clean(&outer.version)));
            Some(clean(&outer.version))
        }
        _ if tmux => None,
        _ => heard.answers.version.clone().inspect(|said| reasons.push(format!("the terminal identifies as `{said}`"))),
    };
    if let Some(said) = said {
        return (TerminalKind::by_version(&said), said);
    }
    let brand = if tmux { TerminalKind::Tmux } else { TerminalKind::by_env(env) };
    reasons.push(format!("detected from the environment: {brand}"));
    (brand, String::new())
}

fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// Evidence for or against a driver.
struct Evidence<'a> {
    brand: TerminalKind,
    version: &'a str,
    heard: &'a ProbeResult,
    tmux: bool,
}

fn choose(evidence: &Evidence<'_>, forced: Option<Protocol>, reasons: &mut Vec<String>) -> Protocol {
    if let Some(protocol) = forced {
        reasons.push(format!("`{protocol}` because it was requested"));
        return protocol;
    }
    for protocol in evidence.brand.traits().drivers {
        match evidence.against(*protocol) {
            None => {
                reasons.push(format!("`{protocol}` is the best that {} supports", evidence.brand));
                return *protocol;
            }
            Some(reason) => reasons.push(format!("not `{protocol}`: {reason}")),
        }
    }
    reasons.push(format!("`{}` works everywhere", Protocol::Blocks));
    Protocol::Blocks
}

/// Returns the best protocol made of text: mosaic where the glyphs are known to be drawn well or were requested.
fn refine_blocks(
    brand: TerminalKind,
    requested: Option<GlyphSet>,
    drawn: Option<GlyphSet>,
    reasons: &mut Vec<String>,
) -> Protocol {
    let reason = match (requested, drawn) {
        (Some(glyphs), _) => format!("{glyphs} were requested"),
        (None, Some(glyphs)) => format!("{brand} has {glyphs}"),
        (None, None) => return Protocol::Blocks,
    };
    reasons.push(format!("`{}` rather than `{}`: {reason}", Protocol::Mosaic, Protocol::Blocks));
    Protocol::Mosaic
}

impl Evidence<'_> {
    /// Returns the reason why `protocol` cannot be used here, or `None` if it can.
    fn against(&self, protocol: Protocol) -> Option<&'static str> {
        let answers = &self.heard.answers;
        let sixel = answers.attributes.as_ref().is_some_and(|list| list.iter().skip(1).any(|&n| n == 4));
        if self.tmux {
            return self.against_in_tmux(protocol);
        }
        match protocol {
            Protocol::KittyPlaceholders if self.is_old_kitty() => Some("kitty supports them since 0.28"),
            Protocol::KittyPlaceholders | Protocol::KittyPlacement if !answers.kitty_graphics => {
                Some("no response to the kitty graphics query")
            }
            Protocol::Iterm2 if self.brand == TerminalKind::XtermJs && !sixel => Some("images are disabled"),
            Protocol::Sixel if !sixel => Some("its attributes do not include sixel"),
            _ => None,
        }
    }

    /// Only placeholders are text, and only text survives scrolling, splitting and switching panes.
    fn against_in_tmux(&self, protocol: Protocol) -> Option<&'static str> {
        match (protocol, &self.heard.outer) {
            (Protocol::Blocks | Protocol::Mosaic, _) => None,
            (Protocol::KittyPlaceholders, _) if self.is_old_kitty() => Some("kitty supports them since 0.28"),
            (Protocol::KittyPlaceholders, Some(outer)) if outer.passthrough => None,
            (Protocol::KittyPlaceholders, _) => Some("tmux needs `set -g allow-passthrough on`"),
            _ => Some("tmux loses track of such images"),
        }
    }

    fn is_old_kitty(&self) -> bool {
        self.brand == TerminalKind::Kitty && Version::find(self.version).is_none_or(|version| version < Version(0, 28))
    }
}

fn cell(answers: &TerminalResponses, window: TerminalWindow, tmux: bool, reasons: &mut Vec<String>) -> CellSize {
    let (cell, from) = match (answers.cell, window.cell()) {
        (Some(cell), _) => (cell, "reported by the terminal"),
        // A detached tmux reports made-up pixel sizes.
        (None, Some(cell)) if !tmux => (cell, "from the window size"),
        _ => (CellSize::TYPICAL, "assumed, not reported"),
    };
    reasons.push(format!("a cell is {}x{} pixels, {from}", cell.width, cell.height));
    cell
}

#[cfg(test)]
mod tests;
