//! Faults as data: which request is hit, and what happens to it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Request;

/// One armed fault. In JSON: `{"when":{"path_contains":"/capture"},"action":"lose_answer"}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    #[serde(default)]
    pub when: Matcher,
    pub action: Action,
}

/// Which requests a rule looks at, and which of those it hits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Matcher {
    pub method: Option<String>,
    /// Looked for in path and query.
    pub path_contains: Option<String>,
    /// How the path ends, its query left aside: tells a collection from what is below it.
    pub path_ends: Option<String>,
    /// The first match to hit, counted from 1.
    pub nth: u32,
    /// How many matches to hit from there on; 0 means all of them.
    pub times: u32,
}

/// What happens. "After" means that the provider has done what was asked; "instead" means that it
/// has not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// The request never arrives, and the caller waits in vain.
    LoseRequest,
    /// The connection breaks before the provider has seen the request.
    CutRequest,
    /// The request is carried out, and the caller waits in vain.
    LoseAnswer,
    /// The answer is late.
    Delay { ms: u64 },
    /// Carried out, but the answer says something else.
    StatusAfter { status: u16 },
    /// Not carried out: 423, 429, 500, 503 …
    StatusInstead {
        status: u16,
        #[serde(default)]
        retry_after_s: Option<u64>,
    },
    /// Not carried out: the provider refuses with this error number of its own.
    CodeInstead { code: u16 },
    /// Not carried out: the gateway answers 502 with a page for browsers.
    HtmlInstead,
    /// Carried out, but the answer is broken JSON.
    MalformedAfter,
    /// Carried out, but one JSON value in the answer is replaced.
    MutateAfter {
        pointer: String,
        value: serde_json::Value,
    },
    /// Any answer at all: redirects, byte order marks, endless or compressed bodies.
    BodyInstead(Body),
    /// Carried out, but the connection breaks after that many bytes of the answer, head included.
    Cut { after_bytes: usize },
}

/// The answer of [`Action::BodyInstead`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Body {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub text: String,
    /// `text` is base64 of the real bytes.
    pub base64: bool,
    /// The body is `text` this many times over, at most [`Body::LENGTH_MAX`] bytes.
    pub repeat: usize,
    /// Whether the provider carries the request out first.
    pub executed: bool,
}

/// All armed rules, in the order in which they were armed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Chaos {
    rules: Vec<Armed>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Armed {
    #[serde(flatten)]
    rule: Rule,
    seen: u32,
}

impl Chaos {
    pub fn arm(&mut self, rule: Rule) {
        self.rules.push(Armed { rule, seen: 0 });
    }

    pub fn disarm_all(&mut self) {
        self.rules.clear();
    }

    pub fn is_calm(&self) -> bool {
        self.rules.is_empty()
    }

    /// Every rule counts the request; the first rule whose turn it is decides.
    pub(crate) fn strike(&mut self, request: &Request) -> Option<Action> {
        let mut action = None;
        for armed in &mut self.rules {
            if !armed.rule.when.looks_at(request) {
                continue;
            }
            armed.seen = armed.seen.saturating_add(1);
            if action.is_none() && armed.rule.when.hits(armed.seen) {
                action = Some(armed.rule.action.clone());
            }
        }
        action
    }
}

impl Rule {
    pub fn new(when: Matcher, action: Action) -> Rule {
        Rule { when, action }
    }
}

impl Matcher {
    /// The next request whose path contains `part`, whatever its method.
    pub fn path(part: &str) -> Matcher {
        Matcher {
            path_contains: Some(String::from(part)),
            ..Matcher::default()
        }
    }

    pub fn method(mut self, method: &str) -> Matcher {
        self.method = Some(String::from(method));
        self
    }

    pub fn nth(mut self, nth: u32) -> Matcher {
        self.nth = nth;
        self
    }

    pub fn times(mut self, times: u32) -> Matcher {
        self.times = times;
        self
    }

    fn looks_at(&self, request: &Request) -> bool {
        let address = request.uri().path_and_query().map_or("/", |it| it.as_str());
        let method_fits = self
            .method
            .as_deref()
            .is_none_or(|method| request.method().as_str().eq_ignore_ascii_case(method));
        let path_fits = self
            .path_contains
            .as_deref()
            .is_none_or(|part| address.contains(part));
        let end_fits = self
            .path_ends
            .as_deref()
            .is_none_or(|end| request.uri().path().ends_with(end));
        method_fits && path_fits && end_fits
    }

    fn hits(&self, seen: u32) -> bool {
        let first = self.nth.max(1);
        let in_time = self.times == 0 || seen < first.saturating_add(self.times);
        seen >= first && in_time
    }
}

impl Default for Matcher {
    fn default() -> Matcher {
        Matcher {
            method: None,
            path_contains: None,
            path_ends: None,
            nth: 1,
            times: 1,
        }
    }
}

impl Body {
    /// Large enough to overrun any sensible limit of a client, small enough for the machine that
    /// tests it.
    pub const LENGTH_MAX: usize = 64 * 1024 * 1024;

    /// The bytes to send; base64 that is none gives an empty body.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let once = if self.base64 {
            data_encoding::BASE64
                .decode(self.text.as_bytes())
                .unwrap_or_default()
        } else {
            self.text.clone().into_bytes()
        };
        let fitting = Body::LENGTH_MAX
            .checked_div(once.len())
            .map_or(0, |most| most.min(self.repeat));
        once.repeat(fitting)
    }
}

impl Default for Body {
    fn default() -> Body {
        Body {
            status: 200,
            headers: BTreeMap::new(),
            text: String::new(),
            base64: false,
            repeat: 1,
            executed: false,
        }
    }
}
