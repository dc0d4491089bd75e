//! The made-up run: its story, as `tracekit demo --help` tells it, is found by the analyses.

use super::runner::Sandbox;
use serde_json::Value;

fn ingested() -> Sandbox {
    let sandbox = Sandbox::new();
    let said = sandbox.run(["demo", "-o", "run.jsonl"]);
    assert_eq!(said.says(&["2,000 events in `run.jsonl`"]), "");
    assert_eq!(sandbox.ingest(["run.jsonl"])["events"], 2000);
    sandbox
}

fn rows(sandbox: &Sandbox, args: &[&str]) -> Vec<Value> {
    sandbox.run(args).json()["rows"].as_array().unwrap().clone()
}

#[test]
fn the_slow_agent_is_the_reviewer() {
    let sandbox = ingested();
    let agents = rows(&sandbox, &["agents", "--sort", "-mean_duration_ns"]);
    assert_eq!(agents[0]["agent"], "reviewer");
    let mean = |name: &str| {
        let row = agents.iter().find(|row| row["agent"] == name).unwrap();
        row["mean_duration_ns"].as_f64().unwrap()
    };
    let peers = (mean("researcher") + mean("coder") + mean("tester")) / 3.0;
    let ratio = mean("reviewer") / peers;
    assert!((3.0..5.0).contains(&ratio), "{ratio}");
    let dearest = rows(&sandbox, &["agents", "--sort", "-cost_microusd", "--limit", "1"]);
    assert_eq!(dearest[0]["agent"], "reviewer");
    let some = rows(&sandbox, &["agents", "--agent", "re*"]);
    let names: Vec<&Value> = some.iter().map(|row| &row["agent"]).collect();
    assert_eq!(names, ["researcher", "reviewer"]);
}

#[test]
fn the_failing_tool_is_the_web_search_and_the_task_recovers() {
    let sandbox = ingested();
    let failing = rows(&sandbox, &["tools", "--sort", "-errors"]);
    assert_eq!((&failing[0]["tool"], &failing[0]["errors"]), (&"web_search".into(), &3.into()));
    assert!(failing[1..].iter().all(|row| row["errors"] == 0), "{failing:?}");
    let errors = rows(&sandbox, &["errors"]);
    assert_eq!(errors.len(), 1, "{errors:?}");
    let error = &errors[0];
    assert_eq!(error["error_type"], "RateLimitError");
    assert_eq!((&error["count"], &error["agents"]), (&3.into(), &1.into()));
    assert_eq!((&error["recovered"], &error["unresolved"]), (&3.into(), &0.into()));
    let tasks = sandbox.rows(&["query", "tasks", "--errors", "--columns", "attempt,agent,task_id"]);
    let attempts: Vec<&Value> = tasks.iter().map(|row| &row["attempt"]).collect();
    assert_eq!(attempts, [1, 2, 3]);
    assert!(
        tasks
            .iter()
            .all(|row| row["agent"] == "researcher" && row["task_id"] == tasks[0]["task_id"])
    );
    let of_task = format!("task_id = {}", tasks[0]["task_id"].to_string().replace('"', "'"));
    let all = sandbox.rows(&["query", "tasks", "--where", &of_task, "--columns", "attempt,status"]);
    assert_eq!((all.len(), &all[3]["status"]), (4, &"ok".into()));
}

#[test]
fn the_lost_message_is_from_coder_to_tester() {
    let sandbox = ingested();
    let pairs = rows(&sandbox, &["messages", "--sort", "-lost"]);
    let first = &pairs[0];
    assert_eq!((&first["agent"], &first["peer"]), (&"coder".into(), &"tester".into()));
    assert_eq!(
        (&first["sent"], &first["received"], &first["lost"]),
        (&1.into(), &0.into(), &1.into())
    );
    assert!(pairs[1..].iter().all(|row| row["lost"] == 0), "{pairs:?}");
    // Four workers are told by the coordinator, and nobody else writes but the coder.
    assert_eq!(pairs.len(), 5);
    let session = sandbox.rows(&["query", "messages", "--where", "agent = 'coder'"]);
    assert_eq!((session.len(), &session[0]["delivery"]), (1, &"lost".into()));
    assert!(session[0]["session_id"].as_str().unwrap().ends_with("-2"));
}

#[test]
fn the_processor_gets_busy_in_the_second_session() {
    let sandbox = ingested();
    let sql = "SELECT session_id, MIN(value) AS low, MAX(value) AS high FROM metrics \
               WHERE name = 'cpu.usage' AND type = 'PERFORMANCE_METRIC' \
               GROUP BY session_id ORDER BY session_id";
    let rows = sandbox.rows(&["sql", sql]);
    let high: Vec<f64> = rows.iter().map(|row| row["high"].as_f64().unwrap()).collect();
    assert_eq!(high.len(), 2);
    assert!(high[0] < 40.0 && (90.0..95.0).contains(&high[1]), "{high:?}");
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let sandbox = Sandbox::new();
    let demo = |args: &[&str]| sandbox.run(["demo"].iter().chain(args)).done();
    assert!(demo(&["--events", "500"]) == demo(&["--events", "500"]));
    assert!(demo(&["--events", "500"]) == demo(&["--events", "500", "--seed", "1"]));
    assert!(demo(&["--events", "500"]) != demo(&["--events", "500", "--seed", "2"]));
    assert_eq!(demo(&["--events", "501"]).lines().count(), 501);
    sandbox.run(["demo", "--events", "1"]).fails(2, &["--events"]);
}

#[test]
fn troubles_are_planted_and_told() {
    let sandbox = Sandbox::new();
    let planted = ["demo", "--plant", "lost-message,failing-tool", "--truth", "truth.jsonl"];
    let said = sandbox.run(planted.iter().chain(&["--events", "1500", "-o", "run.jsonl"]));
    assert_eq!(said.says(&["1,500 events in `run.jsonl`"]), "");
    assert_eq!(sandbox.ingest(["run.jsonl"])["events"], 1500);
    let truth = std::fs::read_to_string(sandbox.path("truth.jsonl")).unwrap();
    let truth: Vec<Value> = truth.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let faults: Vec<&Value> = truth.iter().map(|line| &line["fault"]).collect();
    assert_eq!(faults, ["failing-tool", "failing-tool", "lost-message"]);

    let failing = rows(&sandbox, &["tools", "--sort", "-errors"]);
    assert_eq!(failing[0]["tool"], truth[1]["subject"]);
    assert!(failing[1..].iter().all(|row| row["errors"] == 0), "{failing:?}");
    let lost = sandbox.rows(&["query", "messages", "--where", "delivery = 'lost'"]);
    let ids: Vec<&Value> = lost.iter().map(|row| &row["id"]).collect();
    assert_eq!(ids, truth[2]["ids"].as_array().unwrap().iter().collect::<Vec<_>>());
}

#[test]
fn nothing_fails_in_a_calm_run() {
    let sandbox = Sandbox::new();
    let calm = ["demo", "--plant", "none", "--truth", "truth.jsonl", "-o", "run.jsonl"];
    sandbox.run(calm).says(&["2,000 events"]);
    assert_eq!(std::fs::read_to_string(sandbox.path("truth.jsonl")).unwrap(), "");
    sandbox.ingest(["run.jsonl"]);
    assert_eq!(rows(&sandbox, &["errors"]), Vec::<Value>::new());
    assert!(rows(&sandbox, &["messages"]).iter().all(|row| row["lost"] == 0));
    let open = sandbox.rows(&["query", "spans", "--status", "running"]);
    assert_eq!(open, Vec::<Value>::new());
}

#[test]
fn troubles_of_days_are_planted_in_a_week() {
    let sandbox = Sandbox::new();
    let planted = ["demo", "--plant", "traffic-burst,cost-explosion", "--truth", "truth.jsonl"];
    let said = sandbox.run(planted.iter().chain(&["--events", "5000", "-o", "week.jsonl"]));
    assert_eq!(said.says(&["5,000 events in `week.jsonl`"]), "");
    assert_eq!(sandbox.ingest(["week.jsonl"])["events"], 5000);
    let truth = std::fs::read_to_string(sandbox.path("truth.jsonl")).unwrap();
    let truth: Vec<Value> = truth.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(truth.len(), 7);
    let dear = truth.iter().find(|line| line["command"] == "tokens").unwrap();
    assert_eq!((&dear["metric"], &dear["by"]), (&"cost".into(), &"model".into()));
    // Its records are the model's, ten times as dear as those before.
    let at = dear["at"].as_str().unwrap();
    let mean = |condition: &str| {
        let model = dear["subject"].as_str().unwrap();
        let condition = format!("type = 'TASK_COMPLETE' AND model = '{model}' AND {condition}");
        let args = ["query", "--where", &condition, "--columns", "cost_microusd"];
        let costs: Vec<f64> =
            sandbox.rows(&args).iter().map(|row| row["cost_microusd"].as_f64().unwrap()).collect();
        costs.iter().sum::<f64>() / costs.len() as f64
    };
    let ratio = mean(&format!("time > '{at}'")) / mean(&format!("time < '{at}'"));
    assert!((9.0..11.0).contains(&ratio), "{ratio}");
    let days = "SELECT COUNT(DISTINCT date) AS days FROM records";
    // The last ones leave at the midnight after the seventh day.
    assert_eq!(sandbox.rows(&["sql", days])[0]["days"], 8);
    let samples = rows(&sandbox, &["metrics", "--where", "name = 'cpu.usage'"]);
    assert_eq!(samples[0]["samples"], 7 * 288);
}

#[test]
fn nothing_is_claimed_of_calm_days() {
    let sandbox = Sandbox::new();
    let calm = ["demo", "--days", "2", "--seed", "5", "-o", "days.jsonl"];
    sandbox.run(calm).says(&["12,000 events"]);
    let none = ["demo", "--days", "2", "--seed", "5", "--plant", "none"];
    let same = std::fs::read_to_string(sandbox.path("days.jsonl")).unwrap();
    assert!(sandbox.run(none).done() == same);
    sandbox.ingest(["days.jsonl"]);
    for command in ["bottlenecks", "loops", "errors"] {
        assert_eq!(rows(&sandbox, &[command]), Vec::<Value>::new(), "{command}");
    }
    let open = sandbox.rows(&["query", "spans", "--status", "running"]);
    assert_eq!(open, Vec::<Value>::new());
}

#[test]
fn what_cannot_be_planted_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.run(["demo", "--plant", "gremlins"]).fails(2, &["gremlins", "slow-agent"]);
    sandbox.run(["demo", "--plant", "none,deadlock"]).fails(2, &["`--plant none`"]);
    let few = ["demo", "--plant", "all", "--events", "200"];
    sandbox.run(few).fails(2, &["`--events 320`"]);
    let mixed = ["demo", "--plant", "deadlock,cpu-ramp"];
    sandbox.run(mixed).fails(2, &["`deadlock` happens within minutes", "two runs"]);
    let short = ["demo", "--plant", "daily-season", "--days", "2"];
    sandbox.run(short).fails(2, &["`--days 3`"]);
    let few = ["demo", "--days", "2", "--events", "500"];
    sandbox.run(few).fails(2, &["`--days 2` needs `--events 784`"]);
    sandbox.run(["demo", "--days", "0"]).fails(2, &["--days"]);
    sandbox.run(["demo", "--truth", "t.jsonl"]).fails(2, &["--plant"]);
    let same = ["demo", "--plant", "all", "--truth"];
    sandbox.run(same.iter().chain(&["-"])).fails(2, &["same place"]);
    sandbox.run(same.iter().chain(&["x", "-o", "x"])).fails(2, &["same place"]);
}
