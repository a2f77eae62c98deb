//! Ten blind votes by keyboard and their export, and a side-by-side comparison.

use std::collections::BTreeMap;

use super::*;

/// No mirrored pairs, so that the number of votes is known.
const CONFIG: &str = "
[compare]
mirrored = 0
[backends.sketch]
kind = \"sketch\"
[backends.sketch.defaults]
size = \"256x256\"
";

const F6: &str = "\x1b[17~";
const F7: &str = "\x1b[18~";

/// The keys of ten votes in a row: both answers of each.
const VOTES: [(&str, &str); 10] = [
    ("h", "h"),
    ("h", "l"),
    ("j", "h"),
    ("k", "k"),
    ("l", "l"),
    ("l", "j"),
    ("h", "h"),
    ("l", "h"),
    ("j", "j"),
    ("h", "k"),
];

fn prepared(prompts: usize) -> Home {
    let home = Home::with_config(CONFIG);
    let lines: Vec<String> = (1..=prompts).map(|n| format!("{n} red kites")).collect();
    home.write("prompts.txt", &lines.join("\n"));
    let run = home.shell("\"$0\" compare --prompts prompts.txt --backends pencil,poster");
    assert_eq!(run.wait_for_end().status, Ok(0));
    home
}

/// Returns the program's output in this home, as JSON Lines.
fn run_json(home: &Home, words: &[&str]) -> Vec<serde_json::Value> {
    let mut program = std::process::Command::new(TINTYPE);
    program.args(words).env("TINTYPE_DATA_DIR", home.data()).env("TINTYPE_CONFIG", home.path("config.toml"));
    let said = String::from_utf8(program.output().unwrap().stdout).unwrap();
    said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Returns the exported ballots.
fn exported(home: &Home) -> Vec<serde_json::Value> {
    run_json(home, &["ballots"])
}

/// Returns the program's own count for one question, in the format of [`tally`].
fn counts_from_stats(stats: &serde_json::Value, question: usize) -> BTreeMap<String, usize> {
    let duel = &stats["polls"][0]["questions"][question]["head_to_heads"][0];
    let lane = |place: &str| {
        let at = usize::try_from(duel[place].as_u64().unwrap()).unwrap();
        stats["lanes"][at]["label"].as_str().unwrap().to_owned()
    };
    let count = |what: &str| usize::try_from(duel["overall"][what].as_u64().unwrap()).unwrap();
    let counts = [
        (lane("first"), count("first_wins")),
        (lane("second"), count("second_wins")),
        ("tie".to_owned(), count("ties")),
        ("both_bad".to_owned(), count("both_bad")),
    ];
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// Counts the votes for each lane on one question, in as little code as possible.
fn tally(ballots: &[serde_json::Value], question: &str) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for ballot in ballots {
        let answer = ballot[question].as_str().unwrap();
        let winner = if ballot[answer].is_object() { &ballot[answer]["lane"]["name"] } else { &ballot[question] };
        *tally.entry(winner.as_str().unwrap().to_owned()).or_insert(0) += 1;
    }
    tally
}

#[test]
fn ten_votes_are_exported_as_pressed() {
    let home = prepared(10);
    let studio = home.open();
    studio.send(F7);
    let mut expected: [BTreeMap<String, usize>; 2] = Default::default();
    for (at, (follows, looks)) in VOTES.iter().enumerate() {
        let view = studio
            .wait_until("the first question", |view| view.has(&format!("pair {} of 10", at + 1)) && view.has("h left"));
        assert!(!view.has("pencil") && !view.has("poster") && !view.has("sketch"), "a name before the vote: {view}");
        studio.send(follows);
        studio.wait_until("the second question", |view| view.has("looks better?") && view.count("h left") == 1);
        studio.send(looks);
        let view = studio.wait_for("to submit and reveal");
        assert!(!view.has("pencil") && !view.has("poster") && !view.has("sketch"), "a name before the vote: {view}");
        studio.send(ENTER);
        let view = studio.wait_for("to continue");
        assert!(view.has("pencil") && view.has("poster"), "no names after the vote: {view}");
        let left_first = view.to_string().find("pencil") < view.to_string().find("poster");
        for (count, key) in expected.iter_mut().zip([follows, looks]) {
            let winner = match (*key, left_first) {
                ("h", true) | ("l", false) => "pencil",
                ("h", false) | ("l", true) => "poster",
                ("j", _) => "tie",
                _ => "both_bad",
            };
            *count.entry(winner.to_owned()).or_insert(0) += 1;
        }
        studio.send(ENTER);
    }
    studio.wait_for("All 10 pairs voted");
    quit(studio);

    let ballots = exported(&home);
    assert_eq!(ballots.len(), 10);
    assert_eq!([tally(&ballots, "follows"), tally(&ballots, "looks")], expected);
    let stats = run_json(&home, &["stats", "--json"]).remove(0);
    for (question, expected) in expected.iter().enumerate() {
        assert_eq!(counts_from_stats(&stats, question), *expected, "{stats}");
    }
    assert!(
        ballots.iter().all(|ballot| ballot["seconds"].as_f64().unwrap() > 0.0 && ballot["voter"]["kind"] == "human")
    );
}

#[test]
fn a_vote_can_be_undone_only_before_the_names_are_shown() {
    let home = prepared(2);
    let studio = home.open();
    studio.send(F7);
    studio.wait_for("h left");
    studio.send("hl");
    studio.wait_for("to submit and reveal");
    studio.send("uu");
    studio.wait_until("the first question again", |view| view.has("h left") && !view.has("to submit and reveal"));
    studio.send("ll");
    studio.wait_for("to submit and reveal");
    studio.send(ENTER);
    studio.wait_for("to continue");
    studio.send("u");
    studio.wait_for("this vote is final");
    quit(studio);
    let ballots = exported(&home);
    assert_eq!(ballots.len(), 1);
    assert_eq!((&ballots[0]["follows"], &ballots[0]["looks"]), (&"right".into(), &"right".into()));
}

#[test]
fn comparing_two_styles_lets_the_user_reuse_one() {
    let home = Home::with_config(CONFIG);
    let studio = home.open();
    studio.send("three cats");
    studio.wait_for("three cats");
    studio.send(F6);
    let view = studio.wait_for("╭ Compare models");
    assert!(view.has("[x] sketch") && view.has("2 chosen: free"), "{view}");
    studio.send(ENTER);
    let view = studio.wait_until("both figures", |view| view.count("done ") == 2);
    assert!(view.has("2 models side by side") && view.has("free"), "{view}");
    studio.send("2");
    studio.wait_for("for the next image");
    quit(studio);
}

#[test]
fn a_new_duel_hides_names_while_generating() {
    let home = Home::with_config(CONFIG);
    let studio = home.open();
    studio.send("three cats");
    studio.wait_for("three cats");
    studio.send(F6);
    studio.wait_for("╭ Compare models");
    studio.send(F7);
    let view = studio.wait_for("h left");
    assert!(!view.has("sketch") && !view.has("pencil"), "{view}");
    studio.send("hh");
    studio.wait_for("to submit and reveal");
    studio.send(ENTER);
    studio.wait_for("to continue");
    quit(studio);
    assert_eq!(exported(&home).len(), 1);
}
