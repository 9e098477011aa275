//! What is refused when a document is saved.

use insta::assert_snapshot;

use super::*;
use crate::config::{SourceAddresses, check};

#[test]
fn everything_wrong_with_a_body_is_said_with_its_line() {
    let body = "Dear {{ first_nam }},\n\
        {% if false %}{{ event.stats }}{% endif %}\n\
        {% for group in groups %}\n\
        {{ loop.idx }} {{ groop }} {{ group.name }} {{ group | uper }}\n\
        {% endfor %}\n\
        {{ group }} {{ event }}\n\
        {% set first_name = 'x' %}{% set list = groups %}{% set a, b = 1, 2 %}\n\
        {{ range(3) }} {{ 'x' * 9 }} {{ [email] | join }} {{ groups | zip(groups) }}\n\
        <b>x</b> ![a](https://example.org/a.png)\n\n\
        <div>\n{{ email }}\n</div>\n\n\
        {% if title %}\n<script>\n{% endif %}";
    assert_snapshot!(problems(&document("{{ first_nam }}", body)), @r#"
    invitations.template.subject: line 1: there is no variable "first_nam"; did you mean first_name?
    invitations.template.body_markdown: line 1: there is no variable "first_nam"; did you mean first_name?
    invitations.template.body_markdown: line 2: there is no variable "event.stats"; did you mean event.starts?
    invitations.template.body_markdown: line 4: there is no variable "loop.idx"; did you mean loop.index?
    invitations.template.body_markdown: line 4: there is no variable "groop"; did you mean group?
    invitations.template.body_markdown: line 4: there is no variable "group.name"
    invitations.template.body_markdown: line 4: there is no filter "uper"
    invitations.template.body_markdown: line 6: there is no variable "group"; did you mean groups?
    invitations.template.body_markdown: line 6: the event is no text; name a field, as in event.name
    invitations.template.body_markdown: line 7: "first_name" is a variable already; use another name
    invitations.template.body_markdown: line 7: a variable is set to one text or number; a list can be joined, as in groups | join(', ')
    invitations.template.body_markdown: line 7: one variable is set at a time, by its name alone
    invitations.template.body_markdown: line 8: there are no functions and methods, only filters
    invitations.template.body_markdown: line 8: * is for numbers alone; say that both sides are, as in (price | float) * 2
    invitations.template.body_markdown: line 8: a list is written out of texts and numbers alone
    invitations.template.body_markdown: line 8: there is no filter "zip"
    invitations.template.body_markdown: line 9: HTML is not shown; a letter is written in Markdown alone
    invitations.template.body_markdown: line 9: pictures are not shown; make it a link, without the !
    invitations.template.body_markdown: line 11: HTML is not shown; a letter is written in Markdown alone
    invitations.template.body_markdown: line 16: HTML is not shown; a letter is written in Markdown alone
    "#);
}

#[test]
fn statements_that_reach_beyond_the_letter_are_refused() {
    for body in [
        "{% include 'secrets.json' %}",
        "{% import 'x' as x %}",
        "{% from 'x' import y %}",
        "{% extends 'x' %}",
        "{% block x %}{% endblock %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% call m() %}{% endcall %}",
        "{% do x() %}",
        "{% for a in groups recursive %}{{ loop(groups) }}{% endfor %}",
        "{{ self.__init__ }}",
        "{{ range(1000000000) }}",
    ] {
        let made = InvitationTemplate::new(&document("Welcome", body));
        let found = made.err().unwrap_or_default();
        assert!(!found.is_empty(), "{body} is taken");
    }
}

#[test]
fn what_is_no_template_is_refused_before_it_is_parsed() {
    let texts: Vec<String> = [
        "a\n{% include 'x' %}",
        "a\n{% macro x() %}{% endmacro %}",
        "{% extends 'x' %}{% block a %}{% endblock %}",
        "{% import 'x' as y %}{% from 'x' import y %}",
        "{% set x %}a{% endset %}",
        "{% filter upper %}a{% endfilter %}",
        "{% autoescape true %}a{% endautoescape %}",
        "{% do x() %}",
        "{% for a in groups recursive %}{% endfor %}",
        "a\nb {{ first_name",
        "a\nb {% if first_name %}",
        "a {{ 'b }}",
        "{% endif %}",
        "{{ }}",
        " \n ",
    ]
    .iter()
    .map(|body| problems(&document("a", body)))
    .collect();
    assert_snapshot!(texts.join("\n"), @r#"
    invitations.template.body_markdown: line 2: there is no {% include %}; a template has if, for, set and with
    invitations.template.body_markdown: line 2: there is no {% macro %}; a template has if, for, set and with
    invitations.template.body_markdown: line 2: there is no {% endmacro %}; a template has if, for, set and with
    invitations.template.body_markdown: line 1: there is no {% extends %}; a template has if, for, set and with
    invitations.template.body_markdown: line 1: there is no {% block %}; a template has if, for, set and with
    invitations.template.body_markdown: line 1: there is no {% endblock %}; a template has if, for, set and with
    invitations.template.body_markdown: line 1: there is no {% import %}; a template has if, for, set and with
    invitations.template.body_markdown: line 1: there is no {% from %}; a template has if, for, set and with
    invitations.template.body_markdown: line 1: there is no {% endset %}; a template has if, for, set and with
    invitations.template.body_markdown: line 1: there is no {% filter %}; a template has if, for, set and with
    invitations.template.body_markdown: line 1: there is no {% endfilter %}; a template has if, for, set and with
    invitations.template.body_markdown: line 1: there is no {% autoescape %}; a template has if, for, set and with
    invitations.template.body_markdown: line 1: there is no {% endautoescape %}; a template has if, for, set and with
    invitations.template.body_markdown: line 1: there is no {% do %}; a template has if, for, set and with
    invitations.template.body_markdown: line 1: a loop is not recursive
    invitations.template.body_markdown: line 2: the template does not compile: unexpected end of input, expected end of variable block
    invitations.template.body_markdown: line 2: the template does not compile: unexpected end of input, expected end of block
    invitations.template.body_markdown: line 1: the template does not compile: unexpected end of string
    invitations.template.body_markdown: line 1: the template does not compile: unknown statement endif
    invitations.template.body_markdown: line 1: the template does not compile: unexpected end of variable block
    invitations.template.body_markdown: cannot be empty
    "#);
}

#[test]
fn what_only_looks_like_a_fault_is_accepted() {
    for body in [
        "`<b>` and\n\n    <div>\n\na < b > c :( :( :( {",
        "{% raw %}{{ nope }}{% endraw %}",
        "{# {{ nope }} #}a",
        "{% for g in groups if g != 'VIP' %}{{ loop.index }}{{ loop.last }}{{ g }}{% endfor %}",
        "{% with a = 1, b = first_name ~ '!' %}{{ a }}{{ b }}{% endwith %}",
        "{% set vip = 'VIP' in groups %}{% if vip %}a{% elif title is defined %}b{% endif %}",
        "{% if groups %}{% set x = groups | first %}{% endif %}{{ x }}{{ groups[0] }}{{ groups[:1] }}",
        "{{ event['name'] }} {{ [1, 'a'] | length }}",
        "{{ first_name if first_name else 'you' }} {{ company | default('no company') | upper }}",
        "{% for a in ['x', 'y'] %}{% set b = a %}{{ b }}{% endfor %}",
        "…",
    ] {
        let saved = InvitationTemplate::new(&document("a", body));
        assert!(saved.is_ok(), "{body}: {:?}", saved.unwrap_err());
    }
}

#[test]
fn the_rest_of_the_template_is_checked_with_it() {
    let mut wrong = document("{{ title and '' }}", "{{ sign_in_url }}");
    assert_snapshot!(problems(&wrong), @"invitations.template.subject: the result is empty, even if all variables have a value");
    wrong.invitations.sign_in_url = None;
    assert_snapshot!(problems(&wrong), @"invitations.template.body_markdown: line 1: invitations.sign_in_url is not set");
    wrong.invitations.sign_in_url = Some("app.example.org".to_owned());
    let template = wrong.invitations.template.as_mut().unwrap();
    template.from = "DevCon\r\nBcc: eve@example.org <noreply@devcon.example>".to_owned();
    template.reply_to = Some("help".to_owned());
    template.subject = " ".to_owned();
    template.body_markdown = "x".repeat(64 * 1024 + 1);
    assert_snapshot!(problems(&wrong), @r#"
    invitations.sign_in_url: not a URL that starts with https://
    invitations.template.from: the name contains a line break or another control character
    invitations.template.reply_to: there is no @ sign in the e-mail address
    invitations.template.subject: cannot be empty
    invitations.template.body_markdown: longer than 64000 bytes
    "#);
    wrong.invitations.template = None;
    assert_snapshot!(problems(&wrong), @r#"
    invitations.sign_in_url: not a URL that starts with https://
    invitations.template: invitations cannot be switched on without a template
    "#);
}

#[test]
fn a_template_that_fails_for_the_example_is_refused_with_its_line() {
    let texts: Vec<String> = [
        "a\n{{ first_name | date }}",
        "a\n\n{{ first_name + 1 }}",
        "{% for a in groups %}\n{{ a | abs }}{% endfor %}",
    ]
    .iter()
    .map(|body| problems(&document("a", body)))
    .collect();
    assert_snapshot!(texts.join("\n"), @r#"
    invitations.template.body_markdown: the body cannot be written: the value is not a date, on line 2
    invitations.template.body_markdown: the body cannot be written: invalid operation, on line 3
    invitations.template.body_markdown: the body cannot be written: invalid operation, on line 2
    "#);
    assert!(!texts.join("").contains("Ada"));
}

#[test]
fn a_document_with_a_bad_template_is_refused_whether_invitations_are_on_or_off() {
    let saved = |invitations: Value| {
        let document = json!({
            "community": "acme", "event": "devcon", "name": "DevCon",
            "source": {"url": "https://registration.example.org/api"},
            "mapping": {"email": "mail", "first_name": "first", "last_name": "last"},
            "invitations": invitations,
        });
        check(&document, &SourceAddresses::Public)
            .map(|_| ())
            .map_err(|problems| problems.to_string())
    };
    let with = |enabled: bool, body: &str| {
        saved(json!({"enabled": enabled, "template":
            {"from": "noreply@devcon.example", "subject": "a", "body_markdown": body}}))
    };
    for enabled in [true, false] {
        assert_eq!(with(enabled, "{{ email }}"), Ok(()));
        assert_eq!(
            with(enabled, "{{ nope }}").unwrap_err(),
            "invitations.template.body_markdown: line 1: there is no variable \"nope\""
        );
    }
    assert_eq!(
        saved(json!({"sign_in_url": "https://app.example.org"})),
        Ok(())
    );
    assert_eq!(
        saved(json!({"sign_in_url": "//app"})).unwrap_err(),
        "invitations.sign_in_url: not a URL that starts with https://"
    );
    assert_eq!(
        saved(json!({"enabled": true})).unwrap_err(),
        "invitations.template: invitations cannot be switched on without a template"
    );
}
