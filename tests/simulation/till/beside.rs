//! What a till does beside payments: errands, deliveries that its host received, a clock that was
//! set. In a file these are acts, by names that no customer's act has.

use super::{Lane, Till};
use crate::scenario::Step;
use payments::engine::{HostCall, Reply};
use payments::provider::{CustomerHint, ErrandOrder};
use payments::secret::Secret;
use serde::Deserialize;
use serde_json::{Value, json};

/// The act's name, and what stands beside it.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "act", content = "with", rename_all = "snake_case")]
#[serde(deny_unknown_fields)]
pub enum Beside {
    RegisterTill {
        #[serde(rename = "ref")]
        name: String,
        id: String,
        description: String,
    },
    /// Who is this? By the customer's code, or by number.
    Identify {
        #[serde(rename = "ref")]
        name: String,
        code: Option<String>,
        phone: Option<String>,
    },
    Enrol {
        #[serde(rename = "ref")]
        name: String,
        of: String,
    },
    /// What an errand has found out holds these members.
    Result {
        of: String,
        #[serde(default)]
        holds: Value,
    },
    /// Hands in what `check_in`, `check_in_again` or `payment_event` has kept under a name.
    Deliver {
        delivery: String,
        /// Somebody on the way has changed it.
        #[serde(default)]
        forged: bool,
    },
    /// The clock of the machine is set: the next process reads it.
    Clock { jump_ms: i64 },
}

/// A webhook that waits to be handed in.
pub struct Delivery {
    headers: Vec<(String, String)>,
    body: String,
}

impl Delivery {
    /// What the sandbox says that the merchant would be sent.
    pub fn read(sent: &Value) -> Option<Self> {
        let headers = sent["headers"].as_object()?.iter();
        let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
        Some(Self {
            headers: headers
                .map(|(name, value)| (name.clone(), text(value)))
                .collect(),
            body: text(&sent["body"]),
        })
    }
}

impl Beside {
    /// Nothing for what is done at the provider.
    pub fn read(act: &str, with: &Value) -> Option<Self> {
        let mut with = with.clone();
        with.as_object_mut()?.remove("expect");
        serde_json::from_value(json!({"act": act, "with": with})).ok()
    }

    /// The name of the errand that this begins.
    fn begins(&self) -> Option<&str> {
        match self {
            Self::RegisterTill { name, .. }
            | Self::Identify { name, .. }
            | Self::Enrol { name, .. } => Some(name),
            Self::Result { .. } | Self::Deliver { .. } | Self::Clock { .. } => None,
        }
    }
}

impl Till<'_> {
    /// The call of the library that an act stands for.
    pub(super) fn beside_call(&mut self, beside: &Beside) -> Option<HostCall> {
        let errand = |order| HostCall::Errand {
            profile: "main".to_owned(),
            order,
        };
        Some(match beside {
            Beside::RegisterTill {
                id, description, ..
            } => errand(ErrandOrder::RegisterTill {
                id: id.clone(),
                description: description.clone(),
            }),
            Beside::Identify { code, phone, .. } => {
                let by_code = code.clone().map(|it| CustomerHint::Code(Secret::new(it)));
                let by_phone = phone.clone().map(|it| CustomerHint::Phone(Secret::new(it)));
                errand(ErrandOrder::CheckIn(by_code.or(by_phone)?))
            }
            Beside::Enrol { of, .. } => HostCall::Enrol {
                id: *self.ids.get(of)?,
            },
            Beside::Result { of, .. } => HostCall::Result {
                id: *self.ids.get(of)?,
            },
            Beside::Deliver {
                delivery, forged, ..
            } => {
                let Delivery { headers, body } = self.deliveries.get(delivery)?;
                let till_now = self.sim.till_now();
                let forgery = forged.then(|| body.replace("\"msn\"", "\"msn\" "));
                if forgery.is_none() {
                    self.sim.check.errands.handed_in(till_now, body);
                }
                HostCall::Webhook {
                    profile: "main".to_owned(),
                    headers: headers.clone(),
                    body: forgery.unwrap_or_else(|| body.clone()).into_bytes(),
                }
            }
            Beside::Clock { .. } => return None,
        })
    }

    /// The till has its reply.
    pub(super) fn beside_replied(&mut self, beside: &Beside, reply: &Reply) {
        match (beside, beside.begins(), reply) {
            (_, Some(name), Reply::Id(id)) => {
                self.ids.insert(name.to_owned(), *id);
            }
            (Beside::Result { holds, .. }, _, Reply::Text(text)) if self.strict => {
                let result: Value = serde_json::from_str(text).expect("a JSON result");
                for (member, wanted) in holds.as_object().into_iter().flatten() {
                    assert_eq!(result[member], *wanted, "{member} of {result}");
                }
            }
            _ => {}
        }
    }

    /// What an unfinished errand was about has gone with the process: it is begun anew.
    pub(super) fn repeat_errands(&mut self) {
        for (number, steps) in self.scenario.lanes.iter().enumerate() {
            let at = self.lanes[number].at;
            let Some(Step::Wait(wait)) = steps.get(at).filter(|_| !self.strict) else {
                continue;
            };
            let begins = |step: &Step| {
                let Step::Act { act, with } = step else {
                    return false;
                };
                let beside = Beside::read(act, with);
                beside.is_some_and(|it| it.begins() == Some(wait.of.as_str()))
            };
            if let Some(at) = steps[..at].iter().rposition(begins) {
                self.lanes[number] = Lane {
                    at,
                    ..Lane::default()
                };
            }
        }
    }

    /// `receipt:R`, `reference:T1` and `code:T1` stand for the transaction of a receipt, for the
    /// provider's name of a payment, and for what the customer's camera reads.
    pub(super) fn named(&mut self, text: &str) -> String {
        match text.split_once(':') {
            Some(("reference", name)) => self.reference_of(name),
            Some(("code", name)) => self.code_of(name),
            _ => self.named_receipt(text),
        }
    }

    fn reference_of(&self, name: &str) -> String {
        let id = self.ids.get(name);
        id.map_or_else(String::new, |id| self.sim.check.reference(*id).to_owned())
    }

    /// Kept, as a customer may have photographed it.
    fn code_of(&mut self, name: &str) -> String {
        let reference = self.reference_of(name);
        let section = self.scenario.provider.section();
        let wallet = self.sim.net.wallet(self.sim.now, section).expect("wallet");
        if let Some(code) = code_in(&wallet, &reference) {
            self.codes.insert(name.to_owned(), code);
        }
        self.codes.get(name).cloned().unwrap_or_default()
    }
}

/// The code of a payment, wherever the customers' screens show it.
fn code_in(shown: &Value, reference: &str) -> Option<String> {
    match shown {
        Value::Object(members) => {
            let is_it = members.get("reference").and_then(Value::as_str) == Some(reference);
            let code = members.get("qr").and_then(Value::as_str);
            let here = code.filter(|_| is_it).map(str::to_owned);
            here.or_else(|| members.values().find_map(|it| code_in(it, reference)))
        }
        Value::Array(items) => items.iter().find_map(|it| code_in(it, reference)),
        _ => None,
    }
}
