//! One operation in memory: its folded state, and what is only known until the next restart.

use crate::journal::{Fact, JournalError, Private, Record, Row};
use crate::provider::{ApproachWish, Stage, TenderDetails};
use crate::secret::Secret;
use crate::tender::errand::{self, Errand, ErrandEnding, ErrandEvent};
use crate::tender::refund::{self, Refund};
use crate::tender::{
    self, Approach, Capabilities, Choices, Kind, Money, OperationId, Reason, Standing, State,
    Tender, Wish,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::view::View;
use super::{ExchangeId, Ticket};

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Body {
    Tender(Box<Tender>),
    Refund(Box<Refund>),
    Errand(Box<Errand>),
}

/// The start requests' exact bytes, one for each approach that may be taken, and the details of a
/// tender that still waits for its customer. Sealed on disk.
#[derive(Default, Serialize, Deserialize)]
pub struct Bodies {
    bodies: Vec<(Approach, String)>,
    #[serde(default)]
    details: TenderDetails,
    /// The text of the code, where the provider tells it only once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// What an errand has found out, for the till.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    result: Option<String>,
}

impl Bodies {
    pub fn add(&mut self, approach: Approach, body: Vec<u8>) {
        self.bodies
            .push((approach, String::from_utf8(body).unwrap_or_default()));
    }

    pub fn get(&self, approach: Approach) -> Option<&[u8]> {
        self.bodies
            .iter()
            .find(|(known, _)| *known == approach)
            .map(|(_, body)| body.as_bytes())
    }

    pub fn keep_details(&mut self, details: TenderDetails) {
        self.details = details;
    }

    pub fn keep_code(&mut self, code: &Secret) {
        self.code = Some(code.reveal().to_owned());
    }

    pub fn keep_result(&mut self, result: &Secret) {
        self.result = Some(result.reveal().to_owned());
    }

    pub fn result(&self) -> Option<&str> {
        self.result.as_deref()
    }

    pub fn details(&self) -> &TenderDetails {
        &self.details
    }

    pub fn to_private(&self) -> Private {
        Zeroizing::new(serde_json::to_vec(self).unwrap_or_default())
    }

    fn from_private(private: &Private) -> Self {
        serde_json::from_slice(private).unwrap_or_default()
    }
}

impl Drop for Bodies {
    fn drop(&mut self) {
        use zeroize::Zeroize;
        for (_, body) in &mut self.bodies {
            body.zeroize();
        }
        self.code.zeroize();
        self.result.zeroize();
    }
}

pub struct Operation {
    pub id: OperationId,
    pub body: Body,
    pub bodies: Bodies,
    /// The number of the last fact of this operation in the engine's log.
    pub last_fact: u64,
    /// The number of the last one in which somebody has decided something.
    pub last_decision: u64,
    /// The rest is not journaled: after a restart the provider is asked anew.
    pub exchange: Option<ExchangeId>,
    pub ask_first: bool,
    pub token_refusals: u32,
    pub failures: u32,
    pub trouble: Option<(Reason, i64)>,
    /// Since when the provider has asked for patience with an act.
    pub busy_since: Option<i64>,
    pub not_before: i64,
    pub opened_at: i64,
    pub asked_at: i64,
    /// The answer to the last question named something to ask about at once.
    pub ask_now: bool,
    /// The provider was asked once more before the one cancel.
    pub asked_before_cancel: bool,
    /// How often in a row an act was said to be impossible and the payment then read as if it were
    /// not: the act is tried again ever later.
    pub contradictions: u32,
    pub acts_not_before: i64,
    /// The one cancel is written down and has not left.
    pub cancel_to_send: bool,
    /// The till was asked whether to go on, and said yes.
    pub goes_on: bool,
    /// Since when the provider itself has not been sure, and how often it was asked since.
    pub unsure: Option<(i64, u32)>,
    /// Of an errand: where it stands, and whether the customer has something to answer.
    pub stage: Option<Stage>,
    pub waits_for_customer: bool,
    pub qr_text: Option<Secret>,
    pub qr_tries: u32,
    pub wake_at: Option<i64>,
    pub hold_until: Option<i64>,
    pub published: Option<View>,
    pub revision: i64,
    /// Calls that are answered when the facts up to a number are durable.
    pub waiting: Vec<(u64, Ticket, super::Reply)>,
    pub updated_at: i64,
}

impl Operation {
    pub fn new(id: OperationId, body: Body) -> Self {
        Self {
            id,
            body,
            bodies: Bodies::default(),
            last_fact: 0,
            last_decision: 0,
            exchange: None,
            ask_first: false,
            token_refusals: 0,
            failures: 0,
            trouble: None,
            busy_since: None,
            not_before: 0,
            opened_at: 0,
            asked_at: 0,
            ask_now: false,
            asked_before_cancel: false,
            contradictions: 0,
            acts_not_before: 0,
            cancel_to_send: false,
            goes_on: false,
            unsure: None,
            stage: None,
            waits_for_customer: false,
            qr_text: None,
            qr_tries: 0,
            wake_at: None,
            hold_until: None,
            published: None,
            revision: 0,
            waiting: Vec::new(),
            updated_at: 0,
        }
    }

    /// Folds a record of the journal.
    pub fn fold(record: &Record) -> Result<Self, JournalError> {
        let mut tender = None;
        let mut refund = None;
        let mut errand = None;
        let mut updated_at = 0;
        for (at, fact) in &record.facts {
            updated_at = *at;
            let damaged = |error: tender::IllegalTransition| {
                JournalError::Damaged(format!("operation {}: {error}", record.id.get()))
            };
            match fact {
                Fact::Tender(event) => {
                    tender = Some(tender::apply(tender, event).map_err(damaged)?);
                }
                Fact::Refund(event) => {
                    refund = Some(refund::apply(refund, event).map_err(damaged)?);
                }
                Fact::Errand(event) => {
                    errand = Some(errand::apply(errand, event).map_err(damaged)?);
                }
            }
        }
        let body = match (tender, refund, errand) {
            (Some(tender), None, None) => Body::Tender(Box::new(tender)),
            (None, Some(refund), None) => Body::Refund(Box::new(refund)),
            (None, None, Some(errand)) => Body::Errand(Box::new(errand)),
            _ => {
                let id = record.id.get();
                return Err(JournalError::Damaged(format!(
                    "operation {id} has no beginning"
                )));
            }
        };
        let mut operation = Self::new(record.id, body);
        if let Body::Tender(tender) = &operation.body
            && let Standing::Open { .. } = tender.standing
        {
            operation.opened_at = tender.intent.begun_at;
        }
        operation.updated_at = updated_at;
        if let Some(private) = &record.private {
            operation.bodies = Bodies::from_private(private);
            operation.qr_text = operation.bodies.code.clone().map(Secret::new);
        }
        Ok(operation)
    }

    /// What a restart adds to the facts.
    pub fn found(&self, at: i64) -> Fact {
        match &self.body {
            Body::Tender(_) => Fact::Tender(tender::Event::Found { at }),
            Body::Refund(_) => Fact::Refund(refund::RefundEvent::RefundFound { at }),
            // What it was about has gone with the memory, and its customer long since.
            Body::Errand(_) => Fact::Errand(ErrandEvent::ErrandEnded {
                ending: ErrandEnding::Failed(Reason::FoundAfterRestart),
                code: 0,
            }),
        }
    }

    pub fn tender(&self) -> Option<&Tender> {
        match &self.body {
            Body::Tender(tender) => Some(tender),
            Body::Refund(_) | Body::Errand(_) => None,
        }
    }

    pub fn refund(&self) -> Option<&Refund> {
        match &self.body {
            Body::Refund(refund) => Some(refund),
            Body::Tender(_) | Body::Errand(_) => None,
        }
    }

    pub fn errand(&self) -> Option<&Errand> {
        match &self.body {
            Body::Errand(errand) => Some(errand),
            Body::Tender(_) | Body::Refund(_) => None,
        }
    }

    pub fn kind(&self) -> Kind {
        match &self.body {
            Body::Tender(_) => Kind::Tender,
            Body::Refund(_) => Kind::Refund,
            Body::Errand(errand) => errand.intent.kind,
        }
    }

    pub fn profile(&self) -> &str {
        match &self.body {
            Body::Tender(tender) => &tender.intent.profile,
            Body::Refund(refund) => &refund.intent.profile,
            Body::Errand(errand) => &errand.intent.profile,
        }
    }

    pub fn reference(&self) -> &str {
        match &self.body {
            Body::Tender(tender) => &tender.intent.reference,
            Body::Refund(refund) => &refund.intent.reference,
            Body::Errand(_) => "",
        }
    }

    /// The provider's name of the payment, as far as it is known.
    pub fn provider_reference(&self) -> Option<&str> {
        match &self.body {
            Body::Tender(tender) => tender.provider_reference.as_deref(),
            Body::Refund(refund) => refund.payment_reference(),
            Body::Errand(_) => None,
        }
    }

    pub fn refund_reference(&self) -> Option<&str> {
        match &self.body {
            Body::Tender(tender) => tender.give_back.as_ref()?.reference.as_deref(),
            Body::Refund(refund) => refund.provider_reference.as_deref(),
            Body::Errand(_) => None,
        }
    }

    /// The name under which a payment made before is held by this operation.
    pub fn claim(&self) -> Option<&str> {
        self.tender()?.claim()
    }

    pub fn begun_at(&self) -> i64 {
        match &self.body {
            Body::Tender(tender) => tender.intent.begun_at,
            Body::Refund(refund) => refund.intent.begun_at,
            Body::Errand(errand) => errand.intent.begun_at,
        }
    }

    pub fn host_ref(&self) -> &str {
        match &self.body {
            Body::Tender(tender) => &tender.intent.tender_ref,
            Body::Refund(refund) => &refund.intent.refund_ref,
            Body::Errand(errand) => &errand.intent.name,
        }
    }

    pub fn sale_ref(&self) -> &str {
        match &self.body {
            Body::Tender(tender) => &tender.intent.sale_ref,
            Body::Refund(_) | Body::Errand(_) => "",
        }
    }

    /// Errands have none.
    pub fn amount(&self) -> Option<Money> {
        match &self.body {
            Body::Tender(tender) => Some(tender.intent.amount),
            Body::Refund(refund) => Some(refund.amount()),
            Body::Errand(_) => None,
        }
    }

    /// The amount of the payment at the provider, when it was made here.
    pub fn payment_amount(&self) -> Option<i64> {
        match &self.body {
            Body::Tender(tender) => Some(match &tender.paid_before {
                Some(paid) => paid.settles,
                None => tender.intent.amount.minor,
            }),
            Body::Refund(refund) => refund.intent.payment_amount,
            Body::Errand(_) => None,
        }
    }

    pub fn idempotency_key(&self, act_key: &str) -> String {
        match &self.body {
            Body::Tender(tender) => tender.intent.seed.key(act_key, tender.key_round),
            Body::Refund(refund) => refund.intent.seed.key(act_key, refund.key_round),
            Body::Errand(_) => String::new(),
        }
    }

    pub fn state(&self) -> State {
        match &self.body {
            Body::Tender(tender) => tender::state(tender),
            Body::Refund(refund) => refund.state(),
            Body::Errand(errand) => errand.state(self.waits_for_customer),
        }
    }

    pub fn reason(&self) -> Reason {
        match &self.body {
            Body::Tender(tender) => tender::reason(tender),
            Body::Refund(refund) => refund.reason(),
            Body::Errand(errand) => errand.reason(),
        }
    }

    pub fn choices(&self) -> Choices {
        match &self.body {
            Body::Tender(tender) => tender::choices(tender),
            Body::Refund(refund) => refund.choices(),
            Body::Errand(errand) => errand.choices(),
        }
    }

    pub fn provider_code(&self) -> u32 {
        match &self.body {
            Body::Tender(tender) => tender.provider_code,
            Body::Refund(refund) => refund.provider_code,
            Body::Errand(errand) => errand.provider_code,
        }
    }

    /// Whether the customer is to scan the till's own code.
    pub fn awaits_check_in(&self) -> bool {
        self.bodies.details().approach == Some(ApproachWish::CheckIn)
    }

    /// The text of the code that the customer shall read now.
    pub fn qr_to_show(&self) -> Option<&str> {
        let tender = self.tender()?;
        let open = matches!(
            tender.standing,
            Standing::Open {
                approach: Approach::ShowQr,
                ..
            }
        );
        let wanted = open && tender.wish == Wish::Collect;
        self.qr_text.as_ref().filter(|_| wanted).map(Secret::reveal)
    }

    /// Unfinished, or a result that moved money and that the till has not taken over.
    pub fn needs_attention(&self) -> bool {
        match &self.body {
            Body::Tender(tender) => match tender::state(tender) {
                State::Paid => tender.confirmed.is_none(),
                state => !state.is_final(),
            },
            Body::Refund(refund) => match refund.state() {
                State::Refunded => refund.confirmed.is_none(),
                state => !state.is_final(),
            },
            // There is nothing in it for a till that has started anew.
            Body::Errand(_) => false,
        }
    }

    /// Whether the provider is still to be led somewhere, even if the till has its final answer.
    pub fn is_open(&self, rules: &Capabilities, now: i64) -> bool {
        let led = match &self.body {
            Body::Tender(tender) => {
                let next = tender::next(tender, rules, now);
                !matches!(next, tender::Command::Done | tender::Command::AwaitHost)
            }
            Body::Refund(refund) => {
                let next = refund::next(refund, rules, now);
                !matches!(
                    next,
                    refund::RefundCommand::Done | refund::RefundCommand::AwaitHost
                )
            }
            Body::Errand(errand) => errand.ending.is_none(),
        };
        led || self.needs_attention()
    }

    pub fn row(&self, rules: &Capabilities, now: i64) -> Row {
        Row {
            id: self.id,
            kind: self.kind(),
            state: self.state(),
            profile: self.profile().to_owned(),
            host_ref: self.host_ref().to_owned(),
            sale_ref: self.sale_ref().to_owned(),
            reference: self.reference().to_owned(),
            provider_reference: self.provider_reference().unwrap_or_default().to_owned(),
            claim: self.claim().unwrap_or_default().to_owned(),
            parent: self.refund().and_then(|refund| refund.intent.tender_id),
            open: self.is_open(rules, now),
            updated_at: now,
        }
    }
}
