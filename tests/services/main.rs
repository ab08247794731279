//! The client with a local server that answers as the services do.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails so")]

mod faults;
mod pages;
mod plan;
mod pull;
mod requests;

use std::time::Duration;

use gpu_carbon_core::{Interval, Timestamp};
use gpu_carbon_feeds::great_britain;
use gpu_carbon_fetch::{
    BaseUrl, Client, Credential, Eia, ElectricityMaps, EnergyCharts, GreatBritain, Ieso, Location,
    OpenElectricity, Pjm, Query, Service, Sgip, Version, WattTime,
};
use gpu_carbon_tests::machine;
use gpu_carbon_tests::services::{PASSWORD, Services, TOKEN, USER};

/// Files with the credentials, and every service at the local server.
struct Clients {
    folder: tempfile::TempDir,
    base: String,
    timeout: Duration,
}

impl Clients {
    fn of(services: &Services) -> Clients {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in [("user", USER), ("password", PASSWORD), ("token", TOKEN)] {
            std::fs::write(folder.path().join(file), format!("{text}\n")).unwrap();
        }
        // Long, since megabytes are read on a machine that does other things as well.
        let timeout = Duration::from_secs(20);
        Clients { folder, base: services.base_url(), timeout }
    }

    fn with_timeout(self, timeout: Duration) -> Clients {
        Clients { timeout, ..self }
    }

    fn client(&self) -> Client {
        Client::new(BaseUrl::new(&self.base).unwrap(), self.timeout)
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

    fn eia(&self) -> Service {
        Service::Eia(Eia::new(self.client(), "PJM", self.credential("token")))
    }

    fn sgip(&self) -> Service {
        let [user, password] = ["user", "password"].map(|file| self.credential(file));
        Service::Sgip(Sgip::new(self.client(), "SGIP_CAISO_PGE", user, password))
    }

    fn pjm(&self) -> Service {
        Service::Pjm(Pjm::new(self.client(), 1, self.credential("token")))
    }

    fn openelectricity(&self, region: &str) -> Service {
        let key = self.credential("token");
        Service::OpenElectricity(OpenElectricity::new(self.client(), region, key))
    }

    fn ieso(&self) -> Service {
        Service::Ieso(Ieso::new(self.client()))
    }

    fn all(&self) -> [Service; 9] {
        [
            self.watttime(Location::Region("CAISO_NORTH".to_owned())),
            self.maps(Version::V4),
            self.gb(great_britain::Place::National),
            self.charts(),
            self.eia(),
            self.sgip(),
            self.pjm(),
            self.openelectricity("NSW1"),
            self.ieso(),
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
