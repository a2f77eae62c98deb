//! Hostile and broken drawings with their expected verdicts. They are data alone, so that tests of the whole program
//! can use them as well.

/// Wraps a body as a model should.
fn whole(body: &str) -> String {
    format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">{body}</svg>"#)
}

/// Bodies that are rendered unchanged.
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

/// Bodies that are rejected.
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
    "<inkscope:grid/>",
    "<filter id='f'><feTurbulence numOctaves='40' baseFrequency='.5' stitchTiles='stitch'/></filter><rect filter='url(#f)' width='9' height='9'/>",
];

/// Whole answers and their expected verdicts.
const ANSWERS: &[(&str, &str)] = &[
    ("<svg viewBox='0 0 64 64'><text>tea & biscuits</text></svg>", "valid after repair"),
    ("<svg viewBox='0 0 64 64'><text>&nbsp;</text></svg>", "valid after repair"),
    ("", "invalid"),
    ("I cannot draw that.", "invalid"),
    ("<html><body>no</body></html>", "invalid"),
    ("<svg", "invalid"),
    ("<svg>", "invalid"),
    ("<svgs><rect/></svgs>", "invalid"),
    ("<!DOCTYPE svg><svg viewBox='0 0 9 9'><rect width='9' height='9'/></svg>", "valid after repair"),
    ("<svg viewBox='0 0 9 9'><rect width='9' height='9'/></svg>", "valid after repair"),
    ("<svg xmlns='http://www.w3.org/2000/svg'><rect width='9' height='9'/></svg>", "valid after repair"),
    ("<svg><use xlink:href='#a'/><rect width='9' height='9'/></svg>", "valid after repair"),
    ("<svg inkscape:version='1'><rect width='9' height='9'/></svg>", "valid after repair"),
    ("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 0 0'/>", "invalid"),
    ("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1e30 1e30'><rect width='9' height='9'/></svg>", "raw valid"),
    ("Here:\n```svg\n<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><rect/></svg>\n```\nBye.", "raw valid"),
    ("<svg xmlns='http://www.w3.org/1999/xhtml' viewBox='0 0 9 9'><rect/></svg>", "invalid"),
    (
        "<!DOCTYPE svg [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]><svg viewBox='0 0 9 9'><text>&b;</text></svg>",
        "invalid",
    ),
    ("<svg viewBox='0 0 9 9'><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><text>&a;</text></svg>", "invalid"),
];

/// Drawings too large to be written out: a description and the text of each.
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

/// The drawing that the truncation test cuts off at every two hundredth byte.
pub(crate) fn long() -> String {
    whole(&"<g fill='red'><path d='M0 0 L9 9 Z' data-x='é'/><text x='1' y='9'>a &amp; b 🐙</text></g>".repeat(120))
}

/// Returns every drawing and its verdict. Some refer to `port` on this machine, which must receive no request.
pub(crate) fn cases(port: u16) -> Vec<(String, &'static str)> {
    let port = port.to_string();
    let sound = SOUND.iter().map(|body| (whole(body), "raw valid"));
    let hostile = HOSTILE.iter().map(|body| (whole(body).replace("PORT", &port), "invalid"));
    let answers = ANSWERS.iter().map(|(text, word)| ((*text).to_owned(), *word));
    let bombs = bombs().into_iter().map(|(_, body)| (whole(&body), "invalid"));
    sound.chain(hostile).chain(answers).chain(bombs).collect()
}
