//! Elements of a drawing as the selectors of style sheets see them. Every step through the tree is counted, so that a
//! hostile sheet ends in an error instead of running for hours.

use std::{cell::Cell, fmt};

use cssparser::{ParseError, ToCss};
use precomputed_hash::PrecomputedHash;
use resvg::usvg::roxmltree::{Document, Node};
use selectors::{
    OpaqueElement, SelectorImpl,
    attr::{AttrSelectorOperation, CaseSensitivity, NamespaceConstraint},
    bloom::BloomFilter,
    matching::{ElementSelectorFlags, MatchingContext},
    parser::SelectorParseErrorKind,
};

/// The name types used in selectors.
#[derive(Clone, Debug)]
pub(super) struct SelectorTypes;

/// A name or value in a selector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SelectorName(pub(super) String);

impl From<&str> for SelectorName {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl AsRef<str> for SelectorName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl ToCss for SelectorName {
    fn to_css<W: fmt::Write>(&self, out: &mut W) -> fmt::Result {
        cssparser::serialize_identifier(&self.0, out)
    }
}

impl PrecomputedHash for SelectorName {
    /// FNV-1a.
    fn precomputed_hash(&self) -> u32 {
        self.0.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }
}

/// A pseudo-class that can be decided for a still image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PseudoClass {
    /// A pseudo-class that never matches in a still image: `:hover`, `:focus` and the like.
    Never,
    /// `:link` and `:any-link`.
    Link,
    /// `:lang()`.
    Lang(String),
}

impl ToCss for PseudoClass {
    fn to_css<W: fmt::Write>(&self, out: &mut W) -> fmt::Result {
        out.write_str(":pseudo")
    }
}

impl selectors::parser::NonTSPseudoClass for PseudoClass {
    fn is_active_or_hover(&self) -> bool {
        false
    }

    fn is_user_action_state(&self) -> bool {
        false
    }
}

/// A pseudo-element; none is drawn in SVG.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PseudoElement;

impl ToCss for PseudoElement {
    fn to_css<W: fmt::Write>(&self, out: &mut W) -> fmt::Result {
        out.write_str("::pseudo")
    }
}

impl selectors::parser::PseudoElement for PseudoElement {}

impl SelectorImpl for SelectorTypes {
    type ExtraMatchingData<'a> = ();
    type AttrValue = SelectorName;
    type Identifier = SelectorName;
    type LocalName = SelectorName;
    type NamespaceUrl = SelectorName;
    type NamespacePrefix = SelectorName;
    type BorrowedNamespaceUrl = SelectorName;
    type BorrowedLocalName = SelectorName;
    type NonTSPseudoClass = PseudoClass;
    type PseudoElement = PseudoElement;
}

/// The selector parser.
pub(super) struct SelectorParser;

impl<'i> selectors::parser::Parser<'i> for SelectorParser {
    type Impl = SelectorTypes;
    type Error = SelectorParseErrorKind;

    fn parse_nth_child_of(&self) -> bool {
        true
    }

    fn parse_is_and_where(&self) -> bool {
        true
    }

    fn parse_has(&self) -> bool {
        true
    }

    fn parse_parent_selector(&self) -> bool {
        true
    }

    fn is_is_alias(&self, name: &str) -> bool {
        name.eq_ignore_ascii_case("matches") || name.eq_ignore_ascii_case("-webkit-any")
    }

    fn parse_non_ts_pseudo_class(&self, name: &str) -> Result<PseudoClass, ParseError<Self::Error>> {
        const NEVER: &[&str] =
            &["hover", "active", "focus", "focus-visible", "focus-within", "visited", "target", "checked", "disabled"];
        match name.to_ascii_lowercase() {
            name if name == "link" || name == "any-link" => Ok(PseudoClass::Link),
            name if NEVER.contains(&name.as_str()) => Ok(PseudoClass::Never),
            _ => Err(ParseError::custom(SelectorParseErrorKind::UnsupportedPseudoClassOrElement)),
        }
    }

    fn parse_non_ts_functional_pseudo_class(
        &self,
        name: &str,
        parser: &mut cssparser::Parser<'i>,
        _after_part: bool,
    ) -> Result<PseudoClass, ParseError<Self::Error>> {
        if name.eq_ignore_ascii_case("lang") {
            let language = parser
                .expect_ident_or_string()
                .map_err(|_| ParseError::custom(SelectorParseErrorKind::UnsupportedPseudoClassOrElement))?;
            return Ok(PseudoClass::Lang(language.to_ascii_lowercase()));
        }
        Err(ParseError::custom(SelectorParseErrorKind::UnsupportedPseudoClassOrElement))
    }
}

/// The document that selectors are matched in, with the number of steps left.
pub(super) struct SelectorDocument {
    /// One address in memory per node, used as its identity.
    identities: Vec<u8>,
    steps: Cell<u64>,
    most: u64,
}

impl SelectorDocument {
    pub(super) fn new(document: &Document<'_>, most: u64) -> Self {
        let nodes = document.descendants().next_back().map_or(0, |node| node.id().get_usize() + 1);
        Self { identities: vec![0; nodes], steps: Cell::new(0), most }
    }

    /// Returns the number of steps taken so far.
    pub(super) fn steps(&self) -> u64 {
        self.steps.get()
    }

    /// Counts a step; `false` once none are left.
    pub(super) fn step(&self) -> bool {
        self.steps.set(self.steps.get() + 1);
        self.steps.get() <= self.most
    }
}

/// An element of a document.
#[derive(Clone, Copy)]
pub(super) struct SelectorElement<'a, 'input> {
    pub(super) node: Node<'a, 'input>,
    pub(super) forest: &'a SelectorDocument,
}

impl fmt::Debug for SelectorElement<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.node.tag_name().name())
    }
}

impl<'a, 'input: 'a> SelectorElement<'a, 'input> {
    fn with_node(&self, node: Option<Node<'a, 'input>>) -> Option<Self> {
        let node = node.filter(|_| self.forest.step())?;
        Some(Self { node, forest: self.forest })
    }

    fn language(&self) -> Option<String> {
        const XML: &str = "http://www.w3.org/XML/1998/namespace";
        let of = |node: Node<'a, 'input>| node.attribute((XML, "lang")).or_else(|| node.attribute("lang"));
        self.node.ancestors().find_map(of).map(str::to_ascii_lowercase)
    }
}

impl selectors::Element for SelectorElement<'_, '_> {
    type Impl = SelectorTypes;

    fn opaque(&self) -> OpaqueElement {
        OpaqueElement::new(&self.forest.identities[self.node.id().get_usize()])
    }

    fn parent_element(&self) -> Option<Self> {
        self.with_node(self.node.parent_element())
    }

    fn parent_node_is_shadow_root(&self) -> bool {
        false
    }

    fn containing_shadow_host(&self) -> Option<Self> {
        None
    }

    fn is_pseudo_element(&self) -> bool {
        false
    }

    fn prev_sibling_element(&self) -> Option<Self> {
        self.with_node(self.node.prev_sibling_element())
    }

    fn next_sibling_element(&self) -> Option<Self> {
        self.with_node(self.node.next_sibling_element())
    }

    fn first_element_child(&self) -> Option<Self> {
        self.with_node(self.node.first_element_child())
    }

    fn is_html_element_in_html_document(&self) -> bool {
        false
    }

    fn has_local_name(&self, name: &SelectorName) -> bool {
        self.node.tag_name().name() == name.0
    }

    fn has_namespace(&self, namespace: &SelectorName) -> bool {
        self.node.tag_name().namespace().unwrap_or_default() == namespace.0
    }

    fn is_same_type(&self, other: &Self) -> bool {
        self.node.tag_name() == other.node.tag_name()
    }

    fn attr_matches(
        &self,
        namespace: &NamespaceConstraint<&SelectorName>,
        name: &SelectorName,
        operation: &AttrSelectorOperation<&SelectorName>,
    ) -> bool {
        self.node.attributes().any(|attribute| {
            let within = match namespace {
                NamespaceConstraint::Any => true,
                NamespaceConstraint::Specific(namespace) => attribute.namespace().unwrap_or_default() == namespace.0,
            };
            within && attribute.name() == name.0 && operation.eval_str(attribute.value())
        })
    }

    fn match_non_ts_pseudo_class(&self, class: &PseudoClass, _context: &mut MatchingContext<SelectorTypes>) -> bool {
        match class {
            PseudoClass::Never => false,
            PseudoClass::Link => selectors::Element::is_link(self),
            PseudoClass::Lang(wanted) => self.language().is_some_and(|language| {
                language.strip_prefix(wanted.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            }),
        }
    }

    fn match_pseudo_element(&self, _element: &PseudoElement, _context: &mut MatchingContext<SelectorTypes>) -> bool {
        false
    }

    fn apply_selector_flags(&self, _flags: ElementSelectorFlags) {}

    fn is_link(&self) -> bool {
        self.node.tag_name().name() == "a" && self.node.attributes().any(|attribute| attribute.name() == "href")
    }

    fn is_html_slot_element(&self) -> bool {
        false
    }

    fn has_id(&self, id: &SelectorName, case: CaseSensitivity) -> bool {
        self.node.attribute("id").is_some_and(|own| case.eq(own.as_bytes(), id.0.as_bytes()))
    }

    fn has_class(&self, name: &SelectorName, case: CaseSensitivity) -> bool {
        let classes = self.node.attribute("class").unwrap_or_default();
        classes.split_ascii_whitespace().any(|class| case.eq(class.as_bytes(), name.0.as_bytes()))
    }

    fn has_custom_state(&self, _name: &SelectorName) -> bool {
        false
    }

    fn imported_part(&self, _name: &SelectorName) -> Option<SelectorName> {
        None
    }

    fn is_part(&self, _name: &SelectorName) -> bool {
        false
    }

    fn is_empty(&self) -> bool {
        self.node.children().all(|child| !child.is_element() && child.text().is_none_or(str::is_empty))
    }

    fn is_root(&self) -> bool {
        self.node.document().root_element() == self.node
    }

    fn add_element_unique_hashes(&self, _filter: &mut BloomFilter) -> bool {
        false
    }
}
