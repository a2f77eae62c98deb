//! Image files that a prompt names: a model reads their paths as words, so it is asked once before words are paid for.
//! Candidates are found here; whether there is such a file is asked by the runtime.

use tintype_backends::{Estimate, Usd};

use crate::{
    sanitize,
    tui::{
        action::{Action, KeyContext},
        dropped_paths::IMAGE_EXTENSIONS,
        effect::Effect,
        model::{Model, Notice, NoticeTopic, PendingSubmission, Severity},
    },
};

/// The most candidates of a prompt.
const MOST: usize = 64;

/// Asks whether the prompt names image files, unless that was asked or nothing it could name is in it.
pub(super) fn ask_first(model: &mut Model, sending: PendingSubmission) -> Option<Vec<Effect>> {
    let text = model.prompt.text();
    if costs_nothing(model, &sending) || model.prompt_without_references.as_ref() == Some(&text) {
        return None;
    }
    let candidates = candidates(&text);
    if candidates.is_empty() {
        return None;
    }
    model.pending_submission = Some(sending);
    Some(vec![Effect::FindNamedImages(text, candidates)])
}

fn costs_nothing(model: &Model, sending: &PendingSubmission) -> bool {
    let free =
        |estimate: &Estimate| estimate.usd == Some(Usd::ZERO) && estimate.upper.is_none_or(|upper| upper == Usd::ZERO);
    match sending {
        PendingSubmission::Prompt => free(&model.estimate),
        PendingSubmission::EnhancedPrompt => false,
        PendingSubmission::Lanes(picker, _) => free(&picker.estimate()),
    }
}

/// The image files that a prompt names are known. Returns what can be sent now: with none, what was waiting for the
/// answer; else nothing, and a message says why and how to send it anyway.
pub(super) fn found(model: &mut Model, text: String, files: &[String]) -> Option<PendingSubmission> {
    let sending = model.pending_submission.take().filter(|_| model.prompt.text() == text)?;
    model.notices.clear(NoticeTopic::NamedImages);
    model.prompt_without_references = Some(text);
    if files.is_empty() {
        return Some(sending);
    }
    let names = files.iter().map(|file| format!("`{}`", sanitize::line(file))).collect::<Vec<_>>().join(", ");
    let again = match sending {
        PendingSubmission::Prompt => model.key_hint(KeyContext::Prompt, Action::Submit, "to send text only"),
        PendingSubmission::EnhancedPrompt => {
            model.key_hint(KeyContext::Prompt, Action::EnhancePrompt, "to send text only")
        }
        PendingSubmission::Lanes(..) => model.key_hint(KeyContext::Global, Action::Compare, "to compare text only"),
    };
    let add = model.key_hint(KeyContext::Prompt, Action::AddReference, "to add an image as reference");
    let hint = [add, again].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let text = format!("not sent: the prompt names an image file, {names}; the model would see only the path");
    model.notify(Notice::new(Severity::Warning, text).with_hint(Some(hint)).about(NoticeTopic::NamedImages));
    None
}

/// Everything in a text that could be the path of an image: from a place where a path can begin to an ending, even if
/// more words follow without a space, as when they were typed behind a dropped file.
fn candidates(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines() {
        let lower = line.to_ascii_lowercase();
        let ends = lower.match_indices('.').flat_map(|(dot, _)| {
            let after = &lower[dot + 1..];
            IMAGE_EXTENSIONS
                .iter()
                .filter(move |ending| after.starts_with(**ending))
                .map(move |ending| dot + 1 + ending.len())
        });
        for end in ends.take(MOST) {
            found.extend(starts(line, end).map(|start| line[start..end].to_owned()));
        }
    }
    found.truncate(MOST);
    found
}

/// Where a path that ends at `end` can begin, nearest last: at the start of the line, behind a blank, behind a quote.
fn starts(line: &str, end: usize) -> impl Iterator<Item = usize> {
    const NEAREST: usize = 12;
    let behind =
        |(at, c): (usize, char)| (c.is_whitespace() || matches!(c, '\'' | '"' | '(')).then(|| at + c.len_utf8());
    let mut starts: Vec<usize> = line[..end].char_indices().rev().filter_map(behind).take(NEAREST).collect();
    starts.push(0);
    starts.sort_unstable();
    starts.dedup();
    starts.into_iter().filter(move |start| *start < end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::{
        msg::Msg,
        update::{
            tests::{notice, press, studio, submitted},
            update,
        },
    };

    /// A paid backend and a prompt.
    fn paid(prompt: &str) -> Model {
        let mut model = studio(Vec::new());
        model.next_job.backend = "brush".into();
        update(&mut model, Msg::Paste(prompt.into()));
        model
    }

    #[test]
    fn a_path_is_found_however_it_was_dropped() {
        for (text, path) in [
            ("/home/me/dogs.png", "/home/me/dogs.png"),
            ("'/home/me/my dogs.PNG' with hats", "/home/me/my dogs.PNG"),
            ("add hats to /home/me/my\\ dogs.jpeg", "/home/me/my\\ dogs.jpeg"),
            ("work/dogs.pngadd hats", "work/dogs.png"),
            ("file:///home/me/my%20dogs.webp", "file:///home/me/my%20dogs.webp"),
            ("~/dogs.svg", "~/dogs.svg"),
            ("like this\n\"C d/e.gif\"", "C d/e.gif"),
            ("/home/me/My Photos/dog 1.png", "/home/me/My Photos/dog 1.png"),
        ] {
            assert!(candidates(text).iter().any(|found| found == path), "{text}: {:?}", candidates(text));
        }
        assert_eq!(candidates("a poster that says v1.5. And more"), [""; 0]);
        assert!(candidates(&"a.png ".repeat(10_000)).len() <= MOST);
    }

    #[test]
    fn a_path_is_not_sent_to_a_paid_model_as_words_unless_that_is_meant() {
        let mut model = paid("/a/dogs.png add hats");
        let effects = press(&mut model, &["enter"]);
        let Some(Effect::FindNamedImages(text, paths)) = effects.first().cloned() else { panic!("{effects:?}") };
        assert!(submitted(&effects).is_none() && paths.contains(&"/a/dogs.png".to_owned()));
        let effects = update(&mut model, Msg::NamedImages(text, vec!["/a/dogs.png".into()]));
        assert!(submitted(&effects).is_none(), "{effects:?}");
        assert!(notice(&model).contains("names an image file, `/a/dogs.png`"), "{}", notice(&model));
        let hint = model.notices.current().and_then(|notice| notice.hint.clone()).unwrap_or_default();
        assert_eq!(hint, "Alt+I to add an image as reference · Enter to send text only");
        assert_eq!(model.prompt.text(), "/a/dogs.png add hats", "the prompt stays");
        assert!(submitted(&press(&mut model, &["enter"])).is_some(), "asked once");
    }

    #[test]
    fn a_name_of_no_file_is_sent_and_an_answer_to_an_older_prompt_sends_nothing() {
        let mut model = paid("a sign that says logo.png");
        press(&mut model, &["enter"]);
        let effects = update(&mut model, Msg::NamedImages("a sign that says logo.png".into(), Vec::new()));
        assert_eq!(submitted(&effects).unwrap().prompt, "a sign that says logo.png");
        let mut model = paid("x.png");
        press(&mut model, &["enter"]);
        update(&mut model, Msg::Paste(" more".into()));
        assert_eq!(update(&mut model, Msg::NamedImages("x.png".into(), Vec::new())), []);
    }

    #[test]
    fn words_that_cost_nothing_are_sent_as_they_are() {
        let mut model = studio(Vec::new());
        update(&mut model, Msg::Paste("/a/dogs.png".into()));
        assert!(submitted(&press(&mut model, &["enter"])).is_some());
    }

    #[test]
    fn a_comparison_and_a_director_ask_as_well() {
        for keys in [&["f6", "enter"][..], &["f6", "f7"], &["alt-o"]] {
            let mut model = paid("/a/dogs.png");
            let effects = press(&mut model, keys);
            let asked = effects.iter().any(|effect| matches!(effect, Effect::FindNamedImages(..)));
            let sent = effects.iter().any(|effect| matches!(effect, Effect::Submit(_) | Effect::RewritePrompt(_)));
            assert!(asked && !sent, "{keys:?}: {effects:?}");
            let effects = update(&mut model, Msg::NamedImages("/a/dogs.png".into(), Vec::new()));
            assert!(
                effects.iter().any(|effect| matches!(effect, Effect::Submit(_) | Effect::RewritePrompt(_))),
                "{keys:?}"
            );
        }
    }
}
