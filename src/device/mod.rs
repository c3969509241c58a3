//! What stands at the edge of the till: pictures of payment codes.

pub mod qr;
