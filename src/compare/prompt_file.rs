//! Prompt files: CSV and TSV with a header, JSON, JSON Lines, or one prompt per line.
//! The file extension decides the format; without a known one, the content does. Invalid content is an error with its
//! position, because a header that is mistaken for a prompt costs money.

use csv::{ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use crate::{library::RunPrompt, suggest::nearest};

/// The column or field with the text of the prompt.
const PROMPT: &str = "prompt";
/// The columns with facts about a prompt.
const FACT_COLUMNS: [&str; 2] = ["category", "challenge"];
/// The possible delimiters between the columns of a table.
const DELIMITERS: [u8; 3] = *b"\t,;";
/// A sentinel row that is appended to a table: an unclosed quote swallows it.
const LAST_ROW: &str = "\u{1}end";

const HOW_TO_QUOTE: &str = "quote a field that has a comma, a quote or a line break, and double the quotes in it";
const HOW_TO_BEGIN: &str = "start with a header line: prompt,category,challenge";
const HOW_TO_WRITE: &str = r#"use a JSON object such as {"prompt": "a red kite"}, or one prompt per line"#;
const HOW_TO_CONVERT: &str = "save it as UTF-8, for example with `iconv -f utf-16 -t utf-8`";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PromptFormat {
    /// Rows with this delimiter, the first of which names the columns.
    Table(u8),
    /// One JSON array.
    Array,
    /// One JSON object or JSON string per line.
    JsonLines,
    /// One prompt or JSON object per line.
    Lines,
    /// Like `Lines`, below a line that names the only column.
    Column,
}

/// An error in a file, with its position.
#[derive(Debug)]
pub(super) struct PromptFileError {
    /// The position of the error, such as `line 3`.
    pub(super) place: String,
    pub(super) what: String,
    pub(super) hint: String,
}

/// Parses a file of that name; returns its prompts in order.
pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Vec<RunPrompt>, PromptFileError> {
    let text = decode(bytes)?;
    match PromptFormat::detect(name, &text) {
        PromptFormat::Table(delimiter) => table(&text, delimiter),
        PromptFormat::Array => array(&text),
        PromptFormat::JsonLines => lines(&text, json_line),
        PromptFormat::Lines => lines(&text, line),
        PromptFormat::Column => {
            let mut prompts = lines(&text, line)?;
            prompts.remove(0);
            Ok(prompts)
        }
    }
}

impl PromptFormat {
    fn detect(name: &str, text: &str) -> Self {
        let first = text.lines().find(|line| is_content(line)).unwrap_or_default();
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
        match ending.as_str() {
            "csv" => Self::Table(delimiter(first).unwrap_or(b',')),
            "tsv" | "tab" => Self::Table(b'\t'),
            "jsonl" | "ndjson" => Self::JsonLines,
            "json" if !text.trim_start().starts_with('[') => Self::JsonLines,
            "json" => Self::Array,
            _ => Self::of_content(first, text),
        }
    }

    fn of_content(first: &str, text: &str) -> Self {
        let in_array = text.trim_start().strip_prefix('[').map(str::trim_start);
        if in_array.is_some_and(|rest| rest.starts_with(['{', '"'])) {
            return Self::Array;
        }
        match delimiter(first) {
            Some(delimiter) => Self::Table(delimiter),
            None if is_prompt(first) => Self::Column,
            None => Self::Lines,
        }
    }
}

/// Returns the delimiter of a header with a prompt column.
fn delimiter(header: &str) -> Option<u8> {
    let names =
        |delimiter: &u8| header.split(char::from(*delimiter)).any(|cell| is_prompt(cell.trim().trim_matches('"')));
    DELIMITERS.into_iter().filter(|delimiter| header.as_bytes().contains(delimiter)).find(names)
}

fn is_prompt(word: &str) -> bool {
    word.trim().eq_ignore_ascii_case(PROMPT)
}

/// Returns true if a line of a file without columns has a prompt.
fn is_content(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
}

/// Decodes the text of a file, which spreadsheets save as UTF-16.
fn decode(bytes: &[u8]) -> Result<String, PromptFileError> {
    let units =
        |bytes: &[u8], read: fn([u8; 2]) -> u16| bytes.as_chunks::<2>().0.iter().map(|pair| read(*pair)).collect();
    let wide: Vec<u16> = match bytes {
        [0xff, 0xfe, rest @ ..] => units(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => units(rest, u16::from_be_bytes),
        _ => return decode_utf8(bytes),
    };
    String::from_utf16(&wide).map_err(|_| PromptFileError::at_line(1, "it is not valid UTF-16", HOW_TO_CONVERT))
}

fn decode_utf8(bytes: &[u8]) -> Result<String, PromptFileError> {
    let line = |until: usize| bytes[..until].split(|byte| *byte == b'\n').count();
    let text = std::str::from_utf8(bytes).map_err(|error| {
        PromptFileError::at_line(line(error.valid_up_to()), "it is not valid UTF-8", HOW_TO_CONVERT)
    })?;
    match text.find('\0') {
        Some(at) => Err(PromptFileError::at_line(line(at), "it is not a text file: it has null bytes", HOW_TO_CONVERT)),
        None => Ok(text.trim_start_matches('\u{feff}').to_owned()),
    }
}

fn lines(text: &str, read: fn(&str) -> Result<RunPrompt, (String, String)>) -> Result<Vec<RunPrompt>, PromptFileError> {
    let content = text.lines().map(str::trim).enumerate().filter(|(_, line)| is_content(line));
    content.map(|(at, line)| read(line).map_err(|(what, hint)| PromptFileError::at_line(at + 1, what, hint))).collect()
}

/// Parses a line that begins like a JSON object as one, and takes any other as the prompt itself.
fn line(line: &str) -> Result<RunPrompt, (String, String)> {
    if line.starts_with('{') {
        return json_line(line);
    }
    if line.contains('\t') {
        let hint = "for a table, use a .tsv file with a header line that has a `prompt` column";
        return Err(("it has columns but no header line".to_owned(), hint.to_owned()));
    }
    Ok(topic_from_text(line))
}

fn json_line(line: &str) -> Result<RunPrompt, (String, String)> {
    serde_json::from_str(line).map_err(|error| (syntax(&error), HOW_TO_WRITE.to_owned())).and_then(entry)
}

fn array(text: &str) -> Result<Vec<RunPrompt>, PromptFileError> {
    let entries: Vec<Value> = serde_json::from_str(text).map_err(|error| {
        PromptFileError::at_line(error.line(), syntax(&error), "use an array of JSON objects with a `prompt` field")
    })?;
    let place = |at: usize| format!("entry {}", at + 1);
    let read = |(at, value)| entry(value).map_err(|(what, hint)| PromptFileError { place: place(at), what, hint });
    entries.into_iter().enumerate().map(read).collect()
}

/// Returns the message of a JSON error, without the position that the parser counts within a line.
fn syntax(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).map_or_else(|| text.clone(), |what| format!("{what} at column {}", error.column()))
}

/// Parses a JSON object or string. Unknown fields are ignored, because data sets carry many, unless one looks like a
/// typo.
fn entry(value: Value) -> Result<RunPrompt, (String, String)> {
    let refused = |what: String| (what, HOW_TO_WRITE.to_owned());
    match value {
        Value::String(text) if text.trim().is_empty() => Err(refused("the prompt is empty".to_owned())),
        Value::String(text) => Ok(topic_from_text(text.trim())),
        Value::Object(fields) => {
            check_typos(&fields.keys().map(String::as_str).collect::<Vec<_>>(), "field")?;
            let prompt = text(&fields, PROMPT).map_err(refused)?.unwrap_or_default();
            if prompt.trim().is_empty() {
                let what = if fields.contains_key(PROMPT) { "`prompt` is empty" } else { "missing field `prompt`" };
                return Err(refused(what.to_owned()));
            }
            let [category, challenge] = FACT_COLUMNS;
            let own = text(&fields, category).map_err(refused)?;
            let category = own.map_or_else(|| text(&fields, "tag").map_err(refused), |own| Ok(Some(own)))?;
            Ok(RunPrompt {
                prompt: prompt.trim().to_owned(),
                category,
                challenge: text(&fields, challenge).map_err(refused)?,
            })
        }
        _ => Err(refused("expected a JSON object or a string".to_owned())),
    }
}

fn text(fields: &Map<String, Value>, name: &str) -> Result<Option<String>, String> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("`{name}` is not a string")),
    }
}

/// Rejects a name that is almost a known one, where the known one is missing.
fn check_typos(names: &[&str], what: &str) -> Result<(), (String, String)> {
    let is_there = |known: &&str| names.iter().any(|name| name.trim().eq_ignore_ascii_case(known));
    let missing: Vec<&str> = [PROMPT].into_iter().chain(FACT_COLUMNS).filter(|known| !is_there(known)).collect();
    let meant = names.iter().find_map(|name| Some((name, nearest(name.trim(), missing.iter().copied())?)));
    meant.map_or(Ok(()), |(name, known)| Err((format!("unknown {what} `{name}`"), format!("did you mean `{known}`?"))))
}

fn table(text: &str, delimiter: u8) -> Result<Vec<RunPrompt>, PromptFileError> {
    let sealed = format!("{text}\n{LAST_ROW}\n");
    let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(sealed.as_bytes());
    let unreadable = |error: csv::Error| PromptFileError::at_line(1, error.to_string(), HOW_TO_BEGIN);
    let header = reader.headers().map_err(unreadable)?.clone();
    let columns = TableColumns::from_header(&header)?;
    let (mut prompts, mut closed) = (Vec::new(), false);
    for row in reader.records() {
        let row = row.map_err(unreadable)?;
        let line = row.position().map_or(1, csv::Position::line) as usize;
        if row.iter().any(|field| field != LAST_ROW && field.contains(LAST_ROW)) {
            return Err(PromptFileError::at_line(line, "unclosed quote", HOW_TO_QUOTE));
        }
        closed |= row.get(0) == Some(LAST_ROW);
        if closed || row.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        prompts.push(columns.read(&header, &row).map_err(|what| PromptFileError::at_line(line, what, HOW_TO_QUOTE))?);
    }
    Ok(prompts)
}

/// The positions of the known columns of a table.
struct TableColumns {
    prompt: usize,
    category: Option<usize>,
    challenge: Option<usize>,
}

impl TableColumns {
    fn from_header(header: &StringRecord) -> Result<Self, PromptFileError> {
        let column = |known: &str| header.iter().position(|name| name.trim().eq_ignore_ascii_case(known));
        check_typos(&header.iter().collect::<Vec<_>>(), "column")
            .map_err(|(what, hint)| PromptFileError::at_line(1, what, hint))?;
        let missing = || PromptFileError::at_line(1, "missing column `prompt`", HOW_TO_BEGIN);
        let [category, challenge] = FACT_COLUMNS;
        let category = column(category).or_else(|| column("tag"));
        Ok(Self { prompt: column(PROMPT).ok_or_else(missing)?, category, challenge: column(challenge) })
    }

    fn read(&self, header: &StringRecord, row: &StringRecord) -> Result<RunPrompt, String> {
        if row.len() != header.len() {
            return Err(format!("it has {} fields, but the header has {}", row.len(), header.len()));
        }
        let field = |column: usize| row.get(column).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(RunPrompt {
            prompt: field(self.prompt).ok_or("`prompt` is empty")?,
            category: self.category.and_then(field),
            challenge: self.challenge.and_then(field),
        })
    }
}

fn topic_from_text(prompt: &str) -> RunPrompt {
    RunPrompt { prompt: prompt.to_owned(), category: None, challenge: None }
}

impl PromptFileError {
    fn at_line(line: usize, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { place: format!("line {line}"), what: what.into(), hint: hint.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompts(name: &str, text: impl AsRef<[u8]>) -> Vec<String> {
        read(name, text.as_ref()).unwrap().into_iter().map(|topic| topic.prompt).collect()
    }

    /// Returns the message and the hint of the error.
    fn refused(name: &str, text: impl AsRef<[u8]>) -> (String, String) {
        let PromptFileError { place, what, hint } = read(name, text.as_ref()).unwrap_err();
        (format!("{place}: {what}"), hint)
    }

    const TABLE: &str =
        "Prompt,Category,Challenge,Note\n\"a cat, a dog\",Animals,Basic,\n\"He said \"\"hi\"\"\",People,,\n,,,\n";

    #[test]
    fn csv_is_read_with_its_header_quotes_and_line_breaks() {
        for name in ["mine.csv", "mine.txt", "stdin"] {
            let topics = read(name, TABLE.as_bytes()).unwrap();
            assert_eq!((topics.len(), topics[0].prompt.as_str()), (2, "a cat, a dog"), "{name}");
            assert_eq!(
                (topics[0].category.as_deref(), topics[0].challenge.as_deref()),
                (Some("Animals"), Some("Basic"))
            );
            assert_eq!((topics[1].prompt.as_str(), topics[1].challenge.as_deref()), ("He said \"hi\"", None));
        }
        assert_eq!(prompts("a.csv", "prompt\r\n\"two\r\nlines\"\r\nplain\r\n"), ["two\r\nlines", "plain"]);
        assert_eq!(prompts("a.csv", "tag;prompt\nx;a, b\n"), ["a, b"]);
        assert_eq!(prompts("a.tsv", "id\tprompt\n1\ta \"red\" kite, x\n"), ["a \"red\" kite, x"]);
        assert_eq!(prompts("a.txt", "prompt\na cat, a dog\n"), ["a cat, a dog"]);
    }

    #[test]
    fn table_that_cannot_be_read_is_refused_with_its_line() {
        let (message, hint) = refused("a.csv", "promt,category\na,b\n");
        assert_eq!((message.as_str(), hint.as_str()), ("line 1: unknown column `promt`", "did you mean `prompt`?"));
        let (message, hint) = refused("a.csv", "a red kite\na cat\n");
        assert_eq!(message, "line 1: missing column `prompt`");
        assert_eq!(hint, HOW_TO_BEGIN);
        let (message, hint) = refused("a.csv", "prompt\na kite\na cat, a dog\n");
        assert_eq!(message, "line 3: it has 2 fields, but the header has 1");
        assert_eq!(hint, HOW_TO_QUOTE);
        assert_eq!(refused("a.csv", "prompt,x\na,\n,b\n").0, "line 3: `prompt` is empty");
        let open = refused("a.csv", "prompt,x\nfine,\n\"a kite,\nb,c\n").0;
        assert_eq!(open, "line 3: unclosed quote");
        assert_eq!(refused("a.txt", "a kite\nx\ty\n").0, "line 2: it has columns but no header line");
    }

    #[test]
    fn json_is_read_as_lines_and_as_an_array() {
        assert_eq!(prompts("a.jsonl", "{\"prompt\": \"a kite\", \"n\": 3}\n\n\"a cat\"\n"), ["a kite", "a cat"]);
        for name in ["a.json", "a.txt"] {
            assert_eq!(prompts(name, "[\n {\"prompt\": \"a kite\"},\n \"a cat\"]"), ["a kite", "a cat"]);
        }
        assert_eq!(prompts("a.txt", "[red] a kite\n\"quoted\"\n"), ["[red] a kite", "\"quoted\""]);
    }

    #[test]
    fn json_that_is_no_prompt_is_refused_with_its_place() {
        let (message, hint) = refused("a.jsonl", "{\"prompt\": \"a\"}\n{\"promt\": \"b\"}\n");
        assert_eq!((message.as_str(), hint.as_str()), ("line 2: unknown field `promt`", "did you mean `prompt`?"));
        let categroy = refused("a.jsonl", "{\"prompt\": \"a\", \"categroy\": \"b\"}").1;
        assert_eq!(categroy, "did you mean `category`?");
        assert_eq!(refused("a.jsonl", "{\"x\": 1}").0, "line 1: missing field `prompt`");
        assert_eq!(refused("a.jsonl", "{\"prompt\": 7}").0, "line 1: `prompt` is not a string");
        assert_eq!(refused("a.jsonl", "a kite\n").0, "line 1: expected value at column 1");
        assert_eq!(refused("a.json", "[\"a\", 7]").0, "entry 2: expected a JSON object or a string");
        let cut = refused("a.jsonl", "{\"prompt\": \"a\"}\n{\"prompt\": \"b\n").0;
        assert!(cut.starts_with("line 2: EOF while parsing a string at column"), "{cut}");
    }

    #[test]
    fn text_of_a_spreadsheet_is_decoded_and_other_bytes_are_refused() {
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        assert_eq!(prompts("a.txt", [&[0xff, 0xfe][..], &wide("id\tprompt\r\n1\ta kité\r\n")].concat()), ["a kité"]);
        assert_eq!(prompts("a.csv", "\u{feff}prompt\na kite\n"), ["a kite"]);
        assert_eq!(
            refused("a.txt", b"a kite\na \xe9\n"),
            ("line 2: it is not valid UTF-8".into(), HOW_TO_CONVERT.into())
        );
        assert_eq!(refused("a.txt", wide("a kite")).0, "line 1: it is not a text file: it has null bytes");
    }
}
