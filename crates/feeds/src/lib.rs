//! Carbon intensity from the formats in which it is published, as core series. Parses text; does no I/O.

pub mod csv;
pub mod pack;
pub mod replay;
pub mod shipped;
