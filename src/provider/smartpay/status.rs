//! What a status means: the documented words, a rule for words like them, and the profile's own
//! table before both (section 8).

use serde::Deserialize;
use std::collections::BTreeMap;

/// What a status means for a till.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    Waiting,
    Pending,
    Authorized,
    Captured,
    /// Paid out. Of a modification: carried out, whichever it is.
    Settled,
    PartlyRefunded,
    Refunded,
    Declined,
    Cancelled,
    Expired,
    /// Paid, and claimed back later by the customer's bank.
    Disputed,
    Unknown,
}

/// The table of one profile.
#[derive(Clone, Debug, Default)]
pub struct Classes(BTreeMap<String, Class>);

impl Classes {
    pub fn new(map: &BTreeMap<String, Class>) -> Self {
        let upper = |(word, class): (&String, &Class)| (normal(word), *class);
        Self(map.iter().map(upper).collect())
    }

    pub fn of(&self, word: &str) -> Class {
        let word = normal(word);
        match self.0.get(&word) {
            Some(class) => *class,
            None => documented(&word),
        }
    }
}

fn normal(word: &str) -> String {
    word.trim().to_ascii_uppercase()
}

fn documented(word: &str) -> Class {
    match word {
        // A heading of the documentation spells the second word like the third.
        "CREATED" | "AUTHORIZATION_INITIALIZED" | "AUTORIZATION_INITIALIZED" => Class::Waiting,
        "AUTHORIZATION_PENDING" | "CAPTURE_PENDING" => Class::Pending,
        "AUTHORIZATION_COMPLETED" => Class::Authorized,
        "CAPTURED" => Class::Captured,
        "SETTLED" => Class::Settled,
        "PARTIALLY_REFUNDED" => Class::PartlyRefunded,
        "REFUNDED" => Class::Refunded,
        "CHARGEBACK" => Class::Disputed,
        "CANCELLED" | "CANCELED" => Class::Cancelled,
        "ERROR" => Class::Declined,
        _ => alike(word),
    }
}

/// The end of a word tells enough, except that it is paid: that is never guessed.
fn alike(word: &str) -> Class {
    let ends = |ends: &[&str]| ends.iter().any(|end| word.ends_with(end));
    if ends(&["_PENDING", "_INITIALIZED"]) {
        Class::Pending
    } else if ends(&["FAILED", "DECLINED", "REJECTED"]) {
        Class::Declined
    } else if ends(&["EXPIRED"]) {
        Class::Expired
    } else {
        Class::Unknown
    }
}

impl Class {
    /// The attempt is over and nothing was taken.
    pub fn is_failed(self) -> bool {
        matches!(self, Self::Declined | Self::Cancelled | Self::Expired)
    }

    /// Money was taken, whatever became of it later.
    pub fn is_taken(self) -> bool {
        matches!(
            self,
            Self::Captured | Self::Settled | Self::PartlyRefunded | Self::Refunded | Self::Disputed
        )
    }
}
