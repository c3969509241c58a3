//! Result codes, their names, and the last error of each thread.

use super::types::*;
use crate::config::ConfigError;
use crate::engine::{CallError, EngineError};
use crate::journal::JournalError;
use std::cell::RefCell;
use std::ffi::CStr;

/// A failed call: its code and what to do about it.
pub struct Failure {
    pub code: i32,
    pub text: String,
}

impl Failure {
    pub fn new(code: i32, text: impl Into<String>) -> Self {
        Self {
            code,
            text: text.into(),
        }
    }

    pub fn argument(text: impl Into<String>) -> Self {
        Self::new(PAYMENTS_E_ARGUMENT, text)
    }

    pub fn too_small(needed: usize) -> Self {
        Self::new(
            PAYMENTS_E_BUFFER_TOO_SMALL,
            format!("room for {needed} is needed"),
        )
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let code = match &error {
            EngineError::Config(error) => config_code(error),
            EngineError::Journal(error) => journal_code(error),
            EngineError::Call(error) => call_code(error),
            EngineError::Threads(_) => PAYMENTS_E_INTERNAL,
            EngineError::Timeout => PAYMENTS_E_TIMEOUT,
            EngineError::Stopped => PAYMENTS_E_HANDLE,
            EngineError::Panicked => PAYMENTS_E_PANIC,
        };
        Self::new(code, error.to_string())
    }
}

fn config_code(error: &ConfigError) -> i32 {
    match error {
        ConfigError::Journal(error) => journal_code(error),
        ConfigError::TooLong => PAYMENTS_E_TOO_LONG,
        _ => PAYMENTS_E_CONFIG,
    }
}

fn journal_code(error: &JournalError) -> i32 {
    match error {
        JournalError::Full => PAYMENTS_E_STORAGE_FULL,
        JournalError::Broken(_) | JournalError::Unusable(_) => PAYMENTS_E_STORAGE,
        JournalError::Busy => PAYMENTS_E_JOURNAL_BUSY,
        JournalError::Damaged(_) | JournalError::Foreign(_) => PAYMENTS_E_JOURNAL_DAMAGED,
        JournalError::TooNew { .. } => PAYMENTS_E_JOURNAL_TOO_NEW,
    }
}

fn call_code(error: &CallError) -> i32 {
    match error {
        CallError::Argument(_) => PAYMENTS_E_ARGUMENT,
        CallError::NotFound(_) => PAYMENTS_E_NOT_FOUND,
        CallError::Conflict(_) => PAYMENTS_E_CONFLICT,
        CallError::State(_) => PAYMENTS_E_STATE,
        CallError::Guarded(_) => PAYMENTS_E_GUARDED,
        CallError::Limit(_) => PAYMENTS_E_LIMIT,
        CallError::Storage(error) => journal_code(error),
    }
}

thread_local! {
    static LAST_ERROR: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Emptying keeps the text's memory, so that a successful call allocates nothing.
pub fn clear_last_error() {
    LAST_ERROR.with_borrow_mut(String::clear);
}

pub fn set_last_error(text: &str) {
    LAST_ERROR.with_borrow_mut(|last| {
        last.clear();
        last.extend(text.chars().map(|c| if c.is_control() { ' ' } else { c }));
    });
}

pub fn with_last_error(use_text: impl FnOnce(&str)) {
    LAST_ERROR.with_borrow(|last| use_text(last));
}

pub const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(text) => text,
        Err(_) => c"",
    };

pub fn name_of(code: i32) -> &'static CStr {
    match code {
        PAYMENTS_OK => c"ok",
        PAYMENTS_E_ARGUMENT => c"an argument is missing or makes no sense",
        PAYMENTS_E_HANDLE => c"the ctx is NULL, closed, or was never one",
        PAYMENTS_E_STRUCT_SIZE => c"struct_size is not set or too small",
        PAYMENTS_E_UTF8 => c"a text is not UTF-8",
        PAYMENTS_E_TOO_LONG => c"a text or scan is too long",
        PAYMENTS_E_BUFFER_TOO_SMALL => c"the buffer is too small",
        PAYMENTS_E_NOT_FOUND => c"no operation has this id",
        PAYMENTS_E_CONFIG => c"the configuration is not usable",
        PAYMENTS_E_STATE => c"not possible in the present state",
        PAYMENTS_E_CONFLICT => c"the reference was used for something else",
        PAYMENTS_E_GUARDED => c"another payment of the sale is not settled",
        PAYMENTS_E_LIMIT => c"too many unfinished operations",
        PAYMENTS_E_REENTRANT => c"called from inside a callback",
        PAYMENTS_E_STORAGE => c"the journal cannot be written",
        PAYMENTS_E_STORAGE_FULL => c"the disk is full",
        PAYMENTS_E_JOURNAL_BUSY => c"the journal is in use elsewhere",
        PAYMENTS_E_JOURNAL_DAMAGED => c"the journal is damaged or its key is missing",
        PAYMENTS_E_JOURNAL_TOO_NEW => c"the journal is of a newer version",
        PAYMENTS_E_TIMEOUT => c"the time was up",
        PAYMENTS_E_INTERNAL => c"a mistake in this library",
        PAYMENTS_E_PANIC => c"a mistake in this library stopped the ctx",
        PAYMENTS_E_POISONED => c"the ctx was stopped by an earlier mistake in this library",
        PAYMENTS_E_FORKED => c"the process has forked since init",
        _ => c"an unknown result code",
    }
}

pub fn is_retryable(code: i32) -> bool {
    matches!(
        code,
        PAYMENTS_E_TIMEOUT | PAYMENTS_E_STORAGE_FULL | PAYMENTS_E_JOURNAL_BUSY | PAYMENTS_E_LIMIT
    )
}
