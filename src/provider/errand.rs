//! Errands: what a provider is asked for beside payments. Who is this customer? Will the customer
//! join the club? Which code stands at this till? They move no money; a lost one is asked again.

use super::http::HttpRequest;
use crate::secret::Secret;
use crate::tender::Reason;

/// What an errand is about, as the till says it.
#[derive(Clone, PartialEq, Eq)]
pub enum ErrandOrder {
    /// Who shows this code, or has this number?
    CheckIn(CustomerHint),
    /// Ask a known customer to join.
    Enrol { customer: KnownCustomer },
    /// Make the code at this till known to the provider.
    RegisterTill {
        /// The text of the sticker, the bare id on it, or a name of the merchant's own choice.
        id: String,
        description: String,
    },
}

#[derive(Clone, PartialEq, Eq)]
pub enum CustomerHint {
    Phone(Secret),
    Code(Secret),
}

/// What an earlier check-in has found out.
#[derive(Clone, PartialEq, Eq)]
pub struct KnownCustomer {
    pub phone: Secret,
}

/// Where an errand stands. The provider writes it and reads it, nobody else; it may hold personal
/// data and tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct Stage(pub Secret);

/// The next request of an errand.
pub struct ErrandRequest {
    pub request: HttpRequest,
    /// Whether it must carry the profile's access token, which is added as `Authorization`.
    pub needs_token: bool,
}

/// What an answer means for the errand.
#[derive(Clone, PartialEq, Eq)]
pub enum ErrandVerdict {
    Next {
        stage: Stage,
        /// Whether the customer has something to answer now.
        waits_for_customer: bool,
        after_ms: i64,
    },
    /// The result, a JSON object for the till.
    Done(Secret),
    /// The customer said no.
    Declined,
    Expired,
    Refused {
        reason: Reason,
        code: u32,
    },
    TokenRefused,
    Busy {
        after_ms: Option<i64>,
    },
    Unclear,
}

/// A webhook that the host has received, exactly as it came.
pub struct Delivery<'a> {
    /// Names in lower case.
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
    pub now_ms: i64,
}

/// What a genuine webhook tells.
#[derive(Clone, PartialEq, Eq)]
pub enum News {
    /// A customer has scanned the code at this till; the text names the customer for one payment.
    CheckedIn { customer: Secret, at_ms: i64 },
    /// Something happened to the payment of this reference: ask how it stands.
    Payment { reference: String },
    /// Genuine, and of no use here.
    Nothing,
}
