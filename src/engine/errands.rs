//! Errands, and what webhooks tell. Neither moves money by itself.

use super::core::{Core, Exchange};
use super::operation::{Body, Operation};
use super::{CallError, Effect, ExchangeId, LogLevel, LogLine, Reply, Ticket};
use crate::journal::Fact;
use crate::provider::{
    Customer, Delivery, ErrandOrder, ErrandVerdict, HttpResponse, KnownCustomer, News, NoResponse,
};
use crate::secret::Secret;
use crate::tender::errand::{self, ErrandEnding, ErrandEvent, ErrandIntent};
use crate::tender::{Approach, Kind, OperationId, Reason, Standing, Wish};

/// No customer is asked for longer than this.
const ERRAND_LIFE_MS: i64 = 16 * 60_000;
/// After so many failures in a row the till is told.
const FAILURES_MAX: u32 = 4;

impl Core {
    pub(super) fn errand(
        &mut self,
        ticket: Ticket,
        profile: &str,
        order: &ErrandOrder,
        now: i64,
    ) -> Result<(), CallError> {
        self.writable()?;
        let Some(session) = self.profiles.get(profile) else {
            return Err(CallError::Argument(format!(
                "profile: there is no '{profile}' in the configuration"
            )));
        };
        let stage = session
            .provider
            .errand(order)
            .map_err(|invalid| CallError::Argument(invalid.to_string()))?;
        let id = self.draw_id().ok_or(CallError::Limit(0))?;
        let kind = match order {
            ErrandOrder::CheckIn(_) => Kind::CheckIn,
            ErrandOrder::Enrol { .. } => Kind::Enrolment,
            ErrandOrder::RegisterTill { .. } => Kind::Registration,
        };
        let intent = ErrandIntent {
            profile: profile.to_owned(),
            kind,
            name: format!("{}-{}", kind.key(), id.get()),
            begun_at: now,
            until: now.saturating_add(ERRAND_LIFE_MS),
        };
        let begun = ErrandEvent::ErrandBegun { intent };
        let state =
            errand::apply(None, &begun).map_err(|error| CallError::State(error.to_string()))?;
        let mut operation = Operation::new(id, Body::Errand(Box::new(state)));
        operation.updated_at = now;
        operation.stage = Some(stage);
        self.insert(operation);
        self.append(id, Fact::Errand(begun), None, now);
        self.reply_when_durable(id, ticket, Reply::Id(id));
        Ok(())
    }

    /// Asks the customer whom a check-in has found.
    pub(super) fn enrol(
        &mut self,
        ticket: Ticket,
        id: OperationId,
        now: i64,
    ) -> Result<(), CallError> {
        let operation = self.operation(id)?;
        let checked_in = operation
            .errand()
            .is_some_and(|it| it.intent.kind == Kind::CheckIn);
        let phone = operation
            .bodies
            .result()
            .filter(|_| checked_in)
            .and_then(|result| serde_json::from_str::<serde_json::Value>(result).ok())
            .and_then(|result| Some(Secret::new(result.get("phone")?.as_str()?)));
        let Some(phone) = phone else {
            return Err(CallError::State(
                "only a finished check-in knows whom to ask".to_owned(),
            ));
        };
        let profile = operation.profile().to_owned();
        let customer = KnownCustomer { phone };
        self.errand(ticket, &profile, &ErrandOrder::Enrol { customer }, now)
    }

    pub(super) fn errand_result(
        &mut self,
        ticket: Ticket,
        id: OperationId,
    ) -> Result<(), CallError> {
        let operation = self.operation(id)?;
        // Also one of an earlier process, which has not been shown in this one.
        let told = operation.state().is_final() && operation.last_fact <= self.durable;
        let result = operation.bodies.result().filter(|_| told);
        let text = result.map(str::to_owned).ok_or_else(|| {
            CallError::State("there is no result; look at the view's state".to_owned())
        })?;
        self.reply(ticket, Ok(Reply::Text(text)));
        Ok(())
    }

    pub(super) fn cancel_errand(
        &mut self,
        ticket: Ticket,
        id: OperationId,
        now: i64,
    ) -> Result<(), CallError> {
        if self.is_under_way(id) {
            self.end_errand(id, ErrandEnding::Cancelled, 0, now);
        }
        self.reply_when_durable(id, ticket, Reply::Done);
        Ok(())
    }

    fn is_under_way(&self, id: OperationId) -> bool {
        let errand = self.operations.get(&id).and_then(Operation::errand);
        errand.is_some_and(|errand| errand.ending.is_none())
    }

    fn end_errand(&mut self, id: OperationId, ending: ErrandEnding, code: u32, now: i64) {
        let private = self.operations.get_mut(&id).and_then(|operation| {
            operation.stage = None;
            operation.waits_for_customer = false;
            operation
                .bodies
                .result()
                .is_some()
                .then(|| operation.bodies.to_private())
        });
        let event = ErrandEvent::ErrandEnded { ending, code };
        self.record(id, Fact::Errand(event), private, now);
    }

    pub(super) fn drive_errand(&mut self, id: OperationId, now: i64) {
        let Some(operation) = self.operations.get(&id) else {
            return;
        };
        let Some(errand) = operation.errand().filter(|it| it.ending.is_none()) else {
            return;
        };
        let until = errand.intent.until;
        let (profile, not_before) = (operation.profile().to_owned(), operation.not_before);
        if operation.exchange.is_some() {
            return;
        }
        if now >= until {
            return self.end_errand(id, ErrandEnding::Expired, 0, now);
        }
        if now < not_before {
            return self.wake(id, not_before.min(until));
        }
        let request = operation.stage.as_ref().and_then(|stage| {
            let session = self.profiles.get(&profile)?;
            session.provider.errand_request(stage)
        });
        let Some(request) = request else {
            let ending = ErrandEnding::Failed(Reason::MerchantSetup);
            return self.end_errand(id, ending, 0, now);
        };
        let request = if request.needs_token {
            if let Err(at) = self.ensure_token(&profile, now) {
                return self.errand_without_token(id, &profile, at.min(until), now);
            }
            let session = self.profiles.get(&profile);
            let token = session.and_then(|session| session.token(now));
            let bearer = token.map(|token| Secret::new(format!("Bearer {}", token.reveal())));
            match bearer {
                Some(bearer) => request.request.secret_header("Authorization", bearer),
                None => request.request,
            }
        } else {
            request.request
        };
        let exchange = ExchangeId(self.number());
        if let Some(operation) = self.operations.get_mut(&id) {
            operation.exchange = Some(exchange);
        }
        self.exchanges.insert(exchange, Exchange::Errand { id });
        self.effects.push(Effect::Send {
            exchange,
            about: Some(id),
            request,
        });
    }

    fn errand_without_token(&mut self, id: OperationId, profile: &str, at: i64, now: i64) {
        let refused = self
            .profiles
            .get(profile)
            .and_then(|session| session.refused);
        match refused {
            Some(reason) => self.end_errand(id, ErrandEnding::Failed(reason), 0, now),
            None => self.wake(id, at),
        }
    }

    pub(super) fn errand_answered(
        &mut self,
        id: OperationId,
        result: Result<HttpResponse, NoResponse>,
        now: i64,
    ) {
        self.touch(id);
        let Some(operation) = self.operations.get_mut(&id) else {
            return;
        };
        operation.exchange = None;
        let Some(stage) = operation.stage.clone() else {
            return;
        };
        let Some(session) = self.profiles.get_mut(operation.profile()) else {
            return;
        };
        let verdict = match &result {
            Ok(response) => {
                session.last_answer_at = now;
                session.provider.read_errand(&stage, response)
            }
            Err(_) => ErrandVerdict::Unclear,
        };
        let reached = result.is_ok();
        self.errand_verdict(id, verdict, reached, now);
    }

    fn errand_verdict(&mut self, id: OperationId, verdict: ErrandVerdict, reached: bool, now: i64) {
        match verdict {
            ErrandVerdict::Next {
                stage,
                waits_for_customer,
                after_ms,
            } => {
                self.worked(id);
                if let Some(operation) = self.operations.get_mut(&id) {
                    operation.stage = Some(stage);
                    operation.waits_for_customer = waits_for_customer;
                    operation.not_before = now.saturating_add(after_ms);
                }
            }
            ErrandVerdict::Done(result) => {
                self.worked(id);
                if let Some(operation) = self.operations.get_mut(&id) {
                    operation.bodies.keep_result(&result);
                }
                self.end_errand(id, ErrandEnding::Done, 0, now);
            }
            ErrandVerdict::Declined => self.end_errand(id, ErrandEnding::Declined, 0, now),
            ErrandVerdict::Expired => self.end_errand(id, ErrandEnding::Expired, 0, now),
            ErrandVerdict::Refused { reason, code } => {
                self.end_errand(id, ErrandEnding::Failed(reason), code, now);
            }
            ErrandVerdict::Busy { after_ms } => self.busy(id, after_ms, false, now),
            ErrandVerdict::TokenRefused => {
                if self.token_was_refused(id, now) > 1 {
                    let ending = ErrandEnding::Failed(Reason::CredentialsRejected);
                    self.end_errand(id, ending, 0, now);
                }
            }
            ErrandVerdict::Unclear => {
                let reason = if reached {
                    Reason::ProviderError
                } else {
                    Reason::NetworkDown
                };
                self.failed(id, reason, now);
                let failures = self.operations.get(&id).map_or(0, |it| it.failures);
                if failures >= FAILURES_MAX {
                    self.end_errand(id, ErrandEnding::Failed(reason), 0, now);
                }
            }
        }
    }

    /// What the host received for us. It can only lead to a question, or to the start of a tender
    /// that waits for just this.
    pub(super) fn webhook(
        &mut self,
        ticket: Ticket,
        profile: &str,
        headers: &[(String, String)],
        body: &[u8],
        now: i64,
    ) -> Result<(), CallError> {
        let Some(session) = self.profiles.get(profile) else {
            return Err(CallError::Argument(format!(
                "profile: there is no '{profile}' in the configuration"
            )));
        };
        let delivery = Delivery {
            headers,
            body,
            now_ms: now,
        };
        let news = session
            .provider
            .webhook(&delivery)
            .map_err(|invalid| CallError::Argument(invalid.to_string()))?;
        match news {
            News::CheckedIn { customer, at_ms } => {
                self.checked_in(ticket, profile, customer, at_ms, now)
            }
            News::Payment { reference } => {
                self.ask_about(&reference);
                self.reply(ticket, Ok(Reply::Done));
                Ok(())
            }
            News::Nothing => {
                self.reply(ticket, Ok(Reply::Done));
                Ok(())
            }
        }
    }

    fn ask_about(&mut self, reference: &str) {
        let named = self
            .operations
            .values_mut()
            .find(|operation| operation.tender().is_some() && operation.reference() == reference);
        if let Some(operation) = named {
            operation.ask_now = true;
            let id = operation.id;
            self.touch(id);
        }
    }

    /// Whether somebody is, or was, asked for a payment under this token: it names one visit, and a
    /// provider may tell of it more than once.
    fn is_asked(&self, customer: &Secret) -> bool {
        let token = customer.reveal().as_bytes();
        let names_it = |body: &[u8]| body.windows(token.len().max(1)).any(|part| part == token);
        self.operations.values().any(|operation| {
            let body = operation.bodies.get(Approach::Push);
            body.is_some_and(names_it)
        })
    }

    /// A customer has scanned the till's own code. The tender that waits for it starts; a scan that
    /// came before it, or long ago, belongs to somebody else.
    fn checked_in(
        &mut self,
        ticket: Ticket,
        profile: &str,
        customer: Secret,
        at_ms: i64,
        now: i64,
    ) -> Result<(), CallError> {
        let life_ms = self
            .profiles
            .get(profile)
            .map_or(0, |it| it.provider.capabilities().check_in_life_ms);
        let fresh = at_ms.saturating_add(life_ms) > now;
        let mut waiting = self.operations.values().filter(|operation| {
            operation.profile() == profile
                && operation.awaits_check_in()
                && operation.tender().is_some_and(|tender| {
                    tender.standing == Standing::AwaitingScan
                        && tender.wish == Wish::Collect
                        && at_ms >= tender.intent.begun_at
                })
        });
        // Which of several the customer stands before is not guessed.
        let (first, second) = (waiting.next(), waiting.next());
        let id = first.filter(|_| second.is_none()).map(|it| it.id);
        let starts = fresh && !self.is_asked(&customer);
        match id.filter(|_| starts) {
            Some(id) => self.customer_scanned(ticket, id, &Customer::Token(customer), now),
            None => {
                self.log(LogLine::new(LogLevel::Info, "check-in-for-nobody"));
                self.reply(ticket, Ok(Reply::Done));
                Ok(())
            }
        }
    }
}
