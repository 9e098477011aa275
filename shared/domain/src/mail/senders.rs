//! The senders that each community may use, as the owner of an installation lists them.
//!
//! A person who configures an event chooses one of the community's senders. Without a list, the
//! default is the domain of the account that the installation's mail goes through.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::email::{EmailAddress, EmailError};
use crate::ids::CommunityId;

/// The name for every community that a list does not name.
const ALL: &str = "*";
/// Most senders named in a refusal; a longer list is cut.
const MAX_NAMED: usize = 8;
/// Beginnings of a mail server's first label; the rest of the name is then the domain that the
/// server belongs to.
const SERVER_LABELS: [&str; 5] = ["smtp", "mail", "email", "mx", "relay"];

/// One allowed sender: an address, or every address of a domain. Addresses of subdomains are not
/// included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedSender {
    /// This address.
    Address(EmailAddress),
    /// Every address of this domain, in lower case and the ASCII form of IDNA.
    Domain(String),
}

impl AllowedSender {
    fn covers(&self, address: &EmailAddress) -> bool {
        match self {
            Self::Address(known) => known == address,
            Self::Domain(domain) => domain_of(address) == domain,
        }
    }

    /// An address that this sender covers.
    fn example(&self) -> Option<EmailAddress> {
        match self {
            Self::Address(address) => Some(address.clone()),
            Self::Domain(domain) => format!("noreply@{domain}").parse().ok(),
        }
    }
}

fn domain_of(address: &EmailAddress) -> &str {
    let parts = address.as_str().rsplit_once('@');
    parts.map_or("", |(_, domain)| domain)
}

impl FromStr for AllowedSender {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        if text.contains('@') {
            return text.parse().map(Self::Address);
        }
        // The domain is parsed as part of an address, so that both have the same spelling.
        let address: EmailAddress = format!("noreply@{text}").parse()?;
        Ok(Self::Domain(domain_of(&address).to_owned()))
    }
}

impl fmt::Display for AllowedSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Domain(domain) => f.write_str(domain),
        }
    }
}

/// The reason why a text is not a list of senders.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SenderListError {
    /// An entry has no `=`, or no sender.
    #[error(
        "write each entry as COMMUNITY=SENDER,SENDER with \";\" between entries; a sender is a domain or an address, and the community \"*\" stands for all others"
    )]
    Entry,
    /// The text is not the name of a community.
    #[error("\"{0}\" is no name of a community: 1 to 64 of a-z, 0-9 and -")]
    Community(String),
    /// The text is neither a domain nor an address.
    #[error("\"{0}\" is neither a domain nor an e-mail address")]
    AllowedSender(String),
}

/// Senders by community, as their owner writes them:
/// `acme=acme.example,desk@globex.example;globex=globex.example;*=shared.example`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SenderList {
    by_community: BTreeMap<CommunityId, Vec<AllowedSender>>,
    others: Option<Vec<AllowedSender>>,
}

impl FromStr for SenderList {
    type Err = SenderListError;

    fn from_str(text: &str) -> Result<Self, SenderListError> {
        let mut list = Self::default();
        for entry in text.split(';').filter(|entry| !entry.trim().is_empty()) {
            let (community, senders) = entry.split_once('=').ok_or(SenderListError::Entry)?;
            let senders = read_senders(senders)?;
            let community = community.trim();
            let known = if community == ALL {
                list.others.get_or_insert_default()
            } else {
                let unknown = |_| SenderListError::Community(community.to_owned());
                let community = community.parse().map_err(unknown)?;
                list.by_community.entry(community).or_default()
            };
            known.extend(senders);
        }
        Ok(list)
    }
}

fn read_senders(text: &str) -> Result<Vec<AllowedSender>, SenderListError> {
    let senders = text.split(',').map(str::trim);
    let senders: Vec<AllowedSender> = senders
        .filter(|sender| !sender.is_empty())
        .map(|sender| {
            let wrong = |_| SenderListError::AllowedSender(sender.to_owned());
            sender.parse().map_err(wrong)
        })
        .collect::<Result<_, _>>()?;
    if senders.is_empty() {
        return Err(SenderListError::Entry);
    }
    Ok(senders)
}

/// The reason why a sender is refused. Its text names the senders that may be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SenderRefused {
    /// The sender is not one of the community's senders.
    #[error(
        "not one of the senders of this community ({0}); choose one of them, or ask the owner of the installation to list this one"
    )]
    NotListed(String),
    /// The community has no sender at all.
    #[error("this community has no sender yet; ask the owner of the installation to list one")]
    NoneListed,
}

/// The senders of an installation: its list, and a default for communities that the list does not
/// name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Senders {
    list: SenderList,
    /// `None` where any sender may be used.
    default: Option<Vec<AllowedSender>>,
}

impl Senders {
    /// Allows any sender for every community: for a process that delivers no mail.
    #[must_use]
    pub fn any() -> Self {
        Self::default()
    }

    /// Allows only these senders, for every community.
    #[must_use]
    pub fn only(senders: impl IntoIterator<Item = AllowedSender>) -> Self {
        Self {
            default: Some(senders.into_iter().collect()),
            ..Self::default()
        }
    }

    /// Returns the default for the account of a mail server: the domain of the user, where the
    /// user's name is an address; otherwise the server's name, and the rest of that name without a
    /// first label such as `mail` or `smtp1`. A server without a domain name (an IP address,
    /// `localhost`) belongs to the owner of the installation, so any sender is allowed.
    #[must_use]
    pub fn of_mail_account(user: Option<&str>, host: &str) -> Self {
        let user = user.and_then(|user| user.parse::<EmailAddress>().ok());
        if let Some(address) = user {
            return Self::only([AllowedSender::Domain(domain_of(&address).to_owned())]);
        }
        if host.parse::<std::net::IpAddr>().is_ok() {
            return Self::any();
        }
        let Ok(server) = host.parse::<AllowedSender>() else {
            return Self::any();
        };
        let (label, rest) = host.split_once('.').unwrap_or_default();
        let label = label.to_ascii_lowercase();
        let is_server = SERVER_LABELS.iter().any(|known| label.starts_with(known));
        let domain = rest.parse::<AllowedSender>().ok().filter(|_| is_server);
        Self::only(domain.into_iter().chain([server]))
    }

    /// Adds a list. A community that it names may use the senders listed there, and no others.
    #[must_use]
    pub fn with(self, list: SenderList) -> Self {
        Self { list, ..self }
    }

    /// Returns whether there are communities that may use any sender.
    #[must_use]
    pub fn are_open(&self) -> bool {
        self.list.others.is_none() && self.default.is_none()
    }

    fn of(&self, community: &CommunityId) -> Option<&[AllowedSender]> {
        let listed = self.list.by_community.get(community);
        let known = listed.or(self.list.others.as_ref());
        known.or(self.default.as_ref()).map(Vec::as_slice)
    }

    /// Checks that a community may use a sender. Fails with the senders it may use.
    pub fn require(
        &self,
        community: &CommunityId,
        sender: &EmailAddress,
    ) -> Result<(), SenderRefused> {
        match self.of(community) {
            None => Ok(()),
            Some(known) if known.iter().any(|one| one.covers(sender)) => Ok(()),
            Some([]) => Err(SenderRefused::NoneListed),
            Some(known) => Err(SenderRefused::NotListed(named(known))),
        }
    }

    /// An address that the community may send from; `None` where it has no sender.
    #[must_use]
    pub fn example(&self, community: &CommunityId) -> Option<EmailAddress> {
        match self.of(community) {
            None => "noreply@example.org".parse().ok(),
            Some(known) => known.iter().find_map(AllowedSender::example),
        }
    }
}

fn named(senders: &[AllowedSender]) -> String {
    let names: Vec<String> = senders
        .iter()
        .take(MAX_NAMED)
        .map(ToString::to_string)
        .collect();
    let more = senders.len().saturating_sub(MAX_NAMED);
    let names = names.join(", ");
    match more {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(senders: &Senders, community: &str, address: &str) -> bool {
        let (community, address) = (community.parse().unwrap(), address.parse().unwrap());
        senders.require(&community, &address).is_ok()
    }

    #[test]
    fn a_community_sends_from_what_the_list_gives_it_and_from_nothing_else() {
        let list = " acme=Acme.Example , desk@globex.example;globex=b\u{fc}cher.example; *=shared.example;acme=x.example";
        let senders = Senders::any().with(list.parse().unwrap());
        assert!(!senders.are_open());
        for (community, address, expected) in [
            ("acme", "noreply@acme.example", true),
            ("acme", "Desk@Globex.example", true),
            ("acme", "noreply@x.example", true),
            ("acme", "boss@globex.example", false),
            ("acme", "noreply@mail.acme.example", false),
            ("acme", "noreply@notacme.example", false),
            ("acme", "noreply@shared.example", false),
            ("globex", "a@xn--bcher-kva.example", true),
            ("globex", "a@acme.example", false),
            ("initech", "a@shared.example", true),
            ("initech", "a@acme.example", false),
        ] {
            assert_eq!(
                may(&senders, community, address),
                expected,
                "{community} {address}"
            );
        }
    }

    #[test]
    fn a_list_goes_before_the_default_for_the_communities_that_it_names() {
        let list: SenderList = "acme=acme.example".parse().unwrap();
        let open = Senders::any().with(list.clone());
        assert!(open.are_open());
        assert!(!may(&open, "acme", "a@bank.example"));
        assert!(may(&open, "globex", "a@bank.example"));
        let bound = Senders::only(["devcon.example".parse().unwrap()]).with(list);
        assert!(!may(&bound, "acme", "a@devcon.example"));
        assert!(may(&bound, "globex", "a@devcon.example"));
        assert!(!may(&Senders::only([]), "globex", "a@devcon.example"));
    }

    #[test]
    fn a_refusal_says_what_may_be_chosen() {
        let refused = |senders: Senders| {
            let refused =
                senders.require(&"acme".parse().unwrap(), &"a@bank.example".parse().unwrap());
            refused.unwrap_err().to_string()
        };
        let two = Senders::any().with("acme=acme.example,desk@x.example".parse().unwrap());
        insta::assert_snapshot!(refused(two), @"not one of the senders of this community (acme.example, desk@x.example); choose one of them, or ask the owner of the installation to list this one");
        insta::assert_snapshot!(refused(Senders::only([])), @"this community has no sender yet; ask the owner of the installation to list one");
        let many: Vec<String> = (0..10).map(|number| format!("d{number}.example")).collect();
        let many = Senders::only(many.iter().map(|domain| domain.parse().unwrap()));
        assert!(refused(many).contains("d7.example and 2 more"));
    }

    #[test]
    fn what_is_no_list_is_refused_with_the_reason() {
        for (list, words) in [
            ("acme.example", "COMMUNITY=SENDER"),
            ("acme=", "COMMUNITY=SENDER"),
            ("acme= , ", "COMMUNITY=SENDER"),
            ("Acme=acme.example", "\"Acme\" is no name"),
            ("acme=localhost", "\"localhost\" is neither"),
            ("acme=*.acme.example", "\"*.acme.example\" is neither"),
            ("acme=a b@acme.example", "\"a b@acme.example\" is neither"),
        ] {
            let refused = list.parse::<SenderList>().unwrap_err().to_string();
            assert!(refused.contains(words), "{list}: {refused}");
        }
        assert_eq!(" ; ".parse(), Ok(SenderList::default()));
    }

    #[test]
    fn without_a_list_the_domain_of_the_mail_account_counts() {
        for (user, host, address, expected) in [
            (
                Some("noreply@acme.example"),
                "smtp.provider.example",
                "a@acme.example",
                true,
            ),
            (
                Some("noreply@acme.example"),
                "smtp.provider.example",
                "a@provider.example",
                false,
            ),
            (
                Some("apikey"),
                "smtp.provider.example",
                "a@provider.example",
                true,
            ),
            (None, "smtp.provider.example", "a@bank.example", false),
            (None, "Mail2.acme.co.uk", "a@acme.co.uk", true),
            (None, "mail2.acme.co.uk", "a@mail2.acme.co.uk", true),
            (None, "mail2.acme.co.uk", "a@co.uk", false),
            (None, "acme.co.uk", "a@co.uk", false),
            (None, "eu.acme.example", "a@acme.example", false),
            // A server without a domain belongs to the owner of the installation.
            (None, "localhost", "a@bank.example", true),
            (None, "127.0.0.1", "a@bank.example", true),
            (Some("apikey"), "::1", "a@bank.example", true),
            (
                Some("me@acme.example"),
                "127.0.0.1",
                "a@bank.example",
                false,
            ),
        ] {
            let senders = Senders::of_mail_account(user, host);
            assert_eq!(
                may(&senders, "acme", address),
                expected,
                "{user:?} {host} {address}"
            );
        }
    }

    #[test]
    fn an_example_is_an_address_that_may_be_used() {
        let acme = "acme".parse().unwrap();
        for senders in [
            Senders::any(),
            Senders::of_mail_account(None, "mail.acme.example"),
            Senders::any().with("acme=desk@acme.example".parse().unwrap()),
        ] {
            let example = senders.example(&acme).unwrap();
            assert_eq!(senders.require(&acme, &example), Ok(()));
        }
        assert_eq!(Senders::only([]).example(&acme), None);
    }
}
