//! Runs the real binary as a child process, each [`Cli`] with a data directory and secrets of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, SystemTime};

use attendee_sync_testkit::waiting::eventually;
use serde_json::Value;
use tempfile::TempDir;

/// A command on a small feed takes a fraction of a second; one that takes this long hangs.
const PATIENCE: Duration = Duration::from_mins(2);
const PREFIX: &str = "ATTENDEE_SYNC_";

/// The binary and a fresh data directory, which goes when this goes.
#[derive(Debug)]
pub struct TestCli {
    data_dir: TempDir,
    secrets: Vec<(String, String)>,
}

/// What one command gave back.
#[derive(Debug)]
pub struct CliOutcome {
    /// The command, for messages.
    pub command: String,
    /// Exit status: 0 done, 1 failed, 2 wrong usage or configuration, 3 held.
    pub status: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl TestCli {
    /// A data directory in which nothing has happened yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            data_dir: private_dir(),
            secrets: Vec::new(),
        }
    }

    /// Gives later commands the secret that a configuration names `name`.
    #[must_use]
    pub fn with_secret(mut self, name: &str, value: &str) -> Self {
        let variable = format!("{PREFIX}SECRET_{}", name.to_uppercase().replace('-', "_"));
        self.secrets.push((variable, value.to_owned()));
        self
    }

    /// The data directory.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        self.data_dir.path()
    }

    /// Runs a command to its end. `--data-dir`, `--json` and, where the command reads a source,
    /// `--allow-private-sources` are added.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> CliOutcome {
        let mut command = Command::new(binary());
        self.give(&mut command, arguments);
        finish(&mut command, arguments.join(" "))
    }

    /// The same where no file may grow beyond this many kilobytes, as on a disk that is full.
    #[must_use]
    pub fn run_limited(&self, kilobytes: u64, arguments: &[&str]) -> CliOutcome {
        let mut command = limited(kilobytes);
        self.give(&mut command, arguments);
        finish(&mut command, arguments.join(" "))
    }

    /// Begins a command, which the caller ends.
    #[must_use]
    pub fn begin(&self, arguments: &[&str]) -> Child {
        let mut command = Command::new(binary());
        self.give(&mut command, arguments);
        command.spawn().expect("the binary can be started")
    }

    fn give(&self, command: &mut Command, arguments: &[&str]) {
        command
            .args(arguments)
            .arg("--data-dir")
            .arg(self.data_dir())
            .arg("--json");
        if let Some("configure" | "sync" | "preview") = arguments.first().copied() {
            command.arg("--allow-private-sources");
        }
        self.set_environment(command);
    }

    /// Runs a command that must succeed, and gives its JSON document.
    #[must_use]
    pub fn json(&self, arguments: &[&str]) -> Value {
        self.run(arguments).expect_status(0).json()
    }

    /// Starts `serve` on a free port, without the sample, and waits for the line that it prints once it
    /// serves.
    #[must_use]
    pub fn serve(&self) -> Serving {
        self.serve_with(&[])
    }

    /// The same with further arguments.
    #[must_use]
    pub fn serve_with(&self, arguments: &[&str]) -> Serving {
        self.start_serving(Command::new(binary()), arguments)
    }

    /// The same where no file may grow beyond this many kilobytes.
    #[must_use]
    pub fn serve_limited(&self, kilobytes: u64) -> Serving {
        self.start_serving(limited(kilobytes), &[])
    }

    fn start_serving(&self, mut command: Command, arguments: &[&str]) -> Serving {
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--no-sample"])
            .arg("--allow-private-sources")
            .arg("--data-dir")
            .arg(self.data_dir())
            .args(arguments);
        self.set_environment(&mut command);
        let mut child = command
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the binary can be started");
        let mut stdout = BufReader::new(child.stdout.take().expect("standard output is piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("it prints a line");
        let url = line
            .split_whitespace()
            .find(|word| word.starts_with("http://127.0.0.1:"));
        let url = url.unwrap_or_else(|| panic!("no address in {line:?}"));
        let origin = url.split("/sign-in").next().unwrap_or_default().to_owned();
        Serving { child, origin }
    }

    /// What the developer has set for themselves must not reach the child, nor a proxy stand before the fixture.
    fn set_environment(&self, command: &mut Command) {
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with(PREFIX) {
                command.env_remove(name);
            }
        }
        command
            .env("NO_PROXY", "127.0.0.1,localhost")
            .env("no_proxy", "127.0.0.1,localhost")
            .envs(self.secrets.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
    }
}

/// A `serve` that runs; killed when this goes.
#[derive(Debug)]
pub struct Serving {
    child: Child,
    /// Where it serves.
    pub origin: String,
}

impl Serving {
    /// One request of the API; returns the status and all of the answer.
    #[must_use]
    pub fn call(&self, token: &str, method: &str, path: &str, body: &str) -> (u16, String) {
        let host = self.origin.strip_prefix("http://").unwrap_or_default();
        let mut stream = TcpStream::connect(host).expect("it listens");
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: \
             application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        let sent = stream.write_all(request.as_bytes());
        sent.expect("a request can be sent");
        let mut answer = String::new();
        let read = stream.read_to_string(&mut answer);
        read.expect("an answer can be read");
        let status = answer.split(' ').nth(1).and_then(|word| word.parse().ok());
        (status.expect("an answer has a status"), answer)
    }

    /// Tells it to end, as a service manager does, and waits until it has; gives its exit status.
    #[must_use]
    pub fn end(mut self) -> i32 {
        let told = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        assert!(told.expect("kill can be run").success());
        let mut ended = None;
        eventually("`serve` ends", || {
            ended = self.child.try_wait().expect("the child can be waited for");
            ended.is_some()
        });
        let status = ended.expect("it has ended");
        let code = status.code();
        code.unwrap_or_else(|| panic!("`serve` was ended: {status}"))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

impl Default for TestCli {
    fn default() -> Self {
        Self::new()
    }
}

impl CliOutcome {
    /// The one JSON document on standard output.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            panic!("standard output is not one JSON document ({error})\n{self}")
        })
    }

    /// Fails the test when the command ended with another status.
    #[must_use]
    pub fn expect_status(self, status: i32) -> Self {
        assert_eq!(self.status, status, "exit status\n{self}");
        self
    }
}

impl std::fmt::Display for CliOutcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            command,
            status,
            stdout,
            stderr,
        } = self;
        write!(
            f,
            "`attendee-sync {command}` ended with {status}\nstandard output:\n{stdout}\nstandard error:\n{stderr}"
        )
    }
}

/// Waits for both outputs to close, which they do when the child ends.
fn finish(command: &mut Command, name: String) -> CliOutcome {
    let mut child = command.spawn().expect("the binary can be started");
    let stdout = read_aside(child.stdout.take().expect("standard output is piped"));
    let stderr = read_aside(child.stderr.take().expect("standard error is piped"));
    let stdout = wait_for(&stdout, &mut child, &name);
    let stderr = wait_for(&stderr, &mut child, &name);
    let status = child.wait().expect("the child can be waited for");
    CliOutcome {
        command: name,
        status: status.code().unwrap_or(-1),
        stdout,
        stderr,
    }
}

/// The binary, started by a shell that limits the size of files. A write beyond it fails and ends nobody.
fn limited(kilobytes: u64) -> Command {
    let mut command = Command::new("sh");
    // In units of 512 bytes (POSIX, "ulimit").
    let script = format!(
        "trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"",
        2 * kilobytes
    );
    command.arg("-c").arg(script).arg(binary());
    command
}

fn read_aside(mut stream: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

fn wait_for(output: &mpsc::Receiver<String>, child: &mut Child, name: &str) -> String {
    output.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        let _ = child.kill();
        panic!("`attendee-sync {name}` did not end within {PATIENCE:?}")
    })
}

/// A directory that others cannot get into, as the program would warn of one that they can.
fn private_dir() -> TempDir {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder
        .tempdir()
        .expect("a temporary directory can be made")
}

/// Returns the program to test: `ATTENDEE_SYNC_BIN`, or the newer of the release and the debug build, in the target
/// directory of this test or in that of the workspace.
#[must_use]
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os(format!("{PREFIX}BIN")) {
        return PathBuf::from(path);
    }
    let test = std::env::current_exe().expect("a test knows where it runs from");
    let own_target = test.ancestors().nth(3);
    let workspace_target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    let name = format!("attendee-sync{}", std::env::consts::EXE_SUFFIX);
    let newest = own_target
        .into_iter()
        .chain([workspace_target.as_path()])
        .flat_map(|target| ["release", "debug"].map(|profile| target.join(profile).join(&name)))
        .filter_map(|path| Some((built_at(&path)?, path)))
        .max();
    let Some((_, path)) = newest else {
        panic!(
            "there is no `attendee-sync` to test: build it with `cargo build`, or name it in {PREFIX}BIN"
        )
    };
    path
}

fn built_at(path: &Path) -> Option<SystemTime> {
    path.metadata().ok()?.modified().ok()
}
