//! Secrets in the environment: `ATTENDEE_SYNC_SECRET_<NAME>`, and beside it
//! `ATTENDEE_SYNC_SECRET_<NAME>__COMMUNITIES`, which binds it to communities.

use std::fmt;
use std::sync::Arc;

use attendee_sync_app::ports::Binding;
use attendee_sync_domain::config::SecretName;
use secrecy::SecretString;

/// Returns the value of a variable.
type VariableReader = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// The secrets in the environment.
#[derive(Clone)]
pub struct EnvironmentSecrets(VariableReader);

impl fmt::Debug for EnvironmentSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnvironmentSecrets(…)")
    }
}

impl EnvironmentSecrets {
    /// Returns the secrets in the environment of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self::over(|name| std::env::var(name).ok())
    }

    /// Returns secrets over the variables that this function returns.
    #[must_use]
    pub fn over(variables: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(variables))
    }

    /// Returns the secret of this name, without checking any binding.
    pub(super) fn secret(&self, name: &SecretName) -> Option<SecretString> {
        if name.is_binding() {
            return None;
        }
        (self.0)(&name.variable()).map(SecretString::from)
    }

    /// Returns to which communities the secret of this name is bound. An empty list binds it to
    /// none; for a name that belongs to no event, it is bound to other communities.
    pub(super) fn binding(&self, name: &SecretName) -> Binding {
        let Some(owner) = name.owner() else {
            return Binding::Elsewhere;
        };
        let Some(list) = (self.0)(&name.binding_variable()) else {
            return Binding::Open;
        };
        let community = owner.community.as_str();
        if list.split(',').any(|listed| listed.trim() == community) {
            Binding::Here
        } else {
            Binding::Elsewhere
        }
    }
}
