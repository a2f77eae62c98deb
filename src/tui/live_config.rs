//! The part of the config that the running studio reads. A reload replaces the whole value, for the model and for the
//! effects alike, so that no setting stays as it was at the start.

use tintype_backends::Usd;

use super::keymap::Keymap;
use crate::{
    config::{CompareConfig, PreviewConfig, StudioConfig},
    theme::Themes,
};

/// The settings in force.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LiveConfig {
    pub keymap: Keymap,
    pub themes: Themes,
    /// Names of all themes, for the list to choose from.
    pub theme_names: Vec<String>,
    /// Name of the theme that the config selects for the background of this terminal.
    pub theme: String,
    /// Set if the user's own file names the theme, so that it applies at the next start too.
    pub theme_pinned: bool,
    /// Settings of image previews; thumbnails are off over SSH, where the bytes of images are expensive.
    pub preview: PreviewConfig,
    pub studio: StudioConfig,
    /// Set over SSH, where every changed cell takes time.
    pub slow_link: bool,
    pub compare: CompareConfig,
    /// Spending limit per day; `None` if there is none.
    pub daily: Option<Usd>,
    /// Spending limit per month; `None` if there is none.
    pub monthly: Option<Usd>,
}
