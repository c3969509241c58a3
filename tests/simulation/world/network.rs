//! The way to the imitated provider and back.

use super::{BASE_URL, Happening, Sim};
use crate::wire;
use payments::engine::ExchangeId;
use payments::provider::http::RESPONSE_BODY_LEN_MAX;
use payments::provider::{Cause, HttpRequest, HttpResponse, NoResponse, Sent};
use payments::tender::OperationId;
use sandbox::{LedgerRow, Outcome};

impl Sim {
    pub(super) fn send(
        &mut self,
        exchange: ExchangeId,
        about: Option<OperationId>,
        request: HttpRequest,
    ) {
        let epoch = self.epoch;
        if let (Some(about), true) = (about, std::env::var_os("SIM_TRACE").is_some()) {
            let (at, method) = (self.now - super::EPOCH_MS, request.method.name());
            eprintln!(
                "{at} operation {} sends {method} {}",
                about.get(),
                request.url
            );
        }
        let spread = self.random.below(self.setup.latency_spread_ms + 1);
        let latency_ms = self.setup.latency_ms + spread;
        let request = match self.setup.sabotage {
            Some(sabotage) => sabotage.request(request, epoch, &mut self.random),
            None => request,
        };
        if !self.network_up {
            let result = Err(NoResponse {
                sent: Sent::No,
                cause: Cause::Unreachable,
            });
            let at = self.now + latency_ms;
            return self.schedule(
                at,
                Happening::Answer {
                    epoch,
                    exchange,
                    result,
                },
            );
        }
        if let Some(about) = about {
            self.check.follows_from_facts(about, &request);
            let provider = self.setup.provider_of(self.check.profile(about));
            let moment = (self.now, self.till_now());
            self.check
                .sent(moment, epoch, about, provider.limits(), &request);
        }
        self.situations.sent(epoch, exchange, &request);
        let sent_at = self.now;
        self.schedule(
            self.now + latency_ms,
            Happening::Arrives {
                epoch,
                exchange,
                request,
                sent_at,
            },
        );
    }

    pub(super) fn arrives(
        &mut self,
        epoch: u32,
        exchange: ExchangeId,
        request: HttpRequest,
        sent_at: i64,
    ) {
        let outcome = self.net.exchange(self.now, &as_sent(&request));
        if std::env::var_os("SIM_TRACE").is_some() {
            let told = match &outcome {
                Outcome::Answer { response, .. } | Outcome::CutAfter { response, .. } => {
                    let body = String::from_utf8_lossy(response.body());
                    format!("{} {body}", response.status())
                }
                Outcome::RequestLost => "request lost".to_owned(),
                Outcome::AnswerLost => "answer lost".to_owned(),
            };
            let (at, method) = (self.now - super::EPOCH_MS, request.method.name());
            eprintln!("{at} {method} {}: {told}", request.url);
        }
        let rows = self.meet_new_payments();
        let epochs = (epoch, self.epoch);
        self.situations.arrived(epochs, exchange, &outcome, &rows);
        let changes = wire::act_of(&request).is_write();
        self.writes += u64::from(changes);
        if changes && self.setup.kill_after_write == Some(self.writes) {
            return self.kill();
        }
        if self.point() {
            return;
        }
        let timeout_ms = i64::try_from(request.timeout_ms).unwrap();
        let deadline = sent_at + timeout_ms;
        let lost = Err(NoResponse {
            sent: Sent::Maybe,
            cause: Cause::Timeout,
        });
        let back_at = self.now + self.setup.latency_ms;
        let (at, result) = match outcome {
            Outcome::Answer { response, delay_ms } => {
                let at = back_at + i64::try_from(delay_ms).unwrap();
                if at > deadline {
                    (deadline, lost)
                } else {
                    (at, read(response))
                }
            }
            Outcome::RequestLost | Outcome::AnswerLost => (deadline, lost),
            Outcome::CutAfter { .. } => (
                back_at,
                Err(NoResponse {
                    sent: Sent::Maybe,
                    cause: Cause::Broken,
                }),
            ),
        };
        let result = match self.setup.sabotage {
            Some(sabotage) => sabotage.answer(result, &request),
            None => result,
        };
        if let Ok(response) = &result {
            self.check.answered(&request, response);
        }
        self.schedule(
            at,
            Happening::Answer {
                epoch,
                exchange,
                result,
            },
        );
    }

    /// A payment that has just been created meets its customers.
    pub(super) fn meet_new_payments(&mut self) -> Vec<LedgerRow> {
        let rows = self.net.ledger(self.now);
        self.check.ledger(&rows);
        for row in &rows {
            if !self.known_payments.insert(row.reference.clone()) {
                continue;
            }
            let tender_ref = self.check.tender_ref_of(&row.reference);
            let acts = tender_ref.and_then(|it| self.customers.get(it)).cloned();
            for (after_ms, act) in acts.unwrap_or_default() {
                let reference = row.reference.clone();
                self.schedule(self.now + after_ms, Happening::Customer { reference, act });
            }
        }
        rows
    }
}

/// A request as the sandbox takes it.
fn as_sent(request: &HttpRequest) -> sandbox::Request {
    let address = request.url.strip_prefix(BASE_URL).unwrap_or(&request.url);
    let mut wire = http::Request::builder()
        .method(request.method.name())
        .uri(address);
    for (name, value) in &request.headers {
        wire = wire.header(name.as_ref(), value.reveal());
    }
    wire.body(request.body.clone()).expect("request")
}

/// An answer as the transport hands it on: names in lower case, bodies bounded.
fn read(response: sandbox::Response) -> Result<HttpResponse, NoResponse> {
    if response.body().len() > RESPONSE_BODY_LEN_MAX {
        return Err(NoResponse {
            sent: Sent::Maybe,
            cause: Cause::TooLarge,
        });
    }
    let headers = response.headers().iter();
    Ok(HttpResponse {
        status: response.status().as_u16(),
        headers: headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned()))
            .collect(),
        body: response.into_body(),
    })
}
