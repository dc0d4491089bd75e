//! `trends`, `anomalies` and `health`: what they say of series whose course is known, and of those that
//! nothing can be said of.

use super::runner::{Sandbox, event};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// One sample of the generic format, `minute` minutes into 2026.
fn sample(name: &str, minute: usize, value: f64, more: &str) -> String {
    let (day, hour, minute) = (1 + minute / 1440, minute / 60 % 24, minute % 60);
    format!(
        "{{\"time\":\"2026-01-{day:02}T{hour:02}:{minute:02}:00Z\",\"kind\":\"metric\",\"name\":\"{name}\",\
         \"value\":{value}{more}}}\n"
    )
}

/// A little unrest that always is the same: from -1 to 1, without a trend.
fn unrest(i: usize) -> f64 {
    f64::from(u32::try_from(i * 37 % 11).unwrap()) / 5.0 - 1.0
}

fn store_of(lines: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("m.jsonl", lines);
    let _ = sandbox.ingest(["m.jsonl"]);
    sandbox
}

fn answer(sandbox: &Sandbox, args: &[&str]) -> Value {
    sandbox.run(args.iter().chain(&["--format", "json"])).json()
}

fn row<'v>(answer: &'v Value, metric: &str) -> &'v Value {
    let rows = answer["rows"].as_array().unwrap();
    rows.iter().find(|row| row["metric"] == metric).unwrap_or_else(|| panic!("{metric}: {answer}"))
}

/// Two hours by the minute: a ramp, a fall, unrest, a constant, and a series that begins late.
fn courses() -> Sandbox {
    let mut lines = String::new();
    for i in 0..120 {
        let up = 30.0 + 0.25 * f64::from(u32::try_from(i).unwrap()) + unrest(i);
        lines += &sample("cpu.usage", i, up, ",\"unit\":\"%\"");
        lines += &sample("cache.hitRate", i, 1.0 - up / 100.0, ",\"unit\":\"1\"");
        lines += &sample("queue.depth", i, 50.0 + unrest(i), "");
        lines += &sample("workers", i, 4.0, "");
        if i >= 115 {
            lines += &sample("late.latency", i, 10.0, ",\"unit\":\"ms\"");
        }
    }
    store_of(&lines)
}

#[test]
fn directions_slopes_forecasts_and_limits_are_those_of_the_course() {
    let sandbox = courses();
    let found = answer(&sandbox, &["trends", "--interval", "1m"]);
    let cpu = row(&found, "cpu.usage");
    assert_eq!(cpu["direction"], "degrading");
    // 0.25 % a minute are 15 % an hour; after 119 minutes it is 59.75 %, in an hour 74.75 %.
    let near = |value: &Value, expected: f64, by: f64| {
        let value = value.as_f64().unwrap();
        assert!((value - expected).abs() < by, "{value} is not {expected}");
    };
    near(&cpu["slope_per_hour"], 15.0, 0.3);
    near(&cpu["forecast_1h"]["value"], 74.75, 2.0);
    let hour = &cpu["forecast_1h"];
    assert!(hour["low"].as_f64() < hour["low_80"].as_f64());
    assert!(hour["confidence"].as_f64().unwrap() > 0.8);
    assert_eq!(cpu["forecast_24h"], Value::Null);
    assert!(cpu["p_value"].as_f64().unwrap() < 0.01);
    assert_eq!((cpu["points"].clone(), cpu["gaps"].clone()), (json!(120), json!(0)));
    // 90 % is about 30 % away: two hours.
    let limit = &found["capacity"][0];
    assert_eq!((&limit["metric"], &limit["verdict"]), (&json!("cpu.usage"), &json!("reaches")));
    near(&limit["reaches_in_ns"], 122.0 * 60e9, 10.0 * 60e9);
    assert_eq!(row(&found, "cache.hitRate")["direction"], "degrading");
    assert_eq!(row(&found, "queue.depth")["direction"], "stable");
    assert_eq!(row(&found, "workers")["direction"], "stable");
    // What gets worse is first.
    assert_eq!(found["rows"][0]["direction"], "degrading");
}

#[test]
fn settings_say_what_is_good_and_what_the_limit_is() {
    let sandbox = courses();
    sandbox.write("tracekit.toml", "[metrics.\"cpu.usage\"]\nbetter = \"higher\"\nlimit = 99\n");
    let found = answer(&sandbox, &["trends", "--metric", "cpu.usage"]);
    assert_eq!(found["rows"].as_array().unwrap().len(), 1);
    assert_eq!(found["rows"][0]["direction"], "improving");
    sandbox.write("tracekit.toml", "[metrics.\"cpu.usage\"]\nbettr = \"higher\"\n");
    sandbox
        .run(["trends"])
        .fails(2, &["no setting of a metric is called `bettr`", "tracekit.toml", "`better`"]);
}

/// A sentence, and never a wrong number.
#[test]
fn what_cannot_be_told_is_said() {
    let sandbox = courses();
    let late = answer(&sandbox, &["trends", "--interval", "1m", "--metric", "late.latency"]);
    let late = &late["rows"][0];
    assert_eq!(late["direction"], "unknown");
    assert_eq!(late["note"], "5 points are too few for a direction, which takes 8");
    for (count, points) in [(1, "1 point is"), (2, "2 points are")] {
        let lines: String = (0..count).map(|i| sample("x", i, 3.5, "")).collect();
        let sandbox = store_of(&lines);
        let found = answer(&sandbox, &["trends"]);
        let one = &found["rows"][0];
        assert_eq!((&one["direction"], &one["mean"]), (&json!("unknown"), &json!(3.5)));
        assert!(one["note"].as_str().unwrap().starts_with(points), "{one}");
        assert_eq!((&one["forecast_1h"], &one["p_value"]), (&Value::Null, &Value::Null));
        assert_eq!(answer(&sandbox, &["anomalies"])["rows"], json!([]));
        assert_eq!(answer(&sandbox, &["health"])["rows"][0]["status"], "healthy");
    }
    let nothing = ["trends", "--agent", "nobody"];
    let found = answer(&sandbox, &nothing);
    assert_eq!(found["rows"], json!([]));
    assert_eq!(found["notices"][0], "no record fits the filters");
}

#[test]
fn gaps_are_gaps_and_counts_have_zeros() {
    let mut lines = String::new();
    for minute in 0..60_i64 {
        // Samples of a queue in every third minute; work in every minute but those from 20 to 29.
        let time = 1_767_225_600_000 + minute * 60_000;
        if minute % 3 == 0 {
            let _ = writeln!(
                lines,
                "{}",
                event(&format!("q{minute}"), time, "PERFORMANCE_METRIC", r#"{"metrics":{"q":5}}"#)
            );
        }
        if !(20..30).contains(&minute) {
            let data = format!(r#"{{"taskId":"t{minute}","taskType":"x"}}"#);
            let _ = writeln!(lines, "{}", event(&format!("b{minute}"), time, "TASK_START", &data));
            let end = event(&format!("e{minute}"), time + 2000, "TASK_COMPLETE", &data);
            let _ = writeln!(lines, "{end}");
        }
    }
    let sandbox = store_of(&lines);
    let found = answer(&sandbox, &["trends", "--interval", "1m"]);
    // In minutes 21, 24 and 27 a sample says that somebody looked, and nothing was done; in the others
    // of the pause nobody looked. The last minute was not observed to its end.
    let throughput = row(&found, "throughput");
    assert_eq!((&throughput["points"], &throughput["gaps"]), (&json!(52), &json!(7)));
    let latency = row(&found, "latency.p95");
    assert_eq!((&latency["points"], &latency["gaps"]), (&json!(49), &json!(10)));
    assert_eq!((&latency["mean"], &latency["unit"]), (&json!(2000.0), &json!("ms")));
}

#[test]
fn series_are_split_by_columns_and_labels() {
    let mut lines = String::new();
    for i in 0..60 {
        for route in ["a", "b"] {
            let up = if route == "a" { 2.0 * unrest(i) } else { 3.0 * unrest(i) + i as f64 };
            let more = format!(",\"agent\":\"agent-{route}\",\"labels\":{{\"route\":\"{route}\"}}");
            lines += &sample("wait.time", i, 100.0 + up, &more);
        }
        lines += &sample("wait.time", i, 1.0, "");
    }
    let sandbox = store_of(&lines);
    for (by, column, keys) in
        [("agent", "agent", ["agent-b", "agent-a"]), ("label.route", "label.route", ["b", "a"])]
    {
        let found = answer(&sandbox, &["trends", "--by", by, "--metric", "wait.*"]);
        let rows = found["rows"].as_array().unwrap();
        let told: Vec<_> = rows.iter().map(|row| row[column].as_str().unwrap()).collect();
        assert_eq!(told, keys, "{by}");
        assert_eq!(
            (&rows[0]["direction"], &rows[1]["direction"]),
            (&json!("degrading"), &json!("stable"))
        );
    }
    sandbox.run(["trends", "--by", "agnt"]).fails(2, &["--by", "`agnt`", "did you mean `agent`?"]);
    sandbox.run(["anomalies", "--interval", "0s"]).fails(2, &["--interval", "`0s`"]);
    let found = answer(&sandbox, &["trends", "--interval", "1s"]);
    assert!(found["notices"][0].as_str().unwrap().contains("more than 2000"), "{found}");
}

/// An hour of work by the minute in which, from minute 40 to 42, a tool fails and takes long.
fn incident() -> Sandbox {
    let mut lines = String::new();
    for minute in 0..60_i64 {
        for tool in ["search", "read"] {
            for i in 0..6 {
                let bad = tool == "search" && (40..43).contains(&minute);
                let id = format!("{tool}-{minute}-{i}");
                let time = 1_767_225_600_000 + minute * 60_000 + i * 9000;
                let taken = if bad { 8000 } else { 1000 + (minute * 7 + i * 3) % 5 * 20 };
                let data = format!(r#"{{"taskId":"{id}","taskType":"{tool}","tool":"{tool}"}}"#);
                let _ = writeln!(lines, "{}", event(&id, time, "TASK_START", &data));
                let (kind, data) = if bad {
                    let error = r#","errorType":"Unavailable","errorMessage":"down"}"#;
                    ("TASK_FAIL", data.replacen('}', error, 1))
                } else {
                    ("TASK_COMPLETE", data)
                };
                let _ = writeln!(lines, "{}", event(&format!("{id}-e"), time + taken, kind, &data));
            }
        }
    }
    store_of(&lines)
}

#[test]
fn an_incident_is_told_with_its_time_and_cause() {
    let sandbox = incident();
    let found = answer(&sandbox, &["anomalies", "--interval", "1m"]);
    let first = &found["incidents"][0];
    assert_eq!(first["from"], "2026-01-01T00:40:00.000000Z");
    assert_eq!(first["to"], "2026-01-01T00:43:00.000000Z");
    let cause = first["cause"].as_str().unwrap();
    assert!(cause.contains("search") || cause.contains("Unavailable"), "{first}");
    let metrics: Vec<_> = found["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["metric"].as_str().unwrap())
        .collect();
    assert!(metrics.contains(&"error_rate") && metrics.contains(&"latency.p95"), "{metrics:?}");
    for field in
        ["metric", "time", "value", "expected", "score", "severity", "incident", "shape", "unit"]
    {
        assert!(!found["rows"][0][field].is_null(), "{field}: {found}");
    }
    // Each of them lies in those three minutes, and outside of what was expected.
    for row in found["rows"].as_array().unwrap() {
        let time = row["time"].as_str().unwrap();
        assert!(("2026-01-01T00:40".."2026-01-01T00:43").contains(&&time[..16]), "{row}");
        let (value, high) = (row["value"].as_f64().unwrap(), row["high"].as_f64().unwrap());
        assert!(value > high && row["score"].as_f64().unwrap() >= 3.5, "{row}");
    }
    assert_eq!(
        answer(&sandbox, &["anomalies", "--until", "2026-01-01T00:39:00Z"])["rows"],
        json!([])
    );
}

#[test]
fn health_deducts_what_failed_and_says_what_to_do() {
    let sandbox = incident();
    let found = answer(&sandbox, &["health", "--interval", "1m"]);
    let system = &found["rows"][0];
    assert_eq!((&system["scope"], &system["subject"]), (&json!("system"), &Value::Null));
    // 18 of 720 failed: five points.
    assert_eq!(system["deductions"][0]["reason"], "18 of 720 pieces of finished work failed");
    assert_eq!(system["deductions"][0]["points"], 5.0);
    assert_eq!((&system["status"], &system["score"]), (&json!("healthy"), &json!(95.0)));
    let advice = &found["recommendations"][0];
    assert_eq!(
        (&advice["when"], &advice["look"]),
        (&json!("immediate"), &json!("tracekit errors --agent a"))
    );
    assert!(advice["what"].as_str().unwrap().contains("`Unavailable`"), "{advice}");
    let indicators = found["indicators"].as_array().unwrap();
    let of = |name: &str| indicators.iter().find(|one| one["indicator"] == name).unwrap();
    assert_eq!(of("error_rate")["value"], 18.0 / 720.0);
    assert_eq!(of("availability")["value"], 702.0 / 720.0);
    let _ = sandbox.run(["health", "--exit-code"]).done();
    // In the three bad minutes half of the work failed: 80 points.
    let bad = ["--since", "2026-01-01T00:40:00Z", "--until", "2026-01-01T00:43:00Z"];
    let found = answer(&sandbox, &[&["health"], &bad[..]].concat());
    assert_eq!(found["rows"][0]["status"], "critical", "{found}");
    let args = [&["health", "--exit-code"], &bad[..]].concat();
    let _ = sandbox.run(&args).ends(1, &[]);
    // Nothing is known of nobody, and a gate that asks the wrong question does not pass.
    let _ = sandbox.run(["health", "--exit-code", "--agent", "nobody"]).ends(1, &[]);
}

#[test]
fn values_that_no_square_can_be_of_are_left_out_with_a_word() {
    for unit in [1e99, 1e155, 2e307] {
        let lines: String = (0..100)
            .map(|minute| sample("wild", minute, (1.0 + (minute % 7) as f64) * unit, ""))
            .chain((0..100).map(|minute| sample("tame", minute, unrest(minute), "")))
            .collect();
        let sandbox = store_of(&lines);
        for command in ["trends", "anomalies", "health"] {
            let notices = answer(&sandbox, &[command])["notices"].to_string();
            let is_told = notices.contains("wild: values beyond ±1e100 are left out");
            assert_eq!(is_told, unit > 1e99, "{command} {unit}: {notices}");
        }
        let trends = answer(&sandbox, &["trends"]);
        assert_eq!(row(&trends, "wild")["last_value"].is_null(), unit > 1e99, "{trends}");
        assert!(row(&trends, "tame")["last_value"].is_number(), "{trends}");
        let _ = sandbox.run(["report", "--md"]).done();
    }
}
