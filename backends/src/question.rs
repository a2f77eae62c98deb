//! Asking a model that answers in words: a better prompt, a judgement of two pictures.
//! Not drawing: what is asked here never becomes a picture by itself.

use serde_json::Value as Json;

use crate::{Cost, Input, ProviderIds, Settings, Usage};

/// The shape that an answer shall have.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// Its name: letters, digits and underscores.
    pub name: String,
    /// A JSON Schema in which every property is required and no other is allowed.
    pub json: Json,
}

/// A question.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The model that shall answer, one of `Capabilities::models`.
    pub model: String,
    /// What the model is to be, before anything is asked.
    pub instructions: String,
    /// What is asked.
    pub text: String,
    /// Pictures that belong to it, in the order in which the text may speak of them.
    pub images: Vec<Input>,
    /// The shape of the answer; free text where there is none.
    pub schema: Option<Schema>,
    /// Settings of the model, such as `reasoning`, by the name of their `Param`.
    pub settings: Settings,
    /// The longest answer, thinking included, in tokens.
    pub max_output_tokens: Option<u32>,
}

impl Question {
    /// A question without pictures, answered in free text.
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

/// An answer in words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// What it says; a JSON text where a schema was given.
    pub text: String,
    /// What the provider counted.
    pub usage: Option<Usage>,
    /// What it cost; `None` where nobody can say.
    pub cost: Option<Cost>,
    /// The provider's names for it.
    pub ids: ProviderIds,
    /// Settings that really applied, where they differ.
    pub effective: Settings,
}
