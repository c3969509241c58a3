//! What the till is shown of an operation.

use super::operation::{Body, Operation};
use crate::tender::{
    Actor, Approach, Assurance, Capabilities, CaptureRule, Choice, Choices, Ending, Kind, Money,
    OperationId, Prompt, Reason, RefundRecovery, Standing, State, Tender, Wish,
};
use crate::text::{Situation, Texts};

/// Trouble in reaching the provider is shown as unknown once it has lasted this long.
const TROUBLE_SHOWN_AFTER_MS: i64 = 10_000;

const UNKNOWN_CHOICES: Choices = Choices::NONE
    .with(Choice::Retry)
    .with(Choice::ForcePaid)
    .with(Choice::ForceNotPaid);

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct View {
    pub id: OperationId,
    pub parent: Option<OperationId>,
    pub kind: Kind,
    pub revision: i64,
    pub state: State,
    pub reason: Reason,
    pub cancelled_by: Actor,
    pub prompt: Prompt,
    pub choices: Choices,
    pub goods_may_leave: bool,
    pub assurance: Assurance,
    pub found_after_restart: bool,
    /// Nothing of no currency for an errand.
    pub amount: Money,
    pub approved: i64,
    pub captured: i64,
    pub refunded: i64,
    pub deadline_ms: i64,
    pub updated_ms: i64,
    pub short_code: String,
    pub profile: String,
    pub reference: String,
    pub provider_reference: String,
    pub sale_ref: String,
    pub host_ref: String,
    pub cashier_text: String,
    pub customer_text: String,
}

impl View {
    /// Whether showing this instead of `before` tells the till something that a power cut must not
    /// take back.
    pub fn promises_more_than(&self, before: Option<&View>) -> bool {
        let (was_final, could_leave, asked) = before.map_or((false, false, false), |view| {
            (
                view.state.is_final(),
                view.goods_may_leave,
                view.state == State::NeedsDecision,
            )
        });
        let state_changed = before.is_none_or(|view| view.state != self.state);
        ((self.state.is_final() || was_final) && state_changed)
            || (self.goods_may_leave && !could_leave)
            || (self.state == State::NeedsDecision && !asked)
            || (self.state.is_final()
                && before.is_some_and(|view| {
                    view.captured != self.captured || view.refunded != self.refunded
                }))
    }

    /// What stands after this view when the journal has failed: nothing more is known for certain.
    /// Nothing if the till has its end already, or was told.
    pub fn without_a_journal(&self, texts: &Texts) -> Option<View> {
        if self.state.is_final() || self.reason == Reason::StorageFailed {
            return None;
        }
        let mut unknown = View {
            state: State::Unknown,
            reason: Reason::StorageFailed,
            prompt: Prompt::Wait,
            choices: Choices::NONE,
            short_code: short_code(Reason::StorageFailed, 0),
            ..self.clone()
        };
        unknown.write_texts(texts);
        Some(unknown)
    }

    /// What the texts are about.
    pub fn situation(&self) -> Situation {
        Situation {
            kind: self.kind,
            state: self.state,
            reason: self.reason,
            prompt: self.prompt,
            choices: self.choices,
            goods_may_leave: self.goods_may_leave,
            amount: self.amount,
            captured: self.captured,
            refunded: self.refunded,
            cancelled_by: self.cancelled_by,
        }
    }

    fn write_texts(&mut self, texts: &Texts) {
        let situation = self.situation();
        self.cashier_text = texts.cashier(&situation);
        self.customer_text = texts.customer(&situation);
    }

    /// Equal but for revision and time.
    pub fn says_the_same_as(&self, other: &View) -> bool {
        let mut same = other.clone();
        same.revision = self.revision;
        same.updated_ms = self.updated_ms;
        *self == same
    }
}

/// Builds the view. `refunded_by_refunds` is what finished refund operations gave back.
pub fn view(
    operation: &Operation,
    rules: &Capabilities,
    refunded_by_refunds: i64,
    texts: &Texts,
    now: i64,
) -> View {
    let (state, reason, choices) = as_seen(operation, rules, now);
    let choices = only_possible(choices, operation, rules);
    let mut view = View {
        id: operation.id,
        parent: operation
            .refund()
            .and_then(|refund| refund.intent.tender_id),
        kind: operation.kind(),
        revision: operation.revision,
        state,
        reason,
        cancelled_by: Actor::Nobody,
        prompt: Prompt::None,
        choices,
        goods_may_leave: false,
        assurance: Assurance::None,
        found_after_restart: false,
        amount: operation.amount().unwrap_or_else(Money::nothing),
        approved: 0,
        captured: 0,
        refunded: 0,
        deadline_ms: 0,
        updated_ms: operation.updated_at,
        short_code: short_code(reason, operation.provider_code()),
        profile: operation.profile().to_owned(),
        reference: operation.reference().to_owned(),
        provider_reference: String::new(),
        sale_ref: operation.sale_ref().to_owned(),
        host_ref: operation.host_ref().to_owned(),
        cashier_text: String::new(),
        customer_text: String::new(),
    };
    match &operation.body {
        Body::Tender(tender) => {
            fill_tender(&mut view, tender, operation, rules, refunded_by_refunds);
        }
        Body::Errand(errand) => {
            view.prompt = match view.state {
                State::WaitingForCustomer => Prompt::CheckPhone,
                state if state.is_final() => Prompt::None,
                _ => Prompt::Wait,
            };
            if !view.state.is_final() {
                view.deadline_ms = errand.intent.until;
            }
        }
        Body::Refund(refund) => {
            view.found_after_restart = refund.found_after_restart;
            view.refunded = refund.done();
            if view.refunded > 0 {
                view.assurance = Assurance::ConfirmedOnline;
            }
        }
    }
    view.write_texts(texts);
    view
}

/// What this provider cannot do is not offered.
fn only_possible(choices: Choices, operation: &Operation, rules: &Capabilities) -> Choices {
    // An amount by hand without the payment's name: nobody knows what to give back.
    let nameless = operation
        .tender()
        .is_some_and(|tender| tender.paid_before.is_some() && tender.provider_reference.is_none());
    let choices = if rules.gives_back && !nameless {
        choices
    } else {
        choices.without(Choice::Refund)
    };
    let nobody_to_ask = rules.refund_recovery == RefundRecovery::AskPeople;
    if nobody_to_ask && operation.refund().is_some() {
        choices.without(Choice::Retry)
    } else {
        choices
    }
}

/// What time adds to the facts: the customer takes longer than an attempt lasts, or the provider
/// itself cannot make up its mind. Both are only seen, and pass by themselves.
fn as_seen(operation: &Operation, rules: &Capabilities, now: i64) -> (State, Reason, Choices) {
    let (state, reason, choices) = with_trouble(operation, now);
    let waiting = operation.tender().is_some_and(|tender| {
        matches!(tender.standing, Standing::Open { .. }) && tender.wish == Wish::Collect
    });
    if !waiting {
        return (state, reason, choices);
    }
    let gone_on = Choices::NONE.with(Choice::Retry).with(Choice::Cancel);
    let undecided = match (operation.unsure, rules.unsure) {
        (Some((_, asked)), Some(rule)) => asked >= rule.questions,
        _ => false,
    };
    if undecided {
        let choices = gone_on.with(Choice::ForcePaid).with(Choice::ForceNotPaid);
        return (State::Unknown, Reason::ProviderUndecided, choices);
    }
    let attempt_over = rules
        .attempt_ms
        .is_some_and(|ms| now >= operation.opened_at.saturating_add(ms));
    match (attempt_over && !operation.goes_on, operation.trouble) {
        // The last question before the end of the attempt found nobody.
        (true, Some((trouble, _))) => (State::Unknown, trouble, gone_on),
        (true, None) => (State::NeedsDecision, Reason::NotPaidInTime, gone_on),
        (false, _) => (state, reason, choices),
    }
}

/// A provider that does not answer for a while makes an open payment unknown, without a fact for
/// the journal: nothing has changed but what we can see.
fn with_trouble(operation: &Operation, now: i64) -> (State, Reason, Choices) {
    let (state, reason, choices) = (operation.state(), operation.reason(), operation.choices());
    let busy = operation
        .busy_since
        .map(|since| (Reason::ProviderBusy, since));
    let Some((trouble, since)) = operation.trouble.or(busy) else {
        return (state, reason, choices);
    };
    if now.saturating_sub(since) < TROUBLE_SHOWN_AFTER_MS || state.is_final() {
        return (state, reason, choices);
    }
    match state {
        State::WaitingForCustomer => {
            let choices = choices.with(Choice::Retry);
            (State::Unknown, trouble, choices)
        }
        // Whether it is cancelled or was paid meanwhile cannot be said.
        State::Cancelling => (State::Unknown, trouble, UNKNOWN_CHOICES),
        State::Unknown if reason == Reason::CancelFailed => (state, reason, choices),
        State::Starting | State::Completing | State::Unknown => (state, trouble, choices),
        _ => (state, reason, choices),
    }
}

fn fill_tender(
    view: &mut View,
    tender: &Tender,
    operation: &Operation,
    rules: &Capabilities,
    refunded: i64,
) {
    let amounts = tender.amounts;
    view.found_after_restart = tender.found_after_restart;
    view.approved = amounts.authorized;
    view.captured = amounts.captured;
    view.refunded = amounts.refunded.max(refunded);
    let released = amounts.captured == 0 && amounts.cancelled > 0;
    let closed_as_paid = tender.by_hand.as_ref().is_some_and(|closure| closure.paid);
    view.goods_may_leave = tender.wish == Wish::Collect
        && tender.by_hand.as_ref().is_none_or(|closure| closure.paid)
        && tender.refusal.is_none()
        && (closed_as_paid || (tender.standing == Standing::Approved && !released));
    view.assurance = match (&tender.standing, &tender.paid_before, closed_as_paid) {
        (Standing::Approved, Some(paid), _) => paid.assurance,
        (Standing::Approved, None, _) => Assurance::ConfirmedOnline,
        (_, _, true) => Assurance::Manual,
        _ => Assurance::None,
    };
    view.cancelled_by = match (view.state, tender.wish) {
        (State::Cancelled | State::Cancelling, Wish::Cancel(by) | Wish::GiveBack(by)) => by,
        (State::Cancelled, Wish::Collect) => Actor::Provider,
        (State::Declined, _) if tender.standing == Standing::Ended(Ending::Declined) => {
            Actor::Customer
        }
        (State::Expired, _) => Actor::Window,
        _ => Actor::Nobody,
    };
    view.prompt = match (view.state, &tender.standing) {
        (State::WaitingForScan, _) if operation.awaits_check_in() => Prompt::UsePlate,
        (State::WaitingForScan, _) => Prompt::Scan,
        (
            State::WaitingForCustomer,
            Standing::Open {
                approach: Approach::ShowQr,
                ..
            },
        ) if operation.qr_text.is_some() || rules.code_prompt == Prompt::UsePlate => {
            rules.code_prompt
        }
        (
            State::WaitingForCustomer,
            Standing::Open {
                approach: Approach::Push,
                ..
            },
        ) => Prompt::CheckPhone,
        (state, _) if state.is_final() || state == State::NeedsDecision => Prompt::None,
        (State::Completing, _) if tender.intent.capture == CaptureRule::OnConfirm => Prompt::None,
        _ => Prompt::Wait,
    };
    if let (Standing::Open { expires_at, .. }, false) = (&tender.standing, view.state.is_final()) {
        view.deadline_ms = *expires_at;
    }
}

/// For the phone call to support: our reason, then the provider's own number.
fn short_code(reason: Reason, provider_code: u32) -> String {
    match (reason, provider_code) {
        (Reason::None, 0) => String::new(),
        (reason, 0) => format!("P{:03}", reason.number()),
        (reason, code) => format!("P{:03}/{code}", reason.number()),
    }
}
