#!/usr/bin/env bash
# Asks a started `serve` everything that its description allows, and much that it does not, with
# schemathesis: fails on an answer of 5xx, on a status, header or media type that is not described,
# and on a body that is not as described.
#
#   tests/openapi.sh target/debug/attendee-sync [EXAMPLES]
#   tests/openapi.sh tools    only fetches schemathesis and the generator
#
# Then a client is generated from the description, without a warning, and asks as the event app does
# (tests/openapi_client.py).
#
# Everything is on loopback and ends with the script. Both tools come into environments of their own
# under target/.
set -euo pipefail

binary=$(realpath -m "${1:?give the binary to start}")
what=$1
examples=${2:-10}
cd "$(dirname "$0")/.."

# An environment that has one package, pinned, and its path.
tool() {
  local folder
  folder=$(realpath -m "${CARGO_TARGET_DIR:-target}/$1-$2")
  if [ ! -x "$folder/bin/$1" ]; then
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check "$1==$2"
  fi
  echo "$folder"
}
environment=$(tool schemathesis 4.32.5)
generator=$(tool openapi-python-client 0.29.1)
asks_as_an_app=$(realpath tests/openapi_client.py)
[ "$what" = tools ] && exit 0

work=$(mktemp -d)
"$binary" serve --listen 127.0.0.1:0 --data-dir "$work/data" >"$work/out" 2>"$work/log" &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 100); do
  base=$(grep -om1 'http://127\.0\.0\.1:[0-9]*' "$work/out" || true)
  [ -n "$base" ] && break
  sleep 0.1
done
[ -n "$base" ] || { cat "$work/log" >&2; exit 1; }

export NO_PROXY=127.0.0.1
token=$(cat "$work/data/token")
cd "$work" # it leaves a folder behind
# Half of what is asked is about what there is: the sample event, after its first sync.
"$environment/bin/python" - "$base/api/v1" "$token" <<'PYTHON'
import sys, time, requests
base, token = sys.argv[1:]
session = requests.Session()
session.headers["Authorization"] = f"Bearer {token}"
session.post(f"{base}/events/sample-event/runs", json={"mode": "sync"}, timeout=30).raise_for_status()
for _ in range(600):
    if session.get(f"{base}/runs/sample-event.1", timeout=30).json()["state"] == "succeeded":
        sys.exit()
    time.sleep(0.1)
sys.exit("the sample event does not sync")
PYTHON
# JSON Lines are text for the generator. It warns of what it cannot use, and goes on.
cat >client.yaml <<'YAML'
content_type_overrides:
  application/jsonl: text/plain
post_hooks: []
YAML
curl -fsS "$base/api/v1/openapi.json" -o openapi.json
"$generator/bin/openapi-python-client" generate --path openapi.json --config client.yaml --meta none \
  --output-path attendee_sync_client 2>&1 | tee generated
if grep -qiE 'warning|unable to' generated; then
  echo "the description has what a generator of clients cannot use" >&2
  exit 1
fi
PYTHONPATH=$work "$generator/bin/python" "$asks_as_an_app" "$base" "$token"

ask() {
  timeout 600 "$environment/bin/schemathesis" run "$base/api/v1/openapi.json" \
    --header "Authorization: Bearer $token" \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance \
    --phases examples,coverage,fuzzing --warnings off \
    --max-examples "$examples" --seed 1 --continue-on-failure --suppress-health-check all \
    --request-timeout 30 --no-color ||
    { status=$?; tail -20 "$work/log" >&2; exit "$status"; }
}
ask
cat >schemathesis.toml <<'TOML'
[parameters]
"path.community" = "sample"
"path.event" = "sample-event"
"path.run" = "sample-event.1"
"path.preset" = "tito"
"path.email" = "ada@example.org"
TOML
ask
