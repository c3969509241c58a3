//! Settings of an Epassi profile.

use crate::provider::{BuildRules, Provider, SetupError};
use crate::tender::LatePolicy;
use serde::Deserialize;

/// No code of any payment system is longer; more would not fit where references are shown.
const CODE_LEN_LIMIT: usize = 64;

/// One location of a merchant with Epassi (`providers/smartum.md`, section 17). Amounts are entered
/// by hand with the verification code that the customer's receipt shows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The location's account number: letters, digits and '-'. A verification code counts once a
    /// day there, at all tills that share a journal.
    pub site: String,
    /// In cents.
    #[serde(default)]
    pub manual_max_amount: Option<i64>,
    /// Demands `details.manual.supervisor`, somebody else than the operator.
    #[serde(default)]
    pub manual_require_supervisor: bool,
    /// How short and how long a verification code may be: its form is not published.
    #[serde(default = "four")]
    pub code_len_min: usize,
    /// See `code_len_min`; at most 64.
    #[serde(default = "thirty_two")]
    pub code_len_max: usize,
}

impl Settings {
    pub fn check(&self) -> Result<(), SetupError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if !(1..=64).contains(&self.site.len()) || !self.site.bytes().all(plain) {
            return invalid("site", "must be 1 to 64 letters, digits and '-'");
        }
        if self.manual_max_amount.is_some_and(|most| most < 1) {
            return invalid("manual_max_amount", "must be at least 1 cent");
        }
        if !(1..=CODE_LEN_LIMIT).contains(&self.code_len_min) {
            return invalid("code_len_min", "must be from 1 to 64");
        }
        if !(self.code_len_min..=CODE_LEN_LIMIT).contains(&self.code_len_max) {
            return invalid("code_len_max", "must be from code_len_min to 64");
        }
        Ok(())
    }
}

impl crate::provider::Settings for Settings {
    fn build(&self, _rules: &BuildRules) -> Result<Box<dyn Provider>, SetupError> {
        Ok(Box::new(super::Epassi::new(self)?))
    }

    fn late_approval(&self) -> Option<LatePolicy> {
        None
    }
}

fn invalid(setting: &'static str, problem: &str) -> Result<(), SetupError> {
    Err(SetupError::Invalid {
        setting,
        problem: problem.to_owned(),
    })
}

fn four() -> usize {
    4
}

fn thirty_two() -> usize {
    32
}
