"""What no linter knows of the cloud edition's templates.

Each check is a function that yields what is wrong; FAULTS breaks the templates once for each, and
the check has to notice. Needs what cfn-lint brings, and nothing else.
"""
import copy
import fnmatch
import glob
import os
import sys

from cfnlint.decode import decode

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
QUEUE, FUNCTION, LOGS = "AWS::SQS::Queue", "AWS::Serverless::Function", "AWS::Logs::LogGroup"

# Seconds: people are in what is set aside, and no erasure reaches it; a long weekend is enough to notice.
SET_ASIDE_FOR = 4 * 24 * 3600
# Actions for which AWS knows no resource, and why they are needed.
WITHOUT_RESOURCE = {"ses:GetSendQuota": "the quota is the account's"}
# What a person could be told by, were it in the API's log.
PERSONAL = ("path", "sourceIp", "userAgent", "authorizer.claims", "identity", "error.message", "domainName")
# Partitions of what organisers decide and of what lets people in: only the console writes there.
CONSOLES = ("COMMUNITIES", "TOKENS", "C#acme", "C#acme#AUDIT", "E#devcon", "K#0f")
UNTAGGED = {
    "AWS::ApiGatewayV2::Authorizer", "AWS::ApiGatewayV2::Integration", "AWS::ApiGatewayV2::Route",
    "AWS::CloudWatch::Dashboard", "AWS::IAM::ManagedPolicy", "AWS::Logs::QueryDefinition", "AWS::Lambda::Permission", "AWS::S3::BucketPolicy", "AWS::Scheduler::Schedule",
    "AWS::SES::ConfigurationSetEventDestination", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy",
}


def read(path):
    template, problems = decode(path)
    if problems:
        sys.exit(f"{path}: {problems}")
    return template


def of_type(template, kind):
    return {n: r for n, r in template["Resources"].items() if r["Type"] == kind}


def target(value):
    """The resource that a reference or an attribute is of."""
    if isinstance(value, dict):
        if "Ref" in value:
            return value["Ref"]
        if "Fn::GetAtt" in value:
            name = value["Fn::GetAtt"]
            return name.split(".")[0] if isinstance(name, str) else name[0]
    return None


def listed(value):
    return value if isinstance(value, list) else [value]


def statements(node):
    """Every statement of every policy, wherever it stands."""
    if isinstance(node, dict):
        if "Statement" in node:
            yield from listed(node["Statement"])
        for value in node.values():
            yield from statements(value)
    elif isinstance(node, list):
        for value in node:
            yield from statements(value)


def policies_are_narrow(template):
    for name, resource in template["Resources"].items():
        for statement in statements(resource):
            if statement["Effect"] != "Allow":
                continue
            actions = listed(statement["Action"])
            for action in actions:
                if "*" in action:
                    yield f"{name} allows {action}"
            for place in listed(statement.get("Resource", [])):
                if place == "*" and not set(actions) <= set(WITHOUT_RESOURCE):
                    yield f"{name} allows {', '.join(actions)} everywhere"
            if statement.get("Principal") in ("*", {"AWS": "*"}):
                yield f"{name} allows anybody"


def passed_roles_are_for_one_service(template):
    for name, resource in template["Resources"].items():
        for statement in statements(resource):
            if "iam:PassRole" in listed(statement["Action"]) and "iam:PassedToService" not in str(statement.get("Condition")):
                yield f"{name} passes a role to any service"


def services_act_for_this_account(template):
    """A service other than Lambda, which acts for functions only, has to say for whom it comes."""
    for name, resource in template["Resources"].items():
        for statement in statements(resource):
            service = statement.get("Principal", {})
            service = service.get("Service") if isinstance(service, dict) else None
            if service and service != "lambda.amazonaws.com" and "aws:SourceAccount" not in str(statement.get("Condition")):
                yield f"{name} trusts {service} on behalf of any account"


def policies_of(template, function):
    """The role of a function, and the managed policies that it names."""
    role = template["Resources"][target(function["Properties"]["Role"])]
    managed = role["Properties"].get("ManagedPolicyArns", [])
    return [role, *(template["Resources"][target(policy)] for policy in managed)]


def mailers_send_as_the_sender_alone(template):
    """A function that is told by what to send mail may do so, and only from the sender of the installation."""
    for name, function in of_type(template, FUNCTION).items():
        variables = function["Properties"].get("Environment", {}).get("Variables", {})
        if "CONFIGURATION_SET" not in variables:
            continue
        for needed in ("SENDER_IDENTITY", "SENDERS"):
            if needed not in variables:
                yield f"{name} does not know its {needed}"
        sending = [statement for policy in policies_of(template, function) for statement in statements(policy["Properties"])
                   if "ses:SendRawEmail" in listed(statement["Action"])]
        if not sending:
            yield f"{name} may not send mail"
        for statement in sending:
            if "SenderIdentity" not in str(statement["Resource"]):
                yield f"{name} may send from any sender"


def partitions_are_written_by_who_may(template):
    gateways = of_type(template, "AWS::ApiGatewayV2::Integration").values()
    consoles = {target(gateway["Properties"].get("IntegrationUri")) for gateway in gateways}
    for name, function in of_type(template, FUNCTION).items():
        for statement in statements([policy["Properties"] for policy in policies_of(template, function)]):
            actions = [action for action in listed(statement["Action"]) if action.startswith("dynamodb:")]
            if not actions:
                continue
            keys = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys")
            if not keys:
                yield f"{name} may use items of any partition"
            elif name not in consoles and any("Write" in action or "Put" in action or "Delete" in action for action in actions):
                for partition in CONSOLES:
                    if any(fnmatch.fnmatchcase(partition, pattern) for pattern in listed(keys)):
                        yield f"{name} may write {partition}"


def set_asides(template):
    """Queues by the queue that takes what they give up."""
    found = {}
    for name, queue in of_type(template, QUEUE).items():
        policy = queue["Properties"].get("RedrivePolicy")
        if policy:
            found[target(policy["deadLetterTargetArn"])] = name
    for name, function in of_type(template, FUNCTION).items():
        failed = function["Properties"].get("EventInvokeConfig", {}).get("DestinationConfig", {}).get("OnFailure")
        if failed:
            found[target(failed["Destination"])] = name
    return found


def queues_set_messages_aside(template):
    aside = set_asides(template)
    for name, queue in of_type(template, QUEUE).items():
        properties = queue["Properties"]
        if name in aside:
            if properties.get("MessageRetentionPeriod") != SET_ASIDE_FOR:
                yield f"{name} does not keep messages for 4 days"
            if "RedriveAllowPolicy" not in properties:
                yield f"{name} may be used by any queue"
        elif "RedrivePolicy" not in properties:
            yield f"{name} has no dead-letter queue"


def queues_are_closed(template):
    covered = set()
    for policy in of_type(template, "AWS::SQS::QueuePolicy").values():
        for statement in statements(policy):
            if statement["Effect"] == "Deny" and "aws:SecureTransport" in str(statement.get("Condition")):
                covered |= {target(queue) for queue in policy["Properties"]["Queues"]}
    for name, queue in of_type(template, QUEUE).items():
        if queue["Properties"].get("SqsManagedSseEnabled") is not True:
            yield f"{name} is not encrypted"
        if name not in covered:
            yield f"{name} may be used without TLS"


def messages_stay_hidden_while_functions_work(template):
    for name, function in of_type(template, FUNCTION).items():
        properties = function["Properties"]
        for event in properties.get("Events", {}).values():
            if event["Type"] != "SQS":
                continue
            queue = target(event["Properties"]["Queue"])
            hidden = template["Resources"][queue]["Properties"].get("VisibilityTimeout", 30)
            if hidden < 6 * properties["Timeout"]:
                yield f"{queue} hides messages for {hidden} s, but {name} may take {properties['Timeout']} s"
            if event["Properties"].get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
                yield f"{name} cannot say which messages of {queue} failed"
            if "ScalingConfig" not in event["Properties"]:
                yield f"{name} takes as much of {queue} at once as there is"


def doors_do_not_wait_behind_syncs(template):
    """Functions that a gateway waits for have their own share of the account; queues can wait."""
    gateways = of_type(template, "AWS::ApiGatewayV2::Integration").values()
    for name in sorted(filter(None, (target(gateway["Properties"].get("IntegrationUri")) for gateway in gateways))):
        reserved = template["Resources"][name]["Properties"].get("ReservedConcurrentExecutions")
        if reserved is None:
            yield f"{name} has what others leave of the account's concurrency"
            continue
        condition, given, otherwise = reserved.get("Fn::If", (None, reserved, None))
        parameter = template["Parameters"].get(target(given), {})
        if parameter.get("Default", 0) == 0:
            yield f"{name} has nothing reserved unless somebody asks for it"
        if parameter.get("MinValue") != 0 or target(otherwise) != "AWS::NoValue":
            yield f"{name} cannot be deployed where the account's quota is small"
        # A reserved concurrency of 0 lets nothing through.
        if template["Conditions"].get(condition) != {"Fn::Not": [{"Fn::Equals": [{"Ref": target(given)}, 0]}]}:
            yield f"{name} is shut where nothing is reserved for it"


def logs_end(template):
    for name, logs in of_type(template, LOGS).items():
        if "RetentionInDays" not in logs["Properties"]:
            yield f"{name} are kept for ever"
    for name, function in of_type(template, FUNCTION).items():
        logs = target(function["Properties"].get("LoggingConfig", {}).get("LogGroup"))
        if logs not in of_type(template, LOGS):
            yield f"{name} writes to a log that is not in the template"


def access_logs_name_nobody(template):
    for name, stage in of_type(template, "AWS::ApiGatewayV2::Stage").items():
        log = stage["Properties"].get("AccessLogSettings", {}).get("Format")
        if not log:
            yield f"{name} has no access log"
        for word in PERSONAL:
            if f"$context.{word}" in (log or ""):
                yield f"{name} logs $context.{word}"


def holds(condition, parameters):
    """What a condition of a rule comes to with these parameters."""
    if not isinstance(condition, dict):
        return condition
    (function, arguments), = condition.items()
    if function == "Ref":
        return parameters[arguments]
    values = [holds(argument, parameters) for argument in listed(arguments)]
    return {
        "Fn::Equals": lambda: values[0] == values[1],
        "Fn::Not": lambda: not values[0],
        "Fn::And": lambda: all(values),
        "Fn::Or": lambda: any(values),
    }[function]()


def refused(template, **given):
    """Whether CloudFormation takes no stack with these parameters, and the defaults of the others."""
    parameters = {name: str(p.get("Default", "")) for name, p in template["Parameters"].items()} | given
    return any(
        holds(rule.get("RuleCondition", True), parameters) and not holds(assertion["Assert"], parameters)
        for rule in template.get("Rules", {}).values() for assertion in rule["Assertions"]
    )


def private_sources_are_for_rehearsals(template):
    if "AllowPrivateSources" not in template.get("Parameters", {}) or "StageName" not in template["Parameters"]:
        return
    for stage, allowed, wanted in (
        ("production", "true", True), ("production", "false", False), ("rehearsal", "true", False), ("rehearsal", "false", False),
    ):
        if refused(template, StageName=stage, AllowPrivateSources=allowed) != wanted:
            yield f"AllowPrivateSources={allowed} is {'taken' if wanted else 'refused'} for {stage}"


def tables_outlive_the_stack(template):
    for name, table in of_type(template, "AWS::DynamoDB::Table").items():
        properties = table["Properties"]
        for key in ("DeletionPolicy", "UpdateReplacePolicy"):
            if table.get(key) != "Retain":
                yield f"{name} is lost with the stack: {key}"
        if not properties.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
            yield f"{name} cannot be restored"
        if not properties.get("SSESpecification", {}).get("SSEEnabled"):
            yield f"{name} is not encrypted with a key of the account"
        if not properties.get("TimeToLiveSpecification", {}).get("Enabled"):
            yield f"{name} keeps everything for ever"


def pages_of_runbook():
    """The headings of the runbook, as links name them."""
    with open(os.path.join(ROOT, "docs/runbook.md"), encoding="utf-8") as file:
        titles = [line.lstrip("#").strip() for line in file if line.startswith("#")]
    return {"".join(c for c in title.lower().replace(" ", "-") if c.isalnum() or c == "-") for title in titles}


def alarms_name_their_page(template):
    """Whoever is woken by an alarm is told where it says what to do."""
    for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items():
        words = str(alarm["Properties"].get("AlarmDescription", "")).split("See docs/runbook.md#")
        if len(words) != 2:
            yield f"{name} names no page of the runbook"
        elif words[1].strip() not in pages_of_runbook():
            yield f"{name} names the page {words[1].strip()}, which the runbook has not"


# What may be counted: a message that nobody could process is one too many. All else is a part of what there was.
COUNTED = {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage", "LastSuccessAgeSeconds", "RunsHeld",
           "InvitationsInDoubt", "DispatchesPaused", "Reputation.BounceRate", "Reputation.ComplaintRate"}


def failures_are_ratios(template):
    """An alarm that counts failures goes off the more often, the more there is to do."""
    for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items():
        metric = alarm["Properties"].get("MetricName")
        if metric and metric not in COUNTED:
            yield f"{name} counts {metric}"


# What an installation has to be watched for, by the metrics that say it.
WATCHED = {"RunsFailed", "RunsHeld", "BatchesFailed", "Errors", "Throttles", "ConcurrentExecutions", "5xx", "WriteThrottleEvents",
           "ReadThrottleEvents", "InvocationDroppedCount", "ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible",
           "LastSuccessAgeSeconds", "DispatchesPaused", "InvitationsInDoubt"}


def all_is_watched(template):
    alarms = of_type(template, "AWS::CloudWatch::Alarm").values()
    if not alarms:
        return
    watched = {alarm["Properties"].get("MetricName") for alarm in alarms}
    watched |= {metric["MetricStat"]["Metric"]["MetricName"] for alarm in alarms
                for metric in alarm["Properties"].get("Metrics", []) if "MetricStat" in metric}
    for metric in sorted(WATCHED - watched):
        yield f"no alarm watches {metric}"


def messages_come_again(template):
    """A message that fails is shown again by its function, which may do that, and is given up after ten tries."""
    for name, function in of_type(template, FUNCTION).items():
        for event in function["Properties"].get("Events", {}).values():
            if event["Type"] != "SQS":
                continue
            queue = target(event["Properties"]["Queue"])
            tries = template["Resources"][queue]["Properties"].get("RedrivePolicy", {}).get("maxReceiveCount", 0)
            if tries < 10:
                yield f"{queue} gives messages up after {tries} tries, which are over in minutes"
            may = [s for policy in policies_of(template, function) for s in statements(policy["Properties"])
                   if "sqs:ChangeMessageVisibility" in listed(s["Action"]) and queue in str(s["Resource"])]
            if not may:
                yield f"{name} may not show messages of {queue} again"


def buckets_are_closed(template):
    """People are in answers: nobody but the function gives them out, and they end."""
    covered = set()
    for policy in of_type(template, "AWS::S3::BucketPolicy").values():
        for statement in statements(policy):
            if statement["Effect"] == "Deny" and "aws:SecureTransport" in str(statement.get("Condition")):
                covered.add(target(policy["Properties"]["Bucket"]))
    for name, bucket in of_type(template, "AWS::S3::Bucket").items():
        properties = bucket["Properties"]
        shut = properties.get("PublicAccessBlockConfiguration", {})
        if len(shut) != 4 or not all(value is True for value in shut.values()):
            yield f"{name} could be made public"
        if "BucketEncryption" not in properties:
            yield f"{name} is not encrypted"
        if name not in covered:
            yield f"{name} may be used without TLS"
        rules = properties.get("LifecycleConfiguration", {}).get("Rules", [])
        if not any(rule.get("Status") == "Enabled" and rule.get("ExpirationInDays") == 1 for rule in rules):
            yield f"{name} keeps what is in it"


def mentions(node, name, within=()):
    """Every reference to a resource, with the conditions that it stands under."""
    if isinstance(node, dict):
        if target(node) == name or any(f"${{{name}" in str(text) for key, text in node.items() if key == "Fn::Sub"):
            yield within
        for key, value in node.items():
            if key == "Fn::If":
                condition, then, otherwise = value
                yield from mentions(then, name, (*within, condition))
                yield from mentions(otherwise, name, within)
            else:
                yield from mentions(value, name, within)
    elif isinstance(node, list):
        for value in node:
            yield from mentions(value, name, within)


def tables_can_be_given(template):
    """A stack can be deployed over a table that was restored or that another stack left, and then makes none."""
    for name, table in of_type(template, "AWS::DynamoDB::Table").items():
        condition = table.get("Condition")
        given = [parameter for parameter in template["Parameters"]
                 if template["Conditions"].get(condition) == {"Fn::Equals": [{"Ref": parameter}, ""]}]
        if not given or template["Parameters"][given[0]].get("Default") != "":
            yield f"{name} is made in any case"
            continue
        others = {key: value for key, value in template.items() if key != "Conditions"}
        if any(condition not in within for within in mentions(others, name)):
            yield f"{name} is used where it is not made"
        used = template["Globals"]["Function"]["Environment"]["Variables"].values()
        if not any(value == {"Fn::If": [condition, {"Ref": name}, {"Ref": given[0]}]} for value in used):
            yield f"the functions are not told of {given[0]}"


def schedules_are_remade_by_themselves(template):
    """A function that makes schedules is started every day, at least, to look after them."""
    for name, function in of_type(template, FUNCTION).items():
        if "SCHEDULE_GROUP" not in function["Properties"].get("Environment", {}).get("Variables", {}):
            continue
        started = [schedule["Properties"] for schedule in of_type(template, "AWS::Scheduler::Schedule").values()
                   if name in str(schedule["Properties"]["Target"]["Arn"])]
        if not any(schedule["ScheduleExpression"].startswith("rate(") and schedule["State"] == "ENABLED"
                   and "upkeep" in schedule["Target"]["Input"] for schedule in started):
            yield f"nothing has {name} remake the schedules"


def everything_is_tagged(template):
    common = template.get("Globals", {}).get("Function", {})
    for name, resource in template["Resources"].items():
        tags = resource.get("Properties", {}).get("Tags")
        if resource["Type"] == FUNCTION:
            tags = tags or common.get("Tags")
        if not tags and resource["Type"] not in UNTAGGED:
            yield f"{name} has no tags"


def parameters_are_described(template):
    for name, parameter in template.get("Parameters", {}).items():
        if not parameter.get("Description"):
            yield f"parameter {name} has no description"


CHECKS = [
    policies_are_narrow, partitions_are_written_by_who_may, passed_roles_are_for_one_service, services_act_for_this_account,
    mailers_send_as_the_sender_alone, queues_set_messages_aside, queues_are_closed,
    messages_stay_hidden_while_functions_work, doors_do_not_wait_behind_syncs, logs_end, access_logs_name_nobody,
    private_sources_are_for_rehearsals, tables_outlive_the_stack, tables_can_be_given, schedules_are_remade_by_themselves,
    alarms_name_their_page, failures_are_ratios, all_is_watched, messages_come_again, buckets_are_closed, everything_is_tagged, parameters_are_described,
]


def at(template, *path):
    for step in path:
        template = template[step]
    return template


def policy(template, role):
    return at(template, "Resources", role, "Properties", "Policies", 0, "PolicyDocument", "Statement")


def partitions(template, role):
    """Those that a role may write."""
    statement = next(s for s in policy(template, role) if "dynamodb:PutItem" in listed(s["Action"]))
    return statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]


def pass_role(template):
    return next(s for s in policy(template, "HttpRole") if "iam:PassRole" in listed(s["Action"]))


def properties(template, name):
    return template["Resources"][name]["Properties"]


# How the root template may be broken, and what has to be said of it.
FAULTS = [
    (policies_are_narrow, "everywhere", lambda t: policy(t, "FetchRole")[1].update(Resource="*")),
    (policies_are_narrow, "allows sqs:*", lambda t: policy(t, "FetchRole")[1].update(Action="sqs:*")),
    (policies_are_narrow, "allows anybody",
     lambda t: properties(t, "QueuesOverTls")["PolicyDocument"]["Statement"][0].update(Effect="Allow")),
    (partitions_are_written_by_who_may, "any partition", lambda t: policy(t, "FetchRole")[1].pop("Condition")),
    (partitions_are_written_by_who_may, "FetchFunction may write E#devcon", lambda t: partitions(t, "FetchRole").append("E#*")),
    (partitions_are_written_by_who_may, "ReconcileFunction may write C#acme#AUDIT",
     lambda t: partitions(t, "ReconcileRole").append("C#*#A*")),
    (passed_roles_are_for_one_service, "passes a role", lambda t: pass_role(t).pop("Condition")),
    (services_act_for_this_account, "any account",
     lambda t: properties(t, "ScheduleRole")["AssumeRolePolicyDocument"]["Statement"][0].pop("Condition")),
    (mailers_send_as_the_sender_alone, "HttpFunction may not send mail",
     lambda t: properties(t, "HttpRole")["ManagedPolicyArns"].pop()),
    (mailers_send_as_the_sender_alone, "any sender",
     lambda t: properties(t, "MailAccess")["PolicyDocument"]["Statement"][0].update(Resource="arn:aws:ses:::identity/*")),
    (mailers_send_as_the_sender_alone, "SENDERS",
     lambda t: properties(t, "InviteFunction")["Environment"]["Variables"].pop("SENDERS")),
    (queues_set_messages_aside, "no dead-letter queue", lambda t: properties(t, "RunsQueue").pop("RedrivePolicy")),
    (queues_set_messages_aside, "4 days", lambda t: properties(t, "BatchesSetAside").update(MessageRetentionPeriod=1209600)),
    (queues_set_messages_aside, "any queue", lambda t: properties(t, "BatchesSetAside").pop("RedriveAllowPolicy")),
    (queues_are_closed, "not encrypted", lambda t: properties(t, "BatchesQueue").pop("SqsManagedSseEnabled")),
    (queues_are_closed, "without TLS", lambda t: properties(t, "QueuesOverTls")["Queues"].pop()),
    (messages_stay_hidden_while_functions_work, "hides messages for 720 s",
     lambda t: properties(t, "ReconcileFunction").update(Timeout=121)),
    (messages_stay_hidden_while_functions_work, "which messages",
     lambda t: at(properties(t, "FetchFunction"), "Events", "Runs", "Properties").pop("FunctionResponseTypes")),
    (messages_stay_hidden_while_functions_work, "at once",
     lambda t: at(properties(t, "InviteFunction"), "Events", "Invitations", "Properties").pop("ScalingConfig")),
    (doors_do_not_wait_behind_syncs, "what others leave",
     lambda t: properties(t, "HttpFunction").pop("ReservedConcurrentExecutions")),
    (doors_do_not_wait_behind_syncs, "unless somebody asks", lambda t: t["Parameters"]["HttpReservedConcurrency"].update(Default=0)),
    (doors_do_not_wait_behind_syncs, "quota is small", lambda t: t["Parameters"]["HttpReservedConcurrency"].update(MinValue=1)),
    (doors_do_not_wait_behind_syncs, "is shut",
     lambda t: properties(t, "HttpFunction").update(ReservedConcurrentExecutions={"Ref": "HttpReservedConcurrency"})),
    (logs_end, "for ever", lambda t: properties(t, "HttpLogs").pop("RetentionInDays")),
    (logs_end, "not in the template", lambda t: properties(t, "HttpFunction").pop("LoggingConfig")),
    (access_logs_name_nobody, "$context.path",
     lambda t: properties(t, "ApiStage")["AccessLogSettings"].update(Format="$context.requestId $context.path")),
    (access_logs_name_nobody, "no access log", lambda t: properties(t, "ApiStage").pop("AccessLogSettings")),
    (private_sources_are_for_rehearsals, "taken for production",
     lambda t: t["Rules"].pop("PrivateSourcesAreForRehearsals")),
    (private_sources_are_for_rehearsals, "refused for rehearsal",
     lambda t: t["Rules"]["PrivateSourcesAreForRehearsals"].pop("RuleCondition")),
    (tables_outlive_the_stack, "lost", lambda t: t["Resources"]["Table"].pop("DeletionPolicy")),
    (tables_outlive_the_stack, "restored", lambda t: properties(t, "Table").pop("PointInTimeRecoverySpecification")),
    (tables_outlive_the_stack, "encrypted", lambda t: properties(t, "Table").pop("SSESpecification")),
    (tables_outlive_the_stack, "for ever", lambda t: properties(t, "Table").pop("TimeToLiveSpecification")),
    (tables_can_be_given, "Table is made in any case", lambda t: t["Resources"]["Table"].pop("Condition")),
    (tables_can_be_given, "Erasures is made in any case",
     lambda t: t["Parameters"]["ExistingErasuresTable"].update(Default="erasures")),
    (tables_can_be_given, "Table is used where it is not made", lambda t: t["Outputs"]["TableName"].update(Value={"Ref": "Table"})),
    (tables_can_be_given, "not told of ExistingTable",
     lambda t: t["Globals"]["Function"]["Environment"]["Variables"].pop("TABLE_NAME")),
    (schedules_are_remade_by_themselves, "nothing has HttpFunction",
     lambda t: properties(t, "UpkeepSchedule").update(State="DISABLED")),
    (everything_is_tagged, "no tags", lambda t: properties(t, "Table").pop("Tags")),
    (everything_is_tagged, "FetchFunction", lambda t: t["Globals"]["Function"].pop("Tags")),
    (parameters_are_described, "no description", lambda t: t["Parameters"]["Architecture"].pop("Description")),
    (messages_come_again, "after 3 tries", lambda t: properties(t, "RunsQueue")["RedrivePolicy"].update(maxReceiveCount=3)),
    (messages_come_again, "ReconcileFunction may not",
     lambda t: next(s for s in policy(t, "ReconcileRole") if s["Sid"] == "TakeBatches").update(Action="sqs:ReceiveMessage")),
    (buckets_are_closed, "could be made public",
     lambda t: properties(t, "Answers")["PublicAccessBlockConfiguration"].update(BlockPublicPolicy=False)),
    (buckets_are_closed, "not encrypted", lambda t: properties(t, "Answers").pop("BucketEncryption")),
    (buckets_are_closed, "without TLS", lambda t: t["Resources"].pop("AnswersOverTls")),
    (buckets_are_closed, "keeps what", lambda t: properties(t, "Answers").pop("LifecycleConfiguration")),
]
# The same of the template that watches.
WATCHING = "infra/observability.yaml"
FAULTS_OF_WATCHING = [
    (alarms_name_their_page, "RunsFail names no page", lambda t: properties(t, "RunsFail").update(AlarmDescription="Runs fail.")),
    (alarms_name_their_page, "which the runbook has not",
     lambda t: properties(t, "RunsFail").update(AlarmDescription="Runs fail. See docs/runbook.md#nowhere")),
    (failures_are_ratios, "HttpFails counts Errors",
     lambda t: properties(t, "HttpFails").update(MetricName="Errors")),
    (all_is_watched, "no alarm watches RunsHeld", lambda t: [t["Resources"].pop(name) for name in ("RunsAreHeld", "RunsFail")]),
    (all_is_watched, "no alarm watches InvocationDroppedCount", lambda t: t["Resources"].pop("SchedulesAreDropped")),
]


def main():
    paths = ["template.yaml", *sorted(glob.glob("infra/*.yaml", root_dir=ROOT))]
    templates = {path: read(os.path.join(ROOT, path)) for path in paths}
    wrong = [f"{path}: {fault}" for path, template in templates.items() for check in CHECKS for fault in check(template)]
    faults = [("template.yaml", *fault) for fault in FAULTS] + [(WATCHING, *fault) for fault in FAULTS_OF_WATCHING]
    for path, check, words, break_it in faults:
        broken = copy.deepcopy(templates[path])
        break_it(broken)
        if not any(words in fault for fault in check(broken)):
            wrong.append(f"{check.__name__} does not notice \"{words}\"")
    if unseen := {c.__name__ for c in CHECKS} - {c.__name__ for _, c, _, _ in faults}:
        wrong.append(f"never seen to fail: {', '.join(sorted(unseen))}")
    for fault in wrong:
        print(fault, file=sys.stderr)
    if not wrong:
        print(f"{len(paths)} templates, {len(CHECKS)} checks, {len(faults)} faults noticed")
    sys.exit(1 if wrong else 0)


main()
