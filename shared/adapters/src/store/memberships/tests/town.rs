//! People who come into groups and leave them, and a plain set of who is in which.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use attendee_sync_app::ports::{
    Directory as _, Erasure, ManualGroupChange, Memberships as _, Migrator, PlannedErasure,
};
use attendee_sync_domain::group::{Group, GroupKey, GroupName};
use attendee_sync_domain::ids::{CommunityId, PersonId};
use attendee_sync_domain::memberships::FoldThreshold;
use attendee_sync_domain::people::{Grantor, Membership, Tombstone, User, UserState};
use attendee_sync_domain::plan::Put;
use attendee_sync_domain::profile::Profile;
use jiff::{SignedDuration, Timestamp};

use super::super::{item_keys, migrate};
use super::scripted_table::ScriptedTable;
use crate::store::{TableStore, keys};
use crate::table::{KeyRange, QueryPaging, Table as _, TableItemBuilder, WriteAction};

pub(super) const GROUPS: [&str; 3] = ["crew", "3#crew", "press"];

pub(super) fn now() -> Timestamp {
    "2026-11-01T10:00:00Z".parse().unwrap()
}

/// When no lease is held any more.
pub(super) fn later() -> Timestamp {
    now() + SignedDuration::from_mins(10)
}

pub(super) fn community() -> CommunityId {
    "acme".parse().unwrap()
}

pub(super) fn group(at: usize) -> Group {
    let name = GroupName::parse(GROUPS[at]).unwrap();
    Group {
        key: name.key(),
        name,
    }
}

pub(super) fn person(number: u8) -> PersonId {
    PersonId::from_bytes([number.wrapping_mul(37); 16])
}

/// The town as it is in the table and as it should be.
#[derive(Clone)]
pub(super) struct Town {
    pub(super) table: ScriptedTable,
    pub(super) store: TableStore,
    users: BTreeMap<u8, (u64, User)>,
    model: BTreeSet<(usize, PersonId)>,
}

impl Town {
    /// A community that is new.
    pub(super) async fn new() -> Self {
        let town = Self::of_an_earlier_version().await;
        let new = crate::store::migration::format_of_new(&community()).unwrap();
        town.table.engine().write(new).await.unwrap();
        town
    }

    /// A community with nothing that says in which form its memberships are.
    pub(super) async fn of_an_earlier_version() -> Self {
        let table = ScriptedTable::new();
        for at in 0..GROUPS.len() {
            let item = TableItemBuilder::new(keys::group(&community(), &group(at).key));
            let item = item.doc(&group(at)).unwrap().build();
            table.engine().write(WriteAction::put(item)).await.unwrap();
        }
        Self {
            store: TableStore::new(Arc::new(table.clone())),
            table,
            users: BTreeMap::new(),
            model: BTreeSet::new(),
        }
    }

    /// The same town by another way, for what happens beside.
    pub(super) fn beside(&self) -> Self {
        let table = self.table.beside();
        Self {
            store: TableStore::new(Arc::new(table.clone())),
            table,
            ..self.clone()
        }
    }

    fn user(&mut self, number: u8) -> &mut (u64, User) {
        self.users.entry(number).or_insert_with(|| {
            let user = User {
                email: format!("p{number}@example.org").parse().unwrap(),
                profile: Profile::default(),
                set_by: BTreeMap::new(),
                groups: BTreeMap::new(),
                events: BTreeMap::new(),
                created: now(),
                updated: now(),
            };
            (0, user)
        })
    }

    /// Changes the user in memory; whether they are in the group then.
    fn turn(&mut self, number: u8, at: usize) -> bool {
        let Group { key, name } = group(at);
        let (_, user) = self.user(number);
        let joins = user.groups.remove(&key).is_none();
        if joins {
            let by = BTreeSet::from([Grantor::Hand]);
            user.groups.insert(key, Membership { name, by });
            self.model.insert((at, person(number)));
        } else {
            self.model.remove(&(at, person(number)));
        }
        joins
    }

    /// Puts somebody into a group who is not in it, and takes out who is.
    pub(super) async fn toggle(&mut self, number: u8, at: usize) {
        let joins = self.turn(number, at);
        let acme = community();
        let (version, user) = self.user(number);
        let put = Put {
            expected: Some(*version).filter(|version| *version > 0),
            value: user.clone(),
        };
        *version += 1;
        let key = group(at).key;
        let regrouping = if joins {
            ManualGroupChange::Joins(&key)
        } else {
            ManualGroupChange::Leaves(&key)
        };
        let written = self
            .store
            .set_manual_groups(&acme, person(number), &put, regrouping);
        written.await.unwrap();
    }

    /// The same as an earlier version did it: an item for each membership.
    pub(super) async fn toggle_as_before(&mut self, number: u8, at: usize) {
        let joins = self.turn(number, at);
        let (version, user) = self.user(number);
        *version += 1;
        let state = UserState::User(user.clone());
        let item = TableItemBuilder::new(keys::user(&community(), person(number)))
            .version(*version)
            .doc(&state)
            .unwrap()
            .build();
        let pk = item_keys::former_members_partition(
            &community(),
            &group(at).key,
            person(number).shard(),
        );
        let key = crate::table::TableKey {
            pk,
            sk: person(number).to_string(),
        };
        let membership = if joins {
            WriteAction::put(TableItemBuilder::new(key).build())
        } else {
            WriteAction::delete(key)
        };
        let engine = self.table.engine();
        engine.write(WriteAction::put(item)).await.unwrap();
        engine.write(membership).await.unwrap();
    }

    pub(super) async fn erase(&mut self, number: u8) {
        let (version, user) = self.users.remove(&number).unwrap();
        let planned = PlannedErasure {
            erasure: Erasure {
                person: person(number),
                groups: user.groups.into_keys().collect(),
                event: None,
                source_ids: Vec::new(),
            },
            expected: Some(version),
            tombstone: Tombstone {
                said: std::collections::BTreeMap::new(),
                erased: now(),
                runs: BTreeMap::new(),
                records: BTreeSet::new(),
            },
        };
        self.store
            .write_tombstone(&community(), &planned)
            .await
            .unwrap();
        self.model.retain(|(_, who)| *who != person(number));
    }

    /// Folds whatever is in the journal; whether it came to the end.
    pub(super) async fn fold(&self, at: Timestamp) -> bool {
        let (acme, anything) = (community(), FoldThreshold::ANYTHING);
        let fold = self.store.fold_memberships(&acme, anything, at);
        fold.await.is_ok()
    }

    pub(super) async fn migrate(&self, at: Timestamp) -> bool {
        let acme = community();
        let migrate = migrate(&self.store, &acme, Migrator::Run, at);
        migrate.await.is_ok()
    }

    /// Members and sizes are those of the plain set.
    pub(super) async fn check(&self, when: &str) {
        let keys: Vec<GroupKey> = (0..GROUPS.len()).map(|at| group(at).key).collect();
        let acme = community();
        let sizes = self.store.group_sizes(&acme, &keys).await.unwrap();
        for (at, key) in keys.iter().enumerate() {
            let mut members = Vec::new();
            loop {
                let after = members.last().copied();
                let page = self.store.members(&acme, key, after, 4);
                let page = page.await.unwrap();
                assert!(page.len() <= 4);
                if page.is_empty() {
                    break;
                }
                members.extend(page);
            }
            let wanted: Vec<PersonId> = self
                .model
                .iter()
                .filter(|(of, _)| *of == at)
                .map(|(_, who)| *who)
                .collect();
            assert_eq!(members, wanted, "{key}: {when}");
            assert_eq!(sizes[key], wanted.len() as u64, "{key}: {when}");
            let size = self.store.group_size(&acme, key).await.unwrap();
            assert_eq!(size, wanted.len() as u64, "{key}: {when}");
        }
    }

    /// The sort keys of the journal's items, or of the lease and the format.
    pub(super) async fn shared_items(&self, prefix: &str) -> Vec<String> {
        let pk = item_keys::journal_partition(&community());
        let range = KeyRange::Prefix(prefix.to_owned());
        let paging = QueryPaging::default();
        let items = self.table.engine().query(&pk, &range, paging).await;
        let items = items.unwrap().into_iter();
        items.map(|item| item.key.sk).collect()
    }

    /// The partitions and sort keys of everything that is stored of groups' members, but for the journal.
    pub(super) async fn stored(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let look = |item: crate::table::TableItem| {
            let pk = item.key.pk;
            if pk.starts_with("C#acme#M#") || pk.starts_with("C#acme#G#") {
                found.push((pk, item.key.sk));
            }
        };
        self.table.engine().each_item(look).await.unwrap();
        found
    }
}
