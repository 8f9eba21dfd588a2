//! A PostgreSQL of a test's own: a cluster in a folder that goes away, on loopback, started and
//! stopped as often as the test likes, never as root.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;
use tempfile::TempDir;

/// A server, there as long as this value is.
pub(crate) struct Cluster {
    folder: TempDir,
    port: u16,
    bin: PathBuf,
}

/// Where the server's programs are. `None` where this machine has none; then `tests/run` has said so.
fn programs() -> Option<PathBuf> {
    if let Some(given) = std::env::var_os("GUAZHANG_POSTGRES") {
        return Some(PathBuf::from(given));
    }
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let of_debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut all: Vec<PathBuf> = of_debian.map(|entry| entry.path().join("bin")).collect();
    all.sort();
    all.reverse();
    all.extend(std::env::split_paths(&on_path));
    all.into_iter().find(|folder| folder.join("initdb").is_file())
}

/// Whether the tests of the hub can run here.
pub(crate) fn here() -> bool {
    let found = programs().is_some();
    if !found {
        assert!(
            std::env::var_os("GUAZHANG_WITHOUT_POSTGRES").is_some() || cfg!(windows),
            "no PostgreSQL here: install it (Debian: postgresql), or say GUAZHANG_WITHOUT_POSTGRES=1"
        );
    }
    found
}

impl Cluster {
    pub(crate) fn start() -> Cluster {
        let bin = programs().expect("looked for before");
        let folder = tempfile::Builder::new().prefix("guazhang-pg").tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let cluster = Cluster { folder, port, bin };
        if is_root() {
            let path = cluster.folder.path();
            assert!(Command::new("chown").arg("postgres").arg(path).status().unwrap().success());
        }
        let data = cluster.data();
        cluster
            .run("initdb", &["-D", &data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-N"]);
        cluster.up();
        cluster
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    /// Runs one of its programs, as somebody who is not root.
    fn run(&self, program: &str, args: &[&str]) {
        let path = self.bin.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        let log = fs::File::create(self.folder.path().join("said")).unwrap();
        let ran = command
            .args(args)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .status()
            .unwrap();
        let said = fs::read_to_string(self.folder.path().join("said")).unwrap_or_default();
        assert!(ran.success(), "{program}: {said}");
    }

    /// Starts it, as after a power cut.
    pub(crate) fn up(&self) {
        let options = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1 -c max_prepared_transactions=10",
            self.port,
            self.folder.path().display()
        );
        let log = self.folder.path().join("log").display().to_string();
        self.run("pg_ctl", &["-D", &self.data(), "-o", &options, "-l", &log, "-w", "-t", "120", "start"]);
    }

    /// Stops it in the middle of whatever it does.
    pub(crate) fn kill(&self) {
        self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "stop"]);
    }

    /// From now on connections may be encrypted, with this key and certificate.
    pub(crate) fn encrypt(&self, key: &[u8], certificate: &[u8]) {
        let path = |name: &str| self.folder.path().join("data").join(name);
        for (name, bytes) in [("server.key", key), ("server.crt", certificate)] {
            fs::write(path(name), bytes).unwrap();
            fs::set_permissions(path(name), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
            if is_root() {
                assert!(Command::new("chown").arg("postgres").arg(path(name)).status().unwrap().success());
            }
        }
        let mut conf = fs::read_to_string(path("postgresql.conf")).unwrap();
        conf.push_str("\nssl = on\n");
        fs::write(path("postgresql.conf"), conf).unwrap();
        self.kill();
        self.up();
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// A new database, and its address.
    pub(crate) fn database(&self, name: &str) -> String {
        self.sql("postgres").batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
        self.url(name)
    }

    pub(crate) fn sql(&self, database: &str) -> postgres::Client {
        for _ in 0..50 {
            match postgres::Client::connect(&self.url(database), postgres::NoTls) {
                Ok(client) => return client,
                // It may still be going through its log.
                Err(_) => sleep(Duration::from_millis(100)),
            }
        }
        postgres::Client::connect(&self.url(database), postgres::NoTls).unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let path = Path::new(&self.data()).join("postmaster.pid");
        if path.exists() {
            self.kill();
        }
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0)
}
