//! For tests: one table with every type of value, one report around it.

use crate::report::{Report, Scalar, Section, Table, Unit, Values};

/// 2025-10-09T08:53:20.123Z.
pub(super) const MORNING: i64 = 1_760_000_000_123_000;

/// Three rows: all there, all null, and one of hostile texts.
pub(super) fn every_type() -> Table {
    let json = [Some("{\n \"n\": 1.50,\n \"s\": \"x\\n\"\n}"), None, Some("{\"a\":\"<b>\"}")];
    Table::default()
        .with(
            "agent",
            Unit::None,
            Values::Text([Some("researcher"), None, Some(HOSTILE)].into_iter().collect()),
        )
        .with("events", Unit::Count, Values::Integer(vec![Some(12_345), None, Some(-1)]))
        .with("error_rate", Unit::Ratio, Values::Float(vec![Some(0.06), None, Some(f64::NAN)]))
        .with("done", Unit::None, Values::Bool(vec![Some(true), None, Some(false)]))
        .with(
            "p95_duration_ns",
            Unit::Nanoseconds,
            Values::Integer(vec![Some(1_240_000_000), None, Some(0)]),
        )
        .with("cost_microusd", Unit::Microusd, Values::Integer(vec![Some(1_230_000), None, None]))
        .with("bytes", Unit::Bytes, Values::Integer(vec![Some(4_404_019), None, None]))
        .with("first_seen", Unit::None, Values::Time(vec![Some(MORNING), None, None]))
        .with("date", Unit::None, Values::Date(vec![Some(20_370), None, None]))
        .with(
            "tags",
            Unit::None,
            Values::TextList(vec![Some(vec!["a".into(), "b".into()]), None, Some(vec![])]),
        )
        .with("data", Unit::None, Values::Json(json.into_iter().collect()))
        .with(
            "status",
            Unit::None,
            Values::Text([Some("ok"), None, Some("error")].into_iter().collect()),
        )
        .with("nothing", Unit::None, Values::Integer(vec![None, None, None]))
}

/// Text that would like to be markup, a formula and a terminal command.
pub(super) const HOSTILE: &str = "=cmd|'<script>alert(\"1\")</script>`\x1b[31m\u{2028}\u{202e}";

/// A report of one hour with two sections, one of them empty.
pub(super) fn report() -> Report {
    let empty = Table::default().with("tool", Unit::None, Values::texts([""; 0]));
    let mut report = Report::of_rows("agents", "Agents", every_type());
    report.range = Some((MORNING, MORNING + 3_600_000_000));
    report.summary = vec!["researcher is slow".to_owned()];
    report.sections.push(Section::new("empty", "Tools", empty).with_lead("Calls by tool."));
    report.scalars.push(Scalar {
        name: "total_ns",
        unit: Unit::Nanoseconds,
        value: Values::Integer(vec![Some(1_240_000_000)]),
    });
    report.notices = vec!["costs are estimates".to_owned()];
    report
}
