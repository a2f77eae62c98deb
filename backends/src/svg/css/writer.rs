//! Writes the drawing for the renderer: every property is an attribute, and no style sheet is left.

use std::{collections::HashMap, fmt::Write as _, rc::Rc};

use kurbo::Affine;
use resvg::usvg::roxmltree::{Attribute, Document, Node, NodeId};

use super::{
    super::{SvgError, SvgLimits, allowlist, document_check::check_limit},
    cascade::{self, Cascade, ComputedStyle, InheritedStyle},
    convert, geometry,
    property::{self, PropertyKind},
    remarks::Remarks,
    scope::{PercentageAxis, Scope},
    transform,
    value::{self, format_number},
    viewport::Viewport,
    xml::{attribute, escape},
};

/// Attributes that are lengths but not CSS properties.
const LENGTHS: &[(&str, PercentageAxis)] = &[
    ("cx", PercentageAxis::X),
    ("cy", PercentageAxis::Y),
    ("dx", PercentageAxis::X),
    ("dy", PercentageAxis::Y),
    ("fr", PercentageAxis::Other),
    ("fx", PercentageAxis::X),
    ("fy", PercentageAxis::Y),
    ("height", PercentageAxis::Y),
    ("markerHeight", PercentageAxis::Y),
    ("markerWidth", PercentageAxis::X),
    ("r", PercentageAxis::Other),
    ("refX", PercentageAxis::X),
    ("refY", PercentageAxis::Y),
    ("startOffset", PercentageAxis::Other),
    ("textLength", PercentageAxis::X),
    ("width", PercentageAxis::X),
    ("x", PercentageAxis::X),
    ("x1", PercentageAxis::X),
    ("x2", PercentageAxis::X),
    ("y", PercentageAxis::Y),
    ("y1", PercentageAxis::Y),
    ("y2", PercentageAxis::Y),
];

/// Elements whose text is drawn.
const TEXTS: &[&str] = &["text", "tspan", "textPath", "a"];
/// Elements that are not drawn and that nothing refers to.
const OMITTED_ELEMENTS: &[&str] = &["style", "title", "desc", "metadata", "script"];
/// Properties that the renderer reads only from `style`.
const STYLES: &[&str] = &["font-kerning", "image-rendering", "isolation", "mix-blend-mode"];
/// Properties that are merged into others.
const UNWRITTEN: &[&str] = &[
    "font-variant",
    "rotate",
    "scale",
    "text-transform",
    "transform",
    "transform-box",
    "transform-origin",
    "translate",
    "vector-effect",
    "white-space",
];

/// The id under which an element is written.
#[derive(Clone, Copy)]
pub(super) enum IdPolicy<'a> {
    /// Keep the element's own id, if it is the first with that id.
    Own,
    /// Omit the id, because the element is a copy.
    Omitted,
    /// Use another id.
    Renamed(&'a str),
}

/// A writer for one document.
pub(super) struct DocumentWriter<'a, 'input> {
    pub(super) limits: &'a SvgLimits,
    pub(super) cascade: &'a mut Cascade,
    pub(super) remarks: &'a mut Remarks,
    /// The first element with each id.
    pub(super) ids: HashMap<&'a str, Node<'a, 'input>>,
    pub(super) out: String,
    /// The helper elements written at the end: clips, filters, copies.
    pub(super) defs: String,
    names: usize,
    depth: u32,
    /// True if the size of the window changes the drawing.
    pub(super) is_sized: bool,
    pub(super) boxes: HashMap<NodeId, Option<kurbo::Rect>>,
}

impl<'a, 'input: 'a> DocumentWriter<'a, 'input> {
    pub(super) fn new(
        document: &'a Document<'input>,
        cascade: &'a mut Cascade,
        remarks: &'a mut Remarks,
        limits: &'a SvgLimits,
    ) -> Self {
        let mut ids = HashMap::new();
        for node in document.descendants() {
            if let Some(id) = node.attribute("id") {
                ids.entry(id).or_insert(node);
            }
        }
        let (out, defs, boxes) = (String::new(), String::new(), HashMap::new());
        Self { limits, cascade, remarks, ids, out, defs, names: 0, depth: 0, is_sized: false, boxes }
    }

    /// Returns an id that no part of the drawing uses.
    pub(super) fn unused_id(&mut self) -> String {
        loop {
            self.names += 1;
            let name = format!("css-{}", self.names);
            if !self.ids.contains_key(name.as_str()) {
                return name;
            }
        }
    }

    /// Writes the whole document.
    pub(super) fn document(
        mut self,
        root: Node<'a, 'input>,
        context: &InheritedStyle,
    ) -> Result<(String, bool), SvgError> {
        self.element(root, context, None, IdPolicy::Own)?;
        if !self.defs.is_empty() {
            let end = self.out.rfind("</").unwrap_or(self.out.len());
            let defs = format!("<defs>{}</defs>", self.defs);
            self.out.insert_str(end, &defs);
        }
        Ok((self.out, self.is_sized))
    }

    /// Rejects a drawing that has grown beyond the limit.
    fn check(&self) -> Result<(), SvgError> {
        let most = self.limits.bytes.saturating_mul(2).max(1 << 20) as u64;
        check_limit("many bytes once its styles are resolved", (self.out.len() + self.defs.len()) as u64, most)
    }

    pub(super) fn element(
        &mut self,
        node: Node<'a, 'input>,
        context: &InheritedStyle,
        parent: Option<&ComputedStyle>,
        naming: IdPolicy<'_>,
    ) -> Result<(), SvgError> {
        let tag = node.tag_name().name();
        let is_known = node.tag_name().namespace() == Some(allowlist::SVG);
        if !is_known || OMITTED_ELEMENTS.contains(&tag) || allowlist::ANIMATION.contains(&tag) {
            return Ok(());
        }
        self.check()?;
        if tag == "feMorphology" && self.morphology(node) {
            return Ok(());
        }
        self.depth += 1;
        check_limit("deep nesting", u64::from(self.depth), u64::from(self.limits.depth) * 2)?;
        let mut style = self.cascade.style(node, context, parent, self.remarks);
        if tag == "feDropShadow" && self.shadow(node, &style) {
            self.depth -= 1;
            return Ok(());
        }
        let is_root = node.document().root_element() == node;
        if is_root {
            style.context.scope.rem = style.context.scope.em;
        }
        self.enter_element(node, &mut style, is_root);
        let attributes = self.attributes(node, &mut style, naming, is_root)?;
        self.out.extend(["<", tag, &attributes]);
        let start = self.out.len();
        self.out.push('>');
        if is_root {
            self.background(node, &style);
        }
        for child in node.children() {
            if child.is_element() {
                let naming = if matches!(naming, IdPolicy::Own) { IdPolicy::Own } else { IdPolicy::Omitted };
                let inner = style.context.clone();
                self.element(child, &inner, Some(&style), naming)?;
            } else if child.is_text() && TEXTS.contains(&tag) {
                self.text(child.text().unwrap_or_default(), &style);
            }
        }
        if self.out.len() == start + 1 && !is_root {
            self.out.replace_range(start.., "/>");
        } else {
            self.out.extend(["</", tag, ">"]);
        }
        self.depth -= 1;
        Ok(())
    }

    /// Enters the element's own coordinate system: its transform, and the viewport that it opens.
    fn enter_element(&mut self, node: Node<'a, 'input>, style: &mut ComputedStyle, is_root: bool) {
        if is_root {
            // The root's matrix is the window's, and so is its transform.
            return;
        }
        if let Some(own) = self.transform_of(node, style) {
            style.context.matrix *= own;
        }
        if node.tag_name().name() == "svg" {
            let get = |name: &str, axis: PercentageAxis| {
                let value = convert::length(node.attribute(name)?, &style.context.scope, axis, true)?;
                geometry::parse_measure(&value, axis, style.context.scope.view)
            };
            let view = style.context.scope.view;
            let (width, height) =
                (get("width", PercentageAxis::X).unwrap_or(view.0), get("height", PercentageAxis::Y).unwrap_or(view.1));
            let place = Affine::translate((
                get("x", PercentageAxis::X).unwrap_or(0.0),
                get("y", PercentageAxis::Y).unwrap_or(0.0),
            ));
            let frame = Viewport::new(node, width, height);
            style.context.matrix = style.context.matrix * place * frame.matrix();
            style.context.scope.view = frame.view();
        }
    }

    fn attributes(
        &mut self,
        node: Node<'a, 'input>,
        style: &mut ComputedStyle,
        naming: IdPolicy<'_>,
        is_root: bool,
    ) -> Result<String, SvgError> {
        let tag = node.tag_name().name();
        let mut out = String::new();
        if is_root {
            attribute(&mut out, "xmlns", allowlist::SVG);
            attribute(&mut out, "xmlns:xlink", allowlist::XLINK);
        }
        match (naming, node.attribute("id")) {
            (IdPolicy::Renamed(name), _) => attribute(&mut out, "id", name),
            (IdPolicy::Own, Some(id)) if self.ids.get(id) == Some(&node) => attribute(&mut out, "id", id),
            _ => {}
        }
        let target = if tag == "use" { self.copy_for_use(node, style)? } else { None };
        for own in node.attributes() {
            match (own.namespace(), own.name()) {
                (None, "id" | "class" | "style" | "pathLength" | "transform" | "transform-origin") => {}
                (None | Some(allowlist::XLINK), "href") if target.is_some() => {}
                (None, "width" | "height") if is_root => {}
                (None, name) if name == transform::attribute_name(node) || cascade::is_attribute(tag, name) => {}
                (None, name) => {
                    let value = Self::length(name, own, &style.context.scope);
                    attribute(&mut out, name, value.as_deref().unwrap_or(own.value()));
                }
                (Some(allowlist::XLINK), "href") => attribute(&mut out, "xlink:href", own.value()),
                (Some(allowlist::XML), "space" | "lang") => {
                    attribute(&mut out, &format!("xml:{}", own.name()), own.value());
                }
                _ => {}
            }
        }
        if let Some(target) = target {
            attribute(&mut out, "href", &target);
        }
        self.properties(node, style, is_root, &mut out);
        Ok(out)
    }

    fn properties(&mut self, node: Node<'a, 'input>, style: &mut ComputedStyle, is_root: bool, out: &mut String) {
        let tag = node.tag_name().name();
        self.scale_to_user_units(node, style);
        if is_root {
            root_size(node, style);
        }
        if style.values.get("text-decoration").is_some_and(|lines| lines != "none") {
            self.remarks.add("lines of `text-decoration` are thinner than in browsers".to_owned());
        }
        let mut css = String::new();
        let preserves = style.values.get("white-space").is_some_and(|value| value.starts_with("pre"));
        if preserves && TEXTS.contains(&tag) {
            attribute(out, "xml:space", "preserve");
        }
        if let Some(matrix) = self.transform_attribute(node, style, is_root) {
            attribute(out, transform::attribute_name(node), &matrix);
            if is_root && Self::has_transform(style) {
                // Otherwise the renderer would apply the origin a second time.
                attribute(out, "transform-origin", "0 0");
            }
        }
        let values: Vec<(&'static str, String)> =
            style.values.iter().map(|(name, value)| (*name, value.clone())).collect();
        for (name, value) in values {
            let kind = property::property(name).map(|property| property.kind);
            match (name, kind) {
                _ if UNWRITTEN.contains(&name) || name.starts_with("animation") || name.starts_with("background") => {}
                _ if STYLES.contains(&name) => {
                    let _ = write!(css, "{name}:{value};");
                }
                (_, Some(PropertyKind::Length(_) | PropertyKind::Path)) => {
                    if (geometry::properties(tag).contains(&name) || (is_root && matches!(name, "width" | "height")))
                        && !value.is_empty()
                    {
                        attribute(out, name, &value);
                    }
                }
                ("clip-path", _) => {
                    if let Some(value) = self.clip(node, style, &value) {
                        attribute(out, name, &value);
                    }
                }
                ("filter", _) => {
                    if let Some(value) = self.filter(node, style, &value) {
                        attribute(out, name, &value);
                    }
                }
                ("mask", _) if !self.has_target(&value, "mask") => {}
                _ => attribute(out, name, &value),
            }
        }
        if !css.is_empty() {
            attribute(out, "style", &css);
        }
    }

    /// Returns true if a link leads to an element with the tag `tag`.
    pub(super) fn has_target(&self, link: &str, tag: &str) -> bool {
        let id = link.trim().strip_prefix("url(#").and_then(|rest| rest.strip_suffix(')'));
        id.is_none_or(|id| self.ids.get(id).is_some_and(|node| node.tag_name().name() == tag))
    }

    /// Returns, in user units, an attribute that is a length the renderer cannot read.
    fn length(name: &str, own: Attribute<'_, '_>, scope: &Scope) -> Option<String> {
        let axis = LENGTHS.iter().find(|(own, _)| *own == name)?.1;
        let is_plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | '%' | ' ' | ',');
        if own.value().chars().all(is_plain) {
            return None;
        }
        let mut input = cssparser::Parser::new(own.value());
        let mut list = Vec::new();
        while !input.is_exhausted() {
            let part = input.try_parse(|input| match input.next() {
                Ok(cssparser::Token::Percentage { unit_value, .. }) => {
                    Ok(format!("{}%", format_number(f64::from(*unit_value) * 100.0)))
                }
                _ => Err(()),
            });
            let part =
                part.ok().or_else(|| value::length_from(&mut input, &scope.units(axis), true).map(format_number))?;
            list.push(part);
            let _ = input.try_parse(cssparser::Parser::expect_comma);
        }
        Some(list.join(" "))
    }

    fn text(&mut self, text: &str, style: &ComputedStyle) {
        let text = match style.get("text-transform") {
            Some("uppercase") => text.to_uppercase(),
            Some("lowercase") => text.to_lowercase(),
            Some("capitalize") => capitalized(text),
            _ => text.to_owned(),
        };
        if style.get("font-variant") == Some("small-caps") {
            small_capitals(&mut self.out, &text, style.context.scope.em * 0.7);
        } else {
            escape(&mut self.out, &text, false);
        }
    }

    /// Copies the target of a `use` if its variables change it, and returns a link to the copy.
    fn copy_for_use(&mut self, node: Node<'a, 'input>, style: &ComputedStyle) -> Result<Option<String>, SvgError> {
        let href = node.attribute("href").or_else(|| node.attribute((allowlist::XLINK, "href")));
        let target = href.and_then(|href| href.trim().strip_prefix('#')).and_then(|id| self.ids.get(id).copied());
        let Some(target) = target.filter(|_| !style.context.variables.is_empty()) else { return Ok(None) };
        let mut is_variable = false;
        for node in target.descendants().filter(Node::is_element) {
            is_variable |= self.cascade.is_variable(node, self.remarks);
        }
        if !is_variable {
            return Ok(None);
        }
        let name = self.unused_id();
        let out = std::mem::take(&mut self.out);
        let context = InheritedStyle { variables: Rc::clone(&style.context.variables), ..style.context.clone() };
        let copied = self.element(target, &context, Some(style), IdPolicy::Renamed(&name));
        let copy = std::mem::replace(&mut self.out, out);
        copied?;
        self.defs.push_str(&copy);
        Ok(Some(format!("#{name}")))
    }
}

/// Sets the size of the drawing: the pixel size in style sheets, or else the size in its attributes.
fn root_size(node: Node<'_, '_>, style: &mut ComputedStyle) {
    for name in ["width", "height"] {
        let is_plain = style.values.get(name).is_some_and(|value| value.parse::<f64>().is_ok_and(|edge| edge > 0.0));
        if is_plain {
            continue;
        }
        let axis = if name == "width" { PercentageAxis::X } else { PercentageAxis::Y };
        let own = node.attribute(name).and_then(|value| convert::length(value, &style.context.scope, axis, true));
        match own.filter(|value| !value.is_empty()) {
            Some(own) => style.values.insert(name, own),
            None => style.values.remove(name),
        };
    }
}

/// Writes lowercase letters as capitals of the given size: the bundled fonts have no small capitals.
fn small_capitals(out: &mut String, text: &str, size: f64) {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_small = first.is_lowercase();
        let end = rest.find(|c: char| c.is_lowercase() != is_small).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        if is_small {
            let _ = write!(out, "<tspan font-size=\"{}\">", format_number(size));
            escape(out, &run.to_uppercase(), false);
            out.push_str("</tspan>");
        } else {
            escape(out, run, false);
        }
        rest = after;
    }
}

fn capitalized(text: &str) -> String {
    let mut is_start = true;
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_start && letter.is_alphanumeric() {
            out.extend(letter.to_uppercase());
        } else {
            out.push(letter);
        }
        is_start = !(letter.is_alphanumeric() || letter == '\'' || letter == '’');
    }
    out
}
