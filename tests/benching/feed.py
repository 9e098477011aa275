"""A registration system that answers from memory."""
import contextlib
import http.server
import json
import multiprocessing
import socketserver

PAGE = 5_000
GROUPS = ["Regular", "Speakers", "VIP", "Press", "Workshop"]


def record(number, version):
    return {"id": f"R-{number:07}", "email": f"person.{number}@example.org", "first": f"First{number}",
            "last": f"Last{number}", "title": "Dr.", "job": "Engineer" if not version else f"Engineer {version}",
            "company": f"Company {number % 997}", "country": "NL", "bio": "b" * 230,
            "tags": [GROUPS[number % 5], GROUPS[(number // 5) % 5]],
            "badge": f"https://badges.example.org/{number}.pdf", "status": "confirmed",
            "updated": "2026-11-01T08:00:00Z", "order": {"code": f"O{number:07}", "price": "120.00"}}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path, _, query = self.path.partition("?")
        version = int(path.removeprefix("/"))
        page = int(query.removeprefix("page=") or 0)
        body = self.server.page(version, page)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """In version 0 everybody is new; each later one has another 1 % changed since the one before."""
    daemon_threads = True

    def fill(self, count, versions):
        self.base = f"http://127.0.0.1:{self.server_port}"
        self.pages = [self.version(count, version) for version in range(versions)]

    def version(self, count, version):
        pages = []
        for start in range(0, count, PAGE):
            numbers = range(start, min(start + PAGE, count))
            # Whom version v changed is as in v from then on.
            people = [record(n, n % 100 if 0 < n % 100 <= version else 0) for n in numbers]
            more = start + PAGE < count
            following = f"{self.base}/{version}?page={len(pages) + 1}" if more else None
            pages.append(json.dumps({"next": following, "results": people}).encode())
        return pages

    def page(self, version, page):
        return self.pages[version][page]


def _serve(count, versions, pipe):
    server = Server(("127.0.0.1", 0), Handler)
    server.fill(count, versions)
    pipe.send((server.base, sum(map(len, server.pages[0]))))
    server.serve_forever()


@contextlib.contextmanager
def serving(count, versions=1):
    """Gives the address without a version, and the bytes of version 0."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=_serve, args=(count, versions, theirs), daemon=True)
    server.start()
    try:
        yield ours.recv()
    finally:
        server.terminate()
        server.join()
