//! Answers do not depend on how many records are held at once: those of shares are those of everything.

use super::runner::{Sandbox, fixture};
use tracekit::analysis::{self, Analysis};
use tracekit::query::{Engine, Predicate};
use tracekit::store::{Snapshot, Store};

/// What is asked share by share.
const ASKED: [&str; 5] = ["bottlenecks", "critical-path", "errors", "loops", "tasks"];

/// Plans of debug builds need more stack than the thread of a test has.
const STACK_BYTES: usize = 64 << 20;

fn answer(analysis: &dyn Analysis, snapshot: &Snapshot, filter: &Predicate, held: u64) -> String {
    let ask = || {
        let engine = Engine::new(snapshot.clone(), filter.clone()).with_share_records(held);
        let report = analysis.report(&engine).unwrap();
        format!("{:#?}\n{:#?}\n{:?}", report.sections, report.notices, report.range)
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        thread.spawn_scoped(scope, ask).unwrap().join().unwrap()
    })
}

/// Asks with so many records held at once, and with all.
#[track_caller]
fn assert_same(asked: &[&str], snapshot: &Snapshot, filter: &Predicate, held: u64) {
    for name in asked {
        let analysis = analysis::find(name).unwrap();
        let whole = answer(analysis, snapshot, filter, u64::MAX);
        let found = answer(analysis, snapshot, filter, held);
        let differing = found.lines().zip(whole.lines()).find(|(one, other)| one != other);
        assert!(found == whole, "{name}, {held} records at once: {differing:?}");
    }
}

fn store(sandbox: &Sandbox) -> Snapshot {
    Store::open(&sandbox.path(".tracekit")).unwrap().snapshot().unwrap()
}

#[test]
fn made_up_runs_and_the_fixtures() {
    let sandbox = Sandbox::new();
    for seed in ["1", "2"] {
        let args = ["demo", "--events", "700", "--seed", seed, "--plant", "all"];
        sandbox.write(&format!("demo-{seed}.jsonl"), sandbox.run(args).done());
    }
    let _ = sandbox.ingest(["demo-1.jsonl", "demo-2.jsonl", &fixture("")]);
    let snapshot = store(&sandbox);
    assert_same(&ASKED, &snapshot, &Predicate::True, 700);
    let agent = Predicate::equals("agent", "reviewer");
    assert_same(&["critical-path", "errors"], &snapshot, &agent, 700);
    let sessions = ["session-1-1", "session-2-1"].map(str::to_owned);
    let sessions = Predicate::one_of("session_id", sessions);
    assert_same(&["critical-path", "errors", "loops"], &snapshot, &sessions, 200);
}

/// One trace is in two sessions, another in one session and in none: what hangs together is held together.
#[test]
fn what_traces_tie_together() {
    let sandbox = Sandbox::new();
    let line = |id: &str, group: &str, parent: &str, kind: &str, second: u32, data: &str| {
        format!(
            r#"{{"id":"{id}","type":"{kind}","timestamp":"2026-02-01T10:00:{second:02}Z","agentId":"a-{id}"{group}{parent},"data":{data}}}"#
        )
    };
    let task = |id: &str, group: &str, parent: &str, from: u32, to: u32| {
        let data = format!(r#"{{"taskId":"{id}"}}"#);
        let end_id = format!("{id}-end");
        let failed = format!(r#"{{"taskId":"{id}","error":"it broke at {id}"}}"#);
        [
            line(id, group, parent, "TASK_START", from, &data),
            line(&end_id, group, parent, "TASK_FAIL", to, &failed),
        ]
    };
    let lines: Vec<String> = [
        task("one", r#","sessionId":"s1","traceId":"t1""#, "", 1, 20),
        task("two", r#","sessionId":"s2","traceId":"t1""#, r#","parentId":"one""#, 3, 18),
        task("three", r#","traceId":"t1""#, r#","parentId":"two""#, 5, 16),
        task("four", r#","swarmId":"w","traceId":"t2""#, "", 21, 30),
        task("five", r#","swarmId":"w""#, "", 22, 29),
        task("six", "", "", 40, 50),
    ]
    .concat();
    sandbox.write("run.jsonl", lines.join("\n"));
    assert_eq!(sandbox.ingest(["run.jsonl"])["events"], 12);
    let snapshot = store(&sandbox);
    assert_same(&ASKED, &snapshot, &Predicate::True, 1);
    assert_same(&["critical-path", "errors"], &snapshot, &Predicate::equals("session_id", "s1"), 1);
    assert_same(&["critical-path", "errors"], &snapshot, &Predicate::equals("trace_id", "t1"), 1);
}
