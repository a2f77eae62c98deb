//! The size and depth of a drawing once its references are followed, and a check for circular references. Everything
//! is counted before anything is expanded: a few lines of `use`, patterns or masks can stand for billions of elements.

use std::collections::HashMap;

use resvg::usvg::roxmltree::{Document, Node, NodeId};

use super::{SvgError, SvgLimits, document_check::check_limit, error::shorten};

/// Rejects a document whose expansion is endless, or beyond the limits on elements and depth.
pub(super) fn check(document: &Document<'_>, limits: &SvgLimits) -> Result<(), SvgError> {
    nesting(document, limits)?;
    let ids = document.descendants().filter_map(|node| Some((node.attribute("id")?, node))).collect();
    let rules = document
        .descendants()
        .filter(|node| node.has_tag_name("style") || node.tag_name().name() == "style")
        .flat_map(|node| node.children().filter_map(|text| text.text()).flat_map(rules).collect::<Vec<_>>())
        .collect();
    let mut expansion = Expansion { limits, ids, rules, weights: HashMap::new() };
    expansion.expanded_size(document.root_element(), 1).map(|_| ())
}

/// Checks the plain nesting depth first, without recursion, because everything after this may recurse.
fn nesting(document: &Document<'_>, limits: &SvgLimits) -> Result<(), SvgError> {
    let mut depths: HashMap<NodeId, u32> = HashMap::new();
    for node in document.descendants().filter(Node::is_element) {
        let depth = node.parent().and_then(|parent| depths.get(&parent.id()).copied()).unwrap_or(0) + 1;
        check_limit("deep nesting", u64::from(depth), u64::from(limits.depth))?;
        depths.insert(node.id(), depth);
    }
    Ok(())
}

/// The size of a node once its references are followed, including the node itself.
#[derive(Clone, Copy)]
struct ExpandedSize {
    elements: u64,
    /// The number of places where a marker may be drawn.
    vertices: u64,
    depth: u32,
}

/// A style sheet rule that refers to something.
struct ReferenceRule<'a> {
    words: Vec<&'a str>,
    everything: bool,
    body: &'a str,
}

struct Expansion<'a, 'input> {
    limits: &'a SvgLimits,
    ids: HashMap<&'a str, Node<'a, 'input>>,
    rules: Vec<ReferenceRule<'a>>,
    /// The weight of each visited node. `None` while a node is being weighed: meeting it again then means a circular
    /// reference.
    weights: HashMap<NodeId, Option<ExpandedSize>>,
}

impl<'a, 'input: 'a> Expansion<'a, 'input> {
    fn expanded_size(&mut self, node: Node<'a, 'input>, level: u32) -> Result<ExpandedSize, SvgError> {
        check_limit("deep nesting", u64::from(level), u64::from(self.limits.depth))?;
        match self.weights.get(&node.id()) {
            Some(Some(weight)) => return Ok(*weight),
            Some(None) => return Err(SvgError::Cycle(shorten(node.attribute("id").unwrap_or_default()))),
            None => {}
        }
        self.weights.insert(node.id(), None);
        let mut weight = ExpandedSize { elements: 1, vertices: vertices(node), depth: 1 };
        for child in node.children().filter(Node::is_element) {
            let child = self.expanded_size(child, level + 1)?;
            weight.elements = weight.elements.saturating_add(child.elements);
            weight.vertices = weight.vertices.saturating_add(child.vertices);
            weight.depth = weight.depth.max(child.depth + 1);
        }
        let own = weight;
        for (target, times) in self.references(node) {
            let Some(target) = self.ids.get(target).copied() else { continue };
            let target = self.expanded_size(target, level + 1)?;
            let times = match times {
                ReferenceUse::Once => 1,
                ReferenceUse::EachElement => own.elements,
                ReferenceUse::EachVertex => own.vertices.max(own.elements),
            };
            weight.elements = weight.elements.saturating_add(target.elements.saturating_mul(times));
            weight.vertices = weight.vertices.saturating_add(target.vertices.saturating_mul(times));
            weight.depth = weight.depth.max(target.depth + 1);
        }
        check_limit("many elements once its references are followed", weight.elements, self.limits.expanded)?;
        check_limit("deep nesting", u64::from(weight.depth), u64::from(self.limits.depth))?;
        self.weights.insert(node.id(), Some(weight));
        Ok(weight)
    }

    /// Returns the ids that a node refers to, and how often each is drawn for it and its content.
    fn references(&self, node: Node<'a, 'input>) -> Vec<(&'a str, ReferenceUse)> {
        let mut found = Vec::new();
        for attribute in node.attributes() {
            let value: &'a str = attribute.value();
            if attribute.name() == "href" && follows_href(node.tag_name().name()) {
                found.extend(value.trim().strip_prefix('#').map(|id| (id, ReferenceUse::Once)));
            }
            let times = match attribute.name() {
                "marker-mid" | "marker" => ReferenceUse::EachVertex,
                "clip-path" | "mask" | "filter" => ReferenceUse::Once,
                _ if value.contains("marker") => ReferenceUse::EachVertex,
                _ => ReferenceUse::EachElement,
            };
            found.extend(urls(value).map(|id| (id, times)));
        }
        for rule in self.rules.iter().filter(|rule| rule.matches(node)) {
            let times = if rule.body.contains("marker") { ReferenceUse::EachVertex } else { ReferenceUse::EachElement };
            found.extend(urls(rule.body).map(|id| (id, times)));
        }
        found
    }
}

#[derive(Clone, Copy)]
enum ReferenceUse {
    Once,
    EachElement,
    EachVertex,
}

fn follows_href(element: &str) -> bool {
    !matches!(element, "a" | "textPath" | "mpath" | "animate" | "animateMotion" | "animateTransform" | "set")
}

/// Returns an upper bound for the vertices of a shape: a vertex takes at least two bytes.
fn vertices(node: Node<'_, '_>) -> u64 {
    let written = ["d", "points"].iter().filter_map(|name| node.attribute(*name)).map(str::len).sum::<usize>();
    written as u64 / 2 + 4
}

/// Returns the ids in `url(#id)`.
fn urls(text: &str) -> impl Iterator<Item = &str> {
    text.split('#').skip(1).filter_map(|rest| {
        let end = rest.find([')', '"', '\''])?;
        Some(rest[..end].trim())
    })
}

/// Returns the rules of a style sheet that refer to something.
fn rules(sheet: &str) -> impl Iterator<Item = ReferenceRule<'_>> {
    sheet.split('}').filter(|rule| rule.contains('#')).filter_map(|rule| {
        let (selectors, body) = rule.rsplit_once('{')?;
        let everything = selectors.contains(['*', '[', ':']);
        let words = selectors.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_')).collect();
        body.contains('(').then_some(ReferenceRule { words, everything, body })
    })
}

impl ReferenceRule<'_> {
    /// Returns true if the rule may apply: only tag, id and class are compared, not the rest of the selector.
    fn matches(&self, node: Node<'_, '_>) -> bool {
        let named = |name: &str| self.words.contains(&name);
        self.everything
            || named(node.tag_name().name())
            || node.attribute("id").is_some_and(named)
            || node.attribute("class").is_some_and(|classes| classes.split_whitespace().any(named))
    }
}
