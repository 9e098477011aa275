//! What cannot be accepted of how a registration system reports changes.

use super::Checks;
use crate::config::{EventDocument, FieldMapping, HookSignature, SecretValue, ValueOrigin};
use crate::hook::is_standard_secret;

impl Checks<'_> {
    pub(super) fn hook(&mut self, document: &EventDocument) {
        let Some(hook) = &document.hook else { return };
        let is_signed = hook.signature != HookSignature::None;
        self.refuse_if(
            is_signed && hook.secret.is_none(),
            "hook.secret",
            "give the secret that hooks are signed with; your registration system shows it, or asks you for one",
        );
        self.refuse_if(
            !is_signed && hook.secret.is_some(),
            "hook.secret",
            "hooks that are not signed have no secret; give the signature, or leave the secret out",
        );
        if let (HookSignature::StandardWebhooks, Some(SecretValue::Plain(secret))) =
            (hook.signature, &hook.secret)
        {
            self.refuse_if(
                !is_standard_secret(secret),
                "hook.secret",
                "a secret of Standard Webhooks is base64, and mostly begins with whsec_; copy all of it",
            );
        }
        if let Some(header) = &hook.header {
            self.header("hook.header", header, "");
            self.refuse_if(
                hook.signature != HookSignature::Hmac,
                "hook.header",
                "only the signature hmac has a header of its own; leave it out",
            );
        }
        self.found_in_hook("hook.email", hook.email.as_ref());
        self.found_in_hook("hook.source_id", hook.source_id.as_ref());
    }

    fn found_in_hook(&mut self, path: &str, mapping: Option<&FieldMapping>) {
        let is_constant =
            mapping.is_some_and(|mapping| matches!(mapping.origin, ValueOrigin::Constant(_)));
        self.refuse_if(
            is_constant,
            path,
            "give a path in the body of a hook, or an expression; a constant names nobody",
        );
    }
}
