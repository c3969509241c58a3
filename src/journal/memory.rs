//! A journal without a disk: what the simulation cuts and restarts by the million.

use super::{Batch, Entry, Journal, JournalError, Lookup, Record, Row};
use crate::tender::OperationId;
use std::collections::BTreeMap;

#[derive(Clone, Default)]
pub struct MemoryJournal {
    entries: Vec<Entry>,
    rows: BTreeMap<OperationId, Row>,
    pub commits: u64,
}

impl MemoryJournal {
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }

    fn record(&self, id: OperationId) -> Record {
        let own = self.entries.iter().filter(|entry| entry.operation == id);
        Record {
            id,
            facts: own
                .clone()
                .map(|entry| (entry.at, entry.fact.clone()))
                .collect(),
            private: own.filter_map(|entry| entry.private.clone()).next_back(),
        }
    }

    fn records(&self, wanted: impl Fn(&Row) -> bool) -> Vec<Record> {
        self.rows
            .values()
            .filter(|row| wanted(row))
            .map(|row| self.record(row.id))
            .collect()
    }
}

impl Journal for MemoryJournal {
    fn commit(&mut self, batches: &[Batch]) -> Result<(), JournalError> {
        self.commits += 1;
        for batch in batches {
            self.entries.extend(batch.entries.iter().cloned());
            self.rows
                .extend(batch.rows.iter().map(|row| (row.id, row.clone())));
        }
        Ok(())
    }

    fn open_records(&mut self) -> Result<Vec<Record>, JournalError> {
        let is_open = |id| self.rows.get(&id).is_some_and(|row| row.open);
        Ok(self.records(|row| row.open || row.parent.is_some_and(is_open)))
    }

    fn load(&mut self, lookup: &Lookup) -> Result<Vec<Record>, JournalError> {
        Ok(match lookup {
            Lookup::Id(id) => self.records(|row| row.id == *id),
            Lookup::HostRef(kind, host_ref) => {
                let named = |row: &Row| row.kind == *kind && row.host_ref == *host_ref;
                let id = self.rows.values().find(|row| named(row)).map(|row| row.id);
                self.records(|row| id.is_some() && (Some(row.id) == id || row.parent == id))
            }
            Lookup::PaymentOf(id) => self.records(|row| row.id == *id || row.parent == Some(*id)),
            Lookup::Payment(reference) => self
                .records(|row| row.reference == *reference || row.provider_reference == *reference),
            Lookup::Claim(claim) => self.records(|row| row.claim == *claim),
        })
    }

    fn last_id(&mut self) -> Result<i64, JournalError> {
        Ok(self.rows.keys().next_back().map_or(0, |id| id.get()))
    }
}
