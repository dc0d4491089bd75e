//! Charts of the page: their data as JSON that a script element can hold, and the scripts that draw them.

use super::super::escape::is_hidden;
use super::shown;
use crate::report::{Chart, Drawing, Report};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, Serializer};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Apache ECharts, as `html/web` builds it.
const LIBRARY: &str = include_str!("echarts.js");

/// What draws; all but the last only define.
const PARTS: &[&str] = &[
    include_str!("scripts/units.js"),
    include_str!("scripts/dom.js"),
    include_str!("scripts/theme.js"),
    include_str!("scripts/clock.js"),
    include_str!("scripts/canvas.js"),
    include_str!("scripts/plot.js"),
    include_str!("scripts/line_chart.js"),
    include_str!("scripts/bar_chart.js"),
    include_str!("scripts/matrix_chart.js"),
    include_str!("scripts/path_chart.js"),
    include_str!("scripts/timeline.js"),
    include_str!("scripts/timeline_canvas.js"),
    include_str!("scripts/timeline_overview.js"),
    include_str!("scripts/timeline_input.js"),
    include_str!("scripts/timeline_controls.js"),
    include_str!("scripts/timeline_chart.js"),
    include_str!("scripts/waterfall.js"),
    include_str!("scripts/details.js"),
    include_str!("scripts/tables.js"),
    include_str!("scripts/start.js"),
];

/// A place where a chart is drawn.
#[derive(Serialize)]
pub(super) struct ChartPlace {
    id: String,
    title: String,
    about: String,
}

impl ChartPlace {
    pub(super) fn of(chart: &Chart) -> Self {
        Self { id: chart.id.clone(), title: shown(&chart.title), about: shown(&chart.about) }
    }
}

/// What the page runs, and what it is allowed to.
#[derive(Serialize)]
pub(super) struct Scripts {
    has_script: bool,
    policy: String,
    charts_script: &'static str,
    page_script: String,
    data: String,
}

/// What the page reads.
#[derive(Serialize)]
struct Data<'r> {
    schema_version: u32,
    charts: BTreeMap<&'r str, &'r Drawing>,
}

/// No network, no script.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

impl Scripts {
    /// Nothing to run.
    pub(super) fn none() -> Self {
        Self {
            has_script: false,
            policy: POLICY.to_owned(),
            charts_script: "",
            page_script: String::new(),
            data: String::new(),
        }
    }

    /// Whether there is anything to run.
    pub(super) const fn has_any(&self) -> bool {
        self.has_script
    }

    /// What draws the charts of a report; nothing where it has none.
    ///
    /// # Errors
    /// Those of writing JSON.
    pub(super) fn of(report: &Report) -> io::Result<Self> {
        let all = report.sections.iter().flat_map(|section| &section.charts);
        let charts: BTreeMap<&str, &Drawing> =
            all.map(|chart| (chart.id.as_str(), &chart.drawing)).collect();
        if charts.is_empty() {
            return Ok(Self::none());
        }
        let mut data = Vec::new();
        let mut serializer = Serializer::with_formatter(&mut data, Harmless);
        Data { schema_version: 1, charts }.serialize(&mut serializer)?;
        let page_script = format!("(() => {{\n\"use strict\";\n{}}})();\n", PARTS.concat());
        let policy = format!("{POLICY}; script-src '{}' '{}'", hash(LIBRARY), hash(&page_script));
        Ok(Self {
            has_script: true,
            policy,
            charts_script: LIBRARY,
            page_script,
            data: String::from_utf8(data).map_err(io::Error::other)?,
        })
    }
}

/// How a policy names a script that may run.
fn hash(script: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(script.as_bytes())))
}

/// JSON in which no text ends the element around it, and hidden characters are written out.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut plain = 0;
        for (at, c) in fragment.char_indices() {
            if !matches!(c, '<' | '>' | '&') && !is_hidden(c) {
                continue;
            }
            writer.write_all(&fragment.as_bytes()[plain..at])?;
            plain = at + c.len_utf8();
            if is_hidden(c) {
                write!(writer, "\\\\u{{{:x}}}", u32::from(c))?;
            } else {
                write!(writer, "\\u{:04x}", u32::from(c))?;
            }
        }
        writer.write_all(&fragment.as_bytes()[plain..])
    }

    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        let hidden: &[u8] = match escape {
            CharEscape::Quote => b"\\\"",
            CharEscape::ReverseSolidus => b"\\\\",
            CharEscape::Solidus => b"/",
            CharEscape::LineFeed => b"\\\\n",
            CharEscape::Tab => b"\\\\t",
            CharEscape::CarriageReturn => b"\\\\r",
            CharEscape::Backspace => b"\\\\u{8}",
            CharEscape::FormFeed => b"\\\\u{c}",
            CharEscape::AsciiControl(byte) => {
                return write!(writer, "\\\\u{{{byte:x}}}");
            }
        };
        writer.write_all(hidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn harmless(text: &str) -> String {
        let mut out = Vec::new();
        text.serialize(&mut Serializer::with_formatter(&mut out, Harmless)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn texts_end_no_element_and_hide_nothing() {
        let text = harmless("</script><!--&\u{2028}\u{202e}\n\0\"\\é");
        assert!(!text.contains(['<', '>', '&']) && !text.contains(is_hidden), "{text}");
        let read: String = serde_json::from_str(&text).unwrap();
        assert_eq!(read, "</script><!--&\\u{2028}\\u{202e}\\n\\u{0}\"\\é");
    }

    #[test]
    fn hashes_are_those_that_browsers_work_out() {
        // The example of the specification's section on hashes (CSP 3, 2.3.1): alert('Hello, world.');
        assert_eq!(
            hash("alert('Hello, world.');"),
            "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng="
        );
    }

    #[test]
    fn the_library_is_the_one_that_its_recipe_builds() {
        // `node build.mjs` in `html/web` writes it; a new version has a new hash.
        assert_eq!(hash(LIBRARY), "sha256-V4mnhHXIJ+pGufZ7iPowvSRJKZ+M/OuKu/ccAh87/8Y=");
    }

    #[test]
    fn scripts_cannot_end_their_elements() {
        for script in PARTS.iter().chain([&LIBRARY]) {
            assert!(!script.contains("</script") && !script.contains("<!--"));
        }
    }
}
