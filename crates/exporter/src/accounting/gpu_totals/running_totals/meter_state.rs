//! The state of a GPU's meter, which the ledger holds for the next process.

use gpu_carbon_core::meter::MeterState;
use gpu_carbon_ledger::LastReading;

use super::RunningTotals;

impl RunningTotals {
    /// Records the state of the meter after a reading. It may have changed although nothing was counted: the counter
    /// showed a value that is doubted.
    pub(super) fn record_meter_state(&mut self) {
        let state = self.meter.state();
        let has_doubts = state.is_some_and(|state| state.unsettled.is_some());
        if state != self.meter_state && has_doubts {
            self.energy.mark_changed();
        }
        self.meter_state = state;
    }

    /// The last reading for the ledger.
    pub(super) fn last_reading(&self, boot: &str) -> Option<LastReading> {
        let MeterState { at, uptime, millijoules, unsettled } = self.meter_state?;
        let (boot, driver) = (boot.to_owned(), self.driver.to_string());
        Some(LastReading { at, millijoules, boot, uptime, driver, unsettled })
    }
}
