//! Outlines of shapes, for the boxes and lengths that CSS refers to.

use kurbo::{BezPath, ParamCurveArclen, Rect, Shape};

use super::{
    scope::PercentageAxis,
    value::{self, Units, format_number},
};

/// Returns the geometry attributes that style sheets can set on an element.
pub(super) fn properties(tag: &str) -> &'static [&'static str] {
    match tag {
        "rect" => &["x", "y", "width", "height", "rx", "ry"],
        "circle" => &["cx", "cy", "r"],
        "ellipse" => &["cx", "cy", "rx", "ry"],
        "image" | "use" => &["x", "y", "width", "height"],
        "path" => &["d"],
        _ => &[],
    }
}

/// Parses an attribute in user units; percentages refer to the view.
pub(super) fn parse_measure(value: &str, axis: PercentageAxis, view: (f64, f64)) -> Option<f64> {
    let whole = match axis {
        PercentageAxis::X => view.0,
        PercentageAxis::Y => view.1,
        PercentageAxis::Other => view.0.hypot(view.1) / std::f64::consts::SQRT_2,
    };
    match value.strip_suffix('%') {
        Some(part) => Some(part.parse::<f64>().ok()? * whole / 100.0),
        None => value::length(value, &Units::default(), true),
    }
}

/// Returns path data with the same outline as a shape; `get` reads the shape's attributes.
pub(super) fn outline_path(tag: &str, get: &dyn Fn(&str) -> Option<String>, view: (f64, f64)) -> Option<String> {
    let number = |name: &str, axis: PercentageAxis| get(name).and_then(|value| parse_measure(&value, axis, view));
    let or_zero = |name: &str, axis: PercentageAxis| number(name, axis).unwrap_or(0.0);
    match tag {
        "path" => get("d"),
        "polyline" => Some(format!("M{}", get("points")?)),
        "polygon" => Some(format!("M{}Z", get("points")?)),
        "line" => {
            let [x1, y1, x2, y2] = [
                ("x1", PercentageAxis::X),
                ("y1", PercentageAxis::Y),
                ("x2", PercentageAxis::X),
                ("y2", PercentageAxis::Y),
            ]
            .map(|(name, axis)| format_number(or_zero(name, axis)));
            Some(format!("M{x1} {y1}L{x2} {y2}"))
        }
        "circle" | "ellipse" => {
            let (cx, cy) = (or_zero("cx", PercentageAxis::X), or_zero("cy", PercentageAxis::Y));
            let (rx, ry) = if tag == "circle" {
                (number("r", PercentageAxis::Other), None)
            } else {
                (number("rx", PercentageAxis::X), number("ry", PercentageAxis::Y))
            };
            let (rx, ry) = (rx.or(ry)?, ry.or(rx)?);
            Some(ellipse_path(cx, cy, rx, ry))
        }
        "rect" => {
            let (x, y) = (or_zero("x", PercentageAxis::X), or_zero("y", PercentageAxis::Y));
            let (width, height) = (number("width", PercentageAxis::X)?, number("height", PercentageAxis::Y)?);
            let (rx, ry) = (number("rx", PercentageAxis::X), number("ry", PercentageAxis::Y));
            let (rx, ry) = (rx.or(ry).unwrap_or(0.0), ry.or(rx).unwrap_or(0.0));
            Some(rectangle([x, y, width, height], [(rx, ry); 4]))
        }
        _ => None,
    }
}

/// Returns an ellipse as path data.
pub(super) fn ellipse_path(cx: f64, cy: f64, rx: f64, ry: f64) -> String {
    let (rx, ry) = (rx.max(0.0), ry.max(0.0));
    let [left, right, y, rx, ry] = [cx - rx, cx + rx, cy, rx, ry].map(format_number);
    format!("M{right} {y}A{rx} {ry} 0 0 1 {left} {y}A{rx} {ry} 0 0 1 {right} {y}Z")
}

/// Returns a rectangle as path data, with rounded corners listed clockwise from the top left.
pub(super) fn rectangle([x, y, width, height]: [f64; 4], corners: [(f64, f64); 4]) -> String {
    // Radii that do not fit are scaled down together.
    let fit = |edge: f64, one: f64, other: f64| if one + other > edge { edge / (one + other) } else { 1.0 };
    let [one, two, three, four] = corners;
    let factor = fit(width, one.0, two.0)
        .min(fit(width, four.0, three.0))
        .min(fit(height, one.1, four.1))
        .min(fit(height, two.1, three.1));
    let [one, two, three, four] = corners.map(|(rx, ry)| (rx.max(0.0) * factor, ry.max(0.0) * factor));
    let (right, bottom) = (x + width, y + height);
    let arc = |(rx, ry): (f64, f64), x: f64, y: f64| {
        let [rx, ry, x, y] = [rx, ry, x, y].map(format_number);
        if rx == "0" || ry == "0" { format!("L{x} {y}") } else { format!("A{rx} {ry} 0 0 1 {x} {y}") }
    };
    let start = format!("M{} {}H{}", format_number(x + one.0), format_number(y), format_number(right - two.0));
    [
        start,
        arc(two, right, y + two.1),
        format!("V{}", format_number(bottom - three.1)),
        arc(three, right - three.0, bottom),
        format!("H{}", format_number(x + four.0)),
        arc(four, x, bottom - four.1),
        format!("V{}", format_number(y + one.1)),
        arc(one, x + one.0, y),
        "Z".to_owned(),
    ]
    .concat()
}

/// Returns the bounding box of a path.
pub(super) fn bounds(data: &str) -> Option<Rect> {
    let path = BezPath::from_svg(data).ok().filter(|path| !path.elements().is_empty())?;
    Some(path.bounding_box()).filter(Rect::is_finite)
}

/// Returns the length of a path in user units.
pub(super) fn length(data: &str) -> Option<f64> {
    let path = BezPath::from_svg(data).ok()?;
    let length = path.segments().map(|segment| segment.arclen(0.01)).sum::<f64>();
    (length.is_finite() && length > 0.0).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_and_lengths_of_shapes() {
        let attributes = |name: &str| match name {
            "x" | "y" => Some("10".to_owned()),
            "width" => Some("50%".to_owned()),
            "height" => Some("20".to_owned()),
            _ => None,
        };
        let rect = outline_path("rect", &attributes, (100.0, 100.0)).unwrap();
        assert_eq!(bounds(&rect), Some(Rect::new(10.0, 10.0, 60.0, 30.0)));
        assert!((length(&rect).unwrap() - 140.0).abs() < 0.01);
        let circle = ellipse_path(0.0, 0.0, 10.0, 10.0);
        assert!((length(&circle).unwrap() - std::f64::consts::TAU * 10.0).abs() < 0.05);
    }
}
