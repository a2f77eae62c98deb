use super::*;

fn parse(body: &str) -> Result<Checked, SvgError> {
    let text = format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{body}</svg>"#);
    Checked::parse(&text, &Limits::default())
}

#[test]
fn a_plain_drawing_becomes_pixels() {
    let red = parse(r#"<rect width="100" height="100" fill="red"/>"#).unwrap().render(Size::new(4, 2)).unwrap();
    assert_eq!(red.size, Size::new(4, 2));
    assert_eq!(red.rgba[4..8], [255, 0, 0, 255], "the middle is covered");
    assert_eq!(red.rgba[0..4], [0, 0, 0, 0], "beside the square nothing is drawn");
    assert!(red.encode_png().unwrap().starts_with(b"\x89PNG"));
}
