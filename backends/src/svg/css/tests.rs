//! Drawings after their styles are resolved, as text and as pixels, and the limits on hostile sheets.

use crate::{
    Size,
    svg::{CheckedSvg, SvgError, SvgLimits, document_check},
};

const OPEN: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">"#;

fn parse(body: &str) -> Result<CheckedSvg, SvgError> {
    let svg = if body.starts_with("<svg") { body.to_owned() } else { format!("{OPEN}{body}</svg>") };
    CheckedSvg::parse(&svg, &SvgLimits::default())
}

/// Returns the root's content after its styles are resolved.
fn resolved(body: &str) -> String {
    let svg = format!("{OPEN}{body}</svg>");
    let limits = SvgLimits::default();
    let document = document_check::document(&svg, &limits).unwrap();
    let text = super::resolve(&document, &limits, None).unwrap().unwrap().text;
    text.split_once('>').unwrap().1.trim_end_matches("</svg>").to_owned()
}

/// Returns the color of one pixel of a 100x100 render.
fn pixel(body: &str, x: usize, y: usize) -> [u8; 4] {
    let pixels = parse(body).unwrap().render(Size::new(100, 100)).unwrap();
    pixels.rgba[4 * (100 * y + x)..][..4].try_into().unwrap()
}

const TEAL: [u8; 4] = [0, 128, 128, 255];
const NOTHING: [u8; 4] = [0; 4];

#[test]
fn plain_drawing_is_unchanged() {
    for body in [
        "<rect width='9' height='9' fill='#123'/><g stroke='red' transform='rotate(4)'><path d='M0 0'/></g>",
        "<linearGradient id='g'><stop offset='.5' stop-color='gold'/></linearGradient><rect fill='url(#g)'/>",
    ] {
        let svg = format!("{OPEN}{body}</svg>");
        let limits = SvgLimits::default();
        let document = document_check::document(&svg, &limits).unwrap();
        assert!(super::resolve(&document, &limits, None).unwrap().is_none(), "{body}");
    }
}

#[test]
fn sheets_and_styles_become_attributes() {
    for (body, expected) in [
        ("<style>.a{fill:red}#b{fill:teal}</style><rect id='b' class='a'/>", r##"<rect id="b" fill="#008080"/>"##),
        ("<rect style='fill:var(--none,hsl(180 100% 25.1%));x:1in'/>", r##"<rect fill="#008080" x="96"/>"##),
        ("<rect style='mix-blend-mode:multiply'/>", r#"<rect style="mix-blend-mode:multiply;"/>"#),
        ("<style>g{--c:teal}rect{fill:var(--c)}</style><g><rect/></g>", r##"<g><rect fill="#008080"/></g>"##),
        ("<text style='text-transform:uppercase'>a &lt; b</text>", "<text>A &lt; B</text>"),
        ("<rect fill='red' style='fill:inherit'/>", "<rect/>"),
        ("<circle filter='url(#none)' r='9'/>", r#"<circle r="9"/>"#),
    ] {
        assert_eq!(resolved(body), expected, "{body}");
    }
}

#[test]
fn css_transforms_geometry_and_clips_are_drawn() {
    let turned = "<rect x='30' y='30' width='40' height='40' fill='teal' \
                  style='transform:rotate(45deg);transform-origin:50px 50px'/>";
    assert_eq!((pixel(turned, 50, 25), pixel(turned, 33, 33)), (TEAL, NOTHING));
    let placed = "<rect style='x:50px;y:calc(25% + 25px);width:10px;height:10px' fill='teal'/>";
    assert_eq!((pixel(placed, 55, 55), pixel(placed, 45, 55)), (TEAL, NOTHING));
    let clipped = "<rect width='100' height='100' fill='teal' style='clip-path:circle(20px)'/>";
    assert_eq!((pixel(clipped, 50, 50), pixel(clipped, 20, 50)), (TEAL, NOTHING));
}

#[test]
fn the_background_of_the_root_is_drawn() {
    let svg = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" style="background:teal"><g/></svg>"#;
    assert_eq!(pixel(svg, 1, 99), TEAL);
}

#[test]
fn a_fade_in_is_drawn_at_its_end_with_a_remark() {
    let body = "<style>.a{opacity:0;animation:f 1s forwards}@keyframes f{to{opacity:1}}</style>\
                <circle class='a' cx='50' cy='50' r='40' fill='teal'/>";
    assert_eq!(pixel(body, 50, 50), TEAL);
    assert_eq!(parse(body).unwrap().remarks(), ["CSS animation is shown at its end"]);
}

#[test]
fn duplicate_ids_resolve_to_the_first() {
    let body = "<linearGradient id='g'><stop stop-color='teal'/></linearGradient>\
                <linearGradient id='g'><stop stop-color='red'/></linearGradient><rect width='100' height='100' fill='url(#g)'/>";
    assert_eq!(pixel(body, 50, 50), TEAL);
}

#[test]
fn variables_reach_what_a_use_shows() {
    let body =
        "<defs><rect id='r' width='50' height='50' style='fill:var(--c,red)'/></defs><use href='#r' style='--c:teal'/>";
    assert_eq!(pixel(body, 25, 25), TEAL);
}

#[test]
fn a_stroke_that_does_not_scale_is_as_wide_on_every_canvas() {
    let body = "<path d='M0 50H100' stroke='teal' stroke-width='10' vector-effect='non-scaling-stroke'/>";
    let drawing = parse(body).unwrap();
    for edge in [100, 400] {
        let pixels = drawing.render(Size::new(edge, edge)).unwrap();
        let column = (0..edge).filter(|y| pixels.rgba[(4 * (y * edge + edge / 2) + 3) as usize] > 128).count();
        assert_eq!(column, 10, "on a canvas of {edge}");
    }
}

#[test]
fn undrawn_declarations_have_a_remark() {
    let remarks = |body: &str| parse(body).unwrap().remarks().to_vec();
    assert_eq!(remarks("<rect width='9' height='9' style='foo:bar'/>"), ["CSS `foo: bar` is not supported"]);
    assert_eq!(
        remarks("<style>@container (width){rect{fill:red}}</style><rect width='9' height='9'/>"),
        ["CSS `@container` is not supported"]
    );
    assert!(remarks("<rect width='9' height='9' style='cursor:pointer;transition:all 1s'/>").is_empty());
}

#[test]
fn dilation_costs_two_passes() {
    let body = "<filter id='f'><feMorphology operator='dilate' radius='5'/></filter>\
                <rect x='10' y='10' width='80' height='80' fill='teal' filter='url(#f)'/>";
    assert!(parse(body).unwrap().check_size(Size::new(1024, 1024)).is_ok());
    assert_eq!((pixel(body, 7, 50), pixel(body, 50, 7), pixel(body, 3, 50)), (TEAL, TEAL, NOTHING));
}

#[test]
fn hostile_sheets_finish_quickly() {
    let bomb: Vec<String> =
        (0..30).map(|at| format!("--v{at}:{};", format!("var(--v{})", at + 1).repeat(10))).collect();
    let bomb = bomb.concat();
    let siblings = "<rect class='a'/>".repeat(20_000);
    let many: Vec<String> = (0..3000).map(|at| format!("g *:nth-last-child({at}n){{fill:red}}")).collect();
    let many = many.concat();
    for body in [
        format!("<style>:root{{{bomb}--v30:x}}</style><rect fill='var(--v0)'/>"),
        format!("<style>.a~.a~.a~.a~.b{{fill:red}}rect:not(.b ~ *){{x:1px}}</style><g>{siblings}</g>"),
        format!("<style>{many}</style><g>{siblings}</g>"),
        format!("<style>g:has(.a ~ .b){{fill:red}}</style><g>{siblings}</g>"),
        format!("<style>{}rect{{fill:red}}{}</style><rect/>", "@media all{".repeat(4000), "}".repeat(4000)),
        format!("<style>{}fill:red{}</style><rect/>", "rect{".repeat(8000), "}".repeat(8000)),
        format!("<rect style='x:{}1px{}'/>", "calc(".repeat(20_000), ")".repeat(20_000)),
        format!("<rect style='fill:{}red{}'/>", "color-mix(in srgb,".repeat(3000), ",red)".repeat(3000)),
        format!(
            "<g style='--a:{}'>{}</g>",
            "x".repeat(16_000),
            "<rect style='--b:var(--a)var(--a);fill:var(--b)'/>".repeat(900)
        ),
    ] {
        let began = std::time::Instant::now();
        let _ = parse(&body);
        let took = began.elapsed();
        assert!(took.as_secs() < 20, "{took:?} for {}", &body[..80]);
    }
}
