//! Whatever tills and customers do, in whatever order, the ledger stays sound and repeats exactly.

mod support;

use sandbox::{Action, LedgerRow, Matcher, Rule};
use serde_json::json;
use support::*;

const STEPS: u64 = 400;

/// Deterministic and unremarkable: a linear congruential generator.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % bound
    }

    fn amount(&mut self) -> i64 {
        i64::try_from(100 * (1 + self.below(12))).unwrap()
    }
}

fn play(seed: u64) -> (Vec<LedgerRow>, usize) {
    let mut dice = Dice(seed);
    let mut till = Till::new();
    till.create(&push_of(1_000)).assert_ok();
    for _ in 0..STEPS {
        let now_ms = till.now_ms;
        let amount = json!({"modificationAmount": nok(dice.amount())});
        // Customers and tills may well try what is not allowed; that is the point.
        match dice.below(10) {
            0 => _ = till.world.vipps().approve(now_ms, REFERENCE),
            1 if dice.below(8) == 0 => _ = till.world.vipps().reject(now_ms, REFERENCE),
            2 => _ = till.modify("capture", &amount),
            3 => _ = till.modify("refund", &amount),
            4 if dice.below(8) == 0 => _ = till.cancel(dice.below(2) == 0),
            5 => till.wait(i64::try_from(dice.below(30_000)).unwrap()),
            6 => {
                let lost = Rule::new(Matcher::default(), Action::MalformedAfter);
                till.world.chaos().arm(lost);
            }
            7 if dice.below(20) == 0 => till.wait(20 * DAY_MS),
            8 => till.renew_token(),
            _ => _ = till.read(REFERENCE),
        }
        assert!(till.row().is_consistent(), "seed {seed}: {:?}", till.row());
    }
    (till.world.ledger(till.now_ms), till.world.requests().len())
}

#[test]
fn no_order_of_acts_breaks_the_ledger() {
    let mut captured = 0;
    for seed in 0..100 {
        let (rows, _) = play(seed);
        captured += rows.iter().map(|row| row.captures).sum::<u32>();
    }
    assert!(
        captured > 100,
        "the test has to move money to mean something: {captured}"
    );
}

#[test]
fn the_same_acts_give_the_same_ledger() {
    for seed in 0..10 {
        assert_eq!(play(seed), play(seed), "seed {seed}");
    }
}
