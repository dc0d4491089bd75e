//! `tracekit report`: its forms, what it compares, and templates.
//!
//! What the numbers are is checked where the analyses are; what a browser makes of pages in `pages`.

use super::runner::Sandbox;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A calm run and one with planted troubles, in stores of their own.
fn two_runs() -> Sandbox {
    let sandbox = Sandbox::new();
    for (name, plant) in [("calm", &[][..]), ("troubled", &["--plant", "all"][..])] {
        let file = format!("{name}.jsonl");
        let args =
            [&["demo", "--events", "2000", "--seed", "9", "-q", "-o", &file], plant].concat();
        let _ = sandbox.run(args).done();
        let _ = sandbox.run(["ingest", "-q", &file, "--store", name]).done();
    }
    sandbox
}

fn rows<'r>(report: &'r Value, section: &str) -> &'r Vec<Value> {
    report[section].as_array().unwrap_or_else(|| panic!("no {section}"))
}

#[test]
fn it_answers_health_first_and_has_everything_for_programs() {
    let sandbox = two_runs();
    let report = sandbox.run(["report", "--store", "troubled", "--json"]).json();
    assert_eq!(report["verdict"]["status"], "degraded");
    let fixes = rows(&report, "fixes");
    assert!((3..=5).contains(&fixes.len()), "{fixes:?}");
    assert!(fixes.iter().all(|fix| !fix["suggestion"].as_str().unwrap().is_empty()), "{fixes:?}");
    for section in [
        "health",
        "bottlenecks",
        "slowest_spans",
        "critical_path",
        "trends",
        "metrics",
        "agents",
        "tools",
        "errors",
        "messages",
        "tokens",
        "sessions",
        "types",
        "rows",
        "sources",
    ] {
        assert!(!rows(&report, section).is_empty(), "{section}");
    }
    // The verdict is that of `health`, the worst bottleneck that of `bottlenecks`.
    let health = sandbox.run(["health", "--store", "troubled"]).json();
    assert_eq!(report["verdict"]["score"], health["score"]);
    let bottlenecks = sandbox.run(["bottlenecks", "--store", "troubled"]).json();
    assert_eq!(report["bottlenecks"][0]["suggestion"], bottlenecks["rows"][0]["suggestion"]);
    // All three worst ones are told, and what is graver stands first.
    let told = |row: &Value| fixes.iter().any(|fix| fix["suggestion"] == row["suggestion"]);
    assert!(bottlenecks["rows"].as_array().unwrap().iter().take(3).all(told), "{fixes:?}");
    let words = ["critical", "high", "medium", "low"];
    let ranks = fixes.iter().map(|fix| words.iter().position(|word| fix["severity"] == *word));
    assert!(ranks.collect::<Vec<_>>().is_sorted(), "{fixes:?}");
    let paths = sandbox.run(["critical-path", "--store", "troubled"]).json();
    assert_eq!(report["critical_path"], paths["rows"]);
}

#[test]
fn beside_another_run_it_says_what_got_worse() {
    let sandbox = two_runs();
    let compare = |head: &str, base: &str| {
        sandbox.run(["report", "--store", head, "--compare", base, "--json"]).json()
    };
    let same = compare("calm", "calm");
    assert!(same["summary"][0].as_str().unwrap().contains("nothing got better or worse"));
    assert!(rows(&same, "comparison").iter().all(|row| row["verdict"] == "same"));
    let worse = compare("troubled", "calm");
    let first = &worse["comparison"][0];
    // Of the tester's turns 13 of 33 failed, where none did before.
    assert_eq!((&first["metric"], &first["subject"]), (&"error_rate".into(), &"tester".into()));
    assert_eq!((&first["verdict"], &first["base"]), (&"worse".into(), &0.0.into()));
    assert!((first["head"].as_f64().unwrap() - 13.0 / 33.0).abs() < 1e-12, "{first}");
    let missing = sandbox.run(["report", "--store", "calm", "--compare", "nowhere"]);
    assert_eq!(missing.code(), Some(2));
}

#[test]
fn one_page_says_what_it_leaves_out() {
    let sandbox = two_runs();
    let report = ["report", "--store", "troubled", "--executive"];
    let text = sandbox.run([&report[..], &["--format", "table"]].concat()).done();
    assert!(text.contains("The first 5 of 8."), "{text}");
    assert!(!text.contains("Timeline"), "{text}");
    let report = sandbox.run(report).json();
    assert!(rows(&report, "agents").len() == 5 && report.get("slowest_spans").is_none());
}

#[test]
fn pages_have_scripts_only_for_charts_and_markdown_folds() {
    let sandbox = two_runs();
    let page = |more: &[&str]| {
        sandbox.run([&["report", "--store", "troubled", "--html"], more].concat()).done()
    };
    let full = page(&[]);
    assert_eq!(full.matches("<script").count(), 3);
    assert!(full.contains("script-src 'sha256-"));
    for id in ["timeline", "critical-path", "latency", "messages", "spending", "tools"] {
        assert!(full.contains(&format!("id=\"chart-{id}\"")), "{id}");
    }
    let light = page(&["--light"]);
    assert!(!light.contains("<script") && !light.contains("script-src"));
    assert!(light.len() < 200_000 && light.contains("slow-peer"), "{}", light.len());
    let text = sandbox.run(["report", "--store", "troubled", "--md"]).done();
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    assert!(text.matches("<details>").count() > 10);
    for flag in [&["--light"][..], &["--template", "x.html"]] {
        let args = [&["report", "--store", "troubled", "--json"], flag].concat();
        assert_eq!(sandbox.run(args).code(), Some(2));
    }
}

#[test]
fn a_page_can_have_a_template_of_its_own() {
    let sandbox = two_runs();
    let page = |template: &str| {
        sandbox.write("own.html", template);
        sandbox.run(["report", "--store", "troubled", "--html", "--template", "own.html"])
    };
    let own =
        "{{ title }}, {{ verdict.status }}:{% for one in sections %} {{ one.key }}{% endfor %}";
    let text = page(own).done();
    assert!(text.starts_with("Trace report, degraded: health bottlenecks "), "{text}");
    for wrong in ["{{ nothing }}", "{% for %}"] {
        let refused = page(wrong);
        assert_eq!(refused.code(), Some(2));
        assert!(
            refused.stderr().contains("own.html") && refused.stderr().contains(":1"),
            "{wrong}"
        );
    }
    let printed = sandbox.run(["report", "--print-template"]).done();
    assert_eq!(printed, include_str!("../../src/render/html/page.html"));
    let built_in = sandbox.run(["report", "--store", "calm", "--html"]).done();
    sandbox.write("own.html", printed);
    let args = ["report", "--store", "calm", "--html", "--template", "own.html"];
    assert!(sandbox.run(args).done() == built_in);
}

/// What a page's scripts read.
fn island(page: &str) -> Value {
    let (_, rest) = page.split_once("id=\"report-data\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn the_timeline_tells_each_error_once_and_marks_the_whole_path_of_the_slowest_run() {
    let sandbox = two_runs();
    let page = sandbox.run(["report", "--store", "troubled", "--html"]).done();
    let timeline = &island(&page)["charts"]["timeline"];
    let bars = &timeline["bars"];
    let names = |list: &str, column: &str| -> Vec<String> {
        let places = bars[column].as_array().unwrap().iter();
        let name = |place: &Value| {
            timeline[list][usize::try_from(place.as_u64().unwrap()).unwrap()].as_str()
        };
        places.map(|place| name(place).unwrap().to_owned()).collect()
    };
    // All 21 errors of the run are those of failed tasks, which are drawn.
    let failed = names("statuses", "status").into_iter().filter(|one| one == "error").count();
    assert_eq!(failed, 21);
    assert_eq!(timeline["marks"], serde_json::json!([]));
    let paths = sandbox.run(["critical-path", "--store", "troubled"]).json();
    let slowest = paths["runs"][0]["run"].as_str().unwrap();
    let args = ["critical-path", "--store", "troubled", "--session", slowest];
    let path = sandbox.run(args).json();
    let on_path = |row: &Value| row["kind"] == "work";
    let sections = rows(&path, "sections").iter().filter(|row| on_path(row));
    let expected: BTreeSet<&str> = sections.map(|row| row["id"].as_str().unwrap()).collect();
    let marked = bars["critical"].as_array().unwrap().iter().zip(bars["id"].as_array().unwrap());
    let marked: BTreeSet<&str> =
        marked.filter(|(is, _)| **is == 1).map(|(_, id)| id.as_str().unwrap()).collect();
    assert!(expected.len() > 20 && marked == expected, "{} of {}", marked.len(), expected.len());
}

#[test]
fn what_a_filter_cannot_be_put_on_is_left_out_with_a_word() {
    let sandbox = two_runs();
    for filter in [["--tool", "web_search"], ["--model", "*"]] {
        for form in [&["--html"][..], &["--json"], &["--json", "--compare", "calm"]] {
            let args = [&["report", "--store", "troubled"], &filter[..], form].concat();
            let outcome = sandbox.run(args);
            assert_eq!(outcome.code(), Some(0), "{filter:?} {form:?}: {}", outcome.stderr());
        }
        let report = [&["report", "--store", "troubled", "--json"], &filter[..]].concat();
        let notices = sandbox.run(report).json()["notices"].to_string();
        assert!(notices.contains("Messages are left out"), "{notices}");
    }
}

#[test]
fn stack_traces_are_told_line_by_line() {
    let sandbox = Sandbox::new();
    let line = r#"{"timestamp":1736937002250,"type":"work","level":"ERROR","agent":"baker","msg":"oven is cold",
        "error":{"stack":"at <bake> (oven.js:3)\nat day (day.js:1)"}}"#;
    sandbox.write("e.jsonl", line.replace('\n', "").replace("        ", "") + "\n");
    let report = sandbox.run(["report", "--input", "e.jsonl", "--json"]).json();
    let stacks = rows(&report, "stacks");
    assert_eq!(stacks.len(), 1);
    assert_eq!(stacks[0]["stack"], "at <bake> (oven.js:3)\nat day (day.js:1)");
    assert_eq!(stacks[0]["example_id"], report["errors"][0]["example_id"]);
    let page = sandbox.run(["report", "--input", "e.jsonl", "--html"]).done();
    let shown = "<details><summary>at &lt;bake&gt; (oven.js:3)</summary>\
                 <pre>at &lt;bake&gt; (oven.js:3)\nat day (day.js:1)</pre></details>";
    assert!(page.contains(shown), "{page}");
    let markdown = sandbox.run(["report", "--input", "e.jsonl", "--md"]).done();
    assert!(
        markdown.contains("| at &lt;bake&gt; (oven.js:3)<br>at day (day.js:1) |"),
        "{markdown}"
    );
}

#[test]
fn a_report_shows_when_each_agent_did_something() {
    let sandbox = Sandbox::new();
    let line = |agent: &str, second: u32| {
        format!(
            "{{\"time\":\"2026-01-01T00:00:{second:02}Z\",\"type\":\"STEP\",\"agent\":\"{agent}\"}}\n"
        )
    };
    // Of three seconds in twenty parts: one works at their begin, the other once in the seventh part, which is
    // three buckets of 50 ms, and twice in the last, which is four.
    let lines = [("early", 0), ("late", 1), ("late", 3), ("late", 3)];
    sandbox.write("a.jsonl", lines.map(|(agent, second)| line(agent, second)).concat());
    let report = sandbox.run(["report", "--input", "a.jsonl", "--json"]).json();
    let agents = rows(&report, "agents").iter();
    let found: Vec<_> = agents.map(|row| json!([row["agent"], row["activity"]])).collect();
    let level = |parts: usize| "▁".repeat(parts);
    let early = format!("█{}", level(19));
    let late = format!("{}▆{}█", level(6), level(12));
    assert_eq!(found, [json!(["early", early]), json!(["late", late])]);
}
