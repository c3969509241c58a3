//! What stands at the edge of the till: pictures of payment codes, the scanner that reads them.

#[cfg(feature = "library")]
mod frames;
pub mod qr;
#[cfg(feature = "library")]
pub mod scanner;
