//! Secrets: they go in, and come out as they were.

use std::sync::Arc;

use attendee_sync_app::ports::Secrets;
use attendee_sync_domain::config::SecretName;
use secrecy::ExposeSecret;

use super::cases;

/// Secrets, and a word that the names of a case begin with.
#[derive(Clone)]
pub(crate) struct Keyring {
    pub(crate) secrets: Arc<dyn Secrets>,
    pub(crate) tag: String,
}

impl Keyring {
    fn name(&self, word: &str) -> SecretName {
        format!("{}-{word}", self.tag).parse().unwrap()
    }

    async fn value(&self, word: &str) -> Option<String> {
        let found = self.secrets.secret(&self.name(word)).await.unwrap();
        found.map(|value| value.expose_secret().to_owned())
    }

    async fn put(&self, word: &str, value: &str) {
        let name = self.name(word);
        let put = self.secrets.put_secret(&name, value.into());
        put.await.unwrap();
    }
}

cases!(Keyring:
    a_secret_that_was_never_stored_is_none,
    a_secret_comes_out_as_it_went_in,
    a_new_value_takes_the_place_of_the_old_one,
    a_removed_secret_is_gone_and_removing_it_again_is_nothing,
);

async fn a_secret_that_was_never_stored_is_none(keyring: Keyring) {
    assert_eq!(keyring.value("absent").await, None);
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
}

async fn a_new_value_takes_the_place_of_the_old_one(keyring: Keyring) {
    keyring.put("changed", "old").await;
    keyring.put("changed", "new").await;
    assert_eq!(keyring.value("changed").await.as_deref(), Some("new"));
}

async fn a_removed_secret_is_gone_and_removing_it_again_is_nothing(keyring: Keyring) {
    keyring.put("removed", "s3cret").await;
    keyring.put("stays", "s3cret").await;
    let name = keyring.name("removed");
    keyring.secrets.remove_secret(&name).await.unwrap();
    keyring.secrets.remove_secret(&name).await.unwrap();
    assert_eq!(keyring.value("removed").await, None);
    assert_eq!(keyring.value("stays").await.as_deref(), Some("s3cret"));
}
