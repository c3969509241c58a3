//! Planted bugs, put between the loop and its world: the checker has to find each of them.

use crate::world::Random;
use payments::engine::View;
use payments::journal::{Entry, Fact};
use payments::provider::http::HeaderValue;
use payments::provider::{HttpRequest, HttpResponse, Method, NoResponse, Sent};
use payments::tender::{Event, State};
use serde_json::json;

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
    ];

    pub fn keeps(self, entry: &Entry) -> bool {
        match (self, &entry.fact) {
            (Self::ForgetConfirmations, Fact::Tender(Event::Confirmed { .. }))
            | (Self::ForgetCancels, Fact::Tender(Event::CancelRequested { .. })) => false,
            _ => true,
        }
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

    pub fn request(self, mut request: HttpRequest, random: &mut Random) -> HttpRequest {
        if self == Self::NewKeyOnRepeat {
            for (name, value) in &mut request.headers {
                if *name == "Idempotency-Key" {
                    *value = HeaderValue::Plain(format!("{:x}-1", random.next()));
                }
            }
        }
        request
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
                let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
                let amount = body["modificationAmount"]["value"].as_i64().unwrap();
                Ok(said(request, "AUTHORIZED", amount, amount))
            }
            _ => result,
        }
    }
}

/// An answer that the provider never gave.
fn said(request: &HttpRequest, state: &str, authorized: i64, captured: i64) -> HttpResponse {
    let reference = crate::checker::reference_of(request).unwrap_or_default();
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
