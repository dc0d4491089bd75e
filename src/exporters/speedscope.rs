//! Stacks as speedscope's file: a profile a session, frames shared.
//!
//! See `file-format-schema.json` of speedscope: sampled profiles, each stack with its weight.

use super::json::Json;
use super::stacks::{INPUTS, Stacks, Weight};
use super::{Export, ExportError, Exporter, Input, Options};
use crate::report::Table;
use std::collections::HashMap;
use std::io::Write;

pub(super) static SPEEDSCOPE: Speedscope = Speedscope;

/// The form `speedscope`.
pub(super) struct Speedscope;

/// What the file says that it is.
const SCHEMA: &str = "https://www.speedscope.app/file-format-schema.json";

impl Exporter for Speedscope {
    fn name(&self) -> &'static str {
        "speedscope"
    }

    fn ending(&self) -> &'static str {
        "speedscope.json"
    }

    fn doc(&self) -> &'static str {
        "stacks as speedscope's file, a profile a session"
    }

    fn inputs(&self) -> &'static [Input] {
        INPUTS
    }

    fn begin(&self, out: Box<dyn Write>, options: &Options) -> Box<dyn Export> {
        let stacks = Stacks::new(options.weight);
        Box::new(SpeedscopeExport { out, weight: options.weight, stacks: Some(stacks) })
    }
}

struct SpeedscopeExport {
    out: Box<dyn Write>,
    weight: Weight,
    stacks: Option<Stacks>,
}

impl Export for SpeedscopeExport {
    fn write(&mut self, name: &str, batch: &Table) -> Result<(), ExportError> {
        if let Some(stacks) = &mut self.stacks {
            stacks.take(name, batch);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        let sessions = self.stacks.take().map(Stacks::weigh).unwrap_or_default();
        let (unit, what) = match self.weight {
            Weight::Time => ("microseconds", "time"),
            Weight::Tokens => ("none", "tokens"),
            Weight::Cost => ("none", "cost in millionths of a US dollar"),
        };
        let mut frames: Vec<String> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut profiles = Json::default();
        profiles.open('[');
        for (session, stacks) in &sessions {
            let total: i64 = stacks.values().sum();
            profiles.open('{').member("type", "sampled").member("name", session);
            profiles.member("unit", unit).key("startValue").raw(0).key("endValue").raw(total);
            profiles.key("samples").open('[');
            for stack in stacks.keys() {
                profiles.open('[');
                for frame in stack {
                    let place = *places.entry(frame.clone()).or_insert_with(|| {
                        frames.push(frame.clone());
                        frames.len() - 1
                    });
                    profiles.raw(place);
                }
                profiles.close(']');
            }
            profiles.close(']').key("weights").open('[');
            for weight in stacks.values() {
                profiles.raw(weight);
            }
            profiles.close(']').close('}');
        }
        profiles.close(']');
        let mut file = Json::default();
        file.open('{').member("$schema", SCHEMA).member("exporter", "tracekit");
        file.member("name", &format!("tracekit: {what}")).key("activeProfileIndex").raw(0);
        file.key("shared").open('{').key("frames").open('[');
        for frame in &frames {
            file.open('{').member("name", frame).close('}');
        }
        file.close(']').close('}').key("profiles").raw(profiles.text()).close('}');
        writeln!(self.out, "{}", file.text())?;
        Ok(self.out.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::export_text;
    use super::super::stacks::tests::inputs;
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_session_is_a_profile() {
        let file: Value = serde_json::from_str(&export_text(&SPEEDSCOPE, &inputs())).unwrap();
        let names =
            ["ann", "plan", "bob", "call", "search; deep"].map(|name| json!({"name": name}));
        assert_eq!(file["shared"]["frames"], json!(names));
        assert_eq!(
            file["profiles"],
            json!([{"type": "sampled", "name": "s", "unit": "microseconds", "startValue": 0,
                "endValue": 11_000, "samples": [[0, 1], [0, 1, 2, 3], [0, 1, 4]],
                "weights": [4000, 3000, 4000]}])
        );
        assert_eq!(file["$schema"], SCHEMA);
        let empty: Value = serde_json::from_str(&export_text(&SPEEDSCOPE, &[])).unwrap();
        assert_eq!(empty["profiles"], json!([]));
    }
}
