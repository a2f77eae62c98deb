//! The parameters of a model that draws by writing SVG, as settings for the user.
//! Their wire format is in `wire`.

use std::borrow::Cow;

use super::catalog::CodexSpec;
use crate::{Model, Param, ParamKind, Request, Size, SizeRule};

/// The styles that `instructions.md` describes.
pub(crate) const STYLES: &[&str] = &["illustration", "flat", "line", "isometric", "icon", "poster", "free"];

/// The default canvas.
const CANVAS: Size = Size::new(1024, 1024);

/// Returns the canvas of a request, in pixels.
pub(crate) fn canvas(request: &Request) -> Size {
    request.size().unwrap_or(CANVAS)
}

/// Returns a model in the form that the studio shows.
pub(crate) fn model(spec: &CodexSpec) -> Model {
    Model {
        id: spec.id.clone(),
        about: Cow::Owned(spec.about.clone()),
        params: params(spec),
        max_count: 4,
        max_inputs: 16,
        mask: false,
        markup: false,
        life: spec.life.clone(),
    }
}

fn params(spec: &CodexSpec) -> Vec<Param> {
    let efforts = spec.efforts.iter().cloned().map(Cow::Owned).collect();
    let usual = if spec.efforts.iter().any(|effort| effort == "medium") { Some("medium") } else { None };
    let effort = Param::new("reasoning", "reasoning effort before drawing", ParamKind::Choice { choices: efforts });
    let effort = match usual.or(spec.efforts.first().map(String::as_str)) {
        Some(usual) => effort.with_default(usual),
        None => effort,
    };
    let presets = [CANVAS, Size::new(1536, 1024), Size::new(1024, 1536), Size::new(512, 512)];
    let free =
        SizeRule { min_edge: 16, max_edge: 4096, multiple_of: 1, min_pixels: 0, max_pixels: 16 << 20, max_ratio: 0 };
    let size = ParamKind::Size { presets: presets.to_vec(), auto: false, free: Some(free) };
    vec![
        effort,
        Param::new("size", "canvas size, and the size of the PNG", size).with_default(CANVAS.to_string().as_str()),
        Param::choice("style", "drawing style", STYLES).with_default("illustration"),
        Param::integer("repair", "repair attempts if a drawing cannot be rendered", 0, 1).with_default(1),
        Param::integer("passes", "review passes over the drawing; each one costs extra", 0, 3).with_default(0),
        Param::integer("max_output_tokens", "maximum output tokens, including reasoning", 1024, 128_000),
        Param::choice(
            "service_tier",
            "service tier (affects speed and price)",
            &["auto", "default", "flex", "priority"],
        ),
    ]
}
