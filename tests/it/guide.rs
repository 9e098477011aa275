//! Every command of the guide is run as it is printed, and answers as the guide shows.
//!
//! Blocks of a page that are marked `console` are one session in an empty folder: `$ ` begins a command,
//! the lines below are its output. In what is shown, `…` stands for anything; times and numbers with a
//! point are not compared, and neither is the order of lines. `attendee-sync serve` goes on beside the
//! commands after it. Files are blocks that the line above names ("…, as `devcon.toml`:").

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use attendee_sync_testkit::waiting::eventually;
use attendee_sync_tests::binary;
use tempfile::TempDir;

use crate::documents::{pages, read, root};

/// Where the registration system of the guide listens.
const REGISTRATION: &str = "8099";
/// Where `serve` listens, unless it is told otherwise.
const CONSOLE: &str = "8080";

/// One command of a page.
#[derive(Debug)]
struct GuideStep {
    command: String,
    shown: Vec<String>,
}

/// A block of a page, with the line above it.
struct Block {
    kind: String,
    above: String,
    lines: Vec<String>,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut within = false;
    let mut above = "";
    for line in page.lines() {
        if let Some(kind) = line.strip_prefix("```") {
            within = !within;
            if within {
                blocks.push(Block {
                    kind: kind.to_owned(),
                    above: above.to_owned(),
                    lines: Vec::new(),
                });
            }
        } else if within {
            let block = blocks.last_mut().expect("a block was begun");
            block.lines.push(line.to_owned());
        } else if !line.is_empty() {
            above = line;
        }
    }
    blocks
}

impl Block {
    /// Returns the name of the file that the block is the text of, if it is one.
    fn file(&self) -> Option<&str> {
        let (_, named) = self.above.split_once(", as `")?;
        named.split('`').next()
    }

    fn steps(&self) -> Vec<GuideStep> {
        let mut steps: Vec<GuideStep> = Vec::new();
        for line in &self.lines {
            if let Some(command) = line.strip_prefix("$ ") {
                steps.push(GuideStep {
                    command: command.to_owned(),
                    shown: Vec::new(),
                });
                continue;
            }
            let step = steps.last_mut().expect("a block begins with a command");
            if step.shown.is_empty() && step.command.ends_with('\\') {
                step.command.push('\n');
                step.command.push_str(line);
            } else if !line.trim().is_empty() {
                step.shown.push(line.clone());
            }
        }
        steps
    }
}

/// A folder to type commands in, and what was started in it.
struct GuideSession {
    folder: TempDir,
    environment: BTreeMap<String, String>,
    registration: String,
    console: Option<String>,
    running: Vec<Child>,
}

impl GuideSession {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let programs = folder.path().join("programs");
        fs::create_dir(&programs).unwrap();
        symlink(binary(), programs.join("attendee-sync")).unwrap();
        let mut private = fs::DirBuilder::new();
        private
            .mode(0o700)
            .create(folder.path().join("work"))
            .unwrap();
        Self {
            folder,
            environment: BTreeMap::new(),
            registration: free_port(),
            console: None,
            running: Vec::new(),
        }
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Returns a text of the guide with the ports of this session.
    fn here(&self, text: &str) -> String {
        let text = text.replace(REGISTRATION, &self.registration);
        match &self.console {
            Some(console) => text.replace(CONSOLE, console),
            None => text,
        }
    }

    fn shell(&self, line: &str) -> Command {
        let mut shell = Command::new("sh");
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("ATTENDEE_SYNC_") {
                shell.env_remove(name);
            }
        }
        let path = std::env::var("PATH").unwrap_or_default();
        let programs = self.folder.path().join("programs");
        shell
            .args(["-c", line])
            .current_dir(self.work())
            .env("PATH", format!("{}:{path}", programs.display()))
            .env("NO_PROXY", "127.0.0.1,localhost")
            .env("no_proxy", "127.0.0.1,localhost")
            .envs(&self.environment)
            .stdin(Stdio::null());
        shell
    }

    fn write(&self, name: &str, block: &Block) {
        let text = self.here(&block.lines.join("\n"));
        fs::write(self.work().join(name), text).unwrap();
    }

    /// Starts the registration system of the guide, and waits until it listens.
    fn start_registration(&mut self, program: &str) {
        let child = self
            .shell(&format!("exec python3 {program}"))
            .stderr(Stdio::null())
            .spawn();
        self.running.push(child.expect("Python 3 is there"));
        let address = format!("127.0.0.1:{}", self.registration);
        let child = self.running.last_mut().unwrap();
        eventually("the registration system listens", || {
            assert!(child.try_wait().unwrap().is_none(), "{program} ended");
            std::net::TcpStream::connect(&address).is_ok()
        });
    }

    /// Starts `serve` on a free port, and waits for the line that it prints.
    fn serve(&mut self, command: &str) {
        let line = format!("exec {command} --listen 127.0.0.1:0");
        let mut child = self.shell(&line).stdout(Stdio::piped()).spawn().unwrap();
        let mut printed = String::new();
        let output = child.stdout.take().expect("standard output is piped");
        BufReader::new(output).read_line(&mut printed).unwrap();
        self.running.push(child);
        assert!(printed.contains("/sign-in"), "{command}: {printed}");
        let port = printed.split("127.0.0.1:").nth(1);
        self.console = port
            .and_then(|rest| rest.split('/').next())
            .map(str::to_owned);
    }

    fn take(&mut self, page: &str, step: &GuideStep) {
        let command = self.here(&step.command);
        if let Some(setting) = command.strip_prefix("export ") {
            let (name, value) = setting.split_once('=').expect("a setting has a value");
            let value = value.trim_matches('\'').to_owned();
            self.environment.insert(name.to_owned(), value);
            return;
        }
        if command == "attendee-sync serve" {
            return self.serve(&command);
        }
        let line = format!("{{ {command}\n}} 2>&1");
        let output = self.shell(&line).output().expect("a shell can be started");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        if step.shown.is_empty() {
            assert!(output.status.success(), "{page}: {command}\n{printed}");
            return;
        }
        let mut left: Vec<_> = printed.lines().map(compared).collect();
        left.retain(|line| !line.is_empty());
        for line in &step.shown {
            let wanted = compared(&self.here(line));
            let found = left.iter().position(|line| fits(&wanted, line));
            let Some(found) = found else {
                panic!("{page}: {command}\nlacks: {line}\nprints:\n{printed}")
            };
            left.remove(found);
        }
        assert!(
            left.is_empty(),
            "{page}: {command}\nprints also: {left:#?}\nin:\n{printed}"
        );
    }
}

impl Drop for GuideSession {
    fn drop(&mut self) {
        for child in &mut self.running {
            let _ended = child.kill();
            let _status = child.wait();
        }
    }
}

/// Returns a free port of four digits, so that answers with it in them are as long as the guide says.
fn free_port() -> String {
    (8100..9999)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a port is free")
        .to_string()
}

/// Returns a line of output without what differs from one time to the next.
fn compared(line: &str) -> String {
    line.split_whitespace()
        .map(|word| {
            let has_digit = word.contains(|c: char| c.is_ascii_digit());
            let is_date = word.len() == 10 && word.matches('-').count() == 2;
            let is_time = word.ends_with('Z') && word.matches(':').count() == 2;
            let is_measured = word.contains('.') && word.parse::<f64>().is_ok();
            if has_digit && (is_date || is_time || is_measured) {
                "#"
            } else {
                word
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether a line is as shown, where `…` stands for anything.
fn fits(shown: &str, line: &str) -> bool {
    let mut parts = shown.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Types the commands of a page in an empty folder.
fn type_in(page: &str) -> usize {
    let mut session = GuideSession::new();
    let mut typed = 0;
    if page.starts_with("examples/") {
        for entry in fs::read_dir(root().join("examples")).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, session.work().join(path.file_name().unwrap())).unwrap();
        }
    }
    for block in blocks(&read(page)) {
        if let Some(name) = block.file() {
            session.write(name, &block);
            if Path::new(name).extension().is_some_and(|end| end == "py") {
                session.start_registration(name);
            }
        } else if block.kind == "console" {
            for step in block.steps() {
                session.take(page, &step);
                typed += 1;
            }
        }
    }
    typed
}

#[test]
fn every_command_of_the_guide_answers_as_the_guide_shows() {
    let typed: BTreeMap<_, _> = pages()
        .into_iter()
        .map(|page| (type_in(&page), page))
        .filter(|(typed, _)| *typed > 0)
        .map(|(typed, page)| (page, typed))
        .collect();
    assert!(typed.values().sum::<usize>() > 20, "{typed:?}");
}

/// Commands that need a compiler, a cloud account or a browser are blocks marked `sh`: what they start is there,
/// and `attendee-sync` is not among them.
#[test]
fn other_commands_name_programs_that_are_there() {
    let elsewhere = ["cargo", "sam", "aws", "git"];
    for page in pages() {
        let all = blocks(&read(&page));
        for block in all.iter().filter(|block| block.kind == "sh") {
            for line in &block.lines {
                let program = line.split_whitespace().next().unwrap_or_default();
                let is_continued = line.starts_with(' ');
                let is_set = program.contains('=');
                let is_defined = |of: &Block| {
                    let name = format!("{}()", program.trim_end_matches("()"));
                    of.kind == "sh" && of.lines.iter().any(|line| line.starts_with(&name))
                };
                let known = elsewhere.contains(&program)
                    || root().join(program).exists()
                    || (is_continued || is_set || all.iter().any(is_defined));
                assert!(known, "{page}: {line}");
            }
        }
    }
}
