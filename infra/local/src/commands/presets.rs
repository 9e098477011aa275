//! `presets`: lists the presets, shows one, or fills one in.

use std::collections::BTreeMap;

use attendee_sync_domain::config::SourceAddresses;
use attendee_sync_domain::preset::{
    FillError, FillErrors, Filled, Parameter, ParameterKind, Preset, PresetAnswers, WantedSecret,
};
use serde_json::{Value, json};

use super::{CommandEnd, addresses, one_line};
use crate::cli::{Common, PresetsArguments as Arguments};
use crate::output;
use crate::presets::{LoadedPresets, PresetFileError};

/// Why a preset cannot be shown or filled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PresetsError {
    /// There is no preset of this name.
    #[error("there is no preset \"{0}\"; `presets` lists them")]
    Unknown(String),
    /// The file is no valid preset.
    #[error(transparent)]
    Broken(#[from] PresetFileError),
    /// A parameter is given twice.
    #[error("--set {0}=… is given twice")]
    Twice(String),
}

pub(crate) fn presets(common: &Common, arguments: Arguments) -> anyhow::Result<CommandEnd> {
    let mut presets = LoadedPresets::load(&common.data_dir);
    let Some(name) = &arguments.preset else {
        return list(common, presets);
    };
    if let Some(error) = presets.broken.remove(name) {
        return Err(PresetsError::Broken(error).into());
    }
    let Some(preset) = presets.good.get(name) else {
        return Err(PresetsError::Unknown(name.clone()).into());
    };
    let (Some(community), Some(event), Some(event_name)) =
        (arguments.community, arguments.event, arguments.name)
    else {
        return show(common, preset);
    };
    let mut values = BTreeMap::new();
    for (parameter, value) in arguments.set {
        if values.insert(parameter.clone(), value).is_some() {
            return Err(PresetsError::Twice(parameter).into());
        }
    }
    let answers = PresetAnswers {
        community,
        event,
        name: event_name,
        time_zone: arguments.time_zone,
        values,
    };
    fill(common, preset, &answers, &addresses(arguments.sources))
}

fn list(common: &Common, presets: LoadedPresets) -> anyhow::Result<CommandEnd> {
    let broken: Vec<String> = presets
        .broken
        .into_values()
        .map(|error| one_line(&error.into()))
        .collect();
    for said in &broken {
        eprintln!("attendee-sync: {}", output::printable(said));
    }
    if common.json {
        let items: Vec<Value> = presets.good.values().map(in_full).collect();
        output::print_json(&json!({"items": items, "broken": broken}))?;
        return Ok(CommandEnd::Done);
    }
    let rows = presets.good.values().map(|preset| {
        vec![
            preset.name.clone(),
            preset.title.clone(),
            preset.authentication().to_owned(),
            yes_or_no(preset.is_incremental()).to_owned(),
        ]
    });
    output::print_table(
        &["name", "title", "authentication", "incremental"],
        rows.collect(),
    );
    Ok(CommandEnd::Done)
}

fn in_full(preset: &Preset) -> Value {
    json!({
        "name": preset.name,
        "title": preset.title,
        "summary": preset.summary,
        "documentation": preset.documentation,
        "authentication": preset.authentication(),
        "incremental": preset.is_incremental(),
        "notes": preset.notes,
        "parameters": preset.parameters,
    })
}

fn yes_or_no(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}

fn show(common: &Common, preset: &Preset) -> anyhow::Result<CommandEnd> {
    if common.json {
        output::print_json(&in_full(preset))?;
        return Ok(CommandEnd::Done);
    }
    let mut text = format!(
        "{}\n{}\n{}\n",
        preset.title, preset.summary, preset.documentation
    );
    if !preset.notes.is_empty() {
        text.push('\n');
    }
    for note in &preset.notes {
        text.push_str("- ");
        text.push_str(note);
        text.push('\n');
    }
    text.push('\n');
    output::print(&output::printable(&text));
    let rows = preset.parameters.iter().map(|parameter| {
        vec![
            parameter.name.clone(),
            parameter.title.clone(),
            parameter.example.clone(),
            without_it(parameter),
        ]
    });
    output::print_table(
        &["parameter", "what it is", "example", "if left out"],
        rows.collect(),
    );
    Ok(CommandEnd::Done)
}

/// Returns what is used where a parameter has no value.
fn without_it(parameter: &Parameter) -> String {
    match (&parameter.default, parameter.kind) {
        (Some(default), _) => default.clone(),
        (None, ParameterKind::Secret) => "given later".to_owned(),
        (None, _) => "–".to_owned(),
    }
}

fn fill(
    common: &Common,
    preset: &Preset,
    answers: &PresetAnswers,
    addresses: &SourceAddresses,
) -> anyhow::Result<CommandEnd> {
    match preset.fill(answers, addresses) {
        Ok(Filled { document, secrets }) => {
            output::print_json(&document)?;
            for secret in &secrets {
                eprintln!("{}", output::printable(&how_to_give(secret)));
            }
            Ok(CommandEnd::Done)
        }
        Err(FillErrors(errors)) => say_refused(common, preset, &errors),
    }
}

fn say_refused(
    common: &Common,
    preset: &Preset,
    errors: &[FillError],
) -> anyhow::Result<CommandEnd> {
    let error = format!(
        "the preset {} cannot be filled; give each parameter as --set PARAMETER=VALUE",
        preset.name
    );
    let problems: Vec<String> = errors.iter().map(FillError::to_string).collect();
    eprintln!("attendee-sync: {error}");
    for problem in &problems {
        eprintln!("  {}", output::printable(problem));
    }
    if common.json {
        output::print_json(&json!({"error": error, "problems": problems}))?;
    }
    Ok(CommandEnd::Wrong)
}

fn how_to_give(secret: &WantedSecret) -> String {
    let written = secret
        .written
        .as_ref()
        .map(|written| format!(", written {written}"))
        .unwrap_or_default();
    format!(
        "the secret {} is missing: set the environment variable {}: {}{written}",
        secret.name,
        secret.name.variable(),
        secret.title,
    )
}
