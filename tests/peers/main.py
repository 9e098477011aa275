"""Sends hooks to `serve`, and receives its notices, as other programs do."""
import datetime
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from aiosmtpd.controller import Controller
from standardwebhooks.webhooks import Webhook

BINARY = sys.argv[1]
SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("ATTENDEE_SYNC_")} | {"NO_PROXY": "127.0.0.1"}


def check(condition: object, what: str) -> None:
    if not condition:
        sys.exit(f"FAILED: {what}")
    print(f"ok: {what}")


def eventually(what: str, holds: Callable[[], object], seconds: float = 30) -> float:
    """Waits until something holds; gives how many seconds that took."""
    begun = time.monotonic()
    while not holds():
        if time.monotonic() - begun > seconds:
            sys.exit(f"FAILED: {what}")
        time.sleep(0.05)
    print(f"ok: {what}")
    return time.monotonic() - begun


class Peers:
    """The registration system, and whoever is told."""

    def __init__(self) -> None:
        self.people: list[dict[str, str]] = []
        self.asked: list[str] = []
        self.fails = False
        self.told: dict[str, list[tuple[dict[str, str], bytes]]] = {}
        self.mails: list[bytes] = []
        peers = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                peers.asked.append(self.path)
                wanted = re.search(r"search=([^&]*)", self.path)
                address = wanted and urllib.request.unquote(wanted[1])
                found = [person for person in peers.people if address in (None, person["email"])]
                self.answer(500 if peers.fails else 200, json.dumps(found).encode())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                peers.told.setdefault(self.path, []).append((headers, body))
                self.answer(200, b"ok")

            def answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.web.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.web.server_port}"

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:
        self.mails.append(envelope.content)
        return "250 OK"


def person(number: int) -> dict[str, str]:
    return {"id": str(number), "email": f"p{number}@example.org", "first": f"P{number}", "last": "Doe"}


def signed(body: bytes, at: datetime.datetime, identity: str = "msg_1") -> dict[str, str]:
    """The headers of a hook, by the official library."""
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(SECRET).sign(identity, at, body.decode()),
        "content-type": "application/json",
    }


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    request = urllib.request.Request(url, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


class Server:
    """`serve`, until it is ended."""

    def __init__(self, data: str, smtp: str) -> None:
        self.process = subprocess.Popen(
            [BINARY, "serve", "--listen", "127.0.0.1:0", "--data-dir", data, "--no-sample", "--allow-private-sources",
             "--smtp", smtp],
            stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
        self.base = re.search(r"http://127\.0\.0\.1:\d+", self.process.stdout.readline())[0]
        with open(f"{data}/token", encoding="utf-8") as file:
            self.token = file.read().strip()

    def ask(self, method: str, path: str, body: object = None) -> object:
        headers = {"Authorization": f"Bearer {self.token}", "content-type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base}/api/v1{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def emails(self) -> set[str]:
        return {attendee["email"] for attendee in self.ask("GET", "/events/devcon/attendees?limit=100")["items"]}

    def end(self, how: int = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        self.process.wait(timeout=30)


def document(peers: Peers) -> dict[str, object]:
    return {
        "community": "acme", "event": "devcon", "name": "DevCon",
        "source": {"url": f"{peers.url}/people", "one_person": {"parameter": "search"}},
        "mapping": {"source_id": "id", "email": "email", "first_name": "first", "last_name": "last"},
        "hook": {"signature": "standard_webhooks", "secret": SECRET, "email": "data.email"},
        "invitations": {"template": {"from": "DevCon <noreply@devcon.example>", "subject": "Welcome",
                                     "body_markdown": "Come"}},
        "notify": [{"to": "mailto:crew@devcon.example"}, {"to": f"{peers.url}/slack", "format": "slack"},
                   {"to": f"{peers.url}/program", "format": "webhook"}],
    }


def main() -> None:
    peers = Peers()
    # Its controller connects to the port that it was told, so it has to be told a free one.
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mail = Controller(peers, hostname="127.0.0.1", port=port)
    mail.start()
    smtp = f"smtp://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as data:
        server = Server(data, smtp)
        try:
            hooks(server, peers)
            server = killed(server, peers, data, smtp)
            notices(server, peers)
        finally:
            server.end()
            mail.stop()
            peers.web.shutdown()


def hooks(server: Server, peers: Peers) -> None:
    peers.people = [person(number) for number in range(3)]
    server.ask("PUT", "/events/devcon/configuration", document(peers))
    run = server.ask("POST", "/events/devcon/runs", {"mode": "sync"})["run"]
    eventually("the first sync ends", lambda: server.ask("GET", f"/runs/{run}")["state"] == "succeeded")
    server.url = server.ask("POST", "/events/devcon/hook")["url"]
    now = datetime.datetime.now(datetime.timezone.utc)
    body = json.dumps({"type": "attendee.created", "data": {"email": "p3@example.org"}}).encode()
    peers.people.append(person(3))
    asked = len(peers.asked)
    check(post(server.url, body, signed(body, now)) == 202, "a hook signed by the official library is taken")
    took = eventually("its attendee is there", lambda: "p3@example.org" in server.emails())
    check(took < 10, f"within seconds ({took:.1f})")
    check(peers.asked[asked:] == ["/people?search=p3%40example.org"], "the source was asked for this person alone")
    forged = signed(body, now) | {"webhook-id": "msg_2"}
    check(post(server.url, body, forged) == 401, "a forged hook is refused")
    old = now - datetime.timedelta(minutes=6)
    check(post(server.url, body, signed(body, old)) == 401, "an old hook is refused")
    check(post(f"{server.url}0", body, signed(body, now)) == 404, "another address is refused")
    large = b'"' + b"x" * (1024 * 1024) + b'"'
    check(post(server.url, large, signed(large, now)) == 413, "a large hook is refused")
    shown = server.ask("GET", "/events/devcon/hook")
    check([row["outcome"] for row in shown["deliveries"]] == ["people"], "the delivery is shown")
    check({row["reason"] for row in shown["refused"]} == {"wrong_signature", "wrong_time", "too_large"}, "and why others were refused")


def killed(server: Server, peers: Peers, data: str, smtp: str) -> Server:
    """A hook that was answered with 202 is read after the next start, also where the process was killed right then."""
    peers.people.append(person(4))
    body = json.dumps({"data": {"email": "p4@example.org"}}).encode()
    url = server.url
    status = post(url, body, signed(body, datetime.datetime.now(datetime.timezone.utc), "msg_4"))
    server.end(signal.SIGKILL)
    check(status == 202, "a hook is taken right before kill -9")
    server = Server(data, smtp)
    server.url = url
    eventually("its attendee is there after the next start", lambda: "p4@example.org" in server.emails())
    return server


def notices(server: Server, peers: Peers) -> None:
    peers.fails = True
    run = server.ask("POST", "/events/devcon/runs", {"mode": "sync"})["run"]
    eventually("a sync fails", lambda: server.ask("GET", f"/runs/{run}")["state"] == "failed", 120)
    eventually("all are told", lambda: peers.mails and len(peers.told) == 2)
    link = f"/events/devcon/runs/{run.split('.')[1]}"
    text = peers.mails[0].decode()
    check("To: crew@devcon.example" in text and "DevCon: The sync is failing" in text, "by mail")
    slack = json.loads(peers.told["/slack"][0][1])
    check(set(slack) == {"text"} and link in slack["text"], "in the shape that Slack takes, with the link to act")
    headers, body = peers.told["/program"][0]
    secret = server.ask("GET", "/events/devcon/notice-secret")["secret"]
    told = Webhook(secret).verify(body, headers)
    check(told["type"] == "event.failing" and told["data"]["link"].endswith(link), "signed, as the official library verifies")
    check(len(peers.mails) == 1 and all(len(each) == 1 for each in peers.told.values()), "once each")


main()
print("all right")
