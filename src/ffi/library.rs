//! Functions that need no ctx.

use super::convert::OutText;
use super::errors;
use super::types::*;
use std::ffi::c_char;

/// Copies the reason why the last call of this thread failed: English, one line, no secrets.
///
/// @param buf         Room for `cap` bytes; may be NULL when cap is 0.
/// @param cap         Bytes in buf, with the NUL. A longer text is cut.
/// @param needed_out  Bytes needed for the whole text, with the NUL. May be NULL.
/// @return PAYMENTS_OK, with an empty text when the last call succeeded; PAYMENTS_E_ARGUMENT.
///
/// Blocking: no.   Threads: any; each has its own last error.   Retry: safe; calling this does not
/// clear the text.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_last_error(
    buf: *mut c_char,
    cap: usize,
    needed_out: *mut usize,
) -> i32 {
    // SAFETY: the header demands room for `cap` bytes, or NULL with cap 0.
    match unsafe { OutText::new(buf, cap, needed_out) } {
        Ok(out) => {
            errors::with_last_error(|text| out.write_cut(text));
            PAYMENTS_OK
        }
        Err(failure) => failure.code,
    }
}

/// Names a result code in English.
///
/// @param code  PAYMENTS_OK or PAYMENTS_E_….
/// @return A static text, never NULL.
///
/// Blocking: no.   Threads: any.   Retry: safe.   Since: 1.0
#[unsafe(no_mangle)]
pub extern "C" fn payments_strerror(code: i32) -> *const c_char {
    errors::name_of(code).as_ptr()
}

/// The library's version, for example "0.1.0".
///
/// @return A static text, never NULL.
///
/// Blocking: no.   Threads: any.   Retry: safe.   Since: 1.0
#[unsafe(no_mangle)]
pub extern "C" fn payments_version() -> *const c_char {
    errors::VERSION.as_ptr()
}

/// The version of the interface: a program works with every library that returns the
/// PAYMENTS_ABI_VERSION it was compiled with.
///
/// @return A number, at least 1.
///
/// Blocking: no.   Threads: any.   Retry: safe.   Since: 1.0
#[unsafe(no_mangle)]
pub extern "C" fn payments_abi_version() -> u32 {
    PAYMENTS_ABI_VERSION
}

/// Whether an operation in this state is finished.
///
/// @param state  payments_view.state, also one newer than this header.
/// @return 1 or 0.
///
/// Blocking: no.   Threads: any.   Retry: safe.   Since: 1.0
#[unsafe(no_mangle)]
pub extern "C" fn payments_state_is_final(state: i32) -> i32 {
    let known = crate::tender::State::from_number(state);
    i32::from(known.is_some_and(crate::tender::State::is_final))
}

/// Whether the same call may succeed later without anything being changed.
///
/// @param code  PAYMENTS_E_….
/// @return 1 or 0.
///
/// Blocking: no.   Threads: any.   Retry: safe.   Since: 1.0
#[unsafe(no_mangle)]
pub extern "C" fn payments_result_is_retryable(code: i32) -> i32 {
    i32::from(errors::is_retryable(code))
}
