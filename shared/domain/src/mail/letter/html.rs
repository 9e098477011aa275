//! Writes a letter as an HTML document for mail programs. Each element has its own style, because
//! many programs drop a style sheet; the sheet only adapts colours to dark mode.

use std::fmt::Write as _;

use super::Footer;
use super::outline::{Element, LetterPart, Outline};

/// The style sheet for dark mode. Its rules must override the styles of the elements.
const DARK: &str = "@media (prefers-color-scheme: dark){\
.page{background:#0f1216!important}\
.card{background:#1a1f26!important;color:#e6e8eb!important}\
.link{color:#9db8ff!important}\
.button{background:#3559e0!important;color:#ffffff!important}\
.code{background:#2a313b!important;color:#e6e8eb!important}\
.quote{border-color:#4a5563!important;color:#b4bcc8!important}\
.rule{border-color:#38414d!important}\
.quiet{color:#a3acb9!important}}";

/// The style of every column of text: a width, a font, and line breaks inside long words.
const COLUMN: &str = "max-width:600px;margin:0 auto;text-align:left;text-align:start;overflow-wrap:anywhere;word-break:break-word;font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;line-height:1.5";

/// Writes the document.
pub(in crate::mail) fn write(subject: &str, outline: &Outline, footer: &Footer<'_>) -> String {
    let mut out = String::new();
    // Writing to a `String` never fails.
    let _ = write!(
        out,
        "<!doctype html>\n\
<html dir=\"auto\">\n<head>\n\
<meta charset=\"utf-8\">\n\
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
<meta name=\"color-scheme\" content=\"light dark\">\n\
<meta name=\"supported-color-schemes\" content=\"light dark\">\n\
<title>{}</title>\n<style>{DARK}</style>\n</head>\n\
<body class=\"page\" style=\"margin:0;padding:0;background:#f2f4f7\">\n\
<table role=\"presentation\" class=\"page\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"width:100%;border-collapse:collapse;background:#f2f4f7\">\n\
<tr><td align=\"center\" style=\"padding:24px 12px\">\n\
<div class=\"card\" style=\"{COLUMN};padding:28px 24px 12px;border-radius:12px;background:#ffffff;font-size:16px;color:#1f2933\">\n",
        Escaped(subject)
    );
    body(&mut out, outline);
    let _ = write!(
        out,
        "</div>\n\
<div class=\"quiet\" style=\"{COLUMN};padding:16px 24px;font-size:13px;color:#5b6675\">\
{} <a class=\"quiet\" href=\"{}\" style=\"color:#5b6675;text-decoration:underline\">Unsubscribe</a></div>\n\
</td></tr>\n</table>\n</body>\n</html>\n",
        Escaped(&footer.reason()),
        Escaped(footer.unsubscribe_url)
    );
    out
}

fn body(out: &mut String, outline: &Outline) {
    let mut open: Vec<&Element> = Vec::new();
    for part in &outline.parts {
        match part {
            LetterPart::Open(element) => {
                start(out, element);
                open.push(element);
            }
            LetterPart::Close => {
                if let Some(element) = open.pop() {
                    end(out, element);
                }
            }
            LetterPart::Text(text) => push_escaped(out, text),
            LetterPart::Code(text) => {
                out.push_str("<code class=\"code\" style=\"padding:1px 4px;border-radius:4px;background:#eef1f5;font-family:ui-monospace,Menlo,Consolas,monospace;font-size:15px\">");
                push_escaped(out, text);
                out.push_str("</code>");
            }
            LetterPart::Break => out.push_str("<br>"),
            LetterPart::Rule => out.push_str(
                "<hr class=\"rule\" style=\"margin:24px 0;border:0;border-top:1px solid #d5dae1\">\n",
            ),
        }
    }
}

fn start(out: &mut String, element: &Element) {
    let tag = match element {
        Element::Paragraph => "<p style=\"margin:0 0 16px\">",
        Element::Heading(1) => {
            "<h1 style=\"margin:0 0 16px;font-size:24px;line-height:1.25;font-weight:700\">"
        }
        Element::Heading(2) => {
            "<h2 style=\"margin:24px 0 12px;font-size:20px;line-height:1.3;font-weight:700\">"
        }
        Element::Heading(_) => {
            "<h3 style=\"margin:20px 0 8px;font-size:17px;line-height:1.35;font-weight:700\">"
        }
        Element::Quote => {
            "<blockquote class=\"quote\" style=\"margin:0 0 16px;padding:0 0 0 16px;border-left:3px solid #d5dae1;color:#46505d\">\n"
        }
        Element::CodeBlock => {
            "<pre class=\"code\" style=\"margin:0 0 16px;padding:12px;border-radius:8px;background:#eef1f5;font-family:ui-monospace,Menlo,Consolas,monospace;font-size:14px;white-space:pre-wrap\">"
        }
        Element::List(None) => "<ul style=\"margin:0 0 16px;padding:0 0 0 24px\">\n",
        Element::List(Some(1)) => "<ol style=\"margin:0 0 16px;padding:0 0 0 28px\">\n",
        Element::List(Some(first)) => {
            let _ = writeln!(
                out,
                "<ol start=\"{first}\" style=\"margin:0 0 16px;padding:0 0 0 28px\">"
            );
            return;
        }
        Element::Item => "<li style=\"margin:0 0 6px\">",
        Element::Emphasis => "<em>",
        Element::Strong => "<strong>",
        Element::Link(address) => {
            return link(
                out,
                "link",
                address,
                "color:#1d4ed8;text-decoration:underline",
            );
        }
        Element::Button(address) => {
            return link(
                out,
                "button",
                address,
                "display:inline-block;padding:12px 22px;border-radius:8px;background:#1d4ed8;color:#ffffff;font-weight:600;text-decoration:none",
            );
        }
    };
    out.push_str(tag);
}

fn link(out: &mut String, class: &str, address: &str, style: &str) {
    let _ = write!(
        out,
        "<a class=\"{class}\" href=\"{}\" style=\"{style}\">",
        Escaped(address)
    );
}

fn end(out: &mut String, element: &Element) {
    out.push_str(match element {
        Element::Paragraph => "</p>\n",
        Element::Heading(1) => "</h1>\n",
        Element::Heading(2) => "</h2>\n",
        Element::Heading(_) => "</h3>\n",
        Element::Quote => "</blockquote>\n",
        Element::CodeBlock => "</pre>\n",
        Element::List(None) => "</ul>\n",
        Element::List(Some(_)) => "</ol>\n",
        Element::Item => "</li>\n",
        Element::Emphasis => "</em>",
        Element::Strong => "</strong>",
        Element::Link(_) | Element::Button(_) => "</a>",
    });
}

/// A text, escaped for HTML content and attributes.
struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            c => f.write_char(c),
        })
    }
}

fn push_escaped(out: &mut String, text: &str) {
    let _ = write!(out, "{}", Escaped(text));
}
