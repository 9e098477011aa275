"""Who may what: the deployed roles' policies, asked of IAM's simulator.

What is not listed as allowed is asked for, too, and has to be refused: each function is asked for everything any of them may.
Which partitions of the table a function may use is evaluated here, by the policies as they were deployed: the stage's
simulator takes no keys of items, and the stage refuses nobody.
"""
from __future__ import annotations

import fnmatch
from typing import Iterator

from rehearsal.stage import REGION, Stack

ACCOUNT = "000000000000"
# How a resource is written here, and what stands for it.
PLACES = {
    "table": "dynamodb:{region}:{account}:table/{TableName}", "runs": "sqs:{region}:{account}:rehearsal-runs",
    "batches": "sqs:{region}:{account}:rehearsal-batches", "invitations": "sqs:{region}:{account}:rehearsal-invitations",
    "runs aside": "sqs:{region}:{account}:rehearsal-runs-set-aside",
    "batches aside": "sqs:{region}:{account}:rehearsal-batches-set-aside",
    "invitations aside": "sqs:{region}:{account}:rehearsal-invitations-set-aside",
    "feedback aside": "sqs:{region}:{account}:rehearsal-feedback-set-aside",
    "secret": "ssm:{region}:{account}:parameter{ParameterPath}/secrets/acme/devcon/devcon-token",
    "token": "ssm:{region}:{account}:parameter{ParameterPath}/token",
    "other parameter": "ssm:{region}:{account}:parameter/attendee-sync/other/secrets/some",
    "schedule": "scheduler:{region}:{account}:schedule/{ScheduleGroupName}/devcon.daily",
    "other schedule": "scheduler:{region}:{account}:schedule/default/devcon.daily",
    "erasures": "dynamodb:{region}:{account}:table/{ErasuresTableName}",
    "sender": "ses:{region}:{account}:identity/devcon.example", "other sender": "ses:{region}:{account}:identity/other.example",
}
TAKE = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"}
LOOK = TAKE | {"sqs:StartMessageMoveTask", "sqs:ListMessageMoveTasks"}
SEND = {"sqs:SendMessage"}
MAIL = {"ses:SendRawEmail"}
NOTE = {"dynamodb:PutItem"}
ITEMS = {f"dynamodb:{action}" for action in ("BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "GetItem",
                                             "PutItem", "Query")}
NOBODY = {"dynamodb:Scan", "dynamodb:UpdateItem", "dynamodb:DeleteTable", "dynamodb:UpdateTable", "sqs:PurgeQueue", "sqs:DeleteQueue",
          "ssm:GetParametersByPath", "ses:SendEmail"}

ALLOWED: dict[str, dict[str, set[str]]] = {
    "FetchRole": {"table": ITEMS, "erasures": NOTE, "runs": TAKE | SEND, "batches": SEND, "invitations": SEND, "secret": {"ssm:GetParameter"}},
    "ReconcileRole": {"table": ITEMS, "erasures": NOTE, "batches": TAKE, "invitations": SEND},
    "InviteRole": {"table": ITEMS, "invitations": TAKE | SEND, "feedback aside": SEND, "sender": MAIL},
    "HttpRole": {
        "table": ITEMS, "erasures": NOTE | {"dynamodb:Query"}, "runs": SEND, "batches": SEND, "invitations": SEND,
        "runs aside": LOOK, "batches aside": LOOK, "invitations aside": LOOK,
        "secret": {"ssm:GetParameter", "ssm:PutParameter", "ssm:DeleteParameter"}, "token": {"ssm:GetParameter"},
        "sender": MAIL,
        "schedule": {f"scheduler:{verb}Schedule" for verb in ("Create", "Delete", "Get", "Update")},
    },
    "ScheduleRole": {"runs": SEND, "runs aside": SEND},
}

# Partitions, and who may write them; docs/internals/table.md has the same table.
FETCH, RECONCILE, INVITE, HTTP = "FetchRole", "ReconcileRole", "InviteRole", "HttpRole"
WRITERS: dict[str, set[str]] = {
    "COMMUNITIES": {HTTP}, "TOKENS": {HTTP}, "C#acme": {HTTP}, "E#devcon": {HTTP}, "C#acme#AUDIT": {HTTP}, "K#" + 32 * "0f": {HTTP},
    "RESTORE": {HTTP},
    "E#devcon#NOTICE": {FETCH, INVITE, HTTP},
    "E#devcon#STATE": {FETCH, HTTP}, "C#acme#CLOSE": {FETCH, HTTP}, "C#acme#M#3#crew": {FETCH, HTTP}, "C#acme#G#f#crew": {FETCH, HTTP},
    **dict.fromkeys(("E#devcon#RUNS", "E#devcon#LOG", "E#devcon#FP", "E#devcon#HOOK", "C#acme#U#0", "C#acme#GROUPS", "C#acme#MJ", "C#acme#ERASE",
                     "C#acme#DRAFTS"), {FETCH, RECONCILE, HTTP}),
    **dict.fromkeys(("E#devcon#A#f", "E#devcon#O#0", "E#devcon#WAVES"), {FETCH, RECONCILE, INVITE, HTTP}),
    "C#acme#S#f": {INVITE, HTTP},
}
# Who may read what not everybody may.
READERS = {"COMMUNITIES": {FETCH, HTTP}, "TOKENS": {HTTP}, "K#" + 32 * "0f": {HTTP}, "RESTORE": {INVITE, HTTP}}


def wrong_partitions(stack: Stack) -> Iterator[str]:
    """What a role may do with a partition and should not, or may not and should."""
    iam, resources = stack.stage.client("iam"), stack.resources()
    for role in (FETCH, RECONCILE, INVITE, HTTP):
        name, statements = resources[role], []
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            statements += [s for s in document["Statement"] if any(a.startswith("dynamodb:") for a in listed(s["Action"]))]
        for partition, writers in WRITERS.items():
            readers = READERS.get(partition, {FETCH, RECONCILE, INVITE, HTTP})
            for action, allowed in (("dynamodb:PutItem", writers), ("dynamodb:DeleteItem", writers), ("dynamodb:BatchWriteItem", writers),
                                    ("dynamodb:GetItem", readers), ("dynamodb:Query", readers), ("dynamodb:BatchGetItem", readers)):
                if any(allows(statement, action, partition) for statement in statements) != (role in allowed):
                    yield f"{role} {'may not' if role in allowed else 'may'} {action} in {partition}"


def listed(value: object) -> list:
    return value if isinstance(value, list) else [value]


def allows(statement: dict, action: str, partition: str) -> bool:
    """Whether a statement lets the action be done with items of the partition; what else it asks for is not known here."""
    keys = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys")
    fits = keys is None or any(fnmatch.fnmatchcase(partition, pattern) for pattern in listed(keys))
    return action in listed(statement["Action"]) and fits


def wrong(stack: Stack) -> Iterator[str]:
    """What a role may and should not, or may not and should."""
    iam, resources = stack.stage.client("iam"), stack.resources()
    everything = sorted(NOBODY.union(*(actions for places in ALLOWED.values() for actions in places.values())))
    for role, places in ALLOWED.items():
        for place, pattern in PLACES.items():
            resource = "arn:aws:" + pattern.format(region=REGION, account=ACCOUNT, **stack.outputs)
            service = pattern.split(":", 1)[0]
            results = iam.simulate_principal_policy(
                PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:role/{resources[role]}", ResourceArns=[resource],
                ActionNames=[action for action in everything if action.startswith(service + ":")])["EvaluationResults"]
            for result in results:
                may, should = result["EvalDecision"] == "allowed", result["EvalActionName"] in places.get(place, set())
                if may != should:
                    yield f"{role} {'may' if may else 'may not'} {result['EvalActionName']} with {place}"
