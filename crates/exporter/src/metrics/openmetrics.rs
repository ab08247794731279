//! OpenMetrics 1.0.0 (<https://prometheus.io/docs/specs/om/open_metrics_spec/>). Written here, since no
//! kept crate writes both formats from one list of samples.

use std::fmt::{self, Display, Write as _};

use super::{Family, Kind};

/// The page.
pub(super) fn write(families: &[Family]) -> String {
    let mut page = String::new();
    // Writing to a string cannot fail.
    let _ = families.iter().try_for_each(|family| write_family(&mut page, family));
    page.push_str("# EOF\n");
    page
}

fn write_family(page: &mut String, family: &Family) -> fmt::Result {
    let metric = &family.metric;
    let (name, kind) = match metric.kind {
        Kind::Gauge => (metric.name, "gauge"),
        Kind::Counter => (metric.name.strip_suffix("_total").unwrap_or(metric.name), "counter"),
    };
    writeln!(page, "# TYPE {name} {kind}")?;
    if let Some(unit) = metric.unit {
        writeln!(page, "# UNIT {name} {unit}")?;
    }
    writeln!(page, "# HELP {name} {}", Escaped(metric.help))?;
    for sample in &family.samples {
        let labels = Labels(&sample.labels);
        writeln!(page, "{}{labels} {}", metric.name, Number(sample.value))?;
        if let (Kind::Counter, Some(created)) = (metric.kind, sample.created) {
            writeln!(page, "{name}_created{labels} {}", Number(created.as_unix_seconds()))?;
        }
    }
    Ok(())
}

struct Labels<'a>(&'a [(&'static str, String)]);

impl Display for Labels<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (name, value)) in self.0.iter().enumerate() {
            let open = if position == 0 { '{' } else { ',' };
            write!(f, "{open}{name}=\"{}\"", Escaped(value))?;
        }
        if self.0.is_empty() { Ok(()) } else { f.write_char('}') }
    }
}

struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '\\' => f.write_str("\\\\")?,
                '"' => f.write_str("\\\"")?,
                '\n' => f.write_str("\\n")?,
                letter => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

struct Number(f64);

impl Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            f64::INFINITY => f.write_str("+Inf"),
            number => write!(f, "{number}"),
        }
    }
}
