//! The color of light by hour: the same thing is warm at sunset and dark at night. Sun and moon themselves are drawn
//! in `lights`.

use super::{
    color::Rgb,
    scene::{Hour, SketchScene},
};

/// Returns a color as it appears in the light of the hour.
pub(super) fn in_daylight(scene: &SketchScene, color: Rgb) -> Rgb {
    match scene.hour {
        Hour::Day => color,
        Hour::Sunset => color.mix(Rgb::hex(0x0083_3a5a), 0.30),
        Hour::Night => color.mix(Rgb::hex(0x0010_1a48), 0.62),
    }
}
