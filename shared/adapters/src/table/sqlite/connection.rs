//! Connections to the file: one thread that writes, and a few that read.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{Semaphore, oneshot};

use super::closing_mark;
use super::error::SqliteError;
use super::schema;
use super::write::WriteConnection;

/// The number of reads at the same time.
const READERS: usize = 4;
/// How long another process, such as a backup, may keep a connection waiting.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long truncating the log waits for readers at a time, while nobody can write.
const SHORT_TIMEOUT: Duration = Duration::from_millis(250);
/// The pause for other writes between two attempts.
const BETWEEN_TRIES: Duration = Duration::from_secs(1);
/// How long it is attempted in all: a backup reads a gigabyte in less than a minute.
const LONGEST_READ: Duration = Duration::from_mins(5);
/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 64;

/// Settings of the connection that writes; [`super::growth`] sets its cache and how long the log grows.
const SETTINGS: &str = "
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA secure_delete = ON;
PRAGMA temp_store = MEMORY;
";
/// The settings of a reader. Its cache is small, as it seldom reads the same again soon.
const READER_SETTINGS: &str = "PRAGMA query_only = ON; PRAGMA cache_size = -4000;";

/// Creates the file where it is absent, for its owner alone; the files that the engine puts beside
/// it get the same permissions.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Opens the file for writing, and creates it where it is absent.
pub(super) fn open(path: &Path) -> Result<Connection, SqliteError> {
    make_private(path).map_err(|error| SqliteError::NoAccess {
        path: path.to_owned(),
        source: Box::new(error),
    })?;
    let of = |error| SqliteError::of(path, error);
    let connection = Connection::open(path).map_err(of)?;
    set_up(&connection, SETTINGS).map_err(of)?;
    schema::prepare(&connection, path)?;
    Ok(connection)
}

/// A database in memory.
pub(super) fn in_memory() -> Result<Connection, SqliteError> {
    let connection = Connection::open_in_memory().map_err(SqliteError::in_memory)?;
    set_up(&connection, "").map_err(SqliteError::in_memory)?;
    schema::prepare(&connection, Path::new(":memory:"))?;
    Ok(connection)
}

fn set_up(connection: &Connection, settings: &str) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.execute_batch(settings)
}

/// Writes the log into the file and truncates it.
pub(super) fn truncate_log(connection: &Connection, path: &Path) -> Result<(), SqliteError> {
    let busy: i64 = connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        .map_err(|error| SqliteError::of(path, error))?;
    if busy == 0 {
        Ok(())
    } else {
        Err(SqliteError::LogInUse {
            path: path.to_owned(),
        })
    }
}

/// Does the same without making writers wait long for readers.
fn truncate_log_quickly(connection: &Connection, path: &Path) -> Result<(), SqliteError> {
    let of = |error| SqliteError::of(path, error);
    connection.busy_timeout(SHORT_TIMEOUT).map_err(of)?;
    let truncated = truncate_log(connection, path);
    connection.busy_timeout(BUSY_TIMEOUT).map_err(of)?;
    truncated
}

type Job = Box<dyn FnOnce(&mut WriteConnection) + Send>;

/// The thread that writes. Once no handle to it is left, it closes the file and ends.
pub(super) struct WriterThread {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    path: PathBuf,
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // If the thread panicked, the caller that waited for it knows already.
            let _ended = thread.join();
            closing_mark::note(&self.path);
        }
    }
}

impl WriterThread {
    pub(super) fn start(connection: WriteConnection, path: &Path) -> Result<Self, SqliteError> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let mut connection = connection;
        let thread = std::thread::Builder::new()
            .name("table-writer".to_owned())
            .spawn(move || {
                for job in queue {
                    job(&mut connection);
                }
            })
            .map_err(|error| SqliteError::NoAccess {
                path: path.to_owned(),
                source: Box::new(error),
            })?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
            path: path.to_owned(),
        })
    }

    /// Runs a job on the thread and waits for it. The job is done completely even if the caller's
    /// future is dropped.
    async fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut WriteConnection) -> T + Send + 'static,
    ) -> Result<T, SqliteError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // The caller may be gone.
            let _gone = answer.send(job(connection));
        });
        let jobs = self.jobs.as_ref().ok_or(SqliteError::Closed)?;
        jobs.send(job).map_err(|_| SqliteError::Closed)?;
        answered.await.map_err(|_| SqliteError::Closed)
    }

    pub(super) async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut WriteConnection) -> rusqlite::Result<T> + Send + 'static,
        path: &Path,
    ) -> Result<T, SqliteError> {
        let changed = self.ask(change).await?;
        changed.map_err(|error| SqliteError::of(path, error))
    }

    /// Writes the log into the file and truncates it. Where another process, such as a backup,
    /// reads the file, it waits for that to end, and others write in between.
    pub(super) async fn truncate_log(&self, path: &Path) -> Result<(), SqliteError> {
        for _ in 0..LONGEST_READ.as_secs() {
            let file = path.to_owned();
            let truncated = self
                .ask(move |connection| truncate_log_quickly(connection.reader(), &file))
                .await?;
            match truncated {
                Err(SqliteError::LogInUse { .. }) => tokio::time::sleep(BETWEEN_TRIES).await,
                done => return done,
            }
        }
        Err(SqliteError::LogInUse {
            path: path.to_owned(),
        })
    }
}

/// Connections that read.
pub(super) struct Readers {
    path: PathBuf,
    permits: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            permits: Arc::new(Semaphore::new(READERS)),
            idle: Arc::default(),
        }
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, SqliteError> {
        let permit = self.permits.clone().acquire_owned().await;
        let permit = permit.map_err(|_| SqliteError::Closed)?;
        let (idle, path) = (self.idle.clone(), self.path.clone());
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let free = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match free {
                Some(connection) => connection,
                None => open_reader(&path)?,
            };
            let found = read(&connection).map_err(|error| SqliteError::of(&path, error));
            let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push(connection);
            found
        });
        done.await.map_err(|_| SqliteError::Closed)?
    }
}

fn open_reader(path: &Path) -> Result<Connection, SqliteError> {
    let of = |error| SqliteError::of(path, error);
    let connection = Connection::open(path).map_err(of)?;
    set_up(&connection, READER_SETTINGS).map_err(of)?;
    Ok(connection)
}
