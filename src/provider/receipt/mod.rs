//! Signed receipts of payments that customers have made before the till comes in. What a provider
//! of such receipts has of its own is configuration: which keys, which claims, which rules.
//!
//! ```text
//! shape  is it meant as a receipt, and where is the token?     inspect  for support
//! wire   tokens and JSON, read strictly                        keys     whose signature counts
//! claims from claims to facts                                  rules    may it settle this sale?
//! ```
//!
//! The order of the checks is that of the fact sheet (`providers/smartum.md`, section 7.1). Up to
//! the claims a failure means that there is no proof of a payment; after them, that there is one.

mod claims;
mod inspect;
mod keys;
mod rules;
mod shape;
mod wire;

pub use claims::{AmountUnit, ClaimMap, IdShapes};
pub use inspect::{Inspection, inspect};
pub use keys::{Algorithm, KeyRing, PublicKey};
pub use rules::{AmountPolicy, Bill, Rules};
pub use shape::Format;

use super::Scanned;
use crate::tender::{PaidReceipt, Reason};
use aws_lc_rs::digest::{SHA256, digest};
use claims::Facts;
use data_encoding::HEXLOWER;
use shape::Found;

/// Identifiers of one kind: a prefix, then letters and digits. Their case counts.
#[derive(Clone, Copy, Debug)]
pub struct IdShape {
    pub prefix: &'static str,
    /// Of what follows the prefix.
    pub length_min: usize,
    pub length_max: usize,
}

impl IdShape {
    pub fn fits(&self, text: &str) -> bool {
        text.strip_prefix(self.prefix).is_some_and(|rest| {
            (self.length_min..=self.length_max).contains(&rest.len())
                && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
    }
}

/// The receipts of one profile.
pub struct Receipts {
    pub formats: Vec<Format>,
    /// Takes back what a wedge scanner with another layout than the till's has done.
    pub fix_wedge_layout: bool,
    pub keys: KeyRing,
    pub claims: ClaimMap,
    pub ids: IdShapes,
    pub rules: Rules,
    /// Payments of test and production never have the same name.
    pub environment: String,
}

impl Receipts {
    /// What a scan is, and how much of the bill it settles. Claims are counted by the caller.
    pub fn look_at(&self, text: &str, bill: &Bill) -> Scanned {
        let found = shape::find(text, &self.formats, &self.ids.transaction);
        let token = match found {
            Found::Nothing => return Scanned::NotOurs,
            Found::Transaction => return Scanned::Refused(Reason::ReceiptUnsigned),
            Found::Unusable(Reason::ScannerLayout) if self.is_relaid_transaction(text) => {
                return Scanned::Refused(Reason::ReceiptUnsigned);
            }
            Found::Unusable(reason) => return Scanned::Refused(reason),
            Found::Token(token) if self.fix_wedge_layout => wire::relaid(&token),
            Found::Token(token) => token,
        };
        match self.prove(&token, bill.now_ms) {
            Err(reason) => Scanned::Refused(reason),
            Ok(facts) => Scanned::Paid {
                settles: self.rules.settle(&facts, bill),
                receipt: Box::new(self.receipt(facts, &token)),
            },
        }
    }

    /// The name under which a payment counts once, whatever shows it.
    pub fn claim(&self, transaction: &str) -> String {
        format!("{}:{transaction}", self.environment)
    }

    fn is_relaid_transaction(&self, text: &str) -> bool {
        self.fix_wedge_layout && self.ids.transaction.fits(&wire::relaid(text))
    }

    /// What an accepted signature vouches for. Claims are not looked into before it is.
    fn prove(&self, token: &str, now_ms: i64) -> Result<Facts, Reason> {
        let compact = wire::split(token)?;
        self.keys.verify(&compact, now_ms)?;
        let facts = claims::read(&compact.claims, &self.claims, &self.ids)?;
        self.rules.check_complete(&facts)?;
        Ok(facts)
    }

    fn receipt(&self, facts: Facts, token: &str) -> PaidReceipt {
        PaidReceipt {
            claim: self.claim(&facts.transaction),
            transaction: facts.transaction,
            amount: facts.amount,
            paid_at: facts.paid_at,
            venue: Some(facts.venue),
            benefit: facts.benefit,
            fingerprint: HEXLOWER.encode(digest(&SHA256, token.as_bytes()).as_ref()),
        }
    }
}
