//! Beginning a tender: everything is checked before anything is written, and written before anything
//! is sent.

use super::core::Core;
use super::operation::{Bodies, Body, Operation};
use super::session::Profile;
use super::{BeginRequest, CallError, Reply, Ticket};
use crate::journal::Fact;
use crate::provider::{ApproachWish, Customer, StartOrder, TenderDetails};
use crate::secret::Secret;
use crate::tender::{
    self, Approach, CaptureRule, Currency, Event, Intent, KeySeed, Kind, LatePolicy, Money,
    OperationId, Reason, State, draw_reference,
};

impl Core {
    pub(super) fn begin(
        &mut self,
        ticket: Ticket,
        request: BeginRequest,
        now: i64,
    ) -> Result<(), CallError> {
        self.writable()?;
        let amount = checked_amount(&request)?;
        let known = (Kind::Tender, request.tender_ref.clone());
        if let Some(id) = self.by_host_ref.get(&known).copied() {
            return self.begin_again(ticket, id, &request, amount);
        }
        let overrides = self.guard(&request)?;
        self.one_at_a_time(&request)?;
        let open = self
            .operations
            .values()
            .filter(|op| op.needs_attention())
            .count();
        if open >= self.rules.open_operations_max {
            return Err(CallError::Limit(open));
        }
        let reference = draw_reference(&mut *self.ids);
        let (approach, bodies) = self.first_bodies(&request, amount, &reference, now)?;
        let intent = self.intent(&request, amount, reference, overrides, now)?;
        let start_until = intent.start_until;
        let id = self.draw_id().ok_or(CallError::Limit(open))?;
        let begun = Event::Begun { intent };
        let tender =
            tender::apply(None, &begun).map_err(|error| CallError::State(error.to_string()))?;
        let mut operation = Operation::new(id, Body::Tender(Box::new(tender)));
        operation.updated_at = now;
        let private = bodies.to_private();
        operation.bodies = bodies;
        self.insert(operation);
        self.append(id, Fact::Tender(begun), Some(private), now);
        if let Some(approach) = approach {
            let prepared = Event::Prepared {
                approach,
                attempt: 1,
                start_until,
            };
            self.record(id, Fact::Tender(prepared), None, now);
        }
        self.reply_when_durable(id, ticket, Reply::Id(id));
        Ok(())
    }

    fn profile_of(&self, name: &str) -> Result<&Profile, CallError> {
        self.profiles.get(name).ok_or_else(|| {
            let names: Vec<_> = self.profiles.keys().map(String::as_str).collect();
            let names = names.join(", ");
            CallError::Argument(format!(
                "profile: there is no '{name}'; the configuration has {names}"
            ))
        })
    }

    /// All that is fixed from now on.
    fn intent(
        &mut self,
        request: &BeginRequest,
        amount: Money,
        reference: String,
        overrides: Option<OperationId>,
        now: i64,
    ) -> Result<Intent, CallError> {
        let session = self.profile_of(&request.profile)?;
        let rules = session.provider.capabilities();
        let unsaid = if self.rules.attended {
            LatePolicy::Ask
        } else {
            LatePolicy::Refund
        };
        let (late, settle_ms) = (session.late.unwrap_or(unsaid), rules.settle_ms);
        let start_until = now.saturating_add(rules.start_within_ms);
        Ok(Intent {
            profile: request.profile.clone(),
            amount,
            sale_ref: request.sale_ref.clone(),
            tender_ref: request.tender_ref.clone(),
            sale_total: request.sale_total,
            capture: request.capture.unwrap_or(CaptureRule::OnApproval),
            late,
            reference,
            seed: KeySeed::draw(&mut *self.ids),
            begun_at: now,
            start_until,
            settle_ms,
            operator: request.details.operator.clone(),
            overrides,
        })
    }

    /// The same reference is the same tender; with anything else in it, nothing is done.
    fn begin_again(
        &mut self,
        ticket: Ticket,
        id: OperationId,
        request: &BeginRequest,
        amount: Money,
    ) -> Result<(), CallError> {
        let operation = self.operation(id)?;
        let same = operation.amount() == Some(amount)
            && operation.profile() == request.profile
            && operation.sale_ref() == request.sale_ref;
        if !same {
            return Err(CallError::Conflict(format!(
                "tender_ref '{}' was used for operation {} with another amount, currency, profile \
                 or sale; use a new tender_ref",
                request.tender_ref,
                id.get()
            )));
        }
        self.touch(id);
        self.reply_when_durable(id, ticket, Reply::Id(id));
        Ok(())
    }

    /// A sale with a payment that nobody knows the end of is not charged again by accident.
    fn guard(&self, request: &BeginRequest) -> Result<Option<OperationId>, CallError> {
        let unsettled = self.operations.values().find(|operation| {
            let Some(tender) = operation.tender() else {
                return false;
            };
            let state = tender::state(tender);
            let shown = operation
                .published
                .as_ref()
                .map_or(state, |view| view.state);
            let found = tender.found_after_restart
                && tender.confirmed.is_none()
                && !tender.ring_up
                && state == State::Paid;
            tender.intent.sale_ref == request.sale_ref
                && (found
                    || matches!(state, State::Unknown | State::NeedsDecision)
                    || matches!(shown, State::Unknown | State::NeedsDecision))
        });
        match (unsettled, &request.details.override_unknown) {
            (None, _) => Ok(None),
            (Some(operation), Some(_)) => Ok(Some(operation.id)),
            (Some(operation), None) => Err(CallError::Guarded(operation.id.get())),
        }
    }

    /// A code that stands at the till carries one payment: the last one has to be over.
    fn one_at_a_time(&self, request: &BeginRequest) -> Result<(), CallError> {
        let session = self.profile_of(&request.profile)?;
        let alone = session.provider.capabilities().one_at_a_time;
        // Of two that wait for a check-in, nobody could say which one a customer came for.
        let by_code = approach_wish(&request.details, session) == ApproachWish::CheckIn;
        let active = self.operations.values().find(|operation| {
            operation.profile() == request.profile
                && operation.tender().is_some()
                && !operation.state().is_final()
                && (alone || by_code && operation.awaits_check_in())
        });
        active.map_or(Ok(()), |operation| {
            Err(CallError::Guarded(operation.id.get()))
        })
    }

    /// The bodies that can be fixed at once; none for a tender that waits for a scan.
    fn first_bodies(
        &self,
        request: &BeginRequest,
        amount: Money,
        reference: &str,
        now: i64,
    ) -> Result<(Option<Approach>, Bodies), CallError> {
        let session = self.profile_of(&request.profile)?;
        let rules = session.provider.capabilities();
        let details = &request.details;
        let has_phone = details.customer.is_some();
        let wish = approach_wish(details, session);
        let customer = details
            .customer
            .as_ref()
            .map(|c| Customer::Phone(Secret::new(c.phone.clone())));
        let approach = match wish {
            ApproachWish::Phone if !has_phone => {
                return Err(CallError::Argument(
                    "details.customer.phone: needed for the approach 'phone'".to_owned(),
                ));
            }
            ApproachWish::Phone => Some(Approach::Push),
            ApproachWish::Qr => Some(Approach::ShowQr),
            ApproachWish::Scan | ApproachWish::CheckIn => None,
        };
        let offered = match wish {
            ApproachWish::Phone => rules.by_phone,
            ApproachWish::Qr => rules.by_qr,
            ApproachWish::Scan => rules.by_scan,
            ApproachWish::CheckIn => rules.by_check_in,
        };
        if !offered {
            return Err(CallError::Argument(
                "details.approach: this profile does not reach its customers that way".to_owned(),
            ));
        }
        // A tender that waits for a scan is checked now as far as it is known.
        let checked = approach.unwrap_or(Approach::ShowQr);
        let order = StartOrder {
            reference,
            amount,
            sale_ref: &request.sale_ref,
            sale_total: request.sale_total,
            approach: checked,
            customer: customer.as_ref(),
            details,
            now_ms: session.provider_time(now),
        };
        let mut bodies = self.bodies(&request.profile, &order)?;
        if approach.is_none() {
            bodies.keep_details(TenderDetails {
                approach: Some(wish),
                ..details.clone()
            });
        }
        Ok((approach, bodies))
    }

    /// The exact bytes of the start request, and of its fallback if the profile allows one.
    pub(super) fn bodies(
        &self,
        profile: &str,
        order: &StartOrder<'_>,
    ) -> Result<Bodies, CallError> {
        let mut bodies = Bodies::default();
        let Some(session) = self.profiles.get(profile) else {
            return Ok(bodies);
        };
        let fallback = session
            .provider
            .fallback(order.approach, Reason::PushNotAllowed);
        for approach in std::iter::once(order.approach).chain(fallback) {
            let order = StartOrder { approach, ..*order };
            let body = session.provider.prepare(&order);
            bodies.add(
                approach,
                body.map_err(|invalid| CallError::Argument(invalid.to_string()))?,
            );
        }
        Ok(bodies)
    }

    pub(super) fn start_within_ms(&self, profile: &str) -> i64 {
        self.profiles
            .get(profile)
            .map_or(0, |s| s.provider.capabilities().start_within_ms)
    }
}

fn approach_wish(details: &TenderDetails, session: &Profile) -> ApproachWish {
    details.approach.unwrap_or(if details.customer.is_some() {
        ApproachWish::Phone
    } else {
        session.provider.default_approach()
    })
}

fn checked_amount(request: &BeginRequest) -> Result<Money, CallError> {
    let refused = |problem: &str| Err(CallError::Argument(problem.to_owned()));
    let Some(currency) = Currency::from_code(&request.currency) else {
        let problem = format!(
            "currency: '{}' is no ISO 4217 code such as NOK",
            request.currency
        );
        return refused(&problem);
    };
    if request.amount <= 0 {
        return refused("amount: must be more than 0 minor units");
    }
    if request
        .sale_total
        .is_some_and(|total| total < request.amount)
    {
        return refused("sale_total: must not be less than the amount of this tender");
    }
    Ok(Money::new(request.amount, currency))
}
