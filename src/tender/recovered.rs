//! What a restart does to a folded tender: only the journal is known now.

use super::{Doubt, Reason, Standing, Start, Tender, state};

/// Marks a tender that was unfinished or unconfirmed when the library started. Records that ride
/// with the next commit may be missing, so a start that was ready must be taken as sent, as late
/// as just now; and nothing is done to the payment before the provider has been asked.
pub fn recovered(tender: Tender, now: i64) -> Tender {
    let standing = match tender.standing {
        Standing::Ready(start) | Standing::Unsure(start) => {
            Standing::Unsure(Start { sent_at: now, absent_at: 0, ..start })
        }
        other => other,
    };
    let mut tender = Tender { standing, found_after_restart: true, ..tender };
    let asks = match tender.standing {
        Standing::Ready(_) | Standing::Unsure(_) | Standing::Open { .. } => true,
        Standing::Approved => !state(&tender).is_final(),
        Standing::AwaitingScan | Standing::Ended(_) => false,
    };
    if asks {
        let since = tender.doubt.map_or(now, |doubt| doubt.since);
        tender.doubt = Some(Doubt { reason: Reason::FoundAfterRestart, since });
    }
    tender
}
