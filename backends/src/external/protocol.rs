//! The messages of the line protocol as types; `PROTOCOL.md` is their description, `protocol.schema.json` their schema.
//! Reading is tolerant: what is unknown is passed over, so that a newer program can serve an older host.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value as Json};

use super::fields;
use crate::{Format, Life, Settings, Usage, Usd};

/// The versions this host speaks, the newest first.
pub(super) const VERSIONS: [u32; 2] = [2, 1];

/// The version from which on a program may say more of models, prices, waiting and failures.
pub(super) const SECOND: u32 = 2;

/// What the host says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub(super) enum FromHost<'a> {
    /// Draw.
    Generate {
        v: u32,
        job: &'a str,
        scratch: &'a str,
        model: &'a str,
        count: u32,
        prompt: &'a str,
        settings: &'a Map<String, Json>,
        inputs: Vec<Picture<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        mask: Option<Picture<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        markup: Option<Picture<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        continues: Option<&'a Json>,
    },
    /// Take up a job again that an earlier process began.
    Resume { v: u32, job: &'a str, scratch: &'a str, ticket: &'a Json },
    /// Answer in words.
    Ask {
        v: u32,
        job: &'a str,
        scratch: &'a str,
        model: &'a str,
        prompt: &'a str,
        instructions: &'a str,
        settings: &'a Map<String, Json>,
        inputs: Vec<Picture<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        schema: Option<&'a Json>,
        #[serde(skip_serializing_if = "Option::is_none")]
        max_output_tokens: Option<u32>,
    },
    /// Say what that would cost; version 2.
    Estimate {
        v: u32,
        job: &'a str,
        model: &'a str,
        count: u32,
        prompt: &'a str,
        settings: &'a Map<String, Json>,
        inputs: Vec<Described<'a>>,
    },
    /// The ticket is on disk: go on.
    Kept { v: u32, job: &'a str },
    /// Nobody wants the job any more.
    Cancel { v: u32, job: &'a str },
}

/// A picture that goes in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Picture<'a> {
    /// Relative to the scratch folder.
    pub(super) path: String,
    pub(super) name: &'a str,
    pub(super) format: Format,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Its SVG source, relative to the scratch folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) svg: Option<String>,
}

/// An input image, without its path.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Described<'a> {
    pub(super) name: &'a str,
    pub(super) format: Format,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl FromHost<'_> {
    /// The line, with its end.
    pub(super) fn line(&self) -> String {
        // Maps with text for keys, numbers and texts: nothing in there that JSON could not say.
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }
}

/// What the program says of itself, once, before anything else.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Hello {
    pub(super) versions: Vec<u32>,
    pub(super) name: String,
    pub(super) about: String,
    pub(super) serves: Serves,
    pub(super) at_once: Option<u32>,
    /// Jobs under way at once, over all of its processes; version 2.
    pub(super) concurrency: Option<u32>,
    pub(super) models: Vec<HelloModel>,
    pub(super) default_model: Option<String>,
    /// The settings of every model that names none.
    pub(super) params: Vec<Json>,
    pub(super) offline: bool,
    pub(super) previews: bool,
    pub(super) resume: bool,
    pub(super) asks: bool,
    /// True if it answers `estimate`; version 2.
    pub(super) estimates: bool,
    pub(super) missing: Option<String>,
    pub(super) hint: Option<String>,
    /// Fields that mean nothing, in words.
    #[serde(skip)]
    pub(super) odd: Vec<String>,
}

impl Hello {
    /// The newest version that both sides speak.
    pub(super) fn version(&self) -> Option<u32> {
        VERSIONS.into_iter().find(|version| self.versions.contains(version))
    }
}

impl Hello {
    /// Whether it draws on this machine at no cost. One that names a price contradicts itself, and counts as paid.
    pub(super) fn is_free(&self) -> bool {
        self.offline && !self.names_a_price()
    }

    /// Whether a model of it has a price.
    pub(super) fn names_a_price(&self) -> bool {
        let costs = |price: &Price| price.usd > Usd::ZERO || price.upper.is_some_and(|upper| upper > Usd::ZERO);
        self.models.iter().any(|model| model.price.as_ref().is_some_and(costs))
    }
}

/// How many jobs one process takes, one after the other.
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
    /// Version 2.
    pub(super) markup: bool,
    #[serde(flatten)]
    pub(super) life: Life,
    pub(super) price: Option<Price>,
    /// Prices under some settings, the first that fits; version 2.
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
            life: Life::default(),
            price: None,
            prices: Vec::new(),
        }
    }
}

/// What one picture costs, in US dollars.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Price {
    pub(super) usd: Usd,
    /// The most it can be.
    #[serde(default)]
    pub(super) upper: Option<Usd>,
    /// The day the price was looked up, `YYYY-MM-DD`.
    #[serde(default)]
    pub(super) as_of: Option<String>,
}

/// What one picture costs under these settings.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct PriceRule {
    /// Settings that have to have these values.
    #[serde(default)]
    pub(super) when: Settings,
    #[serde(flatten)]
    pub(super) price: Price,
}

/// A message of a job, or the hello.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    /// The job it belongs to, where it is named.
    pub(super) job: Option<String>,
    pub(super) what: What,
    /// How long its line was, in bytes.
    pub(super) bytes: usize,
}

/// What the program says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub(super) enum What {
    Hello(Box<Hello>),
    Status {
        text: String,
        #[serde(flatten)]
        wait: Wait,
    },
    Percent {
        percent: f32,
        #[serde(flatten)]
        wait: Wait,
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
        facts: Facts,
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
    Estimate(Quote),
    Done(Box<Done>),
    Error(Failure),
    /// A kind of message that this host does not know.
    #[serde(other)]
    Unknown,
}

/// A question about the cost of an order; version 2.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Quote {
    pub(super) usd: Option<Usd>,
    /// The most it can be.
    pub(super) upper: Option<Usd>,
    /// The day the prices were looked up, `YYYY-MM-DD`.
    pub(super) as_of: Option<String>,
}

/// How long it may still take; version 2.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Wait {
    /// Seconds that are left.
    pub(super) eta: Option<f64>,
    /// The place in somebody's queue, from 1.
    pub(super) queue: Option<u32>,
}

/// What holds for one picture of several; version 2.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Facts {
    pub(super) seed: Option<i64>,
    pub(super) note: Option<String>,
    pub(super) cost_usd: Option<Usd>,
}

/// The end of a job that went well.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Done {
    pub(super) effective: Settings,
    pub(super) revised_prompt: Option<String>,
    pub(super) continuation: Option<Json>,
    pub(super) request_id: Option<String>,
    pub(super) response_id: Option<String>,
}

/// The end of a job that did not.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Failure {
    pub(super) kind: String,
    pub(super) message: String,
    pub(super) hint: Option<String>,
    pub(super) request_id: Option<String>,
    /// The model that takes over; version 2.
    pub(super) successor: Option<String>,
    /// With `rate`: the seconds to wait before the order is given again; version 2.
    pub(super) retry_after: Option<f64>,
    /// Whether it was paid for; version 2.
    pub(super) billed: Option<bool>,
}

impl What {
    /// Its name in the protocol.
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

    /// Whether it is a job's last message.
    pub(super) const fn is_last(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Error(_))
    }
}

/// Why a line is no message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BadLine {
    /// No JSON object at all.
    NotJson,
    /// An object that does not say what it is.
    NoType,
    /// A message of this type with something wrong in it.
    Malformed { kind: String, what: String },
}

/// Reads a line; `None` where there is nothing on it. `clean` takes out of it what must not be seen.
pub(super) fn read(line: &[u8], clean: impl FnOnce(&mut Map<String, Json>)) -> Result<Option<Said>, BadLine> {
    if line.trim_ascii().is_empty() {
        return Ok(None);
    }
    let Ok(Json::Object(mut object)) = serde_json::from_slice(line) else { return Err(BadLine::NotJson) };
    clean(&mut object);
    let kind = object.get("type").and_then(Json::as_str).ok_or(BadLine::NoType)?.to_owned();
    let job = match object.get("job") {
        None | Some(Json::Null) => None,
        Some(Json::String(job)) => Some(job.clone()),
        Some(other) => {
            return Err(BadLine::Malformed { kind, what: format!("`job` is {other}, and not a text") });
        }
    };
    let what = understand(&kind, object).map_err(|what| BadLine::Malformed { kind, what })?;
    Ok(Some(Said { job, what, bytes: line.len() }))
}

/// The message; or what is wrong with it, with the field.
fn understand(kind: &str, object: Map<String, Json>) -> Result<What, String> {
    if kind != "hello" {
        return typed(object);
    }
    // By itself: a field of a tagged enum would not be named where it is wrong.
    let odd = fields::odd(&object);
    typed(object).map(|hello| What::Hello(Box::new(Hello { odd, ..hello })))
}

fn typed<T: DeserializeOwned>(object: Map<String, Json>) -> Result<T, String> {
    serde_path_to_error::deserialize(Json::Object(object)).map_err(|error| match error.path().to_string().as_str() {
        "." | "?" => error.inner().to_string(),
        path => format!("`{path}`: {}", error.inner()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &[u8]) -> Result<Option<Said>, BadLine> {
        super::read(line, |_| ())
    }

    fn what(line: &str) -> What {
        read(line.as_bytes()).unwrap().unwrap().what
    }

    #[test]
    fn what_is_unknown_is_passed_over() {
        assert_eq!(what(r#"{"type":"weather","sun":true}"#), What::Unknown);
        assert_eq!(
            what(r#"{"type":"status","text":"x","mood":"good"}"#),
            What::Status { text: "x".into(), wait: Wait::default() }
        );
        assert_eq!(read(b"  \r").unwrap(), None);
    }

    #[test]
    fn a_hello_needs_hardly_anything() {
        let What::Hello(hello) = what(r#"{"type":"hello","versions":[1],"name":"mine","later":{}}"#) else { panic!() };
        assert_eq!((hello.versions, hello.serves, hello.models), (vec![1], Serves::One, vec![]));
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said() {
        assert_eq!(read(b"loading..."), Err(BadLine::NotJson));
        assert_eq!(read(b"[1]"), Err(BadLine::NotJson));
        assert_eq!(read(b"{}"), Err(BadLine::NoType));
        let Err(BadLine::Malformed { kind, what }) = read(br#"{"type":"image"}"#) else { panic!() };
        assert!(kind == "image" && what.contains("path"), "{what}");
        assert!(matches!(read(br#"{"type":"done","job":7}"#), Err(BadLine::Malformed { .. })));
        assert!(matches!(read(br#"{"type":"usage","cost_usd":-1}"#), Err(BadLine::Malformed { .. })));
        let Err(BadLine::Malformed { what, .. }) =
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
        assert_eq!(said, What::Usage { usage, cost_usd: Some(Usd::from_dollars(0.25)) });
    }

    #[test]
    fn a_line_of_the_host_can_be_taken_apart_with_plain_tools() {
        let settings = Map::from_iter([("size".to_owned(), "64x64".into())]);
        let prompt = "a \"cat\"\nand a dog";
        let generate = FromHost::Generate {
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
