"""A DynamoDB table in memory: what the store adapter asks of one, and how many units it took."""
from __future__ import annotations

import base64
import bisect
import math
from collections import Counter, defaultdict
from typing import Any

Item = dict[str, dict[str, Any]]
PAGE_BYTES = 1_048_576


class Refused(Exception):
    """An error as DynamoDB answers it."""

    def __init__(self, kind: str, **more: Any) -> None:
        super().__init__(kind)
        self.body = {"__type": f"com.amazonaws.dynamodb.v20120810#{kind}", "message": kind, **more}


def size(item: Item) -> int:
    """Bytes of an item (Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats")."""
    total = 0
    for name, value in item.items():
        ((kind, raw),) = value.items()
        total += len(name)
        if kind == "B":
            total += len(raw) * 3 // 4 - raw.count("=", -2)
        elif kind == "N":
            total += len(raw) // 2 + 1
        else:
            total += len(raw.encode()) if isinstance(raw, str) else 1
    return total


def kind_of(pk: str, sk: str) -> str:
    """The item as docs/internals/table.md names it."""
    parts = pk.split("#")
    if parts[0] == "E":
        if len(parts) == 2:
            return sk.lower()
        if parts[2] == "LOG":
            return {"C": "changes", "D": "done", "H": "held", "I": "issues", "L": "leg", "T": "intent"}.get(sk[0], "log")
        if parts[2] == "FP":
            return {"H": "fingerprint head", "P": "fingerprint page", "J": "journal"}.get(sk[0], "fingerprints")
        return {"A": "attendee", "O": "waiting", "RUNS": "run", "WAVES": "wave"}.get(parts[2], parts[2].lower())
    if parts[0] == "C" and len(parts) > 2:
        return {"U": "user", "G": "membership", "GROUPS": "group", "S": "suppression"}.get(parts[2], parts[2].lower())
    return "community"


class Table:
    """Items by key; counts requests, and units by kind of item."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Item]] = defaultdict(dict)
        self.order: dict[str, list[str]] = defaultdict(list)
        self.requests: Counter[str] = Counter()
        self.read: Counter[str] = Counter()
        self.written: Counter[str] = Counter()

    def forget_counts(self) -> None:
        self.requests.clear()
        self.read.clear()
        self.written.clear()

    def call(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        self.requests[operation] += 1
        return getattr(self, operation)(body)

    # ------------------------------------------------------------------------------------------- items

    @staticmethod
    def key(item: Item) -> tuple[str, str]:
        return item["pk"]["S"], item["sk"]["S"]

    def get(self, key: Item, consistent: bool) -> Item | None:
        pk, sk = self.key(key)
        found = self.items[pk].get(sk)
        units = max(1, math.ceil(size(found) / 4096)) if found else 1
        self.read[kind_of(pk, sk)] += units if consistent else units / 2
        return found

    def put(self, item: Item, factor: int = 1) -> None:
        pk, sk = self.key(item)
        before = self.items[pk].get(sk)
        if before is None:
            bisect.insort(self.order[pk], sk)
        self.items[pk][sk] = item
        larger = max(size(item), size(before) if before else 0)
        self.written[kind_of(pk, sk)] += factor * math.ceil(larger / 1024)

    def delete(self, key: Item, factor: int = 1) -> None:
        pk, sk = self.key(key)
        before = self.items[pk].pop(sk, None)
        if before is not None:
            self.order[pk].remove(sk)
        self.written[kind_of(pk, sk)] += factor * max(1, math.ceil(size(before) / 1024) if before else 1)

    def holds(self, action: dict[str, Any]) -> bool:
        """Whether the condition of a write holds: the store adapter knows these three."""
        condition = action.get("ConditionExpression")
        if condition is None:
            return True
        pk, sk = self.key(action.get("Item") or action["Key"])
        stored = self.items[pk].get(sk)
        values = action.get("ExpressionAttributeValues") or {}
        if condition == "attribute_not_exists(pk)":
            return stored is None
        name, _, value = condition.partition(" = ")
        if name not in ("v", "doc") or value not in values:
            raise Refused("ValidationException")
        return stored is not None and stored.get(name) == values[value]

    # ---------------------------------------------------------------------------------------- operations

    def GetItem(self, body: dict[str, Any]) -> dict[str, Any]:
        found = self.get(body["Key"], body.get("ConsistentRead", False))
        return {"Item": found} if found else {}

    def PutItem(self, body: dict[str, Any]) -> dict[str, Any]:
        if not self.holds(body):
            raise Refused("ConditionalCheckFailedException")
        self.put(body["Item"])
        return {}

    def DeleteItem(self, body: dict[str, Any]) -> dict[str, Any]:
        if not self.holds(body):
            raise Refused("ConditionalCheckFailedException")
        self.delete(body["Key"])
        return {}

    def BatchGetItem(self, body: dict[str, Any]) -> dict[str, Any]:
        ((table, asked),) = body["RequestItems"].items()
        found = [self.get(key, asked.get("ConsistentRead", False)) for key in asked["Keys"]]
        return {"Responses": {table: [item for item in found if item]}, "UnprocessedKeys": {}}

    def BatchWriteItem(self, body: dict[str, Any]) -> dict[str, Any]:
        for requests in body["RequestItems"].values():
            for request in requests:
                if "PutRequest" in request:
                    self.put(request["PutRequest"]["Item"])
                else:
                    self.delete(request["DeleteRequest"]["Key"])
        return {"UnprocessedItems": {}}

    def TransactWriteItems(self, body: dict[str, Any]) -> dict[str, Any]:
        actions = [next(iter(action.items())) for action in body["TransactItems"]]
        held = [self.holds(action) for _, action in actions]
        if not all(held):
            reasons = [{"Code": "None" if held else "ConditionalCheckFailed"} for held in held]
            raise Refused("TransactionCanceledException", CancellationReasons=reasons)
        for kind, action in actions:
            if kind == "Put":
                self.put(action["Item"], factor=2)
            elif kind == "Delete":
                self.delete(action["Key"], factor=2)
        return {}

    def Query(self, body: dict[str, Any]) -> dict[str, Any]:
        values = {name: value["S"] for name, value in body["ExpressionAttributeValues"].items()}
        pk, keys = values[":pk"], self.order[values[":pk"]]
        condition = body["KeyConditionExpression"].removeprefix("pk = :pk").removeprefix(" AND ")
        first, last = 0, len(keys)
        if condition.startswith("begins_with"):
            first, last = bisect.bisect_left(keys, values[":a"]), bisect.bisect_left(keys, values[":a"] + "\U0010ffff")
        elif condition == "sk > :a":
            first = bisect.bisect_right(keys, values[":a"])
        elif condition == "sk < :a":
            last = bisect.bisect_left(keys, values[":a"])
        elif condition.startswith("sk BETWEEN"):
            first, last = bisect.bisect_left(keys, values[":a"]), bisect.bisect_right(keys, values[":b"])
        elif condition:
            raise Refused("ValidationException")
        found = keys[first:last]
        if not body.get("ScanIndexForward", True):
            found = found[::-1]
        start = body.get("ExclusiveStartKey")
        if start:
            found = found[found.index(start["sk"]["S"]) + 1:]
        items, read, limit = [], 0, body.get("Limit")
        for sk in found:
            items.append(self.items[pk][sk])
            read += size(items[-1])
            if read >= PAGE_BYTES or len(items) == limit:
                break
        units = max(1, math.ceil(read / 4096))
        kind = kind_of(pk, items[0]["sk"]["S"] if items else values.get(":a", "-"))
        self.read[kind] += units if body.get("ConsistentRead") else units / 2
        answer: dict[str, Any] = {"Count": len(items), "ScannedCount": len(items)}
        if body.get("Select") != "COUNT":
            answer["Items"] = items
        if len(items) < len(found):
            answer["LastEvaluatedKey"] = {name: items[-1][name] for name in ("pk", "sk")}
        return answer


def text(value: str) -> dict[str, str]:
    return {"S": value}


def data(value: bytes) -> dict[str, str]:
    return {"B": base64.b64encode(value).decode()}
