//! The cascade: the value of a property that wins on an element, and its computed form.

use std::{
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

use kurbo::Affine;
use resvg::usvg::roxmltree::{Document, Node, NodeId};
use selectors::{
    context::{MatchingContext, MatchingForInvalidation, MatchingMode, NeedsSelectorFlags, QuirksMode, SelectorCaches},
    matching::matches_selector,
    parser::Component,
};

use super::{
    super::error::shorten,
    animation,
    color::{self, ResolvedColor},
    convert::convert,
    declaration::Declaration,
    element::{SelectorDocument, SelectorElement, SelectorTypes},
    geometry,
    property::{self, Property, PropertyKind, ValueOrigin},
    remarks::Remarks,
    scope::Scope,
    shorthand,
    style_sheet::{self, StyleRule, StyleSheet, UNLAYERED},
    transform,
    variables::{self, CustomProperties, SubstitutionBudget},
};

/// Properties that do not exist as attributes.
const SHEETS_ONLY: &[&str] = &[
    "font-kerning",
    "isolation",
    "mix-blend-mode",
    "rotate",
    "scale",
    "text-transform",
    "transform",
    "transform-box",
    "translate",
    "white-space",
];

/// Returns true if an element's attribute sets the property `name`.
pub(super) fn is_attribute(tag: &str, name: &str) -> bool {
    match property::property(name) {
        None => false,
        Some(_) if name.starts_with("animation") || name.starts_with("background") => false,
        Some(own) if matches!(own.kind, PropertyKind::Length(_) | PropertyKind::Path) => {
            geometry::properties(tag).contains(&name)
        }
        Some(_) => !SHEETS_ONLY.contains(&name),
    }
}

/// The values that an element's content inherits.
#[derive(Clone, Debug)]
pub(super) struct InheritedStyle {
    pub(super) variables: Rc<CustomProperties>,
    pub(super) scope: Scope,
    /// Inherited properties set on this element or an ancestor, in attribute form.
    pub(super) inherited: Rc<BTreeMap<&'static str, String>>,
    /// The matrix from the units of the element's content to pixels of the window.
    pub(super) matrix: Affine,
}

/// The properties that are set on an element.
pub(super) struct ComputedStyle {
    /// The values in attribute form, by property.
    pub(super) values: BTreeMap<&'static str, String>,
    pub(super) context: InheritedStyle,
}

impl ComputedStyle {
    /// Returns a property that is set on the element or inherited.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).or_else(|| self.context.inherited.get(name)).map(String::as_str)
    }
}

/// The value that won the cascade, as it was written.
struct WinningValue {
    name: String,
    value: String,
    origin: ValueOrigin,
}

/// Rules indexed by the last compound of their selector.
#[derive(Default)]
struct RuleIndex {
    ids: HashMap<String, Vec<usize>>,
    classes: HashMap<String, Vec<usize>>,
    tags: HashMap<String, Vec<usize>>,
    others: Vec<usize>,
}

impl RuleIndex {
    fn new(rules: &[StyleRule]) -> Self {
        let mut index = Self::default();
        for (at, rule) in rules.iter().enumerate() {
            let (mut id, mut class, mut tag) = (None, None, None);
            for part in rule.selector.iter() {
                match part {
                    Component::ID(name) => id = Some(&name.0),
                    Component::Class(name) => class = Some(&name.0),
                    Component::LocalName(name) => tag = Some(&name.name.0),
                    _ => {}
                }
            }
            let place = match (id, class, tag) {
                (Some(id), _, _) => index.ids.entry(id.clone()).or_default(),
                (_, Some(class), _) => index.classes.entry(class.clone()).or_default(),
                (_, _, Some(tag)) => index.tags.entry(tag.clone()).or_default(),
                _ => &mut index.others,
            };
            place.push(at);
        }
        index
    }

    fn candidates(&self, node: Node<'_, '_>) -> Vec<usize> {
        let mut found = self.others.clone();
        let mut add = |rules: Option<&Vec<usize>>| found.extend(rules.into_iter().flatten());
        add(self.tags.get(node.tag_name().name()));
        add(node.attribute("id").and_then(|id| self.ids.get(id)));
        let classes = node.attribute("class").unwrap_or_default();
        classes.split_ascii_whitespace().for_each(|class| add(self.classes.get(class)));
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The style sheets of a document, ready to be matched to its elements.
pub(super) struct Cascade {
    sheet: StyleSheet,
    index: RuleIndex,
    forest: SelectorDocument,
    pub(super) budget: SubstitutionBudget,
    winners: HashMap<NodeId, Rc<Vec<WinningValue>>>,
    caches: SelectorCaches,
}

impl Cascade {
    pub(super) fn new(document: &Document<'_>, sheet: StyleSheet, steps: u64, bytes: usize) -> Self {
        let index = RuleIndex::new(&sheet.rules);
        let forest = SelectorDocument::new(document, steps);
        Self {
            sheet,
            index,
            forest,
            budget: SubstitutionBudget::new(bytes),
            winners: HashMap::new(),
            caches: SelectorCaches::default(),
        }
    }

    /// Returns the number of matching steps taken so far.
    pub(super) fn steps(&self) -> u64 {
        self.forest.steps()
    }

    /// Counts a step outside of matching; `false` once none are left.
    pub(super) fn visit(&self) -> bool {
        self.forest.step()
    }

    /// Returns true if an element's values depend on variables.
    pub(super) fn is_variable(&mut self, node: Node<'_, '_>, remarks: &mut Remarks) -> bool {
        self.winners(node, remarks).iter().any(|winner| property::is_variable(&winner.value))
    }

    fn winners(&mut self, node: Node<'_, '_>, remarks: &mut Remarks) -> Rc<Vec<WinningValue>> {
        if let Some(known) = self.winners.get(&node.id()) {
            return Rc::clone(known);
        }
        let winners = Rc::new(self.compute_winners(node, remarks));
        self.winners.insert(node.id(), Rc::clone(&winners));
        winners
    }

    fn matching(&mut self, node: Node<'_, '_>) -> Vec<usize> {
        if self.sheet.rules.is_empty() {
            return Vec::new();
        }
        let mut context: MatchingContext<'_, SelectorTypes> = MatchingContext::new(
            MatchingMode::Normal,
            None,
            &mut self.caches,
            QuirksMode::NoQuirks,
            NeedsSelectorFlags::No,
            MatchingForInvalidation::No,
        );
        let element = SelectorElement { node, forest: &self.forest };
        let mut found = self.index.candidates(node);
        found.retain(|at| {
            self.forest.step() && matches_selector(&self.sheet.rules[*at].selector, 0, None, element, &mut context)
        });
        found
    }

    fn compute_winners(&mut self, node: Node<'_, '_>, remarks: &mut Remarks) -> Vec<WinningValue> {
        let tag = node.tag_name().name();
        let mut stack = CascadeCandidates::default();
        for attribute in node.attributes().filter(|attribute| attribute.namespace().is_none()) {
            if is_attribute(tag, attribute.name()) {
                stack.add((0, 0, 0), attribute.name(), attribute.value(), ValueOrigin::Attribute);
            }
        }
        for at in self.matching(node) {
            let rule = &self.sheet.rules[at];
            stack.declare(&rule.declarations, 1, rule.layer, rule.selector.specificity());
        }
        let own = node.attribute("style").map(|style| style_sheet::declarations(style, remarks)).unwrap_or_default();
        stack.declare(&own, 2, UNLAYERED, 0);
        if stack.has("animation-name") {
            let winners = stack.winning_values();
            let get = |name: &str| winners.get(name).cloned();
            for declarations in animation::final_declarations(&get, &self.sheet.keyframes, remarks) {
                stack.animate(&declarations);
            }
        }
        stack.winners()
    }

    /// Computes the style of an element within `outer`.
    pub(super) fn style(
        &mut self,
        node: Node<'_, '_>,
        outer: &InheritedStyle,
        parent: Option<&ComputedStyle>,
        remarks: &mut Remarks,
    ) -> ComputedStyle {
        let winners = self.winners(node, remarks);
        let customs: Vec<(&str, &str)> = winners
            .iter()
            .filter(|winner| winner.name.starts_with("--"))
            .map(|winner| (winner.name.as_str(), winner.value.as_str()))
            .collect();
        let variables = variables::resolved(&customs, &outer.variables, &self.budget);
        let context = InheritedStyle { variables, ..outer.clone() };
        let mut style = ComputedStyle { values: BTreeMap::new(), context };
        // Font size and text color come first, because other properties refer to them.
        for first in [true, false] {
            for winner in winners.iter().filter(|winner| !winner.name.starts_with("--")) {
                if first == (winner.name == "font-size" || winner.name == "color") {
                    self.apply(winner, &mut style, parent, remarks);
                }
            }
        }
        style
    }

    fn apply(
        &self,
        winner: &WinningValue,
        style: &mut ComputedStyle,
        parent: Option<&ComputedStyle>,
        remarks: &mut Remarks,
    ) {
        let Some(property) = property::property(&winner.name) else { return };
        let mut value = std::borrow::Cow::Borrowed(winner.value.as_str());
        let is_variable = property::is_variable(&value);
        if is_variable {
            let variables = Rc::clone(&style.context.variables);
            let written = shorthand::pending_shorthand(&value).map_or(value.as_ref(), |(_, written)| written);
            let put_in = variables::substitute(written, &mut |name| variables.get(name).cloned(), &self.budget);
            let put_in = put_in.map(|text| text.trim().to_owned());
            let longhand = match shorthand::pending_shorthand(&value) {
                Some((shorthand, _)) => put_in.and_then(|text| {
                    let expanded = shorthand::expand(shorthand, &text)?;
                    expanded.into_iter().find(|(name, _)| *name == property.name).map(|(_, value)| value)
                }),
                None => put_in,
            };
            value = longhand.unwrap_or_else(|| "unset".to_owned()).into();
        }
        if property.name == "transform-origin" && winner.origin == ValueOrigin::Attribute {
            value = transform::add_px_units(&value).into();
        }
        let found = if property::is_css_wide_keyword(&value) {
            resolve_wide_keyword(property, &value, parent)
        } else {
            let found = convert(property, &value, &style.context.scope, winner.origin);
            if found.is_none() && winner.origin == ValueOrigin::Attribute {
                remarks.add(format!(
                    "the attribute `{}` is not supported",
                    shorten(&format!("{}={value}", property.name))
                ));
            }
            found
        };
        if let Some(found) = found {
            set(property, found, style);
        }
    }
}

/// Resolves a CSS-wide keyword; `None` if nothing is to be set.
fn resolve_wide_keyword(property: &Property, word: &str, parent: Option<&ComputedStyle>) -> Option<String> {
    let is_initial = word.eq_ignore_ascii_case("initial");
    if property.inherited {
        return is_initial
            .then(|| property.initial.to_owned())
            .and_then(|initial| convert(property, &initial, &Scope::default(), ValueOrigin::Attribute));
    }
    if word.eq_ignore_ascii_case("inherit") {
        parent.and_then(|parent| parent.values.get(property.name).cloned())
    } else {
        None
    }
}

fn set(property: &'static Property, value: String, style: &mut ComputedStyle) {
    let scope = &mut style.context.scope;
    match property.name {
        "font-size" => scope.em = value.parse().unwrap_or(scope.em),
        "color" => match color::parse(&value, scope.current) {
            // `currentcolor` as a `color` is the parent's color.
            Some(ResolvedColor::Current) | None => return,
            Some(ResolvedColor::Fixed(color)) => scope.current = color,
        },
        _ => {}
    }
    if property.inherited {
        Rc::make_mut(&mut style.context.inherited).insert(property.name, value.clone());
    }
    style.values.insert(property.name, value);
}

/// The origin, layer and specificity of a value.
type CascadeRank = (u8, usize, u32);

/// The candidate values of an element, each with its rank.
#[derive(Default)]
struct CascadeCandidates {
    best: BTreeMap<String, (CascadeRank, String, ValueOrigin)>,
}

impl CascadeCandidates {
    /// Adds a value, which wins over earlier values of the same rank.
    fn add(&mut self, rank: CascadeRank, name: &str, value: &str, origin: ValueOrigin) {
        match self.best.get_mut(name) {
            Some(best) if best.0 > rank => {}
            Some(best) => *best = (rank, value.to_owned(), origin),
            None => {
                self.best.insert(name.to_owned(), (rank, value.to_owned(), origin));
            }
        }
    }

    /// Adds declarations; `!important` reverses the order of origins and layers.
    fn declare(&mut self, declarations: &[Declaration], level: u8, layer: usize, specificity: u32) {
        for declaration in declarations {
            let rank = if declaration.important {
                (level + 3, UNLAYERED - layer, specificity)
            } else {
                (level, layer, specificity)
            };
            let origin = if level == 2 { ValueOrigin::Style } else { ValueOrigin::Sheet };
            self.add(rank, &declaration.name, &declaration.value, origin);
        }
    }

    fn animate(&mut self, declarations: &[Declaration]) {
        for declaration in declarations {
            self.add((3, 0, 0), &declaration.name, &declaration.value, ValueOrigin::Sheet);
        }
    }

    fn has(&self, name: &str) -> bool {
        self.best.contains_key(name)
    }

    fn winning_values(&self) -> BTreeMap<String, String> {
        self.best.iter().map(|(name, (_, value, _))| (name.clone(), value.clone())).collect()
    }

    fn winners(self) -> Vec<WinningValue> {
        self.best.into_iter().map(|(name, (_, value, origin))| WinningValue { name, value, origin }).collect()
    }
}
