//! Prompt files are parsed by their format or rejected with a position: a header drawn as a prompt would cost money.

use super::{CommandRun, Home};

const LANES: &str = "--backends=sketch?style=pencil&size=64x64,sketch?style=poster&size=64x64";

const TABLE: &str = "Prompt,Category,Challenge,Note\n\"a cat, a dog\",Animals,Basic,\n\"He said \"\"hi\"\"\",People,Writing & Symbols,\n";

fn dry_run(home: &Home) -> CommandRun<'_> {
    home.run(["compare", LANES, "--dry-run", "--json", "--prompts"])
}

#[test]
fn a_table_with_a_header_is_not_read_line_by_line() {
    let home = Home::new();
    for name in ["prompts.csv", "prompts.txt"] {
        let file = home.file(name, TABLE.as_bytes());
        assert_eq!(dry_run(&home).arg(file).run_to_end().json()[0]["prompts"], 2, "{name}");
    }
    let file = home.file("prompts.tsv", TABLE.replace(',', "\t").as_bytes());
    assert_eq!(dry_run(&home).arg(file).run_to_end().json()[0]["prompts"], 2);
    assert_eq!(dry_run(&home).arg("-").stdin(TABLE).run_to_end().json()[0]["prompts"], 2);
    assert!(!home.path("data").exists());
}

#[test]
fn categories_of_a_table_are_stored_with_the_pairs() {
    let home = Home::new();
    let file = home.file("prompts.csv", TABLE.as_bytes());
    let objects = home.run(["compare", LANES, "--json", "--prompts"]).arg(file).run_to_end().json();
    let pair = objects.iter().find(|object| object["event"] == "pair").unwrap();
    assert_eq!(pair["category"], "Animals", "{pair}");
    let drawn = home.run(["history", "--json"]).run_to_end().json();
    assert!(drawn.iter().any(|row| row["prompt"] == "He said \"hi\""), "{drawn:?}");
}

#[test]
fn an_invalid_prompt_file_is_rejected_with_its_position() {
    let home = Home::new();
    let refused = |name: &str, text: &str, message: &str, hint: &str| {
        let file = home.file(name, text.as_bytes());
        dry_run(&home).arg(file).expect_code(2).run_to_end().stderr_has(message).stderr_has(hint);
    };
    refused("a.csv", "promt,tag\na cat,x\n", "line 1 of `a.csv`: unknown column `promt`", "did you mean `prompt`?");
    refused(
        "b.csv",
        "prompt\na cat, a dog\n",
        "line 2 of `b.csv`: it has 2 fields",
        "hint: quote a field that has a comma",
    );
    refused("c.jsonl", "{\"promt\": \"a cat\"}\n", "line 1 of `c.jsonl`: unknown field `promt`", "mean `prompt`?");
    refused("d.txt", "a cat\na\tb\n", "line 2 of `d.txt`: it has columns", "hint: for a table, use a .tsv file");
    refused("e.csv", "a cat\na dog\n", "line 1 of `e.csv`: missing column `prompt`", "prompt,category,challenge");
}
