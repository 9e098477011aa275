"""What people and apps ask a started server with one large event: alone, and while it is asked much."""
import concurrent.futures
import http.client
import json
import os
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.parse
import urllib.request

import feed
import programs

# Access checks a second, for so many seconds, while somebody looks at lists all the time.
RATE, SECONDS = 200, 20
CONNECTIONS = 16


def spread(times):
    times = sorted(times)
    return {"middle": statistics.median(times), "p99": times[len(times) * 99 // 100], "count": len(times)}


def milliseconds(ask, often):
    times = []
    for _ in range(often):
        began = time.monotonic()
        ask()
        times.append((time.monotonic() - began) * 1000)
    return spread(times)


class Asker:
    """Somebody who is signed in, and a program with the owner's token."""

    def __init__(self, base, secret, token):
        self.base, self.token = base, token
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        self.opener.open(f"{base}/sign-in?token={secret}").read()

    def page(self, path):
        return lambda: self.opener.open(f"{self.base}{path}").read()

    def form(self, words):
        shown = self.page("/events/bench")().decode()
        csrf = shown.split('name="csrf" value="')[1].split('"')[0]
        fields = urllib.parse.urlencode({"csrf": csrf, "search": words}).encode()
        return lambda: self.opener.open(f"{self.base}/events/bench", fields).read()

    def api(self, path):
        request = urllib.request.Request(f"{self.base}/api/v1{path}", headers={"Authorization": f"Bearer {self.token}"})
        return lambda: urllib.request.urlopen(request).read()


def alone(asker, count):
    asked = {
        "list page by name": asker.page("/events/bench"),
        "list page by company, from the greatest": asker.page("/events/bench?sort=-company"),
        "list page of a group": asker.page("/events/bench?group=vip"),
        "search by part of a name": asker.form(f"last{count // 7}"),
        "search that finds most": asker.form("last"),
        "API: search": asker.api("/events/bench/attendees?search=first77&sort=name&limit=100"),
        "API: list as stored": asker.api("/events/bench/attendees?limit=100"),
        "API: access check": asker.api(f"/events/bench/access/person.{count // 3}@example.org"),
        "groups": asker.page("/events/bench/groups"),
    }
    return {name: milliseconds(ask, 1_000 if "access" in name else 30) for name, ask in asked.items()}


def under_load(asker, count):
    """Access checks at a fixed rate, each timed from when it was due, not from when its turn came."""
    address = urllib.parse.urlparse(asker.base)
    local = threading.local()

    def check(number, due):
        time.sleep(max(0.0, due - time.monotonic()))
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection(address.hostname, address.port)
        path = f"/api/v1/events/bench/access/person.{number * 7919 % count}@example.org"
        local.connection.request("GET", path, headers={"Authorization": f"Bearer {asker.token}"})
        answer = local.connection.getresponse()
        body = json.loads(answer.read())
        if answer.status != 200 or body["allowed"] is not True:
            raise RuntimeError(f"{path}: {answer.status} {body}")
        return (time.monotonic() - due) * 1000

    ended = threading.Event()
    lists = []

    def look():
        shown = [asker.page("/events/bench"), asker.page("/events/bench?sort=-company"), asker.form("last")]
        while not ended.is_set():
            for ask in shown:
                began = time.monotonic()
                ask()
                lists.append((time.monotonic() - began) * 1000)
                # Somebody reads what they see.
                time.sleep(0.2)

    somebody = threading.Thread(target=look)
    somebody.start()
    try:
        begin = time.monotonic() + 0.5
        with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
            times = list(pool.map(lambda n: check(n, begin + n / RATE), range(RATE * SECONDS)))
    finally:
        ended.set()
        somebody.join()
    return {f"access check at {RATE}/s": spread(times), "list pages and searches beside it": spread(lists)}


def measure(count):
    result = {"attendees": count}
    with tempfile.TemporaryDirectory() as data:
        with feed.serving(count) as (base, _):
            programs.configure(data, f"{base}/0?page=0")
            programs.sync(data, {"added": count})
        command = [programs.BINARY, "--data-dir", data, "serve", "--no-sample", "--listen", "127.0.0.1:0"]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            base, secret = server.stdout.readline().split()[-1].split("/sign-in?token=")
            with open(os.path.join(data, "token"), encoding="utf-8") as file:
                asker = Asker(base, secret, file.read().strip())
            began = time.monotonic()
            asker.page("/events/bench")()
            result["first page after the start, s"] = time.monotonic() - began
            while "The list is being read in" in asker.page("/events/bench")().decode():
                if time.monotonic() - began > 120:
                    raise RuntimeError("the lists were not read in within two minutes")
                time.sleep(0.5)
            result["lists read in, s"] = time.monotonic() - began
            result["milliseconds"] = alone(asker, count) | under_load(asker, count)
            with open(f"/proc/{server.pid}/status", encoding="utf-8") as file:
                peak = next(line for line in file if line.startswith("VmHWM"))
            result["peak MiB"] = int(peak.split()[1]) / 1024
        finally:
            server.terminate()
            server.wait()
    print(f"{count} attendees, peak {result['peak MiB']:.0f} MiB, ms: middle, 99th percentile")
    for name, times in result["milliseconds"].items():
        print(f"{name:42} {times['middle']:8.1f} {times['p99']:8.1f}  of {times['count']}")
    return result
