#!/usr/bin/env python3
"""Starts the single-machine edition as a newcomer would, and as a power cut would leave it.

1. `serve` on an empty data directory: one line with a sign-in URL; sign in, press "Sync attendees
   now" in the sample event, see 500 people; press it again, see adds, updates and a removal; invite
   all of them, find the mails in the folder, unsubscribe one.
2. A second process on the same data directory is told who has it.
3. `sync` of a large feed is killed with SIGKILL at several moments; `serve` lets another run follow by
   itself, the counts of all of them are those of the feed, and so are the attendees.

Everything is on loopback, bounded, and ends with the script.
"""
import http.cookiejar
import http.server
import json
import os
import re
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

BINARY = os.path.abspath(sys.argv[1])
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("ATTENDEE_SYNC_")}
ENVIRONMENT["NO_PROXY"] = "127.0.0.1"
PASSED = 0


def check(condition, what):
    global PASSED
    if not condition:
        sys.exit(f"FAILED: {what}")
    PASSED += 1
    print(f"ok: {what}")


def command(data, *arguments, ok=True):
    done = subprocess.run(
        [BINARY, "--data-dir", data, "--json", *arguments],
        capture_output=True, text=True, timeout=300, env=ENVIRONMENT, check=False)
    if ok and done.returncode != 0:
        sys.exit(f"FAILED: {arguments}: {done.returncode} {done.stderr}")
    return done


class Server:
    """`serve`, until it is ended."""

    def __init__(self, data, *arguments):
        self.process = subprocess.Popen(
            [BINARY, "serve", "--listen", "127.0.0.1:0", "--data-dir", data, *arguments],
            stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
        line = self.process.stdout.readline()
        found = re.search(r"(http://127\.0\.0\.1:\d+)(/sign-in\S*)", line)
        check(found, "it prints one line with a sign-in URL")
        self.base = found.group(1)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self.open = lambda path, data=None: opener.open(self.base + path, data, timeout=30).read().decode()
        self.home = self.open(found.group(2))
        self.token = open(os.path.join(data, "token"), encoding="ascii").read().strip()

    def api(self, path, method="GET", body=None):
        request = urllib.request.Request(
            self.base + "/api/v1" + path, method=method, data=body and json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            return json.load(answer)

    def newest_run(self, event, number):
        """The run of this number, once it is over."""
        for _ in range(600):
            runs = self.api(f"/events/{event}/runs")["items"]
            if runs and runs[0]["run"] == f"{event}.{number}" and runs[0]["state"] in ("succeeded", "failed", "held"):
                return runs[0]
            time.sleep(0.1)
        sys.exit(f"FAILED: run {number} of {event} does not end: {runs[:1]}")

    def runs_that_ended(self, event):
        """All runs, once none is under way; the newest first."""
        for _ in range(600):
            runs = self.api(f"/events/{event}/runs")["items"]
            if runs and all(run["state"] in ("succeeded", "failed", "held", "interrupted") for run in runs):
                return runs
            time.sleep(0.1)
        sys.exit(f"FAILED: a run of {event} does not end: {runs[:1]}")

    def press(self, event, label):
        """Sends the form that has a button with this label."""
        page = self.open(f"/events/{event}")
        for form in re.findall(r"<form.*?</form>", page, re.S):
            if label in form:
                action = re.search(r'action="([^"]+)"', form).group(1)
                fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form))
                return self.open(action, urllib.parse.urlencode(fields).encode())
        sys.exit(f"FAILED: no button {label!r}")

    def end(self):
        self.process.terminate()
        check(self.process.wait(timeout=30) == 0, "it ends when it is told to")


def newcomer():
    with tempfile.TemporaryDirectory() as data:
        server = Server(data)
        check("Sample event" in server.home, "the page that opens shows the sample event")
        server.press("sample-event", "Sync attendees now")
        first = server.newest_run("sample-event", 1)
        check(first["state"] == "succeeded", "the first sync succeeds")
        check(first["records_read"] >= 500 and first["added"] > 450, f"it adds the sample's people ({first['added']})")
        server.press("sample-event", "Sync attendees now")
        second = server.newest_run("sample-event", 2)
        check(second["added"] > 0 and second["updated"] > 0 and second["removed"] > 0,
              f"the second shows {second['added']} added, {second['updated']} updated, {second['removed']} removed")
        page = server.open("/events/sample-event")
        check("@example." in page, "the attendees are on the page")
        invite(server)
        refused = command(data, "sync", "sample-event", ok=False)
        check(refused.returncode == 1 and server.base in refused.stderr,
              "a second process is told who has the data directory")
        server.end()
        attendees = json.loads(command(data, "attendees", "sample-event").stdout)["items"]
        check(len(attendees) > 450, f"the command line lists {len(attendees)} attendees")


def invite(server):
    """Switches invitations on, invites who came in before, and unsubscribes one of them by their link."""
    event = "/events/sample-event"
    document = server.api(f"{event}/configuration")
    document["invitations"]["enabled"] = True
    server.api(f"{event}/configuration", "PUT", document)
    waiting = server.api(f"{event}/invitations")["states"]["none"]
    check(waiting > 450, f"switched on, it invites none of the {waiting} who came in before")
    asked = server.api(f"{event}/invitations", "POST", {"to": "not_invited", "at_most": waiting})
    check(asked["queued"] == waiting, "asked to, it invites them")
    for _ in range(600):
        if server.api(f"{event}/invitations")["states"]["sent"] == waiting:
            break
        time.sleep(0.1)
    else:
        sys.exit("FAILED: the mails do not go out")
    mail = server.api("/mail?limit=1")["items"][0]
    text = server.api(f"/mail/{mail['name']}")["text"]
    link = re.search(r"Unsubscribe: (\S+)", text).group(1)
    stranger = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    stranger.open(link, b"List-Unsubscribe=One-Click", timeout=30).read()
    suppressed = server.api("/communities/sample/suppressions")["items"]
    check([entry["reason"] for entry in suppressed] == ["unsubscribe"] and suppressed[0]["email"] in mail["to"],
          "the mails are in the folder, and the link in one unsubscribes")


class Feed(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Serves 30,000 people as one list."""
    daemon_threads = True

    def __init__(self):
        people = [{"id": n, "email": f"p{n}@example.org", "first": f"First{n}", "last": f"Last{n}",
                   "groups": ["A" if n % 2 else "B"], "bio": "x" * 300} for n in range(30_000)]
        self.body = json.dumps(people).encode()
        super().__init__(("127.0.0.1", 0), FeedHandler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class FeedHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        try:
            self.wfile.write(self.server.body)
        except OSError:
            pass  # The reader was killed.

    def log_message(self, *_):
        pass


def killed():
    feed = Feed()
    with tempfile.TemporaryDirectory() as data:
        document = {
            "community": "acme", "event": "big", "name": "Big",
            "source": {"url": f"http://127.0.0.1:{feed.server_port}/"},
            "mapping": {"source_id": "id", "email": "email", "first_name": "first", "last_name": "last",
                        "biography": "bio", "groups": "groups"}}
        path = os.path.join(data, "big.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(document, file)
        command(data, "configure", path, "--allow-private-sources")
        killed_in_mid_sync = 0
        for delay in (0.15, 0.4, 0.8, 1.2):
            process = subprocess.Popen(
                [BINARY, "--data-dir", data, "sync", "big", "--allow-private-sources"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
            time.sleep(delay)
            killed_in_mid_sync += process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.wait()
        check(killed_in_mid_sync > 0, f"killed {killed_in_mid_sync} times in mid-sync")
        server = Server(data, "--no-sample", "--allow-private-sources")
        runs = server.runs_that_ended("big")
        states = [run["state"] for run in runs]
        check(states[0] == "succeeded" and set(states[1:]) <= {"interrupted"},
              f"started again, another run follows by itself: {states}")
        for run in runs:
            parts = sum(run[k] for k in ("added", "updated", "unchanged", "removed", "rejected", "ignored"))
            check(parts == run["records_read"], f"{run['run']}: {run['added']} added of {run['records_read']}")
        check(sum(run["added"] for run in runs) == runs[0]["records_read"] == 30_000, "each is counted as added once")
        server.end()
        attendees = json.loads(command(data, "attendees", "big").stdout)["items"]
        check({a["email"] for a in attendees} == {f"p{n}@example.org" for n in range(30_000)},
              "all attendees are there, once")
        groups = {g["name"]: g["members"] for g in json.loads(command(data, "groups", "acme").stdout)["items"]}
        check(groups == {"A": 15_000, "B": 15_000}, f"the groups are filled: {groups}")
        again = json.loads(command(data, "sync", "big", "--allow-private-sources").stdout)
        check(again["unchanged"] == 30_000, "the next sync changes nothing")


newcomer()
killed()
print(f"{PASSED} passed, 0 failed")
