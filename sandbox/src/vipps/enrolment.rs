//! The customer club: requests to join, and what they came to.

use std::collections::BTreeMap;

use serde::Serialize;

use super::settings::Settings;
use crate::clock::SECOND_MS;
use crate::sequence::Sequence;

/// What a poller that does not wait is made to wait longer.
const SLOWER_BY_MS: i64 = 5 * SECOND_MS;
const ACCESS_LIFE_MS: i64 = 300 * SECOND_MS;
/// Older requests are forgotten beyond this.
const ENROLMENTS_MAX: usize = 1_000;

#[derive(Default)]
pub(super) struct Club {
    enrolments: BTreeMap<String, Enrolment>,
    grants: BTreeMap<String, Grant>,
}

/// One request to share data, on one phone.
pub(super) struct Enrolment {
    pub phone: String,
    pub scopes: Vec<String>,
    pub binding_message: Option<String>,
    pub created_ms: i64,
    pub expires_ms: i64,
    pub interval_ms: i64,
    polled_ms: Option<i64>,
    answer: Answer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    None,
    Accepted,
    Declined,
    /// Accepted, and the merchant has the tokens: they are given once.
    Collected,
}

/// What an access token opens.
pub(super) struct Grant {
    pub phone: String,
    pub scopes: Vec<String>,
    ends_ms: i64,
}

/// What the merchant is told who asks how it stands.
pub(super) enum Poll {
    Pending,
    TooFast,
    Denied,
    Expired,
    Unknown,
    Joined { access_token: String, life_s: i64 },
}

/// What a phone page shows of a request to join.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PhoneEnrolment {
    pub auth_req_id: String,
    pub phone: String,
    pub merchant: String,
    /// What would be shared.
    pub scopes: Vec<String>,
    /// The same text stands at the till.
    pub binding_message: Option<String>,
    /// `waiting`, `accepted`, `declined`, `joined` or `expired`.
    pub state: &'static str,
    pub created_ms: i64,
    pub expires_ms: i64,
}

impl Enrolment {
    pub fn new(
        phone: &str,
        scopes: Vec<String>,
        now_ms: i64,
        life_s: i64,
        settings: &Settings,
    ) -> Enrolment {
        Enrolment {
            phone: String::from(phone),
            scopes,
            binding_message: None,
            created_ms: now_ms,
            expires_ms: now_ms + life_s * SECOND_MS,
            interval_ms: settings.login_interval_s * SECOND_MS,
            polled_ms: None,
            answer: Answer::None,
        }
    }

    fn state(&self, now_ms: i64) -> &'static str {
        match self.answer {
            Answer::Collected => "joined",
            Answer::Declined => "declined",
            Answer::None | Answer::Accepted if self.expires_ms <= now_ms => "expired",
            Answer::Accepted => "accepted",
            Answer::None => "waiting",
        }
    }
}

impl Club {
    pub fn ask(&mut self, enrolment: Enrolment, names: &mut Sequence) -> String {
        if self.enrolments.len() >= ENROLMENTS_MAX {
            let newest = enrolment.created_ms;
            self.enrolments.retain(|_, it| newest < it.expires_ms);
        }
        let id = names.word();
        self.enrolments.insert(id.clone(), enrolment);
        id
    }

    pub fn poll(&mut self, now_ms: i64, id: &str, names: &mut Sequence) -> Poll {
        let Some(enrolment) = self.enrolments.get_mut(id) else {
            return Poll::Unknown;
        };
        let last_ms = enrolment.polled_ms.replace(now_ms);
        let too_fast = last_ms.is_some_and(|last_ms| now_ms - last_ms < enrolment.interval_ms);
        match enrolment.state(now_ms) {
            "waiting" if too_fast => {
                enrolment.interval_ms += SLOWER_BY_MS;
                Poll::TooFast
            }
            "waiting" => Poll::Pending,
            "declined" => Poll::Denied,
            "expired" => Poll::Expired,
            "accepted" => {
                enrolment.answer = Answer::Collected;
                let grant = Grant {
                    phone: enrolment.phone.clone(),
                    scopes: enrolment.scopes.clone(),
                    ends_ms: now_ms + ACCESS_LIFE_MS,
                };
                self.grants.retain(|_, grant| now_ms < grant.ends_ms);
                let access_token = format!("ciba.{}{}", names.word(), names.word());
                self.grants.insert(access_token.clone(), grant);
                Poll::Joined {
                    access_token,
                    life_s: ACCESS_LIFE_MS / SECOND_MS,
                }
            }
            _ => Poll::Unknown,
        }
    }

    /// What an access token opens, while it is worth something.
    pub fn grant(&self, now_ms: i64, access_token: &str) -> Option<&Grant> {
        let grant = self.grants.get(access_token)?;
        (now_ms < grant.ends_ms).then_some(grant)
    }

    pub fn revoke_tokens(&mut self) {
        self.grants.clear();
    }

    /// The customer answers a request, named by itself or as the newest on a phone.
    pub fn answer(&mut self, now_ms: i64, id: &str, phone: &str, accepts: bool) -> Option<String> {
        let is_meant = |(known, it): &(&String, &mut Enrolment)| {
            let meant = *known == id || (id.is_empty() && it.phone == phone);
            meant && it.state(now_ms) == "waiting"
        };
        let waiting = self.enrolments.iter_mut().filter(is_meant);
        let (id, enrolment) = waiting.max_by_key(|(_, it)| it.created_ms)?;
        enrolment.answer = if accepts {
            Answer::Accepted
        } else {
            Answer::Declined
        };
        Some(id.clone())
    }

    /// Every request, newest first.
    pub fn shown(&self, now_ms: i64, settings: &Settings) -> Vec<PhoneEnrolment> {
        let shown = self.enrolments.iter().map(|(id, it)| PhoneEnrolment {
            auth_req_id: id.clone(),
            phone: it.phone.clone(),
            merchant: settings.merchant_name.clone(),
            scopes: it.scopes.clone(),
            binding_message: it.binding_message.clone(),
            state: it.state(now_ms),
            created_ms: it.created_ms,
            expires_ms: it.expires_ms,
        });
        let mut shown: Vec<PhoneEnrolment> = shown.collect();
        shown.sort_by(|a, b| (b.created_ms, &b.auth_req_id).cmp(&(a.created_ms, &a.auth_req_id)));
        shown
    }
}
