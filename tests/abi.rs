//! The binary interface: exported symbols, SONAME, numbers and layouts stay as they are.

#![cfg(all(feature = "library", target_os = "linux"))]

#[path = "support/built.rs"]
mod built;

use std::collections::BTreeMap;
use std::mem::{offset_of, size_of};
use std::process::Command;

use built::root;
use payments::ffi::*;
use payments::provider::scan::ScanKind;
use payments::tender::{Actor, Assurance, Choice, Kind, Prompt, Reason, State};

fn run(program: &str, arguments: &[&str]) -> String {
    let out = Command::new(program).args(arguments).output();
    let out = out.unwrap_or_else(|error| {
        panic!("{program} does not start ({error}): apt-get install binutils gcc")
    });
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(
        out.status.success(),
        "{program} {arguments:?} failed:\n{said}"
    );
    String::from_utf8_lossy(&out.stdout).into_owned()
}

#[test]
fn exported_are_the_listed_functions_and_nothing_else() {
    let library = built::library();
    let table = run("nm", &["-D", "--defined-only", &library.to_string_lossy()]);
    let mut exported: Vec<&str> = table
        .lines()
        .filter_map(|line| line.split_whitespace().last())
        .map(|name| name.split('@').next().unwrap_or(name))
        .collect();
    exported.sort_unstable();
    let listed = std::fs::read_to_string(root().join("include/symbols.txt")).expect("symbols.txt");
    let listed: Vec<&str> = listed.lines().collect();
    let missing: Vec<_> = listed
        .iter()
        .filter(|name| !exported.contains(name))
        .collect();
    let unlisted: Vec<_> = exported
        .iter()
        .filter(|name| !listed.contains(name))
        .collect();
    assert!(
        missing.is_empty(),
        "no longer exported, which breaks programs: {missing:?}. A removed function needs a new \
         SONAME (src/build.rs) and an `abi:` commit"
    );
    assert!(
        unlisted.is_empty(),
        "exported but not in include/symbols.txt: {unlisted:?}. Add them there, or do not export"
    );
    let mut sorted = listed.clone();
    sorted.sort_unstable();
    assert_eq!(listed, sorted, "keep include/symbols.txt sorted");
}

#[test]
fn the_library_carries_its_soname_and_stays_loaded() {
    let dynamic = run("readelf", &["-d", &built::library().to_string_lossy()]);
    assert!(
        dynamic.contains("Library soname: [libpayments.so.1]"),
        "src/build.rs must set the SONAME:\n{dynamic}"
    );
    assert!(
        dynamic.contains("NODELETE"),
        "src/build.rs must set -z nodelete (rust issue 91979):\n{dynamic}"
    );
    assert!(
        !dynamic.contains("TEXTREL"),
        "the library must be position independent"
    );
}

/// The constants of the header, by name.
fn constants() -> BTreeMap<String, i64> {
    let header = std::fs::read_to_string(root().join("include/payments.h")).expect("payments.h");
    header
        .lines()
        .filter_map(|line| line.strip_prefix("#define ")?.split_once(' '))
        .filter_map(|(name, value)| {
            let value = value.trim().trim_matches(['(', ')']);
            Some((name.to_owned(), value.parse().ok()?))
        })
        .collect()
}

/// Each word has its constant, each constant its word, and the numbers are the same.
fn same_words(prefix: &str, words: &[(&str, i32)]) {
    let header = constants();
    let prefix = format!("PAYMENTS_{prefix}_");
    let mut left: BTreeMap<&str, i64> = header
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(&prefix)?, *value)))
        .collect();
    for (key, number) in words {
        let name = key.replace('-', "_").to_uppercase();
        let found = left.remove(name.as_str());
        assert_eq!(
            found,
            Some(i64::from(*number)),
            "{prefix}{name} in src/ffi/types.rs must be {number}, as in src/tender/words.rs"
        );
    }
    assert!(
        left.is_empty(),
        "no word of src/tender/words.rs belongs to {prefix}…: {left:?}"
    );
}

macro_rules! words {
    ($type:ident) => {
        &$type::ALL
            .iter()
            .map(|word| (word.key(), word.number()))
            .collect::<Vec<_>>()
    };
}

#[test]
fn numbers_of_the_header_are_those_of_the_words() {
    same_words("STATE", words!(State));
    same_words("REASON", words!(Reason));
    same_words("PROMPT", words!(Prompt));
    same_words("BY", words!(Actor));
    same_words("ASSURANCE", words!(Assurance));
    same_words("KIND", words!(Kind));
    same_words("CHOICE", words!(Choice));
}

#[test]
fn numbers_of_the_header_are_those_of_the_scans() {
    let scans = [
        ("customer", ScanKind::Customer),
        ("product", ScanKind::Product),
        ("card", ScanKind::Card),
        ("other-address", ScanKind::OtherAddress),
        ("other", ScanKind::Other),
        ("noise", ScanKind::Noise),
        ("not-waiting", ScanKind::NotWaiting),
        ("receipt", ScanKind::Receipt),
        ("receipt-refused", ScanKind::ReceiptRefused),
        ("layout-damaged", ScanKind::LayoutDamaged),
    ];
    // A kind that is missing above is an error of the compiler here.
    for (_, kind) in scans {
        match kind {
            ScanKind::Customer
            | ScanKind::Product
            | ScanKind::Card
            | ScanKind::OtherAddress
            | ScanKind::Other
            | ScanKind::Noise
            | ScanKind::NotWaiting
            | ScanKind::Receipt
            | ScanKind::ReceiptRefused
            | ScanKind::LayoutDamaged => {}
        }
    }
    let words: Vec<_> = scans
        .iter()
        .map(|(key, kind)| (*key, kind.number()))
        .collect();
    same_words("SCAN", &words);
}

/// As released: a line may be added, none may change.
#[test]
fn numbers_that_were_released_stay() {
    let listed =
        std::fs::read_to_string(root().join("tests/fixtures/abi/numbers.txt")).unwrap_or_default();
    let header = constants();
    let now: String = header
        .iter()
        .filter(|(name, _)| !name.starts_with("PAYMENTS_VERSION"))
        .map(|(name, value)| format!("{name} {value}\n"))
        .collect();
    if std::env::var_os("UPDATE_HEADER").is_some() {
        let folder = root().join("tests/fixtures/abi");
        std::fs::create_dir_all(&folder).expect("tests/fixtures is writable");
        std::fs::write(folder.join("numbers.txt"), &now).expect("tests/fixtures is writable");
        return;
    }
    for line in listed.lines() {
        assert!(
            now.lines().any(|known| known == line),
            "`{line}` of tests/fixtures/abi/numbers.txt is gone or has another number in payments.h; \
             numbers are never changed and never reused"
        );
    }
    assert_eq!(
        now.lines().count(),
        listed.lines().count(),
        "new constants: run `UPDATE_HEADER=1 cargo test --test abi` and commit the new lines"
    );
    let mut codes: Vec<_> = header
        .iter()
        .filter(|(name, _)| name.starts_with("PAYMENTS_E_"))
        .collect();
    codes.sort_by_key(|(_, value)| **value);
    assert!(
        codes.windows(2).all(|pair| pair[0].1 != pair[1].1),
        "two results share a number"
    );
}

macro_rules! layout {
    ($type:ident, $size:expr, $($member:ident: $offset:expr),+ $(,)?) => {
        assert_eq!(size_of::<$type>(), $size, "size of {}", stringify!($type));
        $(assert_eq!(
            offset_of!($type, $member), $offset,
            "offset of {}.{}: members are only added at the end", stringify!($type), stringify!($member)
        );)+
    };
}

/// tests/c/layout.c says the same in C.
#[test]
fn structs_are_laid_out_as_released() {
    let pointer = size_of::<usize>();
    let rounded = |size: usize| size.next_multiple_of(align_of::<i64>());
    layout!(
        payments_tender_request, rounded(24 + 5 * pointer),
        struct_size: 0, capture_rule: 4, amount: 8, sale_total: 16, currency: 24,
        profile: 24 + pointer, sale_ref: 24 + 2 * pointer, tender_ref: 24 + 3 * pointer,
        details_json: 24 + 4 * pointer,
    );
    layout!(
        payments_refund_request, rounded(24 + 5 * pointer),
        struct_size: 0, reserved: 4, tender_id: 8, amount: 16, refund_ref: 24,
        profile: 24 + pointer, reference: 24 + 2 * pointer, currency: 24 + 3 * pointer,
        details_json: 24 + 4 * pointer,
    );
    layout!(
        payments_view, 1008,
        struct_size: 0, kind: 4, id: 8, parent_id: 16, revision: 24, state: 32, reason: 36,
        cancelled_by: 40, prompt: 44, choices: 48, goods_may_leave: 52, assurance: 56,
        found_after_restart: 60, amount: 64, approved: 72, captured: 80, refunded: 88,
        deadline_ms: 96, updated_ms: 104, currency: 112, short_code: 120, profile: 144,
        reference: 208, provider_reference: 280, sale_ref: 352, host_ref: 424, cashier_text: 496,
        customer_text: 752,
    );
    layout!(
        payments_qr_info, 24,
        struct_size: 0, width: 4, height: 8, module_px: 12, smallest_module_px: 16, reserved: 20,
    );
}

#[test]
fn c_sees_the_same_layout_on_64_and_32_bits() {
    let out = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("layout.o");
    let include = root().join("include");
    let source = root().join("tests/c/layout.c");
    if cfg!(not(target_arch = "x86_64")) {
        return; // only compilers for x86 know both widths
    }
    for width in ["-m64", "-m32"] {
        run(
            "gcc",
            &[
                width,
                "-ffreestanding",
                "-std=c11",
                "-Wall",
                "-Wextra",
                "-Wpedantic",
                "-Werror",
                "-I",
                &include.to_string_lossy(),
                "-c",
                &source.to_string_lossy(),
                "-o",
                &out.to_string_lossy(),
            ],
        );
    }
}
