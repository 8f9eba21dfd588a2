//! The connection: where the database is, and that nobody listens in.
//!
//! Encryption is asked for everywhere but on this machine itself, and the certificate is
//! always looked at; `sslmode=disable` in the address says otherwise, and says it where
//! everybody can read it. No password is ever repeated in a message.

use super::HubFault;
use postgres::config::{Host, SslMode};
use postgres::{Client, Config, NoTls};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long to wait for a server that does not answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where the database is.
#[derive(Clone)]
pub struct Address {
    config: Config,
    ca: Option<PathBuf>,
}

/// A connection to the hub.
pub struct Hub {
    pub(super) client: Client,
    /// The staging tables of this connection are there.
    pub(super) staged: bool,
}

impl Address {
    /// Reads `postgres://user:password@host:port/database?sslmode=…`. A password that is not in it is taken from
    /// `password`. `ca` is a certificate to trust besides those of the machine.
    ///
    /// # Errors
    /// [`HubFault::Address`].
    pub fn read(url: &str, password: Option<&str>, ca: Option<&Path>) -> Result<Address, HubFault> {
        let known = url.starts_with("postgres://") || url.starts_with("postgresql://");
        let bad = |text: &str| HubFault::Address { text: text.to_owned() };
        if !known {
            return Err(bad("postgres://…"));
        }
        // The reader's own words may repeat what was given, password and all.
        let mut config: Config = url.parse().map_err(|_| bad("?"))?;
        if config.get_hosts().is_empty() || config.get_dbname().is_none() {
            return Err(bad("host, database"));
        }
        if let Some(password) = password.filter(|_| config.get_password().is_none()) {
            config.password(password);
        }
        config.application_name("guazhang").connect_timeout(PATIENCE);
        if !url.contains("sslmode=") {
            let here = config.get_hosts().iter().all(is_here);
            config.ssl_mode(if here { SslMode::Disable } else { SslMode::Require });
        } else if config.get_ssl_mode() == SslMode::Prefer {
            // Encrypted where the server happens to offer it is encrypted for nobody who can change what it offers.
            config.ssl_mode(SslMode::Require);
        }
        Ok(Address { config, ca: ca.map(Path::to_owned) })
    }

    /// Host and database, for people.
    pub fn shown(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            #[cfg(unix)]
            Some(Host::Unix(path)) => path.display().to_string(),
            None => String::new(),
        };
        format!("{host}/{}", self.config.get_dbname().unwrap_or_default())
    }

    /// Whether what is sent is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.config.get_ssl_mode() != SslMode::Disable
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

impl Hub {
    /// Connects.
    ///
    /// # Errors
    /// [`HubFault::Unreachable`].
    pub fn connect(to: &Address) -> Result<Hub, HubFault> {
        let client = if to.is_encrypted() {
            to.config.connect(MakeRustlsConnect::new(tls(to.ca.as_deref())?))
        } else {
            to.config.connect(NoTls)
        };
        let mut hub = Hub { client: client.map_err(unreachable_server)?, staged: false };
        // Times are written as they stand, and nothing is shortened.
        hub.client.batch_execute("SET datestyle = 'ISO, YMD'; SET client_encoding = 'UTF8'")?;
        Ok(hub)
    }

    /// Asks the server to work in a certain way. One that does not know the setting works as it does.
    pub(super) fn wish(&mut self, setting: &str, value: &str) {
        let _ = self.client.batch_execute(&format!("SET {setting} = '{value}'"));
    }
}

fn unreachable_server(error: postgres::Error) -> HubFault {
    match HubFault::from(error) {
        HubFault::Server { text, .. } | HubFault::Broken { text } => HubFault::Unreachable { text },
        other => other,
    }
}

/// Certificates of the machine, and one of its own.
fn tls(ca: Option<&Path>) -> Result<ClientConfig, HubFault> {
    let mut roots = RootCertStore::empty();
    match ca {
        None => {
            for certificate in rustls_native_certs::load_native_certs().certs {
                // One that does not read is one that is not trusted.
                let _ = roots.add(certificate);
            }
        }
        Some(path) => {
            let bad = |text: String| HubFault::Unreachable { text: format!("{}: {text}", path.display()) };
            let all = CertificateDer::pem_file_iter(path).map_err(|error| bad(error.to_string()))?;
            for certificate in all {
                let certificate = certificate.map_err(|error| bad(error.to_string()))?;
                roots.add(certificate).map_err(|error| bad(error.to_string()))?;
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| HubFault::Unreachable { text: error.to_string() })?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encryption_is_asked_for_anywhere_but_here() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("postgres://u:p@db.example:5432/city",                 Some(true)),
            ("postgres://u:p@db.example/city?sslmode=prefer",       Some(true)),
            ("postgres://u:p@db.example/city?sslmode=disable",      Some(false)),
            ("postgresql://u@127.0.0.1:5433/city",                  Some(false)),
            ("postgres://u@localhost/city?sslmode=require",         Some(true)),
            ("postgres://u@/city?host=/run/postgresql",             Some(false)),
            ("postgres://u@10.0.0.7,127.0.0.1/city",                Some(true)),
            ("mysql://u@localhost/city",                            None),
            ("postgres://u@localhost",                              None),
            ("postgres://u:ge heim@localhost:x/city",               None),
        ];
        for (url, want) in cases {
            let found = Address::read(url, None, None);
            assert_eq!(found.as_ref().ok().map(Address::is_encrypted), want, "{url}");
            if let Err(fault) = found {
                assert!(!fault.to_string().contains("geheim"), "{fault}");
            }
        }
    }
}
