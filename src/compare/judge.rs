//! A model as a judge. It sees a prompt and two images, rates both and answers the two questions of a blind vote, for
//! each pair in both orders.
//! Its ballots are labeled as a judge's and never counted together with those of people.

use std::{io::Cursor, time::Instant};

use bytes::Bytes;
use image::{ImageFormat, RgbaImage, imageops};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use tintype_backends::{Estimate, Format, Question, RequestImage, Schema, Size, Value};

use crate::{
    compare::{Ballot, ComparisonPair, JudgeScores, Lane, Opinion, PairSide, Preference, Vote, Voter},
    confined::{self, MAX_IMAGE},
    engine::{Engine, QuestionError, SubmitError, TextBackend},
    id::Id,
    library::LibraryError,
    picture::{DecodeLimits, decode},
};

/// The instructions for the judge, which precede every question.
const INSTRUCTIONS: &str = include_str!("judge.md");

/// The maximum length of an answer in tokens, reasoning included.
const MAX_ANSWER_TOKENS: u32 = 4096;

/// The edge in pixels of the box that both images are scaled to, so that their size reveals nothing about their origin.
const BOX_EDGE: u32 = 1024;

/// A model that votes as a judge.
#[derive(Clone, Debug)]
pub struct Judge {
    text_backend: TextBackend,
    model: String,
}

/// The reason why a judge gave no verdict on a pair.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The question was not sent, or it got no answer.
    #[error(transparent)]
    Question(#[from] QuestionError),
    /// An image of the pair cannot be shown to the judge.
    #[error("cannot show the image `{0}` to a judge: {1}")]
    Picture(String, String),
    /// The answer does not have the requested form.
    #[error("invalid response from the judge: {0}")]
    InvalidReply(String),
    #[error(transparent)]
    Library(#[from] LibraryError),
}

/// The verdict of a judge on one pair in both orders.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgeVerdict {
    pub pair: Id,
    /// The two ballots: one for the pair as it is, one with its sides exchanged.
    pub ballots: [Ballot; 2],
    /// The image that follows the prompt better, if both orders agree.
    pub follows: Option<Preference>,
    /// The image that looks better, if both orders agree.
    pub looks: Option<Preference>,
}

impl JudgeVerdict {
    fn from_ballots(pair: &ComparisonPair, ballots: [Ballot; 2]) -> Self {
        let agreed = |one: Preference, other: Preference| (one == other.mirrored()).then_some(one);
        let [one, other] = &ballots;
        let (follows, looks) = (agreed(one.follows, other.follows), agreed(one.looks, other.looks));
        Self { pair: pair.id, ballots, follows, looks }
    }
}

impl Judge {
    /// Creates the judge named by `by`, as `BACKEND` or `BACKEND:MODEL`; without it, the first backend that answers in
    /// text and is ready.
    pub fn new(engine: &Engine, by: Option<&str>) -> Result<Self, SubmitError> {
        let (backend, model) = match by.and_then(|by| by.split_once(':')) {
            Some((backend, model)) => (Some(backend), Some(model)),
            None => (by, None),
        };
        let text_backend = engine.text_backend(backend)?;
        let model = model.unwrap_or(text_backend.model()).to_owned();
        Ok(Self { text_backend, model })
    }

    /// Returns the identity of the judge on its ballots.
    pub fn voter(&self) -> Voter {
        Voter::Judge { backend: self.text_backend.name().to_owned(), model: self.model.clone() }
    }

    /// Returns the lanes that the judge may favor unintentionally: those of the same backend, or with a model whose
    /// name begins with the same word.
    pub fn family<'a>(&self, lanes: impl IntoIterator<Item = &'a Lane>) -> Vec<&'a Lane> {
        let own = family(&self.model);
        let same = |lane: &&Lane| lane.backend == self.text_backend.name() || family(&lane.model) == own;
        lanes.into_iter().filter(same).collect()
    }

    /// Estimates the cost of judging a pair in one order; the backend has to guess the size of the images.
    pub fn estimate(&self, pair: &ComparisonPair) -> Estimate {
        self.text_backend.estimate(&self.question(&pair.prompt, Vec::new()))
    }

    /// Judges a pair in both orders and skips those with a ballot already. Each ballot is stored as soon as it arrives.
    pub async fn judge(
        &self,
        engine: &Engine,
        pair: &ComparisonPair,
        before: &[Ballot],
    ) -> Result<JudgeVerdict, JudgeError> {
        let exchanged = ComparisonPair { left: pair.right.clone(), right: pair.left.clone(), ..pair.clone() };
        let one = self.ballot(engine, pair, before).await?;
        let other = self.ballot(engine, &exchanged, before).await?;
        Ok(JudgeVerdict::from_ballots(pair, [one, other]))
    }

    /// Returns true if the judge has voted on the pair in both orders.
    pub fn has_judged(&self, pair: &ComparisonPair, before: &[Ballot]) -> bool {
        let exchanged = ComparisonPair { left: pair.right.clone(), right: pair.left.clone(), ..pair.clone() };
        [pair, &exchanged].iter().all(|order| self.known(order, before).is_some())
    }

    fn known<'a>(&self, pair: &ComparisonPair, before: &'a [Ballot]) -> Option<&'a Ballot> {
        let same =
            |ballot: &&Ballot| ballot.pair == pair.id && ballot.left == pair.left && ballot.voter == self.voter();
        before.iter().find(same)
    }

    async fn ballot(&self, engine: &Engine, pair: &ComparisonPair, before: &[Ballot]) -> Result<Ballot, JudgeError> {
        if let Some(ballot) = self.known(pair, before) {
            return Ok(ballot.clone());
        }
        let images = vec![
            prepare_image(engine, "first", &pair.left).await?,
            prepare_image(engine, "second", &pair.right).await?,
        ];
        let asked = Instant::now();
        let reply = engine.send_question(&self.text_backend, &self.question(&pair.prompt, images)).await?;
        let answer: JudgeReply =
            serde_json::from_str(&reply.text).map_err(|error| JudgeError::InvalidReply(error.to_string()))?;
        let ballot = Ballot::new(pair, self.voter(), Timestamp::now(), answer.vote(asked.elapsed().as_secs_f64()));
        engine.library().add_ballot(&ballot).await?;
        Ok(ballot)
    }

    fn question(&self, prompt: &str, images: Vec<RequestImage>) -> Question {
        let text = format!("The prompt:\n\n{prompt}\n\nThe first picture and the second picture follow.");
        let mut question = Question::new(&self.model, INSTRUCTIONS, text);
        question.images = images;
        question.schema = Some(schema());
        question.settings.insert("reasoning".to_owned(), Value::from("low"));
        question.max_output_tokens = Some(MAX_ANSWER_TOKENS);
        question
    }
}

/// Returns the word that a model's name begins with: `gpt` of `gpt-image-1`.
fn family(model: &str) -> &str {
    let end = model.find(|letter: char| !letter.is_alphabetic()).unwrap_or(model.len());
    &model[..end]
}

/// Prepares a side's image for the judge: only pixels, in the same box as the other image, named by its position alone.
async fn prepare_image(engine: &Engine, place: &str, side: &PairSide) -> Result<RequestImage, JudgeError> {
    let missing = || JudgeError::Picture(place.to_owned(), "it is no longer in the library".to_owned());
    let id = side.image.ok_or_else(missing)?;
    let path = engine.library().image(id).await?.ok_or_else(missing)?.path;
    let name = place.to_owned();
    let read = move || {
        let failed = |error: &dyn std::fmt::Display| JudgeError::Picture(path.display().to_string(), error.to_string());
        let bytes = confined::read_file(&path, MAX_IMAGE).map_err(|error| failed(&error))?;
        let picture = decode(&bytes, DecodeLimits::default()).map_err(|error| failed(&error))?;
        scale_to_box(&name, &picture).map_err(|error| failed(&error))
    };
    tokio::task::spawn_blocking(read).await.map_err(|error| JudgeError::Picture(place.to_owned(), error.to_string()))?
}

fn scale_to_box(name: &str, picture: &RgbaImage) -> image::ImageResult<RequestImage> {
    let (width, height) = picture.dimensions();
    let scale = f64::from(BOX_EDGE) / f64::from(width.max(height).max(1));
    let edge = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    let small = imageops::resize(picture, edge(width), edge(height), imageops::FilterType::Lanczos3);
    let mut bytes = Cursor::new(Vec::new());
    small.write_to(&mut bytes, ImageFormat::Png)?;
    let size = Size::new(small.width(), small.height());
    Ok(RequestImage {
        name: format!("{name}.png"),
        format: Format::Png,
        size,
        bytes: Bytes::from(bytes.into_inner()),
        svg: None,
    })
}

fn schema() -> Schema {
    let mark = json!({ "type": "integer", "minimum": 1, "maximum": 5 });
    let marks = json!({
        "type": "object",
        "properties": { "adherence": mark, "quality": mark, "style": mark, "composition": mark },
        "required": ["adherence", "quality", "style", "composition"],
        "additionalProperties": false,
    });
    let answer = json!({ "type": "string", "enum": ["first", "second", "tie", "both_bad"] });
    let json = json!({
        "type": "object",
        "properties": {
            "first": marks, "second": marks, "reason": { "type": "string" }, "follows": answer, "looks": answer,
        },
        "required": ["first", "second", "reason", "follows", "looks"],
        "additionalProperties": false,
    });
    Schema { name: "verdict".to_owned(), json }
}

/// The answer of a judge in the form of the schema.
#[derive(Deserialize)]
struct JudgeReply {
    first: JudgeScores,
    second: JudgeScores,
    reason: String,
    follows: JudgeChoice,
    looks: JudgeChoice,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum JudgeChoice {
    First,
    Second,
    Tie,
    BothBad,
}

impl From<JudgeChoice> for Preference {
    fn from(choice: JudgeChoice) -> Self {
        match choice {
            JudgeChoice::First => Self::Left,
            JudgeChoice::Second => Self::Right,
            JudgeChoice::Tie => Self::Tie,
            JudgeChoice::BothBad => Self::BothBad,
        }
    }
}

impl JudgeReply {
    fn vote(self, seconds: f64) -> Vote {
        let opinion = Opinion { left: self.first, right: self.second, reason: self.reason };
        Vote { follows: self.follows.into(), looks: self.looks.into(), seconds, opinion: Some(opinion) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn family_is_the_first_word_of_the_model_name() {
        assert_eq!(family("gpt-5.3-codex"), family("gpt-image-1"));
        assert_ne!(family("claude-x"), family("gpt-image-1"));
        assert_eq!(family("sketch"), "sketch");
    }

    #[test]
    fn images_of_any_size_are_scaled_to_the_same_box() {
        let sizes = [(64, 64), (2000, 2000), (1024, 1024)]
            .map(|(width, height)| scale_to_box("first", &RgbaImage::new(width, height)).unwrap().size);
        assert_eq!(sizes, [Size::new(BOX_EDGE, BOX_EDGE); 3]);
        assert_eq!(scale_to_box("first", &RgbaImage::new(512, 256)).unwrap().size, Size::new(1024, 512));
    }

    #[test]
    fn verdict_needs_the_same_answer_in_both_orders() {
        use crate::compare::stats::tests::fixtures::{ballot, judge, lane, pair, side};
        let pair = pair("a cat", side(lane("one")), side(lane("two")));
        let said = |one, other| {
            JudgeVerdict::from_ballots(&pair, [ballot(&pair, judge(), one), ballot(&pair, judge(), other)]).follows
        };
        assert_eq!(said(Preference::Left, Preference::Right), Some(Preference::Left));
        assert_eq!(said(Preference::Right, Preference::Left), Some(Preference::Right));
        assert_eq!(said(Preference::Tie, Preference::Tie), Some(Preference::Tie));
        assert_eq!(said(Preference::BothBad, Preference::BothBad), Some(Preference::BothBad));
        for (one, other) in [
            (Preference::Left, Preference::Left),
            (Preference::Right, Preference::Tie),
            (Preference::Tie, Preference::BothBad),
        ] {
            assert_eq!(said(one, other), None, "{one:?} and then {other:?}");
        }
    }
}
