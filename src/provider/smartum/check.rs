//! Checks the settings of a profile, and makes from them what serves a till.

use super::IDS;
use super::settings::{AuthMode, KeySettings, RefundMode, Settings};
use crate::provider::receipt::{Algorithm, KeyRing, PublicKey, Receipts, Rules};
use crate::provider::{BuildRules, SetupError, address};
use crate::secret::SecretSource;
use crate::tender::{Capabilities, RefundRecovery};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const DAY_S: i64 = 86_400;

impl Settings {
    pub fn capabilities(&self) -> Capabilities {
        let can_ask = !self.endpoints.transaction.is_empty();
        Capabilities {
            by_scan: true,
            by_phone: false,
            by_qr: false,
            can_ask,
            partial_refund: self.refund_partial,
            gives_back: self.refund_mode == RefundMode::Api,
            refund_recovery: match (can_ask, &self.refund_idempotency_header) {
                (true, _) => RefundRecovery::Find,
                (false, Some(_)) => RefundRecovery::Repeat,
                (false, None) => RefundRecovery::AskPeople,
            },
            settle_ms: self.settle_ms,
            key_retention_ms: self.key_retention_ms,
            request_timeout_ms: self.request_timeout_ms,
            busy_wait_ms: self.busy_wait_ms,
            ..Capabilities::wallet()
        }
    }

    pub fn check(&self, rules: &BuildRules) -> Result<(), SetupError> {
        address::check("base_url", &self.base_url, rules)?;
        let venues = std::iter::once(&self.venue_id).chain(&self.accepted_venues);
        for venue in venues {
            if !IDS.venue.fits(venue) {
                let setting = if *venue == self.venue_id {
                    "venue_id"
                } else {
                    "accepted_venues"
                };
                return invalid(setting, "must be 'ven_' and 8 to 64 letters and digits");
            }
        }
        let benefits = self.accepted_benefits.iter().flatten();
        if std::iter::once(&self.benefit)
            .chain(benefits)
            .any(|it| it.trim().is_empty())
        {
            return invalid("benefit", "must not be empty");
        }
        if self.product_label.as_ref().is_some_and(String::is_empty) {
            return invalid(
                "product_label",
                "must not be empty; leave it out to allow everything",
            );
        }
        if self
            .environment
            .as_ref()
            .is_some_and(|it| it.is_empty() || it.contains(':'))
        {
            return invalid("environment", "must not be empty, and have no ':'");
        }
        if let Some(claim) = self.claims.misshapen() {
            return invalid(claim, "must hold JSON pointers such as /data/amount");
        }
        if self.claims.amount.is_empty() {
            return invalid("claims.amount", "must name at least one place");
        }
        self.check_words()?;
        self.check_requests()?;
        self.check_ranges()
    }

    fn check_words(&self) -> Result<(), SetupError> {
        let lists = [
            ("paid_statuses", &self.paid_statuses),
            ("refunded_statuses", &self.refunded_statuses),
            ("void_statuses", &self.void_statuses),
        ];
        for (setting, list) in lists {
            if list
                .iter()
                .any(|word| *word != word.to_lowercase() || word.is_empty())
            {
                return invalid(setting, "must be words in lower case");
            }
            let elsewhere = lists.iter().filter(|(other, _)| *other != setting);
            if elsewhere
                .flat_map(|(_, other)| *other)
                .any(|word| list.contains(word))
            {
                return invalid(setting, "has a word that stands for something else as well");
            }
        }
        Ok(())
    }

    fn check_requests(&self) -> Result<(), SetupError> {
        let paths = [
            ("token_path", &self.token_path, false),
            ("endpoints.refund", &self.endpoints.refund, true),
            ("endpoints.transaction", &self.endpoints.transaction, true),
        ];
        for (setting, path, names_payment) in paths {
            let off = setting == "endpoints.transaction" && path.is_empty();
            let plain = path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic());
            if !off && (!plain || path.contains("{tx}") != names_payment) {
                return invalid(
                    setting,
                    "must begin with '/', and have {tx} where the id belongs",
                );
            }
        }
        let headers = [
            ("client_id_header", Some(&self.client_id_header)),
            ("client_secret_header", Some(&self.client_secret_header)),
            (
                "refund_idempotency_header",
                self.refund_idempotency_header.as_ref(),
            ),
        ];
        for (setting, name) in headers {
            if name.is_some_and(|name| !is_header_name(name)) {
                return invalid(setting, "must be 1 to 64 letters, digits and '-'");
            }
        }
        let sends = self.refund_mode == RefundMode::Api || !self.endpoints.transaction.is_empty();
        let missing = match (&self.client_id, &self.client_secret) {
            _ if !sends || self.auth_mode == AuthMode::None => None,
            (None, _) => Some("client_id"),
            (_, None) => Some("client_secret"),
            (Some(_), Some(_)) => None,
        };
        match missing {
            Some(setting) => invalid(
                setting,
                "is needed to refund; without it set refund_mode = manual",
            ),
            None => Ok(()),
        }
    }

    fn check_ranges(&self) -> Result<(), SetupError> {
        let timeout = i64::try_from(self.request_timeout_ms).unwrap_or(i64::MAX);
        let ranges = [
            ("max_age_s", self.max_age_s, 0, 400 * DAY_S),
            ("future_skew_s", self.future_skew_s, 0, DAY_S),
            ("exp_leeway_s", self.exp_leeway_s, 0, DAY_S),
            (
                "manual_max_amount",
                self.manual_max_amount.unwrap_or(1),
                1,
                100_000_000,
            ),
            ("settle_ms", self.settle_ms, 1_000, 3_600_000),
            (
                "key_retention_ms",
                self.key_retention_ms,
                60_000,
                90 * DAY_S * 1_000,
            ),
            ("busy_wait_ms", self.busy_wait_ms, 100, 60_000),
            ("request_timeout_ms", timeout, 100, 120_000),
        ];
        for (setting, value, least, most) in ranges {
            if !(least..=most).contains(&value) {
                return invalid(setting, &format!("must be from {least} to {most}"));
            }
        }
        Ok(())
    }

    /// How receipts are read. Key files are read here, once.
    pub fn receipts(&self) -> Result<Receipts, SetupError> {
        let algorithms: Vec<Algorithm> = self
            .jwt_algs
            .iter()
            .filter_map(|name| Algorithm::named(name))
            .collect();
        if algorithms.is_empty() || algorithms.len() != self.jwt_algs.len() {
            return invalid("jwt_algs", "must be from ES512, ES384 and ES256");
        }
        let keys = self.keys()?;
        if keys.is_empty() && !self.qr_formats.is_empty() {
            return invalid(
                "jwt_keys",
                "needs the service's public key; without a scanner set qr_formats to an empty list",
            );
        }
        let accepted = self.accepted_benefits.clone();
        Ok(Receipts {
            formats: self.qr_formats.clone(),
            fix_wedge_layout: self.fix_wedge_layout,
            keys: KeyRing::new(keys, algorithms),
            claims: self.claims.clone(),
            ids: IDS,
            rules: Rules {
                venues: std::iter::once(&self.venue_id)
                    .chain(&self.accepted_venues)
                    .cloned()
                    .collect(),
                benefits: accepted.unwrap_or_else(|| vec![self.benefit.clone()]),
                paid_statuses: self.paid_statuses.clone(),
                void_statuses: [&self.void_statuses[..], &self.refunded_statuses].concat(),
                accept_checkout: self.accept_checkout,
                age_max_s: self.max_age_s,
                future_skew_s: self.future_skew_s,
                expiry_leeway_s: self.exp_leeway_s,
                amount_policy: self.amount_policy,
            },
            environment: self
                .environment
                .clone()
                .unwrap_or_else(|| host(&self.base_url)),
        })
    }

    fn keys(&self) -> Result<Vec<PublicKey>, SetupError> {
        let mut keys: Vec<PublicKey> = Vec::with_capacity(self.jwt_keys.len());
        for (index, entry) in self.jwt_keys.iter().enumerate() {
            let problem = |what: &str| SetupError::Invalid {
                setting: "jwt_keys",
                problem: format!("key {}: {what}", index + 1),
            };
            let key = read_key(entry).map_err(|it| it.explained(problem))?;
            let double = key.kid.is_some() && keys.iter().any(|known| known.kid == key.kid);
            if double {
                return Err(problem("has the kid of another key"));
            }
            keys.push(key);
        }
        Ok(keys)
    }
}

/// A problem with the text of a key, or with getting at it.
enum KeyProblem {
    Text(&'static str),
    Source(SetupError),
}

impl KeyProblem {
    fn explained(self, explain: impl FnOnce(&str) -> SetupError) -> SetupError {
        match self {
            Self::Text(what) => explain(what),
            Self::Source(error) => error,
        }
    }
}

fn read_key(entry: &KeySettings) -> Result<PublicKey, KeyProblem> {
    let key = match (&entry.pem, &entry.jwk, &entry.file) {
        (Some(pem), None, None) => PublicKey::read(pem),
        (None, Some(jwk), None) => PublicKey::from_jwk(jwk),
        (None, None, Some(path)) => {
            let text = SecretSource::File(path.clone())
                .resolve()
                .map_err(|source| {
                    KeyProblem::Source(SetupError::Secret {
                        setting: "jwt_keys",
                        source,
                    })
                })?;
            PublicKey::read(text.reveal())
        }
        _ => Err("needs one of pem, jwk and file"),
    };
    let mut key = key.map_err(KeyProblem::Text)?;
    if let Some(kid) = &entry.kid {
        key.kid = Some(kid.clone());
    }
    if let Some(text) = &entry.not_after {
        let moment = OffsetDateTime::parse(text, &Rfc3339)
            .map_err(|_| KeyProblem::Text("has a not_after that is no time as in RFC 3339"))?;
        key.not_after = Some(moment.unix_timestamp().saturating_mul(1_000));
    }
    Ok(key)
}

fn invalid<T>(setting: &'static str, problem: &str) -> Result<T, SetupError> {
    Err(SetupError::Invalid {
        setting,
        problem: problem.to_owned(),
    })
}

fn is_header_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=64).contains(&name.len()) && name.bytes().all(plain)
}

/// The host of an address that was checked.
fn host(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    let host = authority
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host);
    host.to_owned()
}
