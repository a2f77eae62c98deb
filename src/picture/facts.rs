//! What is known about the terminal, what follows from it, and from where it is known.
//! Pure: the asking is done by `probe`, the environment is passed in.

mod color;
mod version;

use super::{
    Brand, CellSize, ColorDepth, Protocol,
    probe::{Answers, Env, Heard, SixelLimits, in_tmux},
};
use version::Version;

/// All that drawing a picture needs to know of the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalFacts {
    /// Whose terminal it is; inside tmux, the one around it if tmux knows.
    pub brand: Brand,
    /// Its version, as it says, cleaned; empty if it does not.
    pub version: String,
    /// The protocol to draw with.
    pub protocol: Protocol,
    /// How all this was found out, a sentence each, for `doctor`.
    pub why: Vec<String>,
    /// Pixels of one cell.
    pub cell: CellSize,
    /// How many colours text can have.
    pub color: ColorDepth,
    /// The terminal's background colour, as sRGB, if it told.
    pub background: Option<[u8; 3]>,
    /// What it allows a sixel picture.
    pub sixel: SixelLimits,
    /// Whether synchronised updates (mode 2026) are understood.
    pub sync: bool,
    /// Whether the kitty keyboard protocol is understood.
    pub kitty_keyboard: bool,
    /// Whether all this runs inside tmux, so that graphics have to be wrapped.
    pub tmux: bool,
    /// Whether it replies to an image that it has received. Through tmux the reply would reach the active pane as keys.
    pub confirms: bool,
}

/// The window, as the kernel knows it; all 0 where it does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Columns of cells.
    pub columns: u16,
    /// Rows of cells.
    pub rows: u16,
    /// Pixels across.
    pub width: u16,
    /// Pixels down.
    pub height: u16,
}

impl Window {
    /// The size of a cell that follows from it.
    fn cell(self) -> Option<CellSize> {
        let across = u32::from(self.width).checked_div(self.columns.into())?;
        CellSize::checked(across, u32::from(self.height).checked_div(self.rows.into())?)
    }
}

impl TerminalFacts {
    /// Draws the conclusions. `forced` is the protocol that the user asked for, if any.
    pub fn conclude(env: Env<'_>, heard: &Heard, window: Window, forced: Option<Protocol>) -> Self {
        let mut why = Vec::new();
        let tmux = in_tmux(env);
        let (brand, version) = recognise(env, heard, tmux, &mut why);
        why.extend(heard.trouble.iter().map(|trouble| format!("the terminal was not heard: {trouble}")));
        let protocol = choose(&Evidence { brand, version: &version, heard, tmux }, forced, &mut why);
        let color = color::depth(env, brand, &mut why);
        let Answers { background, sixel, sync, kitty_keyboard, .. } = heard.answers;
        let cell = cell(&heard.answers, window, tmux, &mut why);
        let confirms = heard.answers.kitty_graphics && !tmux;
        Self { brand, version, protocol, why, cell, color, background, sixel, sync, kitty_keyboard, tmux, confirms }
    }

    /// What can be known without asking anyone: for output into a pipe, where `forced` decides.
    pub fn unasked(env: Env<'_>, window: Window, forced: Option<Protocol>) -> Self {
        let heard = Heard { trouble: Some("it was not asked".to_owned()), ..Heard::default() };
        Self::conclude(env, &heard, window, forced)
    }

    /// After a change of the window: the font, and with it the cell, may have changed too.
    pub fn resized(&mut self, window: Window) {
        if let Some(cell) = window.cell().filter(|_| !self.tmux) {
            self.cell = cell;
        }
    }
}

/// The brand and its version, by what it says of itself, else by the environment.
fn recognise(env: Env<'_>, heard: &Heard, tmux: bool, why: &mut Vec<String>) -> (Brand, String) {
    let said = match &heard.outer {
        Some(outer) if tmux && !outer.version.is_empty() => {
            why.push(format!("inside tmux, in a terminal that calls itself `{}`", clean(&outer.version)));
            Some(clean(&outer.version))
        }
        _ if tmux => None,
        _ => heard.answers.version.clone().inspect(|said| why.push(format!("the terminal calls itself `{said}`"))),
    };
    if let Some(said) = said {
        return (Brand::by_version(&said), said);
    }
    let brand = if tmux { Brand::Tmux } else { Brand::by_env(env) };
    why.push(format!("by the environment it is {brand}"));
    (brand, String::new())
}

fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// What speaks for or against a driver.
struct Evidence<'a> {
    brand: Brand,
    version: &'a str,
    heard: &'a Heard,
    tmux: bool,
}

fn choose(evidence: &Evidence<'_>, forced: Option<Protocol>, why: &mut Vec<String>) -> Protocol {
    if let Some(protocol) = forced {
        why.push(format!("`{protocol}` because it was asked for"));
        return protocol;
    }
    for protocol in evidence.brand.traits().drivers {
        match evidence.against(*protocol) {
            None => {
                why.push(format!("`{protocol}` is the best that {} shows", evidence.brand));
                return *protocol;
            }
            Some(reason) => why.push(format!("not `{protocol}`: {reason}")),
        }
    }
    why.push(format!("`{}` works everywhere", Protocol::Blocks));
    Protocol::Blocks
}

impl Evidence<'_> {
    /// Why `protocol` will not do here, if so.
    fn against(&self, protocol: Protocol) -> Option<&'static str> {
        let answers = &self.heard.answers;
        let sixel = answers.attributes.as_ref().is_some_and(|list| list.iter().skip(1).any(|&n| n == 4));
        if self.tmux {
            return self.against_in_tmux(protocol);
        }
        match protocol {
            Protocol::KittyPlaceholders if self.is_old_kitty() => Some("kitty has them since 0.28"),
            Protocol::KittyPlaceholders | Protocol::KittyPlacement if !answers.kitty_graphics => {
                Some("it did not answer the kitty graphics query")
            }
            Protocol::Iterm2 if self.brand == Brand::XtermJs && !sixel => Some("images are switched off"),
            Protocol::Sixel if !sixel => Some("its attributes do not name sixel"),
            _ => None,
        }
    }

    /// Only placeholders are text, and only text survives scrolling, splitting and switching panes.
    fn against_in_tmux(&self, protocol: Protocol) -> Option<&'static str> {
        match (protocol, &self.heard.outer) {
            (Protocol::Blocks, _) => None,
            (Protocol::KittyPlaceholders, _) if self.is_old_kitty() => Some("kitty has them since 0.28"),
            (Protocol::KittyPlaceholders, Some(outer)) if outer.passthrough => None,
            (Protocol::KittyPlaceholders, _) => Some("tmux needs `set -g allow-passthrough on`"),
            _ => Some("tmux loses track of such pictures"),
        }
    }

    fn is_old_kitty(&self) -> bool {
        self.brand == Brand::Kitty && Version::find(self.version).is_none_or(|version| version < Version(0, 28))
    }
}

fn cell(answers: &Answers, window: Window, tmux: bool, why: &mut Vec<String>) -> CellSize {
    let (cell, from) = match (answers.cell, window.cell()) {
        (Some(cell), _) => (cell, "as the terminal says"),
        // A detached tmux makes its pixels up.
        (None, Some(cell)) if !tmux => (cell, "from the size of the window"),
        _ => (CellSize::USUAL, "assumed, for nobody told"),
    };
    why.push(format!("a cell is {}x{} pixels, {from}", cell.width, cell.height));
    cell
}

#[cfg(test)]
mod tests;
