//! The signature of a manifest: sixty-four bytes beside it, by the station's key (Ed25519).
//!
//! What is signed are the bytes of `manifest.json`, so any tool of that algorithm checks it. The
//! same key and the same bytes give the same signature. No private key comes in here.

use super::manifest::{MANIFEST, Manifest};
use super::verify::Difference;
use super::{Built, File};
use crate::domain::StationKey;
use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Its name in the folder of a batch.
pub const SIGNATURE: &str = "manifest.sig";

/// Whose key signs a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    /// The station.
    pub station: String,
    /// UUID of its ledger.
    pub ledger: String,
    /// Its public key.
    pub key: StationKey,
    /// The key's fingerprint, to compare over the phone.
    pub fingerprint: String,
}

impl Signer {
    /// A station with its key.
    pub fn new(station: &str, ledger: &str, key: StationKey) -> Signer {
        let fingerprint = key.fingerprint();
        Signer { station: station.to_owned(), ledger: ledger.to_owned(), key, fingerprint }
    }
}

impl Built {
    /// Adds the signature, as `sign` makes it of the manifest's bytes.
    ///
    /// # Errors
    /// Those of `sign`.
    pub fn signed<E>(mut self, sign: impl FnOnce(&[u8]) -> Result<[u8; 64], E>) -> Result<Built, E> {
        let bytes = sign(&self.manifest.bytes())?.to_vec();
        let at = self.files.iter().position(|file| file.name == MANIFEST).map_or(0, |at| at + 1);
        self.files.insert(at, File { name: SIGNATURE.to_owned(), bytes });
        Ok(self)
    }
}

/// What is wrong with the signature of a manifest that names a key.
pub(super) fn compare(folder: &Path, manifest: &Manifest, bytes: &[u8]) -> Option<Difference> {
    let signer = manifest.signed_by.as_ref()?;
    let signature =
        std::fs::read(folder.join(SIGNATURE)).ok().and_then(|sig| Signature::from_slice(&sig).ok());
    let key = VerifyingKey::from_bytes(signer.key.bytes()).ok();
    let signed = key.zip(signature).is_some_and(|(key, sig)| key.verify_strict(bytes, &sig).is_ok());
    let told = signer.fingerprint == signer.key.fingerprint();
    (!signed || !told).then(|| Difference::Signature { key: signer.fingerprint.clone() })
}

#[cfg(test)]
mod tests {
    use crate::batch::sample::{head, record, with_lines};
    use crate::batch::*;
    use crate::domain::{Kind, StationKey};
    use ed25519_dalek::{Signer as _, SigningKey};
    use std::convert::Infallible;
    use std::fs;

    /// A batch as it leaves, locked by turning every byte over where it is to be encrypted.
    fn sent(encrypt: bool) -> Built {
        let key = SigningKey::from_bytes(&[7; 32]);
        let public = StationKey::from_bytes(key.verifying_key().to_bytes());
        let signer = Some(Signer::new("A1", "018f", public));
        let head = Head { signer, ..head(Purpose::Backfill) };
        let item = with_lines(record(Kind::Outpatient, "ordinary"));
        let mut built = build(&head, &[item], &Profile::national()).unwrap();
        if encrypt {
            let lock = |bytes: &[u8]| Ok::<_, Infallible>(bytes.iter().map(|b| !b).collect());
            built = built.encrypted("B1", &["age1x".to_owned()], lock).unwrap();
        }
        built.signed(|bytes| Ok::<_, Infallible>(key.sign(bytes).to_bytes())).unwrap()
    }

    #[test]
    fn every_change_of_a_signed_folder_is_found() {
        let names = |built: &Built| built.files.iter().map(|f| f.name.clone()).collect::<Vec<_>>();
        assert!(
            names(&sent(false))
                .ends_with(&["manifest.json", SIGNATURE, "cover.txt", "cover.html"].map(str::to_owned))
        );
        assert_eq!(names(&sent(true)), ["B1.zip.age", "manifest.json", SIGNATURE, "cover.txt", "cover.html"]);
        for encrypt in [false, true] {
            let built = sent(encrypt);
            assert_eq!(built, sent(encrypt), "the same bytes again");
            let out = tempfile::tempdir().unwrap();
            let folder = write(out.path(), "B1", &built.files).unwrap().path;
            assert_eq!(verify(&folder).as_ref(), Ok(&built.manifest));
            for file in &built.files {
                let path = folder.join(&file.name);
                let mut changed = file.bytes.clone();
                *changed.last_mut().unwrap() ^= 1;
                fs::write(&path, &changed).unwrap();
                assert!(verify(&folder).is_err(), "{}", file.name);
                fs::remove_file(&path).unwrap();
                assert!(verify(&folder).is_err(), "{} is gone", file.name);
                fs::write(&path, &file.bytes).unwrap();
            }
        }
    }

    #[test]
    fn what_is_encrypted_opens_to_the_same_files() {
        let (plain, locked) = (sent(false), sent(true));
        let archive: Vec<u8> = locked.files[0].bytes.iter().map(|b| !b).collect();
        let files = files_within(&locked.manifest, &archive).unwrap();
        assert_eq!(files[..], plain.files[..files.len()]);
        assert!(matches!(
            files_within(&locked.manifest, b"no archive").unwrap_err()[0],
            Difference::Missing { .. }
        ));
        let mut other = locked.manifest.clone();
        other.files[0].sha256 = crate::domain::Digest::of(b"other");
        assert!(matches!(files_within(&other, &archive).unwrap_err()[..], [Difference::Changed { .. }]));
        let cover = String::from_utf8(locked.files[3].bytes.clone()).unwrap();
        assert!(
            cover.contains("age1x") && cover.contains(&locked.manifest.signed_by.unwrap().fingerprint),
            "{cover}"
        );
    }
}
