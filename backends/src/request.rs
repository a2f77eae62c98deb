//! What is asked of a backend: words, settings, and pictures to start from.
//! Everything in it is final: defaults are filled in and settings are checked before a backend sees it.

use bytes::Bytes;

use crate::{Format, Settings, Size, Value};

/// One order for pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What the picture shall show, as the user typed it.
    pub prompt: String,
    /// The model that shall draw, one of `Capabilities::models`.
    pub model: String,
    /// One value for each setting that is sent, by the name of its `Param`.
    pub settings: Settings,
    /// How many pictures, 1 to the model's `max_count`.
    pub count: u32,
    /// Reference images, in the order in which the prompt may speak of them.
    pub inputs: Vec<Input>,
    /// Where the first input may change: a picture of the same size whose transparent pixels are redrawn.
    pub mask: Option<Input>,
    /// What is drawn over the first input to say what shall change: transparent where nothing is said. Not with a mask.
    pub markup: Option<Input>,
    /// What the provider gave for the drawing this one continues (`Outcome::continuation`).
    pub continues: Option<serde_json::Value>,
}

impl Request {
    /// An order for one picture with nothing but words.
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

    /// The text of the setting `name`, if it is set and is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.settings.get(name).and_then(Value::as_text)
    }

    /// The number of the setting `name`, if it is set and is a number.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.settings.get(name).and_then(Value::as_integer)
    }

    /// The setting `size` in pixels; `None` where it is unset or `auto`.
    pub fn size(&self) -> Option<Size> {
        self.text("size").and_then(|text| text.parse().ok())
    }
}

/// A picture that goes in.
#[derive(Clone, PartialEq, Eq)]
pub struct Input {
    /// What to call it in a message: its file name without the folder.
    pub name: String,
    /// The format, found out from the bytes.
    pub format: Format,
    /// Its size in pixels, found out from the bytes; as it is seen, turned the way its EXIF orientation says.
    pub size: Size,
    /// The file as it is on disk.
    pub bytes: Bytes,
    /// The SVG source of the picture, where the library has it.
    pub svg: Option<String>,
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Input({:?}, {}, {}, {} bytes)", self.name, self.format, self.size, self.bytes.len())
    }
}
