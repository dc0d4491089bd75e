//! One settings file: where it is looked for, and what stands in it, with line numbers.
//!
//! What a value means is for the parent module.

use super::super::CliError;
use super::super::error::reason;
use super::super::nearest::nearest;
use super::KEYS;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// Name of a project's settings file.
const PROJECT_FILE: &str = "tracekit.toml";

/// The table that says where the generic format finds its columns.
const MAPPING: &str = "mapping";

/// A settings file that was read.
#[derive(Debug)]
pub(super) struct File {
    /// Where it is.
    pub(super) path: PathBuf,
    /// The keys at its top level.
    pub(super) values: BTreeMap<&'static str, Value>,
    /// `[mapping]`: columns and paths.
    pub(super) mapping: Vec<(String, String)>,
    /// Its other tables.
    pub(super) tables: Vec<Table>,
}

/// A value as it is written, without quotes.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) text: String,
    /// Line, from 1.
    pub(super) line: usize,
}

/// A table that some command reads.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Table {
    /// Its name.
    pub(in crate::cli) name: String,
    /// What stands in it.
    pub(in crate::cli) content: toml::Table,
    /// The file that it stands in.
    pub(in crate::cli) file: PathBuf,
}

impl Table {
    /// Its values with their dotted keys.
    pub(super) fn entries(&self) -> Vec<(String, String)> {
        fn add(key: &str, value: &toml::Value, entries: &mut Vec<(String, String)>) {
            match value {
                toml::Value::Table(inner) => {
                    for (name, value) in inner {
                        add(&format!("{key}.{name}"), value, entries);
                    }
                }
                toml::Value::String(text) => entries.push((key.to_owned(), text.clone())),
                other => entries.push((key.to_owned(), other.to_string())),
            }
        }
        let mut entries = Vec::new();
        for (name, value) in &self.content {
            add(&format!("{}.{name}", self.name), value, &mut entries);
        }
        entries
    }
}

/// `tracekit.toml` in `folder` or the nearest folder above it that has one.
pub(super) fn find_project_file(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().map(|folder| folder.join(PROJECT_FILE)).find(|path| path.is_file())
}

/// The user's own file, if there is one.
pub(super) fn user_file(variable: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let config = variable("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let config = config.or_else(|| Some(Path::new(&variable("HOME")?).join(".config")))?;
    Some(config.join("tracekit/config.toml")).filter(|path| path.is_file())
}

impl File {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// A file that cannot be read or is not as it should be: exit code 2 in any case, since it is
    /// not the command's input.
    pub(super) fn read(path: &Path) -> Result<Self, CliError> {
        let text = std::fs::read_to_string(path).map_err(|cause| {
            CliError::usage(format!("cannot read the settings: {}", reason(&cause)))
                .at(path.display(), None)
        })?;
        Self::parse(path, &text)
    }

    /// Reads `text` as the file at `path`.
    ///
    /// # Errors
    /// Bad TOML, unknown keys, values of the wrong type.
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, CliError> {
        let at = |what: String, span: Range<usize>| {
            CliError::usage(what).at(path.display(), Some(line_of(text, span.start)))
        };
        let bad_toml = |error: toml::de::Error| {
            at(error.message().trim_end_matches('.').to_owned(), error.span().unwrap_or(0..0))
        };
        let root = DeTable::parse(text).map_err(bad_toml)?;
        let mut whole: toml::Table = text.parse().map_err(bad_toml)?;
        let mut file = Self {
            path: path.to_owned(),
            values: BTreeMap::new(),
            mapping: Vec::new(),
            tables: Vec::new(),
        };
        for (key, value) in root.get_ref() {
            let name = key.get_ref().as_ref();
            let known = KEYS.iter().find(|known| known.name == name);
            let line = line_of(text, key.span().start);
            match (known, value.get_ref()) {
                (None, DeValue::Table(table)) if name == MAPPING => {
                    for (column, path) in table {
                        let DeValue::String(path) = path.get_ref() else {
                            let what = format!("`mapping.{}` must be a text", column.get_ref());
                            return Err(at(what, path.span()));
                        };
                        file.mapping.push((column.get_ref().to_string(), path.to_string()));
                    }
                }
                (None, DeValue::Table(_)) if nearest(name, [MAPPING]).is_none() => {
                    if let Some(toml::Value::Table(content)) = whole.remove(name) {
                        let (name, file_path) = (name.to_owned(), path.to_owned());
                        file.tables.push(Table { name, content, file: file_path });
                    }
                }
                (None, _) => return Err(unknown_key(name).at(path.display(), Some(line))),
                (Some(known), DeValue::String(text)) => {
                    file.values.insert(known.name, Value { text: text.to_string(), line });
                }
                (Some(known), DeValue::Integer(number)) => {
                    file.values.insert(known.name, Value { text: number.to_string(), line });
                }
                (Some(_), other) => {
                    let what =
                        format!("`{name}` must be a text or a number, not a {}", other.type_str());
                    return Err(at(what, value.span()));
                }
            }
        }
        Ok(file)
    }
}

fn unknown_key(name: &str) -> CliError {
    let keys = || KEYS.iter().map(|key| key.name).chain([MAPPING]);
    let error = CliError::usage(format!("no setting is called `{name}`"));
    match nearest(name, keys()) {
        Some(near) => error.with_hint(format!("did you mean `{near}`?")),
        None => error.with_hint("`tracekit config` lists them"),
    }
}

/// The line, from 1, of the byte at `offset`.
fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> CliError {
        File::parse(Path::new("t.toml"), text).unwrap_err()
    }

    #[test]
    fn texts_and_numbers_are_read() {
        let file = File::parse(Path::new("t.toml"), "threads = 4\n\nstore = \"x\"").unwrap();
        assert_eq!((file.values["threads"].text.as_str(), file.values["threads"].line), ("4", 1));
        assert_eq!((file.values["store"].text.as_str(), file.values["store"].line), ("x", 3));
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest() {
        let colour = error("threads = 1\ncolour = \"never\"");
        assert_eq!(colour.what(), "no setting is called `colour`");
        assert_eq!(colour.place(), Some("t.toml:2"));
        assert_eq!(colour.hints(), ["did you mean `color`?"]);
        assert_eq!(error("[maping]\ntime = \"ts\"").hints(), ["did you mean `mapping`?"]);
        assert_eq!(error("zzz = 1").hints(), ["`tracekit config` lists them"]);
    }

    #[test]
    fn wrong_types_and_bad_toml_have_their_line() {
        let wrong = error("\n\ncolor = true");
        assert_eq!(wrong.place(), Some("t.toml:3"));
        assert_eq!(wrong.what(), "`color` must be a text or a number, not a boolean");
        assert_eq!(error("[mapping]\ntime = 3").what(), "`mapping.time` must be a text");
        assert_eq!(error("threads = \n").place(), Some("t.toml:1"));
    }

    #[test]
    fn the_nearest_project_file_counts() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(folder.path().join(PROJECT_FILE), "").unwrap();
        assert_eq!(find_project_file(&inner), Some(folder.path().join(PROJECT_FILE)));
        std::fs::write(folder.path().join("a").join(PROJECT_FILE), "").unwrap();
        assert_eq!(find_project_file(&inner), Some(folder.path().join("a").join(PROJECT_FILE)));
    }

    #[test]
    fn the_users_file_is_where_xdg_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tracekit/config.toml");
        let variable = |name: &str| {
            (name == "XDG_CONFIG_HOME").then(|| folder.path().to_str().unwrap().to_owned())
        };
        assert_eq!(user_file(&variable), None);
        std::fs::create_dir(folder.path().join("tracekit")).unwrap();
        std::fs::write(&path, "").unwrap();
        assert_eq!(user_file(&variable), Some(path));
    }
}
