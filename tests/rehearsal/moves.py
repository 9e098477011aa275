"""StartMessageMoveTask and ListMessageMoveTasks, which MiniStack does not know.

Functions reach SQS by this; whatever else they ask goes on to MiniStack as it is. A move is made at once, by the same
requests that anybody could make.
"""
from __future__ import annotations

import http.client
import http.server
import json
import threading
import time
from typing import Any

CREDENTIALS = "AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/sqs/aws4_request, SignedHeaders=host, Signature=0"


class Moves:
    """Listens, until it is ended."""

    def __init__(self, stage_port: int) -> None:
        self._stage_port = stage_port
        self.tasks: list[dict[str, Any]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                action = (self.headers.get("X-Amz-Target") or "").removeprefix("AmazonSQS.")
                if action == "StartMessageMoveTask":
                    status, kind, answer = outer.start(json.loads(body))
                elif action == "ListMessageMoveTasks":
                    source = json.loads(body)["SourceArn"]
                    done = [task for task in reversed(outer.tasks) if task["SourceArn"] == source]
                    status, kind, answer = 200, None, json.dumps({"Results": done}).encode()
                else:
                    status, kind, answer = outer.pass_on(self.path, dict(self.headers), body)
                self.send_response(status)
                self.send_header("Content-Type", kind or "application/x-amz-json-1.0")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def pass_on(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str | None, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._stage_port, timeout=30)
        try:
            connection.request("POST", path, body, {k: v for k, v in headers.items() if k.lower() != "connection"})
            answer = connection.getresponse()
            return answer.status, answer.getheader("Content-Type"), answer.read()
        finally:
            connection.close()

    def _ask(self, action: str, wanted: dict[str, Any]) -> Any:
        headers = {"X-Amz-Target": f"AmazonSQS.{action}", "Content-Type": "application/x-amz-json-1.0", "Authorization": CREDENTIALS}
        status, _, answer = self.pass_on("/", headers, json.dumps(wanted).encode())
        if status != 200:
            raise ValueError(f"{action}: {status} {answer!r}")
        return json.loads(answer or b"{}")

    def _url(self, arn: str) -> str:
        return str(self._ask("GetQueueUrl", {"QueueName": arn.rsplit(":", 1)[-1]})["QueueUrl"])

    def start(self, wanted: dict[str, Any]) -> tuple[int, str | None, bytes]:
        source = wanted["SourceArn"]
        moved = 0
        while messages := self._ask("ReceiveMessage", {
                "QueueUrl": self._url(source), "MaxNumberOfMessages": 10, "VisibilityTimeout": 30, "AttributeNames": ["All"],
                "MessageAttributeNames": ["All"]}).get("Messages"):
            for message in messages:
                target = wanted.get("DestinationArn") or message["Attributes"].get("DeadLetterQueueSourceArn")
                if not target:
                    # As SQS: what was sent here by hand has nowhere to go back to.
                    return self._record(source, wanted, moved, "FAILED", "CouldNotDetermineMessageSource")
                sent = {"QueueUrl": self._url(target), "MessageBody": message["Body"]}
                if "MessageAttributes" in message:
                    sent["MessageAttributes"] = message["MessageAttributes"]
                self._ask("SendMessage", sent)
                self._ask("DeleteMessage", {"QueueUrl": self._url(source), "ReceiptHandle": message["ReceiptHandle"]})
                moved += 1
        return self._record(source, wanted, moved, "COMPLETED", None)

    def _record(self, source: str, wanted: dict[str, Any], moved: int, status: str,
                reason: str | None) -> tuple[int, str | None, bytes]:
        handle = f"task-{len(self.tasks) + 1}"
        task = {"TaskHandle": handle, "SourceArn": source, "Status": status, "ApproximateNumberOfMessagesMoved": moved,
                "ApproximateNumberOfMessagesToMove": moved, "StartedTimestamp": int(time.time() * 1000)}
        if wanted.get("DestinationArn"):
            task["DestinationArn"] = wanted["DestinationArn"]
        if reason:
            task["FailureReason"] = reason
        self.tasks.append(task)
        return 200, None, json.dumps({"TaskHandle": handle}).encode()

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()
