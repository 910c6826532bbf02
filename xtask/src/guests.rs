//! Builds the templates of `holdfast rule new` with their own tools: the guests that tests and benches ask.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use sha2::{Digest as _, Sha256};
use toml_edit::{DocumentMut, Item};
use wit_component::ComponentEncoder;

use crate::digest::digits;
use crate::rules::build_rules;

/// Languages of the templates; `rules/templates/LANGUAGE` becomes `LANGUAGE.wasm`.
const LANGUAGES: [&str; 4] = ["rust", "js", "python", "rego"];

/// What package managers print when they do not get through to their registry.
const UNREACHABLE: [&str; 9] = [
    "ENOTFOUND",
    "ECONNREFUSED",
    "ECONNRESET",
    "ETIMEDOUT",
    "EAI_AGAIN",
    "NewConnectionError",
    "ConnectTimeoutError",
    "Temporary failure in name resolution",
    "failed to download from",
];

/// What became of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Guest {
    /// The component is there.
    Built { language: &'static str, path: PathBuf, bytes: u64, anew: bool },
    /// Its tools could not be fetched, because there was no network.
    Unreachable { language: &'static str, said: String },
}

/// Builds the shipped rules and every template, and says what became of each.
pub(crate) fn guests(root: &Path) -> anyhow::Result<()> {
    let rules = root.join("target/rules");
    build_rules(root, &rules)?;
    let guests = build_guests(root, &rules, &root.join("target/guests"))?;
    std::io::stdout().write_all(listed(&guests).as_bytes()).context("could not print")
}

/// Builds every template into `out`, as `LANGUAGE.wasm`; one that has not changed since is left as it is.
///
/// The shipped rules must lie in `rules` (see `build_rules`): the Rego template uses one.
///
/// # Errors
///
/// Fails if a tool is missing, or a template does not build for a reason other than the network.
pub(crate) fn build_guests(root: &Path, rules: &Path, out: &Path) -> anyhow::Result<Vec<Guest>> {
    fs::create_dir_all(out).with_context(|| format!("could not create {}", out.display()))?;
    LANGUAGES.iter().map(|language| Template::of(root, rules, out, language)?.built()).collect()
}

/// One line for each guest.
pub(crate) fn listed(guests: &[Guest]) -> String {
    let mut text = String::new();
    for guest in guests {
        let _ = match guest {
            Guest::Built { path, bytes, anew, .. } => {
                let how = if *anew { "built" } else { "as before" };
                writeln!(text, "{} ({:.2} MB, {how})", path.display(), *bytes as f64 / 1e6)
            }
            Guest::Unreachable { language, said } => {
                writeln!(text, "{language}: not built, its registry cannot be reached: {said}")
            }
        };
    }
    text
}

/// A template on its way to a component.
struct Template<'a> {
    language: &'static str,
    root: &'a Path,
    rules: &'a Path,
    /// Where its project is written and built.
    project: PathBuf,
    output: PathBuf,
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl<'a> Template<'a> {
    fn of(root: &'a Path, rules: &'a Path, out: &Path, language: &'static str) -> anyhow::Result<Self> {
        let folder = root.join("rules/templates").join(language);
        let mut files = Vec::new();
        collect(&folder, Path::new(""), &mut files)?;
        collect(&contract(root, &folder)?, Path::new("wit"), &mut files)?;
        files.sort();
        let project = out.join(format!("guest-{language}"));
        Ok(Self { language, root, rules, project, output: out.join(format!("{language}.wasm")), files })
    }

    fn built(&self) -> anyhow::Result<Guest> {
        let stamp = self.project.join(".built");
        let wanted = self.fingerprint()?;
        let anew = !(self.output.exists() && fs::read_to_string(&stamp).is_ok_and(|have| have == wanted));
        if anew {
            self.write()?;
            let built =
                self.build().with_context(|| format!("the template rules/templates/{}", self.language))?;
            if let Some(said) = built {
                return Ok(Guest::Unreachable { language: self.language, said });
            }
            fs::write(&stamp, wanted)?;
        }
        let bytes = fs::metadata(&self.output).map(|metadata| metadata.len()).unwrap_or_default();
        Ok(Guest::Built { language: self.language, path: self.output.clone(), bytes, anew })
    }

    /// Everything that the component is made of, but for the tools, which the templates pin.
    fn fingerprint(&self) -> anyhow::Result<String> {
        let mut digest = Sha256::new();
        let mut add = |path: &Path, content: &[u8]| {
            digest.update(path.to_string_lossy().as_bytes());
            digest.update([0]);
            digest.update(Sha256::digest(content));
        };
        for (path, content) in &self.files {
            add(path, content);
        }
        let mut beside = Vec::new();
        match self.language {
            "rust" => collect(&self.root.join("rules/sdk"), Path::new("sdk"), &mut beside)?,
            "rego" => beside.push((PathBuf::from("rego.wasm"), read(&self.rules.join("rego.wasm"))?)),
            _ => {}
        }
        beside.sort();
        for (path, content) in &beside {
            add(path, content);
        }
        Ok(digits(&digest.finalize()))
    }

    /// Writes the project as `holdfast rule new` does.
    fn write(&self) -> anyhow::Result<()> {
        // A contract of another version must not lie there as well.
        let wit = self.project.join("wit");
        if wit.exists() {
            fs::remove_dir_all(&wit).with_context(|| format!("could not clear {}", wit.display()))?;
        }
        let name = format!("guest-{}", self.language);
        let sdk = format!("{{ path = {:?} }}", self.root.join("rules/sdk"));
        let words = [
            ("{{name}}", name.as_str()),
            ("{{crate}}", &name.replace('-', "_")),
            ("{{Type}}", "Guest"),
            ("{{sdk}}", &sdk),
        ];
        for (path, content) in &self.files {
            let text = String::from_utf8_lossy(content);
            let text = words.iter().fold(text.into_owned(), |text, (from, to)| text.replace(from, to));
            let path = self.project.join(path);
            let folder = path.parent().unwrap_or(&self.project);
            fs::create_dir_all(folder)
                .and_then(|()| fs::write(&path, text))
                .with_context(|| format!("could not write {}", path.display()))?;
        }
        Ok(())
    }

    /// Runs the project's commands; gives what was said if a registry could not be reached.
    fn build(&self) -> anyhow::Result<Option<String>> {
        let path = self.project.join("holdfast-rule.toml");
        let text = fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
        let document: DocumentMut =
            text.parse().with_context(|| format!("{} is not TOML", path.display()))?;
        let build = document.get("build").context("holdfast-rule.toml has no [build]")?;
        for command in build.get("command").and_then(Item::as_array).context("build.command is not a list")? {
            let words: Vec<&str> =
                command.as_array().into_iter().flatten().filter_map(toml_edit::Value::as_str).collect();
            if let Some(said) = self.run(&words)? {
                return Ok(Some(said));
            }
        }
        let named = |key: &str| build.get(key).and_then(Item::as_str).map(PathBuf::from);
        let written = match (named("shipped"), named("core"), named("output")) {
            (Some(shipped), _, _) => read(&self.rules.join(shipped))?,
            (None, Some(core), _) => component(&read(&self.project.join(core))?)?,
            (None, None, Some(output)) => read(&self.project.join(output))?,
            (None, None, None) => bail!("{} has no build.output", path.display()),
        };
        fs::write(&self.output, written)
            .with_context(|| format!("could not write {}", self.output.display()))?;
        Ok(None)
    }

    fn run(&self, words: &[&str]) -> anyhow::Result<Option<String>> {
        let (program, arguments) = words.split_first().context("build.command has an empty command")?;
        let output = Command::new(program)
            .args(arguments)
            .current_dir(&self.project)
            .stdin(Stdio::null())
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("CARGO_TARGET_DIR")
            .output()
            .with_context(|| {
                format!("`{program}` could not be started; holdfast-rule.toml says how to get it")
            })?;
        if output.status.success() {
            return Ok(None);
        }
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if let Some(line) = said.lines().find(|line| UNREACHABLE.iter().any(|sign| line.contains(sign))) {
            return Ok(Some(line.trim().to_owned()));
        }
        bail!("`{}` ended with {}:\n{}", words.join(" "), output.status, said.trim_end())
    }
}

/// Where the version of the contract lies that a template is written for.
fn contract(root: &Path, template: &Path) -> anyhow::Result<PathBuf> {
    let path = template.join("holdfast-rule.toml");
    let text = String::from_utf8(read(&path)?).with_context(|| path.display().to_string())?;
    let project: DocumentMut = text.parse().with_context(|| format!("{} is not TOML", path.display()))?;
    let stated = project.get("rule").and_then(|rule| rule.get("contract")).and_then(Item::as_str);
    Ok(stated.map_or_else(|| root.join("evaluator/wit"), |version| root.join("evaluator/wit").join(version)))
}

fn component(module: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut encoder = ComponentEncoder::default().validate(true).module(module)?;
    encoder.encode().context("could not turn the core module into a component")
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("could not read {}", path.display()))
}

fn collect(folder: &Path, below: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))? {
        let path = entry?.path();
        let name = below.join(path.file_name().unwrap_or_default());
        // What a build in the template's own folder leaves behind is not a part of it.
        let left_behind = ["dist", "node_modules", "target", ".venv", "__pycache__"];
        if path.is_file() {
            files.push((name, read(&path)?));
        } else if !left_behind.iter().any(|folder| name.ends_with(folder)) {
            collect(&path, &name, files)?;
        }
    }
    ensure!(!files.is_empty(), "{} is empty", folder.display());
    Ok(())
}
