//! Errands step by step. Where an errand stands is a JSON text that only this folder reads.

use super::Vipps;
use crate::provider::{
    CustomerHint, ErrandOrder, ErrandRequest, ErrandVerdict, HttpResponse, Invalid, Stage,
};
use crate::secret::Secret;
use crate::tender::Reason;
use serde::{Deserialize, Serialize};

/// The next request of an errand, and all that it needs.
#[derive(Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Who shows this code?
    Exchange {
        code: String,
    },
    /// Has somebody the app under this number?
    Exists {
        phone: String,
    },
    /// Where are the endpoints of the login?
    Discover {
        phone: String,
    },
    /// Ask the customer.
    Ask {
        phone: String,
        endpoints: Endpoints,
        binding_message: Option<String>,
    },
    /// Has the customer answered?
    Collect {
        phone: String,
        endpoints: Endpoints,
        auth_req_id: String,
        interval_s: u32,
        /// So long has been waited, and so long the provider keeps the request.
        waited_s: u32,
        life_s: u32,
        binding_message: Option<String>,
    },
    /// What does the customer share?
    Claims {
        phone: String,
        address: String,
        access_token: String,
    },
    PutTill {
        id: String,
        description: String,
    },
    ReadTill {
        id: String,
    },
}

/// From the discovery document.
#[derive(Clone, Serialize, Deserialize)]
pub struct Endpoints {
    pub authentication: String,
    pub token: String,
    pub user_info: String,
}

impl Step {
    fn read(stage: &Stage) -> Option<Self> {
        serde_json::from_str(stage.0.reveal()).ok()
    }

    /// Serialising our own plain values into memory cannot fail.
    pub fn stage(&self) -> Stage {
        Stage(Secret::new(serde_json::to_string(self).unwrap_or_default()))
    }

    pub fn next(&self, after_ms: i64) -> ErrandVerdict {
        ErrandVerdict::Next {
            stage: self.stage(),
            waits_for_customer: matches!(self, Self::Collect { .. }),
            after_ms,
        }
    }
}

impl Vipps {
    pub(super) fn begin_errand(&self, order: &ErrandOrder) -> Result<Stage, Invalid> {
        let step = match order {
            ErrandOrder::CheckIn(CustomerHint::Code(code)) => self.begin_exchange(code)?,
            ErrandOrder::CheckIn(CustomerHint::Phone(phone)) => self.begin_exists(phone)?,
            ErrandOrder::Enrol { customer } => self.begin_enrolment(&customer.phone)?,
            ErrandOrder::RegisterTill { id, description } => {
                self.begin_register(id, description)?
            }
        };
        Ok(step.stage())
    }

    pub(super) fn request_of(&self, stage: &Stage) -> Option<ErrandRequest> {
        Some(match Step::read(stage)? {
            Step::Exchange { code } => self.exchange_request(&code),
            Step::Exists { phone } => self.exists_request(&phone),
            Step::Discover { .. } => self.discovery_request(),
            Step::Ask {
                phone,
                endpoints,
                binding_message,
            } => self.ask_request(&phone, &endpoints, binding_message.as_deref()),
            Step::Collect {
                endpoints,
                auth_req_id,
                ..
            } => self.collect_request(&endpoints, &auth_req_id),
            Step::Claims {
                address,
                access_token,
                ..
            } => self.claims_request(&address, &access_token),
            Step::PutTill { id, description } => self.put_till(&id, &description),
            Step::ReadTill { id } => self.read_till_request(&id),
        })
    }

    pub(super) fn verdict_of(&self, stage: &Stage, response: &HttpResponse) -> ErrandVerdict {
        let Some(step) = Step::read(stage) else {
            return ErrandVerdict::Unclear;
        };
        match response.status {
            200..=299 => {}
            423 | 429 => {
                return ErrandVerdict::Busy {
                    after_ms: response.retry_after_ms(),
                };
            }
            400..=499 if response.status != 408 => {}
            _ => return ErrandVerdict::Unclear,
        }
        match step {
            Step::Exchange { .. } => self.read_exchange(response),
            Step::Exists { phone } => self.read_exists(&phone, response),
            Step::Discover { phone } => self.read_discovery(phone, response),
            Step::Ask {
                phone,
                endpoints,
                binding_message,
            } => self.read_asked(phone, endpoints, binding_message, response),
            collect @ Step::Collect { .. } => self.read_collected(collect, response),
            Step::Claims { phone, .. } => self.read_claims(&phone, response),
            Step::PutTill { id, .. } => self.read_put_till(&id, response),
            Step::ReadTill { id } => self.read_till(&id, response),
        }
    }
}

/// Never carried out; the status stands for an error number, of which these calls have none.
pub fn refused(reason: Reason, response: &HttpResponse) -> ErrandVerdict {
    ErrandVerdict::Refused {
        reason,
        code: u32::from(response.status),
    }
}
