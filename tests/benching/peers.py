"""What a user would pick instead, on the same feed: dlt into DuckDB and into PostgreSQL.

dlt comes, pinned, into tests/.tools, and PostgreSQL from Debian's package; each sync is a process of its own, as
ours is. Their pipeline reads page by page, keeps one row an attendee (and one for each of their groups), and merges
by the record's id. It has no users, logs, invitations or fingerprints.
"""
import contextlib
import glob
import os
import subprocess
import sys
import tempfile

import programs

DLT = "1.31.0"
TOOLS = os.path.join(programs.ROOT, "tests/.tools")
PIPELINE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "dlt_pipeline.py")


def python():
    """The Python that has dlt; made where it is absent."""
    folder = os.path.join(TOOLS, f"dlt-{DLT}")
    made = os.path.join(folder, "bin/python")
    if not os.path.exists(os.path.join(folder, "complete")):
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([made, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                        f"dlt[duckdb,postgres]=={DLT}", "pyarrow"], check=True)
        open(os.path.join(folder, "complete"), "w", encoding="utf-8").close()
    return made


def sync(url, folder, destination):
    """One sync by dlt into this folder's database; its figures."""
    environment = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}
    os.environ.update(environment)
    return programs.timed(python(), PIPELINE, url, folder, destination)[1]


def database(address, number):
    """A new database of the server, by its address."""
    name = f"bench{number}"
    subprocess.run(["psql", "--quiet", address, "-c", f"CREATE DATABASE {name}"], check=True)
    return address.rpartition("/")[0] + f"/{name}"


@contextlib.contextmanager
def postgres():
    """A PostgreSQL server of our own on a free port; gives its address."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    if not found:
        subprocess.run(["apt-get", "install", "-y", "-qq", "postgresql"], check=True, stdout=subprocess.DEVNULL)
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    binaries = os.path.dirname(found[-1])
    # It does not run as root.
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        data = os.path.join(folder, "data")
        run = lambda *words: subprocess.run([*as_user, *words], check=True, stdout=subprocess.DEVNULL, cwd=folder)
        run(f"{binaries}/initdb", "-D", data, "-A", "trust", "-U", "bench")
        port = programs.free_port()
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
        run(f"{binaries}/pg_ctl", "-D", data, "-o", options, "-l", os.path.join(folder, "log"), "-w", "start")
        try:
            yield f"postgresql://bench:bench@127.0.0.1:{port}/postgres"
        finally:
            run(f"{binaries}/pg_ctl", "-D", data, "-m", "fast", "-w", "stop")
