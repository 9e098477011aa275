//! The file and the environment: whose a secret is, and how files in the first format are moved.

mod moving;

use std::path::Path;
use std::sync::{Arc, Mutex};

use attendee_sync_app::ports::{Binding, SecretOrigin, Secrets};
use attendee_sync_domain::config::{SecretName, SecretOwner};
use secrecy::ExposeSecret;

use super::{EnvironmentSecrets, FileSecrets, write_private};

/// Variables that a test sets, by their names.
type TestVariables = Arc<Mutex<Vec<(String, String)>>>;

fn name_of(community: &str, event: &str, name: &str) -> SecretName {
    let name: SecretName = name.parse().unwrap();
    name.owned_by(SecretOwner {
        community: community.parse().unwrap(),
        event: event.parse().unwrap(),
    })
}

/// A file of secrets in a folder of its own, and an environment.
struct SecretsFolder {
    folder: tempfile::TempDir,
    variables: TestVariables,
    secrets: FileSecrets,
}

impl SecretsFolder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let variables = TestVariables::default();
        let known = Arc::clone(&variables);
        let environment = EnvironmentSecrets::over(move |name| {
            let known = known.lock().unwrap();
            let found = known.iter().rfind(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        });
        let secrets =
            FileSecrets::with_environment(folder.path().join("secrets.json"), environment);
        Self {
            folder,
            variables,
            secrets,
        }
    }

    fn with(self, variable: &str, value: &str) -> Self {
        self.set(variable, value);
        self
    }

    fn set(&self, variable: &str, value: &str) {
        let variable = format!("ATTENDEE_SYNC_SECRET_{variable}");
        self.variables
            .lock()
            .unwrap()
            .push((variable, value.to_owned()));
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("secrets.json")
    }

    async fn value(&self, name: &SecretName) -> Option<String> {
        let found = self.secrets.secret(name).await.unwrap();
        found.map(|value| value.expose_secret().to_owned())
    }
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// What a process that was killed left behind, or what somebody put there.
#[cfg(unix)]
#[test]
fn what_lies_there_already_neither_opens_a_private_file_nor_leads_elsewhere() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let dir = tempfile::tempdir().unwrap();
    let (path, partial) = (dir.path().join("token"), dir.path().join("token.partial"));
    std::fs::write(&partial, "before").unwrap();
    std::fs::set_permissions(&partial, PermissionsExt::from_mode(0o644)).unwrap();
    write_private(&path, b"s3cret").unwrap();
    assert_eq!(mode(&path), 0o600);
    let elsewhere = dir.path().join("elsewhere");
    symlink(&elsewhere, &partial).unwrap();
    write_private(&path, b"s3cret").unwrap();
    assert!(!elsewhere.exists());
    assert_eq!(std::fs::read(&path).unwrap(), b"s3cret");
}

#[tokio::test]
async fn a_secret_is_kept_in_a_file_only_its_owner_can_read() {
    let place = SecretsFolder::new();
    let name = name_of("acme", "devcon", "devcon-source");
    assert_eq!(place.value(&name).await, None);
    place
        .secrets
        .put_secret(&name, "s3cret".into())
        .await
        .unwrap();
    let again = FileSecrets::new(place.file());
    let stored = again.secret(&name).await.unwrap().unwrap();
    assert_eq!(stored.expose_secret(), "s3cret");
    assert_eq!(mode(&place.file()), 0o600);
    place.secrets.remove_secret(&name).await.unwrap();
    assert_eq!(place.value(&name).await, None);
}

/// The name that the program gives to the dummy of one community is that of the other's variable.
#[tokio::test]
async fn the_environment_gives_nothing_to_a_name_that_nobody_gave_over() {
    let place = SecretsFolder::new().with("DEVCON_TOKEN", "the owner's");
    let theirs = name_of("globex", "devcon", "devcon-token");
    assert_eq!(place.value(&theirs).await, None);
    place
        .secrets
        .put_secret(&theirs, "dummy".into())
        .await
        .unwrap();
    assert_eq!(place.value(&theirs).await.as_deref(), Some("dummy"));
    place.secrets.remove_secret(&theirs).await.unwrap();
    assert_eq!(place.value(&theirs).await, None);
    let alone: SecretName = "devcon-token".parse().unwrap();
    assert_eq!(place.value(&alone).await, None);
    assert!(place.secrets.use_environment(&alone).await.is_err());
    assert!(place.secrets.put_secret(&alone, "x".into()).await.is_err());
}

#[tokio::test]
async fn a_name_that_was_given_over_is_one_events_alone() {
    let place = SecretsFolder::new().with("DEVCON_SOURCE", "the owner's");
    let ours = name_of("acme", "devcon", "devcon-source");
    assert_eq!(
        place.secrets.origin(&ours).await.unwrap(),
        SecretOrigin::Unknown
    );
    place.secrets.use_environment(&ours).await.unwrap();
    assert_eq!(place.value(&ours).await.as_deref(), Some("the owner's"));
    assert_eq!(
        place.secrets.origin(&ours).await.unwrap(),
        SecretOrigin::Environment
    );
    for other in [("acme", "gala"), ("globex", "devcon")] {
        let other = name_of(other.0, other.1, "devcon-source");
        assert_eq!(place.value(&other).await, None);
    }
    // What is stored comes before, and takes the name back.
    place
        .secrets
        .put_secret(&ours, "stored".into())
        .await
        .unwrap();
    place.secrets.use_environment(&ours).await.unwrap();
    assert_eq!(place.value(&ours).await.as_deref(), Some("stored"));
    assert_eq!(
        place.secrets.origin(&ours).await.unwrap(),
        SecretOrigin::Stored
    );
    place.secrets.remove_secret(&ours).await.unwrap();
    assert_eq!(place.value(&ours).await, None);
}

#[tokio::test]
async fn a_variable_that_is_bound_is_used_in_its_communities_alone() {
    let place = SecretsFolder::new()
        .with("SOURCE", "the owner's")
        .with("SOURCE__COMMUNITIES", "acme, initech");
    let ours = name_of("acme", "devcon", "source");
    let theirs = name_of("globex", "gala", "source");
    assert_eq!(place.secrets.binding(&ours), Binding::Here);
    assert_eq!(place.secrets.binding(&theirs), Binding::Elsewhere);
    let lent = place.secrets.environment_secret(&ours).unwrap();
    assert_eq!(lent.expose_secret(), "the owner's");
    assert!(place.secrets.environment_secret(&theirs).is_none());
    place.secrets.use_environment(&ours).await.unwrap();
    place.secrets.use_environment(&theirs).await.unwrap();
    assert_eq!(place.value(&ours).await.as_deref(), Some("the owner's"));
    let refused = place.secrets.secret(&theirs).await.unwrap_err();
    let reason = std::error::Error::source(&refused).unwrap().to_string();
    assert!(
        reason.contains("ATTENDEE_SYNC_SECRET_SOURCE__COMMUNITIES"),
        "{reason}"
    );
    // Taken off the list, a community has it no longer.
    place.set("SOURCE__COMMUNITIES", "initech");
    assert!(place.secrets.secret(&ours).await.is_err());
    // The list itself is no secret.
    let list = name_of("initech", "x", "source--communities");
    place.secrets.use_environment(&list).await.unwrap();
    assert_eq!(place.value(&list).await, None);
}
