//! A JSON body whose members may be put where the settings say.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

/// Members stay in the order in which they were put.
#[derive(Debug)]
pub enum Node {
    Text(String),
    Flag(bool),
    Number(Box<RawValue>),
    Object(Vec<(String, Node)>),
}

/// The place is taken, or no place at all.
#[derive(Debug, PartialEq, Eq)]
pub struct Taken;

impl Node {
    pub fn object() -> Self {
        Self::Object(Vec::new())
    }

    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// Puts a member at a dotted path; objects on the way are made. An empty path leaves it out.
    pub fn put(mut self, path: &str, node: Node) -> Result<Self, Taken> {
        if path.is_empty() {
            return Ok(self);
        }
        let plain = |part: &str| {
            let mut letters = part.chars();
            !part.is_empty() && letters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        };
        if path.len() > 200 || !path.split('.').all(plain) {
            return Err(Taken);
        }
        let (parents, name) = path.rsplit_once('.').unwrap_or(("", path));
        let mut place = &mut self;
        for parent in parents.split('.').filter(|parent| !parent.is_empty()) {
            place = place.child(parent)?;
        }
        place.insert(name, node)?;
        Ok(self)
    }

    /// Puts a member whose name may hold anything into the object at a path.
    pub fn put_named(&mut self, parents: &[&str], name: &str, node: Node) -> Result<(), Taken> {
        let mut place = self;
        for parent in parents {
            place = place.child(parent)?;
        }
        place.insert(name, node)
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        // Texts, numbers and objects in memory cannot fail to be written.
        serde_json::to_vec(self).unwrap_or_default()
    }

    fn child(&mut self, name: &str) -> Result<&mut Node, Taken> {
        let Self::Object(members) = self else {
            return Err(Taken);
        };
        let known = members.iter().position(|(known, _)| known == name);
        let place = known.unwrap_or(members.len());
        if known.is_none() {
            members.push((name.to_owned(), Self::object()));
        }
        members.get_mut(place).map(|(_, node)| node).ok_or(Taken)
    }

    fn insert(&mut self, name: &str, node: Node) -> Result<(), Taken> {
        match self {
            Self::Object(members) if members.iter().all(|(known, _)| known != name) => {
                members.push((name.to_owned(), node));
                Ok(())
            }
            _ => Err(Taken),
        }
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => number.serialize(serializer),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, node) in members {
                    map.serialize_entry(name, node)?;
                }
                map.end()
            }
        }
    }
}
