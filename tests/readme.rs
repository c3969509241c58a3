//! The README and the pages say what is true: the example is the compiled one, the words are the
//! API's, every setting has its place, every configuration can be read, every link leads somewhere.

use payments::provider::{PROVIDERS, registry};
use payments::tender::Reason;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A page of a provider is read at one go.
const PAGE_LINES_MAX: usize = 120;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn page_of(provider: &str) -> String {
    format!("docs/providers/{provider}.md")
}

/// What people read, in the order in which they come to it.
fn documents() -> Vec<String> {
    let plain = ["README.md", "CHANGELOG.md", "docs/architecture.md"];
    let pages = PROVIDERS.iter().map(|(name, _)| page_of(name));
    plain.into_iter().map(str::to_owned).chain(pages).collect()
}

#[test]
fn the_example_is_the_file_that_the_tests_compile() {
    let readme = read("README.md");
    let (_, rest) = readme.split_once("```c\n").expect("a C example");
    let (example, _) = rest.split_once("```").expect("its end");
    assert_eq!(
        example,
        read("examples/c/first_sale.c"),
        "copy examples/c/first_sale.c over"
    );
}

/// A struct's own list of its members, taken from what it says about an unknown one.
fn members_in(message: &str) -> Vec<String> {
    assert!(message.starts_with("unknown field"), "{message}");
    let quoted = message.split('`').skip(1).step_by(2);
    quoted.skip(1).map(str::to_owned).collect()
}

fn members_of<T: serde::de::DeserializeOwned>() -> Vec<String> {
    let Err(error) = serde_json::from_str::<T>(r#"{"no such setting": 1}"#) else {
        panic!("an unknown setting was taken")
    };
    members_in(&error.to_string())
}

fn settings_of(provider: &str) -> Vec<String> {
    match registry::settings(provider, json!({"no such setting": 1})) {
        Some(Err(error)) => members_in(&error.inner().to_string()),
        Some(Ok(_)) => panic!("{provider} took an unknown setting"),
        None => panic!("{provider} is not registered"),
    }
}

/// The section of a provider in the reference; of one that has the settings of another, all of it.
fn settings_section<'r>(reference: &'r str, provider: &str) -> &'r str {
    let title = format!("## Profile with `\"provider\": \"{provider}\"`\n");
    let (_, rest) = reference
        .split_once(&title)
        .unwrap_or_else(|| panic!("docs/configuration.md has no section for {provider}"));
    let section = rest.split("\n## ").next().unwrap_or(rest);
    if section.contains("\n| ") {
        section
    } else {
        reference
    }
}

#[test]
fn every_setting_of_a_provider_is_in_the_reference() {
    let reference = read("docs/configuration.md");
    for (provider, _) in PROVIDERS {
        let section = settings_section(&reference, provider);
        for setting in settings_of(provider) {
            assert!(
                section.contains(&format!("`{setting}`")),
                "docs/configuration.md does not describe {setting} of {provider}: \
                 UPDATE_REFERENCE=1 cargo test --test reference"
            );
        }
    }
}

#[test]
fn every_member_of_the_details_is_described() {
    let pages = read("README.md") + &read("docs/configuration.md");
    let mut members = members_of::<payments::provider::TenderDetails>();
    members.extend(members_of::<payments::provider::ManualDetails>());
    members.extend(members_of::<payments::provider::ReceiptDetails>());
    members.extend(members_of::<payments::provider::ReceiptLine>());
    members.extend(members_of::<payments::provider::RefundDetails>());
    for member in members {
        let named = [format!("`{member}`"), format!("`{member}.")];
        assert!(
            named.iter().any(|name| pages.contains(name)),
            "neither README.md nor docs/configuration.md describes details.{member}"
        );
    }
}

#[test]
fn every_provider_has_a_page_that_the_readme_leads_to() {
    let readme = read("README.md");
    for needed in ["docs/configuration.md", "docs/architecture.md"] {
        assert!(readme.contains(&format!("]({needed})")), "link {needed}");
    }
    for (provider, _) in PROVIDERS {
        let path = page_of(provider);
        assert!(
            readme.contains(&format!("[`{provider}`]({path})")),
            "README.md: link {path}"
        );
        let page = read(&path);
        for needed in [
            "**Status",
            "## Profile",
            "## What people see",
            "## The flow",
            "## Limits",
            "## Refunds",
            "## UNVERIFIED",
            "## After a power cut",
        ] {
            assert!(page.contains(needed), "{path} has no '{needed}'");
        }
        let lines = page.lines().count();
        assert!(lines <= PAGE_LINES_MAX, "{path}: {lines} lines");
    }
}

#[test]
fn the_commands_of_the_readme_exist() {
    let readme = read("README.md");
    let aliases = read(".cargo/config.toml");
    for command in ["demo", "check-all"] {
        assert!(readme.contains(&format!("cargo {command}")));
        assert!(aliases.contains(&format!("{command} =")));
    }
}

/// Words of the C interface in a text, and in the header, cut at the same places.
fn words(text: &str) -> BTreeSet<String> {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(|c| !inner(c))
        .filter(|word| word.starts_with("payments_") || word.starts_with("PAYMENTS_"))
        .filter(|word| !word.ends_with('_'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_words_of_the_interface_are_the_headers() {
    let header = words(&read("include/payments.h"));
    for path in documents() {
        for word in words(&read(&path)) {
            assert!(
                header.contains(&word),
                "{path}: there is no {word} in payments.h"
            );
        }
    }
}

#[test]
fn the_short_codes_are_reasons() {
    let known: BTreeSet<i32> = Reason::ALL.iter().map(|it| it.number()).collect();
    for path in documents() {
        let text = read(&path);
        for quoted in text.split('`').skip(1).step_by(2) {
            let Some(rest) = quoted.strip_prefix('P') else {
                continue;
            };
            let number = rest.split('/').next().unwrap_or(rest);
            if let Ok(number) = number.parse() {
                assert!(known.contains(&number), "{path}: no reason has P{number}");
            }
        }
    }
}

/// The files that a text links to, with what they are called from.
fn links(path: &str) -> Vec<PathBuf> {
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    let text = read(path);
    let targets = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    targets
        .filter(|target| !target.contains("://") && !target.starts_with('#'))
        .map(|target| folder.join(target.split('#').next().unwrap_or(target)))
        .collect()
}

#[test]
fn every_link_leads_to_a_file() {
    for path in documents() {
        for link in links(&path) {
            let there = root().join(&link);
            assert!(there.exists(), "{path}: there is no {}", link.display());
        }
    }
}

/// Secrets and keys are where the reader has them: here they stand in the text.
#[cfg(feature = "library")]
fn with_secrets_at_hand(mut config: serde_json::Value) -> String {
    use serde_json::Value;

    let settings = sandbox::WorldSettings::default();
    let keys = sandbox::World::new(settings).smartum().public_keys_pem();
    let (_, pem) = keys.into_iter().next().expect("a public key");
    let mut open = std::collections::VecDeque::from([&mut config]);
    while let Some(value) = open.pop_front() {
        match value {
            Value::Object(members) if members.contains_key("kid") => {
                members.remove("file");
                members.insert("pem".to_owned(), json!(pem));
            }
            Value::Object(members)
                if members.len() == 1
                    && (members.contains_key("env") || members.contains_key("file")) =>
            {
                *members = serde_json::Map::from_iter([("value".to_owned(), json!("secret"))]);
            }
            Value::Object(members) => open.extend(members.values_mut()),
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    config.to_string()
}

#[cfg(feature = "library")]
#[test]
fn every_configuration_that_is_shown_can_be_read() {
    for path in documents() {
        let text = read(&path);
        let blocks = text.split("```json\n").skip(1);
        let mut configurations = 0;
        for block in blocks.filter_map(|rest| rest.split("```").next()) {
            let value: serde_json::Value = serde_json::from_str(block)
                .unwrap_or_else(|error| panic!("{path}: {error}\n{block}"));
            if value.get("profiles").is_none() {
                continue;
            }
            configurations += 1;
            let config = with_secrets_at_hand(value);
            if let Err(error) = payments::config::Config::read(&config) {
                panic!("{path}: {error}");
            }
        }
        let has_one = path == "README.md" || path.starts_with("docs/providers/");
        assert_eq!(configurations > 0, has_one, "{path}");
    }
}
