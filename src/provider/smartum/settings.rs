//! Settings of a Smartum profile. Most of the fact sheet is UNVERIFIED: all of that is a setting.

use crate::provider::receipt::{AmountPolicy, ClaimMap, Format};
use crate::provider::{BuildRules, Provider, SetupError};
use crate::secret::SecretSource;
use crate::tender::LatePolicy;
use serde::Deserialize;
use serde_json::Value;

/// One venue and benefit of a merchant with Smartum (`providers/smartum.md`). Experimental: the
/// service is moving to Epassi (U1).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `https://api.smartum.fi` (default) or `https://api.staging.smartum.fi` (section 4).
    #[serde(default = "production", alias = "smartumUrl")]
    pub base_url: String,
    /// Part of the name under which a receipt counts once. Default: the host of `base_url`. Must
    /// be the same at all tills that share a journal.
    #[serde(default)]
    pub environment: Option<String>,
    /// Public keys that receipts are signed with, several while the service changes them (U5). Each
    /// has one of `pem`, `jwk` and `file`, and if wanted `kid` and `not_after` (RFC 3339). A single
    /// PEM text is one key.
    #[serde(
        default,
        alias = "smartumApiPublicKey",
        deserialize_with = "one_or_many"
    )]
    pub jwt_keys: Vec<KeySettings>,
    /// Accepted algorithms: `ES512` (default), `ES384`, `ES256`.
    #[serde(default = "es512")]
    pub jwt_algs: Vec<String>,
    /// Needed to refund and to ask, unless `auth_mode` is `none`.
    #[serde(default, alias = "smartumClientId")]
    pub client_id: Option<SecretSource>,
    /// See `client_id`.
    #[serde(default, alias = "smartumClientSecret")]
    pub client_secret: Option<SecretSource>,
    /// How they are sent (U2): `oauth2` (default), `basic`, `headers` or `none`.
    #[serde(default = "oauth2")]
    pub auth_mode: AuthMode,
    /// Below `base_url`, with `auth_mode` `oauth2` (U2).
    #[serde(default = "token_path")]
    pub token_path: String,
    /// With `oauth2`: credentials as `basic` (default) header or in the `body`.
    #[serde(default = "in_header")]
    pub client_auth: ClientAuth,
    /// Asked for with a token, if the service wants one (U2).
    #[serde(default)]
    pub scope: Option<String>,
    /// Names of the two headers of `auth_mode` `headers`.
    #[serde(default = "id_header")]
    pub client_id_header: String,
    /// See `client_id_header`.
    #[serde(default = "secret_header")]
    pub client_secret_header: String,
    /// Who is paid: `ven_…`, from the merchant's portal.
    #[serde(alias = "smartumVenueId")]
    pub venue_id: String,
    /// Other venues whose receipts are taken as well.
    #[serde(default)]
    pub accepted_venues: Vec<String>,
    /// `exercise`, `culture`, `massage`, `lunch` and so on (U16).
    #[serde(alias = "smartumBenefitType")]
    pub benefit: String,
    /// Benefits whose receipts are taken. Default: just `benefit`; an empty list takes any.
    #[serde(default)]
    pub accepted_benefits: Option<Vec<String>>,
    /// Only receipt lines that carry this label may be paid for. Default: everything.
    #[serde(
        default,
        alias = "enablePaymentWithBenefitProviderSmartumForProductsWithThisProductLabel"
    )]
    pub product_label: Option<String>,
    /// What codes may hold (U3): `jwt`, `url_param`, `url_segment`, `json`, `tx_id`. Default: all.
    /// An empty list means that this till has no scanner.
    #[serde(default = "all_formats")]
    pub qr_formats: Vec<Format>,
    /// Takes back what a keyboard-wedge scanner with an American layout does at a Finnish till.
    #[serde(default)]
    pub fix_wedge_layout: bool,
    /// Where in a receipt each fact stands (U4).
    #[serde(default)]
    pub claims: ClaimMap,
    /// Words for "paid", in receipts and in answers. A receipt with another status is not taken.
    #[serde(default = "paid_statuses")]
    pub paid_statuses: Vec<String>,
    /// Words for payments that have gone back.
    #[serde(default = "refunded_statuses")]
    pub refunded_statuses: Vec<String>,
    /// Words for payments that came to nothing.
    #[serde(default = "void_statuses")]
    pub void_statuses: Vec<String>,
    /// Takes tokens at the till that have answered a web shop's order. Default: no, as each has
    /// paid for that order.
    #[serde(default)]
    pub accept_checkout: bool,
    /// Older receipts are refused; 0 for no limit (U6). Default: a day.
    #[serde(default = "one_day_s")]
    pub max_age_s: i64,
    /// How far ahead of ours the clock of the service may be.
    #[serde(default = "five_minutes_s")]
    pub future_skew_s: i64,
    /// Beyond the end that a receipt may name.
    #[serde(default = "five_minutes_s")]
    pub exp_leeway_s: i64,
    /// `reject` (default), `cap` or `exact`: a receipt over more than may be paid.
    #[serde(default = "reject")]
    pub amount_policy: AmountPolicy,
    /// Whether a cashier may type the amount that the customer's phone shows.
    #[serde(default = "yes")]
    pub manual_allowed: bool,
    /// Then demands the transaction id: it counts the payment once, and a refund needs it.
    #[serde(default)]
    pub manual_require_tx_id: bool,
    /// In cents.
    #[serde(default)]
    pub manual_max_amount: Option<i64>,
    /// Demands `details.manual.supervisor`, somebody else than the operator.
    #[serde(default)]
    pub manual_require_supervisor: bool,
    /// `api` (default) or `manual`: refunds are made in the merchant's portal by hand.
    #[serde(default = "by_api")]
    pub refund_mode: RefundMode,
    /// Whether less than the whole payment can go back (U10).
    #[serde(default)]
    pub refund_partial: bool,
    /// `same_day` in Helsinki (default) or `none` (U11).
    #[serde(default = "same_day")]
    pub refund_window: RefundWindow,
    /// Outside it: `try` (default) asks the service anyway, `block` refuses here.
    #[serde(default = "try_anyway")]
    pub refund_window_policy: WindowPolicy,
    /// `post` (default) or `put`.
    #[serde(default = "post")]
    pub refund_method: RefundMethod,
    /// Names of the members of a refund's body; see below.
    #[serde(default)]
    pub refund_body: RefundBody,
    /// A header that makes a refund happen once (U12). Default: none.
    #[serde(default)]
    pub refund_idempotency_header: Option<String>,
    /// How long the service remembers its values.
    #[serde(default = "one_day_ms")]
    pub key_retention_ms: i64,
    /// Paths; see below.
    #[serde(default)]
    pub endpoints: Endpoints,
    /// The service's words for its refusals (U14).
    #[serde(default = "already_refunded")]
    pub already_refunded_codes: Vec<String>,
    /// See `already_refunded_codes`.
    #[serde(default = "window_closed")]
    pub window_closed_codes: Vec<String>,
    /// See `already_refunded_codes`.
    #[serde(default = "partial_not_supported")]
    pub partial_not_supported_codes: Vec<String>,
    /// See `already_refunded_codes`.
    #[serde(default = "amount_too_large")]
    pub amount_too_large_codes: Vec<String>,
    /// See `already_refunded_codes`.
    #[serde(default = "unknown_transaction")]
    pub unknown_transaction_codes: Vec<String>,
    /// How long a request that we gave up on may still be delivered.
    #[serde(default = "two_minutes_ms")]
    pub settle_ms: i64,
    /// For one request.
    #[serde(default = "request_timeout")]
    pub request_timeout_ms: u64,
    /// Wait after "busy" without a time.
    #[serde(default = "busy_wait")]
    pub busy_wait_ms: i64,
}

/// One entry of `jwt_keys`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeySettings {
    /// The name that receipts call the key by.
    pub kid: Option<String>,
    /// `-----BEGIN PUBLIC KEY-----` …
    pub pem: Option<String>,
    /// A JSON web key.
    pub jwk: Option<Value>,
    /// Path of a file with a PEM text or a JWK.
    pub file: Option<String>,
    /// RFC 3339; from then on the key is not believed.
    pub not_after: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMode {
    Oauth2,
    Basic,
    Headers,
    None,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    Basic,
    Body,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundMode {
    Api,
    Manual,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundWindow {
    SameDay,
    None,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowPolicy {
    Try,
    Block,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundMethod {
    Post,
    Put,
}

/// Names of the members of a refund's body (U9); an empty one leaves the member out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RefundBody {
    /// Sent for a part only.
    pub amount: String,
    /// The venue.
    pub venue: String,
}

/// Paths below `base_url`, with `{tx}` for the transaction id.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Endpoints {
    /// Gives a payment back.
    pub refund: String,
    /// Empty (default): the service cannot be asked about a payment (U13).
    pub transaction: String,
}

impl Default for RefundBody {
    fn default() -> Self {
        Self {
            amount: "amount".to_owned(),
            venue: "venue".to_owned(),
        }
    }
}

impl Default for Endpoints {
    fn default() -> Self {
        Self {
            refund: "/transactions/{tx}/refund".to_owned(),
            transaction: String::new(),
        }
    }
}

/// A list of keys, or one PEM text as other systems keep it.
fn one_or_many<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Vec<KeySettings>, D::Error> {
    struct Keys;
    impl<'de> serde::de::Visitor<'de> for Keys {
        type Value = Vec<KeySettings>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a list of keys, or one key as a PEM text")
        }

        fn visit_str<E>(self, pem: &str) -> Result<Self::Value, E> {
            Ok(vec![KeySettings {
                pem: Some(pem.to_owned()),
                ..KeySettings::default()
            }])
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, keys: A) -> Result<Self::Value, A::Error> {
            Vec::deserialize(serde::de::value::SeqAccessDeserializer::new(keys))
        }
    }
    input.deserialize_any(Keys)
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

fn production() -> String {
    "https://api.smartum.fi".to_owned()
}

fn es512() -> Vec<String> {
    words(&["ES512"])
}

fn oauth2() -> AuthMode {
    AuthMode::Oauth2
}

fn token_path() -> String {
    "/oauth/token".to_owned()
}

fn in_header() -> ClientAuth {
    ClientAuth::Basic
}

fn id_header() -> String {
    "X-Client-Id".to_owned()
}

fn secret_header() -> String {
    "X-Client-Secret".to_owned()
}

fn all_formats() -> Vec<Format> {
    Format::ALL.to_vec()
}

fn paid_statuses() -> Vec<String> {
    words(&[
        "paid",
        "completed",
        "complete",
        "succeeded",
        "success",
        "successful",
        "captured",
        "settled",
        "confirmed",
        "checked",
        "verified",
    ])
}

fn refunded_statuses() -> Vec<String> {
    words(&["refunded"])
}

fn void_statuses() -> Vec<String> {
    words(&["cancelled", "canceled", "voided", "failed"])
}

fn one_day_s() -> i64 {
    86_400
}

fn five_minutes_s() -> i64 {
    300
}

fn reject() -> AmountPolicy {
    AmountPolicy::Reject
}

fn yes() -> bool {
    true
}

fn by_api() -> RefundMode {
    RefundMode::Api
}

fn same_day() -> RefundWindow {
    RefundWindow::SameDay
}

fn try_anyway() -> WindowPolicy {
    WindowPolicy::Try
}

fn post() -> RefundMethod {
    RefundMethod::Post
}

fn one_day_ms() -> i64 {
    86_400_000
}

fn two_minutes_ms() -> i64 {
    120_000
}

fn request_timeout() -> u64 {
    15_000
}

fn busy_wait() -> i64 {
    2_000
}

fn already_refunded() -> Vec<String> {
    words(&["already_refunded"])
}

fn window_closed() -> Vec<String> {
    words(&["refund_window_closed"])
}

fn partial_not_supported() -> Vec<String> {
    words(&["partial_not_supported"])
}

fn amount_too_large() -> Vec<String> {
    words(&["amount_too_large"])
}

fn unknown_transaction() -> Vec<String> {
    words(&["not_found", "transaction_not_found", "unknown_transaction"])
}

impl crate::provider::Settings for Settings {
    fn build(&self, rules: &BuildRules) -> Result<Box<dyn Provider>, SetupError> {
        Ok(Box::new(super::Smartum::new(self, rules)?))
    }

    fn late_approval(&self) -> Option<LatePolicy> {
        None
    }
}
