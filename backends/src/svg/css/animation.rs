//! The final state of animations, which is what a still image shows.

use std::{collections::HashMap, rc::Rc};

use super::{declaration::Declaration, remarks::Remarks, style_sheet::Keyframe};

/// Returns the declarations that hold after an element's animations have ended.
pub(super) fn final_declarations(
    get: &dyn Fn(&str) -> Option<String>,
    keyframes: &HashMap<String, Vec<Keyframe>>,
    remarks: &mut Remarks,
) -> Vec<Rc<[Declaration]>> {
    let list = |name: &str, initial: &str| -> Vec<String> {
        let value = get(name).unwrap_or_else(|| initial.to_owned());
        value.split(',').map(|one| one.trim().to_owned()).collect()
    };
    let counts = list("animation-iteration-count", "1");
    let (directions, fills) = (list("animation-direction", "normal"), list("animation-fill-mode", "none"));
    let mut left = Vec::new();
    for (at, name) in list("animation-name", "none").iter().enumerate() {
        let Some(moments) = keyframes.get(name) else { continue };
        let of = |list: &[String]| list[at % list.len()].to_ascii_lowercase();
        let (count, direction, fill) = (of(&counts), of(&directions), of(&fills));
        let Ok(count) = count.parse::<f64>() else {
            remarks.add("endless CSS animation is shown at rest".to_owned());
            continue;
        };
        if fill != "forwards" && fill != "both" {
            continue;
        }
        remarks.add("CSS animation is shown at its end".to_owned());
        let Some(end) = final_moment(count, &direction) else { continue };
        left.extend(moments.iter().filter(|moment| (moment.0 - end).abs() < 1e-6).map(|moment| Rc::clone(&moment.1)));
    }
    left
}

/// Returns the moment at which an animation ends, if that is its start or its last keyframe.
fn final_moment(count: f64, direction: &str) -> Option<f64> {
    let is_whole = count.fract() == 0.0 && count >= 1.0;
    is_whole.then(|| {
        let is_even = count % 2.0 == 0.0;
        let at_start = match direction {
            "reverse" => true,
            "alternate" => is_even,
            "alternate-reverse" => !is_even,
            _ => false,
        };
        if at_start { 0.0 } else { 1.0 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn animation_direction_decides_its_final_state() {
        for (count, direction, expected) in [
            (1.0, "normal", Some(1.0)),
            (2.0, "alternate", Some(0.0)),
            (1.0, "reverse", Some(0.0)),
            (0.5, "normal", None),
        ] {
            assert_eq!(final_moment(count, direction), expected, "{count} {direction}");
        }
    }
}
