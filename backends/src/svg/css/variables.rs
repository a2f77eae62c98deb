//! Custom properties: the substitution of `var()`, with limits on how long a value may grow.

use std::{cell::Cell, collections::BTreeMap, rc::Rc};

/// Custom properties by name; a property that refers to itself is absent.
pub(super) type CustomProperties = BTreeMap<String, Rc<str>>;

/// The longest value after substitution, in bytes.
const MAX_VALUE_BYTES: usize = 16 << 10;
/// The deepest nesting of fallbacks, and of variables in variables.
const MAX_DEPTH: usize = 32;

/// The number of bytes that may still be substituted.
pub(super) struct SubstitutionBudget {
    left: Cell<usize>,
}

impl SubstitutionBudget {
    pub(super) fn new(bytes: usize) -> Self {
        Self { left: Cell::new(bytes) }
    }

    /// Returns true once the budget is spent.
    pub(super) fn is_spent(&self) -> bool {
        self.left.get() == 0
    }

    fn spend(&self, bytes: usize) -> Option<()> {
        let left = self.left.get().saturating_sub(bytes);
        self.left.set(left);
        (left > 0).then_some(())
    }
}

/// Substitutes the variables in `value`; `None` if one is missing and has no fallback.
pub(super) fn substitute(
    value: &str,
    get: &mut dyn FnMut(&str) -> Option<Rc<str>>,
    budget: &SubstitutionBudget,
) -> Option<String> {
    let mut text = String::new();
    substitute_into(value, get, budget, 0, &mut text)?;
    Some(text)
}

fn substitute_into(
    value: &str,
    get: &mut dyn FnMut(&str) -> Option<Rc<str>>,
    budget: &SubstitutionBudget,
    depth: usize,
    text: &mut String,
) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut rest = value;
    while let Some((before, inner, after)) = call(rest) {
        text.push_str(before);
        budget.spend(before.len() + 1)?;
        let (name, fallback) = split(inner);
        match get(name.trim()) {
            Some(found) => {
                budget.spend(found.len())?;
                text.push_str(&found);
            }
            None => substitute_into(fallback?, get, budget, depth + 1, text)?,
        }
        if text.len() > MAX_VALUE_BYTES {
            return None;
        }
        rest = after;
    }
    budget.spend(rest.len() + 1)?;
    text.push_str(rest);
    (text.len() <= MAX_VALUE_BYTES).then_some(())
}

/// Finds the first `var(…)` outside of strings, and returns the text before it, inside it and after it.
fn call(text: &str) -> Option<(&str, &str, &str)> {
    let bytes = text.as_bytes();
    let (mut at, mut quote) = (0, None);
    while at < bytes.len() {
        match (bytes[at], quote) {
            (b'\\', _) => at += 1,
            (byte, Some(open)) => quote = Some(open).filter(|open| byte != *open),
            (open @ (b'"' | b'\''), None) => quote = Some(open),
            (b'v' | b'V' | b'e' | b'E', None) => {
                let is_start =
                    at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || matches!(bytes[at - 1], b'-' | b'_'));
                let name = bytes.get(at..at + 4).filter(|_| is_start);
                if name.is_some_and(|name| name.eq_ignore_ascii_case(b"var(") || name.eq_ignore_ascii_case(b"env(")) {
                    let end = closing(&bytes[at + 4..]).map_or(text.len(), |end| at + 4 + end);
                    return Some((&text[..at], &text[at + 4..end], text.get(end + 1..).unwrap_or_default()));
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Returns the position of the closing parenthesis.
fn closing(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut quote) = (0_u32, None);
    for (at, byte) in bytes.iter().enumerate() {
        match (byte, quote) {
            (byte, Some(open)) => quote = Some(open).filter(|open| byte != open),
            (b'"' | b'\'', None) => quote = Some(*byte),
            (b'(', None) => depth += 1,
            (b')', None) if depth == 0 => return Some(at),
            (b')', None) => depth -= 1,
            _ => {}
        }
    }
    None
}

fn split(inner: &str) -> (&str, Option<&str>) {
    inner.split_once(',').map_or((inner, None), |(name, fallback)| (name, Some(fallback)))
}

/// Resolves the variables of an element that declares `own` inside an element that has `outer`.
pub(super) fn resolved(
    own: &[(&str, &str)],
    outer: &Rc<CustomProperties>,
    budget: &SubstitutionBudget,
) -> Rc<CustomProperties> {
    if own.is_empty() {
        return Rc::clone(outer);
    }
    let mut resolver = Resolver { own: own.iter().copied().collect(), outer, budget, done: BTreeMap::new(), depth: 0 };
    let names: Vec<&str> = own.iter().map(|(name, _)| *name).collect();
    for name in names {
        resolver.get(name);
    }
    let mut all = CustomProperties::clone(outer);
    for (name, value) in resolver.done {
        match value {
            Some(value) => all.insert(name, value),
            None => all.remove(&name),
        };
    }
    Rc::new(all)
}

struct Resolver<'a> {
    own: BTreeMap<&'a str, &'a str>,
    outer: &'a CustomProperties,
    budget: &'a SubstitutionBudget,
    /// The results so far. `None` while a variable is being resolved, and permanently if it refers back to itself.
    done: BTreeMap<String, Option<Rc<str>>>,
    depth: usize,
}

impl Resolver<'_> {
    fn get(&mut self, name: &str) -> Option<Rc<str>> {
        if let Some(known) = self.done.get(name) {
            return known.clone();
        }
        let Some(value) = self.own.get(name).copied() else { return self.outer.get(name).cloned() };
        match value.to_ascii_lowercase().as_str() {
            "inherit" | "unset" | "revert" | "revert-layer" => return self.outer.get(name).cloned(),
            _ => {}
        }
        self.done.insert(name.to_owned(), None);
        if value.eq_ignore_ascii_case("initial") || self.depth > MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let budget = self.budget;
        let found: Option<Rc<str>> = substitute(value, &mut |name| self.get(name), budget).map(Into::into);
        self.depth -= 1;
        self.done.insert(name.to_owned(), found.clone());
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(own: &[(&str, &str)], value: &str) -> Option<String> {
        let budget = SubstitutionBudget::new(1 << 20);
        let all = resolved(own, &Rc::default(), &budget);
        substitute(value, &mut |name| all.get(name).cloned(), &budget)
    }

    #[test]
    fn variables_are_put_in() {
        let own = [("--a", "red"), ("--b", "var(--a)"), ("--c", "var(--none, calc(1px + (2px)))")];
        assert_eq!(of(&own, "x var(--b) y").as_deref(), Some("x red y"));
        assert_eq!(of(&own, "var(--c)").map(|text| text.trim().to_owned()).as_deref(), Some("calc(1px + (2px))"));
        assert_eq!(of(&own, "var(--none, var(--a, blue))").map(|text| text.trim().to_owned()).as_deref(), Some("red"));
        assert_eq!(of(&own, "var(--none)"), None);
        assert_eq!(of(&own, "'var(--a)'").as_deref(), Some("'var(--a)'"));
    }

    #[test]
    fn cycles_and_expansion_bombs_resolve_to_nothing() {
        assert_eq!(of(&[("--a", "var(--b)"), ("--b", "var(--a)")], "var(--a)"), None);
        let bomb: Vec<(String, String)> =
            (0..30).map(|at| (format!("--v{at}"), format!("var(--v{})", at + 1).repeat(10))).collect();
        let mut bomb: Vec<(&str, &str)> = bomb.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        bomb.push(("--v30", "x"));
        assert_eq!(of(&bomb, "var(--v0)"), None);
    }
}
