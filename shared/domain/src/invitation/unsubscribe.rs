//! Unsubscribe links: they name a person and contain a proof that this installation made them.

use std::fmt;
use std::str::FromStr;

use crate::ids::{CommunityId, IdError, PersonId, PersonKey};

/// The content of an unsubscribe link: a community, a person, and the proof that this installation
/// made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsubscribeToken {
    /// The community whose mail the person no longer wants.
    pub community: CommunityId,
    /// The person who unsubscribes.
    pub person: PersonId,
    proof: [u8; PROOF_BYTES],
}

/// 128 bits are too many to guess.
const PROOF_BYTES: usize = 16;

impl UnsubscribeToken {
    /// The token of a person.
    #[must_use]
    pub fn new(key: &PersonKey, community: CommunityId, person: PersonId) -> Self {
        // No e-mail address begins so: no person's id is ever a proof.
        let proof = key.authenticate(&format!("unsubscribe/{community}/{person}"));
        Self {
            community,
            person,
            proof,
        }
    }

    /// Returns whether the token was made with this key. The comparison takes constant time.
    #[must_use]
    pub fn is_genuine(&self, key: &PersonKey) -> bool {
        let genuine = Self::new(key, self.community.clone(), self.person);
        let pairs = genuine.proof.iter().zip(self.proof);
        pairs.fold(0, |all, (one, other)| all | (one ^ other)) == 0
    }
}

impl fmt::Display for UnsubscribeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proof = u128::from_be_bytes(self.proof);
        write!(f, "{}.{}.{proof:032x}", self.community, self.person)
    }
}

impl FromStr for UnsubscribeToken {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let mut parts = text.split('.');
        let mut next = || parts.next().ok_or(IdError::Person);
        let token = Self {
            community: next()?.parse()?,
            person: next()?.parse()?,
            // The proof is written like a person's id.
            proof: next()?.parse::<PersonId>()?.to_bytes(),
        };
        match parts.next() {
            None => Ok(token),
            Some(_) => Err(IdError::Person),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unsubscribe_link_is_for_one_person_of_one_community() {
        let key = PersonKey([1; 32]);
        let person = PersonId::of(&key, &"ada@example.org".parse().unwrap());
        let other = PersonId::of(&key, &"bo@example.org".parse().unwrap());
        let acme: CommunityId = "acme".parse().unwrap();
        let token = UnsubscribeToken::new(&key, acme.clone(), person);
        let read: UnsubscribeToken = token.to_string().parse().unwrap();
        assert_eq!(read, token);
        assert!(read.is_genuine(&key));
        assert!(!read.is_genuine(&PersonKey([2; 32])));
        for changed in [
            UnsubscribeToken {
                person: other,
                ..token.clone()
            },
            UnsubscribeToken {
                community: "beta".parse().unwrap(),
                ..token.clone()
            },
        ] {
            assert!(!changed.is_genuine(&key));
        }
        let text = token.to_string();
        for bad in ["", "acme", &text[..text.len() - 1], &format!("{text}.x")] {
            assert!(bad.parse::<UnsubscribeToken>().is_err(), "{bad}");
        }
    }
}
