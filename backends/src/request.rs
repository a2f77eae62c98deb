//! A request to a backend: a prompt, settings, and reference images.
//! It is final: defaults are filled in and settings are checked before a backend sees it.

use bytes::Bytes;

use crate::{Format, Settings, Size, Value};

/// A request for images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The description of the image, as the user typed it.
    pub prompt: String,
    /// The model to use, one of `Capabilities::models`.
    pub model: String,
    /// A value for each setting that is sent, by the name of its `Param`.
    pub settings: Settings,
    /// The number of images, 1 to the model's `max_count`.
    pub count: u32,
    /// Reference images, in the order in which the prompt may refer to them.
    pub inputs: Vec<RequestImage>,
    /// The area in which the first reference may change: an image of the same size whose transparent pixels are
    /// redrawn.
    pub mask: Option<RequestImage>,
    /// Annotations over the first reference that describe a change; transparent elsewhere. It cannot be combined with a
    /// mask.
    pub markup: Option<RequestImage>,
    /// The provider's data for the drawing that this request continues (`Outcome::continuation`).
    pub continues: Option<serde_json::Value>,
}

impl Request {
    /// Makes a request for one image from a prompt alone.
    pub fn new(prompt: impl Into<String>, model: impl Into<String>) -> Self {
        Self {
            prompt: prompt.into(),
            model: model.into(),
            settings: Settings::new(),
            count: 1,
            inputs: Vec::new(),
            mask: None,
            markup: None,
            continues: None,
        }
    }

    /// Returns the text of the setting `name`, if it is set and is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.settings.get(name).and_then(Value::as_text)
    }

    /// Returns the number of the setting `name`, if it is set and is a number.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.settings.get(name).and_then(Value::as_integer)
    }

    /// Returns the setting `size` in pixels; `None` if it is unset or `auto`.
    pub fn size(&self) -> Option<Size> {
        self.text("size").and_then(|text| text.parse().ok())
    }
}

/// A reference image, mask or markup.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestImage {
    /// Its name in messages: the file name without the directory.
    pub name: String,
    /// The format, detected from the bytes.
    pub format: Format,
    /// Its size in pixels as displayed, after applying the EXIF orientation; read from the bytes.
    pub size: Size,
    /// The unmodified content of the file.
    pub bytes: Bytes,
    /// The SVG source of the image, if the library has it.
    pub svg: Option<String>,
}

impl std::fmt::Debug for RequestImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Input({:?}, {}, {}, {} bytes)", self.name, self.format, self.size, self.bytes.len())
    }
}
