//! The keys of the hub: worked out of those of the city's own ledger, so that there is one
//! thing to keep safe and to back up.

use crate::domain::PeerCard;
use crate::exchange::{Header, Opened, read};
use crate::hub::HubKey;
use crate::store::Ledger;
use crate::work::city::CityError;
use zeroize::Zeroizing;

/// What the hub signs, opens and seals with.
pub struct CityKeys {
    /// Seals what stands in the database.
    pub key: HubKey,
    /// What facilities trust.
    pub card: PeerCard,
    secret: Zeroizing<String>,
}

impl CityKeys {
    /// Of the city's ledger, which must be unlocked.
    ///
    /// # Errors
    /// That it is locked.
    pub fn of(ledger: &Ledger) -> Result<CityKeys, CityError> {
        Ok(CityKeys {
            key: HubKey::of(&ledger.hub_secret()?),
            card: ledger.hub_card()?,
            secret: ledger.bundle_secret()?,
        })
    }

    /// What opens bundles that are sealed to the hub.
    pub(super) fn secret(&self) -> &str {
        &self.secret
    }

    /// Reads a bundle that is sealed to the hub.
    pub(super) fn read(
        &self,
        bytes: &[u8],
        trust: impl FnOnce(&Header) -> Result<(), CityError>,
        take: impl FnMut(&Header, Opened) -> Result<(), CityError>,
    ) -> Result<Header, CityError> {
        read(bytes, &self.secret, trust, take)
    }
}
