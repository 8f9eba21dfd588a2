//! A facility lost a PC: what the hub kept of that window, sealed anew to the one that takes its
//! place. The bundles stay those of the lost window, signed by it; only who can open them changes.

use crate::domain::PeerCard;
use crate::exchange::rewrap;
use crate::hub::{FacilityId, Hub, HubFault};
use crate::work::city::{CityError, CityKeys};

/// A bundle of the lost window for the new one.
#[derive(Clone, Debug)]
pub struct KeptBundle {
    /// First event.
    pub first: i64,
    /// Last one.
    pub last: i64,
    /// The file.
    pub bytes: Vec<u8>,
}

/// The card of a lost window, and all its bundles in order, sealed to `to`, which must be a trusted window of the same
/// facility.
///
/// # Errors
/// [`CityError::NoSender`] where either is not known, and what the database says.
pub fn kept_of(
    hub: &mut Hub,
    keys: &CityKeys,
    (facility, lost): (&str, &str),
    to: &str,
) -> Result<(PeerCard, Vec<KeptBundle>), CityError> {
    let senders = hub.senders()?;
    let named = |station: &str| {
        let is_it = |card: &PeerCard| card.facility == facility && card.station.eq_ignore_ascii_case(station);
        let found = senders.iter().find(|sender| is_it(&sender.card));
        found.ok_or_else(|| CityError::NoSender { text: format!("{facility} {station}") })
    };
    let (lost, to) = (named(lost)?.card.clone(), named(to)?.card.clone());
    let id = FacilityId::of(facility);
    let mut kept = Vec::new();
    for (first, last, head) in hub.merged(id, &lost.ledger)? {
        let file = hub.bundle_file(id, &lost.ledger, last, head)?;
        let file = file.ok_or_else(|| HubFault::Odd { text: format!("bundle_file {facility} {last}") })?;
        let mut bytes = Vec::with_capacity(file.len());
        rewrap(&file[..], keys.secret(), &to.recipient, &mut bytes)?;
        kept.push(KeptBundle { first, last, bytes });
    }
    Ok((lost, kept))
}
