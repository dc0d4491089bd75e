//! Reports in a browser: Chromium opens them without a network, and uses them as a person would. Exports for
//! speedscope are opened in speedscope.
//!
//! It takes Node, Chromium (`TRACEKIT_BROWSER`, else `chromium`) and the packages puppeteer-core, axe-core and
//! speedscope (in the folder `TRACEKIT_NODE_MODULES`); without them the checks are left out with a word.

use super::runner::{Sandbox, fixture};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// What opens pages.
struct Browser {
    program: String,
    modules: String,
}

impl Browser {
    /// Says so where there is none.
    fn find() -> Option<Self> {
        let program = std::env::var("TRACEKIT_BROWSER").unwrap_or_else(|_| "chromium".to_owned());
        let runs = |command: &str| {
            Command::new(command).arg("--version").output().is_ok_and(|out| out.status.success())
        };
        let Ok(modules) = std::env::var("TRACEKIT_NODE_MODULES") else {
            eprintln!(
                "skipped: TRACEKIT_NODE_MODULES names no folder with puppeteer-core and axe-core"
            );
            return None;
        };
        if !runs("node") || !runs(&program) {
            eprintln!("skipped: there is no node or no {program}; TRACEKIT_BROWSER names another");
            return None;
        }
        Some(Self { program, modules })
    }

    /// What the browser found on a page.
    fn open(&self, page: &Path) -> Value {
        self.run("browse.mjs", page)
    }

    /// What speedscope shows of a profile; says so where there is no speedscope.
    fn open_in_speedscope(&self, profile: &Path) -> Option<Value> {
        if !Path::new(&self.modules).join("node_modules/speedscope").is_dir() {
            eprintln!("skipped: {} has no speedscope", self.modules);
            return None;
        }
        Some(self.run("browse_speedscope.mjs", profile))
    }

    /// What a script of `tests/peers/` says of a file.
    fn run(&self, script: &str, page: &Path) -> Value {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(script);
        let output = Command::new("node")
            .arg(script)
            .arg(page)
            .args(["--modules", &self.modules, "--browser", &self.which()])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let found: Value = serde_json::from_str(&text).unwrap_or_else(|error| {
            panic!("{error}: {text}\n{}", String::from_utf8_lossy(&output.stderr))
        });
        assert_eq!(found["failures"], serde_json::json!([]), "{}", page.display());
        assert!(output.status.success(), "{text}");
        found
    }

    /// The program with its folder, as the driver takes it.
    fn which(&self) -> String {
        if self.program.contains('/') {
            return self.program.clone();
        }
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&folders).map(|folder| folder.join(&self.program));
        let found = found.filter(|path| path.is_file()).map(|path| path.display().to_string());
        found.into_iter().next().unwrap_or_else(|| self.program.clone())
    }
}

fn kinds(found: &Value) -> Vec<&str> {
    let figures = found["figures"].as_array().unwrap();
    figures.iter().map(|figure| figure["kind"].as_str().unwrap()).collect()
}

#[test]
fn a_report_of_a_demo_works_in_a_browser() {
    let Some(browser) = Browser::find() else { return };
    let sandbox = Sandbox::new();
    let demo = sandbox.run(["demo", "--events", "4000"]).done();
    sandbox.write("demo.jsonl", demo);
    sandbox.run(["report", "--input", "demo.jsonl", "--html", "-o", "page.html"]).done();
    let found = browser.open(&sandbox.path("page.html"));
    for kind in ["timeline", "path", "lines", "bars", "matrix"] {
        assert!(kinds(&found).contains(&kind), "no {kind}: {found}");
    }
    assert!(found["figures"].as_array().unwrap().iter().all(|figure| figure["isDrawn"] == true));
    assert!(found["timeline"]["bars"].as_u64().unwrap() > 100, "{found}");
}

#[test]
fn reports_of_all_formats_work_in_a_browser() {
    let Some(browser) = Browser::find() else { return };
    let sandbox = Sandbox::new();
    let all = fixture("");
    // One fixture is damaged on purpose, which is said.
    let write = |more: &[&str], name: &str| {
        let args = [&["report", "--input", &all, "--html", "-o", name], more].concat();
        assert_eq!(sandbox.run(args).code(), Some(0));
    };
    write(&[], "all.html");
    let found = browser.open(&sandbox.path("all.html"));
    assert!(kinds(&found).contains(&"timeline"), "{found}");
    write(&["--light"], "light.html");
    assert_eq!(browser.open(&sandbox.path("light.html"))["hasScripts"], false);
}

/// The names are those that the program gives, for speedscope goes by them.
#[test]
fn speedscope_opens_what_is_exported() {
    let Some(browser) = Browser::find() else { return };
    let sandbox = Sandbox::new();
    let demo = sandbox.run(["demo", "--events", "1500"]).done();
    sandbox.write("demo.jsonl", demo);
    let _ = sandbox.ingest(["demo.jsonl"]);
    sandbox.run(["export", "--to", "chrome,speedscope", "-o", "out"]).done();
    // A thread is a profile of its own in the one, a session in the other.
    for (name, profile, frame, least) in [
        ("export.trace.json", "session-1-1 (pid 1), system (tid 1)", "SYSTEM_START", 10),
        ("export.speedscope.json", "session-1-1", "coordinator", 2),
    ] {
        let file = sandbox.path("out").join(name);
        let Some(found) = browser.open_in_speedscope(&file) else { return };
        let shown = found["shown"].as_str().unwrap();
        assert!(shown.contains(profile), "{name}: {shown}");
        assert!(found["profiles"].as_u64().unwrap() >= least, "{name}: {shown}");
        let frames = found["frames"].as_str().unwrap();
        assert!(frames.contains(frame), "{name}: {frames}");
    }
    let broken = sandbox.write("broken.json", "{\"traceEvents\":7}");
    let opened = std::panic::catch_unwind(|| browser.open_in_speedscope(&broken));
    assert!(opened.is_err(), "a file that is no profile is shown");
}
