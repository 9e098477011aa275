//! Secrets: they go in, and come out as they were, to nobody but whose they are.

use std::sync::Arc;

use attendee_sync_app::ports::{SecretOrigin, Secrets};
use attendee_sync_domain::config::{SecretName, SecretOwner};
use secrecy::ExposeSecret;

use super::cases;

/// Secrets, and a word that the names of a case begin with.
#[derive(Clone)]
pub(crate) struct Keyring {
    pub(crate) secrets: Arc<dyn Secrets>,
    pub(crate) tag: String,
}

/// An event, by its community and its own name.
type OwnedEvent = (&'static str, &'static str);

const OURS: OwnedEvent = ("acme", "devcon");
/// Whatever the other half of the name is.
const OTHERS: [OwnedEvent; 2] = [("globex", "devcon"), ("acme", "gala")];

impl Keyring {
    fn name(&self, (community, event): OwnedEvent, word: &str) -> SecretName {
        let name: SecretName = format!("{}-{word}", self.tag).parse().unwrap();
        name.owned_by(SecretOwner {
            community: community.parse().unwrap(),
            event: event.parse().unwrap(),
        })
    }

    async fn value_of(&self, event: OwnedEvent, word: &str) -> Option<String> {
        let found = self.secrets.secret(&self.name(event, word)).await.unwrap();
        found.map(|value| value.expose_secret().to_owned())
    }

    async fn value(&self, word: &str) -> Option<String> {
        self.value_of(OURS, word).await
    }

    async fn put_of(&self, event: OwnedEvent, word: &str, value: &str) {
        let name = self.name(event, word);
        let put = self.secrets.put_secret(&name, value.into());
        put.await.unwrap();
    }

    async fn put(&self, word: &str, value: &str) {
        self.put_of(OURS, word, value).await;
    }

    async fn remove_of(&self, event: OwnedEvent, word: &str) {
        let name = self.name(event, word);
        self.secrets.remove_secret(&name).await.unwrap();
    }
}

cases!(Keyring:
    a_secret_that_was_never_stored_is_none,
    a_secret_comes_out_as_it_went_in,
    a_new_value_takes_the_place_of_the_old_one,
    a_removed_secret_is_gone_and_removing_it_again_is_nothing,
    another_event_neither_reads_nor_replaces_nor_removes_it,
    a_name_that_is_nobodys_reaches_nothing,
);

async fn a_secret_that_was_never_stored_is_none(keyring: Keyring) {
    assert_eq!(keyring.value("absent").await, None);
    let origin = keyring.secrets.origin(&keyring.name(OURS, "absent")).await;
    assert_eq!(origin.unwrap(), SecretOrigin::Unknown);
}

async fn a_secret_comes_out_as_it_went_in(keyring: Keyring) {
    let longest = "k".repeat(4096);
    let odd = " sp\u{e4}ce \"quotes\" \\ \u{2605} =&? https://u:p@x.example ";
    for (word, value) in [
        ("plain", "s3cret"),
        ("odd", odd),
        ("long", longest.as_str()),
    ] {
        keyring.put(word, value).await;
    }
    assert_eq!(keyring.value("plain").await.as_deref(), Some("s3cret"));
    assert_eq!(keyring.value("odd").await.as_deref(), Some(odd));
    assert_eq!(keyring.value("long").await, Some(longest));
    assert_eq!(keyring.value("pla").await, None);
    let origin = keyring.secrets.origin(&keyring.name(OURS, "plain")).await;
    assert_eq!(origin.unwrap(), SecretOrigin::Stored);
}

async fn a_new_value_takes_the_place_of_the_old_one(keyring: Keyring) {
    keyring.put("changed", "old").await;
    keyring.put("changed", "new").await;
    assert_eq!(keyring.value("changed").await.as_deref(), Some("new"));
}

async fn a_removed_secret_is_gone_and_removing_it_again_is_nothing(keyring: Keyring) {
    keyring.put("removed", "s3cret").await;
    keyring.put("stays", "s3cret").await;
    keyring.remove_of(OURS, "removed").await;
    keyring.remove_of(OURS, "removed").await;
    assert_eq!(keyring.value("removed").await, None);
    assert_eq!(keyring.value("stays").await.as_deref(), Some("s3cret"));
}

async fn another_event_neither_reads_nor_replaces_nor_removes_it(keyring: Keyring) {
    keyring.put("shared-name", "ours").await;
    for other in OTHERS {
        assert_eq!(keyring.value_of(other, "shared-name").await, None);
        keyring.remove_of(other, "shared-name").await;
        keyring.put_of(other, "shared-name", "theirs").await;
        assert_eq!(keyring.value("shared-name").await.as_deref(), Some("ours"));
        let theirs = keyring.value_of(other, "shared-name").await;
        assert_eq!(theirs.as_deref(), Some("theirs"));
    }
    keyring.remove_of(OURS, "shared-name").await;
    for other in OTHERS {
        let theirs = keyring.value_of(other, "shared-name").await;
        assert_eq!(theirs.as_deref(), Some("theirs"));
    }
}

async fn a_name_that_is_nobodys_reaches_nothing(keyring: Keyring) {
    keyring.put("alone", "ours").await;
    let alone: SecretName = keyring.name(OURS, "alone").as_str().parse().unwrap();
    assert!(keyring.secrets.secret(&alone).await.unwrap().is_none());
    let put = keyring.secrets.put_secret(&alone, "x".into()).await;
    assert!(put.is_err());
    keyring.secrets.remove_secret(&alone).await.unwrap();
    assert_eq!(keyring.value("alone").await.as_deref(), Some("ours"));
}
