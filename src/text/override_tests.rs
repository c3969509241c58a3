//! Texts that the host replaces: used when they are good, refused with a hint when they are not.

use super::tests::situation;
use super::*;

fn overriding(key: &str, text: &str) -> Result<Texts, TextError> {
    let overrides = BTreeMap::from([(key.to_owned(), text.to_owned())]);
    Texts::new(Language::English, &overrides)
}

#[test]
fn the_host_can_replace_any_text() {
    for key in Texts::keys() {
        assert!(overriding(&key, "Hello").is_ok(), "{key}");
    }
    let own = overriding("state-paid.cashier", "Kiitos, { $paid }!").unwrap();
    let paid = situation(State::Paid, Reason::None);
    assert_eq!(
        own.cashier(&paid).replace('\u{a0}', " "),
        "Kiitos, 499.00 NOK!"
    );
    assert!(own.customer(&paid).starts_with("Thank you!"));
    let own = overriding("choice-retry", "Once more").unwrap();
    assert_eq!(own.choice(Choice::Retry), "Once more");
    let own = overriding("with-problem", "{ $cause }: { $text }").unwrap();
    let text = own.cashier(&situation(State::Cancelling, Reason::NoAnswer));
    assert!(
        text.starts_with("no answer: The payment is being cancelled."),
        "{text}"
    );
}

#[test]
fn an_unknown_name_is_told_with_the_nearest_one() {
    let error = overriding("reason-network-dwon.cashier", "x")
        .err()
        .unwrap();
    let expected = "there was no text named 'reason-network-dwon.cashier'; \
                    the nearest name is 'reason-network-down.cashier'";
    assert_eq!(error.to_string(), expected);
    for key in [
        "",
        "state-paid",
        "reason-none.cashier",
        "own--choice-retry",
        "-support",
    ] {
        assert!(
            matches!(overriding(key, "x"), Err(TextError::UnknownKey { .. })),
            "{key}"
        );
    }
}

#[test]
fn an_unusable_text_is_told_at_once() {
    for text in [
        "",
        "  ",
        "a\nstate-paid = b",
        "{ $amount",
        "}",
        "{ $amonut }",
        "{ nothing }",
    ] {
        let error = overriding("state-paid.cashier", text).err().unwrap();
        assert!(
            matches!(error, TextError::Unreadable { .. }),
            "'{text}': {error}"
        );
        assert!(error.to_string().contains("state-paid.cashier"), "{error}");
    }
    assert!(matches!(
        overriding("choice-keep", "{ $amount }"),
        Err(TextError::Unreadable { .. })
    ));
    let error = overriding("state-paid.cashier", &"x".repeat(241))
        .err()
        .unwrap();
    assert_eq!(
        error,
        TextError::TooLong {
            key: "state-paid.cashier".to_owned(),
            len: 241
        }
    );
    assert!(overriding("state-paid.cashier", &"x".repeat(240)).is_ok());
}

#[test]
fn a_cause_that_no_longer_fits_is_left_out() {
    let own = overriding("reason-network-down", &"x".repeat(200)).unwrap();
    let text = own.cashier(&situation(State::Unknown, Reason::NetworkDown));
    assert!(
        text.starts_with("Not known whether the customer has paid."),
        "{text}"
    );
    assert!(text.len() <= TEXT_LEN_MAX);
}
