//! Planning of a run: which images are generated in which order, what they may cost, and whether an earlier run is the
//! same.
//! Nothing is sent or written here.

use jiff::Timestamp;
use tintype_backends::{Estimate, Usd, Value};

use crate::{
    compare::{ComparisonPair, ComparisonRun, Lane, PairSide, RunPrompt, draft_for_lane, prompt_sha256},
    engine::{Draft, Registry, SubmitError},
    id::Id,
};

/// The estimated cost of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunEstimate {
    /// The number of images that are still to be generated.
    pub pictures: u64,
    /// The expected total cost and its upper bound; unknown if one of the images has no estimate.
    pub estimate: Estimate,
    /// The expected cost of one image of each lane, in the order of the lanes.
    pub lanes: Vec<Estimate>,
}

/// Adds two estimates; an amount that is unknown in one is unknown in the sum.
fn sum(a: &Estimate, b: &Estimate) -> Estimate {
    Estimate {
        usd: a.usd.zip(b.usd).map(|(a, b)| a + b),
        upper: a.upper_bound().zip(b.upper_bound()).map(|(a, b)| a + b),
        prices_as_of: a.prices_as_of.clone().or_else(|| b.prices_as_of.clone()),
        guess: None,
    }
}

impl ComparisonRun {
    /// Creates a new run of two or more lanes.
    pub fn new(lanes: Vec<Lane>, prompts: Vec<RunPrompt>, pack: Option<String>, rounds: u32) -> Self {
        Self { id: Id::new(), at: Timestamp::now(), lanes, rounds: rounds.max(1), pack, prompts }
    }

    /// Returns true if another run has the same lanes, prompts and rounds.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let contestants =
            |run: &Self| run.lanes.iter().map(|lane| format!("{:?}", lane.identity())).collect::<Vec<_>>();
        (&self.pack, &self.prompts, self.rounds) == (&other.pack, &other.prompts, other.rounds)
            && contestants(self) == contestants(other)
    }

    /// Returns the number of images that the run generates.
    pub fn image_count(&self) -> u32 {
        self.groups() * self.lanes.len() as u32
    }

    /// Returns the number of pairs: each lane against each other one, for every prompt and round.
    pub fn pairs(&self) -> u32 {
        self.groups() * self.lane_pairs().count() as u32
    }

    /// Returns the number of groups, prompts times rounds; each lane generates one image per group.
    pub(super) fn groups(&self) -> u32 {
        self.prompts.len() as u32 * self.rounds
    }

    /// Returns each lane index with each later one.
    pub(super) fn lane_pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let lanes = self.lanes.len();
        (0..lanes).flat_map(move |one| (one + 1..lanes).map(move |other| (one, other)))
    }

    /// Returns the lane, the group and the draft of an image of the run.
    pub(super) fn draft_at(&self, place: u32, registry: &Registry) -> (usize, u32, Draft) {
        let lanes = self.lanes.len() as u32;
        let (group, lane) = (place / lanes, (place % lanes) as usize);
        let mut draft = draft_for_lane(&self.topic(group).prompt, self.lanes.get(lane));
        vary_seed(&mut draft, group % self.rounds, registry);
        (lane, group, draft)
    }

    /// Returns the prompt of a group.
    pub(super) fn topic(&self, group: u32) -> &RunPrompt {
        &self.prompts[(group / self.rounds) as usize % self.prompts.len()]
    }

    /// Estimates the cost of the images at these places.
    pub fn quote(&self, places: impl Iterator<Item = u32>, registry: &Registry) -> Result<RunEstimate, SubmitError> {
        let one = |lane: &Lane| Ok(registry.plan(&draft_for_lane(&self.topic(0).prompt, Some(lane)))?.estimate);
        let lanes = self.lanes.iter().map(one).collect::<Result<Vec<_>, SubmitError>>()?;
        let mut quote = RunEstimate { pictures: 0, estimate: Estimate::FREE, lanes };
        for place in places {
            let (_, _, draft) = self.draft_at(place, registry);
            quote.estimate = sum(&quote.estimate, &registry.plan(&draft)?.estimate);
            quote.pictures += 1;
        }
        Ok(quote)
    }

    /// Makes a pair of two sides, randomly placed on the left and the right.
    pub(super) fn pair(&self, group: u32, one: PairSide, other: PairSide) -> ComparisonPair {
        pair(Some(self), self.topic(group), one, other)
    }
}

/// Makes a pair of two sides, randomly placed on the left and the right for good.
pub fn pair(run: Option<&ComparisonRun>, topic: &RunPrompt, one: PairSide, other: PairSide) -> ComparisonPair {
    let (left, right) = if flip_coin() { (one, other) } else { (other, one) };
    ComparisonPair {
        id: Id::new(),
        run: run.map(|run| run.id),
        at: Timestamp::now(),
        prompt: topic.prompt.clone(),
        prompt_sha256: prompt_sha256(&topic.prompt),
        pack: run.and_then(|run| run.pack.clone()),
        category: topic.category.clone(),
        challenge: topic.challenge.clone(),
        left,
        right,
        mirrors: None,
    }
}

/// Flips a coin: the last bit of a new id is random.
fn flip_coin() -> bool {
    let last = Id::new().short();
    last.ends_with(|digit: char| digit.to_digit(16).is_some_and(|digit| digit % 2 == 0))
}

/// Varies the seed by round where the model has one, because the same seed generates the same image again. A seed that is
/// random by default is chosen in the first round too: two random ones may be the same.
fn vary_seed(draft: &mut Draft, round: u32, registry: &Registry) {
    let capabilities = draft.backend.as_deref().and_then(|name| registry.get(name)).map(|it| it.capabilities());
    let model = capabilities.and_then(|can| can.model(draft.model.as_deref().unwrap_or(&can.default_model)));
    let param = model.and_then(|model| model.param("seed"));
    if param.is_some_and(|param| round > 0 || param.keyword.is_some()) {
        let seed = draft.settings.get("seed").and_then(Value::as_integer).unwrap_or(0);
        draft.settings.insert("seed".to_owned(), Value::Integer(seed.wrapping_add(i64::from(round)).max(0)));
    }
}

impl RunEstimate {
    /// Returns true if the run is known to cost nothing.
    pub fn is_free(&self) -> bool {
        self.estimate.upper_bound() == Some(Usd::ZERO)
    }
}
