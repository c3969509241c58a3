//! From answers to verdicts. What is not understood stays unclear, and nothing unclear is paid.

use super::payment::{Change, Kind, Outcome, Seen};
use super::status::Class;
use super::{
    Asked, Credentials, Flow, REVERSAL_WAIT_MS, SmartPay, TOKEN_PLACE, escaped, link, wire,
};
use crate::provider::{Command, Context, HttpResponse, RefundWord, Statement, Verdict};
use crate::secret::Secret;
use crate::tender::{Amounts, Observation, Phase, Reason};

/// An attempt that has begun before a link's end, or is pending then, may still succeed: the longest
/// that is documented is half an hour (section 8).
const LINK_GRACE_MS: i64 = 30 * 60_000;
/// Clocks differ; a link is called worthless only this long after its end.
const EXPIRY_MARGIN_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;
/// Waits between cancels that are refused while a payment is pending.
const CANCEL_WAIT_MS: i64 = 1_000;
const CANCEL_WAIT_MAX_MS: i64 = 300_000;
/// Longer texts fit no code.
const CODE_LEN_MAX: usize = 2_000;

impl SmartPay {
    pub(super) fn read_success(
        &self,
        command: &Command<'_>,
        context: &Context<'_>,
        body: &[u8],
    ) -> Verdict {
        let asked = Asked::new(context, self.settings.flow);
        let verdict = match command {
            Command::Start { .. } if self.settings.flow == Flow::Link => {
                self.link_made(context, body)
            }
            Command::Start { .. } => self.checkout_made(body),
            Command::AskStatus if asked.by_link => self.link_read(&asked, context, body),
            Command::Cancel { .. } if asked.transaction.is_empty() => {
                self.link_given_up(&asked, context, body)
            }
            Command::AskStatus => self.status_read(&asked, context, body),
            Command::Capture { .. } => self.captured(&asked, context, body),
            Command::Cancel { only_unapproved } => {
                self.cancelled(&asked, context, body, *only_unapproved)
            }
            Command::Refund { amount } => self.refunded(&asked, context, body, *amount),
            Command::FindRefund { key_stem, amount } => {
                self.refund_found(&asked, context, body, key_stem, *amount)
            }
        };
        verdict.unwrap_or_else(|problem| problem)
    }

    fn link_made(&self, context: &Context<'_>, body: &[u8]) -> Result<Verdict, Verdict> {
        let nothing = Asked {
            link: "",
            transaction: "",
            by_link: true,
        };
        let link = link::Seen::read(body, &nothing, context, &self.names, &self.classes)?;
        let url = link.url.filter(|url| is_showable(url));
        let url = url.ok_or(Verdict::Unclear)?;
        Ok(observed(Phase::Open, Some(link.id)).with_code(&url))
    }

    fn checkout_made(&self, body: &[u8]) -> Result<Verdict, Verdict> {
        let created: wire::Created = serde_json::from_slice(body).map_err(|_| Verdict::Unclear)?;
        if !link::is_id(&created.transaction_id) || !is_showable(&created.checkout_token) {
            return Err(Verdict::Unclear);
        }
        let code = match &self.settings.widget_url_template {
            Some(template) => template.replace(TOKEN_PLACE, &escaped(&created.checkout_token)),
            None => created.checkout_token.clone(),
        };
        let class = created.payment_status.as_deref();
        let class = class.map_or(Class::Waiting, |word| self.classes.of(word));
        let mut opened = observed(Phase::Open, Some(created.transaction_id));
        // A new checkout waits; one that does not is looked at.
        opened.statement.ask_again = class != Class::Waiting;
        Ok(opened.with_code(&code))
    }

    fn link_read(
        &self,
        asked: &Asked<'_>,
        context: &Context<'_>,
        body: &[u8],
    ) -> Result<Verdict, Verdict> {
        let link = link::Seen::read(body, asked, context, &self.names, &self.classes)?;
        let (transaction, class) = match &link.latest {
            Some((transaction, class)) if !class.is_failed() => (transaction, *class),
            // A failed attempt does not end a link: the next one may pay.
            _ if self.is_link_over(&link, context) => {
                return Ok(observed(Phase::Expired, Some(link.id)).verdict());
            }
            _ => return Ok(observed(Phase::Open, Some(link.id)).verdict()),
        };
        if class == Class::Waiting {
            let name = format!("{}~{transaction}", link.id);
            return Ok(observed(Phase::Open, Some(name)).verdict());
        }
        let mut open = observed(
            Phase::Open,
            Some(asked.decided_by(transaction, self.settings.flow)),
        );
        open.statement.ask_again = true;
        Ok(open.verdict())
    }

    /// Links cannot be withdrawn; an attempt that goes on is cancelled next.
    fn link_given_up(
        &self,
        asked: &Asked<'_>,
        context: &Context<'_>,
        body: &[u8],
    ) -> Result<Verdict, Verdict> {
        let link = link::Seen::read(body, asked, context, &self.names, &self.classes)?;
        match &link.latest {
            Some((transaction, class)) if !class.is_failed() => {
                let sign = if *class == Class::Waiting { '~' } else { '/' };
                let name = format!("{}{sign}{transaction}", link.id);
                Ok(observed(Phase::Open, Some(name)).verdict())
            }
            _ if self.is_link_over(&link, context) => {
                Ok(observed(Phase::Expired, Some(link.id)).verdict())
            }
            _ => Ok(self.still_payable(link.expires_at, context)),
        }
    }

    fn is_link_over(&self, link: &link::Seen, context: &Context<'_>) -> bool {
        let ends_at = link.expires_at.unwrap_or(self.link_ends_at(context));
        ends_at.saturating_add(EXPIRY_MARGIN_MS) <= context.now_ms
    }

    /// As late as it can be, for want of a word of the provider.
    fn link_ends_at(&self, context: &Context<'_>) -> i64 {
        let valid_ms = self.settings.link_validity_h.saturating_mul(HOUR_MS);
        let made_by = context
            .begun_at
            .saturating_add(self.capabilities.start_within_ms);
        made_by.saturating_add(valid_ms)
    }

    fn still_payable(&self, expires_at: Option<i64>, context: &Context<'_>) -> Verdict {
        let ends_at = expires_at.unwrap_or(self.link_ends_at(context));
        Verdict::StillPayable {
            until_ms: ends_at.saturating_add(LINK_GRACE_MS),
        }
    }

    fn seen(&self, asked: &Asked<'_>, context: &Context<'_>, body: &[u8]) -> Result<Seen, Verdict> {
        Seen::read(body, asked, context, &self.classes)
    }

    fn status_read(
        &self,
        asked: &Asked<'_>,
        context: &Context<'_>,
        body: &[u8],
    ) -> Result<Verdict, Verdict> {
        let seen = self.seen(asked, context, body)?;
        // What is under way by our own doing is waited for, and not done again meanwhile.
        if seen.is_capturing() && !self.settings.auto_capture {
            return Ok(Verdict::Busy {
                after_ms: Some(self.pending_wait_ms()),
                new_key: false,
            });
        }
        if seen.is_reversing() {
            return Ok(Verdict::Busy {
                after_ms: Some(REVERSAL_WAIT_MS),
                new_key: false,
            });
        }
        if self.may_be_tried_again(&seen, asked) {
            let name = asked.link.to_owned();
            return Ok(observed(Phase::Open, Some(name)).verdict());
        }
        Ok(self.statement(&seen, asked))
    }

    /// A failed attempt does not end a link. One that was approved has served its purpose; where the
    /// provider captures by itself nobody was told so yet.
    fn may_be_tried_again(&self, seen: &Seen, asked: &Asked<'_>) -> bool {
        let settings = &self.settings;
        let told = seen.was_authorized && (!settings.auto_capture || settings.accept_authorized);
        let untouched = seen.amounts.captured == 0 && !told;
        seen.class.is_failed() && untouched && !asked.link.is_empty()
    }

    fn pending_wait_ms(&self) -> i64 {
        let window_ms = self.settings.pending_window_s.saturating_mul(1_000);
        window_ms / i64::from(self.settings.pending_retries.max(1))
    }

    fn captured(
        &self,
        asked: &Asked<'_>,
        context: &Context<'_>,
        body: &[u8],
    ) -> Result<Verdict, Verdict> {
        let seen = self.seen(asked, context, body)?;
        Ok(self.statement(&seen, asked))
    }

    fn cancelled(
        &self,
        asked: &Asked<'_>,
        context: &Context<'_>,
        body: &[u8],
        only_unapproved: bool,
    ) -> Result<Verdict, Verdict> {
        let seen = self.seen(asked, context, body)?;
        // Accepted, and not carried out: the payment itself tells when it is.
        if seen.is_reversing() {
            return Err(Verdict::Unclear);
        }
        if only_unapproved && self.may_be_tried_again(&seen, asked) {
            return Ok(self.still_payable(None, context));
        }
        Ok(self.statement(&seen, asked))
    }

    /// The payment's phase in our words (section 8).
    fn statement(&self, seen: &Seen, asked: &Asked<'_>) -> Verdict {
        let mut amounts = seen.amounts;
        let settings = &self.settings;
        let phase = match seen.class {
            Class::Waiting => Phase::Open,
            Class::Pending | Class::Unknown => Phase::Unsure,
            Class::Authorized if !settings.auto_capture || amounts.captured > 0 => Phase::Approved,
            Class::Authorized if settings.accept_authorized => {
                amounts.captured = amounts.authorized;
                Phase::Approved
            }
            Class::Authorized => Phase::Unsure,
            Class::Declined => Phase::Declined,
            // A part may have been taken before the rest was released.
            Class::Cancelled if amounts.captured > 0 => Phase::Approved,
            Class::Cancelled => Phase::Cancelled,
            Class::Expired => Phase::Expired,
            Class::Captured
            | Class::Settled
            | Class::PartlyRefunded
            | Class::Refunded
            | Class::Disputed => Phase::Approved,
        };
        if !matches!(phase, Phase::Approved | Phase::Cancelled) {
            amounts = Amounts::default();
        }
        let name = if phase == Phase::Open && !asked.link.is_empty() {
            format!("{}~{}", asked.link, asked.transaction)
        } else {
            asked.decided_by(asked.transaction, settings.flow)
        };
        let mut statement = observed(phase, Some(name));
        statement.statement.observation.amounts = amounts;
        statement.statement.observation.support = seen.support.clone();
        if phase == Phase::Declined {
            statement.statement.observation.reason = Some(Reason::PaymentDeclined);
        }
        statement.verdict()
    }

    fn refunded(
        &self,
        asked: &Asked<'_>,
        context: &Context<'_>,
        body: &[u8],
        amount: i64,
    ) -> Result<Verdict, Verdict> {
        let seen = self.seen(asked, context, body)?;
        let is_ours = |it: &&Change| it.kind == Kind::Refund && it.id == context.idempotency_key;
        let refund = seen.changes.iter().find(is_ours).ok_or(Verdict::Unclear)?;
        Ok(Verdict::Refund(word(refund, amount)?))
    }

    fn refund_found(
        &self,
        asked: &Asked<'_>,
        context: &Context<'_>,
        body: &[u8],
        key_stem: &str,
        amount: i64,
    ) -> Result<Verdict, Verdict> {
        let seen = self.seen(asked, context, body)?;
        let refunds = seen.changes.iter().filter(|it| it.kind == Kind::Refund);
        let ours: Vec<&Change> = refunds
            .clone()
            .filter(|it| !key_stem.is_empty() && it.id.starts_with(key_stem))
            .collect();
        // Several rounds of one refund: what was carried out outweighs what was not.
        for outcome in [Outcome::Done, Outcome::Pending, Outcome::Failed] {
            if let Some(refund) = ours.iter().find(|it| it.outcome == outcome) {
                return Ok(Verdict::Refund(word(refund, amount)?));
            }
        }
        // A payment that was refunded by nobody does not list its refunds: ours may be among them.
        let unlisted = refunds.count() == 0
            && matches!(
                seen.class,
                Class::Refunded | Class::PartlyRefunded | Class::Pending | Class::Unknown
            );
        if unlisted {
            return Err(Verdict::Unclear);
        }
        Ok(Verdict::Refund(RefundWord::NotThere))
    }

    /// Section 12.
    pub(super) fn read_refusal(
        &self,
        command: &Command<'_>,
        context: &Context<'_>,
        response: &HttpResponse,
    ) -> Verdict {
        let asked = Asked::new(context, self.settings.flow);
        // Giving up a link before anybody has tried it is a question, too.
        let question = match command {
            Command::AskStatus | Command::FindRefund { .. } => true,
            Command::Cancel { .. } => asked.transaction.is_empty(),
            _ => false,
        };
        let status = response.status;
        let number = wire::error_number(&response.body);
        let refused = |reason| Verdict::Refused {
            reason,
            code: number.unwrap_or(u32::from(status)),
        };
        let starting = matches!(command, Command::Start { .. });
        match status {
            401 if matches!(self.credentials, Credentials::Fetched { .. }) => Verdict::TokenRefused,
            429 => Verdict::Busy {
                after_ms: response.retry_after_ms(),
                new_key: false,
            },
            // Nothing is ever absent here: what was begun has a name that the provider gave.
            _ if question => Verdict::Unclear,
            401 => refused(Reason::CredentialsRejected),
            403 => refused(Reason::PermissionMissing),
            404 if starting => refused(Reason::MerchantSetup),
            404 => Verdict::AskFirst,
            400 | 409 | 422 if starting => refused(Reason::RequestRefused),
            400 | 409 | 422 => modification_refused(command, context, refused),
            _ => Verdict::Unclear,
        }
    }
}

/// Not carried out, and the payment is not what the request assumed, so it is read before anything
/// else. A refusal may stick to its id (section 5.7), hence a new one for the next try. The engine
/// reads the payment after a refused capture by itself; what is refused twice stays refused, except
/// a cancel that a customer in the middle of paying keeps from happening.
fn modification_refused(
    command: &Command<'_>,
    context: &Context<'_>,
    refused: impl Fn(Reason) -> Verdict,
) -> Verdict {
    let round = round_of(context.idempotency_key);
    let wait_ms = CANCEL_WAIT_MS << round.saturating_sub(1).min(9);
    match command {
        Command::Cancel {
            only_unapproved: true,
        } => Verdict::Busy {
            after_ms: Some(wait_ms.min(CANCEL_WAIT_MAX_MS)),
            new_key: true,
        },
        Command::Refund { .. } if round <= 1 => Verdict::Busy {
            after_ms: Some(CANCEL_WAIT_MS),
            new_key: true,
        },
        _ => refused(Reason::RequestRefused),
    }
}

/// Keys end with the number of their round.
fn round_of(key: &str) -> u32 {
    let round = key.rsplit_once('-').map(|(_, round)| round.parse());
    round.and_then(Result::ok).unwrap_or(1)
}

/// A refund of another amount under our id is not ours.
fn word(refund: &Change, amount: i64) -> Result<RefundWord, Verdict> {
    if refund.amount.is_some_and(|seen| seen != amount) {
        return Err(Verdict::Mismatch);
    }
    let reference = Some(refund.id.clone());
    Ok(match refund.outcome {
        Outcome::Done => RefundWord::Executed { reference },
        Outcome::Pending => RefundWord::Pending { reference },
        Outcome::Failed => RefundWord::Refused {
            reason: Reason::RequestRefused,
            code: 0,
        },
    })
}

/// Addresses and tokens: printable, and short enough for a code.
fn is_showable(text: &str) -> bool {
    (1..=CODE_LEN_MAX).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_graphic())
}

/// A statement in the making.
struct Observed {
    statement: Statement,
}

fn observed(phase: Phase, provider_reference: Option<String>) -> Observed {
    Observed {
        statement: Statement {
            observation: Observation {
                phase,
                amounts: Amounts::default(),
                provider_reference,
                reason: None,
                support: Default::default(),
            },
            ask_again: false,
            qr_text: None,
        },
    }
}

impl Observed {
    fn with_code(mut self, code: &str) -> Verdict {
        self.statement.qr_text = Some(Secret::new(code));
        self.verdict()
    }

    fn verdict(self) -> Verdict {
        Verdict::Observed(self.statement)
    }
}
