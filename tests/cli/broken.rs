//! Bad input: every row of the input policy as a bad line between two good ones, and the flags that
//! change what becomes of it.

use super::runner::{Outcome, Sandbox, event, events, fixture};
use serde_json::{Value, json};

/// A good line; its id is `good-{i}`.
fn good(i: i64) -> String {
    event(&format!("good-{i}"), 1_760_000_000_000 + i, "AGENT_IDLE", "{}")
}

/// A bad line between two good ones, ingested with `flags`.
fn ingest_between(line: &[u8], flags: &[&str]) -> (Sandbox, Outcome) {
    let sandbox = Sandbox::new();
    let text = [good(1).as_bytes(), b"\n", line, b"\n", good(2).as_bytes(), b"\n"].concat();
    sandbox.write("a.jsonl", text);
    let args = ["ingest", "a.jsonl", "-q", "--format", "json"].iter().chain(flags);
    let outcome = sandbox.run(args);
    (sandbox, outcome)
}

/// Asserts that the line is rejected for this reason and that its neighbours are there.
#[track_caller]
fn rejected(line: impl AsRef<[u8]>, flags: &[&str], category: &str, word: &str) {
    let line = line.as_ref();
    let shown = String::from_utf8_lossy(&line[..line.len().min(100)]).into_owned();
    let (sandbox, outcome) = ingest_between(line, flags);
    let summary = outcome.json();
    assert_eq!((&summary["records"], &summary["rejected"]), (&json!(2), &json!(1)), "{shown}");
    assert_eq!(sandbox.ids(&[]), ["good-1", "good-2"], "{shown}");
    let rows = sandbox.rows(&["query", "rejects"]);
    assert_eq!(rows.len(), 1, "{shown}");
    let row = &rows[0];
    assert_eq!(row["category"], category, "{shown}: {row}");
    assert_eq!(row["source"], "a.jsonl", "{shown}");
    assert_eq!(row["line"], 2, "{shown}");
    assert_eq!(row["source_offset"], good(1).len() + 1, "{shown}");
    assert_eq!(row["length"], line.len(), "{shown}");
    assert!(row["message"].as_str().unwrap().contains(word), "{shown}: {row}");
    let excerpt = row["excerpt"].as_str().unwrap();
    if let Ok(text) = std::str::from_utf8(line) {
        assert!(text.starts_with(excerpt) && (excerpt == text || excerpt.len() >= 200), "{row}");
    }
}

/// Asserts that the line is accepted, and gives its row.
#[track_caller]
fn accepted(line: impl AsRef<[u8]>, flags: &[&str]) -> Value {
    let line = line.as_ref();
    let (sandbox, outcome) = ingest_between(line, flags);
    let summary = outcome.json();
    let shown = String::from_utf8_lossy(&line[..line.len().min(100)]).into_owned();
    assert_eq!((&summary["rejected"], &summary["lines"]), (&json!(0), &json!(3)), "{shown}");
    let rows = sandbox.rows(&["query", "--where", "id <> 'good-1' AND id <> 'good-2'"]);
    assert_eq!(rows.len(), 1, "{shown}");
    rows.into_iter().next().unwrap()
}

/// An event called `x` with these members in place of the usual ones.
fn with(time: &str, rest: &str) -> String {
    format!(r#"{{"id":"x","type":"AGENT_IDLE","agentId":"a","timestamp":{time}{rest}}}"#)
}

const NOW: &str = "1760000000500";

#[test]
fn nesting_has_a_limit() {
    let nested = |depth: usize| {
        with(NOW, &format!(r#","data":{{"a":{}{}}}"#, "[".repeat(depth), "]".repeat(depth)))
    };
    // The event and its `data` are two levels.
    let (sandbox, outcome) = ingest_between(nested(126).as_bytes(), &[]);
    assert_eq!(outcome.json()["rejected"], 0);
    assert_eq!(sandbox.ids(&[]), ["good-1", "good-2", "x"]);
    rejected(nested(127), &[], "too_deep", "128");
    rejected("[".repeat(100_000), &[], "too_deep", "128");
}

#[test]
fn lines_have_a_longest_length() {
    let long = with(NOW, &format!(r#","data":{{"text":"{}"}}"#, "y".repeat(5000)));
    rejected(&long, &["--max-line-bytes", "4KiB"], "too_long", "--max-line-bytes");
    rejected("z".repeat(5000), &["--max-line-bytes", "4096"], "too_long", "5000 bytes");
    let _ = accepted(&long, &["--max-line-bytes", "8KiB"]);
}

/// A limit is a limit, wherever the line stands.
#[test]
fn a_line_just_over_the_limit_is_too_long() {
    let line = with(NOW, &format!(r#","data":{{"text":"{}"}}"#, "y".repeat(2000)));
    let limit = (line.len() - 1).to_string();
    rejected(&line, &["--max-line-bytes", &limit], "too_long", "--max-line-bytes");
    let _ = accepted(&line, &["--max-line-bytes", &line.len().to_string()]);
}

#[test]
fn text_is_utf8_or_made_so() {
    let bad =
        [b"{\"id\":\"x\",\"type\":\"A", &[0xff][..], b"\",\"timestamp\":1760000000500}"].concat();
    rejected(&bad, &[], "bad_utf8", "--lossy");
    assert_eq!(accepted(&bad, &["--lossy"])["type"], "A\u{fffd}");
    // Half of a character at the end, and a surrogate in UTF-8.
    rejected([b"{\"id\":\"", &[0xc3][..]].concat(), &[], "bad_utf8", "column 8");
    rejected([0xed, 0xa0, 0x80], &[], "bad_utf8", "column 1");
}

#[test]
fn marks_at_the_start_line_ends_and_blank_lines_are_borne() {
    let sandbox = Sandbox::new();
    let text = format!("\u{feff}{}\r\n\r\n  \t\n{}\n\n", good(1), good(2));
    sandbox.write("a.jsonl", &text);
    let summary = sandbox.ingest(["a.jsonl"]);
    let of = |name: &str| summary[name].as_u64().unwrap();
    assert_eq!((of("records"), of("rejected"), of("lines"), of("blank")), (2, 0, 5, 3));
    let rows = sandbox.rows(&["query", "--columns", "id,source_offset"]);
    assert_eq!(rows[0], json!({"id": "good-1", "source_offset": 3}));
    let second = 3 + good(1).len() + "\r\n\r\n  \t\n".len();
    assert_eq!(rows[1], json!({"id": "good-2", "source_offset": second}));
}

#[test]
fn what_is_no_json_object_is_rejected() {
    rejected(with(NOW, "").replace('x', "x\0"), &[], "invalid_json", "");
    rejected(format!("{}\0", with(NOW, "")), &[], "trailing_data", "");
    rejected(format!("{} {}", with(NOW, ""), with(NOW, "")), &[], "trailing_data", "");
    rejected(format!("{},", with(NOW, "")), &[], "trailing_data", "");
    for line in ["[]", "[{\"id\":1}]", "17", "\"text\"", "null", "true"] {
        rejected(line, &[], "not_object", "");
    }
    for line in
        ["hello", "{", "{\"id\":\"x\"", "{'id':'x'}", "{\"a\":01}", "{\"a\":\"\\x\"}", "{\"a\":1,}"]
    {
        rejected(line, &[], "invalid_json", "");
    }
}

#[test]
fn keys_come_once_where_they_fill_columns() {
    let top = with(NOW, r#","agentId":"b""#);
    rejected(&top, &[], "duplicate_key", "agentId");
    assert_eq!(accepted(&top, &["--duplicate-keys", "last"])["agent"], "b");
    let inside = with(NOW, r#","data":{"taskId":"t-1","taskId":"t-2"}"#);
    rejected(&inside, &[], "duplicate_key", "taskId");
    assert_eq!(accepted(&inside, &["--duplicate-keys", "last"])["task_id"], "t-2");
    // The same key, written with an escape.
    rejected(with(NOW, r#","\u0061gentId":"b""#), &[], "duplicate_key", "agentId");
}

#[test]
fn keys_may_repeat_in_kept_text_unless_strict() {
    let kept = with(NOW, r#","data":{"deep":{"k":1,"k":2}}"#);
    let (sandbox, outcome) = ingest_between(kept.as_bytes(), &[]);
    assert_eq!(outcome.json()["rejected"], 0);
    let row = sandbox.run(["query", "--columns", "data", "--where", "id = 'x'"]).done();
    assert!(row.contains(r#""k":1,"k":2"#), "{row}");
    let (sandbox, outcome) = ingest_between(kept.as_bytes(), &["--strict"]);
    outcome.ends(3, &["1 of 3 lines were rejected", "0 are allowed", "`k`"]);
    assert_eq!(sandbox.count("records"), 0);
}

#[test]
fn integers_fit_64_bits_where_they_fill_columns() {
    let tokens = |count: &str| with(NOW, &format!(r#","data":{{"tokens":{{"input":{count}}}}}"#));
    rejected(tokens("9223372036854775808"), &[], "int_range", "9223372036854775808");
    rejected(tokens("-9223372036854775809"), &[], "int_range", "");
    rejected(tokens("1e30"), &[], "int_range", "");
    assert_eq!(accepted(tokens("9223372036854775807"), &[])["input_tokens"], i64::MAX);
    // Kept text keeps its digits.
    let (sandbox, outcome) = ingest_between(
        with(NOW, r#","data":{"n":123456789012345678901234567890}"#).as_bytes(),
        &[],
    );
    assert_eq!(outcome.json()["rejected"], 0);
    let row = sandbox.run(["query", "--columns", "data", "--where", "id = 'x'"]).done();
    assert!(row.contains("123456789012345678901234567890"), "{row}");
}

#[test]
fn numbers_are_numbers() {
    let cost = |value: &str| with(NOW, &format!(r#","data":{{"cost":{value}}}"#));
    rejected(cost("1e400"), &[], "number", "1e400");
    rejected(cost("NaN"), &[], "number", "NaN");
    rejected(cost("-Infinity"), &[], "number", "Infinity");
    assert_eq!(accepted(cost("0.0125"), &[])["cost_microusd"], 12_500);
    rejected(with(NOW, r#","data":{"x":NaN}"#), &[], "number", "NaN");
    let (sandbox, outcome) = ingest_between(with(NOW, r#","data":{"x":1e400}"#).as_bytes(), &[]);
    assert_eq!(outcome.json()["rejected"], 0);
    let row = sandbox.run(["query", "--columns", "data", "--where", "id = 'x'"]).done();
    assert!(row.contains("1e400"), "{row}");
}

#[test]
fn times_are_whole_and_in_reach() {
    for time in ["\"yesterday\"", "true", "{}", "9999999999999999", "-9999999999999999", "1e300"] {
        rejected(with(time, ""), &[], "bad_time", "timestamp");
    }
    rejected(with("\"1600-01-01T00:00:00Z\"", ""), &[], "bad_time", "1677 and 2262");
    rejected(with("\"2300-01-01T00:00:00Z\"", ""), &[], "bad_time", "1677 and 2262");
    let time = |text: &str| accepted(with(text, ""), &[])["time"].clone();
    assert_eq!(time("\"2025-10-09T10:53:20.25+02:00\""), "2025-10-09T08:53:20.250000Z");
    assert_eq!(time("1760000000250"), "2025-10-09T08:53:20.250000Z");
    assert_eq!(time("-1"), "1969-12-31T23:59:59.999000Z");
}

#[test]
fn times_without_a_zone_need_one() {
    let naive = with("\"2025-07-01T12:00:00\"", "");
    rejected(&naive, &[], "bad_time", "--assume-tz");
    let time = |zone: &str| accepted(&naive, &["--assume-tz", zone])["time"].clone();
    assert_eq!(time("UTC"), "2025-07-01T12:00:00.000000Z");
    assert_eq!(time("-05:00"), "2025-07-01T17:00:00.000000Z");
    let (_, outcome) = ingest_between(naive.as_bytes(), &["--assume-tz", "Mars/Olympus"]);
    outcome.fails(2, &["--assume-tz", "Mars/Olympus"]);
}

#[test]
fn missing_fields_are_named() {
    rejected(
        r#"{"id":"x","agentId":"a","timestamp":1760000000500}"#,
        &[],
        "missing_field",
        "`type`",
    );
    rejected(
        r#"{"id":"x","type":"AGENT_IDLE","agentId":"a"}"#,
        &[],
        "missing_field",
        "`timestamp`",
    );
    rejected(with("null", ""), &[], "missing_field", "`timestamp`");
}

#[test]
fn unknown_types_and_fields_are_kept() {
    let line = r#"{"id":"x","type":"TEA_BREAK","timestamp":1760000000500,"mood":{"level":3}}"#;
    let row = accepted(line, &[]);
    assert_eq!((&row["type"], &row["extra"]["mood"]["level"]), (&json!("TEA_BREAK"), &json!(3)));
    // An optional field of the wrong type stays, and its column is null.
    let row = accepted(r#"{"id":"x","type":"AGENT_IDLE","timestamp":5,"agentId":7}"#, &[]);
    assert_eq!((&row["agent"], &row["extra"]["agentId"]), (&Value::Null, &json!(7)));
}

#[test]
fn a_line_without_an_id_gets_one_by_its_bytes() {
    let line = r#"{"type":"AGENT_IDLE","timestamp":1760000000500}"#;
    let id = accepted(line, &[])["id"].clone();
    let hash = id.as_str().unwrap().strip_prefix("h:").unwrap();
    assert!(hash.len() == 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
    assert_eq!(accepted(line, &[])["id"], id);
    assert_ne!(accepted(line.replace("500", "501"), &[])["id"], id);
}

/// A file of `good` and `bad` lines.
fn mixed(good: usize, bad: usize) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", format!("{}{}", events("x", good), "oops\n".repeat(bad)));
    sandbox
}

#[test]
fn above_the_budget_nothing_is_committed() {
    // By default 100 lines, or one in a thousand.
    let sandbox = mixed(200, 100);
    assert_eq!(sandbox.ingest(["a.jsonl"])["rejected"], 100);
    let sandbox = mixed(200, 101);
    let parts =
        ["101 of 301 lines were rejected", "100 are allowed", "line 201", "hint: --max-errors"];
    sandbox.run(["ingest", "a.jsonl"]).fails(3, &parts);
    assert_eq!((sandbox.count("records"), sandbox.count("rejects")), (0, 0));
    assert_eq!(sandbox.ingest(["a.jsonl", "--max-errors", "101"])["records"], 200);
}

#[test]
fn budgets_are_lines_or_shares() {
    let sandbox = mixed(97, 3);
    sandbox
        .run(["ingest", "a.jsonl", "--max-errors", "2"])
        .fails(3, &["3 of 100 lines", "2 are allowed"]);
    sandbox
        .run(["ingest", "a.jsonl", "--max-errors", "2%"])
        .fails(3, &["3 of 100 lines", "2 are allowed"]);
    sandbox.run(["ingest", "a.jsonl", "--strict"]).fails(3, &["0 are allowed"]);
    sandbox.run(["ingest", "a.jsonl", "--max-errors", "lots"]).fails(2, &["--max-errors", "lots"]);
    assert_eq!(sandbox.ingest(["a.jsonl", "--max-errors", "3%"])["rejected"], 3);
}

/// One file over its budget does not keep another from being ingested.
#[test]
fn a_bad_file_does_not_spoil_its_neighbour() {
    let sandbox = mixed(1, 3);
    sandbox.write("b.jsonl", events("y", 2));
    let outcome = sandbox.run(["ingest", "a.jsonl", "b.jsonl", "--max-errors", "0"]);
    outcome.fails(3, &["`a.jsonl`: 3 of 4 lines", "2 records", "1 source failed"]);
    assert_eq!(sandbox.ids(&[]), ["y0", "y1"]);
}

#[test]
fn raw_files_have_the_same_budget() {
    let sandbox = mixed(1, 3);
    let query = ["query", "--input", "a.jsonl", "--max-errors", "2"];
    sandbox.run(query).fails(3, &["3 of 4 lines"]);
    let said = sandbox.run(["query", "rejects", "--input", "a.jsonl", "--columns", "line"]);
    assert_eq!(said.says(&["3 of 4 lines"]).lines().count(), 3);
    assert!(sandbox.temporary_files().is_empty());
}

#[test]
fn bombs_are_capped() {
    let sandbox = Sandbox::new();
    let text = events("x", 3000);
    sandbox.write("a.zst", zstd::encode_all(text.as_bytes(), 3).unwrap());
    let parts = ["`a.zst` decompresses to more than 102400 bytes", "hint: --max-decompressed"];
    sandbox.run(["ingest", "a.zst", "--max-decompressed", "100KiB"]).fails(3, &parts);
    assert_eq!(sandbox.count("records"), 0);
    assert_eq!(sandbox.ingest(["a.zst", "--max-decompressed", "1MiB"])["records"], 3000);
}

/// Lines that no format accepts, with their categories.
const NEVER: [(&[u8], &str); 10] = [
    (b"hello", "invalid_json"),
    (b"{\"id\":\"x\"", "invalid_json"),
    (b"[]", "not_object"),
    (b"17", "not_object"),
    (b"null", "not_object"),
    (b"{} {}", "trailing_data"),
    (b"{},", "trailing_data"),
    (b"{\"a\":\"\xff\"}", "bad_utf8"),
    (b"{\"a\":\"\0\"}", "invalid_json"),
    (b"{\"a\":NaN}", "number"),
];

/// A bad line does the same to its neighbours in every format whose lines stand alone.
#[test]
fn bad_lines_leave_their_neighbours_alone_in_every_format() {
    let formats = [
        ("claude-flow", "claude-flow/run.jsonl"),
        ("claude-flow-metrics", "claude-flow-metrics/dashboard.jsonl"),
        ("generic", "generic/hotel.jsonl"),
        ("jaeger", "jaeger/old.jsonl"),
        ("langswarm", "langswarm/bakery.jsonl"),
        ("mplp", "mplp/harbour.jsonl"),
        ("myagent", "myagent/library.jsonl"),
        ("otlp", "otlp/traces.jsonl"),
    ];
    for (format, name) in formats {
        let good = std::fs::read_to_string(fixture(name)).unwrap();
        let lines: Vec<&str> = good.lines().collect();
        let from = ["--from", format];
        let alone = Sandbox::new();
        alone.write("a.jsonl", &good);
        let expected = alone.ingest(["a.jsonl"].iter().chain(&from))["records"].clone();
        let sandbox = Sandbox::new();
        let mut bytes = Vec::new();
        let deep = [b"{\"a\":".as_slice(), &b"[".repeat(200), &b"]".repeat(200), b"}"].concat();
        let all = NEVER.iter().copied().chain([(deep.as_slice(), "too_deep")]);
        for (i, (bad, _)) in all.clone().enumerate() {
            // Behind one good line each, from the first on; then the rest.
            bytes.extend(lines.get(i).iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()));
            bytes.extend([bad, b"\n"].concat());
        }
        for line in lines.iter().skip(NEVER.len() + 1) {
            bytes.extend([line.as_bytes(), b"\n"].concat());
        }
        sandbox.write("a.jsonl", bytes);
        let summary = sandbox.ingest(["a.jsonl"].iter().chain(&from));
        let rejects = sandbox.rows(&["query", "rejects", "--columns", "category,excerpt"]);
        let found: Vec<&str> =
            rejects.iter().map(|row| row["category"].as_str().unwrap()).collect();
        let categories: Vec<&str> = all.map(|(_, category)| category).collect();
        assert_eq!(found, categories, "{format}: {rejects:?}");
        assert_eq!(summary["records"], expected, "{format}");
    }
}

/// A number's unit is the format's; only in `generic` it goes by magnitude, value by value.
#[test]
fn numbers_are_times_in_the_unit_of_their_format() {
    let time = |format: &str, line: &str| {
        let sandbox = Sandbox::new();
        sandbox.write("a.jsonl", line);
        let summary = sandbox.ingest(["a.jsonl", "--from", format]);
        assert_eq!(summary["rejected"], 0, "{line}");
        sandbox.rows(&["query", "--columns", "time", "--limit", "1"])[0]["time"].clone()
    };
    let day = "2025-10-09T08:53:20.000000Z";
    assert_eq!(time("claude-flow", &with("1760000000000", "")), day);
    // The same digits are other times where they are read as milliseconds.
    assert_eq!(time("claude-flow", &with("1760000000", "")), "1970-01-21T08:53:20.000000Z");
    for number in ["1760000000", "1760000000000", "1760000000000000", "1760000000000000000"] {
        assert_eq!(time("generic", &format!(r#"{{"time":{number},"message":"m"}}"#)), day);
    }
    let span = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"00000000000000000000000000000001","spanId":"0000000000000001","name":"n","startTimeUnixNano":"1760000000000000000","endTimeUnixNano":"1760000000000000001"}]}]}]}"#;
    assert_eq!(time("otlp", span), day);
    let trace = r#"{"traceID":"A","spans":[{"spanID":"B","startTime":1760000000000000}]}"#;
    assert_eq!(time("jaeger", trace), day);
}

/// What is said of a line does not depend on the flags that were not needed for it.
#[test]
fn flags_change_what_they_are_for_and_nothing_else() {
    let flags: [&[&str]; 6] = [
        &["--lossy"],
        &["--duplicate-keys", "last"],
        &["--assume-tz", "UTC"],
        &["--max-line-bytes", "1MiB"],
        &["--max-decompressed", "1MiB"],
        &["--max-errors", "5"],
    ];
    for flags in flags {
        rejected("oops", flags, "invalid_json", "");
        rejected(r#"{"id":"x","type":"T"}"#, flags, "missing_field", "`timestamp`");
    }
}
