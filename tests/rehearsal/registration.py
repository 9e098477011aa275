"""A registration system of thirty people, who can be changed, behind a token."""
from __future__ import annotations

import http.server
import json
import threading
from typing import Any

TOKEN = "the-rehearsals-source"


class Registration:
    """Serves, until it is ended."""

    def __init__(self, count: int = 30) -> None:
        self.people = [{"id": f"r-{n}", "email": f"person{n}@devcon.example", "first": f"First{n}", "last": f"Last{n}",
                        "company": "Example", "groups": "Speakers" if n % 10 == 0 else "Guests"} for n in range(count)]
        self.reads = self.refused = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                welcome = self.headers.get("Authorization") == f"Bearer {TOKEN}"
                outer.reads += welcome
                outer.refused += not welcome
                answer = json.dumps(outer.people if welcome else {"error": "who are you?"}).encode()
                self.send_response(200 if welcome else 401)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/people"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()
