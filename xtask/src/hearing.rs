//! What the register says, line by line: passed on, and remembered where somebody acts on it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// Customers cannot pay with a code before it is there to be seen.
const CODE: &str = "the code is there to be scanned";
const RECEIPT_READ: &str = "The receipt was read.";
const FOUND_AGAIN: &str = "found again:";

/// Shared by all runs of a register in one day.
pub struct Hearing {
    memory: Mutex<Memory>,
    /// Where the lines go; nothing: to this terminal.
    file: Option<File>,
}

#[derive(Default)]
struct Memory {
    codes: BTreeMap<String, usize>,
    receipts: BTreeMap<String, usize>,
    found_again: usize,
}

impl Hearing {
    pub fn aloud() -> Arc<Hearing> {
        Arc::new(Hearing {
            memory: Mutex::default(),
            file: None,
        })
    }

    pub fn into_file(file: File) -> Arc<Hearing> {
        Arc::new(Hearing {
            memory: Mutex::default(),
            file: Some(file),
        })
    }

    /// How often the code of a sale was put there for its customer.
    pub fn codes(&self, sale: &str) -> usize {
        self.remembered(|memory| memory.codes.get(sale).copied().unwrap_or(0))
    }

    /// Whether the receipt that a customer showed was accepted.
    pub fn has_read_receipt(&self, sale: &str) -> bool {
        self.remembered(|memory| memory.receipts.contains_key(sale))
    }

    pub fn found_again(&self) -> usize {
        self.remembered(|memory| memory.found_again)
    }

    /// Listens until nobody speaks any more.
    pub fn listen(self: &Arc<Hearing>, speaker: impl Read + Send + 'static) -> JoinHandle<()> {
        let hearing = Arc::clone(self);
        thread::spawn(move || {
            let mut lines = BufReader::new(speaker).lines();
            while let Some(Ok(line)) = lines.next() {
                hearing.hear(&line);
            }
        })
    }

    fn hear(&self, line: &str) {
        match self.file.as_ref() {
            // A full disk is seen where it matters: in the register's own books.
            Some(mut file) => drop(writeln!(file, "{line}")),
            None => println!("{line}"),
        }
        let Some((name, words)) = line.split_once(' ') else {
            return;
        };
        let sale = name.strip_suffix("-1").unwrap_or(name);
        self.remembered(|memory| {
            let counted = match words.trim() {
                CODE => memory.codes.entry(String::from(sale)).or_default(),
                RECEIPT_READ => memory.receipts.entry(String::from(sale)).or_default(),
                words if words.starts_with(FOUND_AGAIN) => &mut memory.found_again,
                _ => return,
            };
            *counted += 1;
        });
    }

    fn remembered<T>(&self, look: impl FnOnce(&mut Memory) -> T) -> T {
        look(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
