//! A connection that is encrypted, and what happens where the certificate is another's.

use crate::City;
use crate::cluster::{Cluster, here};
use std::fs;
use std::process::Command;

#[test]
fn a_certificate_is_looked_at() {
    let made = Command::new("openssl").arg("version").output();
    if !here() || !made.is_ok_and(|made| made.status.success()) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (key, cert) = (folder.path().join("key.pem"), folder.path().join("cert.pem"));
    let ran = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "30",
        ])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&cert)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let cluster = Cluster::start();
    cluster.encrypt(&fs::read(&key).unwrap(), &fs::read(&cert).unwrap());
    let url = format!("{}?sslmode=require", cluster.database("city"));
    let city = City::at(&url);
    // Nobody on this machine vouches for it.
    let said = city.hub(&["init"]);
    assert_eq!(said.code, 1, "{}", said.err);
    city.hub(&["init", "--ca", cert.to_str().unwrap()]).ended(0);
    let encrypted: i64 = cluster
        .sql("city")
        .query_one("SELECT count(*) FROM pg_hba_file_rules WHERE type = 'hostnossl'", &[])
        .unwrap()
        .get(0);
    assert_eq!(encrypted, 0);
    // Under a name that the certificate does not hold, it is another's.
    let other = City { desk: city.desk, url: url.replace("127.0.0.1", "127.0.0.2") };
    assert_eq!(other.hub(&["senders", "--ca", cert.to_str().unwrap()]).code, 1);
}
