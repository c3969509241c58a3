//! MobilePay at the till (`providers/mobilepay-pos.md`): a sales unit of the Vipps MobilePay
//! platform, where customers begin by scanning the code that stands at the till. Same requests, same
//! answers; other habits, and a guard against the service that was closed.

mod wire;

use super::vipps::{self, Brand, Vipps};
use super::{BuildRules, Provider, SetupError};
use crate::tender::LatePolicy;
use serde::Deserialize;

/// Whole amounts, one at a time, and the code at the till first (section 10.2). Unless a late
/// capture is agreed, what is not captured within 14 days is lost, and capturing a part is not
/// common (section 10.1).
const HABITS: Brand = Brand {
    partial_capture: false,
    whole_amount_only: true,
    till_code_first: true,
};

/// The settings of a Vipps MobilePay profile, with MobilePay's habits where they say nothing.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct Settings(vipps::Settings);

impl super::Settings for Settings {
    fn build(&self, rules: &BuildRules) -> Result<Box<dyn Provider>, SetupError> {
        if wire::is_closed_service(&self.0.base_url) {
            return Err(SetupError::Invalid {
                setting: "base_url",
                problem: "this is MobilePay's closed Point-of-Sale service: it answers \"all \
                    right\" and no customer can pay; use https://api.vipps.no, or \
                    https://apitest.vipps.no for tests, with the keys of the sales unit"
                    .to_owned(),
            });
        }
        Ok(Box::new(Vipps::of_brand(&self.0, rules, &HABITS)?))
    }

    fn late_approval(&self) -> Option<LatePolicy> {
        super::Settings::late_approval(&self.0)
    }
}
