//! How many of the hand-made settings of presets are proposed right, over the answers that their fixtures have.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::config::{EventDocument, FeedFormat, SourceAddresses, check};
use crate::evaluate::{Evaluator, RecordOutcome};
use crate::feed::{RecordsPath, expand};
use crate::ids::PersonKey;
use crate::lookup::{LookupTable, Lookups, key};
use crate::preset::{Preset, PresetAnswers, built_in};
use crate::propose::{Proposal, ProposeAnswered, propose, records_at, text_answer};

/// A fixture: what its document says, and what its system answers.
struct PresetFixture {
    name: String,
    document: Value,
    routes: Vec<FixtureRoute>,
}

struct FixtureRoute {
    request: String,
    headers: Vec<(String, String)>,
    body: Value,
    format: FeedFormat,
}

fn feeds() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/feeds")
}

fn json_in(path: PathBuf) -> Option<Value> {
    serde_json::from_str(&fs::read_to_string(path).ok()?).ok()
}

fn fixtures() -> Vec<PresetFixture> {
    let mut names: Vec<String> = fs::read_dir(feeds())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    // Those of the examples answer with the bodies of others.
    names.retain(|name| !name.starts_with("example-"));
    names.sort();
    names.into_iter().map(fixture).collect()
}

fn fixture(name: String) -> PresetFixture {
    let folder = feeds().join(&name);
    let document = json_in(folder.join("event.json")).unwrap_or_else(|| of_preset(&folder));
    let routes = json_in(folder.join("routes.json")).unwrap();
    let routes = routes["routes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|route| {
            let text = fs::read_to_string(folder.join(route["body"].as_str()?)).ok()?;
            let answer =
                text_answer(&text.replace("{{base}}", "https://registration.example")).ok()?;
            let headers = route["headers"].as_object().into_iter().flatten();
            Some(FixtureRoute {
                request: route["requests"][0].as_str()?.to_owned(),
                headers: headers
                    .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
                    .collect(),
                body: answer.body,
                format: answer.format,
            })
        });
    PresetFixture {
        name,
        document,
        routes: routes.collect(),
    }
}

fn of_preset(folder: &std::path::Path) -> Value {
    let file = json_in(folder.join("preset.json")).unwrap();
    let name = file["preset"].as_str().unwrap();
    let (_, text) = built_in().iter().find(|(known, _)| *known == name).unwrap();
    let values: BTreeMap<String, String> = serde_json::from_value(file["set"].clone()).unwrap();
    let answers = PresetAnswers {
        community: "acme".parse().unwrap(),
        event: "devcon".parse().unwrap(),
        name: "DevCon".to_owned(),
        time_zone: None,
        values,
    };
    Preset::parse(name, text)
        .unwrap()
        .fill(&answers, &SourceAddresses::Any)
        .unwrap()
        .document
}

impl PresetFixture {
    fn records_path(&self) -> RecordsPath {
        self.document["source"]["records"]
            .as_str()
            .map_or_else(RecordsPath::default, |path| path.parse().unwrap())
    }

    /// The pages that a first sync reads: those with records at the document's path and under its address.
    fn pages(&self) -> Vec<&FixtureRoute> {
        let path = path_of(self.document["source"]["url"].as_str().unwrap());
        let is_page = |route: &&FixtureRoute| {
            let asked = path_of(&route.request);
            let is_next = !self.name.starts_with("preset-")
                || asked == path
                || asked.starts_with(&path)
                || asked.contains("/query/");
            is_next && !records_at(&self.records_path(), &route.body).is_empty()
        };
        self.routes.iter().filter(is_page).collect()
    }

    /// The first page with all records of all pages in its list, as a page of usual size would have them.
    fn answer(&self) -> (Value, &FixtureRoute) {
        let pages = self.pages();
        let path = self.records_path();
        let mut body = pages[0].body.clone();
        let list = |body: &Value| -> Vec<Value> {
            let list = path
                .list_names()
                .iter()
                .fold(body, |at, name| &at[name.as_str()]);
            list.as_array().unwrap().clone()
        };
        let all: Vec<Value> = pages.iter().flat_map(|page| list(&page.body)).collect();
        let place = path
            .list_names()
            .iter()
            .fold(&mut body, |at, name| &mut at[name.as_str()]);
        *place = Value::Array(all);
        (body, pages[0])
    }

    fn url(&self) -> String {
        self.document["source"]["url"]
            .as_str()
            .unwrap()
            .replace("{{base}}", "https://registration.example")
    }

    fn proposal(&self, body: &Value, page: &FixtureRoute) -> Proposal {
        let url = self.url();
        propose(&ProposeAnswered {
            body,
            headers: &page.headers,
            url: &url,
            request_body: self.document["source"].get("body"),
            format: page.format,
            records: None,
            lookups: &self.side_lists(),
        })
    }

    /// The document that maps `field` as given, without what decides over records.
    fn with(&self, field: &str, mapping: Value) -> EventDocument {
        let mut document = self.document.clone();
        let text = document
            .to_string()
            .replace("{{base}}", "https://registration.example");
        document = serde_json::from_str(&text).unwrap();
        let fields = document.as_object_mut().unwrap();
        for key in ["rules", "delete_flag", "invitations", "guards"] {
            fields.remove(key);
        }
        document["source"]
            .as_object_mut()
            .unwrap()
            .remove("incremental");
        document["source"]
            .as_object_mut()
            .unwrap()
            .remove("one_person");
        document["mapping"][field] = mapping;
        check(&document, &SourceAddresses::Any)
            .unwrap_or_else(|problems| panic!("{}: {field}: {problems}", self.name))
    }

    fn lookups(&self, document: &EventDocument) -> Lookups {
        let lookups = document.source.lookups.iter().map(|(name, lookup)| {
            let wanted = path_of(&lookup.url);
            let of_it = self
                .routes
                .iter()
                .filter(|route| path_of(&route.request) == wanted);
            let records = of_it.flat_map(|route| records_at(&lookup.records, &route.body));
            let found = records
                .filter_map(|record| Some((key(record.find(&lookup.key)?)?, record.value.clone())));
            (name.clone(), LookupTable(found.collect()))
        });
        Lookups(lookups.collect())
    }

    fn side_lists(&self) -> Lookups {
        self.lookups(&self.with("email", self.document["mapping"]["email"].clone()))
    }

    /// What a field comes to in every record.
    fn values(&self, document: &EventDocument, body: &Value, field: &str) -> Vec<Value> {
        let evaluator = Evaluator::new(document, &PersonKey([0; 32]), &self.lookups(document));
        let path = self.records_path();
        let list = path
            .list_names()
            .iter()
            .fold(body, |at, name| &at[name.as_str()]);
        let elements = list.as_array().unwrap();
        let records = elements.iter().flat_map(|element| expand(&path, element));
        let value = |outcome| match outcome {
            RecordOutcome::Person(email, said) => match field {
                "email" => json!(email),
                "source_id" => json!(said.incoming.source_id),
                "groups" => json!(said.incoming.groups),
                "digital_badge" => json!(said.incoming.digital_badge),
                field => serde_json::to_value(&said.incoming.profile).unwrap()[field].clone(),
            },
            other => json!(format!("{other:?}").split('(').next()),
        };
        records
            .map(|record| value(evaluator.evaluate(&record, 1, 1).0))
            .collect()
    }
}

fn path_of(url: &str) -> String {
    let path = url.split('?').next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(_, rest)| {
        rest.find('/').map_or("", |at| &rest[at..])
    });
    let path = path.replace("{{base}}", "");
    path.trim_end_matches('/').to_owned()
}

struct RightShare {
    right: usize,
    all: usize,
    misses: Vec<String>,
}

impl RightShare {
    fn percent(&self) -> usize {
        100 * self.right / self.all
    }

    fn print(&self, what: &str) {
        println!(
            "{what}: {} of {} right ({} %)",
            self.right,
            self.all,
            self.percent()
        );
        for miss in &self.misses {
            println!("  {miss}");
        }
    }
}

fn share(cases: impl Iterator<Item = Result<(), String>>) -> RightShare {
    let mut share = RightShare {
        right: 0,
        all: 0,
        misses: Vec::new(),
    };
    for case in cases {
        share.all += 1;
        match case {
            Ok(()) => share.right += 1,
            Err(miss) => share.misses.push(miss),
        }
    }
    share
}

#[test]
fn at_least_nine_of_ten_mappings_made_by_hand_are_proposed() {
    let mut cases = Vec::new();
    for fixture in fixtures()
        .iter()
        .filter(|fixture| fixture.name.starts_with("preset-"))
    {
        let (body, page) = fixture.answer();
        let proposal = fixture.proposal(&body, page);
        // Where another list is proposed, its fields are judged over the list made by hand.
        let path = fixture.records_path();
        let url = fixture.url();
        let by_hand = propose(&ProposeAnswered {
            body: &body,
            headers: &page.headers,
            url: &url,
            request_body: None,
            format: page.format,
            records: Some(&path),
            lookups: &fixture.side_lists(),
        });
        let mapping = fixture.document["mapping"].as_object().unwrap();
        for (field, made) in mapping {
            let proposed = by_hand
                .mapping
                .iter()
                .find(|proposed| proposed.field == *field);
            let nothing = |values: &[Value]| {
                values.iter().all(|value| {
                    value.is_null()
                        || *value == json!([])
                        || value.is_string() && *value == json!("Rejected")
                })
            };
            let case = match proposed {
                // What no record has cannot be proposed, and no value is lost.
                None if nothing(&fixture.values(
                    &fixture.with(field, made.clone()),
                    &body,
                    field,
                )) =>
                {
                    continue;
                }
                None => Err(format!(
                    "{}: {field}: nothing, by hand {made}",
                    fixture.name
                )),
                Some(proposed) => {
                    let one = fixture.values(&fixture.with(field, made.clone()), &body, field);
                    let other = fixture.values(
                        &fixture.with(field, proposed.mapping.clone()),
                        &body,
                        field,
                    );
                    if one == other {
                        Ok(())
                    } else {
                        let (one, other) = one
                            .iter()
                            .zip(&other)
                            .find(|(one, other)| one != other)
                            .unwrap();
                        Err(format!(
                            "{}: {field}: {} is {other}, by hand {made} is {one}",
                            fixture.name, proposed.mapping
                        ))
                    }
                }
            };
            cases.push(case);
        }
        let further: Vec<String> = by_hand
            .mapping
            .iter()
            .filter(|proposed| !mapping.contains_key(&proposed.field))
            .map(|proposed| format!("{} = {}", proposed.field, proposed.mapping))
            .collect();
        println!(
            "{}: further: {}; rules: {:?}",
            fixture.name,
            further.join(", "),
            proposal
                .rules
                .iter()
                .map(|rule| rule.rule.to_string())
                .collect::<Vec<_>>()
        );
    }
    let share = share(cases.into_iter());
    share.print("mappings");
    assert!(
        share.all >= 115 && share.percent() >= 90,
        "{} %",
        share.percent()
    );
}

#[test]
fn nearly_every_list_is_found() {
    let cases = fixtures()
        .into_iter()
        .filter(|fixture| fixture.name != "warts")
        .map(|fixture| {
            let (body, page) = fixture.answer();
            let proposal = fixture.proposal(&body, page);
            let made = fixture.document["source"]["records"]
                .as_str()
                .unwrap_or("$[*]")
                .to_owned();
            let found = match page.format {
                FeedFormat::Json => proposal.lists.best.map(|list| list.path),
                FeedFormat::Ndjson | FeedFormat::Csv => Some("$[*]".to_owned()),
            };
            let found = found.unwrap_or(proposal.lists.reason);
            if found == made {
                Ok(())
            } else {
                Err(format!("{}: {found}, by hand {made}", fixture.name))
            }
        });
    let share = share(cases);
    share.print("lists");
    assert!(share.percent() >= 90);
}

/// The next request that a paging makes from an answer: what is put where.
fn next_request(
    pagination: &Value,
    body: &Value,
    records: usize,
    url: &str,
) -> Option<Map<String, Value>> {
    let at = |path: &str| {
        path.parse::<crate::feed::FieldPath>()
            .ok()?
            .find(body)
            .cloned()
    };
    let text = |name: &str| pagination[name].as_str();
    let pairs = |link: &str| -> Map<String, Value> {
        let base = url::Url::parse(url).unwrap();
        let link = base.join(link).unwrap();
        let known: Vec<String> = base
            .query_pairs()
            .map(|(name, _)| name.into_owned())
            .collect();
        let pairs = link
            .query_pairs()
            .filter(|(name, _)| !known.contains(&name.clone().into_owned()));
        let sizes = ["limit", "per_page", "page_size"];
        pairs
            .filter(|(name, _)| !sizes.contains(&name.as_ref()))
            .map(|(name, value)| (name.into_owned(), json!(value)))
            .collect()
    };
    let one = |name: &str, value: String| Map::from_iter([(name.to_owned(), json!(value))]);
    match text("type")? {
        "next_link" => Some(pairs(at(text("path")?)?.as_str()?)),
        "page" => Some(one(
            text("parameter")?,
            (pagination["start"].as_u64().unwrap_or(1) + 1).to_string(),
        )),
        "offset" => {
            let start = pagination["start"].as_u64().unwrap_or(0);
            Some(one(
                text("offset_parameter")?,
                (start + records as u64).to_string(),
            ))
        }
        "cursor" => {
            let value = at(text("path")?)?;
            Some(one(
                text("parameter")?,
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned),
            ))
        }
        _ => None,
    }
}

#[test]
fn nearly_every_paging_is_proposed_or_asks_for_the_same() {
    let cases = fixtures()
        .into_iter()
        .filter(|fixture| fixture.name != "warts")
        .map(|fixture| {
            // As it came, with its totals and its last record.
            let page = *fixture.pages().first().unwrap();
            let proposal = fixture.proposal(&page.body, page);
            let made = &fixture.document["source"]["pagination"];
            let made = if made.is_null() {
                json!({"type": "none"})
            } else {
                made.clone()
            };
            let found = proposal.pagination.pagination;
            let records = propose_elements(&fixture, page);
            let next =
                |pagination: &Value| next_request(pagination, &page.body, records, &fixture.url());
            let is_same = found == made
                || (made["type"] == found["type"]
                    && next(&made).is_none()
                    && next(&found).is_none());
            let asks_same = next(&made).is_some() && next(&made) == next(&found);
            if is_same || asks_same {
                Ok(())
            } else {
                Err(format!("{}: {found}, by hand {made}", fixture.name))
            }
        });
    let share = share(cases);
    share.print("paging");
    assert!(share.percent() >= 90);
}

fn propose_elements(fixture: &PresetFixture, page: &FixtureRoute) -> usize {
    crate::propose::elements_at(&fixture.records_path(), &page.body).len()
}
