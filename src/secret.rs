//! Values that must never be printed, and where they come from.

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// A text that is wiped when dropped and prints as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The only way out. Every use is a place to look at in a review.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Where a secret is kept: the configuration names the place, so that the configuration itself can
/// be shown to anyone.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum SecretSource {
    /// Name of an environment variable, read once by `payments_init`.
    Env(String),
    /// Path of a file that holds only the secret; surrounding white space is dropped.
    File(String),
    /// The secret itself, for hosts that keep their own vault and build the configuration in memory.
    Value(RedactedText),
}

/// A secret written into the configuration text; it never leaves by `Debug` or `Serialize`.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct RedactedText(String);

impl Drop for RedactedText {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for RedactedText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for RedactedText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}

/// Why a secret could not be had. Says what to do, never what was read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the environment variable '{0}' is not set; set it before payments_init")]
    EnvMissing(String),
    #[error("the file '{path}' could not be read ({kind}); check the path and who may read it")]
    FileUnreadable {
        path: String,
        kind: std::io::ErrorKind,
    },
    #[error("the secret is empty")]
    Empty,
}

impl SecretSource {
    pub fn resolve(&self) -> Result<Secret, SecretError> {
        let text = match self {
            Self::Env(name) => {
                std::env::var(name).map_err(|_| SecretError::EnvMissing(name.clone()))?
            }
            Self::File(path) => {
                std::fs::read_to_string(path).map_err(|error| SecretError::FileUnreadable {
                    path: path.clone(),
                    kind: error.kind(),
                })?
            }
            Self::Value(text) => text.0.clone(),
        };
        let secret = Secret::new(text.trim());
        let mut text = text;
        text.zeroize();
        if secret.reveal().is_empty() {
            Err(SecretError::Empty)
        } else {
            Ok(secret)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_the_configuration_text_is_not_printed() {
        let source: SecretSource = serde_json::from_str(r#"{"value":"canary-4711"}"#).unwrap();
        assert!(!format!("{source:?}").contains("4711"));
        assert!(!serde_json::to_string(&source).unwrap().contains("4711"));
        assert_eq!(source.resolve().unwrap().reveal(), "canary-4711");
        assert!(!format!("{:?}", source.resolve().unwrap()).contains("4711"));
    }

    #[test]
    fn a_missing_place_is_named() {
        let source = SecretSource::Env("PAYMENTS_TEST_NOT_SET".into());
        assert!(
            source
                .resolve()
                .unwrap_err()
                .to_string()
                .contains("PAYMENTS_TEST_NOT_SET")
        );
        let source = SecretSource::File("no/such/file".into());
        assert!(
            source
                .resolve()
                .unwrap_err()
                .to_string()
                .contains("no/such/file")
        );
    }
}
