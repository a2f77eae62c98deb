//! What takes the place of the panes while models are compared: the view side by side, the blind duel.
//! Plain state; what follows from a key or a job's end is decided in `update`.

use std::time::Duration;

use tintype_backends::{Estimate, Usd};

use super::{PreviewPane, Scroll};
use crate::{
    compare::{Answer, Dealt, Lane, Pair, Side, stats::Scorecard},
    engine::Draft,
    id::Id,
    library::Record,
};

/// What takes the place of the panes.
#[derive(Clone, Debug)]
pub enum Stage {
    /// Several lanes draw one prompt, side by side.
    Compare(Compare),
    /// Two pictures, blind.
    Duel(Duel),
    /// What the votes say.
    Scores(Scores),
}

impl Stage {
    /// The picture in it, where it has one.
    pub fn pane(&self) -> Option<&PreviewPane> {
        match self {
            Self::Compare(compare) => Some(&compare.pane),
            Self::Duel(duel) => Some(&duel.pane),
            Self::Scores(_) => None,
        }
    }

    /// The picture in it, to change it.
    pub fn pane_mut(&mut self) -> Option<&mut PreviewPane> {
        match self {
            Self::Compare(compare) => Some(&mut compare.pane),
            Self::Duel(duel) => Some(&mut duel.pane),
            Self::Scores(_) => None,
        }
    }

    /// The lanes that draw now, if any do.
    pub fn contest_mut(&mut self) -> Option<&mut Contest> {
        match self {
            Self::Compare(compare) => Some(&mut compare.contest),
            Self::Duel(Duel { phase: Phase::Drawing(contest), .. }) => Some(contest),
            Self::Duel(_) | Self::Scores(_) => None,
        }
    }
}

/// What the votes say.
#[derive(Clone, Debug, Default)]
pub struct Scores {
    /// All figures, once they are counted.
    pub card: Option<Box<Scorecard>>,
    /// How far it is scrolled.
    pub scroll: Scroll,
}

/// One prompt, drawn by several lanes at once.
#[derive(Clone, Debug)]
pub struct Contest {
    /// The words.
    pub prompt: String,
    /// The lanes.
    pub entries: Vec<Entry>,
}

/// One lane and what it has drawn so far.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The lane.
    pub lane: Lane,
    /// What it was expected to cost.
    pub estimate: Estimate,
    /// Its job, once it has begun, and when that was.
    pub job: Option<(Id, Duration)>,
    /// From submit to the first preview, in seconds.
    pub first_preview: Option<f64>,
    /// How it ended.
    pub record: Option<Box<Record>>,
    /// Why it did not begin.
    pub refused: Option<String>,
}

impl Entry {
    /// A lane that has not begun.
    pub fn new(lane: Lane, estimate: Estimate) -> Self {
        Self { lane, estimate, job: None, first_preview: None, record: None, refused: None }
    }

    /// Whether nothing more will come of it.
    pub fn has_ended(&self) -> bool {
        self.record.is_some() || self.refused.is_some()
    }

    /// Whether the job with this record is the one that draws for this lane.
    pub fn is_of(&self, record: &Record, prompt: &str) -> bool {
        let asked = (record.backend.as_str(), record.model.as_str(), &record.settings);
        self.job.is_none() && !self.has_ended() && asked == self.lane.identity() && record.prompt == prompt
    }

    /// What it draws.
    pub fn draft(&self, prompt: &str) -> Draft {
        crate::compare::draft_of(prompt, Some(&self.lane))
    }
}

impl Contest {
    /// Whether all lanes have ended.
    pub fn has_ended(&self) -> bool {
        self.entries.iter().all(Entry::has_ended)
    }

    /// What all lanes cost, as far as they have ended and it is known.
    pub fn cost(&self) -> Option<Usd> {
        let costs = self.entries.iter().filter_map(|entry| entry.record.as_ref());
        costs.map(|record| record.cost.as_ref().map(|cost| cost.usd)).sum()
    }
}

/// Lanes side by side, names and figures open.
#[derive(Clone, Debug)]
pub struct Compare {
    /// The lanes.
    pub contest: Contest,
    /// The lane that fills the stage; all of them where there is none.
    pub alone: Option<usize>,
    /// The picture.
    pub pane: PreviewPane,
}

/// Two pictures, blind.
#[derive(Clone, Debug)]
pub struct Duel {
    /// Where it stands.
    pub phase: Phase,
    /// How many pairs of the run were voted on, and how many there are; of one made on the spot nothing.
    pub progress: Option<(usize, usize)>,
    /// The run that is played.
    pub run: Option<Id>,
    /// The side that fills the stage: 0 left, 1 right; both where there is none.
    pub alone: Option<usize>,
    /// The picture.
    pub pane: PreviewPane,
}

/// Where a duel stands.
#[derive(Clone, Debug)]
pub enum Phase {
    /// The next pair is looked for.
    Dealing,
    /// The pictures are being drawn, out of sight.
    Drawing(Contest),
    /// A pair is on the stage.
    Round(Box<Round>),
    /// There is nothing to vote on.
    Done,
}

/// A pair on the stage.
#[derive(Clone, Debug)]
pub struct Round {
    /// What was dealt.
    pub pair: Pair,
    /// The files of the left and the right picture.
    pub files: Option<[std::path::PathBuf; 2]>,
    /// Since when both pictures are on screen.
    pub shown: Option<Duration>,
    /// Which follows the prompt better.
    pub follows: Option<Answer>,
    /// Which looks better.
    pub looks: Option<Answer>,
    /// From when both were on screen until the second answer.
    pub took: Option<Duration>,
    /// Whether the ballot is being written, and then whether it is on disk: only then are there names.
    pub cast: Cast,
}

/// How far a ballot is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cast {
    /// It can still be changed.
    #[default]
    Open,
    /// It is being written down.
    Writing,
    /// It is on disk: the names may be shown.
    Written,
}

impl Round {
    /// A pair as it is dealt; one that needs no vote is open at once.
    pub fn new(pair: Pair, files: Option<[std::path::PathBuf; 2]>) -> Self {
        let cast = if pair.is_votable() { Cast::Open } else { Cast::Written };
        Self { pair, files, shown: None, follows: None, looks: None, took: None, cast }
    }

    /// Whether names may be shown.
    pub fn is_revealed(&self) -> bool {
        self.cast == Cast::Written
    }

    /// The sides from left to right.
    pub fn sides(&self) -> [&Side; 2] {
        [&self.pair.left, &self.pair.right]
    }
}

impl Duel {
    /// A duel that waits for its next pair.
    pub fn dealing(run: Option<Id>) -> Self {
        Self { phase: Phase::Dealing, progress: None, run, alone: None, pane: PreviewPane::default() }
    }

    /// Takes in what was dealt.
    pub fn take(&mut self, dealt: Dealt) {
        self.progress = dealt.run.map(|_| (dealt.voted, dealt.total));
        self.run = dealt.run.or(self.run);
        self.alone = None;
        self.pane = PreviewPane::default();
        self.phase = match dealt.pair {
            Some(pair) => Phase::Round(Box::new(Round::new(pair, dealt.files))),
            None => Phase::Done,
        };
    }

    /// The pair on the stage.
    pub fn round(&self) -> Option<&Round> {
        match &self.phase {
            Phase::Round(round) => Some(round),
            _ => None,
        }
    }

    /// The pair on the stage, to change it.
    pub fn round_mut(&mut self) -> Option<&mut Round> {
        match &mut self.phase {
            Phase::Round(round) => Some(round),
            _ => None,
        }
    }
}

/// The lanes to choose from for a comparison.
#[derive(Clone, Debug)]
pub struct LanePicker {
    /// Every lane there is, what a picture of it is expected to cost, and whether it is chosen.
    pub items: Vec<(Lane, Estimate, bool)>,
    /// The one under the cursor.
    pub selected: usize,
}

impl LanePicker {
    /// The chosen ones.
    pub fn chosen(&self) -> impl Iterator<Item = &(Lane, Estimate, bool)> {
        self.items.iter().filter(|(.., chosen)| *chosen)
    }

    /// Moves the cursor, stopping at the ends.
    pub fn move_by(&mut self, rows: isize) {
        self.selected = self.selected.saturating_add_signed(rows).min(self.items.len().saturating_sub(1));
    }

    /// Chooses the lane under the cursor, or lets it go.
    pub fn toggle(&mut self) {
        if let Some((.., chosen)) = self.items.get_mut(self.selected) {
            *chosen = !*chosen;
        }
    }

    /// What the chosen ones are expected to cost together; unknown where one is.
    pub fn estimate(&self) -> Estimate {
        let mut sum = Estimate::FREE;
        for (_, one, _) in self.chosen() {
            sum.usd = sum.usd.zip(one.usd).map(|(sum, one)| sum + one);
            sum.upper = sum.upper.zip(one.worst()).map(|(sum, one)| sum + one);
        }
        sum
    }
}

/// What is sent once it is certain that words are meant.
#[derive(Clone, Debug)]
pub enum Sending {
    /// The prompt.
    Prompt,
    /// The prompt, to be rewritten.
    Direction,
    /// The prompt, by several lanes, blindly or not.
    Lanes(LanePicker, bool),
}
