//! The messages of the line protocol as types; `PROTOCOL.md` describes them, and `protocol.schema.json` is their
//! schema. Reading is tolerant: unknown fields and messages are ignored, so that a newer program can serve an older
//! host.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value as Json};

use super::known_fields;
use crate::{Format, ModelLifecycle, Settings, Usage, Usd};

/// The protocol versions that this host speaks, the newest first.
pub(super) const VERSIONS: [u32; 2] = [2, 1];

/// The version from which a program may send more about models, prices, waiting and failures.
pub(super) const VERSION_2: u32 = 2;

/// A message from the host.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub(super) enum HostMessage<'a> {
    /// Generate images.
    Generate {
        v: u32,
        job: &'a str,
        scratch: &'a str,
        model: &'a str,
        count: u32,
        prompt: &'a str,
        settings: &'a Map<String, Json>,
        inputs: Vec<InputImage<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        mask: Option<InputImage<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        markup: Option<InputImage<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        continues: Option<&'a Json>,
    },
    /// Resume a job that an earlier process started.
    Resume { v: u32, job: &'a str, scratch: &'a str, ticket: &'a Json },
    /// Answer in text.
    Ask {
        v: u32,
        job: &'a str,
        scratch: &'a str,
        model: &'a str,
        prompt: &'a str,
        instructions: &'a str,
        settings: &'a Map<String, Json>,
        inputs: Vec<InputImage<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        schema: Option<&'a Json>,
        #[serde(skip_serializing_if = "Option::is_none")]
        max_output_tokens: Option<u32>,
    },
    /// Estimate the cost of a request; version 2.
    Estimate {
        v: u32,
        job: &'a str,
        model: &'a str,
        count: u32,
        prompt: &'a str,
        settings: &'a Map<String, Json>,
        inputs: Vec<InputDescription<'a>>,
    },
    /// The ticket is on disk, so the program may continue.
    Kept { v: u32, job: &'a str },
    /// The job is no longer wanted.
    Cancel { v: u32, job: &'a str },
}

/// An input image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct InputImage<'a> {
    /// The path, relative to the scratch folder.
    pub(super) path: String,
    pub(super) name: &'a str,
    pub(super) format: Format,
    pub(super) width: u32,
    pub(super) height: u32,
    /// The path of its SVG source, relative to the scratch folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) svg: Option<String>,
}

/// An input image without its path.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct InputDescription<'a> {
    pub(super) name: &'a str,
    pub(super) format: Format,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl HostMessage<'_> {
    /// Serializes the message as a line, including the line ending.
    pub(super) fn line(&self) -> String {
        // Maps with string keys, numbers and strings always serialize to JSON.
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }
}

/// The program's description of itself, sent once before anything else.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Hello {
    pub(super) versions: Vec<u32>,
    pub(super) name: String,
    pub(super) about: String,
    pub(super) serves: Serves,
    pub(super) at_once: Option<u32>,
    /// The maximum number of concurrent jobs over all of its processes; version 2.
    pub(super) concurrency: Option<u32>,
    pub(super) models: Vec<HelloModel>,
    pub(super) default_model: Option<String>,
    /// The settings of every model that does not list its own.
    pub(super) params: Vec<Json>,
    pub(super) offline: bool,
    pub(super) previews: bool,
    pub(super) resume: bool,
    pub(super) asks: bool,
    /// True if it answers `estimate`; version 2.
    pub(super) estimates: bool,
    pub(super) missing: Option<String>,
    pub(super) hint: Option<String>,
    /// Messages about unknown fields.
    #[serde(skip)]
    pub(super) unknown_fields: Vec<String>,
}

impl Hello {
    /// Returns the newest version that both sides speak.
    pub(super) fn version(&self) -> Option<u32> {
        VERSIONS.into_iter().find(|version| self.versions.contains(version))
    }
}

impl Hello {
    /// Returns true if the program draws locally at no cost. A program that also states a price contradicts itself and
    /// counts as paid.
    pub(super) fn is_free(&self) -> bool {
        self.offline && !self.has_price()
    }

    /// Returns true if at least one of its models has a price.
    pub(super) fn has_price(&self) -> bool {
        let costs = |price: &Price| price.usd > Usd::ZERO || price.upper.is_some_and(|upper| upper > Usd::ZERO);
        self.models.iter().any(|model| model.price.as_ref().is_some_and(costs))
    }
}

/// The number of jobs that one process takes, one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Serves {
    #[default]
    One,
    Many,
}

/// A model in a hello.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct HelloModel {
    pub(super) id: String,
    pub(super) about: String,
    pub(super) params: Option<Vec<Json>>,
    pub(super) max_count: u32,
    pub(super) max_inputs: u32,
    pub(super) mask: bool,
    /// True if the model accepts markup; version 2.
    pub(super) markup: bool,
    #[serde(flatten)]
    pub(super) life: ModelLifecycle,
    pub(super) price: Option<Price>,
    /// Prices under certain settings, of which the first match applies; version 2.
    pub(super) prices: Vec<PriceRule>,
}

impl Default for HelloModel {
    fn default() -> Self {
        Self {
            id: String::new(),
            about: String::new(),
            params: None,
            max_count: 1,
            max_inputs: 0,
            mask: false,
            markup: false,
            life: ModelLifecycle::default(),
            price: None,
            prices: Vec::new(),
        }
    }
}

/// The price of one image, in US dollars.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Price {
    pub(super) usd: Usd,
    /// The maximum price.
    #[serde(default)]
    pub(super) upper: Option<Usd>,
    /// The date on which the price was looked up, `YYYY-MM-DD`.
    #[serde(default)]
    pub(super) as_of: Option<String>,
}

/// The price of one image under certain settings.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct PriceRule {
    /// The settings that must have these values.
    #[serde(default)]
    pub(super) when: Settings,
    #[serde(flatten)]
    pub(super) price: Price,
}

/// A message of a job, or the hello.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ProgramMessage {
    /// The job that the message belongs to, if it names one.
    pub(super) job: Option<String>,
    pub(super) what: MessageBody,
    /// The length of its line, in bytes.
    pub(super) bytes: usize,
}

/// The content of a message from the program.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub(super) enum MessageBody {
    Hello(Box<Hello>),
    Status {
        text: String,
        #[serde(flatten)]
        wait: RemainingTime,
    },
    Percent {
        percent: f32,
        #[serde(flatten)]
        wait: RemainingTime,
    },
    Thought {
        text: String,
    },
    Preview {
        path: String,
        #[serde(default)]
        image: u32,
    },
    Image {
        path: String,
        #[serde(default)]
        svg: Option<String>,
        #[serde(flatten)]
        facts: ImageFacts,
    },
    Usage {
        #[serde(flatten)]
        usage: Usage,
        #[serde(default)]
        cost_usd: Option<Usd>,
    },
    Note {
        text: String,
    },
    Ticket {
        ticket: Json,
    },
    Answer {
        text: String,
    },
    Estimate(CostQuote),
    Done(Box<DoneMessage>),
    Error(FailureMessage),
    /// A message of a type that this host does not know.
    #[serde(other)]
    Unknown,
}

/// A program's answer to `estimate`; version 2.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct CostQuote {
    pub(super) usd: Option<Usd>,
    /// The maximum cost.
    pub(super) upper: Option<Usd>,
    /// The date on which the prices were looked up, `YYYY-MM-DD`.
    pub(super) as_of: Option<String>,
}

/// The remaining time; version 2.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct RemainingTime {
    /// The estimated remaining time, in seconds.
    pub(super) eta: Option<f64>,
    /// The position in a remote queue, from 1.
    pub(super) queue: Option<u32>,
}

/// Facts about one image of several; version 2.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct ImageFacts {
    pub(super) seed: Option<i64>,
    pub(super) note: Option<String>,
    pub(super) cost_usd: Option<Usd>,
}

/// The end of a successful job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct DoneMessage {
    pub(super) effective: Settings,
    pub(super) revised_prompt: Option<String>,
    pub(super) continuation: Option<Json>,
    pub(super) request_id: Option<String>,
    pub(super) response_id: Option<String>,
}

/// The end of a failed job.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct FailureMessage {
    pub(super) kind: String,
    pub(super) message: String,
    pub(super) hint: Option<String>,
    pub(super) request_id: Option<String>,
    /// The model that replaces the requested one; version 2.
    pub(super) successor: Option<String>,
    /// With `rate`: the seconds to wait before the request is repeated; version 2.
    pub(super) retry_after: Option<f64>,
    /// True if the job was billed; version 2.
    pub(super) billed: Option<bool>,
}

impl MessageBody {
    /// Returns the name of the message type in the protocol.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Hello(_) => "hello",
            Self::Status { .. } => "status",
            Self::Percent { .. } => "percent",
            Self::Thought { .. } => "thought",
            Self::Preview { .. } => "preview",
            Self::Image { .. } => "image",
            Self::Usage { .. } => "usage",
            Self::Note { .. } => "note",
            Self::Ticket { .. } => "ticket",
            Self::Answer { .. } => "answer",
            Self::Estimate(_) => "estimate",
            Self::Done(_) => "done",
            Self::Error(_) => "error",
            Self::Unknown => "an unknown message",
        }
    }

    /// Returns true if it is the last message of a job.
    pub(super) const fn is_last(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Error(_))
    }
}

/// The reason why a line is not a valid message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum InvalidMessage {
    /// The line is not a JSON object.
    NotJson,
    /// The object has no message type.
    NoType,
    /// A message of this type has an invalid field.
    InvalidField { kind: String, what: String },
}

/// Parses a line; `None` if it is empty. `clean` removes from it what must not be shown.
pub(super) fn read(
    line: &[u8],
    clean: impl FnOnce(&mut Map<String, Json>),
) -> Result<Option<ProgramMessage>, InvalidMessage> {
    if line.trim_ascii().is_empty() {
        return Ok(None);
    }
    let Ok(Json::Object(mut object)) = serde_json::from_slice(line) else { return Err(InvalidMessage::NotJson) };
    clean(&mut object);
    let kind = object.get("type").and_then(Json::as_str).ok_or(InvalidMessage::NoType)?.to_owned();
    let job = match object.get("job") {
        None | Some(Json::Null) => None,
        Some(Json::String(job)) => Some(job.clone()),
        Some(other) => {
            return Err(InvalidMessage::InvalidField { kind, what: format!("`job` is {other}, not text") });
        }
    };
    let what = parse_message(&kind, object).map_err(|what| InvalidMessage::InvalidField { kind, what })?;
    Ok(Some(ProgramMessage { job, what, bytes: line.len() }))
}

/// Parses the message, or returns a description of the error that names the field.
fn parse_message(kind: &str, object: Map<String, Json>) -> Result<MessageBody, String> {
    if kind != "hello" {
        return deserialize(object);
    }
    // The hello is parsed separately: serde's errors inside of a tagged enum do not name the field.
    let unknown_fields = known_fields::unknown_fields(&object);
    deserialize(object).map(|hello| MessageBody::Hello(Box::new(Hello { unknown_fields, ..hello })))
}

fn deserialize<T: DeserializeOwned>(object: Map<String, Json>) -> Result<T, String> {
    serde_path_to_error::deserialize(Json::Object(object)).map_err(|error| match error.path().to_string().as_str() {
        "." | "?" => error.inner().to_string(),
        path => format!("`{path}`: {}", error.inner()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &[u8]) -> Result<Option<ProgramMessage>, InvalidMessage> {
        super::read(line, |_| ())
    }

    fn what(line: &str) -> MessageBody {
        read(line.as_bytes()).unwrap().unwrap().what
    }

    #[test]
    fn unknown_fields_and_types_are_ignored() {
        assert_eq!(what(r#"{"type":"weather","sun":true}"#), MessageBody::Unknown);
        assert_eq!(
            what(r#"{"type":"status","text":"x","mood":"good"}"#),
            MessageBody::Status { text: "x".into(), wait: RemainingTime::default() }
        );
        assert_eq!(read(b"  \r").unwrap(), None);
    }

    #[test]
    fn minimal_hello_is_accepted() {
        let MessageBody::Hello(hello) = what(r#"{"type":"hello","versions":[1],"name":"mine","later":{}}"#) else {
            panic!()
        };
        assert_eq!((hello.versions, hello.serves, hello.models), (vec![1], Serves::One, vec![]));
    }

    #[test]
    fn invalid_lines_are_described() {
        assert_eq!(read(b"loading..."), Err(InvalidMessage::NotJson));
        assert_eq!(read(b"[1]"), Err(InvalidMessage::NotJson));
        assert_eq!(read(b"{}"), Err(InvalidMessage::NoType));
        let Err(InvalidMessage::InvalidField { kind, what }) = read(br#"{"type":"image"}"#) else { panic!() };
        assert!(kind == "image" && what.contains("path"), "{what}");
        assert!(matches!(read(br#"{"type":"done","job":7}"#), Err(InvalidMessage::InvalidField { .. })));
        assert!(matches!(read(br#"{"type":"usage","cost_usd":-1}"#), Err(InvalidMessage::InvalidField { .. })));
        let Err(InvalidMessage::InvalidField { what, .. }) =
            read(br#"{"type":"hello","models":[{"id":"a","price":{"usd":-1}}]}"#)
        else {
            panic!()
        };
        assert!(what.starts_with("`models[0].price.usd`: "), "{what}");
    }

    #[test]
    fn usage_is_read_with_its_cost() {
        let said = what(r#"{"type":"usage","input_tokens":7,"cost_usd":0.25}"#);
        let usage = Usage { input_tokens: Some(7), ..Usage::default() };
        assert_eq!(said, MessageBody::Usage { usage, cost_usd: Some(Usd::from_dollars(0.25)) });
    }

    #[test]
    fn host_messages_can_be_parsed_with_sed() {
        let settings = Map::from_iter([("size".to_owned(), "64x64".into())]);
        let prompt = "a \"cat\"\nand a dog";
        let generate = HostMessage::Generate {
            v: 1,
            job: "7",
            scratch: "/tmp/x",
            model: "m",
            count: 1,
            prompt,
            settings: &settings,
            inputs: Vec::new(),
            mask: None,
            markup: None,
            continues: None,
        };
        let line = r#"{"type":"generate","v":1,"job":"7","scratch":"/tmp/x","model":"m","count":1,"prompt":"a \"cat\"\nand a dog","settings":{"size":"64x64"},"inputs":[]}"#;
        assert_eq!(generate.line(), format!("{line}\n"));
    }
}
