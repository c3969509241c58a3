//! The customer club: G13 of the fact sheet, and what can go differently.

mod support;

use data_encoding::BASE64;
use sandbox::vipps::{MAGIC_PHONE_OLD_APP, MAGIC_PHONE_UNKNOWN};
use serde_json::{Value, json};
use support::*;

const DISCOVERY: &str = "/access-management-1.0/access/.well-known/openid-configuration";
const AUTHENTICATE: &str = "/vipps-login-ciba/api/backchannel/authentication";
const TOKEN: &str = "/access-management-1.0/access/oauth2/token";
const USER_INFO: &str = "/vipps-userinfo-api/userinfo";
const EXISTS: &str = "/vipps-login-ciba/api/v1/user-exists";
const ASK_ADA: &str = "scope=openid%20name%20phoneNumber%20email&login_hint=urn%3Amsisdn%3A4712345678&binding_message=4MZ-CQ3";

fn form(till: &mut Till, path: &str, body: &str) -> Answer {
    form_as(till, path, body, "sandbox-client:sandbox-secret")
}

fn form_as(till: &mut Till, path: &str, body: &str, client: &str) -> Answer {
    let basic = format!("Basic {}", BASE64.encode(client.as_bytes()));
    let request = http::Request::post(path)
        .header("Authorization", basic)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(Vec::from(body))
        .unwrap();
    till.send(&request)
}

fn ask(till: &mut Till) -> String {
    let answer = form(till, AUTHENTICATE, ASK_ADA);
    assert_eq!(answer.status, 200, "{}", answer.body);
    String::from(answer.body["auth_req_id"].as_str().unwrap())
}

fn poll(till: &mut Till, id: &str) -> Answer {
    let body = format!("grant_type=urn:openid:params:grant-type:ciba&auth_req_id={id}");
    form(till, TOKEN, &body)
}

fn error(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.body["error"].as_str().unwrap_or(""))
}

fn user_info(till: &mut Till, token: &Value) -> Answer {
    let bearer = format!("Bearer {}", token.as_str().unwrap());
    let request = http::Request::get(USER_INFO)
        .header("Authorization", bearer)
        .body(Vec::new())
        .unwrap();
    till.send(&request)
}

fn answer(till: &mut Till, act: &str, with: Value) -> bool {
    till.world.act(till.now_ms, "vipps", act, &with).is_ok()
}

#[test]
fn g13_a_customer_joins() {
    let mut till = Till::new();
    let begun = form(&mut till, AUTHENTICATE, ASK_ADA);
    assert_eq!(begun.status, 200);
    assert_eq!(begun.body["expires_in"], 600);
    assert_eq!(begun.body["interval"], 5);
    let id = String::from(begun.body["auth_req_id"].as_str().unwrap());
    assert_eq!(error(&poll(&mut till, &id)), (400, "authorization_pending"));

    let wallet = till.world.wallet(till.now_ms, "vipps").unwrap();
    let waiting = &wallet["enrolments"][0];
    assert_eq!(waiting["auth_req_id"], id.as_str());
    assert_eq!(waiting["binding_message"], "4MZ-CQ3");
    assert_eq!(waiting["phone"], ADA);
    assert_eq!(wallet["phones"][0]["enrolments"][0]["state"], "waiting");
    assert!(answer(&mut till, "enrol_accept", json!({"phone": ADA})));
    assert!(!answer(&mut till, "enrol_decline", json!({"phone": ADA})));

    till.wait(5_000);
    let tokens = poll(&mut till, &id);
    assert_eq!(tokens.status, 200);
    assert_eq!(tokens.body["token_type"], "Bearer");
    let shared = user_info(&mut till, &tokens.body["access_token"]);
    assert_eq!(shared.status, 200);
    for (claim, value) in [
        ("name", json!("Ada Lovelace")),
        ("given_name", json!("Ada")),
        ("family_name", json!("Lovelace")),
        ("phone_number", json!(ADA)),
        ("email", json!("ada.lovelace@example.test")),
        ("email_verified", json!(true)),
    ] {
        assert_eq!(shared.body[claim], value, "{claim}");
    }
    assert!(shared.body.get("birthdate").is_none(), "not asked for");

    // The tokens are given once, and open the claims for five minutes.
    till.wait(5_000);
    assert_eq!(error(&poll(&mut till, &id)), (400, "invalid_grant"));
    till.wait(5 * MINUTE_MS);
    let late = user_info(&mut till, &tokens.body["access_token"]);
    assert_eq!(late.status, 401);
}

#[test]
fn the_customer_is_the_same_in_club_and_payment() {
    let mut till = Till::new();
    let id = ask(&mut till);
    assert!(answer(
        &mut till,
        "enrol_accept",
        json!({"auth_req_id": id})
    ));
    let tokens = poll(&mut till, &id);
    let shared = user_info(&mut till, &tokens.body["access_token"]);
    let order = changed(push(), "/profile", json!({"scope": "name"}));
    till.create(&order).assert_ok();
    till.approve();
    let payment = till.read(REFERENCE);
    assert_eq!(payment.body["profile"]["sub"], shared.body["sub"]);
}

#[test]
fn a_customer_declines_or_forgets() {
    let mut till = Till::new();
    let id = ask(&mut till);
    assert!(answer(&mut till, "enrol_decline", json!({"phone": ADA})));
    assert_eq!(error(&poll(&mut till, &id)), (400, "access_denied"));

    let id = ask(&mut till);
    till.wait(10 * MINUTE_MS);
    assert!(!answer(&mut till, "enrol_accept", json!({"phone": ADA})));
    assert_eq!(error(&poll(&mut till, &id)), (400, "expired_token"));

    let mut till = Till::with(|unit| unit.login_denied_status = 403);
    let id = ask(&mut till);
    assert!(answer(&mut till, "enrol_decline", json!({"phone": ADA})));
    assert_eq!(error(&poll(&mut till, &id)), (403, "access_denied"));
}

#[test]
fn who_asks_too_often_is_made_to_wait_longer() {
    let mut till = Till::new();
    let id = ask(&mut till);
    assert_eq!(error(&poll(&mut till, &id)), (400, "authorization_pending"));
    till.wait(4_999);
    assert_eq!(error(&poll(&mut till, &id)), (400, "slow_down"));
    till.wait(5_000);
    assert_eq!(error(&poll(&mut till, &id)), (400, "slow_down"));
    till.wait(15_000);
    assert_eq!(error(&poll(&mut till, &id)), (400, "authorization_pending"));
}

#[test]
fn requests_are_checked() {
    let mut till = Till::new();
    let hint = "login_hint=urn%3Amsisdn%3A4712345678";
    for (body, wanted) in [
        (format!("scope=&{hint}"), "invalid_scope"),
        (hint.to_owned(), "invalid_scope"),
        ("scope=name".to_owned(), "invalid_request"),
        (
            "scope=name&login_hint=urn:msisdn:12".to_owned(),
            "invalid_request",
        ),
        (
            format!("scope=name&{hint}&binding_message=abc"),
            "invalid_binding_message",
        ),
        (
            format!("scope=name&{hint}&requested_expiry=59"),
            "invalid_request",
        ),
        (
            format!("scope=name&{hint}&requested_expiry=901"),
            "invalid_request",
        ),
    ] {
        let answer = form(&mut till, AUTHENTICATE, &body);
        assert_eq!(error(&answer), (400, wanted), "{body}");
    }
    let body = format!("scope=name&{hint}&requested_expiry=60");
    let short = form(&mut till, AUTHENTICATE, &body);
    assert_eq!(short.body["expires_in"], 60);
    for path in [AUTHENTICATE, TOKEN, EXISTS] {
        let other = form_as(&mut till, path, ASK_ADA, "sandbox-client:other");
        assert_eq!(error(&other), (401, "invalid_client"), "{path}");
        let bearer = till.request("POST", path, None, ASK_ADA);
        assert_eq!(till.send(&bearer).status, 401, "{path}");
    }
    let grant = form(&mut till, TOKEN, "grant_type=client_credentials");
    assert_eq!(error(&grant), (400, "unsupported_grant_type"));
    assert_eq!(error(&poll(&mut till, "nobody")), (400, "invalid_grant"));
    let token = json!(till.token.clone());
    assert_eq!(user_info(&mut till, &token).status, 401);
}

#[test]
fn some_customers_cannot_join() {
    let ask_for = |phone: &str| format!("scope=name&login_hint=urn:msisdn:{phone}");
    let mut till = Till::with(|unit| unit.customers[1].age = 14);
    for (phone, code) in [
        (MAGIC_PHONE_UNKNOWN, "invalid_user"),
        (MAGIC_PHONE_OLD_APP, "old_app"),
        ("4798765432", "invalid_user"),
    ] {
        let answer = form(&mut till, AUTHENTICATE, &ask_for(phone));
        assert_eq!(
            (answer.status, &answer.body["error_code"]),
            (400, &json!(code))
        );
        let exists = form(&mut till, EXISTS, &format!("login_hint=urn:msisdn:{phone}"));
        assert_eq!(exists.body, json!({"exists": false}), "{phone}");
    }
    let exists = form(&mut till, EXISTS, &format!("login_hint=urn:msisdn:{ADA}"));
    assert_eq!(exists.body, json!({"exists": true}));

    let mut till = Till::with(|unit| unit.login_plain_errors = true);
    let answer = form(&mut till, AUTHENTICATE, &ask_for(MAGIC_PHONE_UNKNOWN));
    assert_eq!(error(&answer), (400, "unknown_user_id"));
}

#[test]
fn what_the_plan_does_not_allow_is_left_out() {
    let mut till = Till::with(|unit| unit.login_scopes = vec!["openid".into(), "name".into()]);
    let id = ask(&mut till);
    assert!(answer(&mut till, "enrol_accept", json!({"phone": ADA})));
    let tokens = poll(&mut till, &id);
    let shared = user_info(&mut till, &tokens.body["access_token"]);
    assert_eq!(shared.body["name"], "Ada Lovelace");
    assert!(shared.body.get("phone_number").is_none());
    till.world.revoke_tokens();
    assert_eq!(
        user_info(&mut till, &tokens.body["access_token"]).status,
        401
    );
}

#[test]
fn discovery_names_addresses_where_it_was_asked() {
    let mut till = Till::new();
    for (uri, host, base) in [
        (DISCOVERY.to_owned(), None, "http://127.0.0.1:8420"),
        (
            DISCOVERY.to_owned(),
            Some("localhost:8420"),
            "http://localhost:8420",
        ),
        (
            DISCOVERY.to_owned(),
            Some("localhost:9443"),
            "https://localhost:9443",
        ),
        (
            format!("https://api.example.test{DISCOVERY}"),
            None,
            "https://api.example.test",
        ),
    ] {
        let mut request = http::Request::get(&uri);
        if let Some(host) = host {
            request = request.header("Host", host);
        }
        let answer = till.send(&request.body(Vec::new()).unwrap());
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("cache-control"), Some("max-age=3600"));
        for (name, path) in [
            ("token_endpoint", TOKEN),
            ("userinfo_endpoint", USER_INFO),
            ("backchannel_authentication_endpoint", AUTHENTICATE),
        ] {
            assert_eq!(answer.body[name], format!("{base}{path}"), "{uri} {host:?}");
        }
    }
}

/// A check-in at the till is hint enough.
#[test]
fn a_check_in_can_lead_to_the_club() {
    let mut till = Till::new();
    let token = "c2FuZGJveC1jdXN0b21lci10b2tlbi0wMDAx";
    let body = format!("scope=name&login_hint=urn:customer-token:{token}");
    assert_eq!(form(&mut till, AUTHENTICATE, &body).status, 200);
    assert!(answer(&mut till, "enrol_accept", json!({"phone": ADA})));
}
