//! The parameters of each model, derived from the catalog and from what the server accepts.
//! Conflicts between parameters are in `check`; a parameter knows only about itself and one other.

use std::borrow::Cow;

use super::catalog::{GptImageCatalog, GptImageSpec};
use crate::{
    Format, Model, Param, ParamKind, Size, Value,
    openai::server_profile::{EditEncoding, ImageInterface, ServerTraits},
};

/// The reasoning efforts for SVG images.
const SVG_EFFORTS: [&str; 6] = ["none", "minimal", "low", "medium", "high", "max"];

/// Returns the models of a catalog for the app: each one, followed by its snapshots.
pub(crate) fn models(catalogue: &GptImageCatalog, traits: &ServerTraits) -> Vec<Model> {
    let named = catalogue.models.iter().map(|spec| model(spec, &spec.id, spec.about.clone(), traits));
    let pinned = catalogue.models.iter().flat_map(|spec| {
        spec.snapshots.iter().map(|id| model(spec, id, format!("pinned snapshot of {}", spec.id), traits))
    });
    named.chain(pinned).collect()
}

fn model(spec: &GptImageSpec, id: &str, about: String, traits: &ServerTraits) -> Model {
    Model {
        id: id.to_owned(),
        about: Cow::Owned(about),
        params: params(spec, traits),
        max_count: 10,
        max_inputs: if traits.edits == EditEncoding::No { 0 } else { spec.max_inputs },
        mask: spec.mask && traits.edits != EditEncoding::No && traits.interface == ImageInterface::Images,
        markup: spec.markup && traits.fields.is_none(),
        life: spec.life.clone(),
    }
}

/// Returns the wire field for the setting `name`.
pub(crate) fn field(name: &str) -> &str {
    match name {
        "format" => "output_format",
        "compression" => "output_compression",
        other => other,
    }
}

fn params(spec: &GptImageSpec, traits: &ServerTraits) -> Vec<Param> {
    let mut params = picture(spec);
    if spec.partial_images > 0 && traits.streams {
        params.push(
            Param::integer(
                "partial_images",
                "partial previews (+100 output tokens each)",
                0,
                i64::from(spec.partial_images),
            )
            .with_default(0),
        );
    }
    params.extend(special(spec));
    params.push(Param::new(
        "safety_identifier",
        "id of the end user, for the provider's abuse detection",
        ParamKind::Text { max_chars: 64 },
    ));
    params.retain(|param| param.name == "partial_images" || traits.takes(field(&param.name)));
    params
}

/// Returns the parameters that every model has: size, quality, format and the like.
fn picture(spec: &GptImageSpec) -> Vec<Param> {
    let size =
        ParamKind::Size { presets: spec.size.presets.clone(), auto: spec.size.auto, free: spec.size.free.clone() };
    let mut params = vec![Param::new("size", "width and height in pixels", size).with_default(default_size(spec))];
    let mut choice = |name, about, words: &[String], default: Option<&str>| {
        if !words.is_empty() {
            let choices = words.iter().cloned().map(Cow::Owned).collect();
            let param = Param::new(name, about, ParamKind::Choice { choices });
            params.push(match default {
                Some(default) if words.iter().any(|word| word == default) => param.with_default(default),
                _ => param,
            });
        }
    };
    let formats: Vec<String> = spec.formats.iter().map(Format::to_string).collect();
    choice("quality", "quality (affects the price)", &spec.qualities, Some("medium"));
    choice("format", "file format; jpeg is fastest", &formats, Some("png"));
    choice("background", "transparent needs png or webp", &spec.backgrounds, Some("auto"));
    choice("input_fidelity", "fidelity to the reference images", &spec.fidelities, None);
    choice("complexity", "planning effort before drawing", &spec.complexities, None);
    if !spec.qualities.is_empty() {
        let words = ["auto".to_owned(), "low".to_owned()];
        choice("moderation", "strictness of the safety system", &words, None);
    }
    if !spec.formats.is_empty() {
        let lossy = ["jpeg".into(), "webp".into()];
        params.push(Param::integer("compression", "from 0 (smallest) to 100 (best)", 0, 100).when("format", lossy));
    }
    params
}

/// Returns the parameters that apply only to animations or SVG images.
fn special(spec: &GptImageSpec) -> Vec<Param> {
    let mut params = Vec::new();
    if spec.formats.contains(&Format::Gif) {
        params.push(Param::integer("frame_count", "frames in the animation", 2, 16).when("format", ["gif".into()]));
        params.push(
            Param::integer("frame_duration_ms", "milliseconds per frame, in steps of 10", 10, 655_350)
                .when("format", ["gif".into()]),
        );
    }
    if spec.formats.contains(&Format::Svg) {
        let model = ParamKind::Text { max_chars: 100 };
        params.push(Param::new("svg_model", "model that writes the SVG", model).when("format", ["svg".into()]));
        params.push(
            Param::choice("svg_effort", "reasoning effort of that model", &SVG_EFFORTS).when("format", ["svg".into()]),
        );
    }
    params
}

fn default_size(spec: &GptImageSpec) -> Value {
    let square = Size::new(1024, 1024);
    let size = spec.size.presets.iter().find(|size| **size == square).or(spec.size.presets.first());
    Value::Text(size.map_or_else(|| "auto".to_owned(), Size::to_string))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openai::server_profile::Profile;

    fn all(profile: Profile) -> Vec<Model> {
        models(&GptImageCatalog::merged(&toml::Table::new()).unwrap(), profile.traits())
    }

    fn names(id: &str) -> Vec<String> {
        let models = all(Profile::Openai);
        let model = models.iter().find(|model| model.id == id).unwrap();
        model.params.iter().map(|param| param.name.to_string()).collect()
    }

    #[test]
    fn each_model_has_the_parameters_it_accepts() {
        let common = ["size", "quality", "format", "background"];
        let with = |more: &[&str]| common.iter().chain(more).map(ToString::to_string).collect::<Vec<_>>();
        let end = ["moderation", "compression", "partial_images", "safety_identifier"];
        assert_eq!(names("gpt-image-2"), with(&end));
        assert_eq!(names("gpt-image-1"), with(&[["input_fidelity"].as_slice(), &end].concat()));
        assert!(names("gpt-image-2.6-flare").contains(&"frame_count".to_owned()));
        assert!(names("gpt-image-2.5-flare-2026-09-08").contains(&"quality".to_owned()));
    }

    #[test]
    fn unsupported_settings_are_rejected_before_payment() {
        let models = all(Profile::Openai);
        let check = |id: &str, name: &str, value: &str| {
            let model = models.iter().find(|model| model.id == id).unwrap();
            model.param(name).unwrap().check(&value.into()).is_ok()
        };
        assert!(check("gpt-image-2.5-flare", "quality", "xhigh") && !check("gpt-image-2", "quality", "xhigh"));
        assert!(check("gpt-image-2", "size", "2048x1152") && !check("gpt-image-1", "size", "2048x1152"));
        assert!(check("gpt-image-2", "size", "3840x2160") && !check("gpt-image-2", "size", "3856x2160"));
        assert!(!check("gpt-image-2", "size", "512x512") && !check("gpt-image-2", "size", "1000x1000"));
        assert!(
            check("gpt-image-1", "background", "transparent") && !check("gpt-image-2", "background", "transparent")
        );
        assert!(check("gpt-image-1", "input_fidelity", "high") && !check("gpt-image-1-mini", "input_fidelity", "high"));
    }

    #[test]
    fn every_default_is_accepted() {
        for model in all(Profile::Openai) {
            for param in &model.params {
                assert!(param.default.as_ref().is_none_or(|value| param.check(value).is_ok()), "{}", param.name);
            }
        }
    }

    #[test]
    fn a_limited_server_has_fewer_parameters() {
        let models = all(Profile::Ollama);
        assert_eq!(models[0].params.iter().map(|param| param.name.as_ref()).collect::<Vec<_>>(), ["size"]);
        assert_eq!(models[0].max_inputs, 0);
    }
}
