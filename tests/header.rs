//! The header is generated, committed, and a manual: `include/payments.h` against `src/ffi`.
//!
//! `UPDATE_HEADER=1 cargo test --test header` writes it anew.

#[path = "support/header_text.rs"]
mod header_text;

use std::path::{Path, PathBuf};
use std::process::Command;

const HOW_TO_UPDATE: &str =
    "Run `UPDATE_HEADER=1 cargo test --test header` and commit include/payments.h.";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn header() -> String {
    std::fs::read_to_string(root().join("include/payments.h")).unwrap_or_default()
}

#[test]
fn the_committed_header_is_the_generated_one() {
    let generated = header_text::generate(root(), env!("CARGO_PKG_VERSION"));
    if std::env::var_os("UPDATE_HEADER").is_some() {
        std::fs::write(root().join("include/payments.h"), &generated).expect("include is writable");
    }
    let committed = header();
    let difference = committed
        .lines()
        .zip(generated.lines())
        .position(|(old, new)| old != new);
    if let Some(at) = difference {
        panic!(
            "include/payments.h:{}: the header is not what src/ffi says.\n  header: {}\n  src/ffi: {}\n{HOW_TO_UPDATE}",
            at + 1,
            committed.lines().nth(at).unwrap_or_default(),
            generated.lines().nth(at).unwrap_or_default(),
        );
    }
    assert_eq!(
        committed.len(),
        generated.len(),
        "include/payments.h ends too early or too late. {HOW_TO_UPDATE}"
    );
}

/// One function of the header: its comment and its declaration.
struct Function {
    name: String,
    comment: String,
    parameters: Vec<String>,
}

/// Functions start in the first column and belong to the comment before them.
fn functions(header: &str) -> Vec<Function> {
    let mut found = Vec::new();
    let mut comment = String::new();
    let mut in_comment = false;
    let mut declaration = String::new();
    for line in header.lines() {
        if line.starts_with("/**") {
            comment.clear();
            in_comment = true;
        }
        if in_comment {
            comment.push_str(line);
            comment.push('\n');
            in_comment = !line.ends_with("*/");
            continue;
        }
        let starts = line.contains("payments_")
            && line.contains('(')
            && !line.starts_with([' ', '#', 't', '}', '/']);
        if starts || !declaration.is_empty() {
            declaration.push_str(line.trim());
            declaration.push(' ');
        }
        if !declaration.is_empty() && line.ends_with(");") {
            found.push(parse(&declaration, &comment));
            declaration.clear();
            comment.clear();
        }
    }
    found
}

fn parse(declaration: &str, comment: &str) -> Function {
    let (front, rest) = declaration.split_once('(').expect("a declaration");
    let name = front
        .rsplit([' ', '*'])
        .next()
        .unwrap_or_default()
        .to_owned();
    let list = rest.rsplit_once(')').expect("a declaration").0;
    let parameters = list
        .split(',')
        .map(str::trim)
        .filter(|parameter| *parameter != "void")
        .map(|parameter| parameter.rsplit([' ', '*']).next().unwrap_or_default())
        // `operator` is a word of C++, so cbindgen calls the parameter `operator_`.
        .map(|parameter| parameter.trim_end_matches('_').to_owned())
        .collect();
    Function {
        name,
        comment: comment.to_owned(),
        parameters,
    }
}

#[test]
fn every_function_says_what_its_caller_has_to_know() {
    let header = header();
    let functions = functions(&header);
    let symbols = std::fs::read_to_string(root().join("include/symbols.txt")).expect("symbols.txt");
    let named: Vec<&str> = functions
        .iter()
        .map(|function| function.name.as_str())
        .collect();
    for symbol in symbols.lines() {
        assert!(
            named.contains(&symbol),
            "{symbol} is in include/symbols.txt, but payments.h does not declare it"
        );
    }
    for name in &named {
        assert!(
            symbols.lines().any(|symbol| symbol == *name),
            "add {name} to include/symbols.txt"
        );
    }

    let mut missing = Vec::new();
    for function in &functions {
        let mut demand = |what: &str| {
            if !function.comment.contains(what) {
                missing.push(format!(
                    "{}: its comment lacks `{}`",
                    function.name,
                    what.trim()
                ));
            }
        };
        for parameter in &function.parameters {
            demand(&format!("@param {parameter} "));
        }
        for line in ["@return ", "Blocking: ", "Threads: ", "Retry: ", "Since: "] {
            demand(line);
        }
        let documented = function.comment.matches("@param").count();
        if documented != function.parameters.len() {
            missing.push(format!(
                "{}: {documented} @param for {} parameters",
                function.name,
                function.parameters.len()
            ));
        }
    }
    assert!(
        missing.is_empty(),
        "Complete the comments in src/ffi/mod.rs:\n  {}",
        missing.join("\n  ")
    );
}

#[test]
fn every_code_in_a_comment_exists() {
    let header = header();
    let defined: Vec<&str> = header
        .lines()
        .filter_map(|line| line.strip_prefix("#define "))
        .filter_map(|rest| rest.split(' ').next())
        .collect();
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    for (number, line) in header.lines().enumerate() {
        for word in line
            .split(|character| !is_name(character))
            .filter(|word| word.starts_with("PAYMENTS_"))
        {
            let family = word.ends_with('_') && defined.iter().any(|name| name.starts_with(word));
            assert!(
                family || word == "PAYMENTS_H" || defined.contains(&word),
                "payments.h:{}: {word} is not defined",
                number + 1
            );
        }
    }
}

#[test]
fn every_name_carries_the_prefix() {
    for (number, line) in header().lines().enumerate() {
        let name = match line.strip_prefix("typedef struct ") {
            Some(rest) => rest,
            None => line.strip_prefix("#define ").unwrap_or("payments_"),
        };
        assert!(
            name.starts_with("payments_") || name.starts_with("PAYMENTS_"),
            "payments.h:{}: `{line}` has no business in the header: name it in `exclude` of \
             include/cbindgen.toml, or make it private in src/ffi",
            number + 1
        );
    }
}

/// A program that does nothing but include the header.
#[test]
fn the_header_compiles_everywhere() {
    let folder = scratch("header");
    let source = folder.join("include_only.c");
    let lines = "#include \"payments.h\"\n#include \"payments.h\"\nint main(void) { return 0; }\n";
    std::fs::write(&source, lines).expect("scratch is writable");
    for standard in ["c99", "c11", "c17"] {
        compile("gcc", standard, "c", &source, &folder);
    }
    for standard in ["c++11", "c++17"] {
        compile("g++", standard, "c++", &source, &folder);
    }
}

/// The sketch of a sale in the introduction is a program.
#[test]
fn the_sketch_in_the_introduction_compiles() {
    let header = header();
    let introduction = header
        .split("\n * After payments_init()")
        .next()
        .unwrap_or_default();
    let sketch: String = introduction
        .lines()
        .filter_map(|line| line.strip_prefix(" *     "))
        .map(|line| format!("    {line}\n"))
        .collect();
    assert!(
        sketch.contains("payments_begin_tender"),
        "the introduction shows no sale"
    );
    let program = format!(
        "#include <string.h>\n#include \"payments.h\"\n\
         int explain(void);\nint cashier_pressed_cancel(void);\nint32_t ask_cashier(uint32_t choices);\n\
         void show(int32_t prompt, const char *cashier, const char *customer);\n\
         void print_receipt(const char *reference);\nint sell(void);\n\
         int sell(void)\n{{\n{sketch}    return 0;\n}}\n"
    );
    let folder = scratch("sketch");
    let source = folder.join("sketch.c");
    std::fs::write(&source, program).expect("scratch is writable");
    compile("gcc", "c99", "c", &source, &folder);
    compile("g++", "c++11", "c++", &source, &folder);
}

fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("target/tmp is writable");
    folder
}

fn compile(compiler: &str, standard: &str, language: &str, source: &Path, folder: &Path) {
    let out = Command::new(compiler)
        .arg(format!("-std={standard}"))
        .args([
            "-pedantic",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-x",
            language,
            "-c",
        ])
        .arg(source)
        .arg("-I")
        .arg(root().join("include"))
        .arg("-o")
        .arg(folder.join("out.o"))
        .output()
        .unwrap_or_else(|error| {
            panic!("{compiler} does not start ({error}): apt-get install gcc g++")
        });
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(
        out.status.success(),
        "{compiler} -std={standard} refuses {}:\n{said}",
        source.display()
    );
}
