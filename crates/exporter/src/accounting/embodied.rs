//! The figures by which the embodied emissions of GPUs are computed.

use gpu_carbon_core::Span;
use gpu_carbon_core::embodied::{CountedFigure, CountedServer, EmbodiedBasis, Manufacture};

/// The figures of manufacture that the operator sets.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EmbodiedSettings {
    /// The figure of one GPU; `None` for the published one of its model.
    pub gpu: Option<CountedFigure>,
    /// The server around the GPUs; `None` where it is not counted.
    pub server: Option<CountedServer>,
}

impl EmbodiedSettings {
    /// The figures of a GPU, by the name of its model in NVML. Where its own is unknown, no server is counted.
    pub(super) fn basis(&self, model: &str, lifespan: Span) -> EmbodiedBasis {
        let published = || Manufacture::of(model).map(CountedFigure::published);
        let gpu = self.gpu.clone().or_else(published);
        let server = self.server.clone().filter(|_| gpu.is_some());
        EmbodiedBasis { gpu, server, lifespan }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gpu_carbon_core::Mass;
    use gpu_carbon_core::embodied::{FigureOrigin, LIFESPAN, SERVERS};

    #[test]
    fn the_configured_figure_comes_before_the_published_one_and_no_server_stands_alone() {
        let [server] = SERVERS;
        let server = CountedServer { figure: CountedFigure::published(&server), gpus: 8 };
        let settings = EmbodiedSettings { gpu: None, server: Some(server) };
        let kilograms = |settings: &EmbodiedSettings, model| {
            let basis = settings.basis(model, LIFESPAN);
            (basis.name(), basis.mass().map(Mass::as_kilograms), basis.server.is_some())
        };
        let h100 = "NVIDIA H100 80GB HBM3";
        assert_eq!(kilograms(&settings, h100), ("published", Some(876.5), true));
        assert_eq!(kilograms(&settings, "NVIDIA L40S"), ("unknown", None, false));
        let figure = CountedFigure {
            mass: Mass::from_kilograms(100.0).unwrap(),
            origin: FigureOrigin::Operator(None),
        };
        let configured = EmbodiedSettings { gpu: Some(figure), ..settings };
        assert_eq!(kilograms(&configured, h100), ("configured", Some(812.5), true));
        assert_eq!(kilograms(&configured, "NVIDIA L40S"), ("configured", Some(812.5), true));
    }
}
