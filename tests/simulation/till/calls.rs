//! Steps as calls of the library, and its replies as the words of a scenario.

use super::Till;
use crate::scenario::{Begin, RefundStep, Step};
use payments::engine::{BeginRequest, CallError, HostCall, RefundRequest, Reply};
use payments::provider::{RefundDetails, TenderDetails};
use payments::tender::Choice;
use serde_json::Value;

impl Till<'_> {
    pub(super) fn host_call(&self, step: &Step) -> Option<HostCall> {
        let id = |name: &str| self.ids.get(name).copied();
        Some(match step {
            Step::Begin(begin) => HostCall::Begin(Box::new(begin_request(begin))),
            Step::Refund(refund) => HostCall::Refund(Box::new(self.refund_request(refund)?)),
            Step::Scan { of, text, .. } => HostCall::Scan {
                id: id(of)?,
                bytes: text.clone().into_bytes(),
            },
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
        let reference = reference.or_else(|| step.reference.clone());
        (tender.is_some() || reference.is_some()).then(|| RefundRequest {
            tender,
            profile: "main".to_owned(),
            reference: reference.unwrap_or_default(),
            currency: "NOK".to_owned(),
            amount: step.amount,
            refund_ref: step.name.clone(),
            details: RefundDetails::default(),
        })
    }
}

fn begin_request(begin: &Begin) -> BeginRequest {
    let details: TenderDetails = match &begin.details {
        Value::Null => TenderDetails::default(),
        value => serde_json::from_value(value.clone()).expect("details"),
    };
    BeginRequest {
        profile: "main".to_owned(),
        amount: begin.amount,
        currency: begin.currency.clone(),
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
