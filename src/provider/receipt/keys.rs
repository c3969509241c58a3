//! Whose signature counts: the keys of the configuration and no others, each for one algorithm.
//!
//! `jsonwebtoken` knows no ES512, so signatures are checked by the library that does the TLS. Only
//! algorithms with a key pair are here: with a shared secret, or with none, everybody could sign.

use crate::tender::Reason;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED,
    EcdsaVerificationAlgorithm, ParsedPublicKey,
};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::Value;

use super::wire::Compact;

/// ECDSA as JWS has it: both numbers side by side, each as wide as the curve.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Algorithm {
    Es256,
    Es384,
    Es512,
}

impl Algorithm {
    pub const ALL: [Algorithm; 3] = [Algorithm::Es256, Algorithm::Es384, Algorithm::Es512];

    pub fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    fn curve(self) -> &'static str {
        match self {
            Self::Es256 => "P-256",
            Self::Es384 => "P-384",
            Self::Es512 => "P-521",
        }
    }

    /// Bytes of a coordinate.
    fn width(self) -> usize {
        match self {
            Self::Es256 => 32,
            Self::Es384 => 48,
            Self::Es512 => 66,
        }
    }

    fn verification(self) -> &'static EcdsaVerificationAlgorithm {
        match self {
            Self::Es256 => &ECDSA_P256_SHA256_FIXED,
            Self::Es384 => &ECDSA_P384_SHA384_FIXED,
            Self::Es512 => &ECDSA_P521_SHA512_FIXED,
        }
    }
}

/// A public key that receipts may be signed with.
pub struct PublicKey {
    pub kid: Option<String>,
    pub algorithm: Algorithm,
    /// Not trusted any more after this, in Unix milliseconds.
    pub not_after: Option<i64>,
    key: ParsedPublicKey,
}

impl PublicKey {
    /// Reads a PEM block `PUBLIC KEY`, the same without its first and last line, or a JWK.
    pub fn read(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.starts_with('{') {
            let jwk = serde_json::from_str(text).map_err(|_| "is not JSON")?;
            return Self::from_jwk(&jwk);
        }
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|it| !it.is_empty())
            .collect();
        let marks = lines.iter().filter(|line| line.starts_with("-----"));
        let expected = ["-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"];
        if !marks.clone().all(|mark| expected.contains(mark)) {
            return Err("must be a PUBLIC KEY, not a certificate or a private key");
        }
        if marks.count() > 2 {
            return Err("must hold one key");
        }
        let body: String = lines
            .into_iter()
            .filter(|line| !line.starts_with("-----"))
            .collect();
        let der = BASE64
            .decode(body.as_bytes())
            .map_err(|_| "is not a PEM text")?;
        // A bare point says nothing about its curve and is not taken for a key.
        if der.first() != Some(&0x30) {
            return Err("is not a public key in X.509 form");
        }
        let mut fitting = Algorithm::ALL.into_iter().filter_map(|algorithm| {
            let key = ParsedPublicKey::new(algorithm.verification(), &der).ok()?;
            Some((algorithm, key))
        });
        let (algorithm, key) = fitting.next().ok_or("must be on P-256, P-384 or P-521")?;
        Ok(Self {
            kid: None,
            algorithm,
            not_after: None,
            key,
        })
    }

    pub fn from_jwk(jwk: &Value) -> Result<Self, &'static str> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        if jwk.get("d").is_some() || jwk.get("k").is_some() {
            return Err("holds a secret; only the public part belongs here");
        }
        let curve = text("crv").filter(|_| text("kty") == Some("EC"));
        let mut algorithms = Algorithm::ALL.into_iter();
        let algorithm = algorithms
            .find(|it| Some(it.curve()) == curve)
            .ok_or("must be of type EC on P-256, P-384 or P-521")?;
        if text("alg").is_some_and(|alg| alg != algorithm.name()) {
            return Err("has an `alg` that does not fit its curve");
        }
        let mut point = vec![4];
        for name in ["x", "y"] {
            let bytes = text(name).map(|it| BASE64URL_NOPAD.decode(it.as_bytes()));
            match bytes {
                Some(Ok(bytes)) if bytes.len() == algorithm.width() => point.extend(bytes),
                _ => return Err("has a coordinate that is missing or of the wrong length"),
            }
        }
        let key = ParsedPublicKey::new(algorithm.verification(), &point)
            .map_err(|_| "is no point on its curve")?;
        Ok(Self {
            kid: text("kid").map(str::to_owned),
            algorithm,
            not_after: None,
            key,
        })
    }
}

/// All keys of a profile, and the algorithms that it accepts.
pub struct KeyRing {
    keys: Vec<PublicKey>,
    algorithms: Vec<Algorithm>,
}

impl KeyRing {
    pub fn new(keys: Vec<PublicKey>, algorithms: Vec<Algorithm>) -> Self {
        Self { keys, algorithms }
    }

    /// Algorithm, then key, then signature; the first that fails is the reason.
    pub fn verify(&self, token: &Compact<'_>, now_ms: i64) -> Result<(), Reason> {
        let algorithm = Algorithm::named(&token.header.alg);
        let algorithm = algorithm
            .filter(|it| self.algorithms.contains(it) && !token.header.critical)
            .ok_or(Reason::ReceiptAlgorithm)?;
        let keys = self.keys_for(token.header.kid.as_deref(), algorithm, now_ms)?;
        let message = token.message.as_bytes();
        let signed = keys
            .iter()
            .any(|it| it.key.verify_sig(message, &token.signature).is_ok());
        if signed {
            Ok(())
        } else {
            Err(Reason::ReceiptSignature)
        }
    }

    /// The key of that name, or else all that have none: a name that only other keys could have
    /// leads to no key (section 6.3).
    fn keys_for(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        now_ms: i64,
    ) -> Result<Vec<&PublicKey>, Reason> {
        let named = |key: &&PublicKey| key.kid.is_some() && key.kid.as_deref() == kid;
        let any_named = self.keys.iter().any(|key| named(&key));
        let candidates: Vec<&PublicKey> = self
            .keys
            .iter()
            .filter(|key| match kid {
                Some(_) if any_named => named(key),
                Some(_) => key.kid.is_none(),
                None => true,
            })
            .filter(|key| key.not_after.is_none_or(|until| now_ms <= until))
            .collect();
        if candidates.is_empty() {
            return Err(Reason::ReceiptKeyUnknown);
        }
        let fitting: Vec<&PublicKey> = candidates
            .into_iter()
            .filter(|key| key.algorithm == algorithm)
            .collect();
        match (fitting.is_empty(), any_named) {
            (false, _) => Ok(fitting),
            // The key is known, and it is one for another algorithm.
            (true, true) => Err(Reason::ReceiptAlgorithm),
            (true, false) => Err(Reason::ReceiptKeyUnknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key that two public integrations of the service ship (section 6.3).
    const PUBLISHED: &str = "-----BEGIN PUBLIC KEY-----
MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQAe8rGH96EqvqcIg+DQ/9q8bM+fH1k
/31Pw1kCESxdOQ0jy+zIpgZ3SN3U9I7aBKugZe1cejygJBpFNvORPzaIzBEAaJ36
7fnNZG2chabdJEsUW5qcrffCQNlfcYXvMeZPbps3P3ofwY+Qd2+kpbIUi+Y48n+x
e9pEVS5dkH+2lk1DUQc=
-----END PUBLIC KEY-----";

    #[test]
    fn the_published_key_is_read_with_and_without_its_frame() {
        let key = PublicKey::read(PUBLISHED).unwrap_or_else(|problem| panic!("{problem}"));
        assert_eq!(key.algorithm, Algorithm::Es512);
        let bare: String = PUBLISHED
            .lines()
            .filter(|line| !line.starts_with('-'))
            .collect();
        assert!(PublicKey::read(&bare).is_ok());
        let windows = PUBLISHED.replace('\n', "\r\n");
        assert!(PublicKey::read(&windows).is_ok());
    }

    #[test]
    fn what_is_no_public_key_is_refused_with_the_cause() {
        let problem = |text: &str| PublicKey::read(text).err().unwrap_or("accepted");
        assert!(problem("").contains("X.509"));
        assert!(problem("hello!").contains("PEM"));
        let private = PUBLISHED.replace("PUBLIC", "PRIVATE");
        assert!(problem(&private).contains("private"));
        assert!(problem(&format!("{PUBLISHED}\n{PUBLISHED}")).contains("one key"));
        let off_curve = PUBLISHED.replace("e9pE", "f9pE");
        assert!(problem(&off_curve).contains("P-521"));
        assert!(problem("{\"kty\":\"oct\",\"k\":\"AA\"}").contains("secret"));
        assert!(problem("{\"kty\":\"RSA\",\"n\":\"AA\",\"e\":\"AQAB\"}").contains("EC"));
        assert!(problem("{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"AA\"}").contains("length"));
        assert!(problem("{").contains("JSON"));
    }
}
