//! Rules and configurations that wait less, and are the same in all else.

/// How much shorter the windows of a query become: [`shortened`] rules look at seconds for minutes.
const WINDOWS: u64 = 60;

/// How much shorter the waiting becomes: `for`, `keep_firing_for`, Alertmanager's intervals.
const WAITS: u64 = 300;

/// A copy of Prometheus' rules, or of Alertmanager's configuration, with each duration divided. What is in
/// quotes stays: a label's value is no duration.
#[must_use]
pub fn shortened(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| {
            let waits = line.trim_start().split(':').next().is_some_and(|key| {
                ["for", "keep_firing_for", "group_wait", "group_interval"].contains(&key)
            });
            durations(line, if waits { WAITS } else { WINDOWS })
        })
        .collect()
}

/// A line with the durations that stand in it as words divided.
fn durations(line: &str, divisor: u64) -> String {
    let mut shorter = String::new();
    for word in line.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let end = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).len();
        let (duration, rest) = word.split_at(end);
        match milliseconds(duration) {
            Some(long) if !shorter.ends_with(['"', '\'']) => {
                shorter.push_str(&format!("{}ms", long / divisor));
            }
            _ => shorter.push_str(duration),
        }
        shorter.push_str(rest);
    }
    shorter
}

/// The length of a duration as Prometheus writes it, `1h30m`, or nothing.
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
    use super::shortened;

    #[test]
    fn divides_durations_and_nothing_else() {
        let rules = "for: 5m\nkeep_firing_for: 10m\nexpr: a:rate5m[59m30s] offset 1h > 2 * 3600\n\
                     b{horizon=\"1h\"}[3m]\n";
        let shorter = "for: 1000ms\nkeep_firing_for: 2000ms\nexpr: a:rate5m[59500ms] offset 60000ms > 2 * 3600\n\
                       b{horizon=\"1h\"}[3000ms]\n";
        assert_eq!(shortened(rules), shorter);
    }
}
