"""Who may what: the deployed roles' policies, asked of IAM's simulator.

What is not listed as allowed is asked for, too, and has to be refused: each function is asked for everything any of them may.
"""
from __future__ import annotations

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
    "sender": "ses:{region}:{account}:identity/devcon.example", "other sender": "ses:{region}:{account}:identity/other.example",
}
TAKE = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"}
LOOK = TAKE | {"sqs:StartMessageMoveTask", "sqs:ListMessageMoveTasks"}
SEND = {"sqs:SendMessage"}
MAIL = {"ses:SendRawEmail"}
ITEMS = {f"dynamodb:{action}" for action in ("BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "GetItem",
                                             "PutItem", "Query", "UpdateItem")}
NOBODY = {"dynamodb:Scan", "dynamodb:DeleteTable", "dynamodb:UpdateTable", "sqs:PurgeQueue", "sqs:DeleteQueue",
          "ssm:GetParametersByPath", "ses:SendEmail"}

ALLOWED: dict[str, dict[str, set[str]]] = {
    "FetchRole": {"table": ITEMS, "runs": TAKE | SEND, "batches": SEND, "invitations": SEND, "secret": {"ssm:GetParameter"}},
    "ReconcileRole": {"table": ITEMS, "batches": TAKE, "invitations": SEND},
    "InviteRole": {"table": ITEMS, "invitations": TAKE | SEND, "feedback aside": SEND, "sender": MAIL},
    "HttpRole": {
        "table": ITEMS, "runs": SEND, "batches": SEND, "invitations": SEND,
        "runs aside": LOOK, "batches aside": LOOK, "invitations aside": LOOK,
        "secret": {"ssm:GetParameter", "ssm:PutParameter", "ssm:DeleteParameter"}, "token": {"ssm:GetParameter"},
        "sender": MAIL,
        "schedule": {f"scheduler:{verb}Schedule" for verb in ("Create", "Delete", "Get", "Update")},
    },
    "ScheduleRole": {"runs": SEND, "runs aside": SEND},
}


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
