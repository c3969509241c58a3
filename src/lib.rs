//! libpayments: wallet and benefit payments for point-of-sale software, behind one C ABI.
//!
//! In the order in which a call travels: [`ffi`] converts, [`engine`] decides, [`tender`] says what
//! is true and what is wanted, [`journal`] makes it durable, [`provider`] speaks the wallets'
//! languages. `device` is the edge, `text` what people read. Without default features only the pure
//! parts are built: what fuzzers and the simulation need.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)
)]

#[cfg(all(feature = "library", panic = "abort"))]
compile_error!(
    "a panic must become an error code, not the end of the till: build with panic = unwind"
);

pub mod device;
pub mod engine;
pub mod journal;
pub mod provider;
pub mod secret;
pub mod tender;
pub mod text;

#[cfg(feature = "library")]
pub mod clock;
#[cfg(feature = "library")]
pub mod config;
#[cfg(feature = "library")]
pub mod ffi;
