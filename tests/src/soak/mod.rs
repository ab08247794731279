//! A soak, for as long as one likes: scrapers, slow clients, dropped connections, a service that fails, GPUs that hang,
//! vanish and return, resets, and the exporter killed again and again. At the end, the true energy of the fake GPUs is
//! compared with the ledger and the counters.

pub mod attribution;
pub mod clients;
pub mod counter_monitor;
pub mod driver;
pub mod feed;
pub mod fleet;
pub mod instance;
pub mod ledger;
pub mod plan;
pub mod report;
pub mod run;
