//! Help, manual page, completions: all from one definition, all usable.

use super::{Ran, at_top, fed};
use crate::support::root;

/// Every command that does something.
const COMMANDS: [&str; 30] = [
    "replay",
    "query",
    "backtest",
    "rules list",
    "rules show",
    "rules coverage",
    "rules check",
    "rules test",
    "rules explain",
    "rules schema",
    "export ddl",
    "baseline build",
    "baseline merge",
    "baseline diff",
    "baseline show",
    "baseline explain",
    "context check",
    "context show",
    "context learn",
    "context schema",
    "segments report",
    "compact",
    "alarms render",
    "alarms dashboard",
    "alarms plan",
    "alarms apply",
    "simulate",
    "drill",
    "completions",
    "man",
];

fn help(command: &str) -> String {
    let ran = at_top(&format!("{command} --help"));
    assert_eq!((ran.status, ran.said.as_str()), (Some(0), ""), "{command}");
    ran.out
}

/// Commands under `command` as its help lists them, without `help`.
fn listed(command: &str) -> Vec<String> {
    let text = help(command);
    let after = text.split("\nCommands:\n").nth(1).unwrap_or("");
    let lines = after.lines().take_while(|l| !l.is_empty());
    let names = lines.filter_map(|l| l.split_whitespace().next());
    names.filter(|n| *n != "help").map(str::to_owned).collect()
}

/// The list above is the one that the tests rest on, so it has to be whole.
#[test]
fn every_command_is_known_here() {
    let mut all = Vec::new();
    for name in listed("") {
        let below = listed(&name);
        if below.is_empty() {
            all.push(name);
        } else {
            all.extend(below.iter().map(|b| format!("{name} {b}")));
        }
    }
    assert_eq!(all, COMMANDS);
}

/// The words of a shell line up to the first pipe, redirection or comment.
fn shell_words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (None, '|' | '>' | '#' | '&') => break,
            (None, '\'' | '"') => quote = Some(c),
            (Some(q), c) if q == c => quote = None,
            (None, ' ') => words.push(String::new()),
            (_, c) => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|w| !w.is_empty());
    words
}

/// Examples are given for every command, and each is one that would be taken.
#[test]
fn every_help_has_examples_that_parse() {
    for command in ["", "rules", "context", "segments", "alarms"]
        .iter()
        .chain(&COMMANDS)
    {
        let text = help(command);
        let examples = text.split("\nExample").nth(1);
        let examples = examples.unwrap_or_else(|| panic!("no example for `{command}`"));
        let mut seen = 0;
        for line in examples.lines().filter(|l| l.starts_with("  ")) {
            for piece in line.split(['|', '&']).map(str::trim) {
                let Some(rest) = piece.strip_prefix("flowtrail ") else {
                    continue;
                };
                let words = shell_words(&rest.replace("COMMAND", "replay"));
                // With --help nothing is done, but what stands before it is read.
                let mut args: Vec<&str> = words.iter().map(String::as_str).collect();
                args.push("--help");
                let ran: Ran = fed(&root(), &args, b"");
                assert_eq!(ran.status, Some(0), "{piece}: {}", ran.said);
                seen += 1;
            }
        }
        assert!(seen > 0, "no example for `{command}` calls flowtrail");
    }
}

/// Were an unknown option taken, the test above would show nothing.
#[test]
fn help_does_not_forgive_what_stands_before_it() {
    for args in [
        "replay --bogus --help",
        "replay --level worst x --help",
        "simulate --days x y --help",
    ] {
        at_top(args).refused(&[]);
    }
}

#[test]
fn help_fits_a_terminal_and_says_what_it_is() {
    let top = help("");
    assert!(
        top.starts_with("Finds attacks and policy violations in AWS CloudTrail"),
        "{top}"
    );
    assert!(top.contains("Exit status:"));
    for command in COMMANDS {
        let text = help(command);
        let first = text.lines().next().unwrap();
        assert!(
            !first.ends_with('.') && first.len() > 15,
            "{command}: {first}"
        );
        let widest = text.lines().map(|l| l.chars().count()).max().unwrap();
        assert!(widest <= 120, "{command}: {widest} columns");
    }
    let version = at_top("--version").out;
    assert_eq!(
        version,
        format!("flowtrail {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn every_shell_gets_completions_for_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = at_top(&format!("completions {shell}"));
        assert_eq!((ran.status, ran.said.as_str()), (Some(0), ""), "{shell}");
        for word in COMMANDS.iter().flat_map(|c| c.split(' ')) {
            assert!(ran.out.contains(word), "{shell}: {word}");
        }
        for option in ["summary-json", "fail-on", "no-shipped", "list-attacks"] {
            assert!(ran.out.contains(option), "{shell}: {option}");
        }
    }
}

#[test]
fn the_manual_page_names_every_command_and_option() {
    let ran = at_top("man");
    assert_eq!((ran.status, ran.said.as_str()), (Some(0), ""));
    assert_eq!(ran.out.matches(".TH ").count(), 1, "one page");
    let plain = ran.out.replace("\\-", "-");
    for command in COMMANDS {
        let heading = format!("\n.SH FLOWTRAIL {}\n", command.to_uppercase());
        assert!(ran.out.contains(&heading), "{command}");
        let options = help(command);
        let options = options
            .split_whitespace()
            .filter(|w| w.starts_with("--") && w.len() > 2);
        for option in options {
            let option = option.trim_end_matches([',', '`', '.', ')', ';']);
            assert!(plain.contains(option), "{command}: {option}");
        }
    }
    assert!(ran.out.contains("Exit status"));
}
