//! The calculator's table of GPUs has the same embodied emissions as the core's table.

use std::collections::BTreeSet;

use gpu_carbon_core::embodied::MANUFACTURES;
use serde_json::Value;

const TABLE: &str = include_str!("../../feeds/data/gpus.json");

#[test]
fn embodied_emissions_are_those_of_the_core_and_each_row_has_its_source() {
    let table: Value = serde_json::from_str(TABLE).unwrap();
    let models = table["models"].as_array().unwrap();
    let mut known = BTreeSet::new();
    let mut published = Vec::new();
    for model in models {
        let id = model["id"].as_str().unwrap();
        assert!(known.insert(id), "{id} has two rows");
        assert!(model["watts"].as_f64().unwrap() > 0.0, "{id}");
        let source = model["source"].as_str().unwrap();
        assert!(source.ends_with(|c: char| c.is_ascii_digit()), "{id}: no year in `{source}`");
        if let Some(kilograms) = model["embodied_kilograms"].as_f64() {
            published.push((kilograms, model["embodied_source"].as_str().unwrap()));
        }
    }
    let mut core: Vec<_> =
        MANUFACTURES.iter().map(|known| (known.mass().as_kilograms(), known.source)).collect();
    core.sort_by(|a, b| a.0.total_cmp(&b.0));
    published.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert_eq!(published, core);
}
