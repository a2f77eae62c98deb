//! The parameters of a backend as data: their names, their accepted values and their defaults.
//! It knows neither widgets nor sources of values; the app derives its settings pane, its `--set` flag, its help and
//! its README table from these descriptions.

use std::{borrow::Cow, collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::suggest::nearest;

/// The value of one setting.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged, from = "Written")]
pub enum Value {
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// A choice, a size (`1024x1536`, `auto`), free text or a file. A decimal number (`0.75`) and a list (`a, b`) are
    /// text too, so that values can be compared.
    Text(String),
}

/// A value in its serialized form.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Flag(bool),
    Integer(i64),
    Decimal(f64),
    Text(String),
    List(Vec<String>),
}

impl From<Written> for Value {
    fn from(written: Written) -> Self {
        match written {
            Written::Flag(flag) => Self::Flag(flag),
            Written::Integer(number) => Self::Integer(number),
            Written::Decimal(number) => Self::Text(number.to_string()),
            Written::Text(text) => Self::Text(text),
            Written::List(words) => Self::Text(words.join(LIST_SEPARATOR)),
        }
    }
}

/// The separator of list items.
const LIST_SEPARATOR: &str = ", ";

/// Splits a list into its items.
fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|word| !word.is_empty())
}

impl Value {
    /// Returns the text of a choice, a size or a text setting.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the number of an integer setting.
    pub const fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns the state of a flag.
    pub const fn as_flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => flag.fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// Settings by the name of their `Param`, sorted by name.
pub type Settings = BTreeMap<String, Value>;

/// The width and height of an image in pixels, written `1024x1536`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Size {
    /// The number of pixels from left to right, at least 1.
    pub width: u32,
    /// The number of pixels from top to bottom, at least 1.
    pub height: u32,
}

impl Size {
    /// A size in pixels.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// Returns whether the other size has the same aspect ratio, as near as whole pixels allow.
    pub fn has_same_aspect_ratio(self, other: Self) -> bool {
        let matching =
            |edge: u32, of: u32, to: u32| (u64::from(edge) * u64::from(to) + u64::from(of) / 2) / u64::from(of.max(1));
        matching(self.width, other.width, other.height) == u64::from(self.height)
            || matching(self.height, other.height, other.width) == u64::from(self.width)
    }

    /// Returns the number of pixels.
    pub const fn pixels(self) -> u64 {
        self.width as u64 * self.height as u64
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || format!("`{text}` is not a size; use WIDTHxHEIGHT in pixels, such as 1024x1536");
        let (width, height) = text.split_once(['x', 'X', '×']).ok_or_else(malformed)?;
        let edge = |digits: &str| digits.trim().parse::<u32>().ok().filter(|edge| *edge > 0).ok_or_else(malformed);
        Ok(Self::new(edge(width)?, edge(height)?))
    }
}

impl TryFrom<String> for Size {
    type Error = String;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Size> for String {
    fn from(size: Size) -> Self {
        size.to_string()
    }
}

/// The rule for sizes besides the presets. All figures are in pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SizeRule {
    /// The shortest edge allowed.
    pub min_edge: u32,
    /// The longest edge allowed.
    pub max_edge: u32,
    /// Both edges are multiples of this.
    #[serde(default = "default_multiple")]
    pub multiple_of: u32,
    /// The smallest area allowed.
    #[serde(default)]
    pub min_pixels: u64,
    /// The largest area allowed.
    #[serde(default = "no_limit")]
    pub max_pixels: u64,
    /// The maximum ratio of the long edge to the short one; 0 means any ratio.
    #[serde(default)]
    pub max_ratio: u32,
}

const fn default_multiple() -> u32 {
    1
}

/// Returns the default maximum length of a text.
const fn default_max_chars() -> usize {
    4000
}

/// Returns the default maximum length of a list.
const fn default_max_items() -> usize {
    100
}

const fn no_limit() -> u64 {
    u64::MAX
}

impl SizeRule {
    fn check(&self, size: Size) -> Result<(), String> {
        let Size { width, height } = size;
        let (long, short) = (width.max(height), width.min(height));
        if short < self.min_edge || long > self.max_edge {
            return Err(format!("each edge is {} to {} pixels", self.min_edge, self.max_edge));
        }
        if !width.is_multiple_of(self.multiple_of) || !height.is_multiple_of(self.multiple_of) {
            return Err(format!("both edges are multiples of {}", self.multiple_of));
        }
        if self.max_ratio > 0 && long > short.saturating_mul(self.max_ratio) {
            return Err(format!("the long edge is at most {} times the short one", self.max_ratio));
        }
        if size.pixels() < self.min_pixels || size.pixels() > self.max_pixels {
            return Err(format!("the area is {} to {} pixels", self.min_pixels, self.max_pixels));
        }
        Ok(())
    }
}

/// The type of a setting and its accepted values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ParamKind {
    /// One of several words.
    Choice {
        /// The words, in the order in which they are offered.
        choices: Vec<Cow<'static, str>>,
    },
    /// A size in pixels.
    Size {
        /// The sizes to offer first.
        #[serde(default)]
        presets: Vec<Size>,
        /// True if `auto` is accepted: the model chooses.
        #[serde(default)]
        auto: bool,
        /// The rule for any other size; without one, only the presets are accepted.
        #[serde(default)]
        free: Option<SizeRule>,
    },
    /// A whole number in an inclusive range.
    Integer {
        /// The smallest accepted number.
        min: i64,
        /// The largest accepted number.
        max: i64,
    },
    /// A decimal number in an inclusive range.
    Decimal {
        /// The smallest accepted number.
        min: f64,
        /// The largest accepted number.
        max: f64,
    },
    /// A list of words.
    List {
        /// The accepted words; any word if there are none.
        #[serde(default)]
        choices: Vec<Cow<'static, str>>,
        /// The maximum number of words.
        #[serde(default = "default_max_items")]
        max_items: usize,
    },
    /// A file on this machine.
    File,
    /// On or off.
    Flag,
    /// Free text.
    Text {
        /// The maximum number of characters (Unicode scalar values).
        #[serde(default = "default_max_chars")]
        max_chars: usize,
    },
}

/// A condition on another setting, without which a setting has no effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// The name of the other setting.
    pub param: Cow<'static, str>,
    /// The values of that setting under which the dependent one applies.
    pub is: Vec<Value>,
}

/// One setting of a backend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Param {
    /// Its name in the config, in `--set` and in JSON, in `snake_case`.
    pub name: Cow<'static, str>,
    /// Its effect, in one line, lower case, no full stop.
    #[serde(default)]
    pub about: Cow<'static, str>,
    /// Its type and accepted values.
    #[serde(flatten)]
    pub kind: ParamKind,
    /// A word that is accepted besides the values of its type, such as `random` for a seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keyword: Option<Cow<'static, str>>,
    /// Its value when none is chosen; without a default nothing is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// The condition under which it applies; always, if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
}

impl Param {
    /// Makes a setting that has no default and always applies.
    pub fn new(name: impl Into<Cow<'static, str>>, about: impl Into<Cow<'static, str>>, kind: ParamKind) -> Self {
        Self { name: name.into(), about: about.into(), kind, keyword: None, default: None, when: None }
    }

    /// Makes a setting with a choice of words.
    pub fn choice(name: &'static str, about: &'static str, choices: &[&'static str]) -> Self {
        Self::new(name, about, ParamKind::Choice { choices: choices.iter().map(|word| Cow::Borrowed(*word)).collect() })
    }

    /// Makes a setting for a whole number from `min` to `max`, both included.
    pub fn integer(name: &'static str, about: &'static str, min: i64, max: i64) -> Self {
        Self::new(name, about, ParamKind::Integer { min, max })
    }

    /// Adds a word that is accepted besides the values of its type.
    #[must_use]
    pub fn with_keyword(mut self, word: &'static str) -> Self {
        self.keyword = Some(word.into());
        self
    }

    /// Adds a default.
    #[must_use]
    pub fn with_default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self
    }

    /// Makes it apply only while `param` is one of `values`.
    #[must_use]
    pub fn when(mut self, param: &'static str, values: impl IntoIterator<Item = Value>) -> Self {
        self.when = Some(Condition { param: param.into(), is: values.into_iter().collect() });
        self
    }

    /// Returns whether it applies under these `settings`.
    pub fn applies(&self, settings: &Settings) -> bool {
        self.when
            .as_ref()
            .is_none_or(|when| settings.get(when.param.as_ref()).is_some_and(|value| when.is.contains(value)))
    }

    /// Parses `text` as a user types it.
    pub fn parse(&self, text: &str) -> Result<Value, ParamError> {
        let text = text.trim();
        if self.keyword.as_deref() == Some(text) {
            return Ok(text.into());
        }
        let value = match &self.kind {
            ParamKind::Integer { .. } => text.parse().map(Value::Integer).map_err(|_| self.refuse(text))?,
            ParamKind::Flag => match text {
                "true" | "yes" | "on" | "1" => Value::Flag(true),
                "false" | "no" | "off" | "0" => Value::Flag(false),
                _ => return Err(self.refuse(text)),
            },
            ParamKind::Size { .. } => Value::Text(text.to_lowercase().replace('×', "x")),
            ParamKind::Decimal { .. } => number(text).map(decimal).ok_or_else(|| self.refuse(text))?,
            ParamKind::List { .. } => Value::Text(words(text).collect::<Vec<_>>().join(LIST_SEPARATOR)),
            ParamKind::Choice { .. } | ParamKind::Text { .. } | ParamKind::File => Value::Text(text.to_owned()),
        };
        self.check(&value)?;
        Ok(self.canonical(&value))
    }

    /// Returns the same value in this setting's spelling.
    pub(crate) fn canonical(&self, value: &Value) -> Value {
        match (&self.kind, value) {
            (ParamKind::Choice { choices }, Value::Text(word)) => {
                let known = choices.iter().find(|choice| matches_choice(word, choice));
                Value::Text(known.map_or(word.as_str(), |choice| choice).to_owned())
            }
            _ => value.clone(),
        }
    }

    /// Returns the value as JSON for a program: a decimal number becomes a number, and a list an array.
    pub(crate) fn to_json(&self, value: &Value) -> serde_json::Value {
        match (&self.kind, value) {
            (_, Value::Text(word)) if self.keyword.as_deref() == Some(word) => word.as_str().into(),
            (ParamKind::Decimal { .. }, value) => as_number(value).into(),
            (ParamKind::List { .. }, Value::Text(list)) => words(list).collect::<Vec<_>>().into(),
            (_, value) => serde_json::json!(value),
        }
    }

    /// Checks that the setting accepts `value`.
    pub fn check(&self, value: &Value) -> Result<(), ParamError> {
        let refused = || self.refuse(&value.to_string());
        match (&self.kind, value) {
            (_, Value::Text(word)) if self.keyword.as_deref() == Some(word) => Ok(()),
            (ParamKind::Choice { choices }, Value::Text(word))
                if choices.iter().any(|choice| matches_choice(word, choice)) =>
            {
                Ok(())
            }
            (ParamKind::Integer { min, max }, Value::Integer(number)) if (min..=max).contains(&number) => Ok(()),
            (ParamKind::Flag, Value::Flag(_)) => Ok(()),
            (ParamKind::Decimal { min, max }, value)
                if as_number(value).is_some_and(|it| (*min..=*max).contains(&it)) =>
            {
                Ok(())
            }
            (ParamKind::List { choices, max_items }, Value::Text(list)) => {
                let strange =
                    words(list).find(|word| !choices.is_empty() && !choices.iter().any(|known| known == word));
                match strange {
                    Some(word) => Err(self.refuse(word)),
                    None if words(list).count() > *max_items => Err(refused()),
                    None => Ok(()),
                }
            }
            (ParamKind::File, Value::Text(path)) if !path.is_empty() && !path.contains(char::is_control) => Ok(()),
            (ParamKind::Text { max_chars }, Value::Text(text)) if text.chars().count() <= *max_chars => Ok(()),
            (ParamKind::Size { presets, auto, free }, Value::Text(text)) => {
                if *auto && text == "auto" {
                    return Ok(());
                }
                let size: Size = text.parse().map_err(|_| refused())?;
                if presets.contains(&size) {
                    return Ok(());
                }
                free.as_ref().ok_or_else(refused)?.check(size).map_err(|rule| self.refuse_because(text, rule))
            }
            _ => Err(refused()),
        }
    }

    /// Describes the accepted values: `one of low, medium, high`.
    pub fn expects(&self) -> String {
        match &self.keyword {
            Some(word) => format!("{}, or {word}", self.expects_of_kind()),
            None => self.expects_of_kind(),
        }
    }

    fn expects_of_kind(&self) -> String {
        match &self.kind {
            ParamKind::Choice { choices } => format!("one of {}", choices.join(", ")),
            ParamKind::Integer { min, max } => format!("a whole number from {min} to {max}"),
            ParamKind::Decimal { min, max } => format!("a number from {min} to {max}"),
            ParamKind::List { choices, max_items } if choices.is_empty() => {
                format!("at most {max_items} words, separated by commas")
            }
            ParamKind::List { choices, max_items } => {
                format!("at most {max_items} of {}, separated by commas", choices.join(", "))
            }
            ParamKind::File => "the path of a file".to_owned(),
            ParamKind::Flag => "true or false".to_owned(),
            ParamKind::Text { max_chars } => format!("text of at most {max_chars} characters"),
            ParamKind::Size { presets, auto, free } => {
                let mut words: Vec<String> = auto.then(|| "auto".to_owned()).into_iter().collect();
                words.extend(presets.iter().map(Size::to_string));
                let list = words.join(", ");
                match free {
                    Some(rule) => {
                        format!("{list} or any WIDTHxHEIGHT of {} to {} pixels per edge", rule.min_edge, rule.max_edge)
                    }
                    None => format!("one of {list}"),
                }
            }
        }
    }

    fn refuse(&self, value: &str) -> ParamError {
        self.refuse_because(value, self.expects())
    }

    fn refuse_because(&self, value: &str, expects: String) -> ParamError {
        let nearest = match &self.kind {
            ParamKind::Choice { choices } | ParamKind::List { choices, .. } => {
                nearest(value, choices.iter().map(AsRef::as_ref)).map(str::to_owned)
            }
            _ => None,
        };
        ParamError { param: self.name.to_string(), value: value.to_owned(), expects, nearest }
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn decimal(number: f64) -> Value {
    Value::Text(number.to_string())
}

fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Text(text) => number(text),
        Value::Flag(_) => None,
    }
}

/// Returns whether a word is this choice, in American or British spelling: `color` was `colour` in earlier versions.
fn matches_choice(word: &str, choice: &str) -> bool {
    let american = |word: &str| word.replace("colour", "color");
    word == choice || american(word) == american(choice)
}

/// The error for a value that a setting does not accept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{param}` does not take `{value}`: {expects}")]
pub struct ParamError {
    /// The name of the setting.
    pub param: String,
    /// The rejected value.
    pub value: String,
    /// The accepted values, in words.
    pub expects: String,
    /// The choice that was probably meant.
    pub nearest: Option<String>,
}

impl ParamError {
    /// Returns the next action, if there is a choice that was probably meant.
    pub fn hint(&self) -> Option<String> {
        self.nearest.as_ref().map(|name| format!("did you mean `{name}`?"))
    }
}

#[cfg(test)]
mod tests;
