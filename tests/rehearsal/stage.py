"""A cloud on this machine: MiniStack, with what it lacks put beside it, and the stack deployed on it.

What is put beside it is said where it is done, and stands in for the cloud only: the templates and the functions are those
that are deployed elsewhere.
"""
from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from typing import Any, Callable

import boto3
from botocore.config import Config

from rehearsal.moves import Moves

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
REGION, STACK, BUCKET = "eu-central-1", "rehearsal", "artifacts"


class Failed(AssertionError):
    """Something is not as it has to be."""


def until(what: str, ask: Callable[[], Any], good: Callable[[Any], object], seconds: float, every: float = 0.5) -> Any:
    """Asks until the answer is good, for so many seconds."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if good(answer):
            return answer
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {seconds:.0f} s; the last answer was {answer!r}")
        time.sleep(every)


def free_port() -> int:
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return int(some.getsockname()[1])


class Stage:
    """MiniStack on a port and in a directory of its own, until it is ended."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="attendee-sync-rehearsal-")
        self.path = self._directory.name
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.moves = Moves(self.port)
        self._log = open(os.path.join(self.path, "stage.log"), "wb")
        self._process: subprocess.Popen[bytes] | None = None
        self._clients: dict[str, Any] = {}

    def environment(self, **more: str) -> dict[str, str]:
        """Nothing of the machine's own cloud: no profile, no credentials, no proxy."""
        return {
            "PATH": os.environ["PATH"], "HOME": self.path, "TMPDIR": self.path, "LANG": "C.UTF-8", "NO_PROXY": "*",
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint, "AWS_EC2_METADATA_DISABLED": "true", "SAM_CLI_TELEMETRY": "0",
        } | {key: os.environ[key] for key in ("PYTHONPATH",) if key in os.environ} | more

    def start(self) -> None:
        # Functions are started with MiniStack's environment: so they find it. It is told everything that would otherwise
        # listen on an address or a port of its own choice.
        environment = self.environment(
            GATEWAY_PORT=str(self.port), BIND_HOST="127.0.0.1", MINISTACK_REGION=REGION, IOT_MTLS_ENABLED="0", SFTP_ENABLED="0",
            S3_DATA_DIR=os.path.join(self.path, "s3"), STATE_DIR=os.path.join(self.path, "state"),
            AWS_ENDPOINT_URL_SQS=self.moves.endpoint, RUST_BACKTRACE="1")
        # A session of its own, so that it ends with the functions it has started.
        self._process = subprocess.Popen(["ministack"], cwd=self.path, env=environment, stdout=self._log,
                                         stderr=subprocess.STDOUT, start_new_session=True)
        until("MiniStack answers", self._health, lambda status: status == 200, 60)
        self.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})

    def _health(self) -> int | None:
        assert self._process is not None
        if self._process.poll() is not None:
            raise Failed(f"MiniStack ended: {self.log()}")
        try:
            return self.request("GET", "/_ministack/health")[0]
        except OSError:
            return None

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service, region_name=REGION, endpoint_url=self.endpoint, aws_access_key_id="test", aws_secret_access_key="test",
                config=Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 2}, proxies={}))
        return self._clients[service]

    def request(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None,
                host: str | None = None) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=35)
        try:
            connection.request(method, path, body, {"Host": host or f"127.0.0.1:{self.port}"} | (headers or {}))
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def mails(self) -> list[dict[str, Any]]:
        """What was sent, as MiniStack shows it."""
        kept = json.loads(self.request("GET", "/_ministack/ses/messages")[2])["messages"]
        return [mail for of_account in kept.values() for mail in of_account]

    def log(self) -> str:
        self._log.flush()
        with open(self._log.name, encoding="utf-8", errors="replace") as file:
            return file.read()[-8000:]

    def end(self) -> None:
        if self._process is not None:
            self._signal(signal.SIGTERM)
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                pass
            # Whatever of the session is left.
            self._signal(signal.SIGKILL)
            self._process.wait(5)
        self.moves.end()
        self._log.close()
        self._directory.cleanup()

    def _signal(self, sign: signal.Signals) -> None:
        assert self._process is not None
        try:
            os.killpg(self._process.pid, sign)
        except ProcessLookupError:
            pass


def build(stage: Stage, architecture: str) -> str:
    """Builds the functions as they are deployed, and gives the template."""
    into = os.path.join(stage.path, "build")
    done = subprocess.run(
        ["infra/build", "--build-dir", into, "--parameter-overrides", f"Architecture={architecture}"], cwd=ROOT,
        env=os.environ | {"SAM_CLI_TELEMETRY": "0"}, timeout=5400, check=False)
    if done.returncode:
        raise Failed(f"infra/build ended with {done.returncode}")
    return os.path.join(into, "template.yaml")


def take_built(stage: Stage, built: str) -> str:
    """The template over functions that were built before: in each directory of `built`, named as its crate is, a bootstrap."""
    into = os.path.join(stage.path, "built")
    shutil.copytree(os.path.join(ROOT, "infra"), os.path.join(into, "infra"),
                    ignore=lambda _, names: [name for name in names if not name.endswith(".yaml")])
    with open(os.path.join(ROOT, "template.yaml"), encoding="utf-8") as file:
        text = file.read()
    for name in sorted(set(re.findall(r"CodeUri: functions/(\w+)", text))):
        code = os.path.join(os.path.abspath(built), f"attendee-sync-{name}")
        if not os.access(os.path.join(code, "bootstrap"), os.X_OK):
            raise Failed(f"there is no bootstrap in {code}")
        text = text.replace(f"CodeUri: functions/{name}\n", f"CodeUri: {code}\n")
    path = os.path.join(into, "template.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


class Stack:
    """The stack on the stage."""

    def __init__(self, stage: Stage, template: str) -> None:
        self.stage, self.template = stage, template
        self.outputs: dict[str, str] = {}

    def deploy(self, **parameters: str) -> None:
        done = subprocess.run(
            ["sam", "deploy", "--template-file", self.template, "--stack-name", STACK, "--s3-bucket", BUCKET,
             "--region", REGION, "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar",
             "--parameter-overrides", *(f"{key}={value}" for key, value in parameters.items())],
            cwd=self.stage.path, env=self.stage.environment(), capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            raise Failed(f"sam deploy ended with {done.returncode}:\n{done.stdout[-6000:]}\n{done.stderr[-2000:]}")
        [stack] = self.stage.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        self._count_concurrency()

    def _count_concurrency(self) -> None:
        """CloudFormation hands a parameter on as text. AWS makes a number of it, MiniStack compares it as it is, and stops
        reading queues."""
        functions = self.stage.client("lambda")
        for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
            at_once = int(mapping["ScalingConfig"]["MaximumConcurrency"])
            functions.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": at_once})

    def resources(self) -> dict[str, str]:
        found = self.stage.client("cloudformation").describe_stack_resources(StackName=STACK)["StackResources"]
        return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found}

    def ask(self, method: str, path: str, body: Any = None, token: str | None = None) -> tuple[int, dict[str, str], bytes]:
        """A request to the HTTP API by the console's own host name, which MiniStack finds the API by the path for."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        host = self.outputs["ConsoleUrl"].split("://")[1].rstrip("/")
        return self.stage.request(method, f"/_aws/execute-api/{self.outputs['ApiId']}/$default{path}", data, headers, host)

    def waiting(self, queue: str) -> int:
        """About how many messages a queue has, seen or hidden."""
        counts = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        found = self.stage.client("sqs").get_queue_attributes(QueueUrl=self.outputs[queue], AttributeNames=list(counts))
        return sum(int(found["Attributes"][count]) for count in counts)

    def hide_for(self, queue: str, seconds: int) -> None:
        """How long a message that failed stays hidden: minutes in the cloud, for which nobody waits here."""
        self.stage.client("sqs").set_queue_attributes(
            QueueUrl=self.outputs[queue], Attributes={"VisibilityTimeout": str(seconds)})

    def remove(self) -> None:
        self.stage.client("cloudformation").delete_stack(StackName=STACK)
        until("the stack is removed", self._status, lambda status: status in (None, "DELETE_COMPLETE"), 60)

    def _status(self) -> str | None:
        cloudformation = self.stage.client("cloudformation")
        try:
            [stack] = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
        except cloudformation.exceptions.ClientError:
            return None
        return str(stack["StackStatus"])
