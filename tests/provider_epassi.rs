//! Epassi: amounts entered by hand, each verification code once a day at a location.

use payments::engine::{
    BeginRequest, CallError, Core, CoreRules, Effect, HostCall, Input, ManualAmount, RefundRequest,
    Reply, Ticket, View,
};
use payments::journal::Journal;
use payments::journal::memory::MemoryJournal;
use payments::provider::epassi::{Epassi, Settings};
use payments::provider::registry::{self, Profile};
use payments::provider::{
    ApproachWish, BuildRules, ManualClaim, ManualEntry, Provider, RefundDetails, ScanOrder,
    Scanned, TenderDetails,
};
use payments::tender::{Assurance, Choice, Currency, IdSource, Money, OperationId, Reason, State};
use payments::text::{Language, Texts};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Mon, 19 Jan 2026 15:25:44 GMT
const NOW_MS: i64 = 1_768_836_344_000;
const DAY_MS: i64 = 86_400_000;

fn settings_with(changes: &Value) -> Value {
    let mut settings = json!({"site": "10042"});
    for (name, value) in changes.as_object().unwrap() {
        settings[name] = value.clone();
    }
    settings
}

fn try_build(changes: &Value) -> Result<Epassi, String> {
    let settings: Settings =
        serde_json::from_value(settings_with(changes)).map_err(|error| error.to_string())?;
    Epassi::new(&settings).map_err(|error| error.to_string())
}

fn money(minor: i64, currency: &str) -> Money {
    Money::new(minor, Currency::from_code(currency).unwrap())
}

fn details(text: &Value) -> TenderDetails {
    serde_json::from_value(text.clone()).unwrap()
}

/// What an entry of 8.00 of 10.00 is claimed as, or the field that is wrong.
fn enter(
    changes: &Value,
    code: Option<&str>,
    with: &Value,
    now_ms: i64,
) -> Result<ManualClaim, &'static str> {
    let epassi = try_build(changes).unwrap_or_else(|error| panic!("{changes}: {error}"));
    let entry = ManualEntry {
        amount: money(800, "EUR"),
        due: money(1_000, "EUR"),
        transaction: code,
        operator: "anna",
        details: &details(with),
        now_ms,
    };
    epassi.manual(&entry).map_err(|invalid| invalid.field)
}

fn claim(code: &str, date: &str) -> ManualClaim {
    ManualClaim {
        transaction: Some(String::from(code)),
        claim: Some(format!("epassi:10042:{code}:{date}")),
    }
}

#[test]
fn settings_are_checked() {
    assert!(try_build(&json!({})).is_ok());
    let long = "1".repeat(65);
    for (changes, named) in [
        (json!({"site": ""}), "site"),
        (json!({"site": "100:42"}), "site"),
        (json!({"site": long}), "site"),
        (json!({"manual_max_amount": 0}), "manual_max_amount"),
        (json!({"code_len_min": 0}), "code_len_min"),
        (
            json!({"code_len_min": 9, "code_len_max": 8}),
            "code_len_max",
        ),
        (json!({"code_len_max": 65}), "code_len_max"),
        (
            json!({"base_url": "https://services.epassi.fi"}),
            "base_url",
        ),
    ] {
        let refused = try_build(&changes).err().unwrap_or_default();
        assert!(refused.contains(named), "{changes}: {refused}");
    }
}

#[test]
fn a_code_is_claimed_with_its_location_and_day() {
    let nothing = json!({});
    let day = claim("AB12C", "2026-01-19");
    for typed in ["AB12C", " ab12c\n", "Ab12c"] {
        let entered = enter(&nothing, Some(typed), &nothing, NOW_MS);
        assert_eq!(entered, Ok(day.clone()), "{typed:?}");
    }
    let other_site = enter(&json!({"site": "7"}), Some("AB12C"), &nothing, NOW_MS).unwrap();
    assert_eq!(other_site.claim.unwrap(), "epassi:7:AB12C:2026-01-19");
    // In Helsinki it is two hours later, three in summer.
    let midnight_ms = 1_768_860_000_000;
    let summer_ms = 1_784_494_800_000;
    for (now_ms, date) in [
        (midnight_ms - 1, "2026-01-19"),
        (midnight_ms, "2026-01-20"),
        (summer_ms - 1, "2026-07-19"),
        (summer_ms, "2026-07-20"),
    ] {
        let entered = enter(&nothing, Some("AB12C"), &nothing, now_ms);
        assert_eq!(entered, Ok(claim("AB12C", date)), "{now_ms}");
    }
}

#[test]
fn entries_by_hand_follow_the_rules_of_the_shop() {
    let nothing = json!({});
    let (long, longest) = ("1".repeat(33), "1".repeat(32));
    for code in [
        None,
        Some(""),
        Some("  "),
        Some("A-12"),
        Some("A 12"),
        Some("ÄÄKK"),
    ] {
        assert_eq!(enter(&nothing, code, &nothing, NOW_MS), Err("transaction"));
    }
    assert!(enter(&nothing, Some("123"), &nothing, NOW_MS).is_err());
    assert!(enter(&nothing, Some(&long), &nothing, NOW_MS).is_err());
    assert!(enter(&nothing, Some(&longest), &nothing, NOW_MS).is_ok());
    let six = json!({"code_len_min": 6, "code_len_max": 6});
    assert!(enter(&six, Some("12345"), &nothing, NOW_MS).is_err());
    assert!(enter(&six, Some("123456"), &nothing, NOW_MS).is_ok());
    let strict = json!({"manual_require_supervisor": true});
    let supervisor = |name: &str| json!({"manual": {"supervisor": name}});
    let field = "details.manual.supervisor";
    assert_eq!(enter(&strict, Some("1234"), &nothing, NOW_MS), Err(field));
    let herself = supervisor("anna");
    assert_eq!(enter(&strict, Some("1234"), &herself, NOW_MS), Err(field));
    assert!(enter(&strict, Some("1234"), &supervisor("berit"), NOW_MS).is_ok());
    for (changes, with, field) in [
        (json!({"manual_max_amount": 799}), json!({}), "amount"),
        (json!({}), json!({"eligible_amount": 799}), "amount"),
        (
            json!({}),
            json!({"manual": {"reason": "?"}}),
            "details.manual.reason",
        ),
    ] {
        let entered = enter(&changes, Some("1234"), &with, NOW_MS);
        assert_eq!(entered, Err(field), "{changes} {with}");
    }
    let exact = json!({"manual_max_amount": 800});
    let fits = json!({"eligible_amount": 800, "manual": {"reason": "other"}});
    assert!(enter(&exact, Some("1234"), &fits, NOW_MS).is_ok());
}

#[test]
fn nothing_that_is_scanned_is_a_payment() {
    let epassi = try_build(&json!({})).unwrap();
    assert_eq!(epassi.default_approach(), ApproachWish::Scan);
    let details = TenderDetails::default();
    let order = ScanOrder {
        due: money(1_000, "EUR"),
        sale_total: None,
        details: &details,
        now_ms: NOW_MS,
    };
    for text in ["AB12C", "https://www.epassi.fi/r/AB12C", "e.y.J"] {
        assert!(matches!(epassi.look_at(text, &order), Scanned::NotOurs));
    }
}

struct Counting(u8);

impl IdSource for Counting {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 = self.0.wrapping_add(37);
            *byte = self.0;
        }
    }
}

/// A till with a journal that never fails, and no network.
struct Till {
    core: Core,
    journal: MemoryJournal,
    views: BTreeMap<OperationId, View>,
    now_ms: i64,
    /// Requests that would have been sent.
    sent: usize,
}

impl Till {
    fn new() -> Till {
        Till::over(MemoryJournal::default(), NOW_MS)
    }

    /// The process starts, with what an earlier one has written.
    fn over(mut journal: MemoryJournal, now_ms: i64) -> Till {
        let read = registry::settings("epassi", settings_with(&json!({})));
        let settings = read.expect("a known provider").expect("good settings");
        let profile = Profile {
            name: String::from("epassi"),
            provider: settings.build(&BuildRules::default()).unwrap(),
            late: settings.late_approval(),
        };
        let rules = CoreRules {
            attended: true,
            open_operations_max: 64,
        };
        let texts = Texts::new(Language::English, &BTreeMap::new()).unwrap();
        let last_id = journal.last_id().unwrap();
        let ids = Counting(u8::try_from(last_id).unwrap());
        let mut till = Till {
            core: Core::new(rules, texts, vec![profile], Box::new(ids), last_id),
            views: BTreeMap::new(),
            now_ms,
            sent: 0,
            journal,
        };
        let records = till.journal.open_records().unwrap();
        let effects = till.core.recover(&records, now_ms).unwrap();
        till.carry_out(effects);
        till
    }

    fn call(&mut self, call: HostCall) -> Result<Reply, CallError> {
        let ticket = Ticket(1);
        let effects = self.core.handle(self.now_ms, Input::Call { ticket, call });
        self.carry_out(effects).expect("every call is answered")
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> Option<Result<Reply, CallError>> {
        let mut answer = None;
        for effect in effects {
            let input = match effect {
                Effect::Commit(batch) => Input::Committed {
                    result: self.journal.commit(&[batch]),
                },
                Effect::Load { query, lookup } => Input::Loaded {
                    query,
                    result: self.journal.load(&lookup),
                },
                Effect::Publish(view) => {
                    self.views.insert(view.id, *view);
                    continue;
                }
                Effect::Reply { reply, .. } => {
                    answer = Some(reply);
                    continue;
                }
                Effect::Send { .. } => {
                    self.sent += 1;
                    continue;
                }
                Effect::Log(_) => continue,
            };
            let effects = self.core.handle(self.now_ms, input);
            answer = self.carry_out(effects).or(answer);
        }
        answer
    }

    fn begin(&mut self, name: &str) -> OperationId {
        let begun = self.call(HostCall::Begin(Box::new(BeginRequest {
            profile: String::from("epassi"),
            amount: 1_000,
            currency: String::from("EUR"),
            sale_ref: String::from(name),
            tender_ref: String::from(name),
            sale_total: None,
            capture: None,
            details: TenderDetails::default(),
        })));
        match begun {
            Ok(Reply::Id(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    fn enter(&mut self, id: OperationId, code: &str) -> Result<Reply, CallError> {
        self.call(HostCall::ManualAmount(Box::new(ManualAmount {
            id,
            amount: 800,
            transaction: Some(String::from(code)),
            operator: String::from("anna"),
        })))
    }
}

#[test]
fn a_code_counts_once_a_day() {
    let mut till = Till::new();
    let first = till.begin("S1");
    assert_eq!(till.views[&first].state, State::WaitingForScan);
    assert_eq!(till.enter(first, "ab12c"), Ok(Reply::Done));
    let paid = &till.views[&first];
    assert_eq!((paid.state, paid.captured), (State::Paid, 800));
    assert_eq!(paid.assurance, Assurance::Manual);
    assert_eq!(paid.provider_reference, "AB12C");
    // The same entry again is the same entry, also after midnight.
    assert_eq!(till.enter(first, "AB12C"), Ok(Reply::Done));

    let second = till.begin("S2");
    let again = till.enter(second, " AB12C ");
    assert!(matches!(again, Err(CallError::Conflict(_))), "{again:?}");
    assert_eq!(till.views[&second].state, State::WaitingForScan);
    assert_eq!(till.enter(second, "AB12D"), Ok(Reply::Done));
    assert_eq!(till.views[&second].state, State::Paid);

    till.now_ms += DAY_MS;
    assert_eq!(till.enter(first, "AB12C"), Ok(Reply::Done));
    let third = till.begin("S3");
    assert_eq!(till.enter(third, "AB12C"), Ok(Reply::Done));
    assert_eq!(till.views[&third].state, State::Paid);
    assert_eq!(till.sent, 0);
}

#[test]
fn a_code_that_was_used_is_used_after_a_restart() {
    for confirmed in [false, true] {
        let mut till = Till::new();
        let first = till.begin("S1");
        assert_eq!(till.enter(first, "AB12C"), Ok(Reply::Done));
        if confirmed {
            let receipt_ref = String::from("R1");
            let call = HostCall::Confirm {
                id: first,
                receipt_ref,
            };
            assert_eq!(till.call(call), Ok(Reply::Done));
        }
        let mut till = Till::over(till.journal, NOW_MS + 60_000);
        let found = till.views.get(&first).map(|view| (view.state, view.reason));
        // Nothing is offered that only the web service can do.
        let offered = till.views.get(&first).map(|view| view.choices);
        assert!(offered.is_none_or(|it| !it.contains(Choice::Refund)));
        let unconfirmed = (State::Paid, Reason::FoundAfterRestart);
        assert_eq!(found, (!confirmed).then_some(unconfirmed));
        let second = till.begin("S2");
        let again = till.enter(second, "AB12C");
        assert!(matches!(again, Err(CallError::Conflict(_))), "{again:?}");
    }
}

#[test]
fn a_cancelled_sale_lets_its_code_go() {
    let mut till = Till::new();
    let first = till.begin("S1");
    assert_eq!(till.enter(first, "AB12C"), Ok(Reply::Done));
    assert_eq!(till.call(HostCall::Cancel { id: first }), Ok(Reply::Done));
    let cancelled = &till.views[&first];
    let is = (cancelled.state, cancelled.reason);
    assert_eq!(is, (State::Cancelled, Reason::ReceiptReleased));
    let second = till.begin("S2");
    assert_eq!(till.enter(second, "AB12C"), Ok(Reply::Done));
    assert_eq!(till.views[&second].state, State::Paid);
}

#[test]
fn money_goes_back_in_the_web_service_and_not_here() {
    let mut till = Till::new();
    let first = till.begin("S1");
    assert_eq!(till.enter(first, "AB12C"), Ok(Reply::Done));
    let refund = till.call(HostCall::Refund(Box::new(RefundRequest {
        tender: Some(first),
        profile: String::new(),
        reference: String::new(),
        currency: String::new(),
        amount: None,
        refund_ref: String::from("back-1"),
        details: RefundDetails::default(),
    })));
    match refund {
        Err(CallError::State(text)) => assert!(text.contains("one week"), "{text}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(till.sent, 0);
}
