//! Steps as calls of the library, and its replies as the words of a scenario.

use super::Till;
use crate::scenario::{Begin, RefundStep, Step};
use payments::engine::{BeginRequest, CallError, HostCall, ManualAmount, RefundRequest, Reply};
use payments::provider::{RefundDetails, TenderDetails};
use payments::tender::Choice;
use serde_json::Value;

impl Till<'_> {
    pub(super) fn host_call(&self, step: &Step) -> Option<HostCall> {
        let id = |name: &str| self.ids.get(name).copied();
        Some(match step {
            Step::Begin(begin) => HostCall::Begin(Box::new(begin_request(
                begin,
                self.scenario.provider.currency(),
            ))),
            Step::Refund(refund) => HostCall::Refund(Box::new(self.refund_request(refund)?)),
            Step::Scan { of, text, .. } => HostCall::Scan {
                id: id(of)?,
                bytes: match text.strip_prefix("receipt:") {
                    Some(name) => self.receipts.get(name)?.0.clone().into_bytes(),
                    None => text.clone().into_bytes(),
                },
            },
            Step::Manual {
                of,
                amount,
                transaction,
                operator,
                ..
            } => HostCall::ManualAmount(Box::new(ManualAmount {
                id: id(of)?,
                amount: *amount,
                transaction: transaction.as_deref().map(|it| self.named_receipt(it)),
                operator: operator.clone().unwrap_or_else(|| "Kim".to_owned()),
            })),
            Step::Cancel { of, .. } => HostCall::Cancel { id: id(of)? },
            Step::Resolve { of, choice, .. } => HostCall::Resolve {
                id: id(of)?,
                choice: Choice::ALL.iter().find(|it| it.key() == choice).copied()?,
                operator: "Kim".to_owned(),
            },
            Step::Confirm { of, receipt, .. } => HostCall::Confirm {
                id: id(of)?,
                receipt_ref: receipt.clone(),
            },
            Step::Capture { of, amount, .. } => HostCall::Capture {
                id: id(of)?,
                amount: *amount,
            },
            Step::Recover { .. } => HostCall::Recover,
            _ => return None,
        })
    }

    fn refund_request(&self, step: &RefundStep) -> Option<RefundRequest> {
        let tender = step
            .of
            .as_ref()
            .and_then(|name| self.ids.get(name))
            .copied();
        let named = step
            .reference_of
            .as_ref()
            .and_then(|name| self.ids.get(name));
        let reference = named.map(|id| self.sim.check.reference(*id).to_owned());
        let typed = step.reference.as_deref().map(|it| self.named_receipt(it));
        let reference = reference.or(typed);
        (tender.is_some() || reference.is_some()).then(|| RefundRequest {
            tender,
            profile: "main".to_owned(),
            reference: reference.unwrap_or_default(),
            currency: self.scenario.provider.currency().to_owned(),
            amount: step.amount,
            refund_ref: step.name.clone(),
            details: RefundDetails::default(),
        })
    }
}

impl Till<'_> {
    /// `receipt:NAME` stands for the transaction of that receipt.
    pub(super) fn named_receipt(&self, text: &str) -> String {
        let known = text
            .strip_prefix("receipt:")
            .and_then(|name| self.receipts.get(name));
        known.map_or_else(|| text.to_owned(), |(_, transaction)| transaction.clone())
    }
}

fn begin_request(begin: &Begin, currency: &str) -> BeginRequest {
    let details: TenderDetails = match &begin.details {
        Value::Null => TenderDetails::default(),
        value => serde_json::from_value(value.clone()).expect("details"),
    };
    BeginRequest {
        profile: "main".to_owned(),
        amount: begin.amount,
        currency: begin
            .currency
            .clone()
            .unwrap_or_else(|| currency.to_owned()),
        sale_ref: begin
            .sale
            .clone()
            .unwrap_or_else(|| format!("sale of {}", begin.name)),
        tender_ref: begin.name.clone(),
        sale_total: begin.sale_total,
        capture: begin.capture,
        details,
    }
}

pub(super) fn expectation(step: &Step) -> Option<&str> {
    match step {
        Step::Begin(begin) => begin.expect.as_deref(),
        Step::Refund(refund) => refund.expect.as_deref(),
        Step::Scan { expect, .. }
        | Step::Manual { expect, .. }
        | Step::Cancel { expect, .. }
        | Step::Resolve { expect, .. }
        | Step::Confirm { expect, .. }
        | Step::Capture { expect, .. } => expect.as_deref(),
        _ => None,
    }
}

pub(super) fn word_of(reply: &Result<Reply, CallError>) -> &'static str {
    match reply {
        Ok(_) => "ok",
        Err(CallError::Argument(_)) => "argument",
        Err(CallError::NotFound(_)) => "not-found",
        Err(CallError::Conflict(_)) => "conflict",
        Err(CallError::State(_)) => "state",
        Err(CallError::Guarded(_)) => "guarded",
        Err(CallError::Limit(_)) => "limit",
        Err(CallError::Storage(_)) => "storage",
    }
}
