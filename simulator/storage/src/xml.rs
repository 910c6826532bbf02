//! Writing the services' small XML documents.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use quick_xml::escape::escape;

/// An XML document under construction; every text is escaped.
#[derive(Debug)]
pub(crate) struct Document {
    out: String,
    open: Vec<&'static str>,
}

impl Document {
    pub(crate) fn new(root: &'static str) -> Self {
        Self::with_attributes(root, &[])
    }

    pub(crate) fn with_attributes(root: &'static str, attributes: &[(&str, &str)]) -> Self {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>");
        out.push('<');
        out.push_str(root);
        for (name, value) in attributes {
            out.push_str(&format!(" {name}=\"{}\"", escape(*value)));
        }
        out.push('>');
        Self { out, open: vec![root] }
    }

    /// Opens an element, fills it and closes it.
    pub(crate) fn element(&mut self, name: &'static str, fill: impl FnOnce(&mut Self)) {
        self.out.push_str(&format!("<{name}>"));
        self.open.push(name);
        fill(self);
        self.close();
    }

    /// An element with nothing but text; `name` must be a valid XML name.
    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.out.push_str(&format!("<{name}>{}</{name}>", escape(value)));
    }

    /// An element for each pair, inside `Metadata`; nothing if there are none.
    pub(crate) fn metadata(&mut self, metadata: &crate::reply::Metadata) {
        if !metadata.is_empty() {
            self.element("Metadata", |document| {
                for (name, value) in metadata {
                    document.text(name, value);
                }
            });
        }
    }

    /// The document's text.
    pub(crate) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.out
    }

    fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.out.push_str(&format!("</{name}>"));
        }
    }
}

impl Document {
    /// The finished document with the given status.
    pub(crate) fn into_reply(self, status: StatusCode) -> Response {
        (status, [(header::CONTENT_TYPE, "application/xml")], self.finish()).into_response()
    }
}
