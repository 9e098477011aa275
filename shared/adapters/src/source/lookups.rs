//! The side lists of a source: each is read completely, with the source's credential and only from
//! its server, and stored by key.

use std::sync::Arc;

use attendee_sync_app::ports::{Feed, FeedBlock, Remark, SourceError, SourceSideLists};
use attendee_sync_domain::config::{
    FeedFormat, Limits, LookupSettings as Described, RequestMethod, SourceSettings,
};
use attendee_sync_domain::feed::{expand, parse_value};
use attendee_sync_domain::lookup::LookupTable;
use serde_json::Value;
use url::Url;

use super::addresses::address;
use super::ask::WantedPages;
use super::feed::HttpFeed;
use super::page_request::PageRequest;
use super::requests::Requests;
use super::{HttpSources, failure};

/// The maximum number of entries of one list.
const MAX_ENTRIES: usize = 20_000;
/// The maximum size of one list in bytes, after decompression.
const MAX_BYTES: u64 = 20_000_000;

/// Reads all side lists.
pub(super) async fn read(
    sources: &HttpSources,
    source: &SourceSettings,
) -> Result<SourceSideLists, SourceError> {
    let mut lists = SourceSideLists::default();
    if source.lookups.is_empty() {
        return Ok(lists);
    }
    let as_json = SourceSettings {
        format: FeedFormat::Json,
        ..source.clone()
    };
    let requests = Arc::new(sources.requests(&as_json, sources.patience(source)).await?);
    for (name, described) in &source.lookups {
        let list = one(&requests, &as_json, described).await;
        let (list, remarks) = list.map_err(|mut error| {
            error.message = format!("source.lookups.{name}: {}", error.message);
            error
        })?;
        lists.lookups.0.insert(name.clone(), list);
        let of_list = format!("source.lookups.{name}.");
        lists
            .remarks
            .extend(remarks.into_iter().map(|remark| Remark {
                field: remark.field.replace("source.", &of_list),
                reason: remark.reason.replace("source.", &of_list),
                ..remark
            }));
    }
    Ok(lists)
}

async fn one(
    requests: &Arc<Requests>,
    source: &SourceSettings,
    described: &Described,
) -> Result<(LookupTable, Vec<Remark>), SourceError> {
    let url = on_the_source(requests, &described.url)?;
    let list = SourceSettings {
        records: described.records.clone(),
        pagination: described.pagination.clone(),
        method: RequestMethod::Get,
        body: None,
        taken: Vec::new(),
        limits: Limits {
            max_bytes: MAX_BYTES,
            ..source.limits.clone()
        },
        ..source.clone()
    };
    let mut feed = HttpFeed::new(
        &list,
        PageRequest::get(url),
        WantedPages::default(),
        Arc::clone(requests),
    );
    feed.limit_is("the maximum of a lookup list");
    let mut lookup = LookupTable::default();
    while let Some(block) = feed.next().await? {
        add(&mut lookup, described, &block)?;
    }
    Ok((lookup, feed.remarks().to_vec()))
}

fn on_the_source(requests: &Requests, text: &str) -> Result<Url, SourceError> {
    let url = Url::parse(text)
        .map_err(|error| failure("its url is not a URL that starts with https://", error))?;
    requests.origin().holds(&url).ok_or_else(|| {
        SourceError::new(format!(
            "{} is not on the server of source.url, and the credential is not given to other \
             servers; a lookup list must be on the same server",
            address(&url)
        ))
    })
}

fn add(
    lookup: &mut LookupTable,
    described: &Described,
    block: &FeedBlock,
) -> Result<(), SourceError> {
    for unit in &block.units {
        let bytes = unit.clone().and_then(|range| block.bytes.get(range));
        let bytes = bytes.ok_or_else(|| SourceError::new("a record of it is too long"))?;
        let element: Value = parse_value(bytes)
            .map_err(|error| failure("a record of it is not valid JSON", error))?;
        for record in expand(&described.records, &element) {
            if let Some(key) = record.find(&described.key).and_then(key_text) {
                lookup.0.insert(key, record.value.clone());
            }
        }
        if lookup.0.len() > MAX_ENTRIES {
            return Err(SourceError::new(format!(
                "the list has more than {MAX_ENTRIES} entries; ask for fewer of them"
            )));
        }
    }
    Ok(())
}

/// Returns a key as the text that expressions look up.
fn key_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
