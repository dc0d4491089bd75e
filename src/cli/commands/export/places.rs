//! The files of an export: one, one for each thing and form, or these for each session, agent or day.

use super::pieces::Piece;
use crate::analysis;
use crate::cli::destination::Destination;
use crate::cli::output::Place;
use crate::cli::{CliError, Context};
use crate::model::hash_id;
use crate::query::{Engine, Predicate, QueryError, to_table};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What makes a file of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum SplitBy {
    /// Sessions.
    Session,
    /// Agents.
    Agent,
    /// UTC days.
    Date,
}

/// The stem of a file that holds everything.
const WHOLE: &str = "export";

/// The stem of the file of records that have no session or agent.
const WITHOUT: &str = "_none";

/// The longest stem, in bytes: file systems take 255 for a name, endings included.
const LONGEST_STEM: usize = 120;

/// One day, in microseconds.
const DAY_US: i64 = 86_400_000_000;

/// Some of the records, which share files.
pub(super) struct Group {
    stem: String,
    /// Nothing where these are all.
    predicate: Option<Predicate>,
}

impl Group {
    fn all() -> Self {
        Self { stem: WHOLE.to_owned(), predicate: None }
    }

    /// How its files' names begin.
    pub(super) fn name(&self) -> &str {
        &self.stem
    }

    /// The name of the file of a piece, or of a section of it. Names of groups have no `@`.
    fn file_name(&self, piece: Piece, section: Option<&str>) -> String {
        let mut name = match (piece.analysis(), &self.predicate) {
            (None, _) => self.stem.clone(),
            (Some(analysis), None) => analysis.to_owned(),
            (Some(analysis), Some(_)) => format!("{}@{analysis}", self.stem),
        };
        for part in section.into_iter().chain([piece.ending()]) {
            name.push('.');
            name.push_str(part);
        }
        name
    }

    /// An engine over the rows of this group alone.
    pub(super) fn narrow<'e>(&self, engine: &'e Engine) -> Narrowed<'e> {
        match &self.predicate {
            None => Narrowed::Whole(engine),
            Some(predicate) => {
                let parts = [engine.predicate().clone(), predicate.clone()];
                Narrowed::Part(Box::new(Engine::new(
                    engine.snapshot().clone(),
                    Predicate::all(parts),
                )))
            }
        }
    }
}

/// An engine, or one of its own for a group.
pub(super) enum Narrowed<'e> {
    Whole(&'e Engine),
    Part(Box<Engine>),
}

impl Narrowed<'_> {
    pub(super) fn as_ref(&self) -> &Engine {
        match self {
            Self::Whole(engine) => engine,
            Self::Part(engine) => engine,
        }
    }
}

/// Where the files go.
pub(super) struct Places {
    folder: Option<PathBuf>,
    split_by: Option<SplitBy>,
    /// Places that could be opened before the work began, the last piece's first.
    open: Vec<Place>,
}

impl Places {
    /// Opens what is known beforehand, so that a place that cannot be written is known at once.
    ///
    /// # Errors
    /// Several files and no folder for them; a place that cannot be written; binary forms on a terminal.
    pub(super) fn open(
        pieces: &[Piece],
        output: Option<&Path>,
        split_by: Option<SplitBy>,
        context: &Context,
    ) -> Result<Self, CliError> {
        let output = output.filter(|path| path.as_os_str() != "-");
        if let (Some(piece), None) = (pieces.iter().find(|piece| piece.is_binary()), output)
            && context.terminal.stdout.is_terminal
        {
            let what = format!("{} is not for a terminal", piece.form());
            return Err(CliError::usage(what).with_hint("-o FILE writes it to a file"));
        }
        let mut places = Self { folder: None, split_by, open: Vec::new() };
        if pieces.len() == 1 && split_by.is_none() && !output.is_some_and(is_folder) {
            places.open.push(Place::of(Destination::open(output)?));
            return Ok(places);
        }
        let what =
            if split_by.is_some() { "--split-by writes" } else { "several things or forms are" };
        let Some(folder) = output else {
            let what = format!("{what} several files");
            return Err(CliError::usage(what).with_hint("-o DIR names the folder that they go to"));
        };
        std::fs::create_dir_all(folder)
            .map_err(|cause| CliError::file("make the folder", folder, &cause))?;
        places.folder = Some(folder.to_owned());
        if split_by.is_none() {
            let all = Group::all();
            for piece in pieces.iter().rev() {
                let path = folder.join(all.file_name(*piece, None));
                places.open.push(Place::of(Destination::open(Some(&path))?));
            }
        }
        Ok(places)
    }

    /// The place of a piece of a group; pieces come in their order.
    ///
    /// # Errors
    /// A place that cannot be written.
    pub(super) fn take(&mut self, group: &Group, piece: Piece) -> Result<Place, CliError> {
        if let Some(place) = self.open.pop() {
            return Ok(place);
        }
        let folder = self.folder.as_deref().unwrap_or(Path::new("."));
        let path = folder.join(group.file_name(piece, None));
        Ok(Place::of(Destination::open(Some(&path))?))
    }

    /// The place of one of a piece's further sections; nothing where there is no folder for it.
    ///
    /// # Errors
    /// A place that cannot be written.
    pub(super) fn section(
        &self,
        group: &Group,
        piece: Piece,
        key: &str,
    ) -> Result<Option<Place>, CliError> {
        let Some(folder) = &self.folder else { return Ok(None) };
        let path = folder.join(group.file_name(piece, Some(key)));
        Ok(Some(Place::of(Destination::open(Some(&path))?)))
    }

    /// The groups that have records, by name.
    ///
    /// # Errors
    /// Those of the engine.
    pub(super) fn groups(&self, engine: &Engine) -> Result<Vec<Group>, CliError> {
        let Some(split_by) = self.split_by else {
            return Ok(vec![Group::all()]);
        };
        let found = engine.run(analysis::text("export_groups"))?;
        let found = to_table(&found).map_err(QueryError::from)?;
        let mut groups = Vec::new();
        if split_by == SplitBy::Date {
            let days: BTreeSet<i64> =
                (0..found.rows()).filter_map(|row| found.integer("day_us", row)).collect();
            for day_us in days {
                let predicate = Predicate::times("time", day_us, day_us + DAY_US - 1);
                groups.push(Group { stem: day_name(day_us), predicate: Some(predicate) });
            }
            return Ok(groups);
        }
        let column = if split_by == SplitBy::Session { "session_id" } else { "agent" };
        let names: BTreeSet<Option<&str>> =
            (0..found.rows()).map(|row| found.text(column, row)).collect();
        let mut taken = BTreeSet::new();
        for name in names {
            let predicate = match name {
                Some(name) => Predicate::equals(column, name),
                None => Predicate::is_null(column),
            };
            let stem = name.map_or(Cow::Borrowed(WITHOUT), |name| Cow::Owned(safe_stem(name)));
            groups.push(Group { stem: unlike(&stem, &mut taken), predicate: Some(predicate) });
        }
        Ok(groups)
    }
}

/// Whether files go into what is named there, also where there is one alone.
pub(super) fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/")
}

fn day_name(day_us: i64) -> String {
    jiff::Timestamp::from_microsecond(day_us)
        .map_or_else(|_| day_us.to_string(), |day| day.strftime("%Y-%m-%d").to_string())
}

/// A name as the beginning of a file's: letters, digits, `-`, `.` and `_` of ASCII, everything else and
/// what would make a hidden file or look like a flag as `%` and its bytes in hexadecimal. A long one is
/// cut, and a hash of all of it follows.
fn safe_stem(name: &str) -> String {
    let mut stem = String::with_capacity(name.len());
    for (at, byte) in name.bytes().enumerate() {
        let is_plain = byte.is_ascii_alphanumeric() || (at > 0 && b"-._".contains(&byte));
        if is_plain {
            stem.push(char::from(byte));
        } else {
            _ = write!(stem, "%{byte:02X}");
        }
    }
    if stem.is_empty() {
        return "%".to_owned();
    }
    if stem.len() > LONGEST_STEM {
        stem.truncate(LONGEST_STEM - 17);
        _ = write!(stem, "~{}", &hash_id(name.as_bytes())[2..18]);
    }
    stem
}

/// The stem, numbered where a file system that knows no case would take it for one before.
fn unlike(stem: &str, taken: &mut BTreeSet<String>) -> String {
    let mut unlike = stem.to_owned();
    let mut number = 2;
    while !taken.insert(unlike.to_ascii_lowercase()) {
        unlike = format!("{stem}~{number}");
        number += 1;
    }
    unlike
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_safe() {
        for (name, stem) in [
            ("session-1.a_b", "session-1.a_b"),
            ("../../etc/passwd", "%2E./%2E./etc/passwd"),
            (".hidden", "%2Ehidden"),
            ("-rf", "%2Drf"),
            ("_none", "%5Fnone"),
            ("a b\u{0}é", "a%20b%00%C3%A9"),
            ("", "%"),
        ] {
            let expected = stem.replace('/', "%2F").replace("%2F%2E", "%2F.");
            assert_eq!(safe_stem(name), expected, "{name:?}");
            assert!(!safe_stem(name).contains(['/', '\0', ' ']));
        }
    }

    #[test]
    fn long_and_like_names_stay_apart() {
        let (one, other) = ("x".repeat(500), format!("{}y", "x".repeat(499)));
        assert_eq!(safe_stem(&one).len(), LONGEST_STEM);
        assert_ne!(safe_stem(&one), safe_stem(&other));
        let mut taken = BTreeSet::new();
        let names = ["A", "a", "b", "a"].map(|stem| unlike(stem, &mut taken));
        assert_eq!(names, ["A", "a~2", "b", "a~3"]);
    }

    #[test]
    fn days_are_named_by_their_date() {
        // 2025-10-09 00:00 UTC is 1,759,968,000 s after 1970.
        assert_eq!(day_name(1_759_968_000_000_000), "2025-10-09");
    }
}
