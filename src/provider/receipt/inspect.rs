//! What a token that cannot be read is made of, for whoever sets up the claims: names, no values.

use super::shape::{self, Format, Found};
use super::{IdShape, claims, wire};
use crate::tender::Reason;

/// The outside of a token. Nothing in it is proven, and nothing in it is about a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inspection {
    pub alg: String,
    pub typ: Option<String>,
    pub kid: Option<String>,
    /// All claims as JSON pointers, in order.
    pub claims: Vec<String>,
}

impl Inspection {
    pub fn to_json(&self) -> String {
        serde_json::json!({
            "alg": self.alg, "typ": self.typ, "kid": self.kid, "claims": self.claims,
        })
        .to_string()
    }
}

/// Looks at a token, or at a scan that holds one. The signature is not checked.
pub fn inspect(token: &str) -> Result<Inspection, Reason> {
    // No identifier has this shape: only tokens are looked for.
    let nobody = IdShape {
        prefix: "\0",
        length_min: 1,
        length_max: 1,
    };
    let token = match shape::find(token.trim(), &Format::ALL, &nobody) {
        Found::Token(token) => token,
        Found::Unusable(reason) => return Err(reason),
        Found::Transaction | Found::Nothing => return Err(Reason::NotAReceipt),
    };
    let compact = wire::split(&token)?;
    let members = wire::strict_object(&compact.claims).ok_or(Reason::ReceiptDamaged)?;
    Ok(Inspection {
        alg: compact.header.alg,
        typ: compact.header.typ,
        kid: compact.header.kid,
        claims: claims::names(&members),
    })
}
