//! The calculator's table of services says of each what the readers say.

use gpu_carbon_core::Scope;
use gpu_carbon_feeds::{Account, Service};
use serde_json::Value;

const TABLE: &str = include_str!("../../../web/data/services.json");

#[test]
fn the_signal_the_scope_the_forecast_and_the_account_are_those_of_the_readers() {
    let table: Value = serde_json::from_str(TABLE).unwrap();
    let described = table["services"].as_object().unwrap();
    assert_eq!(described.len(), Service::ALL.len());
    for service in Service::ALL {
        let name = service.name();
        let found = |field: &str| described[name][field].as_str().unwrap();
        assert_eq!(found("signal"), service.signal().name(), "{name}");
        let is_life_cycle = service.scope() == Scope::Co2eLifecycle;
        assert_eq!(found("scope").ends_with("over the life cycle"), is_life_cycle, "{name}");
        assert_eq!(found("scope").ends_with("of combustion"), !is_life_cycle, "{name}");
        assert_eq!(!found("ahead").is_empty(), service.has_forecast(), "{name}");
        let account = match service.account() {
            Account::None => "none",
            Account::Free => "free",
            Account::Contract => "one_zone",
        };
        assert_eq!(found("account"), account, "{name}");
    }
}
