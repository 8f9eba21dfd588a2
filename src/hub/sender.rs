//! Whose bundles are taken: windows whose key somebody compared by its fingerprint.

use super::{FacilityId, Hub, HubFault};
use crate::closed_list;
use crate::domain::{PeerCard, StationKey, Time};
use crate::text::Label as _;
use uuid::Uuid;

closed_list! {
    /// Whether a window's bundles are taken.
    SenderState as "sender state" {
        Trusted = "trusted", "受信任", "trusted";
        Revoked = "revoked", "已撤销", "revoked";
    }
}

/// A window that hands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Its keys.
    pub card: PeerCard,
    /// Whether its bundles are taken.
    pub state: SenderState,
    /// Up to which of its events the hub has all.
    pub head: i64,
}

const FIND: &str = "
    SELECT s.ledger, s.station, s.name, s.sign_key, s.recipient, s.state, f.code,
        coalesce((SELECT max(b.last_seq) FROM bundle b
                  WHERE b.facility = s.facility AND b.ledger = s.ledger AND b.state = 'merged'), 0)
    FROM sender s JOIN facility f ON f.id = s.facility";
const PUT: &str = "
    INSERT INTO sender (facility, ledger, station, name, sign_key, recipient, state, changed_at, operator)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const TAKE_OUT: &str = "DELETE FROM sender WHERE facility = $1 AND ledger = $2";

fn as_sender(row: &postgres::Row) -> Result<Sender, HubFault> {
    let odd = |what: &str| HubFault::Odd { text: format!("sender.{what}") };
    let key: Vec<u8> = row.get(3);
    let state: String = row.get(5);
    let card = PeerCard {
        ledger: row.get::<_, Uuid>(0).simple().to_string(),
        station: row.get(1),
        name: row.get(2),
        key: StationKey::from_bytes(key.try_into().map_err(|_| odd("sign_key"))?),
        recipient: row.get(4),
        facility: row.get(6),
    };
    Ok(Sender { card, state: state.parse().map_err(|_| odd("state"))?, head: row.get(7) })
}

impl Hub {
    /// Trusts a window, or takes the trust back. One that is known already gets the keys of its card.
    ///
    /// # Errors
    /// What the server says.
    pub fn put_sender(
        &mut self,
        card: &PeerCard,
        state: SenderState,
        operator: &str,
        now: Time,
    ) -> Result<(), HubFault> {
        self.know(&[(card.facility.clone(), card.name.clone())])?;
        let facility = FacilityId::of(&card.facility).0;
        let ledger = ledger_id(&card.ledger)?;
        let mut tx = self.client.transaction()?;
        tx.execute(TAKE_OUT, &[&facility, &ledger])?;
        tx.execute(
            PUT,
            &[
                &facility,
                &ledger,
                &card.station,
                &card.name,
                &&card.key.bytes()[..],
                &card.recipient,
                &state.id(),
                &now.naive(),
                &operator,
            ],
        )?;
        tx.commit()?;
        Ok(())
    }

    /// Many at once, on one connection and in one transaction.
    ///
    /// # Errors
    /// What the server says; nobody is trusted then.
    pub fn put_senders(&mut self, cards: &[PeerCard], operator: &str, now: Time) -> Result<(), HubFault> {
        let known: std::collections::BTreeSet<String> =
            self.facilities()?.into_iter().map(|(_, code, _)| code).collect();
        let new: Vec<(String, String)> = cards
            .iter()
            .filter(|card| !known.contains(&card.facility))
            .map(|card| (card.facility.clone(), card.name.clone()))
            .collect();
        self.know(&new)?;
        let mut tx = self.client.transaction()?;
        let (take_out, put) = (tx.prepare(TAKE_OUT)?, tx.prepare(PUT)?);
        for card in cards {
            let facility = FacilityId::of(&card.facility).0;
            let ledger = ledger_id(&card.ledger)?;
            tx.execute(&take_out, &[&facility, &ledger])?;
            let (key, state) = (&card.key.bytes()[..], SenderState::Trusted.id());
            let at = now.naive();
            tx.execute(
                &put,
                &[
                    &facility,
                    &ledger,
                    &card.station,
                    &card.name,
                    &key,
                    &card.recipient,
                    &state,
                    &at,
                    &operator,
                ],
            )?;
        }
        tx.commit()?;
        Ok(())
    }

    /// Who hands in, by facility and station.
    ///
    /// # Errors
    /// What the server says.
    pub fn senders(&mut self) -> Result<Vec<Sender>, HubFault> {
        let rows = self.client.query(&format!("{FIND} ORDER BY f.code, s.station"), &[])?;
        rows.iter().map(as_sender).collect()
    }

    /// The window of this ledger, where one is known.
    ///
    /// # Errors
    /// What the server says.
    pub fn sender(&mut self, facility: &str, ledger: &str) -> Result<Option<Sender>, HubFault> {
        let (facility, ledger) = (FacilityId::of(facility).0, ledger_id(ledger)?);
        let found = self
            .client
            .query_opt(&format!("{FIND} WHERE s.facility = $1 AND s.ledger = $2"), &[&facility, &ledger])?;
        found.as_ref().map(as_sender).transpose()
    }
}

/// The id of a ledger as the database keeps it.
pub(super) fn ledger_id(text: &str) -> Result<Uuid, HubFault> {
    Uuid::parse_str(text).map_err(|_| HubFault::Odd { text: text.chars().take(40).collect() })
}
