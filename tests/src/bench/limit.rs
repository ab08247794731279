//! Goals, and the verdict on each.

use super::table::number;

/// A bound on a value.
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    /// The value or more.
    AtLeast(f64),
    /// More.
    Above(f64),
    /// Less.
    Below(f64),
}

impl Limit {
    fn allows(self, value: f64) -> bool {
        match self {
            Limit::AtLeast(limit) => value >= limit,
            Limit::Above(limit) => value > limit,
            Limit::Below(limit) => value < limit,
        }
    }

    /// A line that says whether every value is within the limit, with the values and the places where they were measured.
    #[must_use]
    pub fn verdict(self, what: &str, values: &[(String, f64)]) -> String {
        let (sign, limit) = match self {
            Limit::AtLeast(limit) => (">=", limit),
            Limit::Above(limit) => (">", limit),
            Limit::Below(limit) => ("<", limit),
        };
        let verdict = if values.is_empty() {
            "unknown"
        } else if values.iter().all(|(_, value)| self.allows(*value)) {
            "met"
        } else {
            "MISSED"
        };
        let shown = |(place, value): &(String, f64)| format!("{} {place}", number(*value));
        let shown = values.iter().map(shown).collect::<Vec<_>>().join(", ");
        let shown = if shown.is_empty() { "not measured".to_owned() } else { shown };
        format!("{verdict:<7}  {sign} {limit} {what}: {}", shown.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_met_where_every_value_is_within_it() {
        let values = [("here".to_owned(), 0.5), ("there".to_owned(), 1.0)];
        let all = Limit::AtLeast(0.5).verdict("s", &values);
        assert_eq!(all, "met      >= 0.5 s: 0.500 here, 1.00 there");
        assert_eq!(
            Limit::Below(1.0).verdict("s", &values),
            "MISSED   < 1 s: 0.500 here, 1.00 there"
        );
        assert_eq!(Limit::Above(0.5).verdict("s", &values[1..]), "met      > 0.5 s: 1.00 there");
        assert_eq!(Limit::Above(0.0).verdict("s", &[]), "unknown  > 0 s: not measured");
    }
}
