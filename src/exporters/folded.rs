//! Folded stacks: a stack and its weight a line, which flame graphs are drawn from.
//!
//! `agent;span;span 1234`. Semicolons part frames and a space the weight, so both a semicolon and a line
//! break in a name give way.

use super::stacks::{INPUTS, Stacks};
use super::{Export, ExportError, Exporter, Input, Options};
use crate::report::Table;
use std::collections::BTreeMap;
use std::io::Write;

pub(super) static FOLDED: Folded = Folded;

/// The form `folded`.
pub(super) struct Folded;

impl Exporter for Folded {
    fn name(&self) -> &'static str {
        "folded"
    }

    fn ending(&self) -> &'static str {
        "folded.txt"
    }

    fn doc(&self) -> &'static str {
        "stacks of agents and spans with their weight, for flame graphs"
    }

    fn inputs(&self) -> &'static [Input] {
        INPUTS
    }

    fn begin(&self, out: Box<dyn Write>, options: &Options) -> Box<dyn Export> {
        Box::new(FoldedExport { out, stacks: Some(Stacks::new(options.weight)) })
    }
}

struct FoldedExport {
    out: Box<dyn Write>,
    stacks: Option<Stacks>,
}

impl Export for FoldedExport {
    fn write(&mut self, name: &str, batch: &Table) -> Result<(), ExportError> {
        if let Some(stacks) = &mut self.stacks {
            stacks.take(name, batch);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        let stacks = self.stacks.take().map(Stacks::weigh).unwrap_or_default();
        let mut lines: BTreeMap<String, i64> = BTreeMap::new();
        for (frames, weight) in stacks.into_values().flatten() {
            let frames: Vec<String> = frames.iter().map(|frame| plain(frame)).collect();
            *lines.entry(frames.join(";")).or_default() += weight;
        }
        for (line, weight) in lines {
            writeln!(self.out, "{line} {weight}")?;
        }
        Ok(self.out.flush()?)
    }
}

/// A frame in which nothing parts frames or lines, and nothing hides.
fn plain(frame: &str) -> String {
    let shown = crate::render::visible(frame);
    let text: String = shown
        .chars()
        .map(|c| match c {
            ';' => ':',
            c if c.is_whitespace() || c.is_control() => ' ',
            c => c,
        })
        .collect();
    let text = text.trim();
    if text.is_empty() { "?".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::samples::export_text;
    use super::super::stacks::tests::inputs;
    use super::*;

    #[test]
    fn a_line_is_a_stack_and_its_weight() {
        let expected = "ann;plan 4000\nann;plan;bob;call 3000\nann;plan;search: deep 4000\n";
        assert_eq!(export_text(&FOLDED, &inputs()), expected);
        assert_eq!(export_text(&FOLDED, &[]), "");
    }

    #[test]
    fn frames_hold_no_separator() {
        assert_eq!(plain("a;b c"), "a:b c");
        for frame in ["a;b", "a\nb", "\u{1b}[2J", "a\u{2028}b", "", " ; "] {
            let plain = plain(frame);
            assert!(!plain.is_empty() && !plain.contains([';', '\n', '\u{1b}', '\u{2028}']));
        }
    }
}
