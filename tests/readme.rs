//! The README says what is true: its example is the compiled one, and every setting is in its tables.

use std::path::Path;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
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

/// The struct's own list of its members, taken from what it says about an unknown one.
fn settings_of<T: serde::de::DeserializeOwned>() -> Vec<String> {
    let Err(error) = serde_json::from_str::<T>(r#"{"no such setting": 1}"#) else {
        panic!("an unknown setting was taken")
    };
    let message = error.to_string();
    message
        .split('`')
        .skip(1)
        .step_by(2)
        .skip(1)
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_setting_of_a_provider_is_described() {
    let readme = read("README.md");
    let settings = settings_of::<payments::provider::vipps::Settings>();
    assert!(settings.len() > 15, "{settings:?}");
    for setting in settings {
        assert!(
            readme.contains(&format!("`{setting}`")),
            "README.md does not describe {setting}"
        );
    }
}

#[test]
fn every_member_of_the_details_is_described() {
    let readme = read("README.md");
    let mut members = settings_of::<payments::provider::TenderDetails>();
    members.extend(settings_of::<payments::provider::ReceiptDetails>());
    members.extend(settings_of::<payments::provider::ReceiptLine>());
    for member in members {
        let named = [format!("`{member}`"), format!("`{member}.")];
        assert!(
            named.iter().any(|name| readme.contains(name)),
            "README.md does not describe details.{member}"
        );
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
