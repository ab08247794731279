//! The share of one workload in the energy of the host around its GPUs.

use gpu_carbon_core::{Energy, Mass, format};
use gpu_carbon_feeds::exporter_workload::HostCounters;

/// The share of one workload in the energy of the host so far, by component.
#[derive(Debug, Default)]
pub(super) struct HostTally(Vec<Component>);

#[derive(Debug)]
struct Component {
    last: HostCounters,
    energy: Energy,
    emissions: Mass,
}

impl HostTally {
    /// Adds the counters of a time.
    pub(super) fn add(&mut self, now: HostCounters) {
        let is_same = |it: &&mut Component| {
            (&it.last.component, &it.last.method) == (&now.component, &now.method)
        };
        let Some(known) = self.0.iter_mut().find(is_same) else {
            let (energy, emissions) = (Energy::default(), Mass::ZERO);
            return self.0.push(Component { last: now, energy, emissions });
        };
        // A workload that held no GPU for some time is forgotten, and begins at zero when it holds one again.
        let (energy, emissions) = match now.energy < known.last.energy {
            true => (now.energy, now.emissions),
            false => (
                now.energy.saturating_sub(known.last.energy),
                now.emissions.saturating_sub(known.last.emissions),
            ),
        };
        known.energy += energy;
        known.emissions += emissions;
        known.last = now;
    }

    /// A note about the share, if there is any.
    pub(super) fn note(&self) -> Option<String> {
        let used = || self.0.iter().filter(|it| it.energy > Energy::default());
        let energy: Energy = used().map(|it| it.energy).sum();
        let emissions: Mass = used().map(|it| it.emissions).sum();
        let parts: Vec<String> =
            used().map(|it| format!("{} by {}", it.last.component, it.last.method)).collect();
        (!parts.is_empty()).then(|| {
            format!(
                "beside its GPUs it used {} of the host ({}) and emitted {} by that, by the exporter's intensities and PUE: these figures leave that out",
                format::energy(energy),
                parts.join(", "),
                format::mass(emissions)
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The note after readings of two components.
    fn note(readings: &[[f64; 2]]) -> Option<String> {
        let mut tally = HostTally::default();
        for joules in readings {
            for (component, joules) in ["cpu", "memory"].into_iter().zip(joules) {
                tally.add(HostCounters {
                    component: component.to_owned(),
                    method: "counter".to_owned(),
                    energy: Energy::from_joules(*joules).unwrap(),
                    emissions: Mass::from_grams(joules / 100.0).unwrap(),
                });
            }
        }
        tally.note()
    }

    #[test]
    fn the_growth_of_each_component_is_added_up() {
        assert_eq!(note(&[]), None);
        assert_eq!(note(&[[7.0, 3.0], [7.0, 3.0]]), None, "the exporter counted before");
        let cpu = note(&[[7.0, 3.0], [4007.0, 3.0]]).unwrap();
        assert!(cpu.contains("1.11 Wh of the host (cpu by counter) and emitted 40.0 g"), "{cpu}");
        let forgotten = note(&[[7.0, 3.0], [3607.0, 3603.0], [3600.0, 3603.0]]).unwrap();
        let expected = "3.00 Wh of the host (cpu by counter, memory by counter) and emitted 108 g";
        assert!(forgotten.contains(expected), "{forgotten}");
    }
}
