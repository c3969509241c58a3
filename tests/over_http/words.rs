//! Steps as the words that the till in C is told.

use super::Run;
use crate::scenario::{Begin, RefundStep, Step};
use payments::tender::{CaptureRule, Choice};
use serde_json::Value;

pub(super) type Words = Result<Vec<String>, String>;

impl Run<'_> {
    pub(super) fn words(&mut self, step: &Step) -> Words {
        let id = |name: &str| self.id(name).map(i64::to_string);
        let own = |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect();
        Ok(match step {
            Step::Begin(begin) => self.begin_words(begin),
            Step::Refund(refund) => return self.refund_words(refund),
            Step::Scan { of, text, .. } => {
                let bytes = self.scanned(text)?;
                own(&["scan", &id(of)?, &hex(&bytes)])
            }
            Step::Manual {
                of,
                amount,
                transaction,
                operator,
                ..
            } => {
                let transaction = transaction.as_deref().map(|it| self.named_receipt(it));
                let (transaction, amount) = (transaction.unwrap_or_default(), amount.to_string());
                let operator = operator.as_deref().unwrap_or("Kim");
                own(&["manual", &id(of)?, &amount, &transaction, operator])
            }
            Step::Cancel { of, .. } => own(&["cancel", &id(of)?]),
            Step::Resolve { of, choice, .. } => {
                let known = Choice::ALL.iter().find(|it| it.key() == choice);
                let choice = known.ok_or("an unknown choice")?.number().to_string();
                own(&["resolve", &id(of)?, &choice, "Kim"])
            }
            Step::Confirm { of, receipt, .. } => own(&["confirm", &id(of)?, receipt]),
            Step::Capture { of, amount, .. } => own(&["capture", &id(of)?, &amount.to_string()]),
            Step::Recover { .. } => own(&["recover"]),
            Step::Act { act, with } => return self.beside_words(act, with),
            other => return Err(format!("{other:?} is no call")),
        })
    }

    fn begin_words(&self, begin: &Begin) -> Vec<String> {
        let capture = match begin.capture {
            Some(CaptureRule::OnConfirm) => 1,
            Some(CaptureRule::OnApproval) | None => 0,
        };
        let profile = begin.profile.as_deref().unwrap_or("main");
        let own_currency = || self.setup.provider_of(profile).currency().to_owned();
        let own_sale = || format!("sale of {}", begin.name);
        let details = match &begin.details {
            Value::Null => "{}".to_owned(),
            details => details.to_string(),
        };
        vec![
            "begin".to_owned(),
            profile.to_owned(),
            begin.amount.to_string(),
            begin.currency.clone().unwrap_or_else(own_currency),
            begin.sale_total.unwrap_or(0).to_string(),
            capture.to_string(),
            begin.sale.clone().unwrap_or_else(own_sale),
            begin.name.clone(),
            details,
        ]
    }

    fn refund_words(&mut self, refund: &RefundStep) -> Words {
        let tender = match &refund.of {
            Some(of) => *self.id(of)?,
            None => 0,
        };
        let typed = refund.reference.as_deref();
        let reference = match &refund.reference_of {
            Some(of) => Some(self.reference_of(of)?),
            None => typed.map(|it| self.named_receipt(it)),
        };
        // With a tender's id the rest is known.
        let (profile, currency) = match tender {
            0 => ("main", self.case.provider.currency()),
            _ => ("", ""),
        };
        Ok(vec![
            "refund".to_owned(),
            tender.to_string(),
            refund.amount.unwrap_or(0).to_string(),
            refund.name.clone(),
            profile.to_owned(),
            reference.unwrap_or_default(),
            currency.to_owned(),
        ])
    }

    fn scanned(&self, text: &str) -> Result<Vec<u8>, String> {
        match text.split_once(':') {
            Some(("receipt", name)) => {
                let held = self.receipts.get(name);
                let held = held.ok_or_else(|| format!("nobody holds the receipt {name}"))?;
                Ok(held.code.clone().into_bytes())
            }
            Some(("noise", length)) => {
                let length = length
                    .parse()
                    .map_err(|_| format!("{text} has no length"))?;
                Ok(noise(length))
            }
            _ => Ok(text.to_owned().into_bytes()),
        }
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// As in the simulation: what comes out of a scanner that has read a dirty floor.
fn noise(length: usize) -> Vec<u8> {
    let bytes = (0..=250u8).cycle().map(|byte| byte ^ 0x80);
    bytes.take(length).collect()
}
