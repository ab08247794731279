//! Everything at once, for as long as one likes: scrapers, slow clients, dropped connections, a service that fails, GPUs
//! that hang, vanish and return, resets, and the exporter killed again and again. At the end stands what the fake GPUs
//! truly used, beside the ledger and the counters.

pub mod clients;
pub mod feed;
pub mod fleet;
pub mod ledger;
pub mod life;
pub mod plan;
pub mod report;
pub mod run;
pub mod witness;
