//! The lint over the SQL texts of views and analyses: only the subset that gives the same answer on
//! polars, DuckDB and Spark.
//!
//! That the answers are the same is checked by [`super::peers`]; this catches what polars would get
//! wrong without a word, and what another engine would refuse.

mod lint;

use lint::lint;
use sqlparser::ast::{ObjectName, Query, Visit, Visitor};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use tracekit::analysis::TEXTS;
use tracekit::query::{TABLES, VIEWS};

/// The tables and views that a text reads.
fn relations(text: &str) -> BTreeSet<String> {
    #[derive(Default)]
    struct Relations(BTreeSet<String>, BTreeSet<String>);
    impl Visitor for Relations {
        type Break = ();
        fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<()> {
            self.0.insert(name.to_string());
            ControlFlow::Continue(())
        }
        fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
            let tables = query.with.iter().flat_map(|with| &with.cte_tables);
            self.1.extend(tables.map(|cte| cte.alias.name.value.clone()));
            ControlFlow::Continue(())
        }
    }
    let mut found = Relations::default();
    let _ = Parser::parse_sql(&GenericDialect {}, text).unwrap().visit(&mut found);
    found.0.difference(&found.1).cloned().collect()
}

/// The names that the header's `Inputs:` holds, up to the next label.
fn stated_inputs(text: &str) -> BTreeSet<String> {
    let header = text.lines().take_while(|line| line.starts_with("--"));
    let lines = header.skip_while(|line| !line.starts_with("-- Inputs:"));
    let lines = lines.enumerate().take_while(|(i, line)| *i == 0 || line.starts_with("--   "));
    let words =
        lines.flat_map(|(_, line)| line.split(|c: char| !(c.is_alphanumeric() || c == '_')));
    words.map(str::to_owned).collect()
}

fn sql_files(folder: &str) -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

fn stems(files: &[(PathBuf, String)]) -> BTreeSet<&str> {
    files.iter().map(|(path, _)| path.file_stem().unwrap().to_str().unwrap()).collect()
}

#[test]
fn texts_are_in_the_portable_subset() {
    let mut wrong = Vec::new();
    for (path, text) in ["src/query/views", "src/analysis/sql"].iter().flat_map(|f| sql_files(f)) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        wrong.extend(lint(&text).into_iter().map(|what| format!("{name}: {what}")));
        let stated = stated_inputs(&text);
        let unstated = relations(&text).into_iter().filter(|relation| !stated.contains(relation));
        wrong.extend(unstated.map(|relation| format!("{name}: Inputs does not name `{relation}`")));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_file_is_listed_and_every_view_comes_after_its_inputs() {
    let views = sql_files("src/query/views");
    assert_eq!(stems(&views), VIEWS.iter().map(|view| view.name).collect());
    let texts = sql_files("src/analysis/sql");
    assert_eq!(stems(&texts), TEXTS.iter().map(|text| text.name).collect());
    let mut known: Vec<&str> = TABLES.iter().map(|(name, _)| *name).collect();
    for view in VIEWS {
        for input in view.inputs {
            assert!(known.contains(input), "{} comes before its input {input}", view.name);
        }
        let read: BTreeSet<String> = view.inputs.iter().map(ToString::to_string).collect();
        assert_eq!(relations(view.sql), read, "the inputs of {}", view.name);
        known.push(view.name);
    }
    for text in TEXTS {
        for relation in relations(text.sql) {
            assert!(known.contains(&relation.as_str()), "{} reads {relation}", text.name);
        }
    }
}

/// A text with a good header, around `body`.
fn with_header(body: &str) -> String {
    format!("-- Question: q?\n-- Grain: one row.\n-- Inputs: events.\n-- Columns: n.\n{body}")
}

#[track_caller]
fn refused(body: &str, reason: &str) {
    let wrong = lint(&with_header(body));
    assert!(wrong.iter().any(|what| what.contains(reason)), "{wrong:?}");
}

#[track_caller]
fn accepted(body: &str) {
    assert_eq!(lint(&with_header(body)), Vec::<String>::new());
}

#[test]
fn headers_are_asked_for() {
    assert_eq!(lint("SELECT id FROM events").len(), 4);
    let text = "-- Question: q?\n-- Inputs: events.\n-- Grain: one.\n-- Columns: n.\nSELECT id FROM events";
    assert!(lint(text)[0].contains("order"));
    accepted("SELECT id FROM events");
}

#[test]
fn keywords_and_statements_are_checked() {
    refused("SELECT id from events", "`from`");
    refused("select id FROM events", "`select`");
    refused("SELECT count(*) AS n FROM events", "`count`");
    accepted("SELECT \"end\" FROM events");
    refused("SELECT id FROM events; SELECT id FROM events", "2 statements");
    refused("DROP TABLE events", "no query");
    refused("SELECT id FROM (events", "cannot be parsed");
}

#[test]
fn table_expressions_have_their_prefix() {
    refused("WITH events AS (SELECT id FROM spans) SELECT id FROM events", "`c_`");
    refused("SELECT id FROM (WITH x AS (SELECT 1) SELECT id FROM x)", "`c_`");
    refused("WITH RECURSIVE c_x AS (SELECT id FROM c_x) SELECT id FROM c_x", "recursive");
    accepted("WITH c_events AS (SELECT id FROM spans) SELECT id FROM c_events");
}

#[test]
fn counts_are_not_reckoned_with() {
    refused("SELECT COUNT(*) - 1 AS n FROM events", "32 bits");
    refused("SELECT 2 * (ROW_NUMBER() OVER (ORDER BY id)) AS n FROM events", "32 bits");
    refused("SELECT -COUNT(*) AS n FROM events", "32 bits");
    refused("SELECT COALESCE(RANK() OVER (ORDER BY id), 0) - 1 AS n FROM events", "32 bits");
    refused("WITH c_n AS (SELECT COUNT(*) AS n FROM events) SELECT n - 1 AS m FROM c_n", "32 bits");
    refused(
        "WITH c_n AS (SELECT COUNT(*) AS n FROM events) SELECT SUM(n) / 2 AS m FROM c_n",
        "32 bits",
    );
    accepted("SELECT CAST(COUNT(*) AS BIGINT) - 1 AS n FROM events");
    accepted("WITH c_n AS (SELECT COUNT(*) AS n FROM events) SELECT n AS m FROM c_n WHERE n > 1");
}

#[test]
fn outer_joins_are_on_equalities() {
    refused(
        "SELECT a.id FROM events AS a LEFT JOIN spans AS b ON a.id = b.id AND b.ts_us > 5",
        "outer join",
    );
    refused("SELECT a.id FROM events AS a RIGHT JOIN spans AS b ON a.id < b.id", "outer join");
    refused("SELECT a.id FROM events AS a FULL JOIN spans AS b ON a.id = 'x'", "outer join");
    accepted(
        "SELECT a.id FROM events AS a LEFT JOIN spans AS b ON a.id = b.id AND a.kind = b.kind",
    );
    accepted("SELECT a.id FROM events AS a JOIN spans AS b ON a.id = b.id AND b.ts_us > 5");
}

#[test]
fn windows_are_plain() {
    refused(
        "SELECT QUANTILE_DISC(n, 0.5) OVER (PARTITION BY id) AS q FROM events",
        "OVER or FILTER",
    );
    refused("SELECT QUANTILE_DISC(n, 0.5) FILTER (WHERE n > 1) AS q FROM events", "OVER or FILTER");
    refused(
        "SELECT SUM(n) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS q FROM events",
        "frame",
    );
    refused("SELECT LAG(n, 1, 0) OVER (ORDER BY id) AS q FROM events", "default");
    accepted("SELECT LAG(n) OVER (PARTITION BY kind ORDER BY id) AS q FROM events");
}

#[test]
fn orders_say_where_nulls_go() {
    refused("SELECT id FROM events ORDER BY id", "NULLS");
    refused("SELECT id FROM events ORDER BY id DESC NULLS LAST, kind", "`kind`");
    refused("SELECT id FROM (SELECT id FROM events ORDER BY id LIMIT 5) AS x", "NULLS");
    accepted("SELECT id FROM events ORDER BY id DESC NULLS LAST, kind NULLS FIRST");
}

#[test]
fn functions_and_patterns_are_portable() {
    refused("SELECT DATE_TRUNC('day', ts) AS d FROM events", "DATE_TRUNC");
    refused("SELECT AVG(n) AS d FROM events", "AVG");
    refused("SELECT REGEXP_REPLACE(id, 'a', 'b') AS d FROM events", "REGEXP_REPLACE");
    refused("SELECT id FROM events WHERE id LIKE 'a!_%' ESCAPE '!'", "ESCAPE");
    refused("SELECT id FROM events WHERE id ILIKE 'a%'", "LIKE");
    refused("SELECT CAST(ts AS VARCHAR) AS t FROM events", "CAST");
    refused("SELECT TRY_CAST(ts AS BIGINT) AS t FROM events", "CAST");
    accepted("SELECT json_text(data, 'a.b') AS t FROM events WHERE id LIKE 'a%'");
}

#[test]
fn both_sides_of_a_union_are_checked() {
    refused("SELECT id FROM events UNION ALL SELECT UPPER(id) AS id FROM spans", "UPPER");
}
