//! Addresses in settings: HTTPS, or plain HTTP to this machine when that is allowed.

use super::{BuildRules, SetupError};

pub fn check(setting: &'static str, address: &str, rules: &BuildRules) -> Result<(), SetupError> {
    let problem = |problem: &str| {
        Err(SetupError::Invalid {
            setting,
            problem: problem.to_owned(),
        })
    };
    if address.ends_with('/') {
        return problem("must not end with '/'");
    }
    if let Some(rest) = address.strip_prefix("https://") {
        return if rest.is_empty() {
            problem("names no host")
        } else {
            Ok(())
        };
    }
    let Some(rest) = address.strip_prefix("http://") else {
        return problem("must begin with https://");
    };
    let authority = rest.split('/').next().unwrap_or(rest);
    let host = authority
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host);
    if !matches!(host, "127.0.0.1" | "localhost" | "[::1]") {
        return problem("plain http:// is accepted only for 127.0.0.1, localhost and [::1]");
    }
    if !rules.allow_plain_http_loopback {
        return problem(
            "plain http:// needs network.allow_plain_http_loopback = true (sandbox only)",
        );
    }
    Ok(())
}
