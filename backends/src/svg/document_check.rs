//! Checks a document against the allow-list and the simple limits, before anything interprets it. The check neither
//! changes the document nor follows references; `expansion` counts those.

use base64::Engine;
use resvg::usvg::roxmltree::{self, Attribute, Document, Node, ParsingOptions};

use super::{SvgError, SvgLimits, allowlist, error::shorten};

/// Parses `text` as XML without document types, within the limits on bytes and elements.
pub(super) fn document<'a>(text: &'a str, limits: &SvgLimits) -> Result<Document<'a>, SvgError> {
    check_limit("many bytes", text.len() as u64, limits.bytes as u64)?;
    if contains_ignoring_case(text, "<!doctype") || contains_ignoring_case(text, "<!entity") {
        return Err(SvgError::Doctype);
    }
    // An element with its text costs at most two nodes; comments and whitespace come on top.
    let nodes_limit = u32::try_from(limits.elements.saturating_mul(4)).unwrap_or(u32::MAX);
    let options = ParsingOptions { allow_dtd: false, nodes_limit, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::DtdDetected => SvgError::Doctype,
        roxmltree::Error::NodesLimitReached => SvgError::Limit {
            what: "many nodes".into(),
            found: u64::from(nodes_limit) + 1,
            limit: u64::from(nodes_limit),
        },
        roxmltree::Error::NoRootNode => SvgError::NotSvg,
        other => SvgError::Malformed(shorten(&other.to_string())),
    })
}

/// Checks every element and attribute, and returns remarks on what is skipped.
pub(super) fn check(document: &Document<'_>, limits: &SvgLimits) -> Result<Vec<String>, SvgError> {
    let root = document.root_element();
    if root.tag_name().name() != "svg" || root.tag_name().namespace() != Some(allowlist::SVG) {
        return Err(SvgError::NotSvg);
    }
    if root.attribute("viewBox").is_some_and(|view| !is_usable(view)) {
        return Err(SvgError::Size);
    }
    let mut check = DocumentCheck { limits, remarks: Vec::new(), count: DocumentCounts::default() };
    for node in document.descendants() {
        check.node(node)?;
    }
    Ok(check.remarks)
}

/// Returns true if a `viewBox` is four numbers, the last two above zero; the renderer ignores any other.
fn is_usable(view: &str) -> bool {
    let words = view.split([' ', ',', '\t', '\r', '\n']).filter(|word| !word.is_empty());
    let numbers: Option<Vec<f32>> =
        words.map(|word| word.parse().ok().filter(|number: &f32| number.is_finite())).collect();
    matches!(numbers.as_deref(), Some([_, _, width, height]) if *width > 0.0 && *height > 0.0)
}

#[derive(Default)]
struct DocumentCounts {
    elements: u64,
    text: u64,
    style: u64,
    image_bytes: u64,
    image_pixels: u64,
}

struct DocumentCheck<'a> {
    limits: &'a SvgLimits,
    remarks: Vec<String>,
    count: DocumentCounts,
}

impl DocumentCheck<'_> {
    fn node(&mut self, node: Node<'_, '_>) -> Result<(), SvgError> {
        if let Some(instruction) = node.pi() {
            let name = shorten(instruction.target);
            return if name.starts_with("xpacket") {
                Ok(())
            } else {
                Err(SvgError::Element { name: format!("?{name}"), line: line(node) })
            };
        }
        if node.is_text() {
            return self.text(node);
        }
        if node.is_element() {
            self.element(node)?;
            for attribute in node.attributes() {
                self.attribute(node, attribute)?;
            }
        }
        Ok(())
    }

    fn element(&mut self, node: Node<'_, '_>) -> Result<(), SvgError> {
        self.count.elements += 1;
        check_limit("many elements", self.count.elements, self.limits.elements as u64)?;
        let name = node.tag_name().name();
        match node.tag_name().namespace() {
            Some(allowlist::SVG) if allowlist::DRAWN_ELEMENTS.contains(&name) => Ok(()),
            Some(allowlist::SVG) if allowlist::ANIMATION.contains(&name) => {
                self.remark("animation is shown at its start".to_owned());
                let target = node.attribute("attributeName").unwrap_or_default();
                if target.contains("href") || is_handler(target) {
                    return Err(SvgError::Attribute { name: shorten(target), line: line(node) });
                }
                Ok(())
            }
            Some(space) if allowlist::EDITOR_NAMESPACES.contains(&space) => Ok(()),
            _ => Err(SvgError::Element { name: shorten(name), line: line(node) }),
        }
    }

    fn attribute(&mut self, node: Node<'_, '_>, attribute: Attribute<'_, '_>) -> Result<(), SvgError> {
        let (name, value) = (attribute.name(), attribute.value());
        let forbidden = || SvgError::Attribute { name: shorten(name), line: line(node) };
        if is_handler(name) || (attribute.namespace() == Some(allowlist::XML) && name == "base") {
            return Err(forbidden());
        }
        if matches!(name, "href" | "src" | "srcset" | "data" | "action" | "formaction") {
            // Editor metadata names its license by URL; nothing follows those links.
            let passive = attribute.namespace().is_some_and(|space| allowlist::EDITOR_NAMESPACES.contains(&space));
            return if passive { Ok(()) } else { self.target(node, value) };
        }
        Self::css(node, value, name == "style")?;
        if name == "numOctaves" {
            octaves(value)?;
        }
        let known = match attribute.namespace() {
            None => is_known(name) || allowlist::ANIMATION.contains(&node.tag_name().name()),
            Some(space) => {
                [allowlist::XML, allowlist::XLINK].contains(&space) || allowlist::EDITOR_NAMESPACES.contains(&space)
            }
        };
        if !known {
            self.remark(format!("the attribute `{}` has no effect here", shorten(name)));
        }
        Ok(())
    }

    /// Checks the target of an `href`: a part of the drawing, or an embedded image on an element that draws one.
    fn target(&mut self, node: Node<'_, '_>, target: &str) -> Result<(), SvgError> {
        let target = target.trim();
        if target.is_empty() || target.starts_with('#') {
            return Ok(());
        }
        let outside = || SvgError::Reference { target: shorten(target), line: line(node) };
        let draws = matches!(node.tag_name().name(), "image" | "feImage");
        let encoded = embedded(target).filter(|_| draws).ok_or_else(outside)?;
        self.count.image_bytes += encoded.len() as u64;
        check_limit("many bytes of images", self.count.image_bytes, self.limits.image_bytes as u64)?;
        let bytes = decoded(encoded)?;
        self.count.image_pixels += pixels(&bytes)?;
        check_limit("many pixels in images", self.count.image_pixels, self.limits.image_pixels)?;
        if image::load_from_memory(&bytes).is_err() {
            self.remark("an embedded image is damaged and not drawn".to_owned());
        }
        Ok(())
    }

    fn text(&mut self, node: Node<'_, '_>) -> Result<(), SvgError> {
        let text = node.text().unwrap_or_default();
        let parent = node.parent().map_or("", |parent| parent.tag_name().name());
        if parent == "style" {
            self.count.style += text.len() as u64;
            check_limit("long style sheets", self.count.style, self.limits.style_bytes as u64)?;
            return Self::css(node, text, true);
        }
        if ["text", "tspan", "textPath", "a"].contains(&parent) {
            self.count.text += text.chars().count() as u64;
            check_limit("many characters of text", self.count.text, self.limits.text_chars as u64)?;
        }
        Ok(())
    }

    /// Checks style text: `url(…)` must point into the drawing, and style rules must not load anything.
    fn css(node: Node<'_, '_>, text: &str, rules: bool) -> Result<(), SvgError> {
        let outside = |target: &str| SvgError::Reference { target: shorten(target), line: line(node) };
        for (at, _) in text.match_indices(['u', 'U']) {
            let Some(rest) = strip_ignoring_case(&text[at..], "url(") else { continue };
            if !rest.trim_start_matches([' ', '\t', '\r', '\n', '"', '\'']).starts_with('#') {
                return Err(outside(&text[at..]));
            }
        }
        let loads = ["@import", "@font-face", "image-set", "src(", "\\", "://", "expression(", "javascript:"];
        match loads.iter().find(|word| rules && contains_ignoring_case(text, word)) {
            Some(word) => Err(outside(word)),
            None => Ok(()),
        }
    }

    fn remark(&mut self, remark: String) {
        if self.remarks.len() < 20 && !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }
}

/// Returns the encoded bytes of a `data:` image in a supported format.
pub(super) fn embedded(target: &str) -> Option<&str> {
    let rest = strip_ignoring_case(target, "data:image/")?;
    let (kind, encoded) = rest.split_once(',')?;
    let kind = kind.to_ascii_lowercase();
    ["png;base64", "jpeg;base64", "jpg;base64", "gif;base64", "webp;base64"].contains(&kind.as_str()).then_some(encoded)
}

fn decoded(encoded: &str) -> Result<Vec<u8>, SvgError> {
    let encoded: String = encoded.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    base64::engine::general_purpose::STANDARD.decode(encoded).map_err(|_| SvgError::Image)
}

/// Returns the pixel count of an embedded image, as stated in its header.
fn pixels(bytes: &[u8]) -> Result<u64, SvgError> {
    let reader = image::ImageReader::new(std::io::Cursor::new(bytes)).with_guessed_format();
    let size = reader.map_err(|_| SvgError::Image)?.into_dimensions().map_err(|_| SvgError::Image)?;
    Ok(u64::from(size.0) * u64::from(size.1))
}

/// Checks the number of noise octaves. Each octave is half as large as the one before, so any beyond the limit are
/// smaller than a pixel; the renderer doubles a number per octave and would overflow.
fn octaves(value: &str) -> Result<(), SvgError> {
    let octaves = value.trim().parse::<f64>().unwrap_or(0.0);
    check_limit("many octaves of noise", octaves as u64, 16)
}

fn is_known(name: &str) -> bool {
    name.starts_with("data-") || name.starts_with("aria-") || allowlist::ATTRIBUTES.binary_search(&name).is_ok()
}

fn is_handler(name: &str) -> bool {
    strip_ignoring_case(name, "on").is_some_and(|rest| !rest.is_empty())
}

fn line(node: Node<'_, '_>) -> u32 {
    node.document().text_pos_at(node.range().start).row
}

fn strip_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

fn contains_ignoring_case(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

/// Returns an error if `found` is beyond `limit`.
pub(super) fn check_limit(what: &'static str, found: u64, limit: u64) -> Result<(), SvgError> {
    if found > limit { Err(SvgError::Limit { what: what.into(), found, limit }) } else { Ok(()) }
}
