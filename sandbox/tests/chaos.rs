//! Faults: what the caller sees, and what has happened all the same.

mod support;

use sandbox::{Action, Matcher, Outcome, Request, Rule};
use serde_json::{Value, json};
use support::*;

fn armed(rule: Value) -> Till {
    let mut till = Till::new();
    let rule: Rule = serde_json::from_value(rule).unwrap();
    till.world.chaos().arm(rule);
    till
}

fn create(till: &Till) -> Request {
    let body = push().to_string();
    till.request("POST", "/epayment/v1/payments", Some("create-1"), &body)
}

fn payments(till: &Till) -> usize {
    till.world.ledger(till.now_ms).len()
}

#[test]
fn requests_and_answers_get_lost() {
    let mut till = armed(json!({"action": "lose_request"}));
    let request = create(&till);
    assert!(matches!(till.exchange(&request), Outcome::RequestLost));
    assert_eq!(payments(&till), 0);

    let mut till = armed(json!({"action": "lose_answer"}));
    let request = create(&till);
    assert!(matches!(till.exchange(&request), Outcome::AnswerLost));
    assert_eq!(payments(&till), 1);
    assert_eq!(till.send(&request).status, 201);
    assert_eq!(payments(&till), 1);
    let log = till.world.requests();
    assert_eq!((log[0].status, log[0].executed), (None, true));
    assert_eq!((log[1].status, log[1].executed), (Some(201), true));
    assert_eq!(log[0].body_sha256, log[1].body_sha256);
    assert_eq!(log[0].idempotency_key.as_deref(), Some("create-1"));
}

#[test]
fn connections_break_before_and_within_the_answer() {
    let mut till = armed(json!({"action": "cut_request"}));
    let request = create(&till);
    assert!(matches!(
        till.exchange(&request),
        Outcome::CutAfter { bytes: 0, .. }
    ));
    assert_eq!(payments(&till), 0);
    assert!(!till.world.requests()[0].executed);

    let mut till = armed(json!({"action": {"cut": {"after_bytes": 17}}}));
    let outcome = till.exchange(&request);
    let Outcome::CutAfter { response, bytes } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!((response.status().as_u16(), bytes), (201, 17));
    assert_eq!(payments(&till), 1);
    assert!(till.world.requests()[0].executed);
}

#[test]
fn statuses_after_and_instead() {
    for (action, status, created) in [
        (json!({"status_after": {"status": 500}}), 500, 1),
        (json!({"status_instead": {"status": 503}}), 503, 0),
        (json!({"code_instead": {"code": 6160}}), 400, 0),
        (json!("html_instead"), 502, 0),
        (json!({"delay": {"ms": 5}}), 201, 1),
    ] {
        let mut till = armed(json!({"action": action}));
        let request = create(&till);
        assert_eq!(till.send(&request).status, status, "{action}");
        assert_eq!(payments(&till), created, "{action}");
    }
    let limited = json!({"status_instead": {"status": 429, "retry_after_s": 7}});
    let mut till = armed(json!({"action": limited}));
    let request = create(&till);
    assert_eq!(till.send(&request).header("retry-after"), Some("7"));
    let mut till = armed(json!({"action": {"code_instead": {"code": 6280}}}));
    till.create(&push()).assert_code(400, 6280);
}

#[test]
fn bodies_are_broken_changed_and_replaced() {
    let mut till = armed(json!({"action": "malformed_after"}));
    let request = create(&till);
    let answer = till.send(&request);
    assert_eq!((answer.status, &answer.body), (201, &Value::Null));
    assert_eq!(payments(&till), 1);

    let mutation = json!({"pointer": "/amount/value", "value": 1});
    let rule = json!({"when": {"method": "get"}, "action": {"mutate_after": mutation}});
    let mut till = armed(rule);
    till.create(&push()).assert_ok();
    assert_eq!(till.read(REFERENCE).body["amount"], nok(1));
    assert_eq!(till.read(REFERENCE).body["amount"], nok(49_900));

    let body =
        json!({"status": 302, "headers": {"Location": "/elsewhere"}, "text": "[", "repeat": 9});
    let mut till = armed(json!({"action": {"body_instead": body}}));
    let request = create(&till);
    let answer = till.send(&request);
    assert_eq!(
        (answer.status, answer.header("location")),
        (302, Some("/elsewhere"))
    );
    assert_eq!(answer.raw.body(), b"[[[[[[[[[");
    assert_eq!(payments(&till), 0);
}

#[test]
fn rules_choose_their_victims() {
    let mut till = Till::new();
    till.create(&push()).assert_ok();
    let when = Matcher::path(REFERENCE).method("GET").nth(2).times(2);
    let action = Action::StatusInstead {
        status: 500,
        retry_after_s: None,
    };
    till.world.chaos().arm(Rule::new(when, action));
    let statuses: Vec<u16> = (0..5).map(|_| till.read(REFERENCE).status).collect();
    assert_eq!(statuses, [200, 500, 500, 200, 200]);

    till.world.chaos().disarm_all();
    assert!(till.world.chaos().is_calm());
    till.world
        .chaos()
        .arm(Rule::new(Matcher::default().times(0), Action::HtmlInstead));
    let statuses: Vec<u16> = (0..3).map(|_| till.read(REFERENCE).status).collect();
    assert_eq!(statuses, [502, 502, 502]);
}

#[test]
fn the_end_of_the_path_tells_a_create_from_a_change() {
    let mut till = Till::new();
    till.create(&push()).assert_ok();
    let when = json!({"method": "POST", "path_ends": "/epayment/v1/payments"});
    let rule = json!({"when": when, "action": {"status_instead": {"status": 503}}});
    till.world
        .chaos()
        .arm(serde_json::from_value(rule).unwrap());

    till.cancel(false).assert_ok();
    let path = "/epayment/v1/payments?page=1";
    let create = till.request("POST", path, Some("create-2"), &push().to_string());
    assert_eq!(till.send(&create).status, 503);
}

#[test]
fn misspelt_rules_are_refused() {
    for rule in [
        json!({"action": "lose_everything"}),
        json!({"when": {"path": "/capture"}, "action": "lose_answer"}),
        json!({"action": {"delay": {"seconds": 1}}}),
        json!({"when": {}}),
    ] {
        assert!(
            serde_json::from_value::<Rule>(rule.clone()).is_err(),
            "{rule}"
        );
    }
}
