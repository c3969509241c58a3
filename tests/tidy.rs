//! Keeps the tree as `style.md` says: who may know whom, where unsafe lives, how long files get.
//! Reads sources only.

use std::path::{Path, PathBuf};

const LINES_MAX: usize = 600;

/// A source file of ours.
struct Source {
    /// From the root, with `/`.
    path: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    collect(&root().join(folder), &mut found);
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn collect(folder: &Path, found: &mut Vec<Source>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path: PathBuf = entry.expect("a folder entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if name != "node_modules" && name != "target" {
                collect(&path, found);
            }
            continue;
        }
        if !name.ends_with(".rs") && !name.ends_with(".c") && !name.ends_with(".h") {
            continue;
        }
        let relative = path.strip_prefix(root()).expect("below the root");
        let path = relative.to_string_lossy().replace('\\', "/");
        let text = std::fs::read_to_string(root().join(&path)).expect("a readable source");
        found.push(Source { path, text });
    }
}

/// The lines of code: no comments, nothing after `#[cfg(test)]`, which ends a file by custom.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .map(|(number, line)| (number + 1, line.split("//").next().unwrap_or_default()))
}

/// Complains about each line of `folder` that holds one of the words.
fn nowhere(folder: &str, words: &[&str], advice: &str) {
    let mut found = Vec::new();
    for source in sources(folder) {
        for (number, line) in code(&source.text) {
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{advice}\n  {}", found.join("\n  "));
}

#[test]
fn imports_go_in_one_direction() {
    nowhere(
        "src/tender",
        &[
            "crate::engine",
            "crate::journal",
            "crate::ffi",
            "crate::device",
            "crate::provider",
            "crate::text",
            "crate::config",
            "super::super",
            "std::fs",
            "std::net",
            "std::time",
            "std::thread",
            "SystemTime",
            "tokio",
            "reqwest",
            "rusqlite",
        ],
        "tender is pure: what it needs comes in as a value",
    );
    nowhere(
        "src/provider",
        &[
            "crate::engine",
            "crate::journal",
            "crate::ffi",
            "crate::device",
            "tokio",
            "reqwest::",
            "std::fs",
            "std::net",
            "std::thread",
            "SystemTime",
            "Instant::now",
        ],
        "a provider is two pure halves: the engine sends, waits and writes",
    );
    nowhere(
        "src/journal",
        &[
            "crate::engine",
            "crate::ffi",
            "crate::device",
            "reqwest",
            "tokio",
        ],
        "the journal stands beside the engine and knows facts only",
    );
    nowhere(
        "src/engine",
        &["crate::ffi", "extern \"C\""],
        "the engine does not know that C is calling",
    );
    nowhere(
        "src/device",
        &["crate::engine", "crate::journal", "crate::ffi"],
        "a device is at the edge: it is called, it does not call",
    );
    nowhere(
        "src/text",
        &[
            "crate::engine",
            "crate::journal",
            "crate::ffi",
            "crate::provider",
        ],
        "texts are made from words of tender alone",
    );
}

/// The core decides without a world: only what names the world may touch it.
#[test]
fn the_engines_core_has_no_clock_no_chance_and_no_sockets() {
    let world = ["src/engine/worker.rs", "src/engine/transport.rs"];
    let mut found = Vec::new();
    for source in sources("src/engine") {
        if world.contains(&source.path.as_str()) {
            continue;
        }
        for (number, line) in code(&source.text) {
            let words = [
                "SystemTime",
                "Instant",
                "std::thread",
                "std::fs",
                "std::net",
                "tokio::",
                "reqwest",
                "rusqlite",
                "HashMap",
                "HashSet",
            ];
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    assert!(
        found.is_empty(),
        "what is simulated must be what runs, and run the same twice: hand it in (see engine/mod.rs); \
         maps are ordered\n  {}",
        found.join("\n  ")
    );
}

#[test]
fn no_provider_is_named_outside_its_folder() {
    let providers: Vec<String> = payments::provider::PROVIDERS
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    assert!(!providers.is_empty(), "no provider is registered");
    let folders = [
        "src/engine",
        "src/tender",
        "src/ffi",
        "src/journal",
        "src/device",
        "src/text",
    ];
    let mut found = Vec::new();
    for source in folders.iter().flat_map(|folder| sources(folder)) {
        for (number, line) in code(&source.text) {
            let line = line.to_lowercase();
            if providers
                .iter()
                .any(|provider| line.contains(provider.as_str()))
            {
                found.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    assert!(
        found.is_empty(),
        "ask the provider's Capabilities instead of its name\n  {}",
        found.join("\n  ")
    );
}

#[test]
fn unsafe_lives_in_ffi() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml");
    assert!(
        manifest.contains("unsafe_code = \"deny\""),
        "Cargo.toml must deny unsafe_code"
    );
    let mut found = Vec::new();
    let folders = ["src", "sandbox/src", "xtask/src"];
    for source in folders.iter().flat_map(|folder| sources(folder)) {
        for (number, line) in source.text.lines().enumerate() {
            let line = line.split("//").next().unwrap_or_default();
            let allows = line.contains("allow(unsafe_code");
            let uses = line.contains("unsafe {")
                || line.contains("unsafe fn")
                || line.contains("unsafe impl");
            if (allows || uses) && !source.path.starts_with("src/ffi/") {
                found.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    assert!(
        found.is_empty(),
        "unsafe belongs into src/ffi\n  {}",
        found.join("\n  ")
    );
}

#[test]
fn each_unsafe_block_says_why_it_is_sound() {
    let mut found = Vec::new();
    for source in sources("src/ffi") {
        let lines: Vec<&str> = source.text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if !code.contains("unsafe {") && !code.contains("unsafe impl") {
                continue;
            }
            let before = lines[..number].iter().rev().take(6);
            if !before
                .into_iter()
                .any(|line| line.trim_start().starts_with("// SAFETY:"))
            {
                found.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    assert!(
        found.is_empty(),
        "write `// SAFETY:` with the caller's documented duty that makes it sound\n  {}",
        found.join("\n  ")
    );
}

#[test]
fn files_stay_short_enough_to_read() {
    let folders = ["src", "sandbox", "xtask", "tests", "examples"];
    let long: Vec<String> = folders
        .iter()
        .flat_map(|folder| sources(folder))
        .map(|source| (source.text.lines().count(), source.path))
        .filter(|(lines, _)| *lines > LINES_MAX)
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    assert!(
        long.is_empty(),
        "split what is longer than {LINES_MAX} lines\n  {}",
        long.join("\n  ")
    );
}

/// Each provider has wire types with an answer for words that nobody has told us of.
#[test]
fn every_provider_has_wire_types_and_a_place_for_unknown_words() {
    for (provider, _) in payments::provider::PROVIDERS {
        let folder = format!("src/provider/{provider}");
        let wire = root().join(&folder).join("wire.rs");
        let reads_answers = sources(&folder)
            .iter()
            .any(|source| source.text.contains("serde_json::from_slice"));
        if !wire.exists() && !reads_answers {
            // It lets another one's module read for it, or has nothing to read.
            continue;
        }
        let text = std::fs::read_to_string(&wire).unwrap_or_else(|_| {
            panic!("{folder} needs wire.rs: what is on the wire, and its meaning")
        });
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let declares =
                line.trim_start().starts_with("pub enum") || line.trim_start().starts_with("enum");
            if !declares {
                continue;
            }
            let attributes = lines[..number]
                .iter()
                .rev()
                .take(4)
                .copied()
                .collect::<String>();
            if !attributes.contains("Deserialize") || attributes.contains("untagged") {
                continue;
            }
            let body: String = lines[number..]
                .iter()
                .take_while(|line| line.trim_end() != "}")
                .copied()
                .collect();
            assert!(
                body.contains("Unrecognized") && body.contains("#[serde(other)]"),
                "{folder}/wire.rs:{}: `{}` needs `#[serde(other)] Unrecognized`: one new word of the \
                 provider must not fail every payment",
                number + 1,
                line.trim()
            );
        }
        let named = std::fs::read_to_string(root().join("README.md"))
            .unwrap_or_default()
            .to_lowercase();
        assert!(
            named.contains(provider),
            "README.md must mention the provider {provider}"
        );
    }
}

#[test]
fn the_readme_mentions_what_there_is() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap_or_default();
    for word in [
        "payments_init",
        "payments.h",
        "cargo demo",
        "cargo check-all",
        "sandbox",
        "payments_recover_pending",
    ] {
        assert!(readme.contains(word), "README.md does not mention {word}");
    }
}

#[test]
fn rust_comments_promise_nothing_for_later() {
    let words = ["TODO", "FIXME", "XXX", "HACK"];
    let mut found = Vec::new();
    for folder in ["src", "sandbox/src", "xtask/src", "tests", "examples"] {
        for source in sources(folder) {
            if source.path == "tests/tidy.rs" {
                continue;
            }
            for (number, line) in source.text.lines().enumerate() {
                let comment = line.split_once("//").map_or("", |(_, comment)| comment);
                if words.iter().any(|word| comment.contains(word)) {
                    found.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
                }
            }
        }
    }
    assert!(
        found.is_empty(),
        "do it, or open an issue\n  {}",
        found.join("\n  ")
    );
}
