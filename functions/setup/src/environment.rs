//! Parses the environment variables that the template sets for the functions.

use attendee_sync_domain::config::SourceAddresses;
use attendee_sync_domain::mail::{AllowedSender, SenderList, Senders};

/// A variable that is missing or wrong.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {name} {reason}")]
pub struct InvalidVariable {
    /// The name of the variable.
    name: &'static str,
    /// What is wrong.
    reason: &'static str,
}

/// Reads variables by name; empty ones count as missing, as templates set them so.
#[derive(Clone, Copy)]
pub struct Environment<'v>(&'v dyn Fn(&str) -> Option<String>);

impl<'v> Environment<'v> {
    /// Returns an environment over a function that returns variables.
    #[must_use]
    pub fn new(variables: &'v dyn Fn(&str) -> Option<String>) -> Self {
        Self(variables)
    }

    /// A variable that may be missing.
    #[must_use]
    pub fn optional(self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    /// Returns a variable that must be set.
    pub fn required(self, name: &'static str) -> Result<String, InvalidVariable> {
        self.optional(name).ok_or(InvalidVariable {
            name,
            reason: "is missing",
        })
    }

    /// A number that may be missing.
    pub fn number<T: std::str::FromStr>(
        self,
        name: &'static str,
    ) -> Result<Option<T>, InvalidVariable> {
        let wrong = |_| InvalidVariable {
            name,
            reason: "is not a valid number",
        };
        let text = self.optional(name);
        text.map(|text| text.parse().map_err(wrong)).transpose()
    }

    /// Returns the bytes that lists may use: half of the function's memory. Lambda says how many MB
    /// that is (Lambda Developer Guide, "Defined runtime environment variables").
    pub fn list_memory(self) -> Result<Option<usize>, InvalidVariable> {
        let memory = self.number::<usize>("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")?;
        Ok(memory.map(|megabytes| megabytes.saturating_mul(1024 * 1024) / 2))
    }

    /// Returns which addresses sources may have.
    pub fn addresses(self) -> Result<SourceAddresses, InvalidVariable> {
        match self.optional("ALLOW_PRIVATE_SOURCES").as_deref() {
            None | Some("false") => Ok(SourceAddresses::Public),
            Some("true") => Ok(SourceAddresses::Any),
            Some(_) => Err(InvalidVariable {
                name: "ALLOW_PRIVATE_SOURCES",
                reason: "is neither true nor false",
            }),
        }
    }

    /// Returns which community may use which sender: the sender that the installation was given,
    /// and the list of its owner.
    pub fn senders(self) -> Result<Senders, InvalidVariable> {
        let identity = self.optional("SENDER_IDENTITY");
        let identity = identity.map(|text| text.parse()).transpose();
        let identity: Option<AllowedSender> = identity.map_err(|_| InvalidVariable {
            name: "SENDER_IDENTITY",
            reason: "is neither a domain nor an e-mail address",
        })?;
        let list = self.optional("SENDERS").unwrap_or_default();
        let list: SenderList = list.parse().map_err(|_| InvalidVariable {
            name: "SENDERS",
            reason: "is no list of senders, such as acme=acme.example;globex=desk@globex.example",
        })?;
        Ok(Senders::only(identity).with(list))
    }

    /// Returns the name of the host at which people reach the console, if it has a name.
    pub fn public_host(self) -> Result<Option<String>, InvalidVariable> {
        let url = self.public_url()?;
        let authority = url.split_once("://").map_or("", |(_, rest)| rest);
        let authority = authority.split('/').next().unwrap_or_default();
        let host = authority.split(':').next().unwrap_or_default();
        Ok(Some(host.to_owned()).filter(|host| !host.is_empty()))
    }

    /// Returns the URL at which people reach the console, without a slash at the end.
    pub fn public_url(self) -> Result<String, InvalidVariable> {
        let url = self.required("PUBLIC_URL")?;
        let trimmed = url.trim_end_matches('/');
        if trimmed.starts_with("https://") || trimmed.starts_with("http://") {
            return Ok(trimmed.to_owned());
        }
        Err(InvalidVariable {
            name: "PUBLIC_URL",
            reason: "is no web address",
        })
    }
}

/// The value of a variable of this process.
#[must_use]
pub fn of_process(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<'v>(pairs: &'v [(&'v str, &'v str)]) -> impl Fn(&str) -> Option<String> + 'v {
        move |name| {
            let found = pairs.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let variables = with(&[("TABLE_NAME", ""), ("ALLOW_PRIVATE_SOURCES", "perhaps")]);
        let environment = Environment::new(&variables);
        assert_eq!(
            environment.required("TABLE_NAME").unwrap_err().to_string(),
            "the environment variable TABLE_NAME is missing"
        );
        assert!(environment.addresses().is_err());
        assert!(environment.number::<u32>("ALLOW_PRIVATE_SOURCES").is_err());
        let nothing = with(&[]);
        let nothing = Environment::new(&nothing);
        assert!(matches!(nothing.addresses(), Ok(SourceAddresses::Public)));
        assert!(nothing.public_url().is_err());
    }

    #[test]
    fn lists_have_half_of_the_functions_memory() {
        let variables = with(&[("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")]);
        let environment = Environment::new(&variables);
        assert_eq!(environment.list_memory().unwrap(), Some(268_435_456));
        let elsewhere = with(&[]);
        assert_eq!(Environment::new(&elsewhere).list_memory().unwrap(), None);
    }

    #[test]
    fn mail_comes_from_the_installations_sender_or_from_what_its_owner_lists() {
        let may = |pairs: &[(&str, &str)], community: &str, sender: &str| {
            let variables = with(pairs);
            let senders = Environment::new(&variables).senders().unwrap();
            let (community, sender) = (community.parse().unwrap(), sender.parse().unwrap());
            senders.require(&community, &sender).is_ok()
        };
        let given = [
            ("SENDER_IDENTITY", "devcon.example"),
            ("SENDERS", "acme=desk@acme.example"),
        ];
        assert!(may(&given, "globex", "noreply@devcon.example"));
        assert!(!may(&given, "globex", "boss@bank.example"));
        assert!(may(&given, "acme", "desk@acme.example"));
        assert!(!may(&given, "acme", "noreply@devcon.example"));
        // Where nothing was said, nobody sends.
        let nothing = [("SENDER_IDENTITY", ""), ("SENDERS", "")];
        assert!(!may(&nothing, "acme", "noreply@devcon.example"));
        for wrong in [("SENDER_IDENTITY", "devcon"), ("SENDERS", "acme")] {
            let variables = with(std::slice::from_ref(&wrong));
            let refused = Environment::new(&variables).senders().unwrap_err();
            assert!(refused.to_string().contains(wrong.0), "{refused}");
        }
    }

    #[test]
    fn a_public_url_ends_without_a_slash() {
        let variables = with(&[("PUBLIC_URL", "https://sync.example.org/")]);
        let environment = Environment::new(&variables);
        let url = environment.public_url();
        assert_eq!(url.unwrap(), "https://sync.example.org");
        let host = environment.public_host();
        assert_eq!(host.unwrap().as_deref(), Some("sync.example.org"));
    }
}
