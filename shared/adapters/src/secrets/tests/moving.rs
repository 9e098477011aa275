//! Files in the first format.

use attendee_sync_app::ports::CommunityCount::{self, OneAtMost, Several};
use attendee_sync_app::ports::{FormerSecrets, MoveStage, SecretOrigin, Secrets};
use attendee_sync_domain::config::SecretName;

use super::{SecretsFolder, name_of};

const FORMER: &str =
    r#"{"devcon-token": "of devcon", "gala-password": "of gala", "old-token": "nobody's"}"#;

impl SecretsFolder {
    fn former(self, text: &str) -> Self {
        std::fs::write(self.file(), text).unwrap();
        self
    }

    async fn copied(&self, names: &[&SecretName], communities: CommunityCount) -> u64 {
        let names: Vec<SecretName> = names.iter().map(|name| (*name).clone()).collect();
        self.secrets.copy(&names, communities).await.unwrap()
    }

    async fn done(&self) {
        self.secrets
            .reach(&MoveStage::Deleting(None))
            .await
            .unwrap();
        self.secrets.reach(&MoveStage::Done).await.unwrap();
        assert_eq!(self.secrets.stage().await.unwrap(), MoveStage::Done);
    }
}

#[tokio::test]
async fn each_secret_is_copied_to_the_events_that_name_it_and_the_rest_goes() {
    let place = SecretsFolder::new().former(FORMER);
    let devcon = name_of("acme", "devcon", "devcon-token");
    // Another event of the owner's that uses the same credential.
    let again = name_of("acme", "devcon-2027", "devcon-token");
    let gala = name_of("globex", "gala", "gala-password");
    let all = [&devcon, &again, &gala];
    assert_eq!(place.value(&devcon).await, None);
    assert_eq!(
        place.secrets.stage().await.unwrap(),
        MoveStage::Copying(None)
    );
    assert_eq!(place.copied(&all, Several).await, 3);
    // A process that ended here: the next one begins again, and changes nothing that was done.
    assert_eq!(
        place.secrets.stage().await.unwrap(),
        MoveStage::Copying(None)
    );
    place
        .secrets
        .put_secret(&gala, "newer".into())
        .await
        .unwrap();
    assert_eq!(place.copied(&all, Several).await, 0);
    place.done().await;
    assert_eq!(place.value(&devcon).await.as_deref(), Some("of devcon"));
    assert_eq!(place.value(&again).await.as_deref(), Some("of devcon"));
    assert_eq!(place.value(&gala).await.as_deref(), Some("newer"));
    let text = std::fs::read_to_string(place.file()).unwrap();
    assert!(
        !text.contains("nobody's") && !text.contains("former"),
        "{text}"
    );
}

/// The state that the hole left behind: a dummy under the name of the owner's variable.
#[tokio::test]
async fn a_dummy_under_the_name_of_a_variable_stays_a_dummy() {
    let place = SecretsFolder::new()
        .former(r#"{"devcon-token": "dummy"}"#)
        .with("DEVCON_TOKEN", "the owner's")
        .with("OWNERS", "the owner's");
    let theirs = name_of("globex", "devcon", "devcon-token");
    let owners = name_of("acme", "conf", "owners");
    assert_eq!(place.copied(&[&theirs, &owners], Several).await, 2);
    place.done().await;
    assert_eq!(place.value(&theirs).await.as_deref(), Some("dummy"));
    assert_eq!(place.value(&owners).await.as_deref(), Some("the owner's"));
}

#[tokio::test]
async fn where_no_other_community_can_be_meant_the_environment_comes_first_as_before() {
    let ours = name_of("acme", "devcon", "devcon-token");
    for (place, communities) in [
        (SecretsFolder::new(), OneAtMost),
        (
            SecretsFolder::new().with("DEVCON_TOKEN__COMMUNITIES", "acme"),
            Several,
        ),
    ] {
        let place = place.former(FORMER).with("DEVCON_TOKEN", "rotated");
        assert_eq!(place.copied(&[&ours], communities).await, 1);
        place.done().await;
        assert_eq!(place.value(&ours).await.as_deref(), Some("rotated"));
    }
    let place = SecretsFolder::new()
        .former(FORMER)
        .with("DEVCON_TOKEN", "rotated")
        .with("DEVCON_TOKEN__COMMUNITIES", "globex");
    place.copied(&[&ours], OneAtMost).await;
    assert_eq!(place.value(&ours).await.as_deref(), Some("of devcon"));
}

#[tokio::test]
async fn without_a_file_a_name_that_the_program_gives_reaches_the_environment_in_one_community_alone()
 {
    let generated = name_of("acme", "devcon", "devcon-token");
    let chosen = name_of("acme", "gala", "source");
    for (communities, expected) in [
        (OneAtMost, SecretOrigin::Environment),
        (Several, SecretOrigin::Unknown),
    ] {
        let place = SecretsFolder::new().with("SOURCE", "s3cret");
        // The variable may be set only where it is used: by another command, later.
        assert_eq!(place.copied(&[&generated, &chosen], communities).await, 1);
        place.done().await;
        place.set("DEVCON_TOKEN", "later");
        let origin = place.secrets.origin(&generated).await.unwrap();
        assert_eq!(origin, expected);
        assert_eq!(place.value(&chosen).await.as_deref(), Some("s3cret"));
    }
}

#[tokio::test]
async fn a_directory_without_documents_is_moved_to_the_end() {
    let place = SecretsFolder::new();
    assert_eq!(place.copied(&[], OneAtMost).await, 0);
    place.done().await;
    assert!(place.file().exists());
    let later = SecretsFolder::new().former(r#"{"format": 3}"#);
    let refused = later.secrets.stage().await.unwrap_err();
    let reason = std::error::Error::source(&refused).unwrap().to_string();
    assert!(reason.contains("a later version"), "{reason}");
}
