//! `tracekit tokens`: every token once, at its own price.

use super::super::runner::{Sandbox, fixture};
use serde_json::Value;

const SECTIONS: [&str; 6] = ["rows", "by_model", "by_agent", "by_tool", "by_session", "by_day"];

fn tokens(sandbox: &Sandbox, more: &[&str]) -> Value {
    sandbox.run(["tokens", "--format", "json"].iter().chain(more)).json()
}

fn row<'v>(answer: &'v Value, section: &str, column: &str, value: &str) -> &'v Value {
    let rows = answer[section].as_array().unwrap();
    rows.iter().find(|row| row[column] == value).unwrap()
}

/// A claude-flow event that used tokens.
fn event(id: &str, agent: &str, time: &str, data: &str) -> String {
    format!(
        "{{\"id\":\"{id}\",\"timestamp\":\"{time}\",\"type\":\"TASK_COMPLETE\",\"agentId\":\"{agent}\",\
         \"sessionId\":\"s\",\"data\":{data}}}\n"
    )
}

#[test]
fn every_grouping_is_a_partition_of_the_same_tokens() {
    let sandbox = Sandbox::new();
    sandbox.run(["demo", "-o", "run.jsonl", "-q"]).done();
    let _ = sandbox.ingest(["run.jsonl", &fixture("")]);
    let answer = tokens(&sandbox, &[]);
    for column in [
        "calls",
        "input_tokens",
        "output_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
        "unsplit_tokens",
        "cost_microusd",
        "unpriced_calls",
    ] {
        let total = answer[column].as_i64().unwrap();
        assert!(total > 0, "{column}");
        for section in SECTIONS {
            let rows = answer[section].as_array().unwrap();
            let sum: i64 = rows.iter().filter_map(|row| row[column].as_i64()).sum();
            assert_eq!(sum, total, "{column} of {section}");
        }
        // Each agent's own are what all spent, and so is what those at the top did with all below.
        let rows = answer["roll_up"].as_array().unwrap();
        let own: i64 = rows.iter().filter_map(|row| row[column].as_i64()).sum();
        let whole = format!("total_{column}");
        let top = rows.iter().filter(|row| row["depth"] == 0);
        let top: i64 = top.filter_map(|row| row[&whole].as_i64()).sum();
        assert_eq!((own, top), (total, total), "{column} of roll_up");
    }
    // What has no price has no cost, and says so.
    let unknown = row(&answer, "unpriced", "model", "gpt-5-codex");
    assert_eq!(
        (&unknown["cost_microusd"], &unknown["priced"]),
        (&Value::Null, &Value::Bool(false))
    );
    assert!(answer["notices"][0].as_str().unwrap().contains("gpt-5-codex"));
}

#[test]
fn sub_agents_stand_below_those_that_began_them_also_from_files_of_their_own() {
    let sandbox = Sandbox::new();
    let answer = tokens(&sandbox, &["--input", &fixture("claude-code")]);
    let paths: Vec<&str> = answer["roll_up"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["main", "main > Explore-1", "main > 7c1d9e02"]);
    // A filter leaves out what others spent, and not who is above whom.
    let args = ["--input", &fixture("claude-code"), "--agent", "7c1d9e02"];
    let some = tokens(&sandbox, &args);
    let row = &some["roll_up"].as_array().unwrap()[0];
    assert_eq!((&row["path"], &row["calls"]), (&"main".into(), &0.into()));
    assert_eq!(row["total_output_tokens"], some["output_tokens"]);
}

#[test]
fn tokens_that_are_stated_in_one_number_count_once_and_have_no_price() {
    let sandbox = Sandbox::new();
    let line = |rest: &str| {
        format!("{{\"agent_name\":\"scout\",\"timestamp\":1736937000,\"duration\":1,{rest}}}\n")
    };
    let think = |trace: &str, id: &str, rest: &str| {
        line(&format!(
            "\"type\":\"think\",\"trace_id\":\"{trace}\",\"id\":\"{id}\",\"llm_response\":\"\",\
             \"model\":\"claude-haiku-4-5\",{rest}"
        ))
    };
    let total = |trace: &str, rest: &str| {
        line(&format!(
            "\"type\":\"trace\",\"trace_id\":\"{trace}\",\"start_time\":1736937000,\
             \"has_errors\":false,{rest}"
        ))
    };
    let lines = [
        think("a", "1", "\"tokens_used\":100"),
        // The finer figures are those of the same tokens.
        think("a", "2", "\"tokens_used\":1000,\"input_tokens\":900,\"output_tokens\":100"),
        // The total of steps that state theirs.
        total("a", "\"tokens_used\":1100"),
        // The total is finer than its step.
        think("b", "3", "\"tokens_used\":20000"),
        total("b", "\"input_tokens\":15000,\"output_tokens\":5000"),
        // Nothing but the total.
        total("c", "\"tokens_used\":300000"),
    ];
    sandbox.write("run.jsonl", lines.concat());
    let answer = tokens(&sandbox, &["--input", "run.jsonl"]);
    assert_eq!(answer["unsplit_tokens"], 300_100);
    assert_eq!(
        (&answer["input_tokens"], &answer["output_tokens"]),
        (&15_900.into(), &5_100.into())
    );
    let row = row(&answer, "rows", "model", "claude-haiku-4-5");
    assert_eq!((&row["calls"], &row["unsplit_tokens"]), (&2.into(), &100.into()));
    // 900 at 1 and 100 at 5 dollars a million; the others' is not known.
    assert_eq!((&row["cost_microusd"], &row["unpriced_calls"]), (&1_400.into(), &1.into()));
    let told = answer["notices"].to_string();
    assert!(told.contains("300100 tokens are stated without"), "{told}");
    assert!(!told.contains("no price is known of claude-haiku-4-5"), "{told}");
}

#[test]
fn prices_of_the_settings_count_where_no_flag_names_others() {
    let sandbox = Sandbox::new();
    let used = "{\"model\":\"house-model\",\"tokens\":{\"input\":1000,\"output\":0}}";
    sandbox.write("run.jsonl", event("a", "x", "2026-11-01T00:00:00Z", used));
    let price = |dollars: u32| {
        format!("[[model]]\nname = \"house-model\"\ninput = {dollars}\noutput = 4\n")
    };
    sandbox.write("house/prices.toml", price(2));
    sandbox.write("mine.toml", price(3));
    sandbox.write("tracekit.toml", "[tokens]\nprices = \"house/prices.toml\"\n");
    let cost = |more: &[&str]| {
        tokens(&sandbox, &[&["--input", "run.jsonl"], more].concat())["cost_microusd"].clone()
    };
    assert_eq!((cost(&[]), cost(&["--prices", "mine.toml"])), (2000.into(), 3000.into()));
    let settings = sandbox.run(["config", "--format", "json"]).json();
    let row = row(&settings, "rows", "key", "tokens.prices");
    assert_eq!(row["value"], "house/prices.toml");
    assert!(row["origin"].as_str().unwrap().ends_with("tracekit.toml"), "{row}");
    sandbox.write("tracekit.toml", "[tokens]\nprices = \"nowhere.toml\"\n");
    let wrong = ["tokens", "--input", "run.jsonl"];
    sandbox.run(wrong).fails(2, &["nowhere.toml cannot be read", "tracekit.toml"]);
    sandbox.write("tracekit.toml", "[tokens]\nprise = 1\n");
    sandbox.run(wrong).fails(2, &["`prise`", "did you mean `prices`?"]);
}

#[test]
fn costs_are_those_of_the_table_by_hand() {
    let sandbox = Sandbox::new();
    let answer = tokens(&sandbox, &["--input", &fixture("claude-code")]);
    // claude-sonnet-4-5 at 3, 15, 0.3 and 3.75 dollars a million:
    // 84 * 3 + 610 * 15 + 7,000 * 0.3 + 2,700 * 3.75 = 21,627 millionths.
    let main = answer["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["agent"] == "main" && row["model"] == "claude-sonnet-4-5-20250929");
    assert_eq!(main.unwrap()["cost_microusd"], 21_627);
}

#[test]
fn prices_depend_on_the_day_the_prompt_and_the_file() {
    let sandbox = Sandbox::new();
    let used = |model: &str, input: i64| {
        format!("{{\"model\":\"{model}\",\"tokens\":{{\"input\":{input},\"output\":0}}}}")
    };
    let time = "2026-11-01T00:00:00Z";
    let lines = [
        event("a", "x", time, &used("claude-haiku-5-5", 100_000)),
        event("b", "y", time, &used("claude-haiku-5-5", 100_001)),
        event("c", "z", time, &used("house-model", 1000)),
    ];
    sandbox.write("run.jsonl", lines.concat());
    let answer = tokens(&sandbox, &["--input", "run.jsonl"]);
    // Up to 100,000 tokens at 0.1, beyond at 0.5 dollars a million.
    assert_eq!(row(&answer, "rows", "agent", "x")["cost_microusd"], 10_000);
    assert_eq!(row(&answer, "rows", "agent", "y")["cost_microusd"], 50_001);
    assert_eq!(row(&answer, "rows", "agent", "z")["cost_microusd"], Value::Null);
    assert_eq!(answer["unpriced_calls"], 1);
    sandbox.write(
        "prices.toml",
        "[[model]]\nname = \"house-model\"\nfrom = \"2026-10-01\"\ninput = 2\noutput = 4\n",
    );
    let answer = tokens(&sandbox, &["--input", "run.jsonl", "--prices", "prices.toml"]);
    assert_eq!(row(&answer, "rows", "agent", "z")["cost_microusd"], 2000);
    assert_eq!(row(&answer, "rows", "agent", "x")["cost_microusd"], 10_000);
    let list = sandbox.run(["tokens", "--prices-list", "--format", "csv"]).done();
    assert!(list.contains("claude-haiku-5-5,,100000,0.5,2.5,"), "{list}");
}

#[test]
fn a_wrong_file_of_prices_is_told_with_its_line() {
    let sandbox = Sandbox::new();
    sandbox.write("prices.toml", "[[model]]\nname = \"m\"\ninput = 1\n");
    let args = ["tokens", "--prices", "prices.toml"];
    sandbox.run(args).fails(
        2,
        &[
            "prices.toml is no table of prices: line 1: missing field `output`",
            "hint: a price is written like this:\n          [[model]]\n",
        ],
    );
    let args = ["tokens", "--prices", "nowhere.toml"];
    sandbox.run(args).fails(2, &["the prices in nowhere.toml cannot be read"]);
}

#[test]
fn the_source_s_own_cost_counts_where_there_is_no_price() {
    let sandbox = Sandbox::new();
    let stated = "{\"model\":\"house-model\",\"cost\":0.25,\"tokens\":{\"input\":5,\"output\":5}}";
    let both =
        "{\"model\":\"claude-haiku-4-5\",\"cost\":1,\"tokens\":{\"input\":1000,\"output\":0}}";
    let time = "2026-11-01T00:00:00Z";
    sandbox.write("run.jsonl", event("a", "x", time, stated) + &event("b", "y", time, both));
    let answer = tokens(&sandbox, &["--input", "run.jsonl"]);
    let own = row(&answer, "rows", "agent", "x");
    assert_eq!((&own["cost_microusd"], &own["cost_from"]), (&250_000.into(), &"source".into()));
    let priced = row(&answer, "rows", "agent", "y");
    assert_eq!((&priced["cost_microusd"], &priced["cost_from"]), (&1000.into(), &"prices".into()));
    let told = answer["notices"].to_string();
    assert!(told.contains("claude-haiku-4-5 cost $1.0000, the prices here give $0.0010"), "{told}");
}
