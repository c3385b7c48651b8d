//! `--help`: there for every command, down to the last, and with an example.

use crate::desk::Desk;

/// Every command says what it does and shows an example; an example of each subcommand stands there or with it.
pub(crate) fn is_there_for_every_command(desk: &Desk) {
    let all = desk.run(&["--help"]).does(&["Usage: tillstream", "Examples:", "tillstream demo"]).out;
    desk.run(&["--version"]).does(&["tillstream "]);
    let commands = subcommands(&all);
    assert!(commands.len() >= 10, "the commands are listed: {commands:?}");
    for command in &commands {
        let usage = format!("Usage: tillstream {command}");
        let help = desk.run(&[command, "--help"]).does(&[&usage, "Examples:"]).out;
        let example = examples(&help).contains(&format!("tillstream {command}"));
        assert!(example, "{command} shows how it is typed\n{help}");
        for action in subcommands(&help) {
            let typed = format!("tillstream {command} {action}");
            let own = desk.run(&[command, &action, "--help"]).does(&[&format!("Usage: {typed}")]).out;
            let example = examples(&help).contains(&typed) || examples(&own).contains(&typed);
            assert!(example, "{command} shows how `{typed}` is typed\n{help}");
        }
    }
}

/// The commands that a help lists.
fn subcommands(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = lines.take_while(|line| !line.is_empty()).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// What stands under `Examples:`.
fn examples(help: &str) -> &str {
    help.split_once("Examples:").map_or("", |(_, examples)| examples)
}
