//! Every text in every language: there, filled in, short enough, writable on an old till.

use super::*;
use crate::tender::Currency;

fn texts(language: Language) -> Texts {
    Texts::new(language, &BTreeMap::new()).unwrap()
}

pub(super) fn situation(state: State, reason: Reason) -> Situation {
    Situation {
        kind: Kind::Tender,
        state,
        reason,
        prompt: Prompt::None,
        choices: Choices::NONE,
        goods_may_leave: false,
        amount: Money::new(49_900, Currency::from_code("NOK").unwrap()),
        captured: 0,
        refunded: 0,
        cancelled_by: Actor::Nobody,
    }
}

/// Large, and in the money that has the longest sign in the language.
fn large(language: Language) -> Money {
    let code = if language == Language::Russian {
        "RUB"
    } else {
        "DKK"
    };
    Money::new(9_999_999_999, Currency::from_code(code).unwrap())
}

/// Every kind, state, reason and prompt, then what else changes the choice of text.
fn every_situation(language: Language) -> Vec<Situation> {
    let mut all = Vec::new();
    for kind in Kind::ALL {
        for state in State::ALL {
            for reason in Reason::ALL {
                for prompt in Prompt::ALL {
                    let base = Situation {
                        kind: *kind,
                        prompt: *prompt,
                        amount: large(language),
                        ..situation(*state, *reason)
                    };
                    all.push(base);
                }
                let amount = large(language);
                let base = Situation {
                    kind: *kind,
                    amount,
                    ..situation(*state, *reason)
                };
                all.push(Situation {
                    goods_may_leave: true,
                    ..base
                });
                all.push(Situation {
                    captured: 5_555_555_555,
                    ..base
                });
                all.push(Situation {
                    captured: 9_999_999_999,
                    refunded: 5_555_555_555,
                    ..base
                });
            }
            for cancelled_by in Actor::ALL {
                let base = situation(*state, Reason::None);
                all.push(Situation {
                    kind: *kind,
                    cancelled_by: *cancelled_by,
                    ..base
                });
            }
        }
    }
    all
}

fn assert_presentable(text: &str, language: Language, situation: &Situation) {
    let told = format!("{language:?} '{text}' for {situation:?}");
    assert!(!text.trim().is_empty(), "empty: {told}");
    assert!(text.len() <= TEXT_LEN_MAX, "{} bytes: {told}", text.len());
    for leftover in [
        "{",
        "}",
        "$",
        "()",
        "  ",
        " .",
        "..",
        "state-",
        "reason-",
        "prompt-",
        "refund-un",
    ] {
        assert!(!text.contains(leftover), "'{leftover}' left in {told}");
    }
    let first = text.chars().next().unwrap();
    assert!(
        first.is_uppercase() || first.is_ascii_digit(),
        "begins small: {told}"
    );
    assert!(text.ends_with(['.', '!']), "no end: {told}");
}

#[test]
fn every_situation_has_its_texts_in_every_language() {
    for language in Language::ALL {
        let texts = texts(*language);
        let situations = every_situation(*language);
        assert!(situations.len() > 2 * 14 * 43 * 7);
        for situation in &situations {
            assert_presentable(&texts.cashier(situation), *language, situation);
            assert_presentable(&texts.customer(situation), *language, situation);
            assert_presentable(&texts.action(situation), *language, situation);
        }
        for choice in Choice::ALL {
            let label = texts.choice(*choice);
            assert!(
                (1..=40).contains(&label.len()) && !label.contains("choice-"),
                "{label}"
            );
            let any = situation(State::Unknown, Reason::None);
            assert_presentable(&texts.choice_for_cashier(*choice), *language, &any);
            assert_presentable(&texts.choice_for_customer(*choice), *language, &any);
        }
    }
}

/// What a till can be shown must never come without something to do, and never without a code for
/// the phone call.
#[test]
fn every_word_has_four_texts() {
    let keys = Texts::keys();
    let reasons = Reason::ALL.iter().filter(|reason| **reason != Reason::None);
    let prompts = Prompt::ALL.iter().filter(|prompt| **prompt != Prompt::None);
    let words = (State::ALL.iter())
        .map(|state| (Message::State(*state), Word::State(*state)))
        .chain(reasons.map(|reason| (Message::Reason(*reason), Word::Reason(*reason))))
        .chain(prompts.map(|prompt| (Message::Prompt(*prompt), Word::Prompt(*prompt))));
    let mut codes = Vec::new();
    for (message, word) in words {
        let key = message.key();
        for wanted in [of_cashier(&key), of_customer(&key), of_action(&key)] {
            assert!(keys.contains(&wanted), "{wanted}");
        }
        codes.push(word.short_code());
    }
    for choice in Choice::ALL {
        let key = Message::Choice(*choice).key();
        for wanted in [of_cashier(&key), of_customer(&key), key] {
            assert!(keys.contains(&wanted), "{wanted}");
        }
        codes.push(Word::Choice(*choice).short_code());
    }
    let count = codes.len();
    codes.sort();
    codes.dedup();
    assert_eq!(codes.len(), count, "two words share a code");
    assert_eq!(Word::Reason(Reason::NetworkDown).short_code(), "P200");
    assert_eq!(Word::State(State::WaitingForScan).short_code(), "S020");
}

#[test]
fn every_language_has_every_text_and_no_other() {
    let mut keys = Texts::keys();
    keys.sort();
    for language in Language::ALL {
        let mut found = Vec::new();
        let mut id = "";
        for line in language.source().lines() {
            if line.starts_with(|first: char| first.is_ascii_lowercase()) {
                let (name, value) = line.split_once('=').unwrap();
                id = name.trim();
                if !value.trim().is_empty() {
                    found.push(id.to_owned());
                }
            } else if let Some((name, value)) = line
                .strip_prefix("    .")
                .and_then(|attribute| attribute.split_once('='))
            {
                assert!(!value.trim().is_empty(), "{id}.{name}");
                found.push(format!("{id}.{}", name.trim()));
            }
        }
        found.sort();
        let missing: Vec<&String> = keys.iter().filter(|key| !found.contains(key)).collect();
        let surplus: Vec<&String> = found.iter().filter(|key| !keys.contains(key)).collect();
        assert!(missing.is_empty(), "{language:?} lacks {missing:?}");
        assert!(
            surplus.is_empty(),
            "{language:?} has {surplus:?} that nobody asks for"
        );
        assert_eq!(found.len(), keys.len(), "{language:?} has a text twice");
    }
}

#[test]
fn every_text_reads_and_fills_without_a_problem() {
    for language in Language::ALL {
        assert!(
            FluentResource::try_new(language.source().to_owned()).is_ok(),
            "{language:?}"
        );
        let texts = texts(*language);
        for key in Texts::keys() {
            let filled = texts.fill_checked(&key, &texts.sample_arguments(&key));
            assert!(filled.is_ok(), "{language:?} {key}: {filled:?}");
        }
    }
}

#[test]
fn every_text_of_another_language_is_translated() {
    let english = texts(Language::English);
    for language in Language::ALL
        .iter()
        .filter(|language| **language != Language::English)
    {
        let other = texts(*language);
        for key in Texts::keys() {
            let arguments = other.sample_arguments(&key);
            let same = english.fill(&key, &arguments) == other.fill(&key, &arguments);
            assert!(
                !same || key == "with-problem",
                "{language:?} {key} is English"
            );
        }
    }
}

#[test]
fn texts_keep_to_the_code_page_of_old_tills() {
    for language in Language::ALL {
        for letter in language.source().chars() {
            let cyrillic = ('\u{401}'..='\u{451}').contains(&letter);
            let fits = if *language == Language::Russian {
                letter.is_ascii() || cyrillic
            } else {
                u32::from(letter) <= 0xff
            };
            assert!(fits, "{language:?}: {letter:?}");
        }
    }
}

/// A cause is only left out where the host's own texts are too long for it.
#[test]
fn every_cause_fits_into_its_sentence() {
    for language in Language::ALL {
        let texts = texts(*language);
        for situation in every_situation(*language) {
            if select(&situation).frame.is_some() {
                let cause =
                    texts.fill(&Message::Reason(situation.reason).key(), &FluentArgs::new());
                let text = texts.cashier(&situation);
                assert!(
                    text.contains(&cause),
                    "{language:?} '{text}' without '{cause}'"
                );
            }
        }
    }
}

#[test]
fn a_doubt_is_never_told_as_paid_or_not_paid() {
    let texts = texts(Language::English);
    for reason in Reason::ALL {
        let text = texts.cashier(&situation(State::Unknown, *reason));
        let says_it_itself = matches!(reason, Reason::NotPaidInTime | Reason::CancelFailed);
        assert!(
            says_it_itself || text.starts_with("Not known whether the customer has paid"),
            "{text}"
        );
        assert!(text.contains("do not charge again"), "{text}");
        let refund = Situation {
            kind: Kind::Refund,
            ..situation(State::Unknown, *reason)
        };
        assert!(texts.cashier(&refund).contains("Do not repeat the refund"));
        assert!(
            texts
                .customer(&situation(State::Unknown, *reason))
                .contains("do not pay again")
        );
    }
    let cause = texts.cashier(&situation(State::Unknown, Reason::NetworkDown));
    assert!(cause.contains("(no network)"), "{cause}");
}

/// Open operations must not sound finished: the till reads these aloud to people who act on them.
#[test]
fn only_ended_operations_are_told_as_not_paid() {
    let texts = texts(Language::English);
    for situation in every_situation(Language::English) {
        let text = texts.cashier(&situation);
        let open = !situation.state.is_final() && situation.state != State::NeedsDecision;
        if open {
            assert!(
                !text.starts_with("Not paid") && !text.starts_with("Paid"),
                "{text}"
            );
            assert!(!text.contains("Nothing was charged"), "{text}");
        }
        if situation.kind == Kind::Tender && situation.state == State::Paid {
            assert!(
                !text.contains("Not paid") && !text.contains("not paid"),
                "{text}"
            );
        }
    }
}

/// The customer of a receipt from 440 on has paid: nothing may send them to pay once more.
#[test]
fn nobody_is_asked_to_pay_a_real_receipt_again() {
    let texts = texts(Language::English);
    for reason in Reason::ALL {
        for state in [State::WaitingForScan, State::Cancelled, State::Failed] {
            let situation = situation(state, *reason);
            let (cashier, customer) = (texts.cashier(&situation), texts.customer(&situation));
            match reason.number() {
                430..440 => {
                    let held_back = cashier.contains("ot take it as paid")
                        || cashier.contains("proves nothing");
                    assert!(held_back, "{cashier}");
                }
                440..=450 => {
                    for text in [cashier, customer, texts.action(&situation)] {
                        assert!(!text.contains("another way"), "{text}");
                        assert!(!text.contains("Nothing was charged"), "{text}");
                        assert!(!text.contains("pay again") || text.contains("do not pay again"));
                    }
                }
                _ => {}
            }
        }
    }
}

#[test]
fn the_dialogue_of_a_lost_connection_is_in_the_words_of_its_provider() {
    let texts = texts(Language::Russian);
    let no_link = texts.cashier(&situation(State::Unknown, Reason::NetworkDown));
    assert!(
        no_link.starts_with("Оплата не завершена, нет связи с процессингом."),
        "{no_link}"
    );
    let not_paid = texts.cashier(&situation(State::Unknown, Reason::NotPaidInTime));
    assert!(not_paid.starts_with("Оплата не завершена."), "{not_paid}");
    let failed = texts.cashier(&situation(State::Unknown, Reason::CancelFailed));
    let wanted = "Не удалось отменить оплату. Требуется решение администратора: \
                  обратитесь в платёжную систему.";
    assert!(failed.starts_with(wanted), "{failed}");
    assert_eq!(texts.choice(Choice::Retry), "Повторить");
    assert_eq!(texts.choice(Choice::Cancel), "Отменить");
}

#[test]
fn money_that_came_late_or_early_asks_for_a_decision() {
    let texts = texts(Language::English);
    let late = texts.cashier(&situation(State::NeedsDecision, Reason::LateApproval));
    assert!(
        late.contains("after the cancel") && late.contains("keep the payment"),
        "{late}"
    );
    for state in [State::Paid, State::NeedsDecision] {
        let found = texts.cashier(&situation(state, Reason::FoundAfterRestart));
        assert!(found.contains("paid before the till restarted"), "{found}");
        assert!(found.contains("Refund it or ring it up"), "{found}");
    }
    // After the cancel it ended as not paid: the late approval must not sound like money.
    let ended = texts.cashier(&situation(State::Cancelled, Reason::LateApproval));
    assert_eq!(ended, "Cancelled. Nothing was charged.");
}

#[test]
fn a_doubt_that_the_cashier_must_settle_says_where_to_look() {
    let texts = texts(Language::English);
    let mut stuck = situation(State::NeedsDecision, Reason::NoAnswer);
    assert!(
        texts
            .cashier(&stuck)
            .starts_with("This payment needs your decision.")
    );
    stuck.choices = Choices::NONE
        .with(Choice::ForcePaid)
        .with(Choice::ForceNotPaid);
    let text = texts.cashier(&stuck);
    assert!(
        text.starts_with("Not known whether the customer has paid."),
        "{text}"
    );
    assert!(
        text.contains("report") && text.ends_with("Reason: no answer."),
        "{text}"
    );
}

#[test]
fn goods_leave_when_the_view_says_so() {
    let texts = texts(Language::English);
    let mut completing = situation(State::Completing, Reason::NetworkDown);
    assert!(
        texts
            .cashier(&completing)
            .contains("Wait before you hand over the goods")
    );
    assert!(texts.cashier(&completing).ends_with("Problem: no network."));
    completing.goods_may_leave = true;
    assert!(
        texts
            .cashier(&completing)
            .contains("goods may be handed over")
    );
}

#[test]
fn part_payments_and_refunds_tell_their_amounts() {
    let texts = texts(Language::NorwegianBokmal);
    let paid = Situation {
        captured: 20_000,
        ..situation(State::Paid, Reason::None)
    };
    let text = texts.cashier(&paid).replace('\u{a0}', " ");
    assert!(
        text.contains("200,00 kr") && text.contains("299,00 kr"),
        "{text}"
    );
    let refunded = Situation {
        captured: 49_900,
        refunded: 9_900,
        ..paid
    };
    let text = texts.cashier(&refunded).replace('\u{a0}', " ");
    assert!(
        text.contains("499,00 kr") && text.contains("99,00 kr"),
        "{text}"
    );
    let refund = Situation {
        kind: Kind::Refund,
        ..situation(State::Refunded, Reason::None)
    };
    assert!(
        texts
            .cashier(&refund)
            .replace('\u{a0}', " ")
            .contains("499,00 kr")
    );
}

#[test]
fn who_cancelled_is_told_where_no_reason_is() {
    let texts = texts(Language::English);
    let cancelled = situation(State::Cancelled, Reason::None);
    let by = |cancelled_by| {
        texts.cashier(&Situation {
            cancelled_by,
            ..cancelled
        })
    };
    assert!(by(Actor::Cashier).contains("at the till"));
    assert!(by(Actor::Customer).contains("customer rejected"));
    assert!(by(Actor::Provider).contains("payment service"));
    assert!(by(Actor::Window).contains("time ran out"));
}

#[test]
fn languages_are_named_by_their_codes() {
    for language in Language::ALL {
        assert_eq!(Language::from_code(language.code()), Some(*language));
    }
    assert_eq!(Language::from_code("no"), Some(Language::NorwegianBokmal));
    assert_eq!(Language::from_code("EN"), None);
    assert_eq!(Language::from_code(""), None);
}

#[test]
fn texts_can_move_to_another_thread() {
    fn assert_send<T: Send + Sync>() {}
    assert_send::<Texts>();
}
