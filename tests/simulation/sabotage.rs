//! Planted bugs, put between the loop and its world: the checker has to find each of them.

use crate::world::Random;
use payments::engine::{Reply, View};
use payments::journal::{Entry, Fact};
use payments::provider::http::HeaderValue;
use payments::provider::{HttpRequest, HttpResponse, Method, NoResponse, Sent};
use payments::tender::{Event, OperationId, State};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sabotage {
    /// Commits are acknowledged and never written: requests leave before their intent is durable.
    DropCommits,
    /// Commits are acknowledged two seconds before they are durable.
    AcknowledgeBeforeDurable,
    /// The newest commit is gone after a restart.
    ForgetLastCommit,
    /// Unfinished operations are not taken up after a restart.
    ForgetToRecover,
    /// A lost answer is taken as "never sent".
    MaybeAsNotSent,
    /// A lost answer is taken as a decline.
    TimeoutAsDeclined,
    /// "No such payment" is taken as the end at once.
    AbsentAsCancelled,
    /// Each repeat of a request gets a key of its own.
    NewKeyOnRepeat,
    /// An approval is shown as paid.
    ApprovedAsPaid,
    /// Lost answers of a capture are taken as success.
    CaptureAlwaysWorks,
    /// That the till has confirmed is not written down.
    ForgetConfirmations,
    /// Cancel decisions are not written down.
    ForgetCancels,
    /// A lost answer of a refund is taken as a refusal.
    LostRefundAsRefused,
    /// Lost answers of a refund are taken as success.
    RefundAlwaysWorks,
    /// Lost answers of a cancel are taken as success.
    CancelAlwaysWorks,
    /// After a restart the random source begins anew: references and keys come a second time.
    SameIdsAfterRestart,
    /// Keys are made by the process, not by the operation.
    NewKeyAfterRestart,
    /// What is paid and not confirmed is missing in the list after a restart.
    PaidIsNotOffered,
    /// Each capture takes one minor unit too little.
    CaptureTooLittle,
    /// An approval that met a cancel is not written down as decided.
    ForgetDecisions,
}

impl Sabotage {
    pub const ALL: &'static [Sabotage] = &[
        Self::DropCommits,
        Self::AcknowledgeBeforeDurable,
        Self::ForgetLastCommit,
        Self::ForgetToRecover,
        Self::MaybeAsNotSent,
        Self::TimeoutAsDeclined,
        Self::AbsentAsCancelled,
        Self::NewKeyOnRepeat,
        Self::ApprovedAsPaid,
        Self::CaptureAlwaysWorks,
        Self::ForgetConfirmations,
        Self::ForgetCancels,
        Self::LostRefundAsRefused,
        Self::RefundAlwaysWorks,
        Self::CancelAlwaysWorks,
        Self::SameIdsAfterRestart,
        Self::NewKeyAfterRestart,
        Self::PaidIsNotOffered,
        Self::CaptureTooLittle,
        Self::ForgetDecisions,
    ];

    pub fn keeps(self, entry: &Entry) -> bool {
        !matches!(
            (self, &entry.fact),
            (Self::ForgetDecisions, Fact::Tender(Event::Decided { .. }))
                | (
                    Self::ForgetConfirmations,
                    Fact::Tender(Event::Confirmed { .. })
                )
                | (
                    Self::ForgetCancels,
                    Fact::Tender(Event::CancelRequested { .. })
                )
        )
    }

    pub fn view(self, view: View) -> View {
        match (self, view.state) {
            (Self::ApprovedAsPaid, State::Completing) => View {
                state: State::Paid,
                ..view
            },
            _ => view,
        }
    }

    pub fn request(self, mut request: HttpRequest, epoch: u32, random: &mut Random) -> HttpRequest {
        for (name, value) in &mut request.headers {
            if *name == "Idempotency-Key" {
                *value = match self {
                    Self::NewKeyOnRepeat => HeaderValue::Plain(format!("{:x}-1", random.next())),
                    Self::NewKeyAfterRestart => {
                        HeaderValue::Plain(format!("{epoch}-{}", value.reveal()))
                    }
                    _ => continue,
                };
            }
        }
        if self == Self::CaptureTooLittle && request.url.ends_with("/capture") {
            let mut body: Value = serde_json::from_slice(&request.body).unwrap();
            let amount = body["modificationAmount"]["value"].as_i64().unwrap();
            body["modificationAmount"]["value"] = json!(amount - 1);
            request.body = body.to_string().into_bytes();
        }
        request
    }

    /// `paid`: what the list after a restart holds although it is paid.
    pub fn reply(self, reply: Reply, paid: &BTreeSet<OperationId>) -> Reply {
        match (self, reply) {
            (Self::PaidIsNotOffered, Reply::Ids(mut ids)) => {
                ids.retain(|id| !paid.contains(id));
                Reply::Ids(ids)
            }
            (_, reply) => reply,
        }
    }

    pub fn answer(
        self,
        result: Result<HttpResponse, NoResponse>,
        request: &HttpRequest,
    ) -> Result<HttpResponse, NoResponse> {
        let question = request.method == Method::Get && !request.url.ends_with("/events");
        let capture = request.url.ends_with("/capture");
        match (self, &result) {
            (Self::MaybeAsNotSent, Err(lost)) => Err(NoResponse {
                sent: Sent::No,
                ..*lost
            }),
            (Self::TimeoutAsDeclined, Err(_)) if question => Ok(said(request, "ABORTED", 0, 0)),
            (Self::AbsentAsCancelled, Ok(response)) if question && response.status == 404 => {
                Ok(said(request, "TERMINATED", 0, 0))
            }
            (Self::CaptureAlwaysWorks, Err(_)) if capture => {
                let amount = asked(request);
                Ok(said(request, "AUTHORIZED", amount, amount))
            }
            (Self::CancelAlwaysWorks, Err(_)) if request.url.ends_with("/cancel") => {
                Ok(said(request, "TERMINATED", 0, 0))
            }
            (Self::RefundAlwaysWorks, Err(_)) if request.url.ends_with("/refund") => {
                let mut answer = said(request, "AUTHORIZED", asked(request), asked(request));
                let mut body: Value = serde_json::from_slice(&answer.body).unwrap();
                body["aggregate"]["refundedAmount"]["value"] = json!(asked(request));
                answer.body = body.to_string().into_bytes();
                Ok(answer)
            }
            (Self::LostRefundAsRefused, Err(_)) if request.url.ends_with("/refund") => {
                Ok(HttpResponse {
                    status: 400,
                    headers: vec![],
                    body: br#"{"type":"x","title":"Bad Request","status":400}"#.to_vec(),
                })
            }
            _ => result,
        }
    }
}

/// The amount that a capture or refund asks for.
fn asked(request: &HttpRequest) -> i64 {
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    body["modificationAmount"]["value"].as_i64().unwrap()
}

/// An answer that the provider never gave.
fn said(request: &HttpRequest, state: &str, authorized: i64, captured: i64) -> HttpResponse {
    let reference = crate::wire::reference_of(request).unwrap_or_default();
    let amount = |value: i64| json!({"currency": "NOK", "value": value});
    let whole = crate::checker::amount_of(&reference).unwrap_or(authorized);
    let body = json!({
        "amount": amount(whole), "state": state, "reference": reference,
        "aggregate": {
            "authorizedAmount": amount(authorized), "cancelledAmount": amount(0),
            "capturedAmount": amount(captured), "refundedAmount": amount(0),
        },
        "pspReference": "1", "paymentMethod": {"type": "WALLET"}, "profile": {},
    });
    HttpResponse {
        status: 200,
        headers: vec![],
        body: body.to_string().into_bytes(),
    }
}
