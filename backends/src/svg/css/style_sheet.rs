//! Style sheets as rules: selectors with their declarations, in the order in which they apply. Media, feature queries,
//! layers and nesting are resolved here; nothing is loaded.

use std::{collections::HashMap, rc::Rc};

use cssparser::{
    AtRuleParser, CowRcStr, DeclarationParser, ParseError, Parser, ParserState, QualifiedRuleParser,
    RuleBodyItemParser, RuleBodyParser, StyleSheetParser, Token,
};
use selectors::{
    SelectorList,
    parser::{ParseRelative, Selector, SelectorParseErrorKind},
};

use super::{
    declaration::{self, Declaration},
    element::{SelectorParser, SelectorTypes},
    media,
    property::ValueOrigin,
    remarks::Remarks,
    scope::MediaWindow,
};

type SheetParseError = ParseError<SelectorParseErrorKind>;

/// The deepest nesting of rules.
const MAX_DEPTH: usize = 16;

/// A selector with its declarations.
pub(super) struct StyleRule {
    pub(super) selector: Selector<SelectorTypes>,
    pub(super) declarations: Rc<[Declaration]>,
    /// The index of the rule's layer, from 0; rules outside of layers come last.
    pub(super) layer: usize,
}

/// A keyframe of an animation: its position from 0 to 1, and its declarations.
pub(super) type Keyframe = (f64, Rc<[Declaration]>);

/// The rules of all style sheets of a drawing.
#[derive(Default)]
pub(super) struct StyleSheet {
    pub(super) rules: Vec<StyleRule>,
    pub(super) keyframes: HashMap<String, Vec<Keyframe>>,
    layers: Vec<String>,
}

/// The layer of rules outside of all layers.
pub(super) const UNLAYERED: usize = usize::MAX;

impl StyleSheet {
    /// Adds the rules of one style sheet.
    pub(super) fn read(&mut self, text: &str, window: MediaWindow, remarks: &mut Remarks) {
        let mut input = Parser::new(text);
        let mut reader = SheetReader {
            sheet: self,
            window,
            remarks,
            parent: None,
            layer: UNLAYERED,
            depth: 0,
            origin: ValueOrigin::Sheet,
        };
        StyleSheetParser::new(&mut input, &mut reader).for_each(drop);
    }
}

/// Parses the declarations of a `style` attribute.
pub(super) fn declarations(text: &str, remarks: &mut Remarks) -> Vec<Declaration> {
    let mut input = Parser::new(text);
    let mut sheet = StyleSheet::default();
    let window = MediaWindow { width: 0.0, height: 0.0 };
    let mut reader = SheetReader {
        sheet: &mut sheet,
        window,
        remarks,
        parent: None,
        layer: UNLAYERED,
        depth: MAX_DEPTH,
        origin: ValueOrigin::Style,
    };
    reader.body(&mut input)
}

struct SheetReader<'a> {
    sheet: &'a mut StyleSheet,
    window: MediaWindow,
    remarks: &'a mut Remarks,
    /// The selectors of the enclosing rule.
    parent: Option<SelectorList<SelectorTypes>>,
    layer: usize,
    depth: usize,
    origin: ValueOrigin,
}

enum Prelude {
    /// A condition such as `@media`, and whether it holds.
    Condition(bool),
    Layer(usize),
    Keyframes(String),
    /// A rule that does not affect the drawing, or that only leads to a remark.
    Skipped,
}

/// An item in the body of a rule: declarations, or a nested rule that the reader has already stored.
enum RuleItem {
    Declarations(Vec<Declaration>),
    Rule,
}

impl SheetReader<'_> {
    /// Returns the declarations of a body; nested rules are stored.
    fn body(&mut self, input: &mut Parser<'_>) -> Vec<Declaration> {
        let mut found = Vec::new();
        for item in RuleBodyParser::new(input, self) {
            if let Ok(RuleItem::Declarations(declarations)) = item {
                found.extend(declarations);
            }
        }
        found
    }

    fn store_rule(&mut self, selectors: &SelectorList<SelectorTypes>, declarations: Vec<Declaration>) {
        if declarations.is_empty() {
            return;
        }
        let declarations: Rc<[Declaration]> = declarations.into();
        for selector in selectors.slice() {
            let (selector, declarations) = (selector.clone(), Rc::clone(&declarations));
            self.sheet.rules.push(StyleRule { selector, declarations, layer: self.layer });
        }
    }

    fn nested<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let result = inside(self);
        self.depth -= 1;
        Some(result)
    }

    /// Parses the body of `@media` and the like: rules, and inside another rule also declarations.
    fn group(&mut self, input: &mut Parser<'_>) {
        self.nested(|reader| match reader.parent.clone() {
            Some(parent) => {
                let declarations = reader.body(input);
                reader.store_rule(&parent, declarations);
            }
            None => {
                reader.body(input);
            }
        });
    }

    fn layer(&mut self, name: &str) -> usize {
        let known = self.sheet.layers.iter().position(|layer| layer == name && !name.is_empty());
        known.unwrap_or_else(|| {
            self.sheet.layers.push(name.to_owned());
            self.sheet.layers.len() - 1
        })
    }

    fn keyframes(&mut self, input: &mut Parser<'_>) -> Vec<Keyframe> {
        let mut keyframes = Vec::new();
        while !input.is_exhausted() {
            let moments = input.parse_until_before(cssparser::Delimiter::CurlyBracketBlock, |input| {
                input.parse_comma_separated(|input| -> Result<f64, SheetParseError> {
                    match input.next()? {
                        Token::Percentage { unit_value, .. } => Ok(f64::from(*unit_value)),
                        Token::Ident(name) if name.eq_ignore_ascii_case("from") => Ok(0.0),
                        Token::Ident(name) if name.eq_ignore_ascii_case("to") => Ok(1.0),
                        _ => Err(ParseError::unexpected_token()),
                    }
                })
            });
            if input.expect_curly_bracket_block().is_err() {
                break;
            }
            let body =
                input.parse_nested_block(|input| Ok::<_, SheetParseError>(self.nested(|reader| reader.body(input))));
            if let (Ok(moments), Ok(Some(body))) = (moments, body) {
                let body: Rc<[Declaration]> = body.into();
                keyframes.extend(moments.into_iter().map(|moment| (moment, Rc::clone(&body))));
            }
        }
        keyframes.sort_by(|one, other| one.0.total_cmp(&other.0));
        keyframes
    }
}

impl<'i> AtRuleParser<'i> for SheetReader<'_> {
    type Prelude = Prelude;
    type AtRule = RuleItem;
    type Error = SelectorParseErrorKind;

    fn parse_prelude(&mut self, name: CowRcStr<'i>, input: &mut Parser<'i>) -> Result<Prelude, SheetParseError> {
        let text = rest(input);
        Ok(match name.to_ascii_lowercase().as_str() {
            "media" => Prelude::Condition(media::matches(&text, self.window)),
            "supports" => Prelude::Condition(media::supports(&text)),
            "layer" if text.contains(',') => {
                for name in text.split(',') {
                    self.layer(name.trim());
                }
                Prelude::Skipped
            }
            "layer" => Prelude::Layer(self.layer(text.trim())),
            "keyframes" | "-webkit-keyframes" => Prelude::Keyframes(text.trim_matches(['"', '\'', ' ']).to_owned()),
            "charset" | "namespace" | "page" | "print" | "property" => Prelude::Skipped,
            other => {
                self.remarks.add(format!("CSS `@{other}` is not supported"));
                Prelude::Skipped
            }
        })
    }

    fn rule_without_block(&mut self, _prelude: Prelude, _start: &ParserState) -> Result<RuleItem, ()> {
        Ok(RuleItem::Rule)
    }

    fn parse_block(
        &mut self,
        prelude: Prelude,
        _start: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<RuleItem, SheetParseError> {
        match prelude {
            Prelude::Condition(true) => self.group(input),
            Prelude::Layer(layer) => {
                let outer = std::mem::replace(&mut self.layer, layer);
                self.group(input);
                self.layer = outer;
            }
            Prelude::Keyframes(name) => {
                let moments = self.keyframes(input);
                self.sheet.keyframes.insert(name, moments);
            }
            Prelude::Condition(false) | Prelude::Skipped => {}
        }
        while input.next().is_ok() {}
        Ok(RuleItem::Rule)
    }
}

impl<'i> QualifiedRuleParser<'i> for SheetReader<'_> {
    type Prelude = SelectorList<SelectorTypes>;
    type QualifiedRule = RuleItem;
    type Error = SelectorParseErrorKind;

    fn parse_prelude(&mut self, input: &mut Parser<'i>) -> Result<SelectorList<SelectorTypes>, SheetParseError> {
        let start = input.position();
        let relative = if self.parent.is_some() { ParseRelative::ForNesting } else { ParseRelative::No };
        let parsed = SelectorList::parse(&SelectorParser, input, relative);
        let parsed = parsed.and_then(|list| input.expect_exhausted().map(|()| list).map_err(Into::into));
        match (parsed, &self.parent) {
            (Ok(list), Some(parent)) => Ok(list.replace_parent_selector(parent)),
            (Ok(list), None) => Ok(list),
            (Err(fault), _) => {
                while input.next().is_ok() {}
                let selector = input.slice_from(start).trim();
                // Pseudo-elements draw nothing in SVG.
                if !selector.contains("::") {
                    self.remarks.add(format!("the CSS selector `{selector}` is not supported"));
                }
                Err(fault)
            }
        }
    }

    fn parse_block(
        &mut self,
        selectors: SelectorList<SelectorTypes>,
        _start: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<RuleItem, SheetParseError> {
        let outer = self.parent.replace(selectors.clone());
        let place = self.sheet.rules.len();
        if let Some(declarations) = self.nested(|reader| reader.body(input)) {
            // Nested rules apply after the declarations of the rule itself.
            let nested = self.sheet.rules.split_off(place);
            self.store_rule(&selectors, declarations);
            self.sheet.rules.extend(nested);
        }
        self.parent = outer;
        Ok(RuleItem::Rule)
    }
}

impl<'i> DeclarationParser<'i> for SheetReader<'_> {
    type Declaration = RuleItem;
    type Error = SelectorParseErrorKind;

    fn parse_value(
        &mut self,
        name: CowRcStr<'i>,
        input: &mut Parser<'i>,
        _start: &ParserState,
    ) -> Result<RuleItem, SheetParseError> {
        let mut text = rest(input);
        // `a:hover { … }` inside a rule looks like a declaration at first.
        if text.contains('{') && !name.starts_with("--") {
            return Err(ParseError::unexpected_token());
        }
        let bare = text.rsplit_once('!').filter(|(_, word)| word.trim().eq_ignore_ascii_case("important"));
        let bare = bare.map(|(value, _)| value.trim_end().len());
        let important = bare.is_some();
        text.truncate(bare.unwrap_or(text.len()));
        Ok(RuleItem::Declarations(declaration::expand_declaration(&name, &text, important, self.origin, self.remarks)))
    }
}

impl RuleBodyItemParser<'_, RuleItem, SelectorParseErrorKind> for SheetReader<'_> {
    fn parse_declarations(&self) -> bool {
        true
    }

    fn parse_qualified(&self) -> bool {
        self.depth < MAX_DEPTH
    }
}

/// Returns the rest of the input, without comments.
fn rest(input: &mut Parser<'_>) -> String {
    let start = input.position();
    while input.next_including_whitespace_and_comments().is_ok() {}
    let mut text = input.slice_from(start);
    let mut clean = String::new();
    while let Some((before, after)) = text.split_once("/*") {
        clean.extend([before, " "]);
        text = after.split_once("*/").map_or("", |(_, after)| after);
    }
    clean.push_str(text);
    clean.trim().to_owned()
}
