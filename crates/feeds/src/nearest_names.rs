//! The known names that come nearest to an unknown one, for error messages.

/// The names that a message suggests at most.
const SUGGESTIONS: usize = 3;

/// The nearest names by the similarity of Jaro and Winkler, the nearest first and joined by commas; of equally near ones, the
/// one given first. The comparison is of `form(name)` with `wanted`, so that spelling may be simplified.
pub(crate) fn nearest_names<'a>(
    wanted: &str,
    names: impl Iterator<Item = &'a str>,
    form: impl Fn(&str) -> String,
) -> String {
    let similarity = |name: &str| strsim::jaro_winkler(&form(name), wanted);
    let mut nearest: Vec<_> = names.map(|name| (similarity(name), name)).collect();
    nearest.sort_by(|a, b| b.0.total_cmp(&a.0));
    let nearest: Vec<_> = nearest.into_iter().take(SUGGESTIONS).map(|(_, name)| name).collect();
    nearest.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_come_first_and_equals_stay_in_order() {
        let names = ["zebra", "us-east-2", "us-east-1", "eu-west-1"];
        let nearest = nearest_names("us-east-9", names.into_iter(), str::to_lowercase);
        assert_eq!(nearest, "us-east-2, us-east-1, eu-west-1");
        assert_eq!(nearest_names("x", ["a"].into_iter(), str::to_owned), "a");
        assert_eq!(nearest_names("x", [].into_iter(), str::to_owned), "");
    }
}
