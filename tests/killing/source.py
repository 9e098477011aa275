"""The registration system: a few hundred people in pages that link to the next one."""
from __future__ import annotations

import http.server
import json
import threading
import time
from typing import Any

from .people import Record

PAGE = 40


class Source:
    """Serves one feed at a time, each page after a short while, until it is ended."""

    def __init__(self, seconds_a_page: float) -> None:
        self.pages: list[bytes] = []
        self.served = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                time.sleep(seconds_a_page)
                page = int(self.path.partition("page=")[2] or 0)
                body = outer.pages[page]
                outer.served += 1
                try:
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True  # Who asked was killed.

            def log_message(self, *_: Any) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_: Any) -> None:
                pass  # The same, while the request was read.

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/people"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def show(self, feed: list[Record]) -> None:
        """From now on these are the people."""
        starts = range(0, len(feed), PAGE)
        self.pages = [json.dumps({
            "next": f"{self.url}?page={number + 1}" if start + PAGE < len(feed) else None,
            "results": feed[start:start + PAGE]}).encode() for number, start in enumerate(starts)]

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()
