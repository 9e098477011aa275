//! Attendees, users and groups: what is stored of them, access, and changes by hand.

pub(crate) mod access;
pub(crate) mod activity;
pub(crate) mod attendee_list;
pub(crate) mod audience;
pub(crate) mod badges;
pub(crate) mod cache;
pub(crate) mod dossier;
pub(crate) mod erase;
pub(crate) mod erasure_list;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod fold_groups;
pub(crate) mod group_edit;
pub(crate) mod group_list;
pub(crate) mod group_sizes;
pub(crate) mod hand_audit;
pub(crate) mod hand_edit;
pub(crate) mod import;
pub(crate) mod manual;
pub(crate) mod run_log;
pub(crate) mod search;
pub(crate) mod stored;
pub(crate) mod user_by_hand;
pub(crate) mod users;
