"""Signs people in at an identity provider that others wrote: oidc-provider, which is certified for OpenID Connect."""
import html
import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

BINARY, PROVIDER = sys.argv[1:]
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("ATTENDEE_SYNC_")} | {"NO_PROXY": "127.0.0.1"}
CHALLENGE = "code_challenge=[^&]*"


def check(condition: object, what: str) -> None:
    if not condition:
        sys.exit(f"FAILED: {what}")
    print(f"ok: {what}")


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


class Page:
    """An answer: where it is, and what it says."""

    def __init__(self, url: str, status: int, location: str | None, body: str) -> None:
        self.url, self.status, self.body = url, status, body
        self.location = urllib.parse.urljoin(url, location) if location else None

    def refresh(self) -> str:
        """Where a page leads that leads on by itself."""
        found = re.search(r'http-equiv="refresh" content="0; url=([^"]*)"', self.body)
        return urllib.parse.urljoin(self.url, html.unescape(found[1])) if found else ""

    def form(self, typed: dict[str, str]) -> tuple[str, dict[str, str]]:
        """Where the last form of the page is sent, and what it says."""
        form = re.findall(r"<form.*?</form>", self.body, re.DOTALL)[-1]
        fields = {}
        for tag in re.findall(r"<(?:input|button)[^>]*>", form):
            attributes = {name: html.unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
            if "name" in attributes:
                fields[attributes["name"]] = attributes.get("value", "")
        action = re.search(r'action="([^"]*)"', form)
        return urllib.parse.urljoin(self.url, html.unescape(action[1])), fields | typed


class Browser:
    """Keeps cookies, and goes where it is told."""

    def __init__(self) -> None:
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(NoRedirect, jar, urllib.request.ProxyHandler({}))

    def ask(self, url: str, fields: dict[str, str] | None = None) -> Page:
        data = urllib.parse.urlencode(fields).encode() if fields is not None else None
        try:
            answer = self.opener.open(urllib.request.Request(url, data), timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return Page(url, answer.status, answer.headers.get("location"), answer.read().decode())

    def follow(self, url: str, until: str) -> Page:
        """Follows redirects, up to one that leads to an address that begins so, which is not followed."""
        page = self.ask(url)
        while page.location and not page.location.startswith(until):
            page = self.ask(page.location)
        return page

    def at_provider(self, url: str, who: str, callback: str) -> str:
        """Signs in at the provider and agrees. Gives the address to which it sends back."""
        page = self.follow(url, callback)
        while not page.location:
            action, fields = page.form({"login": who, "password": "any"} if "password" in page.body else {})
            page = self.ask(action, fields)
            if page.location and not page.location.startswith(callback):
                page = self.follow(page.location, callback)
        return page.location


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def play(base: str) -> None:
    callback = f"{base}/sign-in/organisation/callback"
    browser = Browser()
    page = browser.ask(f"{base}/sign-in?next=%2Faccount")
    check("Sign in with your organisation" in page.body, "the sign-in offers the organisation")
    there = browser.ask(f"{base}/sign-in/organisation?next=%2Faccount").location
    check("code_challenge_method=S256" in there, "the browser is sent with a challenge")
    back = browser.at_provider(there, "carol", callback)
    page = browser.ask(back)
    check(page.status == 200 and page.refresh() == f"{base}/account", f"signed in, and led on: {page.status}")
    account = browser.ask(page.refresh())
    check("carol" in account.body.lower() and "acme" in account.body, "with the roles of the claim")
    check(browser.ask(back).status == 400, "the same answer opens nothing again")

    csrf = re.search(r'name="csrf" value="([^"]*)"', account.body)[1]
    out = browser.ask(f"{base}/sign-out", {"csrf": csrf})
    check("id_token_hint=" in out.refresh(), "signing out leads to the provider's own sign-out")
    page = browser.follow(out.refresh(), base)
    action, fields = page.form({"logout": "yes"})
    page = browser.ask(action, fields)
    while page.location and not page.location.startswith(base):
        page = browser.ask(page.location)
    check(page.location == f"{base}/sign-in", f"which leads back: {page.location}")
    check(browser.ask(f"{base}/account").location == f"{base}/sign-in?next=%2Faccount", "and here nobody is signed in")
    there = browser.ask(f"{base}/sign-in/organisation").location
    check("password" in browser.follow(there, callback).body, "nor there")

    other = Browser()
    there = other.ask(f"{base}/sign-in/organisation").location
    back = other.at_provider(re.sub(CHALLENGE, "code_challenge=" + "A" * 43, there), "carol", callback)
    page = other.ask(back)
    check(page.status == 401 and "no longer accepts this sign-in" in page.body, f"the provider verifies the challenge: {page.status}")
    there = other.ask(f"{base}/sign-in/organisation").location
    page = other.follow(re.sub(CHALLENGE + "&?", "", there), callback)
    check(page.location and "error=invalid_request" in page.location, "and asks for one")
    page = other.ask(page.location)
    check(page.status == 502 and "does not accept this installation" in page.body, "which is said")
    check(Browser().ask(back).status == 400, "an answer of the provider opens nothing in another browser")

    stranger = Browser()
    there = stranger.ask(f"{base}/sign-in/organisation").location
    page = stranger.ask(stranger.at_provider(there, "nobody", callback))
    check(page.status == 403 and "no role here" in page.body, "who has no role is told so")


def main() -> None:
    port = free_port()
    options = ["--oidc-issuer", f"http://127.0.0.1:{port}", "--oidc-client-id", "attendee-sync"]
    secret = {"ATTENDEE_SYNC_OIDC_CLIENT_SECRET": "the-secret-of-the-client"}
    with tempfile.TemporaryDirectory() as data:
        server = subprocess.Popen([BINARY, "serve", "--listen", "127.0.0.1:0", "--data-dir", f"{data}/data", "--no-sample", *options],
                                  stdout=subprocess.PIPE, text=True, env=ENVIRONMENT | secret)
        started = [server]
        try:
            base = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())[0]
            page = Browser().ask(f"{base}/sign-in/organisation")
            check(page.status == 503 and "does not respond" in page.body, "a provider that is away is said to be")
            provider = subprocess.Popen(["node", PROVIDER, str(port), f"{base}/sign-in/organisation/callback", f"{base}/sign-in"],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            started.append(provider)
            while "listening" not in provider.stdout.readline():
                pass
            play(base)
        finally:
            for process in started:
                process.send_signal(signal.SIGTERM)
                process.wait(20)


main()
print("all right")
