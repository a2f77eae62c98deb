//! Questions to a model that answers in text: an enhanced prompt, a judgment of two images.
//! An answer never becomes an image by itself.

use serde_json::Value as Json;

use crate::{Cost, ProviderIds, RequestImage, Settings, Usage};

/// The required structure of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// Its name: letters, digits and underscores.
    pub name: String,
    /// A JSON Schema in which every property is required and no other is allowed.
    pub json: Json,
}

/// A question to a model that answers in text.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The model to ask, one of `Capabilities::models`.
    pub model: String,
    /// The system instructions, which define the model's role.
    pub instructions: String,
    /// The text of the question.
    pub text: String,
    /// Images that belong to the question, in the order in which the text may refer to them.
    pub images: Vec<RequestImage>,
    /// The structure of the answer; `None` means free text.
    pub schema: Option<Schema>,
    /// Settings of the model, such as `reasoning`, by the name of their `Param`.
    pub settings: Settings,
    /// The maximum length of the answer, reasoning included, in tokens.
    pub max_output_tokens: Option<u32>,
}

impl Question {
    /// Makes a question without images, answered in free text.
    pub fn new(model: impl Into<String>, instructions: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            instructions: instructions.into(),
            text: text.into(),
            images: Vec::new(),
            schema: None,
            settings: Settings::new(),
            max_output_tokens: None,
        }
    }
}

/// An answer in text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextAnswer {
    /// The text, which is JSON if a schema was given.
    pub text: String,
    /// The token usage that the provider reports.
    pub usage: Option<Usage>,
    /// The cost; `None` if it is unknown.
    pub cost: Option<Cost>,
    /// The provider's ids for it.
    pub ids: ProviderIds,
    /// The settings that took effect, where they differ from the request.
    pub effective: Settings,
}
