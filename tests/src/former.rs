//! Tables as the version before kept them: what is in one, item by item in the form of that version.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write as _};

use attendee_sync_adapters::table::{ItemBody, TableItem, TableItemBuilder, TableKey};
use attendee_sync_app::ports::{BatchMark, KeptKey};
use attendee_sync_domain::run::Counts;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde_json::{Value, json};

/// What was put down of a run is unpacked, and packed again, by this.
fn inflated(bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    DeflateDecoder::new(bytes).read_to_end(&mut all).unwrap();
    all
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn json_of(item: &TableItem) -> Value {
    item.doc().unwrap()
}

fn at(pk: String, sk: String, item: TableItem) -> TableItem {
    TableItem {
        key: TableKey { pk, sk },
        ..item
    }
}

fn with_doc(item: TableItem, doc: &Value) -> TableItem {
    TableItem {
        body: ItemBody::Document(doc.to_string()),
        ..item
    }
}

/// The items as the version before would have written them: the state of runs beside configurations, notes beside
/// the communities' keys, an item for each membership, runs with attempts, logs with counts, batches without
/// marks, and the intents that it left.
#[must_use]
pub fn as_the_version_before(items: Vec<TableItem>) -> Vec<TableItem> {
    let mut counts = counts_of_marks(&items);
    let mut former = BTreeMap::new();
    let mut put = |item: TableItem| {
        former.insert((item.key.pk.clone(), item.key.sk.clone()), item);
    };
    for item in items {
        let TableKey { pk, sk } = item.key.clone();
        let parts: Vec<&str> = pk.splitn(4, '#').collect();
        match parts.as_slice() {
            ["E", event, "STATE"] => put(at(format!("E#{event}"), sk, item)),
            ["C", community, "ERASE"] => {
                put(at(format!("C#{community}"), format!("ERASE#{sk}"), item));
            }
            ["C", community, "CLOSE"] => {
                put(at(format!("C#{community}"), format!("CLOSE#{sk}"), item));
            }
            ["C", community, "DRAFTS"] => {
                let KeptKey(bytes) = KeptKey::of(&format!("draft secret of {community}"));
                let name = bytes.iter().fold("K#".to_owned(), |mut name, byte| {
                    let _written = write!(name, "{byte:02x}");
                    name
                });
                put(at(name, "KEPT".to_owned(), item));
            }
            ["C", _, "MJ" | "M", ..] => {}
            ["C", community, "U", shard] => {
                let groups = json_of(&item)["user"]["groups"].clone();
                for group in groups.as_object().into_iter().flatten() {
                    let pk = format!("C#{community}#G#{shard}#{}", group.0);
                    let key = TableKey { pk, sk: sk.clone() };
                    put(TableItemBuilder::new(key).build());
                }
                put(item);
            }
            ["E", _, "RUNS"] => {
                let mut run = json_of(&item);
                run["attempt"] = json!(1);
                run.as_object_mut().unwrap().remove("follows");
                put(with_doc(item, &run));
            }
            ["E", _, "FP"] if sk == "HEAD" => {
                let mut head = json_of(&item);
                head["folded"] = json!(0);
                put(with_doc(item, &head));
            }
            ["E", _, "FP"] => {
                let entries = item.data().unwrap()[1..].chunks_exact(24);
                let former: Vec<u8> = entries.flat_map(|entry| entry[..16].to_vec()).collect();
                put(TableItem {
                    body: ItemBody::Data(former),
                    ..item
                });
            }
            ["E", _, "LOG"] => {
                for item in former_log(item, &mut counts) {
                    put(item);
                }
            }
            _ => put(item),
        }
    }
    former.into_values().collect()
}

/// What the marks of batches count, by partition, run and batch.
type MarkCounts = BTreeMap<(String, String), Counts>;

fn counts_of_marks(items: &[TableItem]) -> MarkCounts {
    let mut counts = BTreeMap::new();
    for item in items {
        if let Some(batch) = item.key.sk.strip_prefix("M#") {
            let mark: BatchMark = item.unpacked().unwrap();
            counts.insert((item.key.pk.clone(), batch.to_owned()), mark.counts());
        }
    }
    counts
}

fn former_log(item: TableItem, counts: &mut MarkCounts) -> Vec<TableItem> {
    let TableKey { pk, sk } = item.key.clone();
    let kind: Vec<&str> = sk.split('#').collect();
    match kind.as_slice() {
        ["M", run, batch] => {
            let key = |kind: &str| TableKey {
                pk: pk.clone(),
                sk: format!("{kind}#{run}#{batch}"),
            };
            let done = TableItemBuilder::new(key("D")).packed(&json!({"counts": {}}));
            let intent = json!({"changes": [], "counts": {}, "people": []});
            let intent = TableItemBuilder::new(key("T")).packed(&intent);
            vec![done.unwrap().build(), intent.unwrap().build()]
        }
        ["C", run, batch, ..] => {
            // The first item of a batch has what all of it counts.
            let counted = counts.remove(&(pk.clone(), format!("{run}#{batch}")));
            let mut part: Value = item.unpacked().unwrap();
            part["counts"] = json!(counted.unwrap_or_default());
            let packed = TableItemBuilder::new(item.key.clone())
                .packed(&part)
                .unwrap();
            vec![TableItem {
                body: packed.build().body,
                ..item
            }]
        }
        ["L", _, "HEAD"] => Vec::new(),
        ["L", run, "P", _, _, part] => {
            let sk = format!("L#{run}#{part}");
            let mut leg: Value = serde_json::from_slice(&inflated(item.data().unwrap())).unwrap();
            leg.as_object_mut().unwrap().remove("format");
            let bytes = deflated(leg.to_string().as_bytes());
            vec![TableItem {
                body: ItemBody::Data(bytes),
                ..at(pk, sk, item)
            }]
        }
        _ => vec![item],
    }
}
