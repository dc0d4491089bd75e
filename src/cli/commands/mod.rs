//! The subcommands: one file each, and one line each in [`ALL`].
//!
//! A command's file holds `Args`, whose doc comment is its help, and `run`. To add one, write
//! `commands/foo.rs`, declare it, and list it; help, completions and man pages walk the list.

mod analyses;
mod anomalies;
mod bottlenecks;
mod completions;
mod config;
mod critical_path;
mod demo;
mod errors;
mod export;
mod formats;
mod health;
mod ingest;
mod loops;
mod man;
mod metrics;
mod query;
mod questions;
mod report;
mod schema;
mod show;
mod sql;
mod store;
mod tokens;
mod trace;
mod trends;

use super::{CliError, Context};
use Group::{DataIn, Explain, Look, Out, Shell};
use clap::{ArgMatches, Args, Command, FromArgMatches};
use std::fmt::Write as _;

/// A part of the help, with what its commands are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    DataIn,
    Look,
    Explain,
    Debug,
    Gate,
    Out,
    Store,
    Shell,
}

impl Group {
    const ALL: [Self; 8] = [
        Self::DataIn,
        Self::Look,
        Self::Explain,
        Self::Debug,
        Self::Gate,
        Self::Out,
        Self::Store,
        Self::Shell,
    ];

    const fn title(self) -> &'static str {
        match self {
            Self::DataIn => "Data in",
            Self::Look => "Look",
            Self::Explain => "Explain",
            Self::Debug => "Debug",
            Self::Gate => "Gate",
            Self::Out => "Out",
            Self::Store => "Store",
            Self::Shell => "Shell",
        }
    }
}

/// One subcommand.
struct Entry {
    group: Group,
    name: &'static str,
    add_args: fn(Command) -> Command,
    run: fn(&ArgMatches, &Context) -> Result<(), CliError>,
}

/// Every command, in the order of the help.
static ALL: &[Entry] = &[
    entry(DataIn, "ingest", ingest::Args::augment_args, |m, c| call(m, c, ingest::run)),
    entry(DataIn, "demo", demo::Args::augment_args, |m, c| call(m, c, demo::run)),
    entry(DataIn, "formats", formats::Args::augment_args, |m, c| call(m, c, formats::run)),
    entry(Look, "query", query::Args::augment_args, |m, c| call(m, c, query::run)),
    entry(Look, "sql", sql::Args::augment_args, |m, c| call(m, c, sql::run)),
    entry(Look, "show", show::Args::augment_args, |m, c| call(m, c, show::run)),
    entry(Look, "trace", trace::Args::augment_args, |m, c| call(m, c, trace::run)),
    entry(Look, "sessions", analyses::add_args, |m, c| analyses::run(m, c, "sessions")),
    entry(Look, "agents", analyses::add_args, |m, c| analyses::run(m, c, "agents")),
    entry(Look, "tasks", analyses::add_args, |m, c| analyses::run(m, c, "tasks")),
    entry(Look, "tools", analyses::add_args, |m, c| analyses::run(m, c, "tools")),
    entry(Look, "components", analyses::add_args, |m, c| analyses::run(m, c, "components")),
    entry(Look, "messages", analyses::add_args, |m, c| analyses::run(m, c, "messages")),
    entry(Look, "metrics", metrics::Args::augment_args, |m, c| call(m, c, metrics::run)),
    entry(Look, "errors", errors::Args::augment_args, |m, c| call(m, c, errors::run)),
    entry(Look, "schema", schema::Args::augment_args, |m, c| call(m, c, schema::run)),
    entry(Explain, "bottlenecks", bottlenecks::Args::augment_args, |m, c| {
        call(m, c, bottlenecks::run)
    }),
    entry(Explain, "critical-path", critical_path::Args::augment_args, |m, c| {
        call(m, c, critical_path::run)
    }),
    entry(Explain, "trends", trends::Args::augment_args, |m, c| call(m, c, trends::run)),
    entry(Explain, "anomalies", anomalies::Args::augment_args, |m, c| call(m, c, anomalies::run)),
    entry(Explain, "health", health::Args::augment_args, |m, c| call(m, c, health::run)),
    entry(Explain, "tokens", tokens::Args::augment_args, |m, c| call(m, c, tokens::run)),
    entry(Explain, "loops", loops::Args::augment_args, |m, c| call(m, c, loops::run)),
    entry(Out, "report", report::Args::augment_args, |m, c| call(m, c, report::run)),
    entry(Group::Store, "store", store::Args::augment_args, |m, c| call(m, c, store::run)),
    entry(Out, "export", export::Args::augment_args, |m, c| call(m, c, export::run)),
    entry(Shell, "completions", completions::Args::augment_args, |m, c| {
        call(m, c, completions::run)
    }),
    entry(Shell, "man", man::Args::augment_args, |m, c| call(m, c, man::run)),
    entry(Shell, "config", config::Args::augment_args, |m, c| call(m, c, config::run)),
];

const fn entry(
    group: Group,
    name: &'static str,
    add_args: fn(Command) -> Command,
    run: fn(&ArgMatches, &Context) -> Result<(), CliError>,
) -> Entry {
    Entry { group, name, add_args, run }
}

/// Runs a command with its arguments.
fn call<A: FromArgMatches>(
    matches: &ArgMatches,
    context: &Context,
    run: fn(&A, &Context) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let args = A::from_arg_matches(matches).map_err(|error| CliError::usage(error.to_string()))?;
    run(&args, context)
}

/// Runs the command that was asked for.
///
/// # Errors
/// The command's.
pub(super) fn run(matches: &ArgMatches, context: &Context) -> Result<(), CliError> {
    let asked = matches.subcommand();
    match asked.and_then(|(name, of)| Some((ALL.iter().find(|entry| entry.name == name)?, of))) {
        Some((entry, matches)) => (entry.run)(matches, context),
        None => {
            Err(CliError::usage("no command was given").with_hint("tracekit --help lists them"))
        }
    }
}

/// Adds every command to `root`, and the list of them, by groups, to its help.
pub(super) fn add_all(root: Command) -> Command {
    let root = ALL
        .iter()
        .fold(root, |root, entry| root.subcommand((entry.add_args)(Command::new(entry.name))));
    let list = list_by_groups(&root);
    let header = root.get_styles().get_header();
    let general = format!("{header}General:{header:#}");
    root.help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{list}\n{general}\n{{options}}{{after-help}}"
    ))
}

fn list_by_groups(root: &Command) -> String {
    let styles = root.get_styles();
    let (header, literal) = (styles.get_header(), styles.get_literal());
    let width = ALL.iter().map(|entry| entry.name.len()).max().unwrap_or(0);
    let mut list = String::new();
    for group in Group::ALL {
        let mut entries = ALL.iter().filter(|entry| entry.group == group).peekable();
        if entries.peek().is_none() {
            continue;
        }
        let _ = writeln!(list, "{header}{}:{header:#}", group.title());
        for entry in entries {
            let command = root.find_subcommand(entry.name);
            let about = command.and_then(Command::get_about).map(ToString::to_string);
            let _ = writeln!(
                list,
                "  {literal}{}{literal:#}{:pad$}  {}",
                entry.name,
                "",
                about.unwrap_or_default(),
                pad = width - entry.name.len(),
            );
        }
        list.push('\n');
    }
    list.pop();
    list
}
