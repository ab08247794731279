//! One whole GPU, and its meters.

use gpu_carbon_core::Power;
use gpu_carbon_core::meter::Limits;

use super::error::{DriverError, ErrorScope, IMPLAUSIBLE};

/// One whole GPU of the host, never a MIG instance of it, so that no energy is counted twice.
#[derive(Debug)]
pub struct Gpu<'library> {
    pub(super) device: nvml_wrapper::Device<'library>,
    /// The power that the board cannot exceed; `None` if the driver reports no limit.
    board_ceiling: Option<Power>,
}

/// The number of times that the greatest limit of a board's power is more than it can draw. Boards exceed their limit for
/// milliseconds at most, and the power is a mean over more.
const BOARD_MARGIN: u32 = 2;

/// The least limit in milliwatts that is taken for one, since some drivers report 0 where there is none.
const LEAST_BOARD_LIMIT: u32 = 10_000;

impl<'library> Gpu<'library> {
    /// The GPU of a device.
    pub(super) fn new(device: nvml_wrapper::Device<'library>) -> Gpu<'library> {
        Gpu { board_ceiling: board_ceiling(&device), device }
    }

    /// Checks that the GPU answers: that one of its meters can be read, or that it has none.
    ///
    /// # Errors
    ///
    /// The error of the meter that does not answer.
    pub fn check(&self) -> Result<(), DriverError> {
        let power = self.power().map(drop);
        let counter = self.millijoules().map(drop);
        power.or(counter).or_else(|error| if error.is_unsupported() { Ok(()) } else { Err(error) })
    }

    /// Reads the energy since the driver was loaded, in millijoules.
    ///
    /// # Errors
    ///
    /// If the GPU has no energy counter, or the driver does not answer for it.
    pub fn millijoules(&self) -> Result<u64, DriverError> {
        Ok(self.device.total_energy_consumption()?)
    }

    /// Reads the power as the driver reports it: the mean over one second on Ampere (except GA100) and newer
    /// architectures, and the present power on older ones (NVML API reference, `nvmlDeviceGetPowerUsage`).
    ///
    /// # Errors
    ///
    /// If the driver does not answer for this GPU, and [`IMPLAUSIBLE`] for more power than any GPU draws.
    pub fn power(&self) -> Result<Power, DriverError> {
        let milliwatts = self.device.power_usage()?;
        let ceiling = Limits::default().ceiling;
        plausible(Power::from_milliwatts(milliwatts), ceiling, "no GPU draws")
    }

    /// Checks a power against what the board can draw, by the limit that the driver reports.
    ///
    /// # Errors
    ///
    /// [`IMPLAUSIBLE`] for more.
    pub fn check_board(&self, power: Power) -> Result<Power, DriverError> {
        match self.board_ceiling {
            Some(ceiling) => plausible(power, ceiling, "this board, by its limit, does not draw"),
            None => Ok(power),
        }
    }

    /// Reads the number of the device file, `/dev/nvidiaN`, which may differ from the index; `None` if the driver has none.
    pub fn minor_number(&self) -> Option<u32> {
        self.device.minor_number().ok()
    }
}

/// A power, unless it is above a ceiling.
fn plausible(power: Power, ceiling: Power, who_draws: &str) -> Result<Power, DriverError> {
    if power <= ceiling {
        return Ok(power);
    }
    let (watts, most) = (power.as_watts(), ceiling.as_watts());
    let reason =
        format!("the driver reports a power of {watts} W, and {who_draws} more than {most} W");
    Err(DriverError { kind: IMPLAUSIBLE, scope: ErrorScope::Call, reason })
}

/// The power that a board cannot exceed.
fn board_ceiling(device: &nvml_wrapper::Device<'_>) -> Option<Power> {
    let limit = device.power_management_limit_constraints().ok()?.max_limit;
    let ceiling = limit.checked_mul(BOARD_MARGIN).filter(|_| limit >= LEAST_BOARD_LIMIT)?;
    Some(Power::from_milliwatts(ceiling))
}
