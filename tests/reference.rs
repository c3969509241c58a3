//! `docs/configuration.md` is what the structs say that read the configuration: names, defaults and
//! meanings come from the code, so that none is forgotten and none is out of date.
//! `UPDATE_REFERENCE=1 cargo test --test reference` writes it anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use syn::{Attribute, Expr, Fields, Item, ItemFn, ItemStruct, Lit, Meta, Stmt};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

const HEAD: &str = "# Configuration reference

Made from the structs that read it (`UPDATE_REFERENCE=1 cargo test --test reference`); the README \
shows a whole configuration. Unknown settings are refused, with the nearest valid name. *needed* \
means that there is no default. Sections of fact sheets named in brackets are those of \
`providers/<name>.md`. A secret is `{\"env\": \"NAME\"}`, `{\"file\": \"path\"}` or `{\"value\": \"…\"}`.
";

/// Parts of a provider's settings that live in files of their own.
const PARTS: &[(&str, &str, &str)] = &[
    (
        "paymaster",
        "src/provider/paymaster/order.rs",
        "`pos_order`",
    ),
    ("smartum", "src/provider/receipt/claims.rs", "`claims`"),
];

/// One file's structs, in the order of the source.
struct Source {
    title: String,
    intro: String,
    structs: Vec<ItemStruct>,
    functions: BTreeMap<String, ItemFn>,
    defaults: BTreeMap<(String, String), String>,
    /// The default words of enums, and the numbers of constants.
    words: BTreeMap<String, String>,
}

fn read(path: &Path, title: &str) -> Source {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let file = syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut source = Source {
        title: title.to_owned(),
        intro: String::new(),
        structs: vec![],
        functions: BTreeMap::new(),
        defaults: BTreeMap::new(),
        words: BTreeMap::new(),
    };
    for item in file.items {
        match item {
            Item::Struct(it) if is_read_from_settings(&it.attrs) => source.structs.push(it),
            Item::Enum(it) => {
                let default = it.variants.iter().find(|variant| {
                    let mut attrs = variant.attrs.iter();
                    attrs.any(|attr| attr.path().is_ident("default"))
                });
                if let Some(variant) = default {
                    let word = format!("`{}`", snake(&variant.ident.to_string()));
                    source.words.insert(it.ident.to_string(), word);
                }
            }
            Item::Const(it) => {
                source.words.insert(it.ident.to_string(), plain(&it.expr));
            }
            Item::Fn(it) => {
                source.functions.insert(it.sig.ident.to_string(), it);
            }
            Item::Impl(it) => {
                let is_default = it
                    .trait_
                    .as_ref()
                    .is_some_and(|(_, path, _)| path.is_ident("Default"));
                if let (true, syn::Type::Path(of)) = (is_default, &*it.self_ty) {
                    let name = of.path.segments.last().expect("a type").ident.to_string();
                    defaults_of(&it, &name, &mut source.defaults);
                }
            }
            _ => {}
        }
    }
    source
}

/// The members of `impl Default for X { fn default() -> Self { Self { … } } }`.
fn defaults_of(
    item: &syn::ItemImpl,
    name: &str,
    defaults: &mut BTreeMap<(String, String), String>,
) {
    for member in &item.items {
        let syn::ImplItem::Fn(function) = member else {
            continue;
        };
        if let Some(Stmt::Expr(Expr::Struct(made), _)) = function.block.stmts.last() {
            for field in &made.fields {
                if let syn::Member::Named(ident) = &field.member {
                    let key = (name.to_owned(), ident.to_string());
                    defaults.insert(key, plain(&field.expr));
                }
            }
        }
    }
}

fn derives_deserialize(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| {
        attr.path().is_ident("derive")
            && matches!(&attr.meta, Meta::List(list) if list.tokens.to_string().contains("Deserialize"))
    })
}

/// Settings refuse what they do not know, answers of providers must not.
fn is_read_from_settings(attrs: &[Attribute]) -> bool {
    let says = |attr: &Attribute, word: &str| matches!(&attr.meta, Meta::List(list) if list.tokens.to_string().contains(word));
    derives_deserialize(attrs)
        && attrs.iter().any(|attr| {
            attr.path().is_ident("serde")
                && (says(attr, "deny_unknown_fields") || says(attr, "transparent"))
        })
}

fn docs(attrs: &[Attribute]) -> String {
    let lines = attrs.iter().filter_map(|attr| match &attr.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(lit) => match &lit.lit {
                Lit::Str(text) => Some(text.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join(" ")
}

/// `serde(...)` of a field or struct: `rename`, `alias`, `default`, `default = "…"`, `flatten`.
#[derive(Default)]
struct Serde {
    rename: Option<String>,
    aliases: Vec<String>,
    default: bool,
    default_fn: Option<String>,
    flatten: bool,
}

fn serde(attrs: &[Attribute]) -> Serde {
    let mut found = Serde::default();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("serde")) {
        let read = attr.parse_nested_meta(|meta| {
            let text = |meta: &syn::meta::ParseNestedMeta<'_>| -> syn::Result<Option<String>> {
                if meta.input.peek(syn::Token![=]) {
                    Ok(Some(meta.value()?.parse::<syn::LitStr>()?.value()))
                } else {
                    Ok(None)
                }
            };
            let value = text(&meta)?;
            if meta.path.is_ident("rename") {
                found.rename = value;
            } else if meta.path.is_ident("alias") {
                found.aliases.extend(value);
            } else if meta.path.is_ident("default") {
                found.default = true;
                found.default_fn = value;
            } else if meta.path.is_ident("flatten") {
                found.flatten = true;
            }
            Ok(())
        });
        read.expect("a serde attribute of a known form");
    }
    found
}

/// An expression as a reader of a configuration would write it.
fn plain(expr: &Expr) -> String {
    match expr {
        Expr::Lit(lit) => match &lit.lit {
            Lit::Str(text) if text.value().is_empty() => "empty".to_owned(),
            Lit::Str(text) => format!("`{}`", text.value()),
            Lit::Int(number) => number.base10_digits().replace('_', ""),
            Lit::Bool(yes) => format!("`{}`", yes.value),
            _ => "see text".to_owned(),
        },
        Expr::MethodCall(call) => plain(&call.receiver),
        Expr::Path(path) => {
            let name = path.path.segments.last().expect("a path").ident.to_string();
            if name == "None" {
                "none".to_owned()
            } else if name == "ALL" {
                "all".to_owned()
            } else {
                format!("`{}`", snake(&name))
            }
        }
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => {
                let name = path.path.segments.last().expect("a path").ident.to_string();
                match name.as_str() {
                    "default" => "none".to_owned(),
                    "new" if call.args.is_empty() => "empty".to_owned(),
                    _ => call.args.first().map_or("see text".into(), plain),
                }
            }
            _ => "see text".to_owned(),
        },
        Expr::Binary(binary) => match (product(&binary.left), product(&binary.right)) {
            (Some(left), Some(right)) => (left * right).to_string(),
            _ => "see text".to_owned(),
        },
        Expr::Macro(list) => {
            let tokens = list.mac.tokens.to_string();
            let texts: Vec<_> = tokens.split('"').skip(1).step_by(2).collect();
            match texts.is_empty() {
                true => "none".to_owned(),
                false => texts
                    .iter()
                    .map(|text| format!("`{text}`"))
                    .collect::<Vec<_>>()
                    .join(", "),
            }
        }
        Expr::Array(array) => match array.elems.is_empty() {
            true => "none".to_owned(),
            false => array.elems.iter().map(plain).collect::<Vec<_>>().join(", "),
        },
        Expr::Reference(it) => plain(&it.expr),
        Expr::Unary(it) => format!("-{}", plain(&it.expr)),
        _ => "see text".to_owned(),
    }
}

fn product(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Lit(lit) => match &lit.lit {
            Lit::Int(number) => number.base10_parse().ok(),
            _ => None,
        },
        Expr::Binary(binary) => Some(product(&binary.left)? * product(&binary.right)?),
        _ => None,
    }
}

fn snake(name: &str) -> String {
    let mut text = String::new();
    for (at, c) in name.chars().enumerate() {
        if c.is_ascii_uppercase() && at > 0 {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

fn default_of(source: &Source, owner: &ItemStruct, field: &syn::Field, of_field: &Serde) -> String {
    let name = field.ident.as_ref().expect("a named field").to_string();
    if let Some(function) = &of_field.default_fn {
        let function = function.rsplit("::").next().expect("a name");
        return match source
            .functions
            .get(function)
            .map(|it| it.block.stmts.as_slice())
        {
            Some([Stmt::Expr(Expr::Path(path), None)]) => {
                let name = path.path.segments.last().expect("a path").ident.to_string();
                let known = source.words.get(&name).cloned();
                known.unwrap_or_else(|| format!("`{}`", snake(&name)))
            }
            Some([Stmt::Expr(expr, None)]) => plain(expr),
            _ => "see text".to_owned(),
        };
    }
    let key = (owner.ident.to_string(), name);
    if let Some(default) = source.defaults.get(&key) {
        return default.clone();
    }
    let text = type_text(field);
    if of_field.default || serde(&owner.attrs).default {
        return match text.as_str() {
            "bool" => "`false`".to_owned(),
            "i64" | "u32" | "u64" | "usize" => "0".to_owned(),
            name => source.words.get(name).cloned().unwrap_or("none".to_owned()),
        };
    }
    if text.starts_with("Option") {
        "none".to_owned()
    } else {
        "*needed*".to_owned()
    }
}

fn type_text(field: &syn::Field) -> String {
    match &field.ty {
        syn::Type::Path(path) => {
            let last = path.path.segments.last().expect("a type");
            last.ident.to_string()
        }
        _ => String::new(),
    }
}

fn section(source: &Source) -> String {
    let mut text = format!("\n## {}\n", source.title);
    if !source.intro.is_empty() {
        text.push_str(&format!("\n{}\n", source.intro));
    }
    for item in &source.structs {
        let about = docs(&item.attrs);
        let Fields::Named(fields) = &item.fields else {
            // The settings of another provider, under this one's name.
            text.push_str(&format!("\n{about}\n"));
            continue;
        };
        if source.structs.len() > 1 {
            text.push_str(&format!("\n### `{}`\n", item.ident));
        }
        if !about.is_empty() {
            text.push_str(&format!("\n{about}\n"));
        }
        text.push_str("\n| Setting | Default | Meaning |\n| --- | --- | --- |\n");
        for field in &fields.named {
            let of_field = serde(&field.attrs);
            let ident = field.ident.as_ref().expect("a named field").to_string();
            let name = of_field.rename.clone().unwrap_or(ident);
            let name = name.trim_start_matches("r#");
            let mut meaning = docs(&field.attrs).replace('|', "\\|");
            for alias in &of_field.aliases {
                meaning.push_str(&format!(" Also as `{alias}`."));
            }
            let default = default_of(source, item, field, &of_field);
            text.push_str(&format!("| `{name}` | {default} | {} |\n", meaning.trim()));
        }
    }
    text
}

/// Everything that a configuration and a request's JSON may contain.
fn reference() -> String {
    let mut text = HEAD.to_owned();
    let mut files = vec![("src/config.rs".to_owned(), "The configuration".to_owned())];
    if root().join("src/device/scanner.rs").exists() {
        files.push(("src/device/scanner.rs".to_owned(), "`scanner`".to_owned()));
    }
    for (name, _) in payments::provider::PROVIDERS {
        let title = format!("Profile with `\"provider\": \"{name}\"`");
        for file in [
            format!("src/provider/{name}/settings.rs"),
            format!("src/provider/{name}/mod.rs"),
        ] {
            if root().join(&file).exists() {
                files.push((file, title.clone()));
                break;
            }
        }
        for (provider, file, part) in PARTS {
            if provider == name {
                files.push(((*file).to_owned(), format!("{title}: {part}")));
            }
        }
    }
    files.push((
        "src/provider/details.rs".to_owned(),
        "`details_json` of a request".to_owned(),
    ));
    for (file, title) in files {
        text.push_str(&section(&read(&root().join(&file), &title)));
    }
    text
}

#[test]
fn the_committed_reference_is_what_the_structs_say() {
    let path = root().join("docs/configuration.md");
    let made = reference();
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(&path, &made).expect("docs is writable");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == made,
        "docs/configuration.md is out of date: UPDATE_REFERENCE=1 cargo test --test reference"
    );
}

#[test]
fn every_setting_is_explained() {
    let made = reference();
    let unclear: Vec<&str> = made
        .lines()
        .filter(|line| line.starts_with("| `"))
        .filter(|line| line.contains("|  |") || line.contains("see text"))
        .collect();
    assert!(
        unclear.is_empty(),
        "no `///` above the setting, or a default that cannot be read:\n{}",
        unclear.join("\n")
    );
}
