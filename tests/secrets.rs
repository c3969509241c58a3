//! S1, S5: a day at the till with marked secrets, and then a search for them in everything that the
//! library wrote or said, in every form that we can think of.

#![cfg(all(feature = "library", target_os = "linux"))]

#[path = "support/built.rs"]
mod built;
#[path = "support/c_programs.rs"]
mod c_programs;

use c_programs::{Flavour, Run, Stage, compile};
use data_encoding::{BASE64, BASE64URL, HEXLOWER, HEXUPPER};
use serde_json::json;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

const CLIENT_ID: &str = "canary-client-id-7f3a91";
const CLIENT_SECRET: &str = "canary/secret+28d1=Zq&0c";
const SUBSCRIPTION_KEY: &str = "canary-subscription-b6e4f0";
const WRONG_SECRET: &str = "canary-wrong-secret-55c0de";

/// Of the customer, as tests/c/secrets.c uses them.
const PERSONAL: [&str; 3] = [
    "4798765432",
    "qr.vipps.no/p/sandbox-0002",
    "4111111111111111",
];

/// A secret and all the ways to write it.
struct Needle {
    name: String,
    forms: Vec<(&'static str, Vec<u8>)>,
}

fn needle(name: &str, secret: &str) -> Needle {
    assert!(secret.len() >= 6, "{name} is too short to be searched for");
    let bytes = secret.as_bytes();
    let mut forms = vec![("raw", bytes.to_vec())];
    forms.push(("hex", HEXLOWER.encode(bytes).into_bytes()));
    forms.push(("HEX", HEXUPPER.encode(bytes).into_bytes()));
    forms.push(("upper case", secret.to_uppercase().into_bytes()));
    forms.push(("lower case", secret.to_lowercase().into_bytes()));
    forms.push(("URL", url_encoded(bytes, true)));
    forms.push(("url", url_encoded(bytes, false)));
    forms.push((
        "JSON",
        serde_json::to_string(secret)
            .expect("text")
            .trim_matches('"')
            .into(),
    ));
    forms.push(("JSON with \\/", secret.replace('/', "\\/").into_bytes()));
    forms.push((
        "UTF-16 LE",
        secret.encode_utf16().flat_map(u16::to_le_bytes).collect(),
    ));
    forms.push((
        "UTF-16 BE",
        secret.encode_utf16().flat_map(u16::to_be_bytes).collect(),
    ));
    // Base64 of something longer that holds the secret at any of three offsets: the middle is fixed.
    for offset in 0..3 {
        let padded = [&vec![0; offset][..], bytes].concat();
        let whole = padded.len() / 3 * 4;
        let start = if offset == 0 { 0 } else { 4 };
        for (name, encoding) in [("base64", BASE64), ("base64url", BASE64URL)] {
            let text = encoding.encode(&padded);
            forms.push((name, text.as_bytes()[start..whole].to_vec()));
        }
    }
    Needle {
        name: name.to_owned(),
        forms,
    }
}

fn url_encoded(bytes: &[u8], upper: bool) -> Vec<u8> {
    let mut out = String::new();
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(byte) {
            out.push(char::from(*byte));
        } else if upper {
            out.push_str(&format!("%{byte:02X}"));
        } else {
            out.push_str(&format!("%{byte:02x}"));
        }
    }
    out.into_bytes()
}

/// What of the needles is in the hay.
fn search(needles: &[Needle], place: &str, hay: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for needle in needles {
        for (form, bytes) in &needle.forms {
            if let Some(at) = hay.windows(bytes.len()).position(|window| window == bytes) {
                found.push(format!("{place}, byte {at}: {} as {form}", needle.name));
                break;
            }
        }
    }
    found
}

/// All files of a folder but those that the test itself wrote secrets into.
fn search_folder(needles: &[Needle], folder: &Path) -> (Vec<String>, Vec<String>) {
    let given = ["till.json", "sandbox.json", "ports.json"];
    let mut found = Vec::new();
    let mut searched = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder of the run") {
        let path = entry.expect("a folder entry").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_file() && !given.contains(&name.as_str()) {
            let bytes = std::fs::read(&path).expect("a readable file");
            found.extend(search(needles, &name, &bytes));
            searched.push(name);
        }
    }
    (found, searched)
}

/// Passes everything on to the sandbox and keeps a copy: how else to learn tokens and codes.
struct Recorder {
    port: u16,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Recorder {
    fn before(sandbox: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = heard.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", sandbox)) else {
                    continue;
                };
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (from, to) = (from.try_clone(), to.try_clone());
                    let ears = ears.clone();
                    if let (Ok(from), Ok(to)) = (from, to) {
                        std::thread::spawn(move || pass_on(from, to, &ears));
                    }
                }
            }
        });
        Self { port, heard }
    }

    /// Values of a JSON member in the answers.
    fn members(&self, name: &str) -> Vec<String> {
        let heard = self.heard.lock().expect("no test thread panicked");
        let text = String::from_utf8_lossy(&heard);
        let key = format!("\"{name}\":\"");
        let mut values: Vec<String> = text
            .split(&key)
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .map(str::to_owned)
            .collect();
        values.sort();
        values.dedup();
        values
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, ears: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 4096];
    while let Ok(size @ 1..) = from.read(&mut buffer) {
        ears.lock()
            .expect("no test thread panicked")
            .extend(&buffer[..size]);
        if to.write_all(&buffer[..size]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

fn stage(name: &str) -> (Stage, Recorder) {
    let settings = json!({"vipps": {
        "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "subscription_key": SUBSCRIPTION_KEY
    }});
    let stage = Stage::with_settings(name, &settings);
    let recorder = Recorder::before(stage.port);
    let mut config = stage.config();
    let profile = &mut config["profiles"]["vipps"];
    profile["base_url"] = format!("http://127.0.0.1:{}", recorder.port).into();
    profile["client_id"] = json!({"value": CLIENT_ID});
    profile["client_secret"] = json!({"value": CLIENT_SECRET});
    profile["subscription_key"] = json!({"value": SUBSCRIPTION_KEY});
    stage.write_config(&config);
    (stage, recorder)
}

fn needles(recorder: &Recorder) -> Vec<Needle> {
    let mut needles = vec![
        needle("the client id", CLIENT_ID),
        needle("the client secret", CLIENT_SECRET),
        needle("the subscription key", SUBSCRIPTION_KEY),
        needle("a wrong client secret", WRONG_SECRET),
    ];
    for secret in PERSONAL {
        needles.push(needle("personal data", secret));
    }
    for token in recorder.members("access_token") {
        needles.push(needle("an access token", &token));
    }
    for url in recorder.members("redirectUrl") {
        let token = url.rsplit(['=', '/']).next().unwrap_or(&url).to_owned();
        needles.push(needle("a code that customers pay with", &token));
    }
    needles
}

fn expect_no_secret(stage: &Stage, recorder: &Recorder, printed: &str) {
    let needles = needles(recorder);
    let (mut found, searched) = search_folder(&needles, &stage.folder);
    found.extend(search(&needles, "standard output", printed.as_bytes()));
    for file in ["till.db", "till.log", "said.txt"] {
        assert!(
            searched.iter().any(|name| name == file),
            "{file} was not there to be searched: {searched:?}"
        );
    }
    assert!(
        found.is_empty(),
        "secrets leaked:\n  {}",
        found.join("\n  ")
    );
}

#[test]
fn s1_a_day_at_the_till_leaks_no_secret() {
    let (stage, recorder) = stage("secrets");
    let said = stage.run(&compile("secrets", Flavour::Plain), &Run::default());
    assert!(
        !recorder.members("access_token").is_empty(),
        "the recorder heard no token"
    );
    assert!(
        !recorder.members("redirectUrl").is_empty(),
        "the recorder heard no code"
    );
    let log = std::fs::read_to_string(stage.folder.join("till.log")).expect("the log");
    let lines = log.lines().count();
    assert!(
        lines >= 20,
        "a day logged only {lines} lines at DEBUG, so the search proves little"
    );
    expect_no_secret(&stage, &recorder, &(said.out + &said.err));
}

#[test]
fn s1_a_till_that_dies_leaves_no_secret() {
    let (stage, recorder) = stage("secrets-dies");
    let run = Run {
        more: &["dies"],
        ..Run::default()
    };
    let said = stage.run(&compile("secrets", Flavour::Plain), &run);
    expect_no_secret(&stage, &recorder, &(said.out + &said.err));
}

#[test]
fn s1_refused_credentials_are_not_repeated() {
    let (stage, recorder) = stage("secrets-refused");
    let mut config: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(stage.config_file()).expect("the config"))
            .expect("JSON");
    config["profiles"]["vipps"]["client_secret"] = json!({"value": WRONG_SECRET});
    stage.write_config(&config);
    let run = Run {
        more: &["refused"],
        ..Run::default()
    };
    let said = stage.run(&compile("secrets", Flavour::Plain), &run);
    let log = std::fs::read_to_string(stage.folder.join("till.log")).expect("the log");
    assert!(
        !log.is_empty(),
        "refused credentials are not even logged, so the search proves little"
    );
    expect_no_secret(&stage, &recorder, &(said.out + &said.err));
}

/// A search that finds nothing proves something only if it would have found it.
#[test]
fn the_search_finds_what_is_planted() {
    for secret in [CLIENT_SECRET, SUBSCRIPTION_KEY, PERSONAL[0], PERSONAL[1]] {
        let needles = [needle("planted", secret)];
        let bytes = secret.as_bytes();
        let mut planted: Vec<(String, Vec<u8>)> = vec![
            ("raw".into(), [b"before ", bytes, b" after"].concat()),
            ("hex".into(), HEXLOWER.encode(bytes).into_bytes()),
            ("HEX".into(), HEXUPPER.encode(bytes).into_bytes()),
            ("url".into(), url_encoded(bytes, true)),
            ("json".into(), json!({"a": secret}).to_string().into_bytes()),
            (
                "utf-16".into(),
                secret.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            ),
        ];
        for before in 0..7 {
            let text = [&vec![b'x'; before][..], bytes, b"and more"].concat();
            planted.push((
                format!("base64 after {before}"),
                BASE64.encode(&text).into_bytes(),
            ));
            planted.push((
                format!("base64url after {before}"),
                BASE64URL.encode(&text).into_bytes(),
            ));
        }
        for (form, hay) in planted {
            assert!(
                !search(&needles, "here", &hay).is_empty(),
                "{secret} is not found as {form}"
            );
        }
    }
}

/// A leak in a real run is found: the till itself uses a secret as a reference.
#[test]
fn the_search_finds_a_leak_of_a_real_run() {
    let (stage, _recorder) = stage("secrets-planted");
    stage.run(&compile("secrets", Flavour::Plain), &Run::default());
    let leaked = [needle("a reference of the till", "secrets-phone")];
    let (found, _) = search_folder(&leaked, &stage.folder);
    for file in ["said.txt", "till.db"] {
        assert!(
            found.iter().any(|place| place.starts_with(file)),
            "not found in {file}: {found:?}"
        );
    }
}
