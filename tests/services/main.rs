//! The client with a local server that answers as the services do.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails so")]

mod faults;
mod pull;
mod requests;

use std::time::Duration;

use gpu_carbon_core::{Interval, Timestamp};
use gpu_carbon_feeds::great_britain;
use gpu_carbon_fetch::{
    BaseUrl, Client, Credential, ElectricityMaps, EnergyCharts, GreatBritain, Location, Query,
    Service, Version, WattTime,
};
use gpu_carbon_tests::machine;
use gpu_carbon_tests::services::{PASSWORD, Services, TOKEN, USER};

/// Files with the credentials, and every service at the local server.
struct Clients {
    folder: tempfile::TempDir,
    base: String,
}

impl Clients {
    fn of(services: &Services) -> Clients {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in [("user", USER), ("password", PASSWORD), ("token", TOKEN)] {
            std::fs::write(folder.path().join(file), format!("{text}\n")).unwrap();
        }
        Clients { folder, base: services.base_url() }
    }

    fn client(&self) -> Client {
        Client::new(BaseUrl::new(&self.base).unwrap(), Duration::from_millis(500))
    }

    fn credential(&self, file: &str) -> Credential {
        Credential::File(self.folder.path().join(file))
    }

    fn watttime(&self, place: Location) -> Service {
        let [user, password] = ["user", "password"].map(|file| self.credential(file));
        Service::WattTime(WattTime::new(self.client(), place, user, password))
    }

    fn maps(&self, version: Version) -> Service {
        let token = self.credential("token");
        Service::ElectricityMaps(ElectricityMaps::new(self.client(), version, "DE", token))
    }

    fn gb(&self, place: great_britain::Place) -> Service {
        Service::GreatBritain(GreatBritain::new(self.client(), place))
    }

    fn charts(&self) -> Service {
        Service::EnergyCharts(EnergyCharts::new(self.client(), "de"))
    }

    fn all(&self) -> [Service; 4] {
        [
            self.watttime(Location::Region("CAISO_NORTH".to_owned())),
            self.maps(Version::V4),
            self.gb(great_britain::Place::National),
            self.charts(),
        ]
    }
}

#[allow(clippy::cast_possible_truncation, reason = "seconds of our time")]
fn now() -> Timestamp {
    Timestamp::from_unix_seconds(machine::now() as i64)
}

fn questions() -> [Query; 3] {
    let day = gpu_carbon_core::Span::from_days(1);
    let history = Interval::new(now() - day - day - day, now() - day);
    [Query::Now, Query::Forecast, Query::History(history)]
}
