//! The documents agree with the program: completions, manual pages, the README and the changelog.

use super::runner::{Sandbox, fixture};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How the generated files are made again, from the root of the tree.
const REGENERATE: &str = "just docs";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn read(path: &Path) -> String {
    let made = format!("`{REGENERATE}` makes it");
    std::fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{}: {error}; {made}", path.display()))
}

#[test]
fn completions_are_those_of_the_program() {
    let sandbox = Sandbox::new();
    for (shell, file) in
        [("bash", "tracekit.bash"), ("zsh", "_tracekit"), ("fish", "tracekit.fish")]
    {
        let printed = sandbox.run(["completions", shell]).done();
        assert!(printed.contains("--severity-min") || printed.contains("severity-min"), "{shell}");
        let is_same = printed == read(&root().join("completions").join(file));
        assert!(is_same, "completions/{file} is not what the program prints; run `{REGENERATE}`");
    }
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder);
    let entries =
        entries.unwrap_or_else(|error| panic!("{}: {error}; run `{REGENERATE}`", folder.display()));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn manual_pages_are_those_of_the_program() {
    let sandbox = Sandbox::new();
    sandbox.run(["man", "--dir", "man"]).says(&["pages in `man`"]);
    let (made, kept) = (sandbox.path("man"), root().join("man"));
    assert_eq!(names(&kept), names(&made), "run `{REGENERATE}`");
    for name in names(&made) {
        let is_same = read(&made.join(&name)) == read(&kept.join(&name));
        assert!(is_same, "man/{name} is not what the program writes; run `{REGENERATE}`");
    }
    assert_eq!(sandbox.run(["man"]).done(), read(&made.join("tracekit.1")));
}

/// The command lines of the program in the code blocks of a Markdown text, with their numbers.
fn command_lines(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let (mut is_code, mut joined) = (false, None::<(usize, String)>);
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
            continue;
        }
        let is_indented = line.starts_with("    ");
        if !(is_code || is_indented) {
            continue;
        }
        let (start, whole) = match joined.take() {
            Some((start, before)) => (start, before + line.trim()),
            None => (number, line.trim().trim_start_matches("$ ").to_owned()),
        };
        match whole.strip_suffix('\\') {
            Some(unfinished) => joined = Some((start, unfinished.to_owned())),
            None => found.extend(invocations(&whole).into_iter().map(|part| (start, part))),
        }
    }
    found
}

/// The parts of a shell line that run the program.
fn invocations(line: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quote = None;
    for char in line.chars() {
        match quote {
            Some(open) if char == open => quote = None,
            None if char == '\'' || char == '"' => quote = Some(char),
            None if matches!(char, '|' | ';' | '&') => {
                parts.push(String::new());
                continue;
            }
            None if matches!(char, '(' | ')' | '`') => continue,
            None if char == '#' && parts.last().is_some_and(|part| part.ends_with(' ')) => break,
            _ => {}
        }
        parts.last_mut().unwrap().push(char);
    }
    let trimmed = parts.iter().map(|part| part.trim());
    trimmed.filter(|part| part.starts_with("tracekit ")).map(str::to_owned).collect()
}

/// The words of a command line as a shell splits them, without redirections.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for char in line.chars() {
        match quote {
            Some(open) if char == open => quote = None,
            None if char == '\'' || char == '"' => {
                quote = Some(char);
                word.get_or_insert_default();
            }
            None if char.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(char),
        }
    }
    words.extend(word);
    let mut kept = Vec::new();
    let mut rest = words.into_iter();
    while let Some(word) = rest.next() {
        match word.trim_start_matches(|c: char| c.is_ascii_digit()) {
            ">" | "<" | ">>" => drop(rest.next()),
            redirection if redirection.starts_with(['>', '<']) => {}
            _ => kept.push(word),
        }
    }
    kept
}

/// What the command line says to these words, where it refuses them.
fn refusal(line: &str) -> Option<String> {
    use clap::error::ErrorKind::{DisplayHelp, DisplayVersion};
    let error = tracekit::cli::command().try_get_matches_from(words(line)).err()?;
    let is_answer = matches!(error.kind(), DisplayHelp | DisplayVersion);
    (!is_answer).then(|| error.to_string())
}

/// The documents for people, where they are there.
fn documents() -> Vec<(String, String)> {
    let names = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];
    let read =
        |name: &str| Some((name.to_owned(), std::fs::read_to_string(root().join(name)).ok()?));
    names.into_iter().filter_map(read).collect()
}

#[test]
fn commands_in_the_documents_exist_with_their_flags() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (name, text) in documents() {
        for (number, line) in command_lines(&text) {
            count += 1;
            // An ellipsis or a placeholder stands for what the reader puts there.
            if !line.contains('…') && !line.contains("...") {
                wrong.extend(refusal(&line).map(|why| format!("{name}:{number}: {line}\n{why}")));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(count >= 5, "only {count} command lines were found in README.md and its like");
}

#[test]
fn examples_in_the_help_exist_with_their_flags() {
    let mut wrong = Vec::new();
    let mut count = 0;
    let root = tracekit::cli::command();
    for command in std::iter::once(&root).chain(root.get_subcommands()) {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        for line in help.lines().filter(|line| line.starts_with("  ")) {
            let line = line.trim().split("   ").next().unwrap_or_default();
            for part in invocations(line) {
                count += 1;
                wrong.extend(
                    refusal(&part).map(|why| format!("{}: {part}\n{why}", command.get_name())),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(count > 30, "only {count} examples were found");
}

#[test]
fn wrong_commands_are_seen() {
    assert!(refusal("tracekit query --agnet x").is_some());
    assert!(refusal("tracekit qeury").is_some());
    assert_eq!(refusal("tracekit query --where \"data.x = 'y z'\" --limit 5 > out.jsonl"), None);
    let text = "Text `tracekit x`.\n```sh\n$ tracekit a | tracekit b \\\n   --c\n```\ntracekit d\n";
    let found = command_lines(text);
    assert_eq!(found, [(3, "tracekit a".to_owned()), (3, "tracekit b --c".to_owned())]);
    assert_eq!(words("tracekit 'a b' \"c\"d 2> e >f g"), ["tracekit", "a b", "cd", "g"]);
}

#[test]
fn the_changelog_has_a_place_for_what_comes() {
    let text = read(&root().join("CHANGELOG.md"));
    let heads: Vec<&str> = text.lines().filter(|line| line.starts_with("## ")).collect();
    assert!(heads.first().is_some_and(|head| head.contains("Unreleased")), "{heads:?}");
}

/// Whatever a document shows on the fixtures must run.
#[test]
fn the_first_steps_of_the_help_work() {
    let sandbox = Sandbox::new();
    sandbox.run(["demo", "-o", "run.jsonl"]).says(&["events in `run.jsonl`"]);
    sandbox.run(["ingest", "run.jsonl"]).says(&["records"]);
    let formats = sandbox.run(["formats", "--format", "json"]).json();
    let known: BTreeSet<&str> =
        formats.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    // Every format has a folder of fixtures of its name, and every folder a format.
    let folders = names(Path::new(&fixture("")));
    assert_eq!(known, folders.iter().map(String::as_str).collect());
}
