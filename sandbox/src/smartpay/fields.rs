//! Reads and writes JSON whose numbers are decimals, without ever making them floating point.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use super::problem::{FieldProblem, Refusal};

/// Collects what is wrong with one body, and which of its members nobody knows.
#[derive(Default)]
pub(super) struct Checker {
    problems: RefCell<Vec<FieldProblem>>,
    ignored: RefCell<Vec<String>>,
}

/// One JSON object on its way through the check. A null counts as absent.
pub(super) struct Fields<'c> {
    checker: &'c Checker,
    path: String,
    map: BTreeMap<String, Box<RawValue>>,
}

/// A JSON object in the making.
#[derive(Clone, Default)]
pub(super) struct Object(Vec<(String, Box<RawValue>)>);

impl Checker {
    pub fn root(&self, body: &[u8]) -> Option<Fields<'_>> {
        match serde_json::from_slice(body) {
            Ok(map) => Some(Fields::new(self, String::new(), map)),
            Err(_) => {
                self.report("body", "must be a JSON object");
                None
            }
        }
    }

    pub fn report(&self, field: &str, message: &str) {
        self.problems.borrow_mut().push(FieldProblem {
            code: "INVALID_FIELD",
            field: String::from(field),
            message: String::from(message),
        });
    }

    /// The members that the service has not understood, if nothing else was wrong.
    pub fn finish(self) -> Result<Vec<String>, Refusal> {
        let ignored = self.ignored.into_inner();
        let problems = self.problems.into_inner();
        if problems.is_empty() {
            Ok(ignored)
        } else {
            Err(Refusal::fields(problems, ignored))
        }
    }
}

impl<'c> Fields<'c> {
    fn new(
        checker: &'c Checker,
        path: String,
        mut map: BTreeMap<String, Box<RawValue>>,
    ) -> Fields<'c> {
        map.retain(|_, value| value.get() != "null");
        Fields { checker, path, map }
    }

    /// Members of other names are ignored and named in the answer.
    pub fn known(&self, names: &[&str]) {
        let unknown = self.map.keys().filter(|it| !names.contains(&it.as_str()));
        let mut ignored = self.checker.ignored.borrow_mut();
        ignored.extend(unknown.map(|name| self.path_of(name)));
    }

    pub fn report(&self, name: &str, message: &str) {
        self.checker.report(&self.path_of(name), message);
    }

    pub fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    pub fn require(&self, names: &[&str]) {
        for name in names.iter().filter(|name| !self.has(name)) {
            self.report(name, "is required");
        }
    }

    pub fn raw(&self, name: &str) -> Option<&RawValue> {
        self.map.get(name).map(AsRef::as_ref)
    }

    /// A string of 1 to so many characters.
    pub fn text(&self, name: &str, length_max: usize) -> Option<String> {
        let raw = self.raw(name)?;
        let Ok(text) = serde_json::from_str::<String>(raw.get()) else {
            self.report(name, "must be a string");
            return None;
        };
        if (1..=length_max).contains(&text.chars().count()) {
            return Some(text);
        }
        self.report(name, &format!("must have 1 to {length_max} characters"));
        None
    }

    pub fn boolean(&self, name: &str) -> Option<bool> {
        let value = serde_json::from_str(self.raw(name)?.get()).ok();
        if value.is_none() {
            self.report(name, "must be true or false");
        }
        value
    }

    pub fn object(&self, name: &str) -> Option<Fields<'c>> {
        let raw = self.raw(name)?;
        self.nested(raw, name, self.path_of(name))
    }

    pub fn objects(&self, name: &str) -> Vec<Fields<'c>> {
        let Some(raw) = self.raw(name) else {
            return Vec::new();
        };
        let Ok(items) = serde_json::from_str::<Vec<Box<RawValue>>>(raw.get()) else {
            self.report(name, "must be an array");
            return Vec::new();
        };
        let path = self.path_of(name);
        let numbered = items.iter().enumerate();
        numbered
            .filter_map(|(at, item)| self.nested(item, name, format!("{path}[{at}]")))
            .collect()
    }

    fn nested(&self, raw: &RawValue, name: &str, path: String) -> Option<Fields<'c>> {
        match serde_json::from_str(raw.get()) {
            Ok(map) => Some(Fields::new(self.checker, path, map)),
            Err(_) => {
                self.report(name, "must be an object");
                None
            }
        }
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() {
            String::from(name)
        } else {
            format!("{}.{name}", self.path)
        }
    }
}

impl Object {
    /// An empty name leaves the member out.
    pub fn with(mut self, name: &str, value: &impl Serialize) -> Object {
        if let (false, Ok(value)) = (name.is_empty(), to_raw_value(value)) {
            self.0.push((String::from(name), value));
        }
        self
    }

    pub fn with_some(self, name: &str, value: Option<&impl Serialize>) -> Object {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
