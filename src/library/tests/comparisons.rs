//! Pairs are read back as they were written, and ballots never change.

use super::*;

fn lane(name: &str) -> Lane {
    Lane { name: name.into(), backend: "pen".into(), model: "pen-1".into(), settings: Settings::new() }
}

fn pair(run: Option<Id>) -> ComparisonPair {
    let side = |name: &str| {
        PairSide::from_job(lane(name), &Record { state: JobState::Saved, ..record("a cat") }, Some(0.5)).unwrap()
    };
    ComparisonPair {
        id: Id::new(),
        run,
        at: Timestamp::now(),
        prompt: "a cat".into(),
        prompt_sha256: prompt_sha256("a cat"),
        pack: None,
        category: Some("animals".into()),
        challenge: None,
        left: side("one"),
        right: side("two"),
        mirrors: None,
    }
}

fn ballot(pair: &ComparisonPair) -> Ballot {
    let vote = Vote { follows: Preference::Left, looks: Preference::BothBad, seconds: 2.5, opinion: None };
    Ballot::new(pair, Voter::Human, Timestamp::now(), vote)
}

#[tokio::test]
async fn a_ballot_keeps_everything_it_was_about() {
    let shelf = TestLibrary::new();
    let pair = pair(None);
    shelf.library.add_pair(&pair, None).await.unwrap();
    let ballot = ballot(&pair);
    shelf.library.add_ballot(&ballot).await.unwrap();
    let other = shelf.again();
    assert_eq!(other.ballots().await.unwrap(), [ballot]);
    assert_eq!(other.pair(pair.id).await.unwrap(), Some(pair));
}

#[tokio::test]
async fn a_ballot_is_neither_changed_nor_deleted_nor_replaced() {
    let shelf = TestLibrary::new();
    let ballot = ballot(&pair(None));
    shelf.library.add_ballot(&ballot).await.unwrap();
    assert!(shelf.library.add_ballot(&Ballot { looks: Preference::Right, ..ballot.clone() }).await.is_err());
    let attacks = [
        "UPDATE ballots SET facts = '{}'",
        "DELETE FROM ballots",
        "INSERT OR REPLACE INTO ballots SELECT * FROM ballots",
    ];
    for sql in attacks {
        let refused =
            shelf.library.writer.run(move |writer| writer.transact(|it, _| Ok(it.execute(sql, []).map(drop)?))).await;
        assert!(refused.unwrap_err().to_string().contains("never"), "{sql}");
    }
    assert_eq!(shelf.library.ballots().await.unwrap(), [ballot]);
}

#[tokio::test]
async fn votes_outlive_the_database() {
    let shelf = TestLibrary::new();
    let ballots = [ballot(&pair(None)), ballot(&pair(None))];
    for ballot in &ballots {
        shelf.library.add_ballot(ballot).await.unwrap();
    }
    shelf.library.close().await;
    for tail in ["", "-wal", "-shm"] {
        atomic_file::remove(&shelf.path().join(format!("library.db{tail}"))).unwrap();
    }
    let again = shelf.again();
    assert_eq!(again.ballots().await.unwrap(), ballots);
    again.rebuild().await.unwrap();
    assert_eq!(again.ballots().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_drawing_of_a_run_has_one_job_and_a_pair_with_votes_stays() {
    let shelf = TestLibrary::new();
    let topic = RunPrompt { prompt: "a cat".into(), category: None, challenge: None };
    let (lanes, prompts) = (vec![lane("one"), lane("two")], vec![topic]);
    let run = ComparisonRun { id: Id::new(), at: Timestamp::now(), lanes, rounds: 1, pack: None, prompts };
    let library = &shelf.library;
    library.add_run(&run).await.unwrap();
    let (first, second) = (Id::new(), Id::new());
    assert_eq!(library.claim_shot(run.id, 0, first).await.unwrap(), first);
    assert_eq!(library.claim_shot(run.id, 0, second).await.unwrap(), first);
    library.note_first_preview(run.id, 0, 0.25).await.unwrap();
    assert_eq!(library.shots(run.id).await.unwrap()[0].first_preview_seconds, Some(0.25));
    assert!(!library.replace_shot(run.id, 0, second, first).await.unwrap());
    assert!(library.replace_shot(run.id, 0, first, second).await.unwrap());
    let (early, late) = (pair(Some(run.id)), pair(Some(run.id)));
    library.add_pair(&early, Some(0)).await.unwrap();
    library.add_pair(&late, Some(0)).await.unwrap();
    assert_eq!(library.pairs_of(run.id).await.unwrap(), [(0, late.clone())]);
    library.add_ballot(&ballot(&late)).await.unwrap();
    assert!(library.add_pair(&early, Some(0)).await.is_err());
    assert_eq!(library.runs().await.unwrap(), [run]);
}

#[test]
fn a_side_without_an_image_loses_and_an_unknown_one_does_not_count() {
    let with = |left, right| {
        let mut pair = pair(None);
        (pair.left.ending, pair.right.ending) = (left, right);
        pair.outcome_without_vote()
    };
    assert_eq!(with(LaneOutcome::Image, LaneOutcome::Image), None);
    assert_eq!(with(LaneOutcome::Image, LaneOutcome::Refused), Some(Preference::Left));
    assert_eq!(with(LaneOutcome::Invalid, LaneOutcome::Image), Some(Preference::Right));
    assert_eq!(with(LaneOutcome::Failed, LaneOutcome::Refused), Some(Preference::BothBad));
    assert_eq!(with(LaneOutcome::Unknown, LaneOutcome::Failed), None);
}
