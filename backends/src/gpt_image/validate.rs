//! Validates combinations of settings before anything is paid for.
//! Single settings have already been checked against their `Param`s; only conflicts between several are checked here.

use super::catalog::GptImageSpec;
use crate::{
    BackendError, ErrorKind, Request,
    openai::server_profile::{EditEncoding, ImageInterface, ServerTraits},
};

/// The longest prompt, in characters.
const MAX_PROMPT_CHARS: usize = 32_000;

/// Checks that `request` can be sent to a server of this kind.
pub(crate) fn check(spec: &GptImageSpec, traits: &ServerTraits, request: &Request) -> Result<(), BackendError> {
    prompt(request)?;
    pictures(spec, traits, request)?;
    let format = request.text("format").unwrap_or_default();
    if request.text("background") == Some("transparent") && !matches!(format, "" | "png" | "webp") {
        return Err(invalid(format!("a transparent background is not supported in {format}"))
            .with_hint("set `format` to png or webp"));
    }
    if !matches!(format, "gif" | "svg") {
        return Ok(());
    }
    if request.integer("partial_images").is_some_and(|count| count > 0) {
        return Err(invalid(format!("{format} images have no partial previews")).with_hint("set `partial_images` to 0"));
    }
    if format == "svg" && request.count > 1 {
        return Err(invalid("svg images come one at a time").with_hint("request one image"));
    }
    if format == "gif" && request.mask.is_some() {
        return Err(
            invalid("a gif cannot be combined with a mask").with_hint("remove the mask, or set `format` to png")
        );
    }
    Ok(())
}

fn prompt(request: &Request) -> Result<(), BackendError> {
    let length = request.prompt.chars().count();
    if request.prompt.trim().is_empty() {
        return Err(invalid("the prompt is empty").with_hint("provide a prompt"));
    }
    if length > MAX_PROMPT_CHARS {
        return Err(invalid(format!(
            "the prompt has {length} characters; the model accepts at most {MAX_PROMPT_CHARS}"
        ))
        .with_hint("shorten it"));
    }
    Ok(())
}

fn pictures(spec: &GptImageSpec, traits: &ServerTraits, request: &Request) -> Result<(), BackendError> {
    if !(1..=10).contains(&request.count) {
        return Err(
            invalid(format!("{} images cannot be requested in one job", request.count)).with_hint("request 1 to 10")
        );
    }
    let given = request.inputs.len();
    if given > 0 && traits.edits == EditEncoding::No {
        return Err(BackendError::new(ErrorKind::Unsupported, "this server takes no reference images")
            .with_hint("remove them, or use another backend"));
    }
    if given > spec.max_inputs as usize {
        return Err(invalid(format!("{given} reference images are too many for `{}`", spec.id))
            .with_hint(format!("use at most {}", spec.max_inputs)));
    }
    match &request.mask {
        Some(_) if !spec.mask || traits.interface == ImageInterface::Chat => {
            Err(BackendError::new(ErrorKind::Unsupported, format!("`{}` takes no mask", spec.id))
                .with_hint("remove the mask"))
        }
        Some(mask) if given == 0 => Err(invalid(format!("the mask `{}` has no image to apply to", mask.name))
            .with_hint("add the image to change as a reference")),
        _ => Ok(()),
    }?;
    markup(spec, request)
}

fn markup(spec: &GptImageSpec, request: &Request) -> Result<(), BackendError> {
    let Some(markup) = &request.markup else { return Ok(()) };
    let name = &markup.name;
    if !spec.markup {
        return Err(BackendError::new(ErrorKind::Unsupported, format!("`{}` takes no markup", spec.id))
            .with_hint("remove the markup, or choose gpt-image-2.5 or a newer model"));
    }
    if request.inputs.is_empty() {
        return Err(invalid(format!("the markup `{name}` has no image to apply to"))
            .with_hint("add the image to change as a reference"));
    }
    if request.mask.is_some() {
        return Err(invalid("a mask and a markup cannot be combined").with_hint("use one of them"));
    }
    Ok(())
}

fn invalid(message: impl Into<String>) -> BackendError {
    BackendError::new(ErrorKind::InvalidParameter, message)
}

#[cfg(test)]
mod tests {
    use super::super::catalog::GptImageCatalog;
    use super::*;
    use crate::{Format, RequestImage, Size, Value, openai::server_profile::Profile};

    fn order(settings: &[(&str, Value)]) -> Request {
        let mut request = Request::new("a lighthouse", "gpt-image-2.6-flare");
        request.settings = settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        request
    }

    fn refused(request: &Request) -> Option<String> {
        let catalogue = GptImageCatalog::merged(&toml::Table::new()).unwrap();
        let spec = catalogue.get(&request.model).unwrap();
        check(spec, Profile::Openai.traits(), request).err().map(|error| {
            assert!(error.hint.is_some());
            error.message
        })
    }

    fn picture(name: &str) -> RequestImage {
        RequestImage {
            name: name.into(),
            format: Format::Png,
            size: Size::new(1, 1),
            bytes: bytes::Bytes::new(),
            svg: None,
        }
    }

    #[test]
    fn valid_combinations_pass() {
        assert_eq!(refused(&order(&[])), None);
        assert_eq!(refused(&order(&[("background", "transparent".into()), ("format", "webp".into())])), None);
        assert_eq!(refused(&order(&[("format", "gif".into()), ("partial_images", 0.into())])), None);
    }

    #[test]
    fn conflicting_settings_are_rejected() {
        let message = |settings: &[(&str, Value)]| refused(&order(settings)).unwrap();
        assert_eq!(
            message(&[("background", "transparent".into()), ("format", "jpeg".into())]),
            "a transparent background is not supported in jpeg"
        );
        assert!(message(&[("format", "svg".into()), ("partial_images", 1.into())]).contains("no partial previews"));
        let mut several = order(&[("format", "svg".into())]);
        several.count = 2;
        assert!(refused(&several).is_some());
    }

    #[test]
    fn prompt_length_is_bounded() {
        let mut request = order(&[]);
        request.prompt = "é".repeat(32_000);
        assert_eq!(refused(&request), None);
        request.prompt.push('x');
        assert!(refused(&request).unwrap().contains("32001 characters"));
        request.prompt = " \n".into();
        assert_eq!(refused(&request).unwrap(), "the prompt is empty");
    }

    #[test]
    fn references_are_counted() {
        let mut request = order(&[]);
        request.inputs = vec![picture("a.png"); 17];
        assert!(refused(&request).unwrap().starts_with("17 reference images"));
        request.inputs.clear();
        request.mask = Some(picture("m.png"));
        assert!(refused(&request).unwrap().contains("has no image"));
        request.mask = None;
        request.markup = Some(picture("m.png"));
        request.model = "gpt-image-2".into();
        assert_eq!(refused(&request).unwrap(), "`gpt-image-2` takes no markup");
        request.model = "gpt-image-2.5-flare".into();
        assert_eq!(refused(&request).unwrap(), "the markup `m.png` has no image to apply to");
        request.inputs = vec![picture("a.png")];
        assert_eq!(refused(&request), None);
        request.mask = Some(picture("k.png"));
        assert_eq!(refused(&request).unwrap(), "a mask and a markup cannot be combined");
        (request.inputs, request.mask, request.markup) = (Vec::new(), None, None);
        request.count = 11;
        assert!(refused(&request).is_some());
    }
}
