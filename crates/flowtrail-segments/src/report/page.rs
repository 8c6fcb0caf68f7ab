//! HTML on its way: everything that a log or the file said is escaped.

use std::fmt::{Display, Write as _};

/// A text as the content of an element or of an attribute in quotes.
pub(super) struct Escaped<'t>(pub(super) &'t str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in self.0.chars() {
            match c {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// An HTML document on its way. Writing to a text cannot fail.
pub(super) struct Page(pub(super) String);

impl Page {
    pub(super) fn raw(&mut self, html: &str) {
        self.0.push_str(html);
    }

    pub(super) fn put(&mut self, html: std::fmt::Arguments<'_>) {
        let _ = self.0.write_fmt(html);
    }

    /// An element without attributes around a text.
    pub(super) fn element(&mut self, name: &str, text: &str) {
        self.put(format_args!("<{name}>{}</{name}>", Escaped(text)));
    }

    /// The beginning of a table with its caption and heads.
    pub(super) fn table(&mut self, class: &str, caption: &str, heads: &[&str]) {
        self.put(format_args!(
            "<div class=\"scroll\"><table class=\"{class}\">"
        ));
        self.element("caption", caption);
        self.raw("<thead><tr>");
        for head in heads {
            self.put(format_args!("<th scope=\"col\">{}</th>", Escaped(head)));
        }
        self.raw("</tr></thead><tbody>\n");
    }

    pub(super) fn row(&mut self, cells: &[&str]) {
        self.raw("<tr>");
        cells.iter().for_each(|cell| self.element("td", cell));
        self.raw("</tr>\n");
    }

    pub(super) fn end_table(&mut self) {
        self.raw("</tbody></table></div>\n");
    }
}
