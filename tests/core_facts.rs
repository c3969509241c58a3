//! What a restart may not change: mistakes that the simulation found in the fold, kept from coming
//! back by their facts alone.

use payments::tender::refund::{self, Refund, RefundEvent, RefundIntent, RefundStanding};
use payments::tender::{
    self, Act, Actor, Amounts, Approach, Capabilities, CaptureRule, Choice, Currency, Event,
    IdSource, Intent, KeySeed, LatePolicy, Money, Observation, Phase, Reason, Standing, State,
    Tender, Wish,
};

struct Zeros;

impl IdSource for Zeros {
    fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

fn intent() -> Intent {
    Intent {
        profile: "main".to_owned(),
        amount: Money::new(49_900, Currency::from_code("NOK").unwrap()),
        sale_ref: "S1".to_owned(),
        tender_ref: "T1".to_owned(),
        sale_total: None,
        capture: CaptureRule::OnApproval,
        late: LatePolicy::Ask,
        reference: "LP-FACTS".to_owned(),
        seed: KeySeed::draw(&mut Zeros),
        begun_at: 0,
        start_until: 60_000,
        settle_ms: 120_000,
        operator: None,
        overrides: None,
    }
}

fn folded(events: &[Event]) -> Tender {
    let begun = [Event::Begun { intent: intent() }];
    let mut tender = None;
    for event in begun.iter().chain(events) {
        tender = Some(tender::apply(tender, event).unwrap());
    }
    tender.unwrap()
}

fn prepared() -> Event {
    Event::Prepared {
        approach: Approach::ShowQr,
        attempt: 1,
        start_until: 60_000,
    }
}

fn cancel() -> Event {
    Event::CancelRequested {
        by: Actor::Cashier,
        operator: None,
    }
}

fn seen(phase: Phase, captured: i64) -> Event {
    let authorized = if phase == Phase::Open { 0 } else { 49_900 };
    let amounts = Amounts {
        authorized,
        captured,
        ..Amounts::default()
    };
    let observation = Observation {
        support: Default::default(),
        phase,
        amounts,
        provider_reference: None,
        reason: None,
    };
    Event::Observed {
        observation,
        expires_at: 600_000,
    }
}

#[test]
fn a_start_that_may_have_left_before_a_restart_is_not_cancelled_here() {
    let tender = folded(&[prepared(), cancel()]);
    assert_eq!(tender::state(&tender), State::Cancelled);
    // The fact that it was being sent rode with a commit that never came.
    let tender = folded(&[prepared(), Event::Found { at: 5_000 }, cancel()]);
    assert!(!tender::state(&tender).is_final());
    assert!(matches!(tender.standing, Standing::Unsure(_)));
    // Nor after the next restart, from the same facts.
    let found = Event::Found { at: 9_000 };
    let tender = folded(&[prepared(), Event::Found { at: 5_000 }, cancel(), found]);
    assert!(!tender::state(&tender).is_final());
}

#[test]
fn not_sent_proves_nothing_about_what_an_earlier_process_sent() {
    let facts = [
        prepared(),
        Event::Found { at: 1 },
        Event::Sending { at: 2 },
        Event::NotSent,
        cancel(),
    ];
    assert!(!tender::state(&folded(&facts)).is_final());
}

#[test]
fn a_refused_start_with_an_earlier_one_in_doubt_is_not_the_end() {
    let refused = Event::Refused {
        act: Act::Start,
        reason: Reason::PushNotAllowed,
        code: 5_080,
    };
    let facts = [
        prepared(),
        Event::Found { at: 1 },
        Event::Sending { at: 2 },
        refused.clone(),
    ];
    assert!(!tender::state(&folded(&facts)).is_final());
    let facts = [prepared(), Event::Sending { at: 2 }, refused];
    assert_eq!(tender::state(&folded(&facts)), State::Failed);
}

#[test]
fn the_round_of_the_keys_is_a_fact() {
    let refused = Event::Refused {
        act: Act::Capture,
        reason: Reason::FundsReleased,
        code: 6_260,
    };
    let retry = Event::Decided {
        choice: Choice::Retry,
        by: Actor::Cashier,
        operator: None,
    };
    let tender = folded(&[
        prepared(),
        seen(Phase::Approved, 0),
        refused,
        retry,
        Event::NewKeys,
    ]);
    assert_eq!(tender.key_round, 3);
    assert_eq!(tender.refusal, None);
}

#[test]
fn captured_money_does_not_expire() {
    for phase in [
        Phase::Open,
        Phase::Declined,
        Phase::Expired,
        Phase::Cancelled,
    ] {
        let tender = folded(&[prepared(), seen(Phase::Approved, 49_900), seen(phase, 0)]);
        assert_eq!(tender::state(&tender), State::Paid, "{phase:?}");
    }
}

#[test]
fn a_payment_closed_by_hand_is_still_led_to_where_the_books_say() {
    let closed = Event::ClosedByHand(tender::HandClosure {
        paid: false,
        operator: "Kim".to_owned(),
    });
    let tender = folded(&[
        prepared(),
        Event::Sending { at: 1 },
        closed,
        seen(Phase::Approved, 0),
    ]);
    assert_eq!(tender::state(&tender), State::ClosedByHand);
    assert!(matches!(tender.wish, Wish::GiveBack(_)));
}

fn folded_refund(events: &[RefundEvent]) -> Refund {
    let intent = RefundIntent {
        profile: "main".to_owned(),
        tender_id: None,
        reference: "LP-FACTS".to_owned(),
        provider_reference: None,
        refund_ref: "B1".to_owned(),
        payment_amount: Some(49_900),
        amount: Some(10_000),
        all: false,
        currency: Currency::from_code("NOK").unwrap(),
        seed: KeySeed::draw(&mut Zeros),
        begun_at: 0,
        operator: None,
    };
    let begun = [RefundEvent::RefundBegun { intent }];
    let mut refund = None;
    for event in begun.iter().chain(events) {
        refund = Some(refund::apply(refund, event).unwrap());
    }
    refund.unwrap()
}

#[test]
fn a_refund_found_before_its_look_up_was_durable_may_have_been_sent() {
    let refund = folded_refund(&[RefundEvent::RefundFound { at: 1 }]);
    assert_eq!(refund.standing, RefundStanding::Unsure { amount: 10_000 });
    let facts = [RefundEvent::RefundFound { at: 1 }, RefundEvent::NotExecuted];
    assert_eq!(
        folded_refund(&facts).standing,
        RefundStanding::Ready { amount: 10_000 }
    );
}

#[test]
fn the_log_may_be_read_although_nothing_is_in_doubt() {
    let looked_up = RefundEvent::LookedUp {
        amount: 10_000,
        refundable: 49_900,
        provider_reference: None,
    };
    let refund = folded_refund(&[looked_up.clone(), RefundEvent::NotExecuted]);
    assert_eq!(refund.standing, RefundStanding::Ready { amount: 10_000 });
    let done = RefundEvent::Refunded { amount: 10_000 };
    let facts = [
        looked_up,
        RefundEvent::RefundSending,
        done,
        RefundEvent::NotExecuted,
    ];
    assert_eq!(folded_refund(&facts).state(), State::Refunded);
}

#[test]
fn money_that_was_taken_is_not_closed_as_not_paid() {
    let mut events = vec![
        prepared(),
        Event::Sending { at: 1 },
        seen(Phase::Approved, 49_900),
    ];
    events.push(Event::Decided {
        choice: Choice::Refund,
        by: Actor::Cashier,
        operator: None,
    });
    events.push(Event::Refused {
        act: Act::GiveBack,
        reason: Reason::RefundPeriodOver,
        code: 6220,
    });
    let tender = folded(&events);
    assert_eq!(tender::state(&tender), State::NeedsDecision);
    assert_eq!(tender::reason(&tender), Reason::RefundPeriodOver);
    let choices = tender::choices(&tender);
    assert!(choices.contains(Choice::Retry) && choices.contains(Choice::Keep));
    assert!(!choices.contains(Choice::ForceNotPaid) && !choices.contains(Choice::ForcePaid));

    events.push(Event::Decided {
        choice: Choice::Keep,
        by: Actor::Cashier,
        operator: None,
    });
    assert_eq!(tender::state(&folded(&events)), State::Paid);
}

#[test]
fn a_key_that_the_provider_may_have_forgotten_is_not_just_used_again() {
    let rules = Capabilities {
        code_by_repeating: true,
        key_retention_ms: 300_000,
        ..Capabilities::wallet()
    };
    let open = folded(&[prepared(), Event::Sending { at: 1 }, seen(Phase::Open, 0)]);
    assert!(tender::may_repeat_start(&open, &rules, 149_999));
    assert!(!tender::may_repeat_start(&open, &rules, 150_000));
    let found = tender::apply(Some(open), &Event::Found { at: 2 }).unwrap();
    assert!(!tender::may_repeat_start(&found, &rules, 3), "ask first");
}
