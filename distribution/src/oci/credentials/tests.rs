use super::*;

impl PartialEq for Credentials {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Anonymous, Self::Anonymous) => true,
            (Self::Basic { user, password }, Self::Basic { user: u, password: p }) => {
                (user, password) == (u, p)
            }
            (Self::RefreshToken(token), Self::RefreshToken(other)) => token == other,
            _ => false,
        }
    }
}

#[test]
fn what_az_acr_login_wrote_is_a_refresh_token() {
    let config = config(
        r#"{"auths": {"contoso.azurecr.io": {
            "auth": "MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAwOg==", "identitytoken": "s3cret"
        }, "https://index.docker.io/v1/": {"auth": "YW5uOnAw"}}}"#,
    )
    .unwrap();
    let token = config.credentials("contoso.azurecr.io").unwrap();
    assert_eq!(token, Credentials::RefreshToken("s3cret".to_owned()));
    assert!(!format!("{token:?} {config:?}").contains("s3cret"));
    let hub = Credentials::Basic { user: "ann".to_owned(), password: "p0".to_owned() };
    assert_eq!(config.credentials("docker.io").unwrap(), hub);
}

fn config(text: &str) -> Result<DockerConfig, CredentialsError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    std::fs::write(&path, text).unwrap();
    DockerConfig::load(&path)
}

#[test]
fn what_login_wrote_is_found() {
    let text = r#"{"auths": {
        "registry.contoso.com": {"auth": "YW5uOnM6M2NyZXQ="},
        "https://old.contoso.com/v1/": {"username": "bob", "password": "p"},
        "empty.contoso.com": {}
    }, "credHelpers": {"gcr.io": "gcloud"}, "HttpHeaders": {}}"#;
    let config = config(text).unwrap();
    let basic = |user: &str, password: &str| Credentials::Basic {
        user: user.to_owned(),
        password: password.to_owned(),
    };
    assert_eq!(config.credentials("registry.contoso.com").unwrap(), basic("ann", "s:3cret"));
    assert_eq!(config.credentials("old.contoso.com").unwrap(), basic("bob", "p"));
    assert_eq!(config.credentials("empty.contoso.com").unwrap(), Credentials::Anonymous);
    assert_eq!(config.credentials("localhost:5000").unwrap(), Credentials::Anonymous);
    let helper = config.credentials("gcr.io").unwrap_err().to_string();
    assert!(helper.contains("`docker-credential-gcloud`") && helper.contains("oras login"), "{helper}");
    assert!(!format!("{config:?} {:?}", basic("ann", "s3cret")).contains("s3cret"));
}

#[test]
fn a_broken_file_is_named_and_no_secret_is_shown() {
    let error = config(r#"{"auths": ["s3cret"]}"#).unwrap_err().to_string();
    assert!(error.contains("`auths`") && !error.contains("s3cret"), "{error}");
    let odd = config(r#"{"auths": {"h": {"auth": "s3cret"}}}"#).unwrap();
    let error = odd.credentials("h").unwrap_err().to_string();
    assert!(error.contains("`auths.h.auth`") && !error.contains("s3cret"), "{error}");
    let absent = DockerConfig::load(Path::new("/nowhere/config.json")).unwrap();
    assert_eq!(absent.credentials("h").unwrap(), Credentials::Anonymous);
}

#[test]
fn the_usual_path_follows_docker() {
    let home = DockerConfig::usual_path(|name| (name == "HOME").then(|| "/home/ann".to_owned()));
    assert_eq!(home, Some(PathBuf::from("/home/ann/.docker/config.json")));
    let stated = DockerConfig::usual_path(|_| Some("/etc/docker".to_owned()));
    assert_eq!(stated, Some(PathBuf::from("/etc/docker/config.json")));
}
