//! Parsers of shares, which are numbers of percent.

use gpu_carbon_core::Ratio;
use gpu_carbon_core::boundary::HostShare;

/// Parses a share of the board power, from 1% to 100%.
///
/// # Errors
///
/// When the text is not such a share.
pub fn load(text: &str) -> Result<Ratio, String> {
    let expected = "expected a share of the board power from 1% to 100%, such as 80%";
    let allowed = percent(text).filter(|percent| (1.0..=100.0).contains(percent));
    allowed
        .and_then(|percent| Ratio::from_number(percent / 100.0).ok())
        .ok_or_else(|| expected.to_owned())
}

/// Parses the boundary of a job: `gpus`, `paper`, or the GPUs' share of a server's power, from 1% to 100%.
///
/// # Errors
///
/// When the text is none of them.
pub fn host_share(text: &str) -> Result<HostShare, String> {
    let share = match text.trim() {
        "gpus" => Some(HostShare::GPUS_ONLY),
        "paper" => Some(HostShare::PAPER),
        _ => percent(text).and_then(|percent| HostShare::own(percent).ok()),
    };
    share.ok_or_else(|| {
        "expected gpus, paper, or a share of a server's power from 1% to 100%, such as 60%"
            .to_owned()
    })
}

/// The number before a percent sign; `None` of any other text.
fn percent(text: &str) -> Option<f64> {
    text.trim().strip_suffix('%')?.trim().parse().ok()
}

/// Parses a share by which something may be exceeded, from 0% to 1000%.
///
/// # Errors
///
/// When the text is not such a share.
pub fn margin(text: &str) -> Result<f64, String> {
    let allowed = percent(text).filter(|percent| (0.0..=1000.0).contains(percent));
    let share = allowed.map(|percent| percent / 100.0);
    share.ok_or_else(|| "expected a share from 0% to 1000%, such as 5%".to_owned())
}
