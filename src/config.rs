//! The configuration: one JSON object, checked whole before anything is opened.

use crate::device::scanner::ScannerSettings;
use crate::journal::{JournalError, sqlite::SqliteJournal};
use crate::provider::{BuildRules, Profile, SetupError, registry};
use crate::secret::{Secret, SecretSource};
use crate::text::{Language, Texts};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// The longest configuration that is read.
pub const CONFIG_LEN_MAX: usize = 1024 * 1024;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// See below.
    journal: JournalSettings,
    /// `en`, `fi`, `sv`, `nb`, `da` or `ru`: of the texts in views.
    #[serde(default = "english")]
    language: String,
    /// Whether a cashier is at the till to answer what a view asks.
    #[serde(default = "yes")]
    attended: bool,
    /// See below.
    #[serde(default)]
    network: Network,
    /// See below.
    #[serde(default)]
    limits: Limits,
    /// A scanner on a serial line that the library reads by itself.
    #[serde(default)]
    scanner: Option<ScannerSettings>,
    /// Texts of your own, by their names.
    #[serde(default)]
    texts: BTreeMap<String, String>,
    /// Names of your choice, each with a `provider` and its settings.
    profiles: BTreeMap<String, Map<String, Value>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct JournalSettings {
    /// The database file; made if it does not exist. Its folder must exist, on a local disk.
    path: String,
    /// 64 hexadecimal digits, if they shall not be in a file beside the journal.
    #[serde(default)]
    key: Option<SecretSource>,
    /// How long request bodies (sealed, with personal data) of finished operations are kept.
    #[serde(default = "one_day_in_hours")]
    retention_hours: u32,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// PEM file with the only authorities that are trusted. Default: the operating system's.
    #[serde(default)]
    pub ca_file: Option<String>,
    /// Accepts `http://` for 127.0.0.1, localhost and [::1]: for the sandbox.
    #[serde(default)]
    pub allow_plain_http_loopback: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Limits {
    /// Unfinished or unconfirmed operations at the same time, 1 to 10000.
    open_operations: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            open_operations: 1_000,
        }
    }
}

fn english() -> String {
    "en".to_owned()
}

fn yes() -> bool {
    true
}

fn one_day_in_hours() -> u32 {
    24
}

/// Why a configuration is not usable: where, what, and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("the configuration file '{path}' could not be read ({kind})")]
    Unreadable {
        path: String,
        kind: std::io::ErrorKind,
    },
    #[error("the configuration is longer than {CONFIG_LEN_MAX} bytes")]
    TooLong,
    #[error("configuration, line {line}, column {column}: {problem}")]
    NotJson {
        line: usize,
        column: usize,
        problem: String,
    },
    #[error("configuration, {path}: {problem}")]
    Setting { path: String, problem: String },
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// A checked configuration, ready to be opened.
pub struct Config {
    journal_path: String,
    journal_key: Option<Secret>,
    retention_ms: i64,
    pub texts: Texts,
    pub attended: bool,
    pub network: Network,
    pub open_operations_max: usize,
    pub profiles: Vec<Profile>,
    pub scanner: Option<ScannerSettings>,
}

impl Config {
    /// `text`: a JSON object, or the path of a file that holds one.
    pub fn read(text: &str) -> Result<Self, ConfigError> {
        if text.trim_start().starts_with('{') {
            return Self::parse(text);
        }
        let unreadable = |error: std::io::Error| ConfigError::Unreadable {
            path: text.to_owned(),
            kind: error.kind(),
        };
        let len = std::fs::metadata(text).map_err(unreadable)?.len();
        if len > CONFIG_LEN_MAX as u64 {
            return Err(ConfigError::TooLong);
        }
        let content = std::fs::read_to_string(text).map_err(unreadable)?;
        Self::parse(content.strip_prefix('\u{feff}').unwrap_or(&content))
    }

    fn parse(text: &str) -> Result<Self, ConfigError> {
        let value: Value = serde_json::from_str(text).map_err(|error| ConfigError::NotJson {
            line: error.line(),
            column: error.column(),
            problem: shape_of(&error).to_owned(),
        })?;
        let file: File = from_value("", value)?;
        let setting = |path: &str, problem: String| ConfigError::Setting {
            path: path.to_owned(),
            problem,
        };
        let language = Language::from_code(&file.language).ok_or_else(|| {
            let known: Vec<_> = Language::ALL
                .iter()
                .map(|language| language.code())
                .collect();
            setting("language", format!("must be one of {}", known.join(", ")))
        })?;
        let texts = Texts::new(language, &file.texts)
            .map_err(|error| setting("texts", error.to_string()))?;
        if !(1..=10_000).contains(&file.limits.open_operations) {
            return Err(setting(
                "limits.open_operations",
                "must be from 1 to 10000".to_owned(),
            ));
        }
        if let Some(Err(invalid)) = file.scanner.as_ref().map(ScannerSettings::check) {
            let path = format!("scanner.{}", invalid.field);
            return Err(setting(&path, invalid.problem.to_owned()));
        }
        if file.profiles.is_empty() {
            return Err(setting("profiles", "needs at least one profile".to_owned()));
        }
        let journal_key = file
            .journal
            .key
            .map(|source| source.resolve())
            .transpose()
            .map_err(|error| setting("journal.key", error.to_string()))?;
        let rules = BuildRules {
            allow_plain_http_loopback: file.network.allow_plain_http_loopback,
        };
        let mut profiles = Vec::new();
        for (name, settings) in file.profiles {
            profiles.push(profile(name, settings, &rules)?);
        }
        Ok(Self {
            journal_path: file.journal.path,
            journal_key,
            retention_ms: i64::from(file.journal.retention_hours) * 3_600_000,
            texts,
            attended: file.attended,
            network: file.network,
            open_operations_max: file.limits.open_operations,
            profiles,
            scanner: file.scanner,
        })
    }

    pub fn open_journal(&self) -> Result<SqliteJournal, JournalError> {
        let path = Path::new(&self.journal_path);
        SqliteJournal::open(path, self.journal_key.as_ref(), self.retention_ms)
    }
}

fn profile(
    name: String,
    mut settings: Map<String, Value>,
    rules: &BuildRules,
) -> Result<Profile, ConfigError> {
    let path = format!("profiles.{name}");
    let setting = |member: &str, problem: String| ConfigError::Setting {
        path: if member.is_empty() {
            path.clone()
        } else {
            format!("{path}.{member}")
        },
        problem,
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > 63 || !name.chars().all(plain) {
        let problem = "a profile's name has 1 to 63 letters, digits, '-', '_' or '.'";
        return Err(setting("", problem.to_owned()));
    }
    let provider = match settings.remove("provider") {
        Some(Value::String(provider)) => provider,
        _ => {
            let known = registry::names().collect::<Vec<_>>().join(", ");
            return Err(setting("provider", format!("must be one of {known}")));
        }
    };
    let value = Value::Object(settings);
    objects_only(&path, &value)?;
    let Some(read) = registry::settings(&provider, value) else {
        let hint = nearest(&provider, registry::names());
        let known = registry::names().collect::<Vec<_>>().join(", ");
        let problem = format!("there is no '{provider}'{hint}; must be one of {known}");
        return Err(setting("provider", problem));
    };
    let settings = read.map_err(|error| misread(&path, &error))?;
    let late = settings.late_approval();
    let provider = settings.build(rules).map_err(|error| match error {
        SetupError::Secret {
            setting: member,
            source,
        } => setting(member, source.to_string()),
        SetupError::Invalid {
            setting: member,
            problem,
        } => setting(member, problem),
    })?;
    Ok(Profile {
        name,
        provider,
        late,
    })
}

/// Reads a part of the configuration; an error names the place, what was found and what is near.
fn from_value<T: serde::de::DeserializeOwned>(path: &str, value: Value) -> Result<T, ConfigError> {
    objects_only(path, &value)?;
    serde_path_to_error::deserialize(value).map_err(|error| misread(path, &error))
}

fn misread(path: &str, error: &registry::Misread) -> ConfigError {
    let inner = error.path().to_string();
    let inner = if inner == "." { String::new() } else { inner };
    let message = error.inner().to_string();
    let (found, problem) = explain(&message);
    let mut place: Vec<&str> = [path, &inner]
        .into_iter()
        .filter(|p| !p.is_empty())
        .collect();
    // serde names the unknown member itself as the end of the path, or does not.
    if let Some(found) = found
        && place.last().is_none_or(|last| !last.ends_with(found))
    {
        place.push(found);
    }
    ConfigError::Setting {
        path: place.join("."),
        problem,
    }
}

/// serde would fill an object from a list, member by member: a list where members with names belong
/// is a mistake. Lists are what a plural names: texts, and `lines` and `…keys` of objects; and the
/// places where a claim may be found.
fn objects_only(path: &str, value: &Value) -> Result<(), ConfigError> {
    let inner = |name: &str| match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    match value {
        Value::Object(members) => members.iter().try_for_each(|(name, member)| match member {
            Value::Array(items) if name == "lines" || name.ends_with("keys") => items
                .iter()
                .try_for_each(|item| objects_only(&inner(name), item)),
            Value::Array(items)
                if items.iter().all(Value::is_string)
                    && !path.is_empty()
                    && (name.ends_with('s') || path.ends_with(".claims")) =>
            {
                Ok(())
            }
            Value::Object(_) | Value::Array(_) => objects_only(&inner(name), member),
            _ => Ok(()),
        }),
        _ => Err(ConfigError::Setting {
            path: path.to_owned(),
            problem: "expected an object: { \"name\": value, … }".to_owned(),
        }),
    }
}

/// Turns serde's message into one that helps. Values are not repeated: they may be secrets.
fn explain(message: &str) -> (Option<&str>, String) {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if message.starts_with("unknown field")
        && let Some((found, known)) = quoted.split_first()
    {
        let hint = nearest(found, known.iter().copied());
        return (Some(found), format!("there is no setting '{found}'{hint}"));
    }
    if message.starts_with("unknown variant") {
        let known = quoted.get(1..).unwrap_or_default().join(", ");
        return (None, format!("must be one of {known}"));
    }
    if message.starts_with("missing field") {
        let missing = quoted.first().copied();
        return (missing, "this setting is missing".to_owned());
    }
    match message.rsplit_once("expected ") {
        Some((_, expected)) => (None, format!("expected {expected}")),
        None => (None, "this value cannot be used here".to_owned()),
    }
}

/// Reads the `details_json` of a request; an error names the member and what would be right.
pub fn read_details<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, String> {
    let value: Value = serde_json::from_str(json).map_err(|error| {
        let problem = shape_of(&error);
        format!(
            "details_json, line {}, column {}: {problem}",
            error.line(),
            error.column()
        )
    })?;
    from_value("details", value).map_err(|error| match error {
        ConfigError::Setting { path, problem } => format!("{path}: {problem}"),
        other => other.to_string(),
    })
}

fn nearest<'a>(found: &str, known: impl Iterator<Item = &'a str>) -> String {
    known
        .map(|name| (strsim::damerau_levenshtein(found, name), name))
        .min()
        .filter(|(distance, name)| *distance <= name.len().div_ceil(2))
        .map(|(_, name)| format!("; did you mean '{name}'?"))
        .unwrap_or_default()
}

/// What is wrong with the JSON, without repeating any of it.
fn shape_of(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Eof => "the JSON ends too early",
        serde_json::error::Category::Syntax => "this is not JSON",
        serde_json::error::Category::Data | serde_json::error::Category::Io => {
            "this JSON cannot be read"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(change: impl Fn(&mut Value)) -> String {
        let mut config = serde_json::json!({
            "journal": {"path": "till.db"},
            "profiles": {"shop": {
                "provider": "vipps", "client_id": {"value": "a"}, "client_secret": {"value": "b"},
                "subscription_key": {"value": "c"}, "merchant_serial_number": "123456",
                "currency": "NOK"
            }}
        });
        assert!(
            Config::parse(&config.to_string()).is_ok(),
            "the sound one is taken"
        );
        change(&mut config);
        match Config::parse(&config.to_string()) {
            Ok(_) => "nothing".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_misspelt_setting_is_named_with_its_place_and_the_nearest_one() {
        let told = problem(|c| c["profiles"]["shop"]["curency"] = "NOK".into());
        assert!(told.contains("profiles.shop.curency"), "{told}");
        assert!(told.contains("did you mean 'currency'"), "{told}");
        let told = problem(|c| c["jornal"] = 1.into());
        assert!(told.contains("did you mean 'journal'"), "{told}");
        let told = problem(|c| c["network"] = serde_json::json!({"ca_fil": "x"}));
        assert!(
            told.contains("network.ca_fil") && told.contains("'ca_file'"),
            "{told}"
        );
        let told = problem(|c| c["profiles"]["shop"]["provider"] = "vips".into());
        assert!(told.contains("did you mean 'vipps'"), "{told}");
    }

    #[test]
    fn what_is_missing_is_named() {
        let told = problem(|c| {
            c["profiles"]["shop"]
                .as_object_mut()
                .unwrap()
                .remove("client_secret");
        });
        assert!(
            told.contains("profiles.shop.client_secret") && told.contains("missing"),
            "{told}"
        );
        let told = problem(|c| {
            c["profiles"]["shop"]["client_secret"] = serde_json::json!({"env": "NOT_SET_4711"});
        });
        assert!(
            told.contains("client_secret") && told.contains("NOT_SET_4711"),
            "{told}"
        );
    }

    #[test]
    fn no_value_is_repeated() {
        let told = problem(|c| c["profiles"]["shop"]["client_secret"] = "canary-4711".into());
        assert!(!told.contains("4711"), "{told}");
        let told = problem(|c| c["attended"] = "canary-4711".into());
        assert!(
            !told.contains("4711") && told.contains("attended"),
            "{told}"
        );
    }

    #[test]
    fn plain_http_is_for_loopback_and_only_when_allowed() {
        let address = |url: &str| {
            let url = url.to_owned();
            problem(move |c| c["profiles"]["shop"]["base_url"] = url.clone().into())
        };
        assert!(address("http://127.0.0.1:8420").contains("allow_plain_http_loopback"));
        assert!(address("http://api.vipps.no").contains("only for 127.0.0.1"));
        assert!(address("ftp://x").contains("https://"));
        let told = problem(|c| {
            c["profiles"]["shop"]["base_url"] = "http://127.0.0.1:8420".into();
            c["network"] = serde_json::json!({"allow_plain_http_loopback": true});
        });
        assert_eq!(told, "nothing");
    }

    #[test]
    fn broken_json_names_the_line() {
        let Err(error) = Config::parse("{\n \"journal\": ") else {
            panic!("taken")
        };
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
