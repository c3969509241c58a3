//! Reads JSON as strictly as the service does: unknown fields, nulls and wrong types are all named.

use std::cell::{Cell, RefCell};
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::problem::{Code, FieldProblem, Refusal};

/// Collects what is wrong with one body.
#[derive(Default)]
pub(super) struct Checker {
    problems: RefCell<Vec<FieldProblem>>,
    code: Cell<Option<Code>>,
}

/// One JSON object on its way through the check.
pub(super) struct Fields<'v, 'c> {
    checker: &'c Checker,
    path: String,
    map: &'v Map<String, Value>,
}

impl Checker {
    pub fn report(&self, name: &str, reason: &str) {
        self.problems.borrow_mut().push(FieldProblem {
            name: String::from(name),
            reason: String::from(reason),
        });
    }

    /// The first error number wins, as an answer has room for one.
    pub fn raise(&self, code: Code) {
        if self.code.get().is_none() {
            self.code.set(Some(code));
        }
    }

    /// Problems with fields come before error numbers.
    pub fn finish(self) -> Result<(), Refusal> {
        let problems = self.problems.into_inner();
        if !problems.is_empty() {
            return Err(Refusal::Fields(problems));
        }
        self.code
            .get()
            .map_or(Ok(()), |code| Err(Refusal::Code(code)))
    }

    /// The body as an object that has no other fields than `known`.
    pub fn root<'v>(&self, body: &'v Value, known: &[&str]) -> Option<Fields<'v, '_>> {
        Fields::new(self, String::new(), body, known)
    }
}

impl<'v, 'c> Fields<'v, 'c> {
    fn new(
        checker: &'c Checker,
        path: String,
        value: &'v Value,
        known: &[&str],
    ) -> Option<Fields<'v, 'c>> {
        let Some(map) = value.as_object() else {
            checker.report(
                if path.is_empty() { "body" } else { &path },
                "must be an object",
            );
            return None;
        };
        let fields = Fields { checker, path, map };
        for name in map.keys().filter(|name| !known.contains(&name.as_str())) {
            fields.report(name, "is not a known field");
        }
        Some(fields)
    }

    pub fn report(&self, name: &str, reason: &str) {
        self.checker.report(&self.path_of(name), reason);
    }

    pub fn raise(&self, code: Code) {
        self.checker.raise(code);
    }

    pub fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    pub fn raw(&self, name: &str) -> Option<&'v Value> {
        self.map.get(name)
    }

    /// Reports the field if it is absent.
    pub fn require(&self, names: &[&str]) {
        for name in names.iter().filter(|name| !self.has(name)) {
            self.report(name, "is required");
        }
    }

    pub fn text(&self, name: &str) -> Option<&'v str> {
        let text = self.map.get(name)?.as_str();
        if text.is_none() {
            self.report(name, "must be a string");
        }
        text
    }

    /// A string of so many characters.
    pub fn sized_text(&self, name: &str, length: RangeInclusive<usize>) -> Option<&'v str> {
        let text = self.text(name)?;
        if length.contains(&text.chars().count()) {
            return Some(text);
        }
        let reason = format!(
            "must have {} to {} characters",
            length.start(),
            length.end()
        );
        self.report(name, &reason);
        None
    }

    /// One of a few words.
    pub fn word(&self, name: &str, words: &[&str]) -> Option<&'v str> {
        let text = self.text(name)?;
        if words.contains(&text) {
            return Some(text);
        }
        self.report(name, &format!("must be one of {}", words.join(", ")));
        None
    }

    pub fn integer(&self, name: &str, range: RangeInclusive<i64>) -> Option<i64> {
        let value = self.map.get(name)?.as_i64();
        let fitting = value.filter(|value| range.contains(value));
        if fitting.is_none() {
            let reason = format!(
                "must be an integer from {} to {}",
                range.start(),
                range.end()
            );
            self.report(name, &reason);
        }
        fitting
    }

    pub fn boolean(&self, name: &str) -> Option<bool> {
        let value = self.map.get(name)?.as_bool();
        if value.is_none() {
            self.report(name, "must be true or false");
        }
        value
    }

    /// An object that may hold anything.
    pub fn open_object(&self, name: &str) {
        if self.map.get(name).is_some_and(|value| !value.is_object()) {
            self.report(name, "must be an object");
        }
    }

    pub fn object(&self, name: &str, known: &[&str]) -> Option<Fields<'v, 'c>> {
        let value = self.map.get(name)?;
        Fields::new(self.checker, self.path_of(name), value, known)
    }

    /// The objects of an array, each without unknown fields.
    pub fn objects(&self, name: &str, known: &[&str]) -> Vec<Fields<'v, 'c>> {
        let Some(value) = self.map.get(name) else {
            return Vec::new();
        };
        let Some(items) = value.as_array() else {
            self.report(name, "must be an array");
            return Vec::new();
        };
        let path = self.path_of(name);
        let objects = items.iter().enumerate();
        objects
            .filter_map(|(at, item)| {
                Fields::new(self.checker, format!("{path}[{at}]"), item, known)
            })
            .collect()
    }

    pub fn entries(&self) -> impl Iterator<Item = (&'v String, &'v Value)> {
        self.map.iter()
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() {
            String::from(name)
        } else {
            format!("{}.{name}", self.path)
        }
    }
}
