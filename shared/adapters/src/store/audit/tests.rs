use attendee_sync_domain::audit::{Actor, AuditAction};
use attendee_sync_domain::authority::{Role, Roles, TokenHash};
use jiff::Timestamp;

use super::*;
use crate::table::sqlite::SqliteTable;

fn store() -> TableStore {
    TableStore::new(std::sync::Arc::new(SqliteTable::in_memory().unwrap()))
}

fn note(community: &str, second: i64) -> Note {
    let entry = AuditEntry {
        at: Timestamp::from_second(second).unwrap(),
        by: Actor::Owner,
        action: AuditAction::TokenRevoked {
            token: second.to_string(),
        },
    };
    (community.parse().unwrap(), entry)
}

#[tokio::test]
async fn entries_are_read_newest_first_page_by_page_and_by_community() {
    let store = store();
    // 9 and 10 seconds: text would put them the other way round.
    for second in [10, 9, 1_793_534_400, 11, 11] {
        store.record(&note("acme", second)).await.unwrap();
    }
    store.record(&note("acme-two", 12)).await.unwrap();
    let acme: CommunityId = "acme".parse().unwrap();
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let (entries, next) = store.audit(&acme, before, 2).await.unwrap();
        seen.extend(entries.iter().map(|entry| entry.at.as_second()));
        before = next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(seen, [1_793_534_400, 11, 11, 10, 9]);
}

#[tokio::test]
async fn entries_expire_after_400_days() {
    let item = item(&note("acme", 1_793_534_400)).unwrap();
    let expires = 1_793_534_400 + 400 * 24 * 3600;
    assert_eq!(item.expires, Some(u64::try_from(expires).unwrap()));
}

#[tokio::test]
async fn a_token_is_stored_once_with_its_notes() {
    let store = store();
    let token = AccessToken {
        name: "event app".parse().unwrap(),
        hash: TokenHash::of("s3cret"),
        roles: Roles::everywhere(Role::App),
        made: Timestamp::UNIX_EPOCH,
    };
    let acme: CommunityId = "acme".parse().unwrap();
    let notes = [note("acme", 1)];
    store.add_token(&token, &notes).await.unwrap();
    let again = store.add_token(&token, &notes).await;
    assert!(matches!(again, Err(StoreError::Conflict)));
    assert_eq!(store.tokens().await.unwrap(), std::slice::from_ref(&token));
    // What was not done is not noted.
    assert_eq!(store.audit(&acme, None, 9).await.unwrap().0.len(), 1);
    let many: Vec<Note> = (2..152).map(|second| note("acme", second)).collect();
    store.delete_token(&token.name, &many).await.unwrap();
    assert_eq!(store.tokens().await.unwrap(), []);
    assert_eq!(store.audit(&acme, None, 500).await.unwrap().0.len(), 151);
}
