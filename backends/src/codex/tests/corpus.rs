//! Hostile and broken drawings, each with the word that it gets. None of them reaches a file or the network, none
//! panics, and what would take too long is refused by its computed work before anything is drawn.

use std::net::TcpListener;

use crate::{
    Size,
    codex::sheet::Sheet,
    svg::{Growing, Validity},
};

const CANVAS: Size = Size::new(64, 64);

/// Wraps a body as a model should.
fn whole(body: &str) -> String {
    format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">{body}</svg>"#)
}

fn judged(text: &str) -> Validity {
    Sheet::read(text, CANVAS).map_or(Validity::Invalid, |sheet| sheet.validity)
}

/// Bodies that are drawn as they came.
const SOUND: &[&str] = &[
    "<rect width='9' height='9'/>",
    "<!-- <script>alert(1)</script> --><circle r='5'/>",
    "<text x='1' y='20'>words &amp; more</text>",
    "<defs><linearGradient id='g'><stop offset='0'/></linearGradient></defs><rect width='9' height='9' fill='url(#g)'/>",
    "<style>.a{fill:red}</style><path class='a' d='M0 0L9 9V0Z'/>",
    "<g opacity='.5'><use href='#nothing'/></g><rect width='9' height='9'/>",
    "<circle r='5'><animate attributeName='r' from='1' to='9' dur='1s'/></circle>",
    "<path d='M0 0 L'/><path d='not a path'/><rect width='9' height='9'/>",
    "<rect width='-5' height='NaN'/><rect width='9' height='9'/>",
    "<rect x='1000' y='1000' width='9' height='9'/>",
    "<title>a</title><desc>b</desc><metadata/><rect width='1' height='1'/>",
    "<clipPath id='c'><circle r='9'/></clipPath><rect clip-path='url(#c)' width='64' height='64'/>",
    "<text x='1' y='9'>三只猫 🐙 \u{202e}tac</text>",
];

/// Bodies that are refused.
const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "<script href='http://127.0.0.1/x.js'/>",
    "<rect onload='alert(1)' width='9' height='9'/>",
    "<rect ONCLICK='alert(1)' width='9' height='9'/>",
    "<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'>x</p></foreignObject>",
    "<foreignObject/>",
    "<iframe src='http://127.0.0.1/'/>",
    "<embed/>",
    "<object data='x'/>",
    "<video href='x'/>",
    "<image href='file:///etc/passwd' width='9' height='9'/>",
    "<image href='/etc/passwd' width='9' height='9'/>",
    "<image href='../../secret.png' width='9' height='9'/>",
    "<image href='http://127.0.0.1:PORT/a.png' width='9' height='9'/>",
    "<image href='//127.0.0.1:PORT/a.png' width='9' height='9'/>",
    "<image xlink:href='https://example.org/a.png' xmlns:xlink='http://www.w3.org/1999/xlink' width='9' height='9'/>",
    "<use href='http://127.0.0.1:PORT/a.svg#x'/>",
    "<use href='other.svg#x'/>",
    "<a href='javascript:alert(1)'><rect width='9' height='9'/></a>",
    "<a href='http://127.0.0.1:PORT/'><rect width='9' height='9'/></a>",
    "<feImage href='http://127.0.0.1:PORT/a.png'/>",
    "<rect fill='url(http://127.0.0.1:PORT/a.svg#g)' width='9' height='9'/>",
    "<rect fill='URL( \"http://127.0.0.1:PORT/#g\")' width='9' height='9'/>",
    "<rect style='fill:url(file:///etc/passwd)' width='9' height='9'/>",
    "<rect filter='url(other.svg#f)' width='9' height='9'/>",
    "<rect mask='url(data:image/svg+xml;base64,AAAA#m)' width='9' height='9'/>",
    "<style>@import url('http://127.0.0.1:PORT/a.css');</style>",
    "<style>@import 'a.css';</style>",
    "<style>@font-face{font-family:x;src:url(http://127.0.0.1:PORT/f.woff)}</style>",
    "<style>rect{fill:url(http://127.0.0.1:PORT/a)}</style>",
    "<style>rect{background:image-set('http://127.0.0.1:PORT/a' 1x)}</style>",
    "<style>rect{fill:u\\72l(http://127.0.0.1:PORT/a)}</style>",
    "<style>rect{width:expression(alert(1))}</style>",
    "<set attributeName='href' to='http://127.0.0.1:PORT/'/>",
    "<animate attributeName='xlink:href' values='http://127.0.0.1:PORT/'/>",
    "<set attributeName='onload' to='alert(1)'/>",
    "<g xml:base='http://127.0.0.1:PORT/'><use href='#a'/></g>",
    "<image href='data:image/svg+xml;base64,PHN2Zy8+' width='9' height='9'/>",
    "<image href='data:text/html,hello' width='9' height='9'/>",
    "<image href='data:image/png;base64,!!!!' width='9' height='9'/>",
    "<image href='data:image/png;base64,aGVsbG8=' width='9' height='9'/>",
    "<?php echo 1 ?><rect width='9' height='9'/>",
    "<?xml-stylesheet href='http://127.0.0.1:PORT/a.css'?>",
    "<g id='a'><use href='#a'/></g>",
    "<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>",
    "<pattern id='p' width='1' height='1'><rect width='9' height='9' fill='url(#p)'/></pattern><rect fill='url(#p)'/>",
    "<mask id='m'><rect mask='url(#m)' width='9' height='9'/></mask><rect mask='url(#m)' width='9' height='9'/>",
    "<rect width='9' height='9'",
    "<rect width='9' width='9'/>",
    "<g><rect/></svg><svg>",
    "<rect width=9 height=9/>",
    "<text>tea & biscuits</text>",
    "<text>&nbsp;</text>",
    "<inkscope:grid/>",
];

/// Whole answers, and what is made of them.
const ANSWERS: &[(&str, Validity)] = &[
    ("", Validity::Invalid),
    ("I cannot draw that.", Validity::Invalid),
    ("<html><body>no</body></html>", Validity::Invalid),
    ("<svg", Validity::Invalid),
    ("<svg>", Validity::Invalid),
    ("<svgs><rect/></svgs>", Validity::Invalid),
    ("<!DOCTYPE svg><svg viewBox='0 0 9 9'><rect width='9' height='9'/></svg>", Validity::AfterRepair),
    ("<svg viewBox='0 0 9 9'><rect width='9' height='9'/></svg>", Validity::AfterRepair),
    ("<svg xmlns='http://www.w3.org/2000/svg'><rect width='9' height='9'/></svg>", Validity::AfterRepair),
    ("<svg><use xlink:href='#a'/><rect width='9' height='9'/></svg>", Validity::AfterRepair),
    ("<svg inkscape:version='1'><rect width='9' height='9'/></svg>", Validity::AfterRepair),
    ("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 0 0'/>", Validity::Invalid),
    (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1e30 1e30'><rect width='9' height='9'/></svg>",
        Validity::RawValid,
    ),
    (
        "Here:\n```svg\n<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><rect/></svg>\n```\nBye.",
        Validity::RawValid,
    ),
    ("<svg xmlns='http://www.w3.org/1999/xhtml' viewBox='0 0 9 9'><rect/></svg>", Validity::Invalid),
    (
        "<!DOCTYPE svg [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]><svg viewBox='0 0 9 9'><text>&b;</text></svg>",
        Validity::Invalid,
    ),
    (
        "<svg viewBox='0 0 9 9'><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><text>&a;</text></svg>",
        Validity::Invalid,
    ),
];

/// Drawings too large to be written down: what they are, and the text.
fn bombs() -> Vec<(&'static str, String)> {
    let chain = |of: &str| {
        let link =
            |level: usize| format!("<g id='l{level}'>{}</g>", format!("<use href='#l{}'/>", level + 1).repeat(10));
        format!("{}<g id='l9'>{of}</g><use href='#l0'/>", (0..9).map(link).collect::<String>())
    };
    let nested = format!("{}{}", "<g opacity='.9'>".repeat(5_000), "</g>".repeat(5_000));
    let blur =
        "<filter id='f' x='-999' y='-999' width='9999' height='9999'><feGaussianBlur stdDeviation='999'/></filter>";
    let blurred = "<g filter='url(#f)'><rect width='64' height='64'/></g>".repeat(3_000);
    let turbulence = "<filter id='f'><feTurbulence numOctaves='9' baseFrequency='.9'/></filter>";
    let noisy = "<rect filter='url(#f)' width='64' height='64'/>".repeat(40_000);
    let patterns = (0..12).map(|level| {
        let inner = "<rect width='1' height='1' fill='url(#p".to_owned() + &(level + 1).to_string() + ")'/>";
        format!("<pattern id='p{level}' width='.01' height='.01'>{}</pattern>", inner.repeat(9))
    });
    vec![
        ("a chain of uses", chain("<rect width='9' height='9'/>")),
        ("a chain of uses of words", chain("<text>lorem ipsum</text>")),
        ("deep groups", nested),
        ("huge blurs", format!("{blur}{blurred}")),
        ("much turbulence", format!("{turbulence}{noisy}")),
        ("nested patterns", format!("{}<rect width='64' height='64' fill='url(#p0)'/>", patterns.collect::<String>())),
        ("ten megabytes of paths", "<path d='M0 0L64 64L0 64L64 0Z'/>".repeat(310_000)),
        ("many elements", "<rect/>".repeat(60_000)),
        ("a long text", format!("<text>{}</text>", "words ".repeat(5_000))),
        ("a long style", format!("<style>{}</style>", ".a{fill:red}".repeat(10_000))),
    ]
}

#[test]
fn every_drawing_of_the_corpus_gets_its_word_and_reaches_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let cases = SOUND.iter().map(|body| (whole(body), Validity::RawValid));
    let cases = cases.chain(HOSTILE.iter().map(|body| (whole(body).replace("PORT", &port), Validity::Invalid)));
    let cases = cases.chain(ANSWERS.iter().map(|(text, word)| ((*text).to_owned(), *word)));
    let cases = cases.chain(bombs().into_iter().map(|(_, body)| (whole(&body), Validity::Invalid)));
    let mut wrong = Vec::new();
    let mut count = 0;
    for (text, word) in cases {
        count += 1;
        let found = judged(&text);
        if found != word {
            wrong.push(format!("{found} instead of {word}: {}", text.chars().take(200).collect::<String>()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 60, "{count}");
    assert!(listener.accept().is_err(), "something was fetched");
}

#[test]
fn cut_off_anywhere_it_is_invalid_and_never_a_panic() {
    let body = "<g fill='red'><path d='M0 0 L9 9 Z' data-x='é'/><text x='1' y='9'>a &amp; b 🐙</text></g>".repeat(120);
    let text = whole(&body);
    for end in (1..text.len()).step_by(200).filter(|end| text.is_char_boundary(*end)) {
        let cut = &text[..end];
        assert_eq!(judged(cut), Validity::Invalid, "cut at {end}");
        let mut growing = Growing::new();
        growing.push(cut);
        if let Some(patch) = growing.patch() {
            assert_ne!(judged(&patch), Validity::Invalid, "what is finished of it can be shown, cut at {end}");
        }
    }
}
