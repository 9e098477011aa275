"""One server on loopback: Lambda's Runtime API, the AWS services that the functions ask, and a source."""
from __future__ import annotations

import asyncio
import hashlib
import json
import os
import time
import urllib.parse
import uuid
from collections import Counter, deque
from typing import Any

from .table import Refused, Table

RUNTIME = "/2018-06-01/runtime/"
REGION = "eu-central-1"
CREDENTIAL = "the-credential-of-the-source"
# As the Runtime API: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes".
ARN = f"arn:aws:lambda:{REGION}:000000000000:function:"
SEND_QUOTA = """<GetSendQuotaResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><GetSendQuotaResult><Max24HourSend>200</Max24HourSend>\
<MaxSendRate>1</MaxSendRate><SentLast24Hours>0</SentLast24Hours></GetSendQuotaResult></GetSendQuotaResponse>"""


class Failed(Exception):
    """What was measured did not do what it should."""


class Stage:
    """What a function sees of the world."""

    def __init__(self) -> None:
        self.table = Table()
        self.requests: Counter[str] = Counter()
        self.queues: dict[str, deque[str]] = {}
        self.feed: list[bytes] = []
        self.waiting: asyncio.Queue[tuple[str, int, bytes] | None] = asyncio.Queue()
        self.answers: dict[str, asyncio.Future[tuple[str, bytes]]] = {}
        self.address = ""

    async def __aenter__(self) -> Stage:
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        host, port = self.server.sockets[0].getsockname()
        self.address = f"{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.close()

    def queue(self, name: str) -> deque[str]:
        return self.queues.setdefault(name, deque())

    async def invoke(self, event: object, seconds: float, patience: float | None = None) -> Any:
        """Hands an event to the function that asks for one, and gives its answer."""
        request = str(uuid.uuid4())
        answer = asyncio.get_running_loop().create_future()
        self.answers[request] = answer
        deadline = int((time.time() + seconds) * 1000)
        self.waiting.put_nowait((request, deadline, json.dumps(event).encode()))
        try:
            what, body = await asyncio.wait_for(answer, patience or seconds)
        except TimeoutError:
            raise Failed(f"no answer within {patience or seconds:.0f} seconds") from None
        if what != "response":
            raise Failed(f"the function answered with an error: {body.decode(errors='replace')[:400]}")
        return json.loads(body or b"null")

    # ------------------------------------------------------------------------------------------ serving

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await self.head(reader):
                method, path, headers = head
                body = await self.body(reader, headers)
                await self.answer(method, path, headers, body, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    @staticmethod
    async def head(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str]] | None:
        try:
            lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        except asyncio.IncompleteReadError:
            return None
        method, path, _ = lines[0].split(" ", 2)
        fields = (line.split(":", 1) for line in lines[1:] if ":" in line)
        return method, path, {name.lower(): value.strip() for name, value in fields}

    @staticmethod
    async def body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return await reader.readexactly(int(headers.get("content-length", 0)))
        parts = []
        while length := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            parts.append(await reader.readexactly(length))
            await reader.readexactly(2)
        while (await reader.readuntil(b"\r\n")) != b"\r\n":
            pass
        return b"".join(parts)

    async def answer(self, method: str, path: str, headers: dict[str, str], body: bytes, writer: asyncio.StreamWriter) -> None:
        if path.startswith(RUNTIME):
            await self.runtime(path.removeprefix(RUNTIME), headers, body, writer)
        elif "x-amz-target" in headers:
            self.aws(headers["x-amz-target"], json.loads(body or b"{}"), writer)
        elif path.startswith("/feed"):
            await self.source(headers, writer)
        elif method == "POST":
            self.requests["SES." + urllib.parse.parse_qs(body.decode()).get("Action", ["?"])[0]] += 1
            reply(writer, 200, SEND_QUOTA.encode(), "text/xml")
        else:
            reply(writer, 404, b"{}")

    # ------------------------------------------------------------------------------------------- Lambda

    async def runtime(self, what: str, headers: dict[str, str], body: bytes, writer: asyncio.StreamWriter) -> None:
        if what.startswith("invocation/next"):
            invocation = await self.waiting.get()
            if invocation is None:
                raise ConnectionError("nobody asks any more")
            request, deadline, event = invocation
            more = {
                "Lambda-Runtime-Aws-Request-Id": request,
                "Lambda-Runtime-Deadline-Ms": str(deadline),
                "Lambda-Runtime-Invoked-Function-Arn": ARN + "measured",
                "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0",
            }
            return reply(writer, 200, event, more=more)
        reply(writer, 202, b'{"status":"OK"}')
        if what.startswith("init/error"):
            for answer in self.answers.values():
                if not answer.done():
                    answer.set_result(("init/error", body))
            return None
        _, request, kind = what.split("/", 2)
        answer = self.answers.pop(request, None)
        if answer and not answer.done():
            answer.set_result((kind, body))
        return None

    # ---------------------------------------------------------------------------------------------- AWS

    def aws(self, target: str, body: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        service, operation = target.split(".", 1)
        self.requests[f"{service.split('_')[0]}.{operation}"] += 1
        try:
            if service.startswith("DynamoDB"):
                answer = self.table.call(operation, body)
            elif service == "AmazonSQS":
                answer = self.sqs(operation, body)
            elif target == "AmazonSSM.GetParameter":
                answer = {"Parameter": {"Name": body["Name"], "Type": "SecureString", "Value": CREDENTIAL, "Version": 1}}
            else:
                answer = {}
            reply(writer, 200, json.dumps(answer).encode(), "application/x-amz-json-1.0")
        except Refused as refused:
            reply(writer, 400, json.dumps(refused.body).encode(), "application/x-amz-json-1.0")

    def sqs(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        queue = self.queue(body["QueueUrl"].rsplit("/", 1)[-1])
        taken = lambda text: {"MessageId": str(uuid.uuid4()), "MD5OfMessageBody": hashlib.md5(text.encode()).hexdigest()}  # noqa: E731
        if operation == "SendMessage":
            queue.append(body["MessageBody"])
            return taken(body["MessageBody"])
        if operation == "SendMessageBatch":
            queue.extend(entry["MessageBody"] for entry in body["Entries"])
            return {"Successful": [{"Id": entry["Id"], **taken(entry["MessageBody"])} for entry in body["Entries"]], "Failed": []}
        return {}

    # ------------------------------------------------------------------------------------------- source

    async def source(self, headers: dict[str, str], writer: asyncio.StreamWriter) -> None:
        self.requests["source"] += 1
        if CREDENTIAL not in headers.get("authorization", ""):
            return reply(writer, 401, b"{}")
        length = sum(map(len, self.feed))
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n".encode())
        for part in self.feed:
            writer.write(part)
            await writer.drain()
        return None


def reply(
    writer: asyncio.StreamWriter, status: int, body: bytes, kind: str = "application/json", more: dict[str, str] | None = None
) -> None:
    lines = [f"HTTP/1.1 {status} -", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (more or {}).items()]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


class Child:
    """A function as a process of its own, with what Lambda and the template put into its environment."""

    def __init__(self, name: str, bootstrap: str, stage: Stage, memory: int) -> None:
        self.name, self.bootstrap, self.stage, self.memory = name, bootstrap, stage, memory

    def environment(self) -> dict[str, str]:
        at = f"http://{self.stage.address}"
        url = lambda queue: f"{at}/000000000000/{queue}"  # noqa: E731
        return {
            "PATH": os.environ.get("PATH", "/usr/bin"),
            "AWS_LAMBDA_RUNTIME_API": self.stage.address,
            "AWS_LAMBDA_FUNCTION_NAME": self.name, "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.memory),
            "AWS_LAMBDA_LOG_GROUP_NAME": "measured", "AWS_LAMBDA_LOG_STREAM_NAME": "measured",
            "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_ENDPOINT_URL": at,
            "TABLE_NAME": "table", "PARAMETER_PATH": "/measured", "SERVICE_NAME": "measured",
            "RUNS_QUEUE_URL": url("runs"), "BATCHES_QUEUE_URL": url("batches"), "INVITATIONS_QUEUE_URL": url("invitations"),
            "RUNS_DLQ_URL": url("runs-set-aside"), "BATCHES_DLQ_URL": url("batches-set-aside"),
            "INVITATIONS_DLQ_URL": url("invitations-set-aside"),
            "SCHEDULE_GROUP": "measured", "SCHEDULE_ROLE_ARN": "arn:aws:iam::000000000000:role/measured",
            "SCHEDULE_TARGET_ARN": f"arn:aws:sqs:{REGION}:000000000000:runs",
            "SCHEDULE_DLQ_ARN": f"arn:aws:sqs:{REGION}:000000000000:runs-set-aside",
            "PUBLIC_URL": "https://attendees.example.org", "ALLOW_PRIVATE_SOURCES": "true",
            "MAILS_PER_SECOND": "10", "SENDERS_AT_ONCE": "2", "SENDER_IDENTITY": "devcon.example", "RUST_LOG": "error", "NO_PROXY": "127.0.0.1",
        }

    async def __aenter__(self) -> Child:
        self.began = time.perf_counter()
        self.process = await asyncio.create_subprocess_exec(
            self.bootstrap, env=self.environment(), stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )
        self.said: deque[bytes] = deque(maxlen=20)
        self.listening = asyncio.create_task(self.listen())
        return self

    async def listen(self) -> None:
        assert self.process.stdout
        async for line in self.process.stdout:
            self.said.append(line)

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        self.listening.cancel()
        # It may have asked for another event.
        self.stage.waiting.put_nowait(None)
        self.stage.waiting = asyncio.Queue()

    async def invoke(self, event: object, seconds: float) -> Any:
        answer = asyncio.ensure_future(self.stage.invoke(event, seconds, patience=seconds + 5))
        ended = asyncio.ensure_future(self.process.wait())
        await asyncio.wait({answer, ended}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()
            raise Failed(f"{self.name} ended: {b''.join(self.said).decode(errors='replace')[-600:]}")
        ended.cancel()
        return await answer

    def peak_mib(self) -> float:
        """The most memory it ever had (proc(5), VmHWM)."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024

    def cpu_seconds(self) -> float:
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
