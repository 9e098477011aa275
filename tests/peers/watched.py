"""Watches `serve` as Prometheus and a collector of OpenTelemetry do."""
import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

BINARY = sys.argv[1]
ADDRESS = "ada.lovelace@example.org"
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if not name.startswith(("ATTENDEE_SYNC_", "OTEL_"))
} | {"NO_PROXY": "127.0.0.1", "NO_COLOR": "1"}


def check(condition: object, what: str) -> None:
    if not condition:
        sys.exit(f"FAILED: {what}")
    print(f"ok: {what}")


class Collector(http.server.BaseHTTPRequestHandler):
    """Takes traces and figures."""

    spans: list[object] = []
    figures: dict[str, int] = {}
    services: set[str] = set()
    bodies: list[bytes] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.bodies.append(body)
        if self.path == "/v1/traces":
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                self.services.update(it.value.string_value for it in resource.resource.attributes if it.key == "service.name")
                self.spans.extend(span for scope in resource.scope_spans for span in scope.spans)
        elif self.path == "/v1/metrics":
            for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                for scope in resource.scope_metrics:
                    for metric in scope.metrics:
                        self.figures[metric.name] = sum(point.as_int for point in metric.sum.data_points)
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def ask(url: str, token: str, method: str = "GET", body: object = None) -> bytes:
    request = urllib.request.Request(url, method=method, data=body and json.dumps(body).encode(), headers={
        "Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()


def serve(data: str, collector: str) -> tuple[subprocess.Popen, str, str]:
    process = subprocess.Popen(
        [BINARY, "serve", "--listen", "127.0.0.1:0", "--data-dir", data], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=ENVIRONMENT | {"OTEL_EXPORTER_OTLP_ENDPOINT": collector})
    url = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())[0]
    with open(os.path.join(data, "token"), encoding="ascii") as file:
        return process, url, file.read().strip()


def main() -> None:
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as data:
        process, url, token = serve(data, f"http://127.0.0.1:{web.server_port}")
        try:
            ask(f"{url}/api/v1/events/sample-event/runs", token, "POST", {"mode": "sync"})
            for _ in range(300):
                runs = json.loads(ask(f"{url}/api/v1/events/sample-event/runs", token))["items"]
                if runs[0]["state"] not in ("queued", "reading", "applying"):
                    break
                time.sleep(0.1)
            ask(f"{url}/api/v1/events/sample-event/access/{ADDRESS}", token)
            metrics = ask(f"{url}/metrics?events=1", token).decode()
        finally:
            process.terminate()
            _, log = process.communicate(timeout=30)
    families = {family.name: family for family in text_string_to_metric_families(metrics)}
    check(families["attendee_sync_runs"].type == "counter", "the library of Prometheus reads the metrics")
    check(all(family.documentation and family.type != "unknown" for family in families.values()), "each has a type and a help")
    names = {span.name for span in Collector.spans}
    check({"http", "run"} <= names, "requests and runs are traced")
    check(Collector.services == {"attendee-sync"}, "the program says what it is")
    attributes = [{it.key: it.value for it in span.attributes} for span in Collector.spans if span.name == "http"]
    routes = {it["route"].string_value: it.get("status") for it in attributes}
    check("/api/v1/events/{event}/access/{email}" in routes, "a request has the template of its address")
    status = routes["/api/v1/events/{event}/access/{email}"]
    check(status and status.int_value == 200, "and the status of its answer")
    check(Collector.figures.get("attendee_sync_records_read", 0) >= 500, "figures are sent before the program ends")
    whole = b"".join(Collector.bodies)
    check(b"@example" not in whole and token.encode() not in whole, "what is sent names nobody, and no token")
    check("OTEL" not in log, "nothing is complained of")

    with tempfile.TemporaryDirectory() as data:
        process, url, token = serve(data, "http://127.0.0.1:1")
        try:
            answered = json.loads(ask(f"{url}/api/v1/health", token))
        finally:
            process.terminate()
            process.communicate(timeout=30)
    check(answered, "a collector that is not there stops nothing")


main()
