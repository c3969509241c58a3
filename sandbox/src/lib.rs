//! Imitates the payment providers that libpayments talks to.
//!
//! The pure half has no sockets, no clock and no randomness: [`World`] is told what time it is and
//! what request arrived, and says what the network and the provider make of it. The same calls
//! always give the same answers, so it serves the simulation and, behind `server`, real HTTP alike.
//!
//! ```text
//! server  real sockets, TLS, the admin API and the customer's phone
//! world   what one request meets: chaos first, then the provider that owns the path
//! chaos   lost requests, lost answers, cut connections, wrong bodies: rules as data
//! ledger  what really happened to the money, in one shape for all providers
//! vipps, smartum, smartpay, paymaster   each its rules, and what its customers can do
//! ```
//!
//! ```
//! use sandbox::{Action, Matcher, Outcome, Rule, World, WorldSettings};
//!
//! let mut world = World::new(WorldSettings::default());
//! world.chaos().arm(Rule::new(Matcher::path("/accesstoken/get"), Action::LoseAnswer));
//!
//! let request = http::Request::post("/accesstoken/get").body(Vec::new()).unwrap();
//! let now_ms = 1_768_836_344_000;
//! assert!(matches!(world.exchange(now_ms, &request), Outcome::AnswerLost));
//! assert!(matches!(world.exchange(now_ms, &request), Outcome::Answer { .. }));
//! assert_eq!(world.requests().len(), 2);
//! ```

mod answer;
mod chaos;
mod clock;
mod ledger;
pub mod paymaster;
mod sequence;
pub mod smartpay;
pub mod smartum;
pub mod vipps;
mod world;

#[cfg(feature = "server")]
pub mod server;

pub use chaos::{Action, Chaos, Matcher, Rule};
pub use ledger::{LedgerEvent, LedgerRow};
pub use world::{ActError, Outcome, RequestRecord, SettingsError, World, WorldSettings};

/// A request as it arrived; the address may be absolute or only path and query.
pub type Request = http::Request<Vec<u8>>;

/// A complete answer.
pub type Response = http::Response<Vec<u8>>;
