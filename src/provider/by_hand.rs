//! Amounts that a cashier vouches for: who, why, and who agrees. The same for every provider.

use super::{Invalid, ManualEntry, TenderDetails};

const REASONS: [&str; 5] = [
    "no_scanner",
    "scan_failed",
    "customer_phone_broken",
    "key_problem",
    "other",
];

/// The reason for an entry by hand, if one is given, is one of a few.
pub fn check_reason(details: &TenderDetails) -> Result<(), Invalid> {
    let manual = details.manual.as_ref();
    match manual.and_then(|manual| manual.reason.as_deref()) {
        Some(reason) if !REASONS.contains(&reason) => Err(Invalid {
            field: "details.manual.reason",
            problem: format!("must be one of {}", REASONS.join(", ")),
        }),
        Some(_) | None => Ok(()),
    }
}

/// Who vouches, and, where the profile demands it, who agrees.
pub fn check_people(entry: &ManualEntry<'_>, needs_supervisor: bool) -> Result<(), Invalid> {
    if entry.operator.trim().is_empty() {
        return Err(Invalid {
            field: "operator",
            problem: "is needed for the audit trail".to_owned(),
        });
    }
    let manual = entry.details.manual.as_ref();
    let supervisor = manual.and_then(|manual| manual.supervisor.as_deref());
    let other = |name: &&str| !name.trim().is_empty() && *name != entry.operator;
    if needs_supervisor && supervisor.filter(other).is_none() {
        return Err(Invalid {
            field: "details.manual.supervisor",
            problem: "a second person has to agree to an amount that is entered by hand".to_owned(),
        });
    }
    Ok(())
}
