//! What is left of the old service on the wire: addresses that nothing may be sent to (sections 1, 3
//! and Part B). Payments go over the Vipps MobilePay platform, see `vipps/wire.rs`.

const HOST_ENDINGS: [&str; 2] = ["mobilepay.dk", "danskebank.dk"];
const HOST_PART: &str = "mobilepaypos";
const PATH_PARTS: [&str; 2] = ["/pos/v10", "/api/v0"];

/// Whether an address is one of the old service, in any of its generations.
pub fn is_closed_service(address: &str) -> bool {
    let address = address.to_ascii_lowercase();
    let (_, rest) = address.split_once("://").unwrap_or(("", &address));
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let host = authority.split(':').next().unwrap_or(authority);
    HOST_ENDINGS.iter().any(|ending| host.ends_with(ending))
        || host.contains(HOST_PART)
        || PATH_PARTS.iter().any(|part| path.contains(part))
}
