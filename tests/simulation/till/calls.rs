//! Steps as calls of the library, and its replies as the words of a scenario.

use super::Till;
use super::beside::Beside;
use crate::scenario::{Begin, RefundStep, Step};
use payments::engine::{BeginRequest, CallError, HostCall, ManualAmount, RefundRequest, Reply};
use payments::provider::{RefundDetails, TenderDetails};
use payments::tender::Choice;
use serde_json::Value;

impl Till<'_> {
    pub(super) fn host_call(&mut self, step: &Step) -> Option<HostCall> {
        if let Step::Act { act, with } = step {
            return self.beside_call(&Beside::read(act, with)?);
        }
        let id = |name: &str| self.ids.get(name).copied();
        Some(match step {
            Step::Begin(begin) => HostCall::Begin(Box::new(self.begin_request(begin))),
            Step::Refund(refund) => HostCall::Refund(Box::new(self.refund_request(refund)?)),
            Step::Scan { of, text, .. } => HostCall::Scan {
                id: id(of)?,
                bytes: match text.split_once(':') {
                    Some(("receipt", name)) => self.receipts.get(name)?.0.clone().into_bytes(),
                    Some(("noise", len)) => noise(len.parse().expect("a length")),
                    _ => text.clone().into_bytes(),
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
    fn begin_request(&self, begin: &Begin) -> BeginRequest {
        let details: TenderDetails = match &begin.details {
            Value::Null => TenderDetails::default(),
            value => serde_json::from_value(value.clone()).expect("details"),
        };
        let profile = begin.profile.clone().unwrap_or_else(|| "main".to_owned());
        let currency = self.sim.setup.provider_of(&profile).currency();
        let own_sale = || format!("sale of {}", begin.name);
        BeginRequest {
            profile,
            amount: begin.amount,
            currency: begin
                .currency
                .clone()
                .unwrap_or_else(|| currency.to_owned()),
            sale_ref: begin.sale.clone().unwrap_or_else(own_sale),
            tender_ref: begin.name.clone(),
            sale_total: begin.sale_total,
            capture: begin.capture,
            details,
        }
    }

    /// `receipt:NAME` stands for the transaction of that receipt.
    pub(super) fn named_receipt(&self, text: &str) -> String {
        let known = text
            .strip_prefix("receipt:")
            .and_then(|name| self.receipts.get(name));
        known.map_or_else(|| text.to_owned(), |(_, transaction)| transaction.clone())
    }
}

/// What comes out of a scanner that has read a dirty floor.
fn noise(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at % 251) as u8 ^ 0x80).collect()
}

pub(super) fn expectation(step: &Step) -> Option<&str> {
    match step {
        Step::Begin(begin) => begin.expect.as_deref(),
        Step::Act { with, .. } => with["expect"].as_str(),
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
