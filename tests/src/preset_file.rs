//! `preset.json` of a fixture: the preset that the event document comes from, and the organiser's answers.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::TestCli;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PresetFile {
    /// The preset's name.
    pub(crate) preset: String,
    community: String,
    name: String,
    /// Values of parameters. Secrets are left out, and given by the environment as `secrets` in `routes.json` says.
    set: BTreeMap<String, String>,
    /// Scheme and host that every address of the filled document has; the fixture server takes their place.
    origin: String,
}

impl PresetFile {
    /// The event document as the real binary fills it in, with the addresses of the fixture server.
    pub(crate) fn document(&self, cli: &TestCli, event: &str, base: &str) -> Value {
        let mut arguments = vec!["presets", &self.preset, "--community", &self.community];
        arguments.extend(["--event", event, "--name", &self.name]);
        let set: Vec<_> = self
            .set
            .iter()
            .map(|(name, value)| format!("--set={name}={value}"))
            .collect();
        arguments.extend(set.iter().map(String::as_str));
        let mut document = cli.json(&arguments);
        let source = document.get_mut("source").expect("a document has a source");
        self.lead_home(source, base);
        document
    }

    fn lead_home(&self, value: &mut Value, base: &str) {
        match value {
            Value::String(text) if text.starts_with("https://") => {
                let rest = text
                    .strip_prefix(&self.origin)
                    .filter(|rest| rest.starts_with('/'));
                let Some(rest) = rest else {
                    panic!(
                        "{} is asked for {text}, not at {}",
                        self.preset, self.origin
                    )
                };
                *text = format!("{base}{rest}");
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.lead_home(item, base)),
            Value::Object(members) => members
                .values_mut()
                .for_each(|member| self.lead_home(member, base)),
            _ => {}
        }
    }
}
