//! The station's own key: made with the ledger, used to sign seals, kept sealed.

use crate::domain::StationKey;
use crate::store::seal::{Place, Sealer, fill};
use crate::store::{Books, Ledger, StoreError, Writer};
use ed25519_dalek::{Signer as _, SigningKey};
use rusqlite::Connection;
use zeroize::Zeroizing;

const INSERT: &str = "INSERT INTO station_key (one, public, sealed) VALUES (1, ?1, ?2)";
const PUBLIC: &str = "SELECT public FROM station_key";
const SEALED: &str = "SELECT sealed FROM station_key";
const PLACE: Place<'static> = Place { column: "station_key.sealed", row: b"1" };

/// Makes the key of a new ledger.
pub(super) fn make(conn: &Connection, sealer: &Sealer) -> Result<(), StoreError> {
    let mut secret = Zeroizing::new([0; 32]);
    fill(&mut *secret)?;
    let public = SigningKey::from_bytes(&secret).verifying_key().to_bytes();
    conn.execute(INSERT, (public, sealer.seal(PLACE, &secret[..])))?;
    Ok(())
}

fn signing_key(conn: &Connection, sealer: &Sealer) -> Result<SigningKey, StoreError> {
    let sealed: Vec<u8> = conn.query_row(SEALED, [], |row| row.get(0))?;
    let secret = sealer.open(PLACE, &sealed)?;
    let secret: &[u8; 32] =
        secret.as_slice().try_into().map_err(|_| StoreError::Damaged { text: "station_key".to_owned() })?;
    Ok(SigningKey::from_bytes(secret))
}

impl Ledger {
    /// The key this station signs with.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while nobody has unlocked the ledger.
    pub fn signing_key(&self) -> Result<SigningKey, StoreError> {
        let books = self.books();
        signing_key(books.conn, books.sealer()?)
    }

    /// Signs bytes that leave this station and no event of this ledger stands behind, such as what its hub answers.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while nobody has unlocked the ledger.
    pub fn sign(&self, bytes: &[u8]) -> Result<[u8; 64], StoreError> {
        Ok(self.signing_key()?.sign(bytes).to_bytes())
    }
}

impl Writer<'_> {
    /// The same within a change.
    pub(super) fn signing_key(&self) -> Result<SigningKey, StoreError> {
        signing_key(&self.tx, self.sealer()?)
    }

    /// Signs bytes that leave this station, such as the manifest of a batch.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while nobody has unlocked the ledger.
    pub fn sign(&self, bytes: &[u8]) -> Result<[u8; 64], StoreError> {
        Ok(self.signing_key()?.sign(bytes).to_bytes())
    }
}

impl Books<'_> {
    /// The public key of this station, which seals are checked against.
    pub fn station_key(&self) -> Result<StationKey, StoreError> {
        let public = self.conn.query_row(PUBLIC, [], |row| row.get(0))?;
        Ok(StationKey::from_bytes(public))
    }
}
