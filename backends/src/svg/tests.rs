//! The features that a drawing may and may not use: every hostile file ends in an error, quickly and without side
//! effects.

use super::*;

const OPEN: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">"#;

fn parse(body: &str) -> Result<CheckedSvg, SvgError> {
    CheckedSvg::parse(&format!("{OPEN}{body}</svg>"), &SvgLimits::default())
}

fn parse_error(body: &str) -> SvgError {
    parse(body).map(|_| body.to_owned()).unwrap_err()
}

/// Returns the error of a drawing that is rejected when it is read or, at the latest, before it is drawn.
fn render_error(body: &str) -> SvgError {
    parse(body).and_then(|checked| checked.check_size(Size::new(1024, 1024))).unwrap_err()
}

fn limit(error: &SvgError) -> &str {
    match error {
        SvgError::Limit { what, .. } => what,
        other => panic!("no limit, but {other}"),
    }
}

#[test]
fn a_plain_drawing_becomes_pixels() {
    let red = parse(r#"<rect width="100" height="100" fill="red"/>"#).unwrap().render(Size::new(4, 2)).unwrap();
    assert_eq!(red.size, Size::new(4, 2));
    assert_eq!(red.rgba[4..8], [255, 0, 0, 255], "the middle is covered");
    assert_eq!(red.rgba[0..4], [0, 0, 0, 0], "beside the square nothing is drawn");
    assert!(red.encode_png().unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn pixels_are_straight_not_premultiplied() {
    let half = parse(r##"<rect width="100" height="100" fill="#fff" fill-opacity=".5"/>"##).unwrap();
    assert_eq!(half.render(Size::new(1, 1)).unwrap().rgba, [255, 255, 255, 128]);
}

#[test]
fn text_is_drawn_with_any_font_family() {
    for family in ["serif", "monospace", "Comic Sans MS", "cursive", "no such font, fantasy"] {
        let text = format!(r#"<text x="5" y="70" font-size="60" font-family="{family}">Ab</text>"#);
        let pixels = parse(&text).unwrap().render(Size::new(50, 50)).unwrap();
        let inked = pixels.rgba.chunks_exact(4).filter(|pixel| pixel[3] > 128).count();
        assert!(inked > 100, "{family}: {inked} pixels of ink");
    }
}

#[test]
fn bold_text_is_bolder() {
    let ink = |weight: &str| {
        let text = format!(r#"<text x="5" y="70" font-size="60" font-weight="{weight}">Ab</text>"#);
        let pixels = parse(&text).unwrap().render(Size::new(50, 50)).unwrap();
        pixels.rgba.chunks_exact(4).map(|pixel| u32::from(pixel[3])).sum::<u32>()
    };
    assert!(ink("bold") > ink("normal") * 11 / 10);
}

#[test]
fn missing_glyphs_are_reported() {
    let checked = parse("<text y=\"50\">猫 cat</text>").unwrap();
    assert_eq!(checked.remarks(), ["the bundled font lacks the characters 猫"]);
    assert!(parse("<text y=\"50\" font-size=\"9\">кот γάτα → ★</text>").unwrap().remarks().is_empty());
}

#[test]
fn valid_embedded_images_are_drawn_and_invalid_ones_rejected() {
    let pixels = PixelBuffer { size: Size::new(1, 1), rgba: vec![0, 0, 255, 255] };
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, pixels.encode_png().unwrap());
    let image = |href: &str| format!(r#"<image width="100" height="100" href="{href}"/>"#);
    let blue = parse(&image(&format!("data:image/png;base64,{encoded}"))).unwrap().render(Size::new(1, 1)).unwrap();
    assert_eq!(blue.rgba, [0, 0, 255, 255]);
    assert_eq!(parse_error(&image("data:image/png;base64,AAAA")), SvgError::Image);
    for outside in ["data:image/svg+xml;base64,AAAA", "data:text/html,x", "data:image/svg+xml,<svg/>"] {
        assert!(matches!(parse_error(&image(&outside.replace('<', "&lt;"))), SvgError::Reference { .. }), "{outside}");
    }
}

#[test]
fn external_references_are_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret.png");
    let png = PixelBuffer { size: Size::new(1, 1), rgba: vec![255; 4] }.encode_png().unwrap();
    std::io::Write::write_all(&mut std::fs::File::create(&file).unwrap(), &png).unwrap();
    let file = file.display();
    for body in [
        format!(r#"<image href="{file}" width="9" height="9"/>"#),
        format!(r#"<image href="file://{file}" width="9" height="9"/>"#),
        format!(r#"<image xmlns:x="http://www.w3.org/1999/xlink" x:href="{file}" width="9" height="9"/>"#),
        r#"<image href="http://127.0.0.1:9/x.png" width="9" height="9"/>"#.to_owned(),
        r#"<image href=" https://example.org/x.png" width="9" height="9"/>"#.to_owned(),
        r#"<use href="other.svg#a"/>"#.to_owned(),
        r#"<a href="javascript:alert(1)"><rect/></a>"#.to_owned(),
        format!(r#"<filter id="f"><feImage href="{file}"/></filter><rect filter="url(#f)" width="9" height="9"/>"#),
        r#"<rect fill="url(http://example.org/#a)"/>"#.to_owned(),
        r#"<rect style="fill: URL( 'https://example.org/a' )"/>"#.to_owned(),
        "<style>@import 'https://example.org/a.css';</style>".to_owned(),
        "<style>@font-face{src:url(x.woff)}</style>".to_owned(),
        r"<style>rect{fill:u\72l(https:a)}</style>".to_owned(),
    ] {
        assert!(matches!(parse_error(&body), SvgError::Reference { .. }), "{body}: {:?}", parse_error(&body));
    }
}

#[test]
fn renderer_opens_no_files() {
    // This bypasses the check, as if it had a hole: the renderer itself has no way to open a file either.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("red.png");
    let png = PixelBuffer { size: Size::new(1, 1), rgba: vec![255, 0, 0, 255] }.encode_png().unwrap();
    std::io::Write::write_all(&mut std::fs::File::create(&file).unwrap(), &png).unwrap();
    let text = format!(r#"{OPEN}<image href="{}" width="100" height="100"/></svg>"#, file.display());
    let limits = SvgLimits::default();
    let document = document_check::document(&text, &limits).unwrap();
    let tree = render::read(&document, &limits).unwrap();
    let pixels = render::render(&tree, Size::new(2, 2), &limits).unwrap();
    assert!(pixels.rgba.iter().all(|byte| *byte == 0), "the file was drawn");
}

#[test]
fn executable_content_is_rejected() {
    for (body, name) in [
        ("<script>alert(1)</script>", "script"),
        ("<foreignObject><p xmlns=\"http://www.w3.org/1999/xhtml\"/></foreignObject>", "foreignObject"),
        ("<g><iframe xmlns=\"http://www.w3.org/1999/xhtml\" src=\"x\"/></g>", "iframe"),
        ("<handler/>", "handler"),
        ("<rect xmlns=\"\"/>", "rect"),
        ("<?xml-stylesheet href=\"file:///x.css\"?>", "?xml-stylesheet"),
    ] {
        assert!(matches!(parse_error(body), SvgError::Element { name: found, .. } if found == name), "{body}");
    }
    for (body, name) in [
        ("<rect onclick=\"x()\"/>", "onclick"),
        ("<rect ONLOAD=\"x()\"/>", "ONLOAD"),
        ("<g xml:base=\"http://example.org/\"/>", "base"),
        ("<set attributeName=\"onload\" to=\"x\"/>", "onload"),
        ("<a><animate attributeName=\"href\" to=\"javascript:x\"/></a>", "href"),
    ] {
        assert!(matches!(parse_error(body), SvgError::Attribute { name: found, .. } if found == name), "{body}");
    }
}

#[test]
fn errors_name_the_line_without_control_characters() {
    assert_eq!(
        parse_error("\n\n<blink/>").to_string(),
        "the SVG has a `blink` element on line 3, which is not allowed"
    );
    let long = format!("<image href=\"\u{202e}{}\"/>", "x".repeat(9999));
    assert!(parse_error(&long).to_string().len() < 200);
}

#[test]
fn entities_and_doctypes_are_rejected_unparsed() {
    let bomb = r#"<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>"#;
    let text = format!("{bomb}{OPEN}<text>&b;</text></svg>");
    assert_eq!(CheckedSvg::parse(&text, &SvgLimits::default()).unwrap_err(), SvgError::Doctype);
    let file = format!("<!doctype svg [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>{OPEN}<text>&x;</text></svg>");
    assert_eq!(CheckedSvg::parse(&file, &SvgLimits::default()).unwrap_err(), SvgError::Doctype);
    assert!(matches!(parse_error("<text>&unknown;</text>"), SvgError::Malformed(_)));
}

#[test]
fn multiplying_references_are_counted_before_expansion() {
    let chain = |link: &dyn Fn(usize) -> String| (1..12).map(link).collect::<String>();
    let uses = chain(&|at| format!("<g id=\"a{at}\">{}</g>", format!("<use href=\"#a{}\"/>", at - 1).repeat(10)));
    let patterns = chain(&|at| {
        let tile = format!("<rect width=\"9\" height=\"9\" fill=\"url(#a{})\"/>", at - 1).repeat(10);
        format!("<pattern id=\"a{at}\" width=\"1\" height=\"1\">{tile}</pattern>")
    });
    let masks = chain(&|at| {
        let inside = format!("<rect width=\"9\" height=\"9\" mask=\"url(#a{})\"/>", at - 1).repeat(10);
        format!("<mask id=\"a{at}\">{inside}</mask>")
    });
    let classes = chain(&|at| {
        let tile = format!("<rect class=\"c{}\" width=\"9\" height=\"9\"/>", at - 1).repeat(10);
        format!(
            "<style>.c{at}{{fill:url(#a{at})}}</style><pattern id=\"a{at}\" width=\"1\" height=\"1\">{tile}</pattern>"
        )
    });
    let dots = format!(
        "<marker id=\"m\">{}</marker><path marker-mid=\"url(#m)\" d=\"M0 0{}\"/>",
        "<rect/>".repeat(300),
        "h1".repeat(2_000)
    );
    let leaf = "<rect id=\"a0\" width=\"9\" height=\"9\"/>";
    for body in [uses, patterns, masks, classes] {
        let error = parse_error(&format!("{leaf}{body}<use href=\"#a11\"/>"));
        assert_eq!(limit(&error), "many elements once its references are followed");
    }
    assert_eq!(limit(&parse_error(&dots)), "many elements once its references are followed");
}

#[test]
fn circular_references_are_rejected() {
    for body in [
        r##"<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>"##,
        r##"<use id="a" href="#a"/>"##,
        // The first gradient is outside the circle of the other two; following them never ends.
        r##"<linearGradient id="a" href="#b"/><linearGradient id="b" href="#c"/><linearGradient id="c" href="#b"/><rect width="9" height="9" fill="url(#a)"/>"##,
        r#"<pattern id="a" width="1" height="1"><rect fill="url(#a)" width="9" height="9"/></pattern>"#,
        r#"<mask id="a"><rect mask="url(#a)" width="9" height="9"/></mask>"#,
        r#"<clipPath id="a" clip-path="url(#b)"/><clipPath id="b" clip-path="url(#a)"/>"#,
        r#"<style>.x{fill:url(#a)}</style><pattern id="a"><rect class="x"/></pattern>"#,
    ] {
        assert!(matches!(parse_error(body), SvgError::Cycle(_)), "{body}: {:?}", parse_error(body));
    }
}

#[test]
fn source_sizes_are_limited() {
    assert_eq!(limit(&parse_error(&"<g/>".repeat(60_000))), "many elements");
    assert_eq!(limit(&parse_error(&" ".repeat(9 << 20))), "many bytes");
    assert_eq!(limit(&parse_error(&"<!--x--><g/>".repeat(150_000))), "many nodes");
    assert_eq!(limit(&parse_error(&format!("<text>{}</text>", "x".repeat(30_000)))), "many characters of text");
    assert_eq!(limit(&parse_error(&format!("<style>{}</style>", "a{fill:red}".repeat(9_000)))), "long style sheets");
    let deepest = format!("{}{}", "<g>".repeat(150_000), "</g>".repeat(150_000));
    assert_eq!(limit(&parse_error(&deepest)), "many elements");
    let deeper = format!("{}{}", "<g>".repeat(100), "</g>".repeat(100));
    assert_eq!(limit(&parse_error(&deeper)), "deep nesting");
    let stair = |at: u32| format!("<g id=\"a{at}\"><use href=\"#a{}\"/></g>", at + 1);
    let stairs: Vec<String> = (1..100).map(stair).collect();
    assert_eq!(limit(&parse_error(&stairs.concat())), "deep nesting");
}

#[test]
fn render_work_is_estimated_up_front() {
    let rect = "<rect width=\"100\" height=\"100\"";
    let filter = |inside: &str| format!("<filter id=\"f\">{inside}</filter>{rect} filter=\"url(#f)\"/>");
    let layers = format!("{}{rect}/>{}", "<g opacity=\".9\">".repeat(40), "</g>".repeat(40));
    for body in [
        filter("<feMorphology radius=\"1000\"/>").repeat(3),
        // 450 bytes that took eight seconds: the filter region is a hundred times the canvas.
        format!(
            "<filter id=\"f\" filterUnits=\"userSpaceOnUse\" x=\"-9999\" y=\"-9999\" width=\"99999\" height=\"99999\">\
             <feGaussianBlur stdDeviation=\"2\"/></filter>{rect} filter=\"url(#f)\"/>"
        ),
        filter(&"<feTurbulence numOctaves=\"16\" baseFrequency=\"1\"/>".repeat(9)),
        filter(&"<feGaussianBlur stdDeviation=\"900\"/>".repeat(9_000)),
        format!("<path stroke=\"red\" stroke-dasharray=\".0001\" d=\"M0 0{}\"/>", "H99H0".repeat(500)),
        format!(
            "<pattern id=\"p\" width=\"1e6\" height=\"1e6\" patternUnits=\"userSpaceOnUse\">{rect}/></pattern>{rect} fill=\"url(#p)\"/>"
        ),
        format!("<path d=\"M0 0{}\"/>", "l50 99 50-99-99 0".repeat(200_000)),
        layers.repeat(300),
    ] {
        let what = limit(&render_error(&body)).to_owned();
        assert!(["much to draw", "large layers"].contains(&what.as_str()), "{what}: {}", &body[..80]);
    }
}

#[test]
fn common_effects_stay_within_limits() {
    let body = r##"<defs><linearGradient id="g"><stop stop-color="red"/><stop offset="1" stop-color="blue"/></linearGradient>
        <filter id="s"><feDropShadow stdDeviation="2" dx="1" dy="1"/></filter><clipPath id="c"><circle cx="50" cy="50" r="40"/></clipPath>
        <pattern id="p" width="8" height="8" patternUnits="userSpaceOnUse"><circle r="3"/></pattern>
        <mask id="m"><rect width="100" height="100" fill="#fff"/></mask><marker id="a" orient="auto"><path d="M0 0l4 2-4 2z"/></marker></defs>
        <style>.cls-1{fill:url(#g);filter:url(#s)} text{font-weight:bold}</style>
        <g clip-path="url(#c)" mask="url(#m)" opacity=".8"><rect class="cls-1" width="100" height="100"/></g>
        <g fill="url(#p)" data-word="cat" aria-label="cat"><circle cx="50" cy="50" r="30"/></g>
        <path d="M0 0L9 9" stroke="#000" marker-end="url(#a)" stroke-dasharray="1 2"/><text x="9" y="50">Hi &amp; <tspan>bye</tspan></text>"##;
    let checked = parse(body).unwrap();
    assert_eq!(checked.remarks(), ["the edges in pattern tiles are softer than in browsers"]);
    assert!(checked.render(Size::new(2048, 2048)).is_ok());
    assert_eq!(limit(&checked.render(Size::new(9000, 1)).unwrap_err()), "long an edge");
}

#[test]
fn harmless_unknown_markup_is_skipped_with_a_remark() {
    let body = r#"<rect z-index="3" width="9" height="9"><animate attributeName="x" to="5"/></rect>
        <metadata><x:note xmlns:x="http://www.inkscape.org/namespaces/inkscape" x:version="1"/></metadata>"#;
    let checked = parse(body).unwrap();
    assert_eq!(checked.remarks(), ["the attribute `z-index` has no effect here", "animation is shown at its start"]);
}

#[test]
fn truncated_drawings_are_errors_not_panics() {
    let whole = format!(
        "{OPEN}<style>a{{fill:url(#g)}}</style><g id=\"g\" style=\"fill:red\"><path d=\"M0 0C1 2 3 4 5 6z\"/>\
         <text x=\"1\">é猫&amp;</text><use href=\"#q\"/></g></svg>"
    );
    assert!(CheckedSvg::parse(&whole, &SvgLimits::default()).is_ok());
    for end in (0..whole.len()).filter(|end| whole.is_char_boundary(*end)) {
        assert!(CheckedSvg::parse(&whole[..end], &SvgLimits::default()).is_err(), "{}", &whole[..end]);
    }
}

#[test]
fn invalid_sizes_are_errors() {
    let of = |attributes: &str| {
        let text =
            format!("<svg xmlns=\"http://www.w3.org/2000/svg\" {attributes}><rect width=\"1\" height=\"1\"/></svg>");
        CheckedSvg::parse(&text, &SvgLimits::default())
    };
    assert_eq!(of("width=\"0\" height=\"0\"").unwrap_err(), SvgError::Size);
    assert_eq!(of("viewBox=\"0 0 -5 5\" width=\"-1\"").unwrap_err(), SvgError::Size);
    assert_eq!(of("width=\"30\" height=\"20.4\"").unwrap().size(), Size::new(30, 20));
    let huge = of("width=\"1e30\" height=\"1e30\"");
    assert!(huge.and_then(|checked| checked.render(Size::new(16, 16))).is_ok_and(|pixels| pixels.rgba.len() == 1024));
}

#[test]
fn non_svg_input_is_rejected() {
    for text in ["<html/>", "<svg/>"] {
        assert_eq!(CheckedSvg::parse(text, &SvgLimits::default()).unwrap_err(), SvgError::NotSvg, "{text}");
    }
    for text in ["", "hello", "{}"] {
        assert!(CheckedSvg::parse(text, &SvgLimits::default()).is_err(), "{text}");
    }
}

const CANVAS: Size = Size::new(640, 480);

#[test]
fn drawing_is_extracted_from_prose_and_fences() {
    let answer = format!("Here is your <svg>-drawing:\n```svg\n{OPEN}<rect/></svg>\n```\nEnjoy!");
    assert_eq!(extract(&answer, CANVAS).unwrap().svg, format!("{OPEN}<rect/></svg>"));
    let answer = format!("```svg\n{OPEN}<svg x=\"1\"><rect/></svg></svg>\n```\nEnjoy!");
    let found = extract(&answer, CANVAS).unwrap();
    assert_eq!(found.svg, format!("{OPEN}<svg x=\"1\"><rect/></svg></svg>"));
    assert_eq!(found.repairs, Vec::<String>::new());
    assert_eq!(extract("no drawing, sorry", CANVAS), None);
}

/// Answers of models, each with one drawing that counts: a red circle on a canvas of 100 by 100.
const ANSWERS: [(&str, &str); 16] = [
    ("thoughts", include_str!("answers/thoughts.txt")),
    ("prose before", include_str!("answers/prose-before.txt")),
    ("prefix", include_str!("answers/prefix.txt")),
    (
        "prose around a fence",
        "Sure: an `<svg>`.\n```xml\n<?xml version=\"1.0\"?>\nDRAWING\n```\nThe `</svg>` tag closes it.",
    ),
    ("a document type", "<!DOCTYPE svg PUBLIC \"x\" \"y\">\nDRAWING"),
    (
        "a draft before",
        "Draft:\n<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"><rect width=\"9\" height=\"9\"/></svg>\nFinal:\nDRAWING",
    ),
    ("a snippet after", "DRAWING\nTo embed it: <svg viewBox=\"0 0 1 1\"><g/></svg>"),
    (
        "a draft that was cut off",
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"><rect\n\nLet me start over.\n\nDRAWING",
    ),
    ("thoughts with a drawing", "<thinking><svg viewBox=\"0 0 9 9\"><g/></thinking>DRAWING"),
    ("a page of HTML", "<!doctype html><html><body><p>Here</p>DRAWING</body></html>"),
    ("a tag in prose, closed", "Use <svg> and </svg>.\n\nDRAWING"),
    ("escapes", "ESCAPED"),
    ("a string of JSON", "JSON"),
    ("a fence with JSON", "```json\nJSON\n```"),
    ("a comment with an end in it", "COMMENTED"),
    ("twice the same", "DRAWING\n\nDRAWING"),
];

#[test]
fn drawing_is_extracted_from_model_answers() {
    let drawing = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><circle cx="50" cy="50" r="40" fill="red"/></svg>"#;
    let commented = drawing.replace("<circle", "<!-- </svg> --><circle");
    let json = serde_json::json!({ "title": "a circle", "svg": drawing }).to_string();
    let escaped = drawing.replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    for (name, answer) in ANSWERS {
        let answer = answer.replace("DRAWING", drawing).replace("ESCAPED", &escaped);
        let answer = answer.replace("JSON", &json).replace("COMMENTED", &commented);
        let found = extract(&answer, CANVAS).unwrap();
        assert_eq!(found.repairs, Vec::<String>::new(), "{name}");
        let checked =
            CheckedSvg::parse(&found.svg, &SvgLimits::default()).unwrap_or_else(|flaw| panic!("{name}: {flaw}"));
        assert_eq!(checked.size(), Size::new(100, 100), "{name}: {}", found.svg);
        let pixels = checked.render(Size::new(100, 100)).unwrap().rgba;
        assert_eq!((&pixels[4 * 5050..][..4], pixels[3]), (&[255, 0, 0, 255][..], 0), "{name}");
    }
}

#[test]
fn html_entities_are_replaced_with_a_remark() {
    let found = extract(include_str!("answers/entities.txt"), CANVAS).unwrap();
    assert_eq!(found.repairs, ["replaced HTML's `&nbsp;`, `&mdash;`"]);
    CheckedSvg::parse(&found.svg, &SvgLimits::default()).unwrap();
    let found = extract(&format!("{OPEN}<text>Tom & Jerry</text></svg>"), CANVAS).unwrap();
    assert_eq!(found.repairs, ["escaped a bare `&`"]);
    CheckedSvg::parse(&found.svg, &SvgLimits::default()).unwrap();
}

#[test]
fn missing_attributes_are_inserted_with_a_remark() {
    let found = extract(r##"<svg width="30" height="20"><use xlink:href="#a"/></svg>"##, CANVAS).unwrap();
    assert_eq!(found.repairs.len(), 2, "{:?}", found.repairs);
    let checked = CheckedSvg::parse(&found.svg, &SvgLimits::default()).unwrap();
    assert_eq!(checked.size(), Size::new(30, 20));
    let bare = extract("<svg/>", CANVAS).unwrap();
    assert_eq!(CheckedSvg::parse(&bare.svg, &SvgLimits::default()).unwrap().size(), CANVAS);
    assert_eq!(extract("<svg title='a>b'><g/></svg>", CANVAS).unwrap().repairs.len(), 2);
}

#[test]
fn truncated_drawing_is_not_closed_silently() {
    let found = extract(&format!("{OPEN}<rect width=\"5"), CANVAS).unwrap();
    assert!(matches!(CheckedSvg::parse(&found.svg, &SvgLimits::default()), Err(SvgError::Malformed(_))));
    assert!(extract("<svg width=\"5", CANVAS).is_some_and(|found| found.repairs.is_empty()));
}

#[test]
fn resizing_changes_only_the_size() {
    let drawing = r#"<svg xmlns="http://www.w3.org/2000/svg" width = '30' viewBox="0 0 30 20" height="20" data-width="7"><rect width="5"/></svg>"#;
    let large = with_size(drawing, Size::new(300, 200)).unwrap();
    assert_eq!(
        large,
        r#"<svg width="300" height="200" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 20" data-width="7"><rect width="5"/></svg>"#
    );
    assert_eq!(CheckedSvg::parse(&large, &SvgLimits::default()).unwrap().size(), Size::new(300, 200));
    let bare = with_size("<svg width='30' height='20'/>", Size::new(60, 40)).unwrap();
    assert!(bare.contains(r#"viewBox="0 0 30 20""#) && bare.ends_with("/>"), "{bare}");
    assert_eq!(with_size("nothing", Size::new(60, 40)), None);
}

/// Returns the color of one pixel of a drawing.
fn pixel(checked: &CheckedSvg, size: Size, x: u32, y: u32) -> [u8; 4] {
    let pixels = checked.render(size).unwrap();
    pixels.rgba[(4 * (y * size.width + x)) as usize..][..4].try_into().unwrap()
}

#[test]
fn plain_doctype_is_accepted_but_entity_declarations_are_not() {
    let plain =
        "<?xml version=\"1.0\"?>\n<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"http://www.w3.org/a.dtd\">\n";
    let drawing = format!("{OPEN}<circle cx='50' cy='50' r='40' fill='red'/></svg>");
    assert!(CheckedSvg::parse(&format!("{plain}{drawing}"), &SvgLimits::default()).is_ok());
    let wrong = format!("{plain}{OPEN}\n<blink/></svg>");
    let error = CheckedSvg::parse(&wrong, &SvgLimits::default()).map(|_| ()).unwrap_err();
    assert!(matches!(error, SvgError::Element { line: 4, .. }), "{error:?}");
    let declaring = format!("<!DOCTYPE svg [<!ENTITY a 'b'>]>{drawing}");
    assert_eq!(CheckedSvg::parse(&declaring, &SvgLimits::default()).map(|_| ()).unwrap_err(), SvgError::Doctype);
}

#[test]
fn millimeter_size_without_view_box_fills_the_canvas() {
    let drawing = r#"<svg xmlns="http://www.w3.org/2000/svg" width="100mm" height="50mm"><rect width="100mm" height="50mm" fill="red"/></svg>"#;
    let found = extract(drawing, CANVAS).unwrap();
    assert_eq!((found.svg.as_str(), found.repairs), (drawing, Vec::<String>::new()));
    let checked = CheckedSvg::parse(drawing, &SvgLimits::default()).unwrap();
    assert_eq!(checked.size(), Size::new(378, 189));
    assert_eq!(pixel(&checked, Size::new(400, 200), 395, 195), [255, 0, 0, 255]);
    let large = CheckedSvg::parse(&with_size(drawing, Size::new(400, 200)).unwrap(), &SvgLimits::default()).unwrap();
    assert_eq!(pixel(&large, Size::new(400, 200), 395, 195), [255, 0, 0, 255]);
}

#[test]
fn content_beyond_the_view_is_clipped_without_a_remark() {
    let drawing = r##"<svg xmlns="http://www.w3.org/2000/svg" width="400" height="200" viewBox="0 0 400 200"><rect width="400" height="200" fill="#8cf"/><circle cx="200" cy="200" r="90" fill="red"/></svg>"##;
    let checked = CheckedSvg::parse(drawing, &SvgLimits::default()).unwrap();
    assert!(checked.remarks().is_empty());
    assert_eq!(
        (checked.size(), pixel(&checked, Size::new(400, 200), 200, 199)),
        (Size::new(400, 200), [255, 0, 0, 255])
    );
}

#[test]
fn text_without_any_glyphs_is_reported() {
    let remarks = parse("<text y='30'>猫と月</text><text y='60'>🐱</text>").unwrap().remarks().to_vec();
    assert_eq!(remarks, ["the bundled font lacks the characters と月猫🐱"]);
}

#[test]
fn families_weights_and_slopes_have_distinct_faces() {
    let drawn = |attributes: &str| {
        let text = format!("<text x='5' y='70' font-size='30' {attributes}>illWM</text>");
        parse(&text).unwrap().render(Size::new(100, 100)).unwrap().rgba
    };
    let faces: Vec<Vec<u8>> = ["sans-serif", "serif", "monospace"]
        .iter()
        .flat_map(|family| {
            ["", "font-weight='bold'", "font-style='italic'", "font-weight='bold' font-style='oblique'"]
                .map(|face| drawn(&format!("font-family='{family}' {face}")))
        })
        .collect();
    for (at, one) in faces.iter().enumerate() {
        assert!(faces[at + 1..].iter().all(|other| other != one), "face {at}");
    }
    assert_eq!(drawn(""), drawn("font-family='serif'"), "as in browsers");
    assert_eq!(drawn("font-family='Courier New'"), drawn("font-family='monospace'"));
}

#[test]
fn unknown_font_has_a_remark() {
    let remarks = parse("<text y='30' font-family='Papyrus'>a</text>").unwrap().remarks().to_vec();
    assert_eq!(remarks, ["text in the font `Papyrus` is drawn in DejaVu Sans"]);
}

#[test]
fn damaged_image_and_softened_pattern_have_a_remark() {
    let damaged =
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAYAAABytg0kAAAAFklEQVR42mNk+M/wHwgZGBgYGRkZGQAbGgQBU4W1dQAAAABJRU5ErkJggg==";
    let image = format!("<image width='9' height='9' href='data:image/png;base64,{damaged}'/>");
    assert_eq!(parse(&image).unwrap().remarks(), ["an embedded image is damaged and not drawn"]);
    let tile = "<pattern id='p' width='3' height='3' patternUnits='userSpaceOnUse'><circle r='1'/></pattern>\
                <rect width='50' height='50' fill='url(#p)'/>";
    assert_eq!(parse(tile).unwrap().remarks(), ["the edges in pattern tiles are softer than in browsers"]);
}
