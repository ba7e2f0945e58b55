//! What the operator decides, from four places: an argument wins over the environment, that over the configuration file,
//! that over the default. Secrets never come as arguments: other people on the machine can read those.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The configuration file (TOML). Every key has the name of its option.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct File {
    pub database: Option<String>,
    pub data: Option<PathBuf>,
    pub listen: Option<SocketAddr>,
    pub site: Option<PathBuf>,
    pub public_url: Option<String>,
    pub tls_terminated: Option<bool>,
    pub demo: Option<bool>,
    pub log: Option<String>,
    pub log_json: Option<bool>,
    pub smtp_host: Option<String>,
    pub smtp_port: Option<u16>,
    pub smtp_security: Option<String>,
    pub smtp_user: Option<String>,
    pub smtp_password: Option<Secret>,
    pub smtp_ca: Option<PathBuf>,
    pub mail_from: Option<String>,
}

/// What no log shows.
#[derive(Clone, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(secret)")
    }
}

impl File {
    pub fn read(path: &Path) -> Result<Self, Refused> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| Refused::new(format!("The configuration file {} cannot be read: {e}.", path.display()), "Check --config."))?;
        toml::from_str(&text).map_err(|e| {
            let advice = "See `rapport serve --help`: the keys are the names of the options.";
            Refused::new(format!("The configuration file {} is not valid.\n{}", path.display(), e.to_string().trim_end()), advice)
        })
    }
}

/// Why the program does not do what it was told, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub problem: String,
    pub advice: String,
}

impl Refused {
    pub fn new(problem: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { problem: problem.into(), advice: advice.into() }
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.problem)?;
        if self.advice.is_empty() { Ok(()) } else { write!(f, "\n{}", self.advice) }
    }
}

impl From<service::ctx::OpenError> for Refused {
    fn from(e: service::ctx::OpenError) -> Self {
        Self::new(e.problem, e.advice)
    }
}

impl From<domain::Error> for Refused {
    fn from(e: domain::Error) -> Self {
        let locale = domain::Locale::En;
        let fault = crate::fault::Fault::from(e);
        let fields = fault.fields.iter().map(|f| format!("  {}: {}", f.field, crate::words::field_error(locale, f)));
        let lines: Vec<String> = std::iter::once(fault.sentence(locale)).chain(fields).collect();
        Self::new(lines.join("\n"), "")
    }
}

/// Where the data lies when nobody says: `$XDG_DATA_HOME/rapport`, else `~/.local/share/rapport`.
pub fn default_data_dir() -> Result<PathBuf, Refused> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    absolute("XDG_DATA_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/share")))
        .map(|dir| dir.join("rapport"))
        .ok_or_else(|| Refused::new("There is no home directory to keep the data in.", "Say where: --data DIR or RAPPORT_DATA."))
}

/// Does this database address carry a password?
pub fn has_secret(database: &str) -> bool {
    database.split_once("://").is_some_and(|(_, rest)| rest.split('/').next().is_some_and(|host| host.contains('@')))
}

/// The origin of an address such as `https://crm.example.com/`: what browsers send as `Origin`.
pub fn origin_of(url: &str) -> Result<String, Refused> {
    let bad =
        || Refused::new(format!("{url} is no address people can use."), "Give --public-url as https://crm.example.com, without a path.");
    let uri: http::Uri = url.parse().map_err(|_| bad())?;
    let scheme = uri.scheme_str().filter(|s| matches!(*s, "http" | "https")).ok_or_else(bad)?;
    let host = uri.host().filter(|h| !h.is_empty()).ok_or_else(bad)?.to_ascii_lowercase();
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() || uri.authority().is_some_and(|a| a.as_str().contains('@')) {
        return Err(bad());
    }
    let port = match (scheme, uri.port_u16()) {
        (_, None) | ("http", Some(80)) | ("https", Some(443)) => String::new(),
        (_, Some(port)) => format!(":{port}"),
    };
    Ok(format!("{scheme}://{host}{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_named() {
        let e = toml::from_str::<File>("listne = \"127.0.0.1:1\"").unwrap_err();
        assert!(e.to_string().contains("listne"), "{e}");
        let file: File = toml::from_str("listen = \"127.0.0.1:1\"\npublic-url = \"https://x\"").unwrap();
        assert_eq!(file.public_url.as_deref(), Some("https://x"));
    }

    #[test]
    fn origins_are_what_browsers_send() {
        assert_eq!(origin_of("https://CRM.example.com:443/").unwrap(), "https://crm.example.com");
        assert_eq!(origin_of("http://10.0.0.1:3000").unwrap(), "http://10.0.0.1:3000");
        for bad in ["crm.example.com", "ftp://x", "https://x/path", "https://u:p@x", ""] {
            assert!(origin_of(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn passwords_in_addresses_are_seen() {
        assert!(has_secret("wss://root:pw@db.example.com/rpc"));
        assert!(!has_secret("surrealkv:///data/a@b"));
    }
}
