//! The journal on disk: SQLite, one connection, write-ahead log, every commit synced.

use super::keys::{self, Keys};
use super::{Batch, Fact, Journal, JournalError, Lookup, Private, Record, Row};
use crate::secret::Secret;
use crate::tender::{Kind, OperationId};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use std::path::Path;

/// "LPAY": whose file it is.
const APPLICATION_ID: i64 = 0x4C50_4159;
const SCHEMA: i64 = 2;

/// Before this version two connections could lose a commit (SQLite's WAL-reset race).
const SQLITE_LEAST: i32 = 3_051_003;

/// How many of the newest events are verified when the journal is opened.
const VERIFIED_AT_OPEN: i64 = 2_000;

/// Up to this size the whole file is checked when it is opened: a fraction of a second.
const QUICK_CHECK_LEN_MAX: u64 = 64 * 1024 * 1024;

/// Sealed data of closed operations is wiped at most this often.
const WIPE_EVERY_MS: i64 = 3_600_000;

/// The write-ahead log is folded into the database, when there is time, after this many commits.
const CHECKPOINT_AFTER_COMMITS: u32 = 400;

pub struct SqliteJournal {
    connection: Connection,
    keys: Keys,
    chain_head: Vec<u8>,
    retention_ms: i64,
    wiped_at: i64,
    commits_since_checkpoint: u32,
    broken: Option<JournalError>,
}

pub use super::inspect::{InspectedRow, inspect};

impl SqliteJournal {
    /// Opens or makes the journal. `key`: from the configuration, or else the file beside it.
    pub fn open(
        path: &Path,
        key: Option<&Secret>,
        retention_ms: i64,
    ) -> Result<Self, JournalError> {
        if rusqlite::version_number() < SQLITE_LEAST {
            return Err(JournalError::Unusable(format!(
                "SQLite {} is too old to be trusted with money",
                rusqlite::version()
            )));
        }
        make_file(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection =
            Connection::open_with_flags(path, flags).map_err(|error| opening(path, &error))?;
        let found = prepare_connection(path, &connection)?;
        let is_new = found == Found::Nothing;
        let keys = match key {
            Some(key) => keys::from_hex(key)?,
            None => keys::load_or_make(path, is_new)?,
        };
        if is_new {
            make_schema(&mut connection, &keys).map_err(|error| opening(path, &error))?;
            keys::sync_folder(path);
        }
        check(path, &connection, &keys)?;
        if found == Found::Schema1 {
            upgrade(&mut connection, include_str!("schema-1-to-2.sql"))
                .map_err(|error| opening(path, &error))?;
        }
        let chain_head = verify_tail(&connection, &keys)?;
        let mut journal = Self {
            connection,
            keys,
            chain_head,
            retention_ms,
            wiped_at: 0,
            commits_since_checkpoint: 0,
            broken: None,
        };
        journal.sign_in()?;
        Ok(journal)
    }

    /// Writes who has the journal open. This also brings the first, costlier sync of a fresh
    /// write-ahead log to a moment when no customer waits.
    fn sign_in(&mut self) -> Result<(), JournalError> {
        self.connection
            .execute(
                "INSERT INTO meta (name, value) VALUES ('library', ?1)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                [env!("CARGO_PKG_VERSION").as_bytes()],
            )
            .map_err(|error| writing("sign in", &error))?;
        Ok(())
    }

    fn try_commit(&mut self, batches: &[Batch]) -> Result<Vec<u8>, JournalError> {
        let transaction = self
            .connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
            .map_err(|error| writing("begin", &error))?;
        let mut head = self.chain_head.clone();
        for batch in batches {
            for entry in &batch.entries {
                let fact = serde_json::to_string(&entry.fact)
                    .map_err(|_| JournalError::Broken("a fact could not be written".into()))?;
                let id = entry.operation.get();
                let link = self.keys.link(&head, id, entry.at, &fact);
                transaction
                    .prepare_cached(
                        "INSERT INTO event (operation_id, at, fact, chain) VALUES (?1, ?2, ?3, ?4)",
                    )
                    .and_then(|mut s| s.execute(params![id, entry.at, fact, link]))
                    .map_err(|error| writing("append event", &error))?;
                head = link.to_vec();
                if let Some(private) = &entry.private {
                    let (nonce, content) = self.keys.seal(id, private)?;
                    transaction
                        .prepare_cached(
                            "INSERT INTO sealed (operation_id, nonce, content) VALUES (?1, ?2, ?3)
                             ON CONFLICT (operation_id) DO UPDATE
                             SET nonce = excluded.nonce, content = excluded.content",
                        )
                        .and_then(|mut s| s.execute(params![id, nonce, content]))
                        .map_err(|error| writing("seal", &error))?;
                }
            }
            for row in &batch.rows {
                put_row(&transaction, row).map_err(|error| writing("fold row", &error))?;
            }
        }
        let newest = batches
            .iter()
            .flat_map(|batch| &batch.entries)
            .map(|entry| entry.at)
            .max();
        if let Some(now) = newest
            && now.saturating_sub(self.wiped_at) >= WIPE_EVERY_MS
        {
            self.wiped_at = now;
            transaction
                .execute(
                    "DELETE FROM sealed WHERE operation_id IN
                     (SELECT id FROM operation WHERE open = 0 AND updated_at < ?1)",
                    [now.saturating_sub(self.retention_ms)],
                )
                .map_err(|error| writing("wipe", &error))?;
        }
        transaction
            .commit()
            .map_err(|error| writing("commit", &error))?;
        Ok(head)
    }

    /// Folds the write-ahead log back when nobody waits for the disk.
    pub fn when_idle(&mut self) {
        if self.commits_since_checkpoint >= CHECKPOINT_AFTER_COMMITS && self.broken.is_none() {
            self.commits_since_checkpoint = 0;
            let checkpoint = "PRAGMA wal_checkpoint(PASSIVE)";
            let done = self.connection.query_row(checkpoint, [], |_| Ok(()));
            if let Err(error) = done {
                let error = writing("checkpoint", &error);
                if error != JournalError::Full {
                    self.broken = Some(error);
                }
            }
        }
    }

    /// Makes the disk look full, or lets it be as large as it is.
    #[doc(hidden)]
    pub fn limit_pages_for_tests(&self, pages: Option<u32>) {
        let most = pages.unwrap_or(u32::MAX - 1);
        let _ = self
            .connection
            .pragma_update_and_check(None, "max_page_count", most, |_| Ok(()));
    }

    /// Every operation that was ever begun.
    pub fn all_records(&mut self) -> Result<Vec<Record>, JournalError> {
        self.records("id > 0", [])
    }

    fn record(&self, id: OperationId) -> Result<Record, JournalError> {
        let failed = |error: rusqlite::Error| reading("read events", &error);
        let mut statement = self
            .connection
            .prepare_cached("SELECT at, fact FROM event WHERE operation_id = ?1 ORDER BY seq")
            .map_err(failed)?;
        let rows = statement
            .query_map([id.get()], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
            })
            .map_err(failed)?;
        let mut facts = Vec::new();
        for row in rows {
            let (at, text) = row.map_err(failed)?;
            let fact: Fact = serde_json::from_str(&text).map_err(|_| {
                JournalError::Damaged(format!("operation {} has an unreadable event", id.get()))
            })?;
            facts.push((at, fact));
        }
        let sealed = self
            .connection
            .prepare_cached("SELECT nonce, content FROM sealed WHERE operation_id = ?1")
            .and_then(|mut s| {
                let blob = |row: &rusqlite::Row<'_>| {
                    Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?))
                };
                s.query_row([id.get()], blob).optional()
            })
            .map_err(failed)?;
        let private: Option<Private> = match sealed {
            Some((nonce, content)) => Some(self.keys.open(id.get(), &nonce, &content)?),
            None => None,
        };
        Ok(Record { id, facts, private })
    }

    fn records<P: rusqlite::Params>(
        &self,
        condition: &str,
        params: P,
    ) -> Result<Vec<Record>, JournalError> {
        let failed = |error: rusqlite::Error| reading("look up operations", &error);
        let sql = format!("SELECT id FROM operation WHERE {condition} ORDER BY id");
        let mut statement = self.connection.prepare_cached(&sql).map_err(failed)?;
        let ids = statement
            .query_map(params, |row| row.get::<_, i64>(0))
            .map_err(failed)?;
        let mut records = Vec::new();
        for id in ids {
            if let Some(id) = OperationId::new(id.map_err(failed)?) {
                records.push(self.record(id)?);
            }
        }
        Ok(records)
    }
}

impl Journal for SqliteJournal {
    fn commit(&mut self, batches: &[Batch]) -> Result<(), JournalError> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        match self.try_commit(batches) {
            Ok(head) => {
                self.chain_head = head;
                self.commits_since_checkpoint = self.commits_since_checkpoint.saturating_add(1);
                Ok(())
            }
            Err(JournalError::Full) => Err(JournalError::Full),
            // A failed sync says nothing about what is on the disk: this handle writes no more.
            Err(error) => {
                self.broken = Some(error.clone());
                Err(error)
            }
        }
    }

    fn open_records(&mut self) -> Result<Vec<Record>, JournalError> {
        self.records(
            "open = 1 OR parent_id > 0 AND parent_id IN (SELECT id FROM operation WHERE open = 1)",
            [],
        )
    }

    fn load(&mut self, lookup: &Lookup) -> Result<Vec<Record>, JournalError> {
        match lookup {
            Lookup::Id(id) => self.records("id = ?1", [id.get()]),
            Lookup::HostRef(kind, host_ref) => self.records(
                "kind = ?1 AND host_ref = ?2 OR parent_id > 0 AND parent_id IN
                 (SELECT id FROM operation WHERE kind = ?1 AND host_ref = ?2)",
                params![kind.number(), host_ref],
            ),
            Lookup::PaymentOf(id) => self.records("id = ?1 OR parent_id = ?1", [id.get()]),
            // Nobody's reference is empty, so that the rows without one are not looked at.
            Lookup::Payment(reference) => self.records(
                "reference = ?1 OR provider_reference = ?1 AND provider_reference <> ''",
                [reference],
            ),
            Lookup::Claim(claim) => self.records("claim = ?1 AND claim <> ''", [claim]),
        }
    }

    fn last_id(&mut self) -> Result<i64, JournalError> {
        self.connection
            .query_row(
                "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'operation'",
                [],
                |row| row.get(0),
            )
            .map_err(|error| reading("last id", &error))
    }
}

fn put_row(transaction: &rusqlite::Transaction<'_>, row: &Row) -> rusqlite::Result<usize> {
    transaction
        .prepare_cached(
            "INSERT INTO operation
             (id, kind, state, profile, host_ref, sale_ref, reference, parent_id, open, updated_at,
              provider_reference, claim)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT (id) DO UPDATE
             SET state = excluded.state, open = excluded.open, updated_at = excluded.updated_at,
                 provider_reference = excluded.provider_reference, claim = excluded.claim",
        )?
        .execute(params![
            row.id.get(),
            row.kind.number(),
            row.state.number(),
            row.profile,
            row.host_ref,
            row.sale_ref,
            row.reference,
            row.parent.map_or(0, OperationId::get),
            i64::from(row.open),
            row.updated_at,
            row.provider_reference,
            row.claim,
        ])
}

/// The file must exist before SQLite sees it, so that its mode is ours and not the umask's.
fn make_file(path: &Path) -> Result<(), JournalError> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(_) => Err(JournalError::Unusable(format!(
            "{} is not a plain file; journal.path must name one",
            path.display()
        ))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            keys::private_file(path).map(drop).map_err(|error| {
                JournalError::Unusable(format!(
                    "{} could not be made ({}); journal.path must name a file in an existing, \
                     writable folder",
                    path.display(),
                    error.kind()
                ))
            })
        }
        Err(error) => Err(JournalError::Unusable(format!(
            "{} could not be looked at ({})",
            path.display(),
            error.kind()
        ))),
    }
}

/// What a file holds before anything is done to it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    Schema1,
    Current,
}

/// Settings of the connection, in the order in which they lock the file.
fn prepare_connection(path: &Path, connection: &Connection) -> Result<Found, JournalError> {
    let set = |pragma: &str| {
        connection
            .query_row(pragma, [], |_| Ok(()))
            .optional()
            .map_err(|e| opening(path, &e))
    };
    connection
        .busy_timeout(std::time::Duration::ZERO)
        .map_err(|e| opening(path, &e))?;
    connection.set_prepared_statement_cache_capacity(32);
    set("PRAGMA locking_mode = EXCLUSIVE")?;
    let owner: i64 = connection
        .query_row("PRAGMA application_id", [], |row| row.get(0))
        .map_err(|e| opening(path, &e))?;
    let schema: i64 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(|e| opening(path, &e))?;
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|e| opening(path, &e))?;
    if tables > 0 && owner != APPLICATION_ID {
        return Err(JournalError::Foreign(path.display().to_string()));
    }
    if schema > SCHEMA {
        return Err(JournalError::TooNew {
            found: schema,
            known: SCHEMA,
        });
    }
    set("PRAGMA journal_mode = WAL")?;
    set("PRAGMA synchronous = FULL")?;
    set("PRAGMA secure_delete = ON")?;
    set("PRAGMA wal_autocheckpoint = 0")?;
    set("PRAGMA cache_size = -256")?;
    Ok(match (tables, schema) {
        (0, _) => Found::Nothing,
        (_, SCHEMA) => Found::Current,
        _ => Found::Schema1,
    })
}

/// Brings a journal of an earlier release to this one, or leaves it as it was.
fn upgrade(connection: &mut Connection, statements: &str) -> rusqlite::Result<()> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    transaction.execute_batch(statements)?;
    transaction.pragma_update(None, "user_version", SCHEMA)?;
    transaction.commit()
}

fn make_schema(connection: &mut Connection, keys: &Keys) -> rusqlite::Result<()> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    transaction.execute_batch(include_str!("schema.sql"))?;
    transaction.execute(
        "INSERT INTO meta (name, value) VALUES ('key-check', ?1)",
        [&keys.check],
    )?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA)?;
    transaction.commit()
}

fn check(path: &Path, connection: &Connection, keys: &Keys) -> Result<(), JournalError> {
    let known: Vec<u8> = connection
        .query_row(
            "SELECT value FROM meta WHERE name = 'key-check'",
            [],
            |row| row.get(0),
        )
        .map_err(|error| opening(path, &error))?;
    if known != keys.check {
        return Err(JournalError::Damaged(
            "its key belongs to another journal; put the right key file back beside it".into(),
        ));
    }
    // A large journal would keep the till waiting: its newest events are verified all the same.
    let len = std::fs::metadata(path).map_or(0, |found| found.len());
    if len > QUICK_CHECK_LEN_MAX {
        return Ok(());
    }
    let sound: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|error| opening(path, &error))?;
    if sound == "ok" {
        Ok(())
    } else {
        Err(JournalError::Damaged("SQLite's own check failed".into()))
    }
}

/// Follows the chain over the newest events; its end is where the next one is linked.
fn verify_tail(connection: &Connection, keys: &Keys) -> Result<Vec<u8>, JournalError> {
    let failed = |error: rusqlite::Error| reading("verify events", &error);
    let mut statement = connection
        .prepare(
            "SELECT seq, operation_id, at, fact, chain FROM
             (SELECT seq, operation_id, at, fact, chain FROM event ORDER BY seq DESC LIMIT ?1)
             ORDER BY seq",
        )
        .map_err(failed)?;
    let mut rows = statement.query([VERIFIED_AT_OPEN]).map_err(failed)?;
    let mut before: Option<(i64, Vec<u8>)> = None;
    let mut seen = 0;
    let mut begins_late = None;
    while let Some(row) = rows.next().map_err(failed)? {
        let seq: i64 = row.get(0).map_err(failed)?;
        let operation: i64 = row.get(1).map_err(failed)?;
        let at: i64 = row.get(2).map_err(failed)?;
        let fact: String = row.get(3).map_err(failed)?;
        let chain: Vec<u8> = row.get(4).map_err(failed)?;
        seen += 1;
        let (follows, link) = match &before {
            Some((last, head)) => (seq == last + 1, keys.link(head, operation, at, &fact)),
            None if seq == 1 => (true, keys.link(&[], operation, at, &fact)),
            // The oldest that is looked at: what the next one is linked to.
            None => {
                begins_late = Some(seq);
                before = Some((seq, chain));
                continue;
            }
        };
        if !follows || chain != link {
            return Err(JournalError::Damaged(format!(
                "event {seq} does not follow the one before"
            )));
        }
        before = Some((seq, chain));
    }
    if let Some(seq) = begins_late.filter(|_| seen < VERIFIED_AT_OPEN) {
        return Err(JournalError::Damaged(format!(
            "the events before {seq} are missing"
        )));
    }
    Ok(before.map_or_else(Vec::new, |(_, head)| head))
}

fn opening(path: &Path, error: &rusqlite::Error) -> JournalError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => JournalError::Busy,
        Some(ErrorCode::NotADatabase) => JournalError::Foreign(path.display().to_string()),
        Some(ErrorCode::DatabaseCorrupt) => JournalError::Damaged("SQLite cannot read it".into()),
        Some(ErrorCode::DiskFull) => JournalError::Full,
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            JournalError::Unusable(format!(
                "{} cannot be opened for writing; check the file and its folder",
                path.display()
            ))
        }
        _ => JournalError::Unusable(format!("{} could not be opened ({error})", path.display())),
    }
}

fn writing(step: &str, error: &rusqlite::Error) -> JournalError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => JournalError::Full,
        _ => JournalError::Broken(format!("{step}: {error}")),
    }
}

fn reading(step: &str, error: &rusqlite::Error) -> JournalError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            JournalError::Damaged(step.to_owned())
        }
        _ => JournalError::Broken(format!("{step}: {error}")),
    }
}

/// Keeps `Kind` numbers in the table readable for look-ups by hand.
const _: () = assert!(Kind::Tender.number() == 1 && Kind::Refund.number() == 2);
