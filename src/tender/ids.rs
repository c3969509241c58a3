//! Identities: of operations in the journal, and the keys under which the provider knows our requests.

use aws_lc_rs::hmac;
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A tender or a refund in the journal. Never reused, survives restarts; positive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationId(i64);

impl OperationId {
    pub fn new(raw: i64) -> Option<Self> {
        (raw > 0).then_some(Self(raw))
    }

    pub fn get(self) -> i64 {
        self.0
    }
}

/// Where unguessable bytes come from: the system in production, a seed in the simulation.
pub trait IdSource {
    fn fill(&mut self, bytes: &mut [u8]);
}

/// 256 random bits fixed in an operation's first journal record. Every idempotency key of the
/// operation follows from them, so a repeat after any crash carries the same key.
#[derive(Clone, PartialEq, Eq)]
pub struct KeySeed([u8; 32]);

impl KeySeed {
    pub fn draw(ids: &mut dyn IdSource) -> Self {
        let mut bytes = [0; 32];
        ids.fill(&mut bytes);
        Self(bytes)
    }

    /// The part of the idempotency key that never changes for this act: 26 characters, 130 bits.
    pub fn key_stem(&self, act: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let mut text = BASE32_NOPAD.encode(hmac::sign(&key, act.as_bytes()).as_ref());
        text.truncate(26);
        text
    }

    /// The whole key. `round` grows only after the provider has provably not carried out the
    /// earlier round, since a refusal sticks to its key at some providers.
    pub fn key(&self, act: &str, round: u32) -> String {
        format!("{}-{round}", self.key_stem(act))
    }
}

impl std::fmt::Debug for KeySeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for KeySeed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&HEXLOWER.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for KeySeed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = HEXLOWER
            .decode(text.as_bytes())
            .map_err(serde::de::Error::custom)?;
        let seed = bytes
            .try_into()
            .map_err(|_| serde::de::Error::custom("a seed has 32 bytes"))?;
        Ok(Self(seed))
    }
}

/// Draws our reference for a payment: 128 random bits, so that no two tills, restored backups or
/// cloned disks ever name the same payment. Letters and digits only, easy to read out.
pub fn draw_reference(ids: &mut dyn IdSource) -> String {
    let mut bytes = [0; 16];
    ids.fill(&mut bytes);
    format!("LP-{}", BASE32_NOPAD.encode(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(u8);

    impl IdSource for Counting {
        fn fill(&mut self, bytes: &mut [u8]) {
            for byte in bytes {
                self.0 = self.0.wrapping_add(1);
                *byte = self.0;
            }
        }
    }

    #[test]
    fn keys_are_stable_distinct_and_short_enough() {
        let seed = KeySeed::draw(&mut Counting(0));
        assert_eq!(seed.key("capture:100", 1), seed.key("capture:100", 1));
        assert_ne!(seed.key("capture:100", 1), seed.key("capture:101", 1));
        assert_ne!(seed.key("capture:100", 1), seed.key("capture:100", 2));
        assert!(seed.key("refund:9223372036854775807", u32::MAX).len() <= 50);
    }

    #[test]
    fn a_seed_survives_the_journal_and_stays_out_of_debug_output() {
        let seed = KeySeed::draw(&mut Counting(7));
        let text = serde_json::to_string(&seed).unwrap();
        assert_eq!(serde_json::from_str::<KeySeed>(&text).unwrap(), seed);
        assert_eq!(format!("{seed:?}"), "***");
    }

    #[test]
    fn references_fit_the_strictest_provider() {
        let reference = draw_reference(&mut Counting(0));
        assert_eq!(reference.len(), 29);
        assert!(
            reference
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        );
    }
}
