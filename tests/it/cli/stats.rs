use std::{path::Path, process::Command};

use serde_json::{Value, json};

use super::{Home, comparison_fixture::comparison_fixture};

/// Returns the votes on one question, as JSON.
fn overall(stats: &Value, poll: usize, question: usize) -> &Value {
    &stats["polls"][poll]["questions"][question]["head_to_heads"][0]["overall"]
}

#[test]
fn json_figures_are_one_object() {
    let home = Home::new();
    comparison_fixture(&home);
    let objects = home.run(["stats", "--json"]).run_to_end().json();
    assert_eq!(objects.len(), 1);
    let stats = &objects[0];
    let votes = overall(stats, 0, 0);
    // Lanes are sorted by name: pencil, then poster.
    assert_eq!(stats["lanes"][0]["label"], "<i>pencil</i>");
    assert_eq!([&votes["first_wins"], &votes["second_wins"]], [&json!(2), &json!(1)]);
    assert_eq!([&votes["ties"], &votes["both_bad"], &votes["open"]], [&json!(1), &json!(1), &json!(1)]);
    assert_eq!(votes["walkovers"]["second_wins"], 1);
    assert_eq!(stats["polls"][0]["questions"][0]["head_to_heads"][0]["verdict"], "undecided");
    assert_eq!(stats["polls"][1]["voter"]["kind"], "judge");
    assert_eq!(overall(stats, 1, 0)["split"], 1);
    assert_eq!(stats["agreement"][0]["kappa"]["n"], 3);
    assert_eq!(stats["lanes"][0]["cost"]["mean_usd"], Value::Null);
}

#[test]
fn no_winner_is_named_without_evidence() {
    let home = Home::new();
    comparison_fixture(&home);
    let told = home.run(["stats"]).run_to_end().text();
    for words in [
        "no winner is named while an interval includes 50%",
        "<i>pencil</i> wins",
        "your votes: 6 ballots",
        "not a person: writer some-model",
        "same answer to a repeated pair 1 of 1",
        "orders disagree",
        "Cohen's kappa",
        "Blind hides the name, not the medium",
    ] {
        assert!(told.contains(words), "no `{words}` in:\n{told}");
    }
    assert!(!told.contains("is preferred") && !told.contains("NaN"), "{told}");
}

#[test]
fn only_matching_pairs_are_counted() {
    let home = Home::new();
    comparison_fixture(&home);
    assert_eq!(overall(&home.run(["stats", "--json", "--pack", "six"]).run_to_end().json()[0], 0, 0)["votes"], 5);
    home.run(["stats", "--pack", "seven"])
        .expect_code(2)
        .run_to_end()
        .error("no matching pairs", "run `tintype stats` to include all pairs");
}

#[test]
fn missing_comparisons_are_reported() {
    let home = Home::new();
    home.run(["stats"]).run_to_end().expect_no_stdout().stderr_has("no comparisons yet");
    let stats = home.run(["stats", "--json"]).run_to_end().json().remove(0);
    assert_eq!(stats["lanes"], json!([]));
}

/// Compares with a Python script. Skipped where Python is missing, which `.ci/run` does not allow.
#[test]
fn an_independent_script_gets_the_same_counts() {
    if Command::new("python3").arg("--version").output().is_err() {
        return;
    }
    let home = Home::new();
    comparison_fixture(&home);
    let stats = home.run(["stats", "--json"]).run_to_end().json().remove(0);
    home.run(["report", "-o", "out"]).run_to_end();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/retally.py");
    let out = home.path("work/out");
    let counted = Command::new("python3")
        .arg(script)
        .arg(out.join("ballots.jsonl"))
        .arg("--pairs")
        .arg(out.join("pairs.jsonl"))
        .output()
        .unwrap();
    assert!(counted.status.success(), "{}", String::from_utf8_lossy(&counted.stderr));
    let rows: Vec<Value> = counted
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 4);
    for (poll, question) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let (row, own) = (&rows[2 * poll + question], overall(&stats, poll, question));
        assert_eq!(row["voter"], stats["polls"][poll]["voter"]);
        for key in ["votes", "first_wins", "second_wins", "ties", "both_bad", "split"] {
            assert_eq!(row[key], own[key], "{key} of {row}");
        }
        assert_eq!(row["walkovers"]["second_wins"], own["walkovers"]["second_wins"]);
        let rates = [row, own].map(|votes| votes["win_rate"].as_f64().unwrap());
        assert!((rates[0] - rates[1]).abs() < 1e-12, "{rates:?}");
    }
}
