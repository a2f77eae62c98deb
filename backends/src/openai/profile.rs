//! The servers that speak OpenAI's language with an accent, as data: how they are addressed and what they take.
//! Not a place for behaviour: whoever sends a request looks up here what may be in it.

use serde::Deserialize;

/// Whose accent a server has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Profile {
    /// OpenAI itself, and relays that are faithful to it.
    #[default]
    Openai,
    /// Azure OpenAI, in either style of address.
    Azure,
    /// Any server that claims to be compatible; asked for the least, forgiven the most.
    Compatible,
    /// The server of stable-diffusion.cpp.
    SdCpp,
    /// LocalAI.
    Localai,
    /// Ollama's experimental image endpoint.
    Ollama,
    /// vLLM-omni.
    VllmOmni,
    /// OpenRouter, which draws in a chat.
    Openrouter,
}

/// By what a server draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interface {
    /// The Images API.
    Images,
    /// A chat, whose answer holds pictures.
    Chat,
}

/// Where a server expects the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Auth {
    /// `Authorization: Bearer …`
    Bearer,
    /// `api-key: …`
    ApiKey,
}

/// How a server takes pictures that are to be edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edits {
    /// Not at all.
    No,
    /// As JSON, and as a form where they are too large for that.
    Json,
    /// As a form.
    Form,
}

/// What a server reads from a mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MaskStyle {
    /// What is transparent is redrawn.
    Alpha,
    /// What is white is redrawn.
    White,
}

/// What is known of a server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Traits {
    /// Where it is, unless the config says otherwise.
    pub(crate) base_url: Option<&'static str>,
    /// By what it draws.
    pub(crate) interface: Interface,
    /// Where it expects the key.
    pub(crate) auth: Auth,
    /// Whether it answers nobody without a key.
    pub(crate) needs_key: bool,
    /// The environment variable that holds its key, unless the config names another.
    pub(crate) key_env: Option<&'static str>,
    /// The fields that it takes besides `model` and `prompt`; `None`: whatever the model takes.
    pub(crate) fields: Option<&'static [&'static str]>,
    /// Whether it must be told to answer with base64: OpenAI refuses to be told.
    pub(crate) response_format: bool,
    /// How it takes pictures.
    pub(crate) edits: Edits,
    /// Whether it reads a single picture of a form only where that is written as a list, too.
    pub(crate) lists_one: bool,
    /// What it reads from a mask.
    pub(crate) mask: MaskStyle,
    /// Whether it streams.
    pub(crate) streams: bool,
    /// Whether it draws by itself, where others may hand an order on to whoever bills it.
    pub(crate) draws_itself: bool,
}

const OPENAI: Traits = Traits {
    base_url: Some("https://api.openai.com/v1"),
    interface: Interface::Images,
    auth: Auth::Bearer,
    needs_key: true,
    key_env: Some("OPENAI_API_KEY"),
    fields: None,
    response_format: false,
    edits: Edits::Json,
    lists_one: false,
    mask: MaskStyle::Alpha,
    streams: true,
    draws_itself: false,
};

const AZURE: Traits =
    Traits { base_url: None, auth: Auth::ApiKey, key_env: Some("AZURE_OPENAI_API_KEY"), edits: Edits::Form, ..OPENAI };

const COMPATIBLE: Traits = Traits {
    base_url: None,
    interface: Interface::Images,
    auth: Auth::Bearer,
    needs_key: false,
    key_env: None,
    fields: Some(&["n", "size", "quality", "output_format", "output_compression", "background"]),
    response_format: false,
    edits: Edits::Form,
    lists_one: false,
    mask: MaskStyle::Alpha,
    streams: false,
    draws_itself: false,
};

const SD_CPP: Traits = Traits {
    base_url: Some("http://127.0.0.1:1234/v1"),
    fields: Some(&["n", "size", "output_format", "output_compression"]),
    lists_one: true,
    mask: MaskStyle::White,
    draws_itself: true,
    ..COMPATIBLE
};

const LOCALAI: Traits = Traits {
    base_url: Some("http://127.0.0.1:8080/v1"),
    fields: Some(&["n", "size"]),
    response_format: true,
    edits: Edits::No,
    draws_itself: true,
    ..COMPATIBLE
};

const OLLAMA: Traits = Traits {
    base_url: Some("http://127.0.0.1:11434/v1"),
    fields: Some(&["size"]),
    response_format: true,
    edits: Edits::No,
    draws_itself: true,
    ..COMPATIBLE
};

const VLLM_OMNI: Traits = Traits {
    base_url: Some("http://127.0.0.1:8000/v1"),
    fields: Some(&["n", "size"]),
    response_format: true,
    draws_itself: true,
    ..COMPATIBLE
};

const OPENROUTER: Traits = Traits {
    base_url: Some("https://openrouter.ai/api/v1"),
    interface: Interface::Chat,
    needs_key: true,
    key_env: Some("OPENROUTER_API_KEY"),
    fields: Some(&["size"]),
    edits: Edits::Json,
    ..COMPATIBLE
};

impl Profile {
    /// What is known of such a server.
    pub(crate) const fn traits(self) -> &'static Traits {
        match self {
            Self::Openai => &OPENAI,
            Self::Azure => &AZURE,
            Self::Compatible => &COMPATIBLE,
            Self::SdCpp => &SD_CPP,
            Self::Localai => &LOCALAI,
            Self::Ollama => &OLLAMA,
            Self::VllmOmni => &VLLM_OMNI,
            Self::Openrouter => &OPENROUTER,
        }
    }
}

impl Traits {
    /// Whether the server takes the field `name`.
    pub(crate) fn takes(&self, name: &str) -> bool {
        self.fields.is_none_or(|fields| fields.contains(&name))
    }
}
