//! Analyses of groups hold a share of the records at a time, so that memory does not grow with how many
//! groups there are.

use super::watch::Watched;
use super::*;
use tracekit::analysis;
use tracekit::query::{Engine, Predicate};
use tracekit::store::Store;

/// Analyses whose answers do not grow with the number of these records.
const ASKED: [&str; 4] = ["critical-path", "errors", "loops", "tasks"];

/// Where [`asks_in_a_process_of_its_own`] finds what it is to ask, and how much it may hold.
const STORE: &str = "TRACEKIT_HELD_STORE";
const RECORDS: &str = "TRACEKIT_HELD_RECORDS";

/// As many records are held at once.
const HELD: u64 = 2000;

/// Attempts at tasks by sessions of a hundred records, each with ids and payloads of a kilobyte.
fn write_sessions(sandbox: &Sandbox, name: &str, records: i64) {
    let long = "All work and no play makes a long text. ".repeat(25);
    let mut lines = String::new();
    for task in 0..records / 2 {
        let (session, millis) = (task / 50, 1_760_000_000_000 + task * 1000);
        let end = if task % 4 == 0 { "TASK_FAIL" } else { "TASK_COMPLETE" };
        let line = |id: &str, kind: &str, millis: i64, parent: &str, data: &str| {
            format!(
                r#"{{"id":"{long}{task}-{id}","type":"{kind}","timestamp":{millis},"agentId":"agent-{}","sessionId":"session-{session}"{parent},"data":{{"taskId":"task-{task}",{data}}}}}"#,
                task % 7
            ) + "\n"
        };
        let asked = format!(r#""tool":"read","parameters":{{"page":{task},"text":"{long}"}}"#);
        lines += &line("begin", "TASK_START", millis, "", &asked);
        let parent = format!(r#","parentId":"{long}{task}-begin""#);
        let told = format!(r#""error":"{long}","result":"{long}""#);
        lines += &line("end", end, millis + 700, &parent, &told);
    }
    sandbox.write(&format!("{name}.jsonl"), lines);
    let args = ["ingest", "-q", &format!("{name}.jsonl"), "--store", name];
    let _ = sandbox.run(args).done();
}

/// The peak of a process that asks everything of a store.
fn peak_mib(sandbox: &Sandbox, store: &str, held: u64) -> u64 {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "torture::held::asks_in_a_process_of_its_own", "--ignored"]);
    command.env(STORE, sandbox.path(store)).env(RECORDS, held.to_string());
    let ended = Watched::start(command).end_within(std::time::Duration::from_hours(1));
    ended.assert_orderly(&[0], store);
    assert!(String::from_utf8_lossy(&ended.stdout).contains("1 passed"), "nothing was asked");
    ended.peak_kib >> 10
}

#[test]
#[ignore = "takes minutes without optimisation"]
fn memory_does_not_grow_with_the_number_of_sessions() {
    let sandbox = Sandbox::new();
    let many = short_or_long(16_000, 200_000);
    write_sessions(&sandbox, "few", 4000);
    write_sessions(&sandbox, "many", many);
    let few_mib = peak_mib(&sandbox, "few", HELD);
    if few_mib == 0 {
        say_skipped("the peak of memory", "it is not told here");
        return;
    }
    let many_mib = peak_mib(&sandbox, "many", HELD);
    say_figure("peak of resident memory of analyses of 4,000 records, MiB", few_mib);
    say_figure(&format!("peak of resident memory of analyses of {many} records, MiB"), many_mib);
    assert!(many_mib < few_mib + 24, "{few_mib} MiB became {many_mib} MiB");
    // Held at once, they need much more: there is something to see here.
    let all_mib = peak_mib(&sandbox, "many", u64::MAX);
    assert!(all_mib > many_mib + 24, "{many_mib} MiB in shares, {all_mib} MiB at once");
}

#[test]
#[ignore = "the test above runs it, in a process of its own"]
fn asks_in_a_process_of_its_own() {
    let (Some(store), Ok(held)) = (std::env::var_os(STORE), std::env::var(RECORDS)) else { return };
    let held = held.parse().unwrap();
    let ask = move || {
        let snapshot = Store::open(Path::new(&store)).unwrap().snapshot().unwrap();
        for name in ASKED {
            let engine = Engine::new(snapshot.clone(), Predicate::True).with_share_records(held);
            let report = analysis::find(name).unwrap().report(&engine).unwrap();
            assert_eq!(report.command, name);
        }
    };
    // Plans of debug builds need more stack than the thread of a test has.
    std::thread::Builder::new().stack_size(64 << 20).spawn(ask).unwrap().join().unwrap();
}
