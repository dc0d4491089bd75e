//! `tracekit man`: manual pages, made from the command line itself.

use crate::cli::destination::write_to;
use crate::cli::{CliError, Context};
use clap::Command;
use clap_mangen::Man;
use std::path::PathBuf;

/// Print the manual page, or write the pages of all commands
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  tracekit man | man -l -
  tracekit man --dir ~/.local/share/man/man1")]
pub(super) struct Args {
    /// Write one page per command into this folder, which is made if need be
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    let pages = make_pages().map_err(|cause| CliError::io("make", "the manual pages", &cause))?;
    let Some(dir) = &args.dir else {
        let main = pages.into_iter().next().unwrap_or_default();
        return write_to(None, |out| out.write_all(&main.1));
    };
    std::fs::create_dir_all(dir).map_err(|cause| CliError::file("make", dir, &cause))?;
    for (name, page) in &pages {
        write_to(Some(&dir.join(name)), |out| out.write_all(page))?;
    }
    context.messages.status(&format!("{} pages in `{}`", pages.len(), dir.display()));
    Ok(())
}

/// File names and pages, the main page first.
fn make_pages() -> std::io::Result<Vec<(String, Vec<u8>)>> {
    fn add(
        command: &Command,
        name: &str,
        pages: &mut Vec<(String, Vec<u8>)>,
    ) -> std::io::Result<()> {
        let mut page = Vec::new();
        Man::new(command.clone().name(name.to_owned())).render(&mut page)?;
        pages.push((format!("{name}.1"), page));
        let inner = command.get_subcommands().filter(|inner| inner.get_name() != "help");
        for inner in inner {
            add(inner, &format!("{name}-{}", inner.get_name()), pages)?;
        }
        Ok(())
    }
    let mut root = crate::cli::command();
    root.build();
    let mut pages = Vec::new();
    add(&root, "tracekit", &mut pages)?;
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page() {
        let pages = make_pages().unwrap();
        assert_eq!(pages[0].0, "tracekit.1");
        let ingest = pages.iter().find(|(name, _)| name == "tracekit-ingest.1").unwrap();
        let text = String::from_utf8(ingest.1.clone()).unwrap();
        assert!(text.contains("on\\-rewrite"), "{text}");
        assert!(text.contains(".TH tracekit-ingest 1"), "{text}");
    }
}
