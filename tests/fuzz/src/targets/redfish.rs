//! The answers of a BMC: any texts, one for each request, show a power and an energy that can be true, or are refused in one line.

use gpu_carbon_host::redfish::{PowerSource, Quantity};

pub(crate) fn run(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    for quantity in [Quantity::Power, Quantity::Energy] {
        let mut answers = text.split('\0');
        let mut request = |path: &str| {
            assert!(path.starts_with("/redfish/v1/") && path.bytes().all(|it| it.is_ascii_graphic()));
            answers.next().map(str::to_owned).ok_or("no answer")
        };
        let source = PowerSource::find(None, quantity, &mut request);
        let shown = match source {
            Ok(source) => source.read(&mut request),
            Err(error) => return crate::is_one_line(&error),
        };
        match shown {
            Ok(shown) => {
                let watts = shown.power.map(|power| power.as_watts());
                // Several supplies, each of 50 kW at most.
                assert!(watts.is_none_or(|watts| watts > 0.0 && watts <= 128.0 * 50_000.0), "{watts:?}");
                assert!(shown.power.is_some() || shown.microjoules.is_some());
            }
            Err(error) => crate::is_one_line(&error),
        }
    }
}
