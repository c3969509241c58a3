//! ES512 signatures that are the same every time, with keys that everybody may know.
//!
//! An ECDSA signature is `r` and `s = k⁻¹ · (z + r·d) mod n`, with `z` the SHA-512 of the message.
//! The nonce `k` is chosen once for each key, which gives the private key `d` away to anyone who
//! has two signatures. Here nothing is protected, two runs of a simulation are equal byte for byte,
//! and two constants are all that is left of the formula: `s = factor·z + term mod n`.

use aws_lc_rs::digest::{SHA512, digest};
use data_encoding::{BASE64, HEXLOWER};

/// Bytes of a coordinate of P-521.
const WIDTH: usize = 66;

/// Big-endian.
type Number = [u8; WIDTH];

/// A signing key of the imitation.
#[derive(Debug)]
pub(super) struct Key {
    pub kid: &'static str,
    x: &'static str,
    y: &'static str,
    r: &'static str,
    factor: &'static str,
    term: &'static str,
}

/// The first signs from the start; the other takes its place when keys are rotated.
pub(super) const KEYS: [Key; 2] = [
    Key {
        kid: "Jv9hYT1Ca8kG_SAHhQxbzDnWhVNu4ejNrXkiCnUguF0",
        x: "00b49e706194ae495fe1ffbb8300a852e91622ead5b150d105fc735eca86dd7d9e\
            666ce84480fd7c5d8b36ee84b911dd1632f32e66c0966f920669c1d791fb01f631",
        y: "01783604d2aa6ed6eabda61341bf688c541ac60d21ec2ee367df6a054704121ddb\
            a11a064ae7238b76b1028654e49b1ccea61a6ffb17d70dafb801290e2059f3bb56",
        r: "00f0b0dc4a23dfb8bd20893dd09963a2da5d8e974c04de418854f16734d82ae415\
            c3297c6fae7776b8f7dec090a775a1b037c3bda5f76b75793df01932ebae9abf3e",
        factor: "0069e77619e97c555f4b61aea818f34b0a0a9c2bd4c4c206593e3691e5176ae445\
                 55fd923494886797333d94f1cecf49f130a6a2c2c0558a50b708b7d326b3e06d8a",
        term: "004b5dc805d208363395e6b075f9e924592405ddd65f0c0c7426652d5459e07fa1\
               799b7177813330d4079f7b65c36c3b109987a73e1e28ab7225f4880a7237db7697",
    },
    Key {
        kid: "dGuENE1XFaIS9HH2OAKhR_U_5UQdBmhNyA-pUx1_rf4",
        x: "01f8eb73088e316a88bcd37f16ab6138d6c34a6998ddb678d9595f628572f9e3cc\
            7564f8fb42c1ffb2f9a7ca69b28985aef9294115f8b910e501c3f813d2ebaed32c",
        y: "01e67304d9547ee76cb7ba843bf146b369fcfdd9b75509daea0b7061da53920bac\
            da91ee33fff9a2e9a679c479531f0bd7a740ed6fda2d3ddb9bdb2e171577dce48a",
        r: "002a583081c52a9b149686b11355f9fbd1f85ca82206531184207f29b2e6020e17\
            e531b70063b0fa967ae08c7481729cf68d7abc89411dd99f2238c309800cbf096d",
        factor: "01d2939fa29b6157e01037c237e254a4485de9c97e1c6998d3bde2f2adff9639a9\
                 dca8508d52a8a68cd5e026328170c3c7f66201334ae31edb43cf3d501b8c6071bd",
        term: "01b74c5bc8889db9962cd81431b37b884b3891b753a5264d9e3282a8b7da279630\
               8987f65e8b2d19bfb138063bd2c3f8e6affc3b8875cae021abd21d8d15f0361d5e",
    },
];

/// The order of the group.
const ORDER: &str = "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
                     a51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409";

/// What an X.509 public key on P-521 starts with, up to its uncompressed point.
const PUBLIC_KEY_HEAD: &str = "30819b301006072a8648ce3d020106052b810400230381860004";

impl Key {
    /// `r` and `s`, as a JWS has them: 132 bytes.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let hash = digest(&SHA512, message);
        let order = number(ORDER);
        let product = times(&number(self.factor), hash.as_ref(), &order);
        let s = add(&product, &number(self.term), &order);
        let mut signature = Vec::from(number(self.r));
        signature.extend_from_slice(&s);
        signature
    }

    pub fn pem(&self) -> String {
        let der = HEXLOWER.decode(format!("{PUBLIC_KEY_HEAD}{}{}", self.x, self.y).as_bytes());
        let text = BASE64.encode(&der.unwrap_or_default());
        let mut pem = String::from("-----BEGIN PUBLIC KEY-----\n");
        for (index, character) in text.chars().enumerate() {
            if index > 0 && index % 64 == 0 {
                pem.push('\n');
            }
            pem.push(character);
        }
        pem.push_str("\n-----END PUBLIC KEY-----\n");
        pem
    }

    /// The coordinates of the public point.
    pub fn point(&self) -> (Vec<u8>, Vec<u8>) {
        (Vec::from(number(self.x)), Vec::from(number(self.y)))
    }
}

fn number(hexadecimal: &str) -> Number {
    let bytes = HEXLOWER.decode(hexadecimal.as_bytes()).unwrap_or_default();
    Number::try_from(bytes).unwrap_or([0; WIDTH])
}

/// Both below `order`, which leaves room for the carry.
fn add(one: &Number, other: &Number, order: &Number) -> Number {
    let mut sum = [0; WIDTH];
    let mut carry = 0_u16;
    for ((digit, one), other) in sum.iter_mut().zip(one).zip(other).rev() {
        carry += u16::from(*one) + u16::from(*other);
        *digit = low_byte(carry);
        carry >>= 8;
    }
    if sum < *order {
        sum
    } else {
        subtract(&sum, order)
    }
}

fn subtract(from: &Number, what: &Number) -> Number {
    let mut difference = [0; WIDTH];
    let mut borrow = 0_u16;
    for ((digit, from), what) in difference.iter_mut().zip(from).zip(what).rev() {
        let left = 0x100 + u16::from(*from) - u16::from(*what) - borrow;
        *digit = low_byte(left);
        borrow = 1 - (left >> 8);
    }
    difference
}

/// Doubles and adds, bit by bit of `multiplier`.
fn times(factor: &Number, multiplier: &[u8], order: &Number) -> Number {
    let mut product = [0; WIDTH];
    for byte in multiplier {
        for bit in (0..8).rev() {
            product = add(&product, &product, order);
            if (byte >> bit) & 1 == 1 {
                product = add(&product, factor, order);
            }
        }
    }
    product
}

fn low_byte(value: u16) -> u8 {
    let [_, low] = value.to_be_bytes();
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{ECDSA_P521_SHA512_FIXED, UnparsedPublicKey};

    #[test]
    fn signatures_are_what_the_cryptographic_library_accepts() {
        for key in &KEYS {
            let (x, y) = key.point();
            let public =
                UnparsedPublicKey::new(&ECDSA_P521_SHA512_FIXED, [&[4], &x[..], &y].concat());
            for message in [&b""[..], b"a", b"eyJhbGciOiJFUzUxMiJ9.e30", &[0xff; 700]] {
                let signature = key.sign(message);
                assert_eq!(signature.len(), 132);
                assert_eq!(public.verify(message, &signature), Ok(()), "{}", key.kid);
                assert!(public.verify(b"other", &signature).is_err());
                assert_eq!(signature, key.sign(message));
            }
        }
    }

    #[test]
    fn keys_are_published_as_text_too() {
        let pem = KEYS[0].pem();
        assert!(pem.lines().all(|line| line.len() <= 64));
        assert_eq!(pem.lines().count(), 6);
    }
}
