//! The studio: the screen on which prompts are typed and images appear.
//! It knows no backend by name and sends no request itself; the engine does the work.
//!
//! A key becomes an [`action`], [`update`] changes the [`model`] and returns effects, the [`runtime`] carries them out
//! and feeds their results back as messages, and [`view`] draws the model.

pub mod action;
pub mod action_words;
pub mod dropped_paths;
pub mod effect;
pub mod export_line;
pub mod file_picker_layout;
pub mod gallery_grid;
pub mod hints;
pub mod history_rows;
pub mod key_help;
pub mod keymap;
pub mod layout;
pub mod live_config;
pub mod message;
pub mod message_log;
pub mod model;
pub mod msg;
pub mod popup_area;
pub mod runtime;
pub mod setting_lines;
pub mod update;
pub mod view;
pub mod wrap;

#[cfg(any(test, fuzzing))]
#[allow(clippy::unwrap_used, reason = "tests and fuzz targets find out by panicking")]
pub(crate) mod fixtures;
#[cfg(any(test, fuzzing))]
#[allow(clippy::unwrap_used, reason = "tests and fuzz targets find out by panicking")]
pub mod input_driver;
#[cfg(test)]
mod key_docs;

pub use runtime::{StudioError, StudioExit, StudioOptions, restore_terminal, run};
