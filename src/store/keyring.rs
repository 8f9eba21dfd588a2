//! The keyring: who can open the ledger, and how the ledger key is kept from everybody else.
//!
//! The key is random and never stands in the file by itself. It is wrapped once
//! for each operator, under a key that argon2id makes of the passphrase, and once
//! under the recovery code that `init` prints. A ledger made with `--no-encrypt`
//! keeps it bare; nobody has to prove there who he is, so it knows no roles.

use crate::domain::{Actor, Digest, Digester, EventKind, Right, Role, Subject};
use crate::store::row::digest_of;
use crate::store::seal::{self, LedgerKey, Place, Sealer, fill};
use crate::store::{Books, Ledger, Mode, StoreError, Writer};
use crate::text::Label as _;
use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::{Encoding, Specification};
use rusqlite::OptionalExtension;
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};
use zeroize::Zeroizing;

const OPERATOR_ROW: &str = "SELECT * FROM operator WHERE name = ?1";
const OPERATOR_KEY: &str = "SELECT * FROM keyring WHERE kind = 'passphrase' AND holder = ?1";
const RECOVERY_KEY: &str = "SELECT * FROM keyring WHERE kind = 'recovery'";
const WRAPS: &str = "SELECT kdf, salt, wrapped FROM keyring WHERE kind = ?1 AND holder = ?2";
const WRAP: &str = "
    INSERT INTO keyring (kind, holder, kdf, salt, wrapped) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (kind, holder) DO UPDATE SET kdf = excluded.kdf, salt = excluded.salt, wrapped = excluded.wrapped";
const UNWRAP: &str = "UPDATE keyring SET wrapped = x'' WHERE kind = 'passphrase' AND holder = ?1";
const OPERATOR: &str = "SELECT name, role, state, added_at, added_by, failures FROM operator WHERE name = ?1";
const OPERATORS: &str =
    "SELECT name, role, state, added_at, added_by, failures FROM operator ORDER BY added_at, name";
const ADD: &str =
    "INSERT INTO operator (name, role, state, added_at, added_by) VALUES (?1, ?2, 'active', ?3, ?4)";
const DISABLE: &str = "UPDATE operator SET state = 'disabled' WHERE name = ?1 AND state = 'active'";
const FAILED: &str = "UPDATE operator SET failures = failures + 1 WHERE name = ?1";
const SUCCEEDED: &str = "UPDATE operator SET failures = 0 WHERE name = ?1";

/// What guards a new ledger.
pub enum Guard<'a> {
    /// Identities are sealed; the founder opens the ledger with this passphrase.
    Passphrase {
        /// As typed.
        passphrase: &'a str,
        /// How hard it is to guess.
        cost: Cost,
    },
    /// Identities stand bare in the file.
    Open,
}

/// What one guess at a passphrase costs, in memory and passes of argon2id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Cost {
    /// The cheapest that is ever used.
    pub const LEAST: Cost = Cost { memory: 1024, passes: 1 };
    /// What suits most machines: 64 MiB.
    pub const USUAL: Cost = Cost { memory: 64 * 1024, passes: 2 };
}

/// An operator as the ledger knows him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The name under which he works.
    pub name: String,
    /// What he may do.
    pub role: Role,
    /// Whether he may still open the ledger.
    pub active: bool,
    /// When he was added, Beijing time.
    pub added_at: String,
    /// By whom.
    pub added_by: String,
    /// Wrong passphrases since the last right one.
    pub failures: u32,
}

/// An operator who has opened the ledger.
#[derive(Clone)]
pub struct Session {
    pub(super) operator: String,
    /// `None` in a ledger without encryption: anyone may do anything there.
    pub(super) role: Option<Role>,
    pub(super) sealer: Arc<Sealer>,
    key: Arc<LedgerKey>,
    /// It was opened with the recovery code.
    recovered: bool,
}

impl Session {
    /// Under which name.
    pub fn operator(&self) -> &str {
        &self.operator
    }

    /// In which role; `None` in a ledger that knows no roles.
    pub fn role(&self) -> Option<Role> {
        self.role
    }

    /// Whether this operator may cause such an event.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] names the roles that may.
    pub(super) fn may(&self, right: Right) -> Result<(), StoreError> {
        match self.role {
            Some(role) if !role.may(right) => {
                Err(StoreError::NotAllowed { operator: self.operator.clone(), role, right })
            }
            _ => Ok(()),
        }
    }
}

/// The code that opens the ledger when every passphrase is forgotten; shown once, kept on paper.
pub struct RecoveryCode(Zeroizing<String>);

impl RecoveryCode {
    /// The code as it is printed: eight groups of four letters and digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Letters and digits that are not mistaken for each other, read in either case.
static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    specification.translate.from.push_str("abcdefghjkmnpqrstvwxyzoOiIlL");
    specification.translate.to.push_str("ABCDEFGHJKMNPQRSTVWXYZ001111");
    specification.ignore.push_str(" -\t");
    specification.encoding().expect("the alphabet has 32 symbols")
});

/// The key that a passphrase makes: the slow part of unlocking, public so that its cost can be measured.
///
/// # Errors
/// [`StoreError::Damaged`] where the cost is not one of argon2id's.
pub fn stretch(passphrase: &str, salt: &[u8; 16], cost: Cost) -> Result<Zeroizing<[u8; 32]>, StoreError> {
    let damaged = |error: argon2::Error| StoreError::Damaged { text: format!("keyring: {error}") };
    let params = Params::new(cost.memory, cost.passes, 1, Some(32)).map_err(damaged)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, &mut *key)
        .map_err(damaged)?;
    Ok(key)
}

/// One wrapping of the ledger key, as it stands in its row.
struct Wrap {
    kdf: String,
    salt: [u8; 16],
    wrapped: Vec<u8>,
}

impl Wrap {
    fn under_passphrase(
        key: &LedgerKey,
        holder: &str,
        passphrase: &str,
        cost: Cost,
    ) -> Result<Wrap, StoreError> {
        let salt = random()?;
        let wrapping = stretch(passphrase, &salt, cost)?;
        let kdf = format!("argon2id m={} t={} p=1", cost.memory, cost.passes);
        Ok(Wrap { kdf, salt, wrapped: Sealer::new(&wrapping, true)?.seal(place(holder), &key[..]) })
    }

    fn under_code(key: &LedgerKey, code: &[u8; 20]) -> Result<Wrap, StoreError> {
        let salt = random()?;
        Ok(Wrap {
            kdf: "hkdf-sha256".to_owned(),
            salt,
            wrapped: Sealer::new(&code_key(code, &salt), true)?.seal(place(RECOVERY), &key[..]),
        })
    }

    fn cost(&self) -> Result<Cost, StoreError> {
        let number = |name: &str| {
            let part = self.kdf.split(' ').find_map(|part| part.strip_prefix(name));
            part.and_then(|digits| digits.parse().ok())
        };
        // A row that asks for gigabytes was tampered with, and must not take the machine down.
        match (number("m="), number("t=")) {
            (Some(memory @ 8..=1_048_576), Some(passes @ 1..=64)) => Ok(Cost { memory, passes }),
            _ => Err(StoreError::Damaged { text: format!("keyring: {}", self.kdf) }),
        }
    }

    /// The ledger key; `None` where the passphrase is not the one it was wrapped under.
    fn open(&self, holder: &str, wrapping: &LedgerKey) -> Result<Option<LedgerKey>, StoreError> {
        let Ok(key) = Sealer::new(wrapping, true)?.open(place(holder), &self.wrapped) else {
            return Ok(None);
        };
        let key: [u8; 32] =
            key.as_slice().try_into().map_err(|_| StoreError::Damaged { text: "keyring".to_owned() })?;
        Ok(Some(Zeroizing::new(key)))
    }
}

/// Stands in the row of the recovery code where others have their name.
const RECOVERY: &str = "recovery code";

fn place(holder: &str) -> Place<'_> {
    Place { column: "keyring.wrapped", row: holder.as_bytes() }
}

fn random() -> Result<[u8; 16], StoreError> {
    let mut bytes = [0; 16];
    fill(&mut bytes)?;
    Ok(bytes)
}

/// The code has 160 random bits: nothing slow is needed to keep it from being guessed.
fn code_key(code: &[u8; 20], salt: &[u8; 16]) -> LedgerKey {
    let mut both = Zeroizing::new([0; 32]);
    let mut bytes = Zeroizing::new(Vec::with_capacity(36));
    bytes.extend_from_slice(code);
    bytes.extend_from_slice(salt);
    both.copy_from_slice(Digest::of(&bytes).bytes());
    seal::derived(&both, b"guazhang recovery 1")
}

/// A new code, and its bytes.
fn new_code() -> Result<(RecoveryCode, Zeroizing<[u8; 20]>), StoreError> {
    let mut bytes = Zeroizing::new([0; 20]);
    fill(&mut *bytes)?;
    let plain = Zeroizing::new(BASE32.encode(&*bytes));
    let groups: Vec<&str> = (0..8).map(|group| &plain[group * 4..group * 4 + 4]).collect();
    Ok((RecoveryCode(Zeroizing::new(groups.join("-"))), bytes))
}

impl Ledger {
    /// Whether identities are sealed in this ledger.
    pub fn is_encrypted(&self) -> Result<bool, StoreError> {
        Ok(self.wrap("bare", "")?.is_none())
    }

    /// Who has opened it, if anyone has.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Goes on with a session that was opened before on this same ledger.
    pub fn resume(&mut self, session: Session) {
        self.session = Some(session);
    }

    /// Closes what [`Ledger::unlock`] opened.
    pub fn lock(&mut self) {
        self.session = None;
    }

    /// Opens the identities, and the right to write, to an operator who knows his passphrase. A wrong one is on record.
    ///
    /// A ledger without encryption asks for none and takes any name.
    ///
    /// # Errors
    /// [`StoreError::Locked`] without a passphrase, [`StoreError::UnknownOperator`], [`StoreError::Disabled`],
    /// [`StoreError::WrongPassphrase`].
    pub fn unlock(&mut self, actor: &Actor, passphrase: Option<&str>) -> Result<(), StoreError> {
        let name = actor.operator.trim();
        if let Some(bare) = self.wrap("bare", "")? {
            let key: [u8; 32] = bare
                .wrapped
                .as_slice()
                .try_into()
                .map_err(|_| StoreError::Damaged { text: "keyring".to_owned() })?;
            self.session = Some(session(name, None, Zeroizing::new(key), false)?);
            return Ok(());
        }
        let operator = self.books().operator(name)?;
        let operator = operator.ok_or_else(|| StoreError::UnknownOperator { name: name.to_owned() })?;
        if !operator.active {
            return Err(StoreError::Disabled { name: name.to_owned() });
        }
        let passphrase = passphrase.ok_or(StoreError::Locked)?;
        let wrap =
            self.wrap("passphrase", name)?.ok_or(StoreError::Damaged { text: "keyring".to_owned() })?;
        let Some(key) = wrap.open(name, &stretch(passphrase, &wrap.salt, wrap.cost()?)?)? else {
            return self.unlock_failed(actor, &operator);
        };
        if operator.failures > 0 {
            self.transact(actor, Mode::Keep, |w| -> Result<(), StoreError> {
                w.tx.execute(SUCCEEDED, [name])?;
                w.operator_event(EventKind::Unlocked, name, &json!({ "failures": operator.failures }))
            })?;
        }
        self.session = Some(session(name, Some(operator.role), key, true)?);
        Ok(())
    }

    fn unlock_failed(&mut self, actor: &Actor, operator: &Operator) -> Result<(), StoreError> {
        let failures = operator.failures + 1;
        self.transact(actor, Mode::Keep, |w| -> Result<(), StoreError> {
            w.tx.execute(FAILED, [&operator.name])?;
            w.operator_event(EventKind::UnlockFailed, &operator.name, &json!({ "failures": failures }))
        })?;
        Err(StoreError::WrongPassphrase { name: operator.name.clone(), failures })
    }

    /// Opens the ledger with its recovery code, to give an operator a new passphrase.
    ///
    /// # Errors
    /// [`StoreError::WrongCode`].
    pub fn unlock_with_code(&mut self, actor: &Actor, code: &str) -> Result<(), StoreError> {
        let wrap = self.wrap("recovery", "")?.ok_or(StoreError::NoOperators)?;
        let bytes = BASE32.decode(code.trim().as_bytes()).ok().map(Zeroizing::new);
        let code: Option<Zeroizing<[u8; 20]>> =
            bytes.and_then(|bytes| bytes.as_slice().try_into().ok()).map(Zeroizing::new);
        let key = match code {
            Some(code) => wrap.open(RECOVERY, &code_key(&code, &wrap.salt))?,
            None => None,
        };
        let Some(key) = key else {
            self.transact(actor, Mode::Keep, |w| -> Result<(), StoreError> {
                let detail = json!({ "recovery": true });
                w.event(EventKind::UnlockFailed, &Subject::Ledger, None, &detail, Digest::NONE)
            })?;
            return Err(StoreError::WrongCode);
        };
        let opened = session(&actor.operator, Some(Role::Admin), key, true)?;
        self.session = Some(Session { recovered: true, ..opened });
        Ok(())
    }

    fn wrap(&self, kind: &str, holder: &str) -> Result<Option<Wrap>, StoreError> {
        let take =
            |row: &rusqlite::Row<'_>| Ok(Wrap { kdf: row.get(0)?, salt: row.get(1)?, wrapped: row.get(2)? });
        Ok(self.conn.prepare_cached(WRAPS)?.query_row((kind, holder), take).optional()?)
    }
}

fn session(name: &str, role: Option<Role>, key: LedgerKey, encrypted: bool) -> Result<Session, StoreError> {
    let sealer = Arc::new(Sealer::new(&key, encrypted)?);
    Ok(Session { operator: name.to_owned(), role, sealer, key: Arc::new(key), recovered: false })
}

/// The first session of a new ledger: its founder's, who is its administrator.
pub(super) fn found(operator: &str, guard: &Guard<'_>) -> Result<Session, StoreError> {
    let mut key: LedgerKey = Zeroizing::new([0; 32]);
    fill(&mut *key)?;
    let encrypted = matches!(guard, Guard::Passphrase { .. });
    session(operator.trim(), encrypted.then_some(Role::Admin), key, encrypted)
}

impl Books<'_> {
    /// An operator by name.
    pub fn operator(&self, name: &str) -> Result<Option<Operator>, StoreError> {
        let mut statement = self.conn.prepare_cached(OPERATOR)?;
        let mut rows = statement.query([name.trim()])?;
        rows.next()?.map(Operator::from_row).transpose()
    }

    /// Every operator, in the order in which they were added.
    pub fn operators(&self) -> Result<Vec<Operator>, StoreError> {
        let mut statement = self.conn.prepare_cached(OPERATORS)?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Operator::from_row(row)?);
        }
        Ok(found)
    }

    /// The digest of an operator's row and of the wrapping of his key.
    pub(super) fn operator_content(&self, name: &str) -> Result<Digest, StoreError> {
        let mut digester = Digester::default();
        for (table, sql) in [("operator", OPERATOR_ROW), ("keyring", OPERATOR_KEY)] {
            let mut statement = self.conn.prepare_cached(sql)?;
            let mut rows = statement.query([name])?;
            while let Some(row) = rows.next()? {
                digester.update(digest_of(table, row)?.bytes());
            }
        }
        Ok(digester.finish())
    }

    /// The digest of the wrapping under the recovery code.
    pub(super) fn recovery_content(&self) -> Result<Digest, StoreError> {
        let mut statement = self.conn.prepare_cached(RECOVERY_KEY)?;
        let mut rows = statement.query([])?;
        let Some(row) = rows.next()? else {
            return Err(StoreError::NotFound { what: RECOVERY.to_owned() });
        };
        let content = digest_of("keyring", row)?;
        // There is one code; a second way in was put there by somebody else.
        if rows.next()?.is_some() {
            return Err(StoreError::Damaged { text: RECOVERY.to_owned() });
        }
        Ok(content)
    }
}

impl Operator {
    fn from_row(row: &rusqlite::Row<'_>) -> Result<Operator, StoreError> {
        let (role, state): (String, String) = (row.get(1)?, row.get(2)?);
        Ok(Operator {
            name: row.get(0)?,
            role: role.parse().map_err(|_| StoreError::Damaged { text: role })?,
            active: state == "active",
            added_at: row.get(3)?,
            added_by: row.get(4)?,
            failures: row.get(5)?,
        })
    }
}

impl Writer<'_> {
    /// Keeps the ledger key bare, where nobody is to be asked for a passphrase.
    pub(super) fn keep_bare_key(&mut self) -> Result<(), StoreError> {
        let session = self.session()?;
        if session.role.is_none() {
            self.tx.execute(WRAP, ("bare", "", "none", [0_u8; 16], &session.key[..]))?;
        }
        Ok(())
    }

    /// Fits a new ledger with its founder's passphrase and its recovery code.
    pub(super) fn found_keyring(&mut self, guard: &Guard<'_>) -> Result<Option<RecoveryCode>, StoreError> {
        let Guard::Passphrase { passphrase, cost } = guard else { return Ok(None) };
        let founder = self.session()?.operator.clone();
        self.add_operator(&founder, Role::Admin, passphrase, *cost)?;
        Ok(Some(self.renew_recovery_code()?))
    }

    /// Adds an operator with his first passphrase.
    ///
    /// # Errors
    /// [`StoreError::NoOperators`] in a ledger without encryption, [`StoreError::OperatorExists`],
    /// [`StoreError::WeakPassphrase`].
    pub fn add_operator(
        &mut self,
        name: &str,
        role: Role,
        passphrase: &str,
        cost: Cost,
    ) -> Result<(), StoreError> {
        let name = name.trim();
        // An event writes blanks for control characters, and could not be laid beside such a name again.
        let is_name = !name.is_empty() && !name.contains(char::is_control);
        if !is_name || self.books().operator(name)?.is_some() {
            return Err(StoreError::OperatorExists { name: name.to_owned() });
        }
        self.tx.execute(ADD, (name, role.id(), self.actor.at.to_string(), &self.actor.operator))?;
        self.rewrap(name, passphrase, cost)?;
        self.operator_event(EventKind::OperatorAdded, name, &json!({ "role": role }))
    }

    /// Writes down what happened to an operator, with what he then is.
    fn operator_event(&mut self, kind: EventKind, name: &str, detail: &Value) -> Result<(), StoreError> {
        let content = self.books().operator_content(name)?;
        self.event(kind, &Subject::Operator(name.to_owned()), None, detail, content)
    }

    /// Takes the ledger key away from an operator. What he wrote stays.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::LastAdmin`], or [`StoreError::Stale`] where it was done already.
    pub fn disable_operator(&mut self, name: &str) -> Result<(), StoreError> {
        let books = self.books();
        let operator = books.operator(name)?.ok_or_else(|| StoreError::NotFound { what: name.to_owned() })?;
        let others =
            books.operators()?.into_iter().filter(|other| other.active && other.name != operator.name);
        if operator.role == Role::Admin && !others.into_iter().any(|other| other.role == Role::Admin) {
            return Err(StoreError::LastAdmin { name: operator.name });
        }
        if self.tx.execute(DISABLE, [&operator.name])? != 1 {
            return Err(StoreError::Stale { what: operator.name });
        }
        self.tx.execute(UNWRAP, [&operator.name])?;
        self.operator_event(EventKind::OperatorDisabled, &operator.name, &json!({}))
    }

    /// Gives an operator a new passphrase: the same ledger key, wrapped anew. The event says whether the recovery code
    /// opened the way.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] for somebody else's, unless an administrator asks; [`StoreError::WeakPassphrase`].
    pub fn change_passphrase(&mut self, name: &str, passphrase: &str, cost: Cost) -> Result<(), StoreError> {
        let operator =
            self.books().operator(name)?.ok_or_else(|| StoreError::NotFound { what: name.to_owned() })?;
        if operator.name != self.session()?.operator {
            self.session()?.may(Right::Operators)?;
        }
        if !operator.active {
            return Err(StoreError::Disabled { name: operator.name });
        }
        self.rewrap(&operator.name, passphrase, cost)?;
        self.tx.execute(SUCCEEDED, [&operator.name])?;
        let recovery = self.session()?.recovered;
        self.operator_event(EventKind::PassphraseChanged, &operator.name, &json!({ "recovery": recovery }))
    }

    /// Makes a new recovery code; the old one opens nothing any more.
    pub fn renew_recovery_code(&mut self) -> Result<RecoveryCode, StoreError> {
        let key = Arc::clone(&self.sealed_session()?.key);
        let (code, bytes) = new_code()?;
        let wrap = Wrap::under_code(&key, &bytes)?;
        self.tx.execute(WRAP, ("recovery", "", &wrap.kdf, wrap.salt, &wrap.wrapped))?;
        let content = self.books().recovery_content()?;
        self.event(EventKind::RecoveryRenewed, &Subject::Ledger, None, &json!({}), content)?;
        Ok(code)
    }

    fn rewrap(&mut self, name: &str, passphrase: &str, cost: Cost) -> Result<(), StoreError> {
        if passphrase.chars().count() < 8 {
            return Err(StoreError::WeakPassphrase);
        }
        let key = Arc::clone(&self.sealed_session()?.key);
        let wrap = Wrap::under_passphrase(&key, name, passphrase, cost)?;
        self.tx.execute(WRAP, ("passphrase", name, &wrap.kdf, wrap.salt, &wrap.wrapped))?;
        Ok(())
    }

    /// The session of a ledger that has operators.
    fn sealed_session(&self) -> Result<&Session, StoreError> {
        let session = self.session()?;
        if session.role.is_some() { Ok(session) } else { Err(StoreError::NoOperators) }
    }
}
