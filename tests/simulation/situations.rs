//! Named situations, counted while a run goes on: a random run in which one of them never came
//! about proves nothing about it. They watch only; no run depends on them.

use crate::checker::Checker;
use crate::wire::reference_of;
use payments::engine::ExchangeId;
use payments::journal::{Batch, Fact};
use payments::provider::{HttpRequest, HttpResponse, Method, NoResponse};
use payments::tender::refund::{RefundEvent, RefundStanding};
use payments::tender::{self, Event, OperationId, Phase, Standing, State, Tender, Wish};
use sandbox::{LedgerRow, Outcome};
use std::collections::{BTreeMap, BTreeSet};

/// Points after a start within which the start is still being recovered from.
const RECOVERY_POINTS: u64 = 30;
const LONG_DOWN_MS: i64 = 14 * 86_400_000;
/// A customer this close to the end of the window is at its edge.
const EDGE_MS: i64 = 1_000;

macro_rules! situations {
    ($($name:ident)*) => {
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Situation { $($name),* }

        impl Situation {
            pub const ALL: &'static [Situation] = &[$(Self::$name),*];
        }
    };
}

situations! {
    CrashBeforeCreateArrived
    CrashAfterCreateExecutedUnseen
    CrashAfterCaptureExecutedUnseen
    CrashAfterCancelExecutedUnseen
    CrashAfterRefundExecutedUnseen
    CrashInACommitThatWasWritten
    CrashInACommitThatWasLost
    CrashAfterApprovalUnseen
    CrashBetweenPaidAndReceipt
    CrashWhileCancelling
    CrashDuringRecovery
    TwoCrashesInOneTender
    TwoWeeksOffWithSomethingUnfinished
    RequestOfADeadProcessExecuted
    StartLostNothingCreated
    StartLostCreated
    CaptureAnswerLost
    RefundAnswerLostThenRestart
    ErrorSaidThoughExecuted
    CancelOvertakenByApproval
    CancelAfterApprovalUnseen
    LateApprovalAfterCancelAndRestart
    ApprovalAtTheEdgeOfTheWindow
    TokenExpiredMidPayment
    RefusedBy429
    RefusedBy423
    JustCreatedNotFound
    StaleReadAfterApproval
    DiskFullMidTender
    RefundOfARecoveredPayment
    RefundBegunTwiceOver
    PartOfTheAmountCaptured
    FallbackAfterARefusedPush
}

/// A request without an answer so far.
struct UnderWay {
    act: &'static str,
    reference: String,
    executed: bool,
}

#[derive(Default)]
pub struct Situations {
    pub counts: BTreeMap<Situation, u64>,
    under_way: BTreeMap<(u32, ExchangeId), UnderWay>,
    /// By reference and name: how many operations the provider's log holds.
    logged: BTreeMap<(String, &'static str), usize>,
    cancelled_in: BTreeMap<OperationId, u32>,
    crashes: BTreeMap<OperationId, u32>,
    lost_refunds: BTreeSet<String>,
    started_at_point: u64,
    started_unfinished: bool,
}

/// What is known of the moment at which the process ends.
pub struct Death<'a> {
    pub epoch: u32,
    pub points: u64,
    pub down_ms: i64,
    /// Whether a commit was under way, and then whether it was still written.
    pub commit: Option<bool>,
    pub rows: &'a [LedgerRow],
    pub check: &'a Checker,
}

impl Situations {
    fn saw(&mut self, situation: Situation) {
        *self.counts.entry(situation).or_default() += 1;
    }

    pub fn started(&mut self, points: u64, check: &Checker) {
        self.started_at_point = points;
        self.started_unfinished = check.tenders.values().any(is_unfinished);
    }

    pub fn sent(&mut self, epoch: u32, exchange: ExchangeId, request: &HttpRequest) {
        let Some(reference) = reference_of(request) else {
            return;
        };
        let under_way = UnderWay {
            act: act_of(request),
            reference,
            executed: false,
        };
        self.under_way.insert((epoch, exchange), under_way);
    }

    /// The request has reached the provider; `rows` are its books after that.
    pub fn arrived(
        &mut self,
        (epoch, now_epoch): (u32, u32),
        exchange: ExchangeId,
        outcome: &Outcome,
        rows: &[LedgerRow],
    ) {
        let Some(request) = self.under_way.get(&(epoch, exchange)) else {
            return;
        };
        let (act, reference) = (request.act, request.reference.clone());
        let before = self.logged.get(&(reference.clone(), act)).copied();
        self.count_log(rows);
        let executed = self.logged.get(&(reference.clone(), act)).copied() > before;
        if let Some(request) = self.under_way.get_mut(&(epoch, exchange)) {
            request.executed = executed;
        }
        if executed && epoch != now_epoch {
            self.saw(Situation::RequestOfADeadProcessExecuted);
        }
        match (outcome, act) {
            (Outcome::RequestLost, "CREATED") => self.saw(Situation::StartLostNothingCreated),
            (Outcome::AnswerLost, "CREATED") if executed => self.saw(Situation::StartLostCreated),
            (Outcome::AnswerLost, "CAPTURED") if executed => self.saw(Situation::CaptureAnswerLost),
            (Outcome::Answer { response, .. }, _)
                if executed && response.status().as_u16() >= 500 =>
            {
                self.saw(Situation::ErrorSaidThoughExecuted);
            }
            (Outcome::Answer { response, .. }, "READ") => {
                let row = rows.iter().find(|row| row.reference == reference);
                let status = response.status().as_u16();
                let says_created = String::from_utf8_lossy(response.body()).contains("\"CREATED\"");
                if status == 404 && row.is_some() {
                    self.saw(Situation::JustCreatedNotFound);
                } else if says_created && row.is_some_and(|row| row.authorized > 0) {
                    self.saw(Situation::StaleReadAfterApproval);
                }
            }
            _ => {}
        }
    }

    pub fn count_log(&mut self, rows: &[LedgerRow]) {
        for row in rows {
            for name in ["CREATED", "CAPTURED", "CANCELLED", "REFUNDED"] {
                let events = row
                    .events
                    .iter()
                    .filter(|event| event.name == name && event.success);
                self.logged
                    .insert((row.reference.clone(), name), events.count());
            }
        }
    }

    /// The process has its answer, or knows that none will come.
    pub fn answered(
        &mut self,
        epoch: u32,
        exchange: ExchangeId,
        result: &Result<HttpResponse, NoResponse>,
        check: &Checker,
    ) {
        let Some(request) = self.under_way.remove(&(epoch, exchange)) else {
            return;
        };
        let open = check.tender_of(&request.reference).is_some_and(|(_, it)| {
            matches!(it.standing, Standing::Open { .. } | Standing::Approved)
        });
        match result.as_ref().map(|response| response.status) {
            Ok(401) if open => self.saw(Situation::TokenExpiredMidPayment),
            Ok(429) => self.saw(Situation::RefusedBy429),
            Ok(423) => self.saw(Situation::RefusedBy423),
            Err(_) if request.act == "REFUNDED" && request.executed => {
                self.lost_refunds.insert(request.reference);
            }
            _ => {}
        }
    }

    pub fn customer(&mut self, now: i64, row: Option<&LedgerRow>) {
        if row.is_some_and(|row| (now - row.expires_ms).abs() <= EDGE_MS) {
            self.saw(Situation::ApprovalAtTheEdgeOfTheWindow);
        }
    }

    pub fn disk_full(&mut self, check: &Checker) {
        if check.tenders.values().any(is_unfinished) {
            self.saw(Situation::DiskFullMidTender);
        }
    }

    /// `check` does not hold the batch yet.
    pub fn writes(&mut self, epoch: u32, batch: &Batch, check: &Checker, rows: &[LedgerRow]) {
        for entry in &batch.entries {
            let before = check.tenders.get(&entry.operation);
            match (&entry.fact, before) {
                (Fact::Tender(event), Some(tender)) => {
                    self.tender_event(epoch, entry.operation, event, tender, rows);
                }
                (Fact::Refund(RefundEvent::RefundBegun { intent }), _) => {
                    let tender = intent.tender_id.and_then(|id| check.tenders.get(&id));
                    if tender.is_some_and(|tender| tender.found_after_restart) {
                        self.saw(Situation::RefundOfARecoveredPayment);
                    }
                    let same =
                        |it: &tender::refund::Refund| it.intent.reference == intent.reference;
                    if check.refunds.values().any(same) {
                        self.saw(Situation::RefundBegunTwiceOver);
                    }
                }
                _ => {}
            }
        }
    }

    fn tender_event(
        &mut self,
        epoch: u32,
        id: OperationId,
        event: &Event,
        tender: &Tender,
        rows: &[LedgerRow],
    ) {
        match event {
            Event::CancelRequested { .. } => {
                self.cancelled_in.insert(id, epoch);
                let reference = &tender.intent.reference;
                let row = rows.iter().find(|row| row.reference == *reference);
                let unseen = !matches!(tender.standing, Standing::Approved);
                if unseen && row.is_some_and(|row| row.authorized > 0) {
                    self.saw(Situation::CancelAfterApprovalUnseen);
                }
            }
            Event::Observed { observation, .. } if observation.phase == Phase::Approved => {
                let news = !matches!(tender.standing, Standing::Approved);
                if news && matches!(tender.wish, Wish::Cancel(_)) {
                    self.saw(Situation::CancelOvertakenByApproval);
                    if self.cancelled_in.get(&id).is_some_and(|then| *then < epoch) {
                        self.saw(Situation::LateApprovalAfterCancelAndRestart);
                    }
                }
            }
            Event::CapturePart { .. } => self.saw(Situation::PartOfTheAmountCaptured),
            Event::Prepared { attempt: 2.., .. } => self.saw(Situation::FallbackAfterARefusedPush),
            _ => {}
        }
    }

    /// Before the batch under way is folded, if it still was written.
    pub fn died(&mut self, death: &Death) {
        match death.commit {
            Some(true) => self.saw(Situation::CrashInACommitThatWasWritten),
            Some(false) => self.saw(Situation::CrashInACommitThatWasLost),
            None => {}
        }
        if self.started_unfinished && death.points < self.started_at_point + RECOVERY_POINTS {
            self.saw(Situation::CrashDuringRecovery);
        }
        self.died_with_requests(death);
        let mut unfinished = 0;
        for (id, tender) in &death.check.tenders {
            unfinished += usize::from(is_unfinished(tender));
            self.died_with_tender(death, *id, tender);
        }
        if unfinished > 0 && death.down_ms >= LONG_DOWN_MS {
            self.saw(Situation::TwoWeeksOffWithSomethingUnfinished);
        }
    }

    fn died_with_requests(&mut self, death: &Death) {
        let of_this = self
            .under_way
            .iter()
            .filter(|((epoch, _), _)| *epoch == death.epoch);
        let acts: Vec<_> = of_this.map(|(_, it)| (it.act, it.executed)).collect();
        for act in acts {
            match act {
                ("CREATED", false) => self.saw(Situation::CrashBeforeCreateArrived),
                ("CREATED", true) => self.saw(Situation::CrashAfterCreateExecutedUnseen),
                ("CAPTURED", true) => self.saw(Situation::CrashAfterCaptureExecutedUnseen),
                ("CANCELLED", true) => self.saw(Situation::CrashAfterCancelExecutedUnseen),
                ("REFUNDED", true) => self.saw(Situation::CrashAfterRefundExecutedUnseen),
                _ => {}
            }
        }
        let unsure = death.check.refunds.values().filter(|refund| {
            matches!(refund.standing, RefundStanding::Unsure { .. })
                && self.lost_refunds.contains(&refund.intent.reference)
        });
        if unsure.count() > 0 {
            self.saw(Situation::RefundAnswerLostThenRestart);
        }
    }

    fn died_with_tender(&mut self, death: &Death, id: OperationId, tender: &Tender) {
        if tender::state(tender) == State::Paid && tender.confirmed.is_none() {
            self.saw(Situation::CrashBetweenPaidAndReceipt);
        }
        if !is_unfinished(tender) {
            return;
        }
        let reference = &tender.intent.reference;
        let row = death.rows.iter().find(|row| row.reference == *reference);
        let open = matches!(tender.standing, Standing::Open { .. } | Standing::Unsure(_));
        if open && row.is_some_and(|row| row.authorized > 0) {
            self.saw(Situation::CrashAfterApprovalUnseen);
        }
        if matches!(tender.wish, Wish::Cancel(_)) {
            self.saw(Situation::CrashWhileCancelling);
        }
        let crashes = self.crashes.entry(id).or_default();
        *crashes += 1;
        if *crashes == 2 {
            self.saw(Situation::TwoCrashesInOneTender);
        }
    }
}

fn is_unfinished(tender: &Tender) -> bool {
    !tender::state(tender).is_final()
}

/// Named as the provider's log names what comes of it.
fn act_of(request: &HttpRequest) -> &'static str {
    match request.url.rsplit('/').next().unwrap_or("") {
        _ if request.method == Method::Get => "READ",
        "payments" => "CREATED",
        "capture" => "CAPTURED",
        "cancel" => "CANCELLED",
        "refund" => "REFUNDED",
        _ => "OTHER",
    }
}
