//! The layers of the library: which module may use which, who may print, and how files look.
//!
//! It reads `src/**/*.rs` as text. What the layers are for is said in ARCHITECTURE.md.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The modules, each with what it may use; `module::part` allows that part alone.
const LAYERS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("report", &["model"]),
    ("importers", &["model"]),
    ("redact", &["importers::json"]),
    ("exporters", &["model", "render", "report", "importers::json"]),
    ("store", &["model"]),
    ("render", &["report"]),
    ("ingest", &["importers", "redact", "store", "model"]),
    ("query", &["store", "model", "report", "importers::json", "importers::time"]),
    ("analysis", &["query", "model", "report"]),
    (
        "cli",
        &[
            "analysis",
            "exporters",
            "importers",
            "ingest",
            "model",
            "query",
            "redact",
            "render",
            "report",
            "store",
        ],
    ),
];

/// What a library must not do, each with the files that may.
const MANNERS: &[(&str, &[&str])] = &[
    ("println!", &["cli/"]),
    ("print!", &["cli/"]),
    ("eprintln!", &["cli/"]),
    ("eprint!", &["cli/"]),
    ("dbg!", &[]),
    ("io::stdout", &["cli/"]),
    ("io::stderr", &["cli/"]),
    ("io::stdin", &["cli/", "importers/source.rs"]),
    ("process::exit", &["cli/"]),
    ("process::abort", &["cli/"]),
    ("low_level::exit", &["cli/"]),
    ("env::var", &["cli/"]),
    ("Instant::now", &["cli/"]),
    // Commits carry the time at which they were made.
    ("SystemTime::now", &["cli/", "store/disk.rs"]),
    ("Timestamp::now", &["cli/"]),
];

/// Crates that belong to some layers only.
const CRATES: &[(&str, &[&str])] = &[
    ("clap", &["cli/"]),
    ("polars", &["query/"]),
    ("arrow", &["store/", "render/", "query/"]),
    ("parquet", &["store/", "render/", "query/"]),
];

const BANNED_NAMES: [&str; 10] = [
    "util", "utils", "helper", "helpers", "misc", "common", "shared", "manager", "handler", "types",
];

const MOST_LINES: usize = 600;

/// A source file: its path below `src/` with `/`, and its text.
struct File {
    path: String,
    text: String,
}

fn read_files(below: &str) -> Vec<File> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(below);
    let mut found = Vec::new();
    walk(&root, &mut found);
    found.sort();
    let read = |path: PathBuf| File {
        text: std::fs::read_to_string(&path).unwrap(),
        path: path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned(),
    };
    let files: Vec<File> = found.into_iter().map(read).collect();
    assert!(files.len() > 10, "only {} files below {below}", files.len());
    files
}

/// The code without comments and without the unit tests at its foot.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = text.lines().map(|line| match line.trim_start() {
        trimmed if trimmed.starts_with("//") => "",
        _ => line.split(" // ").next().unwrap_or_default(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether the file holds nothing but unit tests.
fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs")
}

/// The module path of a file: `a/b.rs` and `a/b/mod.rs` are `a`, `b`.
fn module(path: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = path.trim_end_matches(".rs").split('/').collect();
    if matches!(parts.last(), Some(&("mod" | "lib" | "main"))) {
        parts.pop();
    }
    parts
}

/// What code uses of its own crate, as `module` or `module::part`.
fn uses(path: &str, code: &str) -> BTreeSet<String> {
    let up = "super::".repeat(module(path).len());
    let mut found = BTreeSet::new();
    for start in ["crate::", up.as_str()].iter().filter(|start| !start.is_empty()) {
        for (at, _) in code.match_indices(start) {
            let before = &code[..at];
            let is_longer = before.ends_with("super::")
                || before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
            if !is_longer {
                add_paths(&code[at + start.len()..], "", &mut found);
            }
        }
    }
    found
}

/// Adds the paths at the start of `rest`, of one or two names each, through braces.
fn add_paths(rest: &str, above: &str, found: &mut BTreeSet<String>) {
    let rest = rest.trim_start();
    if let Some(inner) = rest.strip_prefix('{') {
        let (mut depth, mut start) = (0, 0);
        for (at, char) in inner.char_indices() {
            match char {
                '{' => depth += 1,
                ',' | '}' if depth == 0 => {
                    if !inner[start..at].trim().is_empty() {
                        add_paths(&inner[start..at], above, found);
                    }
                    start = at + 1;
                    if char == '}' {
                        return;
                    }
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
        return;
    }
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let (name, rest) = rest.split_at(end);
    match rest.strip_prefix("::") {
        Some(rest) if above.is_empty() => add_paths(rest, name, found),
        _ if above.is_empty() => {
            found.insert(name.to_owned());
        }
        _ => {
            found.insert(format!("{above}::{name}"));
        }
    }
}

/// What is wrong with the uses of one file.
fn check_layers(path: &str, text: &str) -> Vec<String> {
    let this = module(path).first().copied().unwrap_or_default();
    let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == this) else {
        let is_top = this.is_empty();
        return if is_top { vec![] } else { vec![format!("{path}: `{this}` is in no layer")] };
    };
    let is_allowed = |used: &String| {
        let name = used.split("::").next().unwrap_or_default();
        let is_module = LAYERS.iter().any(|(module, _)| *module == name);
        !is_module || name == this || allowed.contains(&name) || allowed.contains(&used.as_str())
    };
    let used = uses(path, &code(text));
    let wrong = used.iter().filter(|used| !is_allowed(used));
    wrong.map(|used| format!("{path}: `{this}` may not use `{used}`")).collect()
}

/// Whether `code` holds `word` as a word of its own.
fn has_word(code: &str, word: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        !code[..at].ends_with(is_name) && !code[at + word.len()..].starts_with(is_name)
    })
}

fn uses_crate(code: &str, name: &str) -> bool {
    let path = format!("{name}::");
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    code.match_indices(&path).any(|(at, _)| !code[..at].ends_with(is_name))
}

/// What one file does that others are there for.
fn check_manners(path: &str, text: &str) -> Vec<String> {
    let code = code(text);
    let is_free = |places: &[&str]| places.iter().any(|place| path.starts_with(place));
    let deeds = MANNERS.iter().filter(|(deed, places)| has_word(&code, deed) && !is_free(places));
    let crates = CRATES.iter().filter(|(name, places)| uses_crate(&code, name) && !is_free(places));
    deeds.chain(crates).map(|(what, _)| format!("{path}: `{what}` has no place here")).collect()
}

fn check_shape(path: &str, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let lines = text.lines().count();
    if lines > MOST_LINES {
        wrong.push(format!("{path}: {lines} lines, and {MOST_LINES} are the most"));
    }
    if !text.starts_with("//!") {
        wrong.push(format!("{path}: does not begin with `//!`"));
    }
    let names = path.trim_end_matches(".rs").split(['/', '_']);
    wrong.extend(
        names
            .filter(|name| BANNED_NAMES.contains(name))
            .map(|name| format!("{path}: `{name}` says nothing about what is in it")),
    );
    wrong
}

fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn modules_use_the_layers_below_them() {
    let files = read_files("src");
    let checked = files.iter().filter(|file| !is_test(&file.path));
    let wrong: Vec<String> =
        checked.flat_map(|file| check_layers(&file.path, &file.text)).collect();
    assert_none(&wrong);
}

#[test]
fn only_the_command_line_prints_exits_and_looks_at_the_clock() {
    let files = read_files("src");
    let checked = files.iter().filter(|file| !is_test(&file.path));
    let wrong: Vec<String> =
        checked.flat_map(|file| check_manners(&file.path, &file.text)).collect();
    assert_none(&wrong);
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let files = ["src", "tests"].map(read_files);
    let wrong: Vec<String> =
        files.iter().flatten().flat_map(|file| check_shape(&file.path, &file.text)).collect();
    assert_none(&wrong);
}

#[test]
fn a_wrong_use_is_seen() {
    let wrong = |path: &str, text: &str| check_layers(path, text).len();
    assert_eq!(wrong("model/record.rs", "use crate::store::Store;"), 1);
    assert_eq!(wrong("model/record.rs", "// use crate::store::Store;\nuse crate::model::Id;"), 0);
    assert_eq!(wrong("query/rows.rs", "use crate::{importers::{json, source}, store::Store};"), 1);
    assert_eq!(wrong("query/rows.rs", "use crate::importers::json::Raw;"), 0);
    assert_eq!(wrong("query/rows.rs", "use crate::importers;"), 1);
    assert_eq!(wrong("store/log.rs", "let a = super::super::query::Engine::new();"), 1);
    assert_eq!(wrong("store/log.rs", "let a = super::model::Record;"), 0);
    assert_eq!(wrong("store/mod.rs", "fn f() { super::cli::run() }"), 1);
    assert_eq!(
        wrong("render/mod.rs", "use crate::report::{Report, Table};\nuse crate::model::Id;"),
        1
    );
    assert_eq!(wrong("errands/mod.rs", ""), 1);
    assert_eq!(wrong("cli/mod.rs", "use crate::analysis::trace;"), 0);
    assert_eq!(wrong("main.rs", "use tracekit::cli;"), 0);
}

#[test]
fn bad_manners_are_seen() {
    let wrong = |path: &str, text: &str| check_manners(path, text).len();
    assert_eq!(wrong("store/log.rs", "println!(\"x\");"), 1);
    assert_eq!(wrong("store/log.rs", "eprintln!(\"x\");"), 1);
    assert_eq!(wrong("store/log.rs", "let out = std::io::stdout();"), 1);
    assert_eq!(wrong("store/log.rs", "std::process::exit(1)"), 1);
    assert_eq!(wrong("store/log.rs", "// println! is for the command line"), 0);
    assert_eq!(wrong("store/log.rs", "#[cfg(test)]\nmod tests {\n println!();\n}"), 0);
    assert_eq!(wrong("cli/messages.rs", "let err = std::io::stderr();"), 0);
    assert_eq!(wrong("importers/source.rs", "io::stdin()"), 0);
    assert_eq!(wrong("importers/otlp.rs", "io::stdin()"), 1);
    assert_eq!(wrong("analysis/agents.rs", "use polars::prelude::col;"), 1);
    assert_eq!(check_shape("a/util.rs", "use x;\n").len(), 2);
    assert_eq!(check_shape("a/b.rs", &format!("//!{}", "\n".repeat(601))).len(), 1);
}
