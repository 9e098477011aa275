//! The permissions of the cloud edition's functions on the table: by partitions, as `template.yaml`
//! grants them. Cloud tables of tests enforce them, as `DynamoDB` does; the queues of tests enforce
//! none.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::{LazyLock, Mutex};

use attendee_sync_adapters::table::WriteAction;
use tokio::task::futures::TaskLocalFuture;

use crate::table_calls::TableCall;

const TEMPLATE: &str = include_str!("../../../template.yaml");

/// The function that uses the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// Reads sources.
    Fetch,
    /// Applies batches.
    Reconcile,
    /// Sends invitations.
    Invite,
    /// Serves console and API.
    Http,
}

impl Function {
    /// All functions.
    pub const ALL: [Self; 4] = [Self::Fetch, Self::Reconcile, Self::Invite, Self::Http];
}

/// The kind of access to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemAccess {
    /// The item is read, or checked in a transaction.
    Read,
    /// The item is written or deleted.
    Write,
}

tokio::task_local! {
    static FUNCTION: Function;
}

/// Patterns of partitions, by function and access.
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

/// Runs some work as this function. Work outside of any function has the console's permissions.
pub fn acting_as<F: Future>(function: Function, work: F) -> Pin<Box<TaskLocalFuture<Function, F>>> {
    Box::pin(FUNCTION.scope(function, work))
}

/// Returns the patterns of a function's role in the template for one kind of access.
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

/// Returns whether a partition matches a pattern, by the rules of `StringLike`.
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

/// Returns whether a function may access the items of a partition.
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

/// Returns the patterns that this process has not used so far.
#[must_use]
pub fn unneeded() -> Vec<(Function, ItemAccess, String)> {
    let needed = NEEDED.lock().unwrap();
    let all = PERMITTED.iter().flat_map(|((function, access), patterns)| {
        let pattern = |pattern: &String| (*function, *access, pattern.clone());
        patterns.iter().map(pattern)
    });
    all.filter(|one| !needed.contains(one)).collect()
}

/// Returns why the current function may not make a call; `None` where it may.
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
