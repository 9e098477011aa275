//! Prints shell completions and the manual page.

use clap::CommandFactory;
use clap_complete::Shell;

use super::CommandEnd;
use crate::cli::CommandLine;
use crate::output;

/// Prints the script by which a shell completes commands and options.
pub(crate) fn completions(shell: Shell) -> anyhow::Result<CommandEnd> {
    let mut command = CommandLine::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    output::print(&String::from_utf8(script)?);
    Ok(CommandEnd::Done)
}

/// Prints the manual page: that of the program, and after it those of its commands.
pub(crate) fn manual() -> anyhow::Result<CommandEnd> {
    let mut command = CommandLine::command();
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for part in command.get_subcommands() {
        let part = clap_mangen::Man::new(part.clone());
        part.render_synopsis_section(&mut page)?;
        part.render_description_section(&mut page)?;
        part.render_options_section(&mut page)?;
    }
    output::print(&String::from_utf8(page)?);
    Ok(CommandEnd::Done)
}
