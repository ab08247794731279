//! Rules and configurations with scaled durations, for tests that cannot wait for minutes.

/// Divisor for the windows of a query: minutes become seconds.
const WINDOWS: u64 = 60;

/// Divisor for the waits: `for`, `keep_firing_for`, Alertmanager's intervals.
const WAITS: u64 = 300;

/// Copies Prometheus' rules, or Alertmanager's configuration, and divides each duration. Text in quotes is left as it
/// is: a label's value is no duration.
#[must_use]
pub fn scale_durations(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| {
            let waits = line.trim_start().split(':').next().is_some_and(|key| {
                ["for", "keep_firing_for", "group_wait", "group_interval"].contains(&key)
            });
            durations(line, if waits { WAITS } else { WINDOWS })
        })
        .collect()
}

/// Copies a line, and divides each word that is a duration.
fn durations(line: &str, divisor: u64) -> String {
    let mut scaled = String::new();
    for word in line.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let end = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).len();
        let (duration, rest) = word.split_at(end);
        match milliseconds(duration) {
            Some(long) if !scaled.ends_with(['"', '\'']) => {
                scaled.push_str(&format!("{}ms", long / divisor));
            }
            _ => scaled.push_str(duration),
        }
        scaled.push_str(rest);
    }
    scaled
}

/// Milliseconds of a duration in Prometheus' notation, such as `1h30m`; `None` of any other text.
fn milliseconds(mut text: &str) -> Option<u64> {
    let mut sum = 0;
    while !text.is_empty() || sum == 0 {
        let digits = text.find(|c: char| !c.is_ascii_digit())?;
        let (number, rest) = text.split_at(digits);
        let end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (unit, rest) = rest.split_at(end);
        let unit = match unit {
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        sum += number.parse::<u64>().ok()? * unit;
        text = rest;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::scale_durations;

    #[test]
    fn durations_are_divided_and_nothing_else() {
        let rules = "for: 5m\nkeep_firing_for: 10m\nexpr: a:rate5m[59m30s] offset 1h > 2 * 3600\n\
                     b{horizon=\"1h\"}[3m]\n";
        let scaled = "for: 1000ms\nkeep_firing_for: 2000ms\nexpr: a:rate5m[59500ms] offset 60000ms > 2 * 3600\n\
                       b{horizon=\"1h\"}[3000ms]\n";
        assert_eq!(scale_durations(rules), scaled);
    }
}
