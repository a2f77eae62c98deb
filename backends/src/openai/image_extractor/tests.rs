use base64::{Engine, prelude::BASE64_STANDARD};

use super::*;

type Images = Vec<Result<Vec<u8>, ImageDataError>>;

fn harvest(text: &str, step: usize) -> Result<(String, Images), ResponseBoundsError> {
    let mut harvester = ImageExtractor::default();
    for mut chunk in text.as_bytes().chunks(step) {
        while !chunk.is_empty() {
            harvester.push(&mut chunk)?;
        }
    }
    let harvest = harvester.take();
    let images = harvest.images.into_iter().map(|(_, image)| image.map(|image| image.bytes.to_vec()));
    Ok((String::from_utf8(harvest.rest).unwrap(), images.collect()))
}

fn check(text: &str, rest: &str, images: &[&[u8]]) {
    let images: Images = images.iter().map(|bytes| Ok(bytes.to_vec())).collect();
    for step in 1..=text.len() {
        assert_eq!(harvest(text, step), Ok((rest.to_owned(), images.clone())), "in steps of {step}");
    }
}

#[test]
fn images_are_extracted_in_any_split() {
    let (one, two) = (b"the first image".as_slice(), b"the other".as_slice());
    check(
        &format!(
            r#"{{"created":1,"data":[{{"b64_json" : "{}"}},{{"b64_json":"{}","url":null}}]}}"#,
            BASE64_STANDARD.encode(one),
            BASE64_STANDARD.encode(two),
        ),
        r##"{"created":1,"data":[{"b64_json" : "#0"},{"b64_json":"#1","url":null}]}"##,
        &[one, two],
    );
}

#[test]
fn a_prompt_that_looks_like_an_image_stays_a_prompt() {
    let text = r#"{"revised_prompt":"\"b64_json\":\"aGk=\" \\","b64_json":null,"x":["b64_json","aGk="]}"#;
    check(text, text, &[]);
}

#[test]
fn only_data_urls_are_images() {
    check(r#"{"url":"data:image\/png;base64,aGk="}"#, r##"{"url":"#0"}"##, &[b"hi"]);
    check(r#"{"b64_json":"data:image/png;base64,aGk="}"#, r##"{"b64_json":"#0"}"##, &[b"hi"]);
    let text = r#"{"url":"http://host/a.png?b=\"c\"","n":"url"}"#;
    check(text, text, &[]);
}

#[test]
fn escaped_base64_is_decoded() {
    check(r#"{"b64_json":"\u002B\/\u002b\/aQ\u003D="}"#, r##"{"b64_json":"#0"}"##, &[&[0xfb, 0xff, 0xbf, 0x69]]);
}

#[test]
fn empty_and_tiny_strings_are_distinguished() {
    check(r#"{"b64_json":"","url":""}"#, r#"{"b64_json":"","url":""}"#, &[]);
    check(r#"{"b64_json":"aGk="}"#, r##"{"b64_json":"#0"}"##, &[b"hi"]);
}

#[test]
fn images_are_found_in_lists_and_in_text() {
    let png = BASE64_STANDARD.encode(b"\x89PNG\r\n\x1a\n and more");
    let bytes = b"\x89PNG\r\n\x1a\n and more".as_slice();
    check(
        &format!(r#"{{"images":["{png}",{{"n":["{png}"]}},"data:image/png;base64,{png}","http://host/a,b.png"]}}"#),
        &format!(r##"{{"images":["#0",{{"n":["{png}"]}},"#1","http://host/a,b.png"]}}"##),
        &[bytes, bytes],
    );
    check(
        &format!(
            r#"{{"content":"Here, see: ![a](data:image\/png;base64,x) ![b](data:image/png;base64,{png}) \"ok\", ok"}}"#
        ),
        r#"{"content":"Here, see: ![a](data:image\/png;base64,x) ![b](data:image/png;base64,#0) \"ok\", ok"}"#,
        &[bytes],
    );
    let escaped = png.replace('/', "\\/").replace('+', "\\u002b");
    check(
        &format!(r#"["data:image/png;base64,{escaped}\n\u00e9 data:image/png;base64,{escaped}"]"#),
        r#"["data:image/png;base64,#0\n\u00e9 data:image/png;base64,#1"]"#,
        &[bytes, bytes],
    );
}

#[test]
fn drawings_in_text_stay_text() {
    let text = r#"{"delta":"<image href='data:image/png;base64,aGk='/>"}"#;
    let mut harvester = ImageExtractor::new(ImageKeys::Responses, ResponseBounds::default(), Spool::default());
    assert!(harvester.push(&mut text.as_bytes()).unwrap());
    assert_eq!(harvester.take().rest, text.as_bytes());
}

#[test]
fn a_damaged_image_does_not_affect_others() {
    let good = BASE64_STANDARD.encode(b"good");
    for bad in ["abc!efgh", r"abcdabcd\q", "aGk=aGk=\\\\\\\" x", "a", "aGkaGk\u{e9}"] {
        let text = format!(r#"{{"data":[{{"b64_json":"{bad}"}},{{"b64_json":"{good}"}}]}}"#);
        for step in 1..=text.len() {
            let (rest, images) = harvest(&text, step).unwrap();
            assert_eq!(images, [Err(ImageDataError::Damaged), Ok(b"good".to_vec())], "{bad} in steps of {step}");
            assert_eq!(rest, r##"{"data":[{"b64_json":"#0"},{"b64_json":"#1"}]}"##);
        }
    }
}

#[test]
fn values_are_delimited_by_their_brackets() {
    let text = r#"{"a":[{"b":"}"}]} and {"b64_json":"aGk="} []"#;
    for step in 1..=text.len() {
        let (mut harvester, mut values) = (ImageExtractor::default(), Vec::new());
        for mut chunk in text.as_bytes().chunks(step) {
            while !chunk.is_empty() {
                if harvester.push(&mut chunk).unwrap() {
                    values.push(String::from_utf8(harvester.take().rest).unwrap());
                }
            }
        }
        assert_eq!(values, [r#"{"a":[{"b":"}"}]}"#, r##"{"b64_json":"#0"}"##, "[]"], "in steps of {step}");
        assert!(harvester.is_empty());
    }
}

#[test]
fn every_length_is_bounded() {
    let push = |bounds: ResponseBounds, first: &str, more: &str| {
        let mut harvester = ImageExtractor::new(ImageKeys::Images, bounds, Spool::default());
        harvester.push(&mut first.as_bytes()).unwrap();
        (0..1_000_000).find_map(|_| harvester.push(&mut more.as_bytes()).err())
    };
    let bounds = ResponseBounds::for_images(1, 0, None);
    let image = r#"{"b64_json":"aGk="},"#;
    assert_eq!(push(bounds, r#"{"data":["#, image), Some(ResponseBoundsError::TooManyImages(4)));
    assert_eq!(push(bounds, "[", "["), Some(ResponseBoundsError::TooDeep));
    let words = "x".repeat(1 << 16);
    assert_eq!(push(bounds, r#"{"error":""#, &words), Some(ResponseBoundsError::TooLong(4 << 20)));
    assert_eq!(push(bounds, r#"{"data":"#, &" ".repeat(1 << 16)), Some(ResponseBoundsError::TooLong(4 << 20)));
    let small = ResponseBounds { image: 3000, total: 4000, ..bounds };
    assert_eq!(push(small, r#"{"b64_json":""#, "aGk+"), Some(ImageDataError::TooLarge(3000).into()));
    let large = format!(r#"{{"b64_json":"{}"}},"#, "aGk+".repeat(700));
    assert_eq!(push(small, r#"{"data":["#, &large), Some(ImageDataError::TooLarge(4000 - 2100).into()));
}
