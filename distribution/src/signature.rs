//! Signatures by key files: the `.sig.json` beside a module or a rule set.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use holdfast_rule_set::Digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::key::{KeyId, PublicKey, SigningKey};
use crate::statement::{Kind, Label, Statement, Subject};

const FORMAT: &str = "holdfast-signature/1";
/// More signatures than this in one file are nobody's intent.
const MOST_SIGNATURES: usize = 32;

/// A statement and a signature over its text. Nothing is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// What is claimed.
    pub statement: Statement,
    signature: Vec<u8>,
}

impl Signed {
    /// Signs `subject` with `key`; `now` is cut to whole seconds.
    pub fn new(subject: Subject, key: &SigningKey, now: Timestamp) -> Self {
        let signed_at = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let statement = Statement { subject, signed_at, key: key.public().id() };
        let signature = key.sign(statement.signed_text().as_bytes());
        Self { statement, signature }
    }

    /// Whether `key` signed the statement.
    pub fn is_by(&self, key: &PublicKey) -> bool {
        key.has_signed(self.statement.signed_text().as_bytes(), &self.signature)
    }
}

/// The signatures in one `.sig.json`: one for each key that vouches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignatureFile {
    signatures: Vec<Signed>,
}

/// The text is not a signature file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is not a signature file: at `{at}`: {problem}")]
pub struct SignatureFileError {
    at: String,
    problem: String,
}

impl SignatureFile {
    /// Reads the JSON of a `.sig.json`; unknown keys are refused.
    ///
    /// # Errors
    ///
    /// Names the place and what is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, SignatureFileError> {
        let mut json = serde_json::Deserializer::from_slice(bytes);
        let form: FileForm = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| failed(error.path().to_string(), error.inner()))?;
        json.end().map_err(|error| failed("the end".to_owned(), &error))?;
        if form.format != FORMAT {
            let problem = format!("`{}` is not known here; expected `{FORMAT}`", form.format);
            return Err(failed("format".to_owned(), &problem));
        }
        if form.signatures.len() > MOST_SIGNATURES {
            let problem = format!("{} signatures; at most {MOST_SIGNATURES}", form.signatures.len());
            return Err(failed("signatures".to_owned(), &problem));
        }
        let signatures = form.signatures.into_iter().enumerate();
        let signatures = signatures.map(|(index, form)| form.read(index)).collect::<Result<_, _>>()?;
        Ok(Self { signatures })
    }

    /// The file's text, with a line feed at its end.
    pub fn to_json(&self) -> String {
        let signatures = self.signatures.iter().map(SignedForm::of).collect();
        let form = FileForm { format: FORMAT.to_owned(), signatures };
        serde_json::to_string_pretty(&form).unwrap_or_default() + "\n"
    }

    /// Adds a signature in place of an earlier one by the same key, and drops those that were made
    /// over other bytes: they can't be right any more.
    pub fn add(&mut self, signed: Signed) {
        let digest = signed.statement.subject.digest;
        self.signatures.retain(|other| {
            other.statement.key != signed.statement.key && other.statement.subject.digest == digest
        });
        self.signatures.push(signed);
    }

    /// Takes over the signatures over these bytes from another file, as many as one file may have.
    ///
    /// Those that bear the same key's id are all kept: one of them may be forged, and which one is
    /// for a trust policy to tell.
    pub(crate) fn take_over(&mut self, other: Self, digest: Digest) {
        let new = other.signatures.into_iter().filter(|signed| signed.statement.subject.digest == digest);
        let room = MOST_SIGNATURES.saturating_sub(self.signatures.len());
        for signed in new.take(room) {
            if !self.signatures.contains(&signed) {
                self.signatures.push(signed);
            }
        }
    }

    /// What was signed, unverified.
    pub fn signatures(&self) -> &[Signed] {
        &self.signatures
    }
}

fn failed(at: String, problem: &dyn std::fmt::Display) -> SignatureFileError {
    let at = if at == "." { "the file".to_owned() } else { at };
    SignatureFileError { at, problem: problem.to_string() }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct FileForm {
    format: String,
    signatures: Vec<SignedForm>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct SignedForm {
    kind: Kind,
    digest: String,
    name: String,
    version: String,
    signed_at: Timestamp,
    key: String,
    signature: String,
}

impl SignedForm {
    fn of(signed: &Signed) -> Self {
        let Statement { subject, signed_at, key } = &signed.statement;
        Self {
            kind: subject.kind,
            digest: subject.digest.to_string(),
            name: subject.name.to_string(),
            version: subject.version.to_string(),
            signed_at: *signed_at,
            key: key.to_string(),
            signature: STANDARD.encode(&signed.signature),
        }
    }

    fn read(self, index: usize) -> Result<Signed, SignatureFileError> {
        let at = |key: &str| format!("signatures[{index}].{key}");
        let label = |key: &str, text: &str| -> Result<Label, SignatureFileError> {
            text.parse().map_err(|error| failed(at(key), &error))
        };
        let subject = Subject {
            kind: self.kind,
            digest: self.digest.parse().map_err(|error| failed(at("digest"), &error))?,
            name: label("name", &self.name)?,
            version: label("version", &self.version)?,
        };
        let key = KeyId::parse(&self.key)
            .ok_or_else(|| failed(at("key"), &format!("`{}` names no ed25519 key", self.key)))?;
        let signature = STANDARD.decode(&self.signature).ok().filter(|bytes| bytes.len() == 64);
        let signature =
            signature.ok_or_else(|| failed(at("signature"), &"it is not the base64 of 64 bytes"))?;
        Ok(Signed { statement: Statement { subject, signed_at: self.signed_at, key }, signature })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(bytes: &[u8]) -> Subject {
        Subject {
            kind: Kind::Rule,
            digest: Digest::of(bytes),
            name: "select".parse().unwrap(),
            version: "1.2.0".parse().unwrap(),
        }
    }

    fn signed(bytes: &[u8], key: &SigningKey) -> Signed {
        Signed::new(subject(bytes), key, "2026-11-21T07:30:00.75Z".parse().unwrap())
    }

    #[test]
    fn a_signature_survives_its_file() {
        let key = SigningKey::generate().unwrap();
        let mut file = SignatureFile::default();
        file.add(signed(b"module", &key));
        let again = SignatureFile::parse(file.to_json().as_bytes()).unwrap();
        assert_eq!(again, file);
        assert!(again.signatures()[0].is_by(key.public()));
    }

    #[test]
    fn the_signed_text_is_what_it_says() {
        let key = SigningKey::generate().unwrap();
        let text = signed(b"foo", &key).statement.signed_text();
        let expected = format!(
            "holdfast-signature/1\nkind: rule\n\
             digest: sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae\n\
             name: select\nversion: 1.2.0\nsigned-at: 2026-11-21T07:30:00Z\nkey: {}\n",
            key.public().id()
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn every_part_of_the_statement_is_signed() {
        let key = SigningKey::generate().unwrap();
        let whole = signed(b"module", &key);
        let changes: [fn(&mut Statement); 5] = [
            |statement| statement.subject.kind = Kind::RuleSet,
            |statement| statement.subject.digest = Digest::of(b"other"),
            |statement| statement.subject.name = "other".parse().unwrap(),
            |statement| statement.subject.version = "1.2.1".parse().unwrap(),
            |statement| statement.signed_at = "2026-11-21T07:30:01Z".parse().unwrap(),
        ];
        for change in changes {
            let mut changed = whole.clone();
            change(&mut changed.statement);
            assert!(!changed.is_by(key.public()), "{:?}", changed.statement);
        }
    }

    #[test]
    fn signing_again_replaces_and_new_bytes_drop_what_was_signed_before() {
        let (one, two) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
        let mut file = SignatureFile::default();
        for key in [&one, &two, &one] {
            file.add(signed(b"module", key));
        }
        assert_eq!(file.signatures().len(), 2);
        file.add(signed(b"rebuilt", &one));
        assert_eq!(file.signatures().len(), 1);
    }

    #[test]
    fn a_bad_file_is_named_by_place() {
        let key = SigningKey::generate().unwrap();
        let mut file = SignatureFile::default();
        file.add(signed(b"module", &key));
        let good = file.to_json();
        for (from, to, place) in [
            ("\"kind\": \"rule\"", "\"kind\": \"ruler\"", "`signatures[0].kind`"),
            ("sha256:", "sha1:", "`signatures[0].digest`"),
            ("\"select\"", "\"a\\nb\"", "`signatures[0].name`"),
            ("ed25519:", "rsa:", "`signatures[0].key`"),
            ("\"signature\": \"", "\"signature\": \"AAAA", "`signatures[0].signature`"),
            ("signature/1", "signature/2", "`format`"),
            ("\"format\"", "\"format \"", "unknown field"),
        ] {
            let error = SignatureFile::parse(good.replace(from, to).as_bytes()).unwrap_err().to_string();
            assert!(error.contains(place), "{from}: {error}");
        }
        assert!(SignatureFile::parse(b"").is_err());
        assert!(SignatureFile::parse(&[0xff, 0xfe]).is_err());
        assert!(SignatureFile::parse(format!("{good}x").as_bytes()).is_err());
    }
}
