//! The production loop in a simulated world: clock, network, disk, customers and crashes are ours,
//! `engine::Core` is what ships.

mod checker;
mod random;
mod sabotage;
mod scenario;
mod scenarios;
mod situations;
mod till;
#[allow(dead_code, reason = "read by the run over HTTP")]
mod trace;
mod wire;
mod world;
