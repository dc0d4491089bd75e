//! Hostile data in every export, from the registry of exporters.

use super::store::sandbox;
use super::{assert_visible, text};
use serde_json::Value;
use tracekit::exporters;

/// What each form is, by the ending of its files.
fn assert_form(name: &str, ending: &str, export: &str) {
    match ending.rsplit('.').next().unwrap_or_default() {
        "json" => {
            let _: Value = serde_json::from_str(export).unwrap();
        }
        "jsonl" => {
            for line in export.lines() {
                let _: Value = serde_json::from_str(line).unwrap();
            }
        }
        _ => {}
    }
    match name {
        "prometheus" | "openmetrics" => {
            for line in export.lines() {
                let starts = ["tracekit_", "# HELP tracekit_", "# TYPE tracekit_", "# EOF"];
                assert!(starts.iter().any(|start| line.starts_with(start)), "{line}");
                let is_sample = line.starts_with("tracekit_");
                let value = line.split(" # ").next().and_then(|line| line.rsplit(' ').next());
                let is_number = value.is_some_and(|value| value.parse::<f64>().is_ok());
                // A label may hold ` # ` itself.
                assert!(!is_sample || is_number || line.contains(" # "), "{line}");
            }
        }
        "folded" => {
            for line in export.lines() {
                let (stack, weight) = line.rsplit_once(' ').unwrap();
                assert!(weight.parse::<u64>().is_ok(), "{line}");
                assert!(
                    stack.split(';').all(|frame| !frame.is_empty() && frame != "root"),
                    "{line}"
                );
            }
        }
        _ => {}
    }
}

#[test]
fn nothing_hostile_leaves_its_quotes() {
    let sandbox = sandbox(true);
    let mut checked = 0;
    for exporter in exporters::ALL.iter().filter(|exporter| !exporter.is_binary()) {
        let name = exporter.name();
        let run = sandbox.run(["export", "--to", name]);
        assert_visible(run.stderr(), name);
        assert_eq!(run.code(), Some(0), "{name}: {}", run.stderr());
        let export = text(run.stdout().to_vec());
        assert!(!export.is_empty(), "{name}");
        assert_form(name, exporter.ending(), &export);
        // Rows are checked with answers; the bytes of records that came as OTLP are theirs.
        if !["json", "jsonl", "csv", "tsv", "otlp"].contains(&name) {
            assert_visible(&export, name);
            let is_json = exporter.ending().contains("json");
            assert!(!is_json || !export.contains("</script"), "{name}");
            checked += 1;
        }
    }
    assert!(checked >= 9, "{checked}");
}

#[test]
fn names_of_files_are_harmless() {
    let sandbox = sandbox(true);
    for what in ["agent", "session"] {
        sandbox.run(["export", "--to", "jsonl", "--split-by", what, "-o", what]).done();
        let mut lines = 0;
        for entry in std::fs::read_dir(sandbox.path(what)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._%~".contains(c);
            assert!(name.chars().all(is_plain) && !name.starts_with(['.', '-']), "{name}");
            lines += std::fs::read_to_string(entry.path()).unwrap().lines().count();
        }
        assert_eq!(lines as u64, sandbox.count("records"), "{what}");
    }
}
