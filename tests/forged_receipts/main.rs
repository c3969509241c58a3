//! Receipts that prove nothing, each with the reason that the cashier is told, and receipts that
//! are real, in every shape. The keys are real: those of the sandbox, and some of forgers.

mod desk;
mod taken;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED_SIGNING,
};
use data_encoding::{BASE64URL, HEXLOWER};
use desk::*;
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn receipts_that_arrive_broken_are_called_damaged() {
    let mut desk = Desk::new();
    let good = desk.shown(&json!({}));
    let (header, claims, signature) = parts(&good);
    let signature = b64(signature);
    let middle = header.len() + claims.len() / 2;
    let header_of = |text: &str| format!("{}.{claims}.{signature}", b64(text));
    let padded = BASE64URL.encode(b"{\"alg\":\"ES512\" }");
    #[rustfmt::skip]
    let cases = [
        ("cut in the header", String::from(&good[..header.len() / 2]), DAMAGED),
        ("cut after the header", header.clone(), DAMAGED),
        ("cut at the first dot", format!("{header}."), DAMAGED),
        ("cut in the claims", String::from(&good[..middle]), DAMAGED),
        ("cut after the claims", format!("{header}.{claims}"), DAMAGED),
        ("without claims", format!("{header}..{signature}"), SIGNATURE),
        ("without header", format!(".{claims}.{signature}"), "not ours"),
        ("four parts", format!("{good}.{signature}"), DAMAGED),
        ("five parts, as if encrypted", format!("{good}.AAAA.AAAA"), DAMAGED),
        ("a space inside", format!("{header}. {claims}.{signature}"), DAMAGED),
        ("a line end inside", format!("{header}.{claims}\n.{signature}"), DAMAGED),
        ("padded", format!("{good}="), DAMAGED),
        ("a padded header", format!("{padded}.{claims}.{signature}"), DAMAGED),
        ("the other alphabet", desk.shown(&json!({"tamper": "standard_alphabet"})), DAMAGED),
        ("loose last bits", format!("{header}.{claims}.{signature}B"), DAMAGED),
        ("a letter of another script", good.replacen('A', "А", 1), DAMAGED),
        ("header: not JSON", format!("{}.{claims}.{signature}", b64("{\"alg\":\"ES512\"")), DAMAGED),
        ("header: a list", header_of("[]"), DAMAGED),
        ("header: a text", header_of("\"ES512\""), DAMAGED),
        ("header: without alg", header_of("{\"typ\":\"JWT\"}"), DAMAGED),
        ("header: alg is a number", header_of("{\"alg\":512}"), DAMAGED),
        ("header: alg is null", header_of("{\"alg\":null}"), DAMAGED),
        ("header: kid is a number", header_of("{\"alg\":\"ES512\",\"kid\":1}"), DAMAGED),
        ("header: alg twice", header_of("{\"alg\":\"none\",\"alg\":\"ES512\"}"), DAMAGED),
        ("header: kid twice", header_of("{\"alg\":\"ES512\",\"kid\":\"a\",\"kid\":\"a\"}"), DAMAGED),
        ("header: more after it", header_of("{\"alg\":\"ES512\"}{}"), DAMAGED),
        ("header: NUL after it", header_of("{\"alg\":\"ES512\"}\0"), DAMAGED),
        ("truncated by the app", desk.shown(&json!({"tamper": "truncated"})), DAMAGED),
    ];
    check(&desk, &cases);
}

#[test]
fn signed_nonsense_is_nonsense() {
    let mut desk = Desk::new();
    let header = desk.header();
    let deep = format!("{}1{}", "{\"a\":".repeat(400), "}".repeat(400));
    let twice = good_claims().to_string().replacen('{', "{\"amount\":1,", 1);
    let twice_below = "{\"data\":{\"amount\":1,\"amount\":2}}";
    let mut sealed = |claims: &[u8]| desk.world.smartum().seal(&header, claims);
    #[rustfmt::skip]
    let cases = [
        ("claims: a list", sealed(b"[]"), DAMAGED),
        ("claims: a text", sealed(b"\"tx_R60D21hL60bj5N1v\""), DAMAGED),
        ("claims: null", sealed(b"null"), DAMAGED),
        ("claims: empty", sealed(b""), DAMAGED),
        ("claims: cut", sealed(b"{\"amount\":12"), DAMAGED),
        ("claims: not UTF-8", sealed(b"{\"a\":\"\xff\"}"), DAMAGED),
        ("claims: NUL inside", sealed(b"{\"a\":\"\0\"}"), DAMAGED),
        ("claims: NUL behind", sealed(b"{}\0"), DAMAGED),
        ("claims: BOM", sealed("\u{feff}{}".as_bytes()), DAMAGED),
        ("claims: too deep", sealed(deep.as_bytes()), DAMAGED),
        ("claims: amount twice", sealed(twice.as_bytes()), DAMAGED),
        ("claims: amount twice below", sealed(twice_below.as_bytes()), DAMAGED),
        ("claims: nothing in them", sealed(b"{}"), UNMAPPED),
    ];
    check(&desk, &cases);
}

#[test]
fn only_the_configured_algorithms_and_keys_count() {
    let mut desk = Desk::new();
    let kid = desk.kid();
    let claims = good_claims();
    let good = desk.claiming(&json!({}));
    let (_, claims_part, signature) = parts(&good);
    let alg = |alg: &str| {
        let header = json!({"alg": alg, "kid": kid}).to_string();
        format!("{}.{claims_part}.{}", b64(header), b64(&signature))
    };
    let p256 = key_pair(&ECDSA_P256_SHA256_FIXED_SIGNING);
    let p384 = key_pair(&ECDSA_P384_SHA384_FIXED_SIGNING);
    let p521 = key_pair(&ECDSA_P521_SHA512_FIXED_SIGNING);
    let es512 = json!({"alg": "ES512", "kid": kid});
    let own = jwk(&p521);
    let with = |name: &str, value: Value| {
        let mut header = es512.clone();
        header[name] = value;
        header
    };
    let unsigned = format!("{}.{claims_part}.", b64("{\"alg\":\"none\"}"));
    #[rustfmt::skip]
    let cases = [
        ("none", desk.shown(&json!({"alg": "none"})), ALGORITHM),
        ("none without a name", unsigned, ALGORITHM),
        ("none with a signature", alg("none"), ALGORITHM),
        ("None", alg("None"), ALGORITHM),
        ("HS512 with the public key", desk.shown(&json!({"alg": "HS512"})), ALGORITHM),
        ("HS256 with the public key", desk.shown(&json!({"alg": "HS256"})), ALGORITHM),
        ("ES256", signed_by(&p256, &json!({"alg": "ES256", "kid": kid}), &claims), ALGORITHM),
        ("ES384", signed_by(&p384, &json!({"alg": "ES384"}), &claims), ALGORITHM),
        ("RS256", alg("RS256"), ALGORITHM),
        ("es512", alg("es512"), ALGORITHM),
        ("an empty alg", alg(""), ALGORITHM),
        ("crit", signed_by(&p521, &with("crit", json!(["exp"])), &claims), ALGORITHM),
        ("crit that the service itself demands", desk.seal(with("crit", json!(["b64"])).to_string(), claims.to_string()), ALGORITHM),
        ("an unknown kid", desk.shown(&json!({"kid": "somebody"})), KEY),
        ("an empty kid", desk.seal("{\"alg\":\"ES512\",\"kid\":\"\"}", claims.to_string()), KEY),
        ("kid in capitals", desk.shown(&json!({"kid": kid.to_uppercase()})), KEY),
        ("another key", signed_by(&p521, &es512, &claims), SIGNATURE),
        ("another key, no kid", signed_by(&p521, &json!({"alg": "ES512"}), &claims), SIGNATURE),
        ("P-256 under ES512", signed_by(&p256, &es512, &claims), SIGNATURE),
        ("P-384 under ES512", signed_by(&p384, &es512, &claims), SIGNATURE),
        ("a key in the header", signed_by(&p521, &with("jwk", own), &claims), SIGNATURE),
        ("an address of keys in the header", signed_by(&p521, &with("jku", json!("https://forger.example/k")), &claims), SIGNATURE),
        ("an address of a certificate in the header", signed_by(&p521, &with("x5u", json!("https://forger.example/c")), &claims), SIGNATURE),
        ("a certificate in the header", signed_by(&p521, &with("x5c", json!(["MIIB"])), &claims), SIGNATURE),
    ];
    check(&desk, &cases);
}

#[test]
fn signatures_have_one_form() {
    let mut desk = Desk::new();
    let good = desk.claiming(&json!({}));
    let (_, _, signature) = parts(&good);
    let (r, s) = signature.split_at(66);
    let order = HEXLOWER.decode(ORDER.as_bytes()).unwrap();
    let with = |signature: &[u8]| with_signature(&good, signature);
    let above: Vec<u8> = order
        .iter()
        .enumerate()
        .map(|(i, b)| if i == 65 { b + 1 } else { *b })
        .collect();
    let mut one_bit = signature.clone();
    one_bit[100] ^= 0x10;
    let mut swapped = Vec::from(s);
    swapped.extend_from_slice(r);
    #[rustfmt::skip]
    let cases = [
        ("as it was", with(&signature), "settles 1250"),
        ("the other half of s", with(&[r, &mirrored(s)].concat()), "settles 1250"),
        ("one bit", with(&one_bit), SIGNATURE),
        ("halves swapped", with(&swapped), SIGNATURE),
        ("empty", with(&[]), SIGNATURE),
        ("zeros", desk.shown(&json!({"tamper": "zero_signature"})), SIGNATURE),
        ("r is zero", with(&[&[0; 66][..], s].concat()), SIGNATURE),
        ("s is zero", with(&[r, &[0; 66]].concat()), SIGNATURE),
        ("r is the order", with(&[&order, s].concat()), SIGNATURE),
        ("s is the order", with(&[r, &order].concat()), SIGNATURE),
        ("s is above the order", with(&[r, &above].concat()), SIGNATURE),
        ("all ones", with(&[0xff; 132]), SIGNATURE),
        ("131 bytes", desk.shown(&json!({"tamper": "short_signature"})), SIGNATURE),
        ("133 bytes", desk.shown(&json!({"tamper": "long_signature"})), SIGNATURE),
        ("a byte before", with(&[&[0], &signature[..]].concat()), SIGNATURE),
        ("DER", desk.shown(&json!({"tamper": "der_signature"})), SIGNATURE),
        ("64 bytes", with(&signature[..64]), SIGNATURE),
        ("changed payload", desk.shown(&json!({"tamper": "payload"})), SIGNATURE),
        ("changed header", desk.shown(&json!({"tamper": "header"})), SIGNATURE),
        ("changed signature", desk.shown(&json!({"tamper": "signature"})), SIGNATURE),
        ("of another receipt", {let (_, _, other) = parts(&desk.claiming(&json!({"amount": 1}))); with(&other) }, SIGNATURE),
    ];
    check(&desk, &cases);
}

#[test]
fn claims_that_say_nothing_clear_say_nothing() {
    let mut desk = Desk::new();
    let mut claims = |changes: Value| desk.claiming(&changes);
    #[rustfmt::skip]
    let cases = [
        ("no transaction", claims(json!({"transaction": null})), UNMAPPED),
        ("transaction too short", claims(json!({"transaction": "tx_1234567"})), UNMAPPED),
        ("transaction with a sign", claims(json!({"transaction": "tx_R60D21hL60bj5N1!"})), UNMAPPED),
        ("TX in capitals", claims(json!({"transaction": "TX_R60D21hL60bj5N1v"})), UNMAPPED),
        ("two transactions", claims(json!({"sub": "tx_AAAAAAAAAAAAAAAA"})), UNMAPPED),
        ("two transactions somewhere", claims(json!({"transaction": null, "x": [TX, "tx_AAAAAAAAAAAAAAAA"]})), UNMAPPED),
        ("no venue", claims(json!({"venue": null})), UNMAPPED),
        ("two venues", claims(json!({"aud": OTHER})), UNMAPPED),
        ("no amount", claims(json!({"amount": null})), UNMAPPED),
        ("amount as float", claims(json!({"amount": 12.5})), UNMAPPED),
        ("amount as round float", claims(json!({"amount": 1250.0})), UNMAPPED),
        ("amount as text", claims(json!({"amount": "1250"})), UNMAPPED),
        ("amount as decimal text", claims(json!({"amount": "12.50"})), UNMAPPED),
        ("amount in a list", claims(json!({"amount": [1250]})), UNMAPPED),
        ("amount as object", claims(json!({"amount": {"value": 1250}})), UNMAPPED),
        ("amount as true", claims(json!({"amount": true})), UNMAPPED),
        ("negative amount", claims(json!({"amount": -1250})), UNMAPPED),
        ("amount above 2^53", claims(json!({"amount": 9_007_199_254_740_993_i64})), UNMAPPED),
        ("amount above 2^63", claims(json!({"amount": u64::MAX})), UNMAPPED),
        ("two amounts", claims(json!({"data": {"amount": 1_251}})), UNMAPPED),
        ("one of two amounts unreadable", claims(json!({"data": {"amount": "x"}})), UNMAPPED),
        ("currency as number", claims(json!({"currency": 978})), UNMAPPED),
        ("no benefit", claims(json!({"benefit": null})), UNMAPPED),
        ("benefit as list", claims(json!({"benefit": ["exercise"]})), UNMAPPED),
        ("no time", claims(json!({"iat": null})), UNMAPPED),
        ("time as float", claims(json!({"iat": 1_768_836_344.5})), UNMAPPED),
        ("time in milliseconds", claims(json!({"iat": NOW_MS})), UNMAPPED),
        ("time before 1970", claims(json!({"iat": -1})), UNMAPPED),
        ("time as words", claims(json!({"iat": "yesterday"})), UNMAPPED),
        ("exp as words", claims(json!({"exp": "never"})), UNMAPPED),
        ("status that nobody told us of", claims(json!({"status": "pending"})), UNMAPPED),
        ("status as number", claims(json!({"status": 1})), UNMAPPED),
    ];
    check(&desk, &cases);
}

/// The customer has paid: the cashier gets all that a refund needs.
#[test]
fn real_payments_that_cannot_settle_this_sale_say_why() {
    let mut desk = Desk::new();
    let mut claims = |changes: Value| desk.claiming(&changes);
    let day = 86_400;
    #[rustfmt::skip]
    let cases = [
        ("refunded", claims(json!({"status": "refunded"})), "paid receipt-not-valid"),
        ("cancelled", claims(json!({"status": "Cancelled"})), "paid receipt-not-valid"),
        ("voided below", claims(json!({"data": {"status": "voided"}})), "paid receipt-not-valid"),
        ("failed", claims(json!({"status": "failed"})), "paid receipt-not-valid"),
        ("of a web shop", claims(json!({"nonce": "order-7"})), "paid receipt-not-valid"),
        ("another venue", claims(json!({"venue": OTHER})), "paid receipt-wrong-venue"),
        ("the venue in small letters", claims(json!({"venue": GYM.to_lowercase()})), "paid receipt-wrong-venue"),
        ("another benefit", claims(json!({"benefit": "lunch"})), "paid receipt-wrong-benefit"),
        ("benefit in capitals", claims(json!({"benefit": "EXERCISE"})), "paid receipt-wrong-benefit"),
        ("a day and a second old", claims(json!({"iat": NOW_S - day - 1})), "paid receipt-too-old"),
        ("expired", claims(json!({"exp": NOW_S - 301})), "paid receipt-too-old"),
        ("from tomorrow", claims(json!({"iat": NOW_S + day})), "paid receipt-from-future"),
        ("five minutes ahead", claims(json!({"iat": NOW_S + 301})), "paid receipt-from-future"),
        ("not before tomorrow", claims(json!({"nbf": NOW_S + day})), "paid receipt-from-future"),
        ("in kronor", claims(json!({"currency": "SEK"})), "paid receipt-currency"),
        ("eur in small letters", claims(json!({"currency": "eur"})), "paid receipt-currency"),
        ("nothing", claims(json!({"amount": 0})), "paid receipt-amount-zero"),
        ("a cent too much", claims(json!({"amount": DUE + 1})), "paid receipt-exceeds-due"),
        // The first failure wins.
        ("all of it", claims(json!({"venue": OTHER, "benefit": "x", "iat": 1, "amount": 0})), "paid receipt-wrong-venue"),
        ("void and too old", claims(json!({"status": "voided", "iat": 1})), "paid receipt-not-valid"),
        ("too old and too much", claims(json!({"iat": 1, "amount": 9_999})), "paid receipt-too-old"),
        ("at the edge of age", claims(json!({"iat": NOW_S - day})), "settles 1250"),
        ("at the edge of the future", claims(json!({"iat": NOW_S + 300})), "settles 1250"),
        ("at the edge of expiry", claims(json!({"exp": NOW_S - 300})), "settles 1250"),
        ("all that is due", claims(json!({"amount": DUE})), "settles 5000"),
        ("status paid", claims(json!({"status": "PAID"})), "settles 1250"),
        ("without currency", claims(json!({"currency": null})), "settles 1250"),
        ("venue as one of an audience", claims(json!({"venue": null, "aud": ["web", GYM]})), "settles 1250"),
        ("ids nobody listed", claims(json!({"transaction": null, "ref": {"x": [TX]}})), "settles 1250"),
        ("time as RFC 3339", claims(json!({"iat": "2026-01-19T17:25:44+02:00"})), "settles 1250"),
        ("more claims than we know", claims(json!({"payer_name": "Aino", "x": [1.5, null]})), "settles 1250"),
    ];
    check(&desk, &cases);
}

proptest! {
    /// Whatever is scanned, nothing is paid by it and nothing breaks.
    #[test]
    fn no_text_is_a_payment(text in "\\PC{0,200}") {
        let found = Desk::new().look(&text);
        prop_assert!(found == "not ours" || found.starts_with("refused"), "{found}");
    }

    /// No change to a real receipt leaves it a proof.
    #[test]
    fn no_changed_receipt_is_a_payment(at in 0_usize..700, by in 1_u8..64) {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut desk = Desk::new();
        let mut token = desk.shown(&json!({})).into_bytes();
        let at = at % token.len();
        if let Some(place) = LETTERS.iter().position(|letter| *letter == token[at]) {
            token[at] = LETTERS[(place + usize::from(by)) % 64];
            let found = desk.look(std::str::from_utf8(&token).unwrap());
            prop_assert!(found == "not ours" || found.starts_with("refused"), "{found}");
        }
    }
}
