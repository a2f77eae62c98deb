//! The servers that speak a dialect of OpenAI's API, as data: how they are addressed and what they accept.
//! It holds no behavior: the code that builds a request looks up here what may be in it.

use serde::Deserialize;

/// The dialect of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Profile {
    /// OpenAI itself, and relays that are faithful to it.
    #[default]
    Openai,
    /// Azure OpenAI, with either style of address.
    Azure,
    /// Any server that claims to be compatible. It is sent the fewest fields, and its responses are read the most
    /// leniently.
    Compatible,
    /// The server of stable-diffusion.cpp.
    SdCpp,
    /// LocalAI.
    Localai,
    /// Ollama's experimental image endpoint.
    Ollama,
    /// vLLM-omni.
    VllmOmni,
    /// OpenRouter, which generates images in chat completions.
    Openrouter,
}

/// The interface through which a server generates images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ImageInterface {
    /// The Images API.
    Images,
    /// Chat completions, whose messages hold images.
    Chat,
}

/// The header in which a server expects the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthHeader {
    /// `Authorization: Bearer …`
    Bearer,
    /// `api-key: …`
    ApiKey,
}

/// The form in which a server accepts reference images to edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EditEncoding {
    /// Editing is not supported.
    No,
    /// JSON, or a form where the images are too large for JSON.
    Json,
    /// A multipart form.
    Form,
}

/// The meaning of a mask to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MaskStyle {
    /// Transparent pixels are redrawn.
    Alpha,
    /// White pixels are redrawn.
    White,
}

/// The traits of a server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ServerTraits {
    /// The base URL, unless the config sets another.
    pub(crate) base_url: Option<&'static str>,
    /// The interface through which it generates images.
    pub(crate) interface: ImageInterface,
    /// The header in which it expects the key.
    pub(crate) auth: AuthHeader,
    /// True if it rejects requests without a key.
    pub(crate) needs_key: bool,
    /// The environment variable that holds the key, unless the config names another.
    pub(crate) key_env: Option<&'static str>,
    /// The fields that it accepts besides `model` and `prompt`; `None` means all that the model takes.
    pub(crate) fields: Option<&'static [&'static str]>,
    /// True if the request must ask for base64 in `response_format`, which OpenAI rejects.
    pub(crate) response_format: bool,
    /// The form in which it accepts reference images.
    pub(crate) edits: EditEncoding,
    /// True if it reads even a single image of a form only when it is written as a list.
    pub(crate) single_as_list: bool,
    /// The meaning of a mask.
    pub(crate) mask: MaskStyle,
    /// True if it supports streaming.
    pub(crate) streams: bool,
    /// True if it generates the images itself; other servers may forward a request to a provider that bills it.
    pub(crate) generates_locally: bool,
}

const OPENAI: ServerTraits = ServerTraits {
    base_url: Some("https://api.openai.com/v1"),
    interface: ImageInterface::Images,
    auth: AuthHeader::Bearer,
    needs_key: true,
    key_env: Some("OPENAI_API_KEY"),
    fields: None,
    response_format: false,
    edits: EditEncoding::Json,
    single_as_list: false,
    mask: MaskStyle::Alpha,
    streams: true,
    generates_locally: false,
};

const AZURE: ServerTraits = ServerTraits {
    base_url: None,
    auth: AuthHeader::ApiKey,
    key_env: Some("AZURE_OPENAI_API_KEY"),
    edits: EditEncoding::Form,
    ..OPENAI
};

const COMPATIBLE: ServerTraits = ServerTraits {
    base_url: None,
    interface: ImageInterface::Images,
    auth: AuthHeader::Bearer,
    needs_key: false,
    key_env: None,
    fields: Some(&["n", "size", "quality", "output_format", "output_compression", "background"]),
    response_format: false,
    edits: EditEncoding::Form,
    single_as_list: false,
    mask: MaskStyle::Alpha,
    streams: false,
    generates_locally: false,
};

const SD_CPP: ServerTraits = ServerTraits {
    base_url: Some("http://127.0.0.1:1234/v1"),
    fields: Some(&["n", "size", "output_format", "output_compression"]),
    single_as_list: true,
    mask: MaskStyle::White,
    generates_locally: true,
    ..COMPATIBLE
};

const LOCALAI: ServerTraits = ServerTraits {
    base_url: Some("http://127.0.0.1:8080/v1"),
    fields: Some(&["n", "size"]),
    response_format: true,
    edits: EditEncoding::No,
    generates_locally: true,
    ..COMPATIBLE
};

const OLLAMA: ServerTraits = ServerTraits {
    base_url: Some("http://127.0.0.1:11434/v1"),
    fields: Some(&["size"]),
    response_format: true,
    edits: EditEncoding::No,
    generates_locally: true,
    ..COMPATIBLE
};

const VLLM_OMNI: ServerTraits = ServerTraits {
    base_url: Some("http://127.0.0.1:8000/v1"),
    fields: Some(&["n", "size"]),
    response_format: true,
    generates_locally: true,
    ..COMPATIBLE
};

const OPENROUTER: ServerTraits = ServerTraits {
    base_url: Some("https://openrouter.ai/api/v1"),
    interface: ImageInterface::Chat,
    needs_key: true,
    key_env: Some("OPENROUTER_API_KEY"),
    fields: Some(&["size"]),
    edits: EditEncoding::Json,
    ..COMPATIBLE
};

impl Profile {
    /// Returns the traits of such a server.
    pub(crate) const fn traits(self) -> &'static ServerTraits {
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

impl ServerTraits {
    /// Returns whether the server accepts the field `name`.
    pub(crate) fn takes(&self, name: &str) -> bool {
        self.fields.is_none_or(|fields| fields.contains(&name))
    }
}
