//! Makes `include/payments.h`: cbindgen first, then what it can not do.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

const LINE_MAX: usize = 100;

/// The text of the header for the crate in `root`.
pub fn generate(root: &Path, version: &str) -> String {
    let raw = run_cbindgen(root);
    let types = std::fs::read_to_string(root.join("src/ffi/types.rs")).expect("src/ffi/types.rs");
    let text = fold_short_comments(&raw);
    let text = group_constants(&text, &headings(&types), version);
    let text = plain(&text).replace("@VERSION@", version);
    for (number, line) in text.lines().enumerate() {
        assert!(
            line.is_ascii(),
            "payments.h:{}: old compilers need ASCII: {line}",
            number + 1
        );
    }
    text
}

fn run_cbindgen(root: &Path) -> String {
    let settings = root.join("include/cbindgen.toml");
    let config = cbindgen::Config::from_file(&settings).expect("include/cbindgen.toml is valid");
    let mut out = Vec::new();
    cbindgen::Builder::new()
        .with_src(root.join("src/ffi/mod.rs"))
        .with_src(root.join("src/ffi/types.rs"))
        .with_config(config)
        .generate()
        .expect("cbindgen reads src/ffi/mod.rs and src/ffi/types.rs")
        .write(&mut out);
    String::from_utf8(out).expect("UTF-8")
}

/// `/* … */` lines of types.rs, by the name of the constant that follows them.
fn headings(types: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut heading: Option<String> = None;
    for line in types.lines() {
        if line.starts_with("/* ") && line.ends_with(" */") {
            heading = Some(line.to_owned());
        } else if let Some(rest) = line.strip_prefix("pub const PAYMENTS_")
            && let Some((name, _)) = rest.split_once(':')
            && let Some(text) = heading.take()
        {
            found.insert(format!("PAYMENTS_{name}"), text);
        }
    }
    found
}

/// A comment of one line takes one line, not three.
fn fold_short_comments(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::new();
    let mut at = 0;
    while at < lines.len() {
        if let [first, middle, last, ..] = lines[at..]
            && first.trim() == "/**"
            && last.trim() == "*/"
        {
            let indent = &first[..first.len() - first.trim_start().len()];
            let folded = format!(
                "{indent}/** {} */",
                middle.trim_start().trim_start_matches("* ")
            );
            if folded.chars().count() <= LINE_MAX {
                let _ = writeln!(out, "{folded}");
                at += 3;
                continue;
            }
        }
        let _ = writeln!(out, "{}", lines[at]);
        at += 1;
    }
    out
}

/// Constants stand in groups under their headings, values in one column, negative ones in brackets.
fn group_constants(text: &str, headings: &BTreeMap<String, String>, version: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let is_constant =
        |line: &str| line.starts_with("#define PAYMENTS_") && line.split(' ').count() == 3;
    let first = lines
        .iter()
        .position(|line| is_constant(line))
        .expect("constants");
    let last = lines
        .iter()
        .rposition(|line| is_constant(line))
        .expect("constants");
    let first = (0..first)
        .rev()
        .find(|&at| lines[at].is_empty())
        .map_or(first, |at| at + 1);

    let mut out = lines[..first].join("\n");
    out.push('\n');
    let numbers: Vec<&str> = version.split(['.', '-', '+']).collect();
    let _ = writeln!(
        out,
        "/* Versions: of this header, and of the interface. */\n"
    );
    let _ = writeln!(
        out,
        "/** Compare with payments_version(). */\n#define PAYMENTS_VERSION \"{version}\""
    );
    for (name, number) in ["MAJOR", "MINOR", "PATCH"].iter().zip(numbers) {
        let _ = writeln!(out, "#define PAYMENTS_VERSION_{name} {number}");
    }
    for group in groups(&lines[first..=last], headings) {
        let width = group
            .iter()
            .filter_map(|line| constant(line))
            .map(|(name, _)| name.len())
            .max();
        for line in group {
            match constant(line) {
                Some((name, value)) if value.starts_with('-') => {
                    let _ = writeln!(out, "#define {name:0$} ({value})", width.unwrap_or(0));
                }
                Some((name, value)) => {
                    let _ = writeln!(out, "#define {name:0$} {value}", width.unwrap_or(0));
                }
                None => {
                    let _ = writeln!(out, "{line}");
                }
            }
        }
    }
    out.push('\n');
    out.push_str(lines[last + 1..].join("\n").trim_start());
    out.push('\n');
    out
}

fn constant(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("#define ")?.split_once(' ')
}

/// Cuts the lines where a heading belongs; blank lines between constants go.
fn groups<'a>(lines: &[&'a str], headings: &'a BTreeMap<String, String>) -> Vec<Vec<&'a str>> {
    let mut groups: Vec<Vec<&str>> = vec![Vec::new()];
    let mut comment: Vec<&str> = Vec::new();
    for line in lines {
        match constant(line) {
            _ if line.is_empty() => {}
            None => comment.push(line),
            Some((name, _)) => {
                if let Some(heading) = headings.get(name) {
                    groups.push(vec!["", heading.as_str(), ""]);
                }
                let group = groups.last_mut().expect("there is always one");
                group.append(&mut comment);
                group.push(line);
            }
        }
    }
    groups
}

/// ASCII, and no `//`, which the strictest old compilers refuse.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let line = line.replace("_…", "_*").replace('…', "...");
        let line = match line.split_once("// ") {
            Some((code, comment)) if !code.contains('*') => format!("{}/* {comment} */", code),
            _ => line,
        };
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}
