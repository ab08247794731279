//! Writers of a disclosure, one for each format.

mod html;
mod impact_framework;
mod json;
mod markdown;
mod number;
mod yaml;

pub(super) use html::write as html;
pub(super) use impact_framework::write as impact_framework;
pub(super) use json::write as json;
pub(super) use markdown::write as markdown;
pub(super) use yaml::write as yaml;
