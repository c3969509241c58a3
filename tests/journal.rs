//! The journal on a real disk: what is written stays, what was changed is noticed, and whatever else
//! lies at its path is told and left alone.

#![cfg(feature = "library")]

use payments::journal::sqlite::SqliteJournal;
use payments::journal::{Batch, Entry, Fact, Journal, JournalError, Lookup, Row};
use payments::tender::{
    Approach, CaptureRule, Currency, Event, IdSource, Intent, KeySeed, Kind, LatePolicy, Money,
    OperationId, State,
};
use std::fs;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("payments-journal-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn journal(&self) -> PathBuf {
        self.0.join("till.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Counting(u8);

impl IdSource for Counting {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 = self.0.wrapping_add(1);
            *byte = self.0;
        }
    }
}

const DAY_MS: i64 = 86_400_000;

fn open(path: &Path) -> Result<SqliteJournal, JournalError> {
    SqliteJournal::open(path, None, DAY_MS)
}

fn refused(path: &Path) -> String {
    match open(path) {
        Ok(_) => panic!("{} was taken for a journal", path.display()),
        Err(error) => error.to_string(),
    }
}

fn begun(id: i64, private: &[u8], open: bool, at: i64) -> Batch {
    let id = OperationId::new(id).unwrap();
    let intent = Intent {
        profile: "shop".into(),
        amount: Money::new(49_900, Currency::from_code("NOK").unwrap()),
        sale_ref: format!("sale-{}", id.get()),
        tender_ref: format!("tender-{}", id.get()),
        sale_total: None,
        capture: CaptureRule::OnApproval,
        late: LatePolicy::Ask,
        reference: format!("LP-{:026}", id.get()),
        seed: KeySeed::draw(&mut Counting(0)),
        begun_at: at,
        start_until: at + 60_000,
        settle_ms: 120_000,
        operator: None,
        overrides: None,
    };
    let entry = |fact, private: Option<&[u8]>| Entry {
        operation: id,
        at,
        fact,
        private: private.map(|bytes| Zeroizing::new(bytes.to_vec())),
    };
    Batch {
        entries: vec![
            entry(Fact::Tender(Event::Begun { intent }), Some(private)),
            entry(
                Fact::Tender(Event::Prepared {
                    approach: Approach::ShowQr,
                    attempt: 1,
                    start_until: at + 60_000,
                }),
                None,
            ),
        ],
        rows: vec![Row {
            id,
            kind: Kind::Tender,
            state: State::Starting,
            profile: "shop".into(),
            host_ref: format!("tender-{}", id.get()),
            sale_ref: format!("sale-{}", id.get()),
            reference: format!("LP-{:026}", id.get()),
            provider_reference: String::new(),
            claim: String::new(),
            parent: None,
            open,
            updated_at: at,
        }],
    }
}

/// The same operation, holding a payment that its customer made before.
fn holding(mut batch: Batch, transaction: &str) -> Batch {
    for row in &mut batch.rows {
        row.provider_reference = transaction.into();
        row.claim = format!("till:{transaction}");
    }
    batch
}

#[test]
fn a_payment_made_before_has_one_holder_and_is_found_by_its_names() {
    let folder = Folder::new("claim");
    let mut journal = open(&folder.journal()).unwrap();
    let first = holding(begun(1, b"", true, 1_000), "tx_A");
    journal
        .commit(&[first, begun(2, b"", true, 1_001)])
        .unwrap();
    let ids = |records: Vec<payments::journal::Record>| -> Vec<i64> {
        records.iter().map(|record| record.id.get()).collect()
    };
    let claim = Lookup::Claim("till:tx_A".into());
    assert_eq!(ids(journal.load(&claim).unwrap()), [1]);
    let nobody = Lookup::Claim(String::new());
    assert!(journal.load(&nobody).unwrap().is_empty());
    let named = Lookup::Payment("tx_A".into());
    assert_eq!(ids(journal.load(&named).unwrap()), [1]);
    let unnamed = Lookup::Payment(String::new());
    assert!(journal.load(&unnamed).unwrap().is_empty());
    // Whoever forgets to look first is stopped by the disk.
    let second = holding(begun(2, b"", true, 1_002), "tx_A");
    assert!(journal.commit(&[second]).is_err());
}

#[test]
fn d4_a_journal_of_the_first_schema_is_brought_along() {
    let folder = Folder::new("schema-1");
    {
        let mut journal = open(&folder.journal()).unwrap();
        journal.commit(&[begun(1, b"body", true, 1_000)]).unwrap();
    }
    tamper(
        &folder.journal(),
        "DROP INDEX operation_by_claim; DROP INDEX operation_by_provider_reference;
         ALTER TABLE operation DROP COLUMN claim;
         ALTER TABLE operation DROP COLUMN provider_reference;
         PRAGMA user_version = 1;",
    );
    for _ in 0..2 {
        let mut journal = open(&folder.journal()).unwrap();
        assert_eq!(journal.open_records().unwrap().len(), 1);
        let claim = Lookup::Claim("till:tx_A".into());
        assert!(journal.load(&claim).unwrap().is_empty());
    }
    let mut journal = open(&folder.journal()).unwrap();
    let claimed = holding(begun(2, b"", true, 1_001), "tx_A");
    journal.commit(&[claimed]).unwrap();
    let claim = Lookup::Claim("till:tx_A".into());
    assert_eq!(journal.load(&claim).unwrap().len(), 1);
}

#[test]
fn what_was_committed_is_there_after_reopening() {
    let folder = Folder::new("reopen");
    let batch = begun(7, b"the exact body", true, 1_000);
    {
        let mut journal = open(&folder.journal()).unwrap();
        journal.commit(std::slice::from_ref(&batch)).unwrap();
    }
    let mut journal = open(&folder.journal()).unwrap();
    let records = journal.open_records().unwrap();
    assert_eq!(records.len(), 1);
    let facts: Vec<_> = records[0]
        .facts
        .iter()
        .map(|(_, fact)| fact.clone())
        .collect();
    assert_eq!(
        facts,
        batch
            .entries
            .iter()
            .map(|e| e.fact.clone())
            .collect::<Vec<_>>()
    );
    assert_eq!(
        records[0].private.as_deref().map(Vec::as_slice),
        Some(&b"the exact body"[..])
    );
    assert_eq!(journal.last_id().unwrap(), 7);
    let by_ref = Lookup::HostRef(Kind::Tender, "tender-7".into());
    assert_eq!(journal.load(&by_ref).unwrap(), records);
    assert_eq!(
        journal
            .load(&Lookup::Payment(format!("LP-{:026}", 7)))
            .unwrap(),
        records
    );
    assert!(
        journal
            .load(&Lookup::HostRef(Kind::Refund, "tender-7".into()))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_reference_of_the_till_is_unique_and_a_refused_batch_leaves_nothing() {
    let folder = Folder::new("unique");
    let mut journal = open(&folder.journal()).unwrap();
    journal.commit(&[begun(1, b"a", true, 1)]).unwrap();
    let mut same = begun(2, b"b", true, 2);
    same.rows[0].host_ref = "tender-1".into();
    assert!(journal.commit(&[same]).is_err());
    drop(journal);
    let mut journal = open(&folder.journal()).unwrap();
    assert_eq!(journal.open_records().unwrap().len(), 1);
    assert_eq!(
        journal
            .load(&Lookup::Id(OperationId::new(2).unwrap()))
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("modes");
    let mut journal = open(&folder.journal()).unwrap();
    journal.commit(&[begun(1, b"a", true, 1)]).unwrap();
    let mut seen = 0;
    for entry in fs::read_dir(&folder.0).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
        seen += 1;
    }
    assert!(seen >= 3, "journal, log and key are there");
}

#[test]
fn personal_data_is_sealed_and_wiped_once_its_time_is_over() {
    let folder = Folder::new("wiped");
    let mut journal = open(&folder.journal()).unwrap();
    journal
        .commit(&[begun(1, b"canary-4712345678", false, 1_000)])
        .unwrap();
    for entry in fs::read_dir(&folder.0).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(17).any(|part| part == b"canary-4712345678"));
    }
    let first = Lookup::Id(OperationId::new(1).unwrap());
    assert!(journal.load(&first).unwrap()[0].private.is_some());
    journal
        .commit(&[begun(2, b"later", true, 1_000 + 2 * DAY_MS)])
        .unwrap();
    let record = &journal.load(&first).unwrap()[0];
    assert!(
        record.private.is_none(),
        "closed for longer than its retention"
    );
    assert_eq!(record.facts.len(), 2, "the facts stay");
    assert!(
        journal
            .load(&Lookup::Id(OperationId::new(2).unwrap()))
            .unwrap()[0]
            .private
            .is_some()
    );
    drop(journal);
    open(&folder.journal()).expect("wiping does not break the chain");
}

/// Runs SQL on the closed journal, as somebody with a database tool would.
fn tamper(path: &Path, sql: &str) {
    rusqlite::Connection::open(path)
        .unwrap()
        .execute_batch(sql)
        .unwrap();
}

#[test]
fn every_change_to_an_event_is_noticed() {
    let edits = [
        (
            "amount",
            "UPDATE event SET fact = replace(fact, '49900', '1') WHERE seq = 3",
        ),
        ("time", "UPDATE event SET at = at + 1 WHERE seq = 2"),
        ("owner", "UPDATE event SET operation_id = 2 WHERE seq = 1"),
        ("gap", "DELETE FROM event WHERE seq = 3"),
        ("first", "DELETE FROM event WHERE seq = 1"),
        (
            "order",
            "UPDATE event SET seq = 100 WHERE seq = 2; UPDATE event SET seq = 2 WHERE seq = 3;
             UPDATE event SET seq = 3 WHERE seq = 100",
        ),
        (
            "added",
            "INSERT INTO event (operation_id, at, fact, chain)
             SELECT operation_id, at, fact, chain FROM event WHERE seq = 4",
        ),
    ];
    for (name, sql) in edits {
        let folder = Folder::new(&format!("tamper-{name}"));
        {
            let mut journal = open(&folder.journal()).unwrap();
            journal.commit(&[begun(1, b"a", true, 1)]).unwrap();
            journal
                .commit(&[begun(2, b"b", true, 2), begun(3, b"c", true, 3)])
                .unwrap();
        }
        tamper(&folder.journal(), sql);
        let before = fs::read(folder.journal()).unwrap();
        let told = refused(&folder.journal());
        assert!(told.contains("damaged"), "{name}: {told}");
        assert_eq!(
            fs::read(folder.journal()).unwrap(),
            before,
            "{name}: left untouched"
        );
    }
}

#[test]
fn one_journal_has_one_owner() {
    let folder = Folder::new("owner");
    let first = open(&folder.journal()).unwrap();
    assert!(refused(&folder.journal()).contains("another process or context"));
    drop(first);
    open(&folder.journal()).expect("free again");
}

#[test]
fn a_key_belongs_to_its_journal() {
    let folder = Folder::new("key");
    let key = folder.0.join("till.db-key");
    drop(open(&folder.journal()).unwrap());
    let good = fs::read(&key).unwrap();

    fs::remove_file(&key).unwrap();
    let told = refused(&folder.journal());
    assert!(
        told.contains("till.db-key") && told.contains("missing"),
        "{told}"
    );
    assert!(!key.exists(), "no new key is made for an old journal");

    fs::write(&key, "0".repeat(64)).unwrap();
    assert!(refused(&folder.journal()).contains("another journal"));
    fs::write(&key, "short").unwrap();
    assert!(refused(&folder.journal()).contains("64 hexadecimal digits"));

    fs::write(&key, good).unwrap();
    open(&folder.journal()).expect("with its own key again");
}

#[test]
fn what_is_not_a_journal_is_told_and_left_alone() {
    let folder = Folder::new("foreign");
    let path = folder.journal();

    fs::create_dir(&path).unwrap();
    assert!(refused(&path).contains("not a plain file"));
    fs::remove_dir(&path).unwrap();

    fs::write(&path, vec![b'x'; 8_192]).unwrap();
    assert!(refused(&path).contains("not a journal"));
    assert_eq!(fs::read(&path).unwrap(), vec![b'x'; 8_192]);
    fs::remove_file(&path).unwrap();

    tamper(&path, "CREATE TABLE customers (name TEXT)");
    assert!(refused(&path).contains("not a journal"));
    fs::remove_file(&path).unwrap();

    let nowhere = folder.0.join("no folder").join("till.db");
    assert!(refused(&nowhere).contains("existing, writable folder"));
}

#[test]
fn a_newer_journal_is_refused_untouched() {
    let folder = Folder::new("newer");
    drop(open(&folder.journal()).unwrap());
    tamper(&folder.journal(), "PRAGMA user_version = 99");
    let before = fs::read(folder.journal()).unwrap();
    let told = refused(&folder.journal());
    assert!(told.contains("schema 99"), "{told}");
    assert_eq!(fs::read(folder.journal()).unwrap(), before);
}

#[test]
fn a_full_disk_refuses_the_batch_and_takes_the_next_one() {
    let folder = Folder::new("full");
    let mut journal = open(&folder.journal()).unwrap();
    journal.commit(&[begun(1, b"a", true, 1)]).unwrap();
    journal.limit_pages_for_tests(Some(1));
    let big = vec![b'x'; 256 * 1024];
    assert_eq!(
        journal.commit(&[begun(2, &big, true, 2)]),
        Err(JournalError::Full)
    );
    journal.limit_pages_for_tests(None);
    journal
        .commit(&[begun(3, b"c", true, 3)])
        .expect("room again");
    drop(journal);
    let mut journal = open(&folder.journal()).expect("the chain has no hole");
    let ids: Vec<_> = journal
        .open_records()
        .unwrap()
        .iter()
        .map(|r| r.id.get())
        .collect();
    assert_eq!(ids, [1, 3]);
}
