//! What the functions of the cloud edition may do with the table: as `template.yaml` says, by partitions. Tables of
//! tests keep to it, as `DynamoDB` does; stages do not.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::{LazyLock, Mutex};

use attendee_sync_adapters::table::WriteAction;
use tokio::task::futures::TaskLocalFuture;

use crate::table_calls::TableCall;

const TEMPLATE: &str = include_str!("../../../template.yaml");

/// Who asks the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// What reads sources.
    Fetch,
    /// What applies batches.
    Reconcile,
    /// What sends invitations.
    Invite,
    /// Console and API.
    Http,
}

impl Function {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Fetch, Self::Reconcile, Self::Invite, Self::Http];
}

/// What is done with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemAccess {
    /// It is read, or checked.
    Read,
    /// It is written or deleted.
    Write,
}

tokio::task_local! {
    static FUNCTION: Function;
}

/// Patterns of partitions by who may do what with them.
static PERMITTED: LazyLock<BTreeMap<(Function, ItemAccess), Vec<String>>> = LazyLock::new(|| {
    let mut permitted = BTreeMap::new();
    for function in Function::ALL {
        for access in [ItemAccess::Read, ItemAccess::Write] {
            permitted.insert((function, access), patterns(function, access));
        }
    }
    permitted
});

/// The patterns of the template that were needed so far.
static NEEDED: Mutex<BTreeSet<(Function, ItemAccess, String)>> = Mutex::new(BTreeSet::new());

/// Does something as this function would. What nobody does is the console's.
pub fn acting_as<F: Future>(function: Function, work: F) -> Pin<Box<TaskLocalFuture<Function, F>>> {
    Box::pin(FUNCTION.scope(function, work))
}

/// The patterns that a role of the template names in one of its statements.
#[must_use]
pub fn patterns(function: Function, access: ItemAccess) -> Vec<String> {
    let role = format!("\n  {function:?}Role:\n");
    let (_, role) = TEMPLATE.split_once(&role).expect("the role is there");
    let sid = format!("Sid: {access:?}Items\n");
    let (_, statement) = role.split_once(&sid).expect("it has the statement");
    let (_, keys) = statement
        .split_once("\"dynamodb:LeadingKeys\":\n")
        .expect("it names partitions");
    let quoted = |line: &str| {
        let pattern = line.trim().strip_prefix("- \"")?.strip_suffix('"')?;
        Some(pattern.to_owned())
    };
    let patterns: Vec<String> = keys.lines().map_while(quoted).collect();
    assert!(!patterns.is_empty(), "{function:?} {access:?}");
    patterns
}

/// Whether a partition is one of a pattern, as `StringLike` tells it.
#[must_use]
pub fn matches(pattern: &str, partition: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => partition.is_empty(),
        Some('*') => {
            let pattern = rest.as_str();
            let mut ends = partition.char_indices().map(|(at, _)| &partition[at..]);
            ends.any(|end| matches(pattern, end)) || matches(pattern, "")
        }
        Some(wanted) => {
            let mut found = partition.chars();
            let is_there = found.next().is_some_and(|c| wanted == '?' || wanted == c);
            is_there && matches(rest.as_str(), found.as_str())
        }
    }
}

/// Whether a function may do something with the items of a partition.
#[must_use]
pub fn may(function: Function, access: ItemAccess, partition: &str) -> bool {
    let mut patterns = PERMITTED[&(function, access)].iter();
    let Some(pattern) = patterns.find(|pattern| matches(pattern, partition)) else {
        return false;
    };
    let mut needed = NEEDED.lock().unwrap();
    needed.insert((function, access, pattern.clone()));
    true
}

/// The patterns that nothing needed so far that this process did.
#[must_use]
pub fn unneeded() -> Vec<(Function, ItemAccess, String)> {
    let needed = NEEDED.lock().unwrap();
    let all = PERMITTED.iter().flat_map(|((function, access), patterns)| {
        let pattern = |pattern: &String| (*function, *access, pattern.clone());
        patterns.iter().map(pattern)
    });
    all.filter(|one| !needed.contains(one)).collect()
}

/// Why the one who asks may not do it; `None` where they may.
#[must_use]
pub fn refusal(call: &TableCall) -> Option<String> {
    let function = FUNCTION
        .try_with(|function| *function)
        .unwrap_or(Function::Http);
    let mut accesses: Vec<(ItemAccess, String)> = call
        .actions()
        .iter()
        .map(|action| {
            let access = match action {
                WriteAction::Check(..) => ItemAccess::Read,
                WriteAction::Put(..) | WriteAction::Delete(..) => ItemAccess::Write,
            };
            (access, action.key().pk.clone())
        })
        .collect();
    match call {
        TableCall::Get(key) => accesses.push((ItemAccess::Read, key.pk.clone())),
        TableCall::GetMany(keys) => {
            accesses.extend(keys.iter().map(|key| (ItemAccess::Read, key.pk.clone())));
        }
        TableCall::Query(partition, ..) | TableCall::Count(partition) => {
            accesses.push((ItemAccess::Read, partition.clone()));
        }
        _ => {}
    }
    let mut refused = accesses
        .iter()
        .filter(|(access, partition)| !may(function, *access, partition));
    let (access, partition) = refused.next()?;
    Some(format!("{function:?} may not {access:?} {partition}"))
}
