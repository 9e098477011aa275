"""Builds and starts the programs that are measured; what they took says the operating system."""
import json
import os
import socket
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
BINARY = os.path.join(TARGET, "release/attendee-sync")
FLOOR = os.path.join(TARGET, "release/floor")


def build():
    subprocess.run(["cargo", "build", "--release", "--locked", "-q"], cwd=ROOT, check=True)
    subprocess.run(["cargo", "build", "--release", "--locked", "-q", "-p", "attendee-sync-tests", "--bin", "floor"],
                   cwd=ROOT, check=True)


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def costs(counts):
    """Units, requests and dollars of runs in the cloud, as `costs` counts them."""
    command = ["cargo", "run", "--release", "--locked", "-q", "-p", "attendee-sync-tests", "--bin", "costs", "--", "--json"]
    return json.loads(subprocess.run([*command, *counts], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)


def timed(*arguments):
    """Runs a command; its output, with the wall and CPU seconds and the peak MiB that it took."""
    start = time.monotonic()
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{arguments} ended with {process.returncode}: {output.decode()}")
    return output, {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "mib": usage.ru_maxrss / 1024}


def configure(data, url, event="bench"):
    document = {
        "community": "bench", "event": event, "name": "Bench",
        "source": {"url": url, "records": "$.results[*]", "pagination": {"type": "next_link", "path": "next"},
                   "limits": {"requests_per_minute": 100000}},
        "mapping": {"source_id": "id", "email": "email", "title": "title", "first_name": "first", "last_name": "last",
                    "job_title": "job", "company": "company", "country": "country", "biography": "bio",
                    "groups": "tags", "digital_badge": "badge"}}
    path = os.path.join(data, "event.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file)
    timed(BINARY, "--data-dir", data, "configure", path, "--allow-private-sources")


def sync(data, expected):
    """One sync, a process of its own; ends the bench where it did something else than `expected`."""
    output, figures = timed(BINARY, "--data-dir", data, "--json", "sync", "bench", "--allow-private-sources")
    summary = json.loads(output)
    for key, value in expected.items():
        if summary[key] != value:
            sys.exit(f"expected {key} {value}: {summary}")
    return figures
