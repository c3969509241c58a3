//! Access tokens: one for each profile, kept for its whole life, fetched by one request at a time.

use super::core::{Core, Exchange};
use super::{Effect, ExchangeId, LogLevel, LogLine};
use crate::provider::{HttpResponse, NoResponse, Provider, TokenVerdict};
use crate::secret::Secret;
use crate::tender::{LatePolicy, Reason};

/// A token is renewed this long before its end, or at a tenth of a shorter life.
const RENEW_BEFORE_MS: i64 = 600_000;

/// Rejected credentials are tried again after this long: somebody may be mending the set-up.
const REFUSED_RETRY_MS: i64 = 60_000;

/// A smaller difference than this may be the answer's way and the header's whole seconds.
const SKEW_LEAST_MS: i64 = 5_000;

pub(super) struct Profile {
    pub provider: Box<dyn Provider>,
    pub late: Option<LatePolicy>,
    token: Option<(Secret, i64)>,
    fetching: Option<ExchangeId>,
    failures: u32,
    retry_at: i64,
    /// Why there is no token, after the provider said so.
    pub refused: Option<Reason>,
    pub last_answer_at: i64,
    pub last_failure: Option<(Reason, i64)>,
    pub push_refused_at: i64,
    /// How far the provider's clock is ahead of ours, as its latest answer said.
    pub skew_ms: i64,
}

impl Profile {
    pub fn new(provider: Box<dyn Provider>, late: Option<LatePolicy>) -> Self {
        Self {
            provider,
            late,
            token: None,
            fetching: None,
            failures: 0,
            retry_at: 0,
            refused: None,
            last_answer_at: 0,
            last_failure: None,
            push_refused_at: 0,
            skew_ms: 0,
        }
    }

    /// The time by the provider's clock. Tills have bad clocks; a second more or less is the way.
    pub fn provider_time(&self, now: i64) -> i64 {
        now.saturating_add(self.ahead_ms())
    }

    pub fn ahead_ms(&self) -> i64 {
        if self.skew_ms.abs() < SKEW_LEAST_MS {
            0
        } else {
            self.skew_ms
        }
    }

    pub fn token(&self, now: i64) -> Option<&Secret> {
        self.token
            .as_ref()
            .filter(|(_, until)| now < *until)
            .map(|(token, _)| token)
    }

    pub fn token_word(&self, now: i64) -> &'static str {
        match (self.token(now), self.refused, self.fetching) {
            (Some(_), ..) => "valid",
            (None, Some(_), _) => "refused",
            (None, None, Some(_)) => "being fetched",
            (None, None, None) => "none",
        }
    }
}

impl Core {
    /// `Ok` when a request can carry a token now; otherwise when to look again.
    pub(super) fn ensure_token(&mut self, profile: &str, now: i64) -> Result<(), i64> {
        let exchange = ExchangeId(self.number());
        let Some(session) = self.profiles.get_mut(profile) else {
            return Err(i64::MAX);
        };
        if session.token(now).is_some() {
            return Ok(());
        }
        let Some(request) = session.provider.token_request() else {
            return Ok(());
        };
        if session.fetching.is_some() {
            return Err(i64::MAX);
        }
        if now < session.retry_at {
            return Err(session.retry_at);
        }
        session.token = None;
        session.fetching = Some(exchange);
        self.exchanges.insert(
            exchange,
            Exchange::Token {
                profile: profile.to_owned(),
            },
        );
        self.effects.push(Effect::Send {
            exchange,
            about: None,
            request,
        });
        Err(i64::MAX)
    }

    /// The token was not accepted somewhere else: the next request fetches a new one.
    pub(super) fn drop_token(&mut self, profile: &str) {
        if let Some(session) = self.profiles.get_mut(profile) {
            session.token = None;
        }
    }

    pub(super) fn token_answered(
        &mut self,
        profile: &str,
        result: Result<HttpResponse, NoResponse>,
        now: i64,
    ) {
        let jitter = self.jitter_permille();
        let Some(session) = self.profiles.get_mut(profile) else {
            return;
        };
        session.fetching = None;
        let verdict = match &result {
            Ok(response) => session.provider.read_token(response),
            Err(_) => TokenVerdict::Unclear,
        };
        if result.is_ok() {
            session.last_answer_at = now;
        }
        match verdict {
            TokenVerdict::Token { token, life_ms } => {
                let margin = RENEW_BEFORE_MS.min(life_ms / 10);
                session.token = Some((token, now.saturating_add(life_ms).saturating_sub(margin)));
                session.failures = 0;
                session.retry_at = 0;
                session.refused = None;
            }
            TokenVerdict::Refused { reason } => {
                session.refused = Some(reason);
                session.last_failure = Some((reason, now));
                session.retry_at = now.saturating_add(REFUSED_RETRY_MS);
                let line = LogLine::new(LogLevel::Warn, "token-refused");
                self.log(line.word("reason", reason.key()));
            }
            TokenVerdict::Unclear => {
                let reason = if result.is_ok() {
                    Reason::ProviderError
                } else {
                    Reason::NetworkDown
                };
                session.failures = session.failures.saturating_add(1);
                session.last_failure = Some((reason, now));
                session.retry_at =
                    now.saturating_add(super::sending::backoff_ms(session.failures, jitter));
                let line = LogLine::new(LogLevel::Warn, "token-unavailable");
                self.log(line.word("reason", reason.key()));
            }
        }
        self.touch_profile(profile);
    }
}
