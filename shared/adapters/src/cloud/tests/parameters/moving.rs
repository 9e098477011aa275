//! Parameters as earlier versions left them.

use attendee_sync_app::ports::{CommunityCount, FormerSecrets, MoveStage, Secrets};
use attendee_sync_domain::config::{SecretName, SecretOwner};
use secrecy::ExposeSecret;

use super::{ParameterScene, fresh, name_of};

impl ParameterScene {
    async fn value(&self, name: &SecretName) -> Option<String> {
        let found = self.secrets.secret(name).await.unwrap();
        found.map(|value| value.expose_secret().to_owned())
    }

    async fn copied(&self, names: &[SecretName]) -> u64 {
        let copied = self.secrets.copy(names, CommunityCount::Several).await;
        copied.unwrap()
    }

    fn names(&self) -> Vec<String> {
        self.kept.lock().unwrap().keys().cloned().collect()
    }
}

fn former() -> [(SecretName, &'static str); 2] {
    [
        (name_of("acme", "devcon", "devcon-token"), "of devcon"),
        (name_of("globex", "gala", "gala-password"), "of gala"),
    ]
}

async fn scene() -> (ParameterScene, Vec<SecretName>) {
    let scene = fresh().await;
    for (name, value) in former() {
        scene.store_at(&format!("/sync/secrets/{name}"), value);
    }
    (scene, former().map(|(name, _)| name).into())
}

#[tokio::test]
async fn what_is_not_moved_yet_is_read_from_where_it_was() {
    let (scene, names) = scene().await;
    for (name, value) in former() {
        assert_eq!(scene.value(&name).await.as_deref(), Some(value));
    }
    let after = |owner: &SecretOwner| MoveStage::Copying(Some(owner.clone()));
    let owner = names.first().unwrap().owner().unwrap();
    scene.secrets.reach(&after(owner)).await.unwrap();
    assert_eq!(scene.secrets.stage().await.unwrap(), after(owner));
    let absent = name_of("acme", "x", "x-token");
    assert_eq!(scene.value(&absent).await, None);
    // Once all are copied, nothing there counts.
    scene.store_at("/sync/secrets/x-token", "late");
    let stage = MoveStage::Deleting(None);
    scene.secrets.reach(&stage).await.unwrap();
    assert_eq!(scene.secrets.stage().await.unwrap(), stage);
    assert_eq!(scene.value(&absent).await, None);
}

#[tokio::test]
async fn a_move_begins_again_where_it_ended_and_takes_nothing_back() {
    let (scene, names) = scene().await;
    assert_eq!(
        scene.secrets.stage().await.unwrap(),
        MoveStage::Copying(None)
    );
    assert_eq!(scene.copied(&names).await, 2);
    // An admin gives another one, and a process begins from the start: the newer one stays.
    let (devcon, gala) = (names.first().unwrap(), names.last().unwrap());
    scene
        .secrets
        .put_secret(gala, "newer".into())
        .await
        .unwrap();
    assert_eq!(scene.copied(&names).await, 0);
    scene
        .secrets
        .reach(&MoveStage::Deleting(None))
        .await
        .unwrap();
    for _ in 0..2 {
        scene.secrets.delete(&names).await.unwrap();
    }
    scene.secrets.reach(&MoveStage::Done).await.unwrap();
    assert_eq!(
        scene.names(),
        [
            "/sync/secrets/_layout",
            "/sync/secrets/acme/devcon/devcon-token",
            "/sync/secrets/globex/gala/gala-password"
        ]
    );
    assert_eq!(scene.value(devcon).await.as_deref(), Some("of devcon"));
    assert_eq!(scene.value(gala).await.as_deref(), Some("newer"));
    // A process that starts later asks once.
    assert_eq!(scene.secrets.stage().await.unwrap(), MoveStage::Done);
    let before = scene.aws.count("GetParameter");
    scene.secrets.stage().await.unwrap();
    assert_eq!(scene.aws.count("GetParameter"), before);
}

#[tokio::test]
async fn an_event_that_is_deleted_before_its_secret_was_moved_leaves_none() {
    let (scene, names) = scene().await;
    let devcon = names.first().unwrap();
    scene.secrets.remove_secret(devcon).await.unwrap();
    assert_eq!(scene.value(devcon).await, None);
    // By a name that is not its own, an event deletes nobody else's.
    let other = name_of("acme", "devcon", "gala-password");
    scene.secrets.remove_secret(&other).await.unwrap();
    assert_eq!(scene.names(), ["/sync/secrets/gala-password"]);
}

#[tokio::test]
async fn what_a_later_version_wrote_is_no_reason_to_move_anything() {
    let (scene, _) = scene().await;
    scene.store_at("/sync/secrets/_layout", "some-other-way");
    assert_eq!(scene.secrets.stage().await.unwrap(), MoveStage::Done);
}
