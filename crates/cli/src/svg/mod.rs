//! Charts as SVG: readable without scripts, fonts or style sheets from elsewhere, and described in words for people
//! who cannot see them.

pub(crate) mod axis;
mod canvas;
pub(crate) mod lines;
mod notes;
pub(crate) mod ranges;
mod text;
