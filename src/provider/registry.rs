//! Which providers a configuration may name, and how the settings of each are read.

use super::{Provider, Settings, epassi, mobilepay, paymaster, smartpay, smartum, vipps};
use crate::tender::LatePolicy;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A profile, ready for the engine.
pub struct Profile {
    pub name: String,
    pub provider: Box<dyn Provider>,
    pub late: Option<LatePolicy>,
}

/// Why settings could not be read: serde's message with the place.
pub type Misread = serde_path_to_error::Error<serde_json::Error>;

type Reader = fn(Value) -> Result<Box<dyn Settings>, Misread>;

/// One line a provider.
pub const PROVIDERS: &[(&str, Reader)] = &[
    ("vipps", read::<vipps::Settings>),
    ("mobilepay", read::<mobilepay::Settings>),
    ("paymaster", read::<paymaster::Settings>),
    ("smartpay", read::<smartpay::Settings>),
    ("smartum", read::<smartum::Settings>),
    ("epassi", read::<epassi::Settings>),
];

fn read<S: Settings + DeserializeOwned + 'static>(
    value: Value,
) -> Result<Box<dyn Settings>, Misread> {
    serde_path_to_error::deserialize::<_, S>(value)
        .map(|settings| Box::new(settings) as Box<dyn Settings>)
}

pub fn names() -> impl Iterator<Item = &'static str> {
    PROVIDERS.iter().map(|(name, _)| *name)
}

/// Reads the settings of a provider by its name; nothing if there is none of that name.
pub fn settings(name: &str, value: Value) -> Option<Result<Box<dyn Settings>, Misread>> {
    let (_, read) = PROVIDERS.iter().find(|(known, _)| *known == name)?;
    Some(read(value))
}
