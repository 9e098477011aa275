//! Reads the texts of a page: what stands between its tags, and in the attributes that people see
//! or hear.

/// The attributes with texts.
const ATTRIBUTES: [&str; 6] = [
    "title",
    "aria-label",
    "placeholder",
    "alt",
    "label",
    "data-label",
];

/// Elements whose content is not of the catalogue: code, times, names, and lists of them.
const DATA: [&str; 9] = [
    "code", "pre", "textarea", "time", "bdi", "script", "style", "del", "datalist",
];

/// Elements without an end.
const VOID: [&str; 7] = ["input", "link", "meta", "br", "hr", "img", "!doctype"];

/// Returns the texts of a page that ought to come from the catalogue.
pub(super) fn texts_of(page: &str) -> Vec<String> {
    let mut texts = Vec::new();
    // The elements that are open, and whether their content is data.
    let mut open: Vec<(&str, bool)> = Vec::new();
    let mut rest = page;
    while let Some((text, tag)) = rest.split_once('<') {
        let is_data = open.iter().any(|(_, is_data)| *is_data);
        if !is_data && !text.trim().is_empty() {
            texts.push(text.trim().to_owned());
        }
        let (inside, after) = tag.split_once('>').unwrap_or((tag, ""));
        rest = after;
        let name = inside.split_ascii_whitespace().next().unwrap_or_default();
        let name = name.trim_end_matches('/');
        if let Some(name) = name.strip_prefix('/') {
            if let Some(at) = open.iter().rposition(|(known, _)| *known == name) {
                open.truncate(at);
            }
            continue;
        }
        let holds_data = DATA.contains(&name) || inside.contains("dir=\"auto\"");
        if !is_data && name != "time" {
            texts.extend(attributes(inside));
        }
        if !VOID.contains(&name) && !inside.ends_with('/') {
            open.push((name, holds_data));
        }
    }
    texts
}

fn attributes(inside: &str) -> Vec<String> {
    let value = |name: &&str| {
        let (_, value) = inside.split_once(&format!(" {name}=\""))?;
        value.split('"').next().map(str::to_owned)
    };
    ATTRIBUTES.iter().filter_map(value).collect()
}

#[test]
fn texts_and_attributes_are_read_but_for_data() {
    let page = r#"<p title="A">B <code>c</code> <a aria-label="D" href="e">F</a></p><td dir="auto">g<b>h</b></td><input placeholder="I" value="j">K"#;
    assert_eq!(
        texts_of(&format!("{page}<hr>")),
        ["A", "B", "D", "F", "I", "K"]
    );
}
