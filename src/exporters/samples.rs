//! Small tables and a place to write to, for the tests of exporters.

use super::{ALL, Exporter, Options};
use crate::report::{Table, Unit, Values};
use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;

struct Kept(Rc<RefCell<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What `exporter` makes of these tables.
pub(super) fn export(exporter: &dyn Exporter, inputs: &[(&str, Table)]) -> Vec<u8> {
    let bytes = Rc::new(RefCell::new(Vec::new()));
    let mut writer = exporter.begin(Box::new(Kept(Rc::clone(&bytes))), &Options::default());
    for (name, table) in inputs {
        writer.write(name, table).unwrap();
    }
    writer.finish().unwrap();
    bytes.take()
}

/// The same of an exporter of text.
pub(super) fn export_text(exporter: &dyn Exporter, inputs: &[(&str, Table)]) -> String {
    String::from_utf8(export(exporter, inputs)).unwrap()
}

/// A table of two columns for each input of an exporter.
pub(super) fn one_of_each(exporter: &dyn Exporter) -> Vec<(&'static str, Table)> {
    assert!(ALL.iter().any(|known| known.name() == exporter.name()));
    let table = || {
        let agent = Table::default().with("agent", Unit::None, Values::texts(["a"]));
        agent.with("name", Unit::None, Values::texts(["n"]))
    };
    exporter.inputs().iter().map(|input| (input.name, table())).collect()
}

/// A table out of a list of JSON objects: texts, whole numbers and numbers with a fraction; what is no
/// text and no number is JSON. A column has the type of its first value.
pub(super) fn table(rows: &serde_json::Value) -> Table {
    use serde_json::Value;
    let rows = rows.as_array().unwrap();
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        for name in row.as_object().unwrap().keys() {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
    }
    names.into_iter().fold(Table::default(), |table, name| {
        let cells = || rows.iter().map(|row| row.get(name));
        let first = cells().flatten().find(|value| !value.is_null());
        let values = match first {
            Some(Value::Number(number)) if number.is_i64() => {
                Values::Integer(cells().map(|cell| cell?.as_i64()).collect())
            }
            Some(Value::Number(_)) => Values::Float(cells().map(|cell| cell?.as_f64()).collect()),
            Some(Value::Object(_)) => {
                Values::Json(cells().map(|cell| cell.map(ToString::to_string)).collect())
            }
            Some(Value::Array(_)) => {
                let list = |cell: &Value| {
                    let texts = cell.as_array()?.iter();
                    Some(texts.filter_map(|text| text.as_str().map(str::to_owned)).collect())
                };
                Values::TextList(cells().map(|cell| list(cell?)).collect())
            }
            _ => Values::Text(cells().map(|cell| cell?.as_str()).collect()),
        };
        table.with(name, Unit::None, values)
    })
}
