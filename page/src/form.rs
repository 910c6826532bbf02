//! Forms: they work without a script, and carry the token that tells them from those of other sites.

/// A form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Heading; none for a form that stands beside others.
    pub title: Option<String>,
    /// What it does, in a sentence.
    pub about: String,
    /// Where it goes to: an address of ours.
    pub action: String,
    /// The token; none for a form that only reads.
    pub token: Option<String>,
    /// What it carries along.
    pub hidden: Vec<(String, String)>,
    /// What is asked.
    pub fields: Vec<Field>,
    /// The word on its button.
    pub submit: String,
    /// Whether it changes or ends something for good.
    pub is_grave: bool,
}

/// Something that a form asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in the form.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// What to write, in a few words.
    pub hint: String,
    /// Whether it has to be given.
    pub required: bool,
    /// What it holds already.
    pub value: String,
    /// What kind it is.
    pub kind: FieldKind,
}

/// Kinds of fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// A line of text.
    Text,
    /// A secret: what is written is not shown.
    Secret,
    /// Several lines.
    Lines,
    /// Yes or no.
    Flag,
    /// One of a few.
    Select(Vec<Choice>),
}

/// One of a few.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// For people.
    pub label: String,
    /// Whether it is chosen already.
    pub chosen: bool,
}

impl Field {
    /// A line of text.
    pub fn text(name: &str, label: &str, hint: &str) -> Self {
        Self {
            name: name.to_owned(),
            label: label.to_owned(),
            hint: hint.to_owned(),
            required: false,
            value: String::new(),
            kind: FieldKind::Text,
        }
    }

    /// The same, of this kind.
    #[must_use]
    pub fn of(self, kind: FieldKind) -> Self {
        Self { kind, ..self }
    }

    /// The same, which has to be given.
    #[must_use]
    pub fn must(self) -> Self {
        Self { required: true, ..self }
    }

    /// The same with what it holds already.
    #[must_use]
    pub fn with(self, value: &str) -> Self {
        Self { value: crate::clean(value), ..self }
    }

    pub(crate) fn id(&self) -> String {
        format!("f-{}", self.name.replace('.', "-"))
    }
}
