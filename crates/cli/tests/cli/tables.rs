//! The paper's Tables 4 and 5 on the bundled series, in `crates/core/TABLES.md`.
//!
//! `UPDATE_GOLDEN=1 cargo test` writes the table of that document from what `evaluate` finds.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use gpu_carbon_core::Signal;
use gpu_carbon_feeds::bundled::BundledSeries;

use crate::harness::succeed;

const JOBS: [(&str, &str); 11] = [
    ("bert_finetune", "BERT ft"),
    ("bert_lm", "BERT LM"),
    ("transformer_6b", "6B"),
    ("densenet_121", "D121"),
    ("densenet_169", "D169"),
    ("densenet_201", "D201"),
    ("vit_tiny", "ViT T"),
    ("vit_small", "ViT S"),
    ("vit_base", "ViT B"),
    ("vit_large", "ViT L"),
    ("vit_huge", "ViT H"),
];

/// A row of the paper (Dodge et al., FAccT 2022, Tables 4 and 5): the window, the measure, and the number of each job.
type PaperRow = (&'static str, Measure, [f64; 11]);

/// The paper's rows: savings in percent over 16 regions and 60 starts, and the pauses in an hour where the paper has them.
const PAPER: [PaperRow; 19] = [
    ("6h", FS, [6.9, 1.2, 0.2, 15.3, 14.9, 14.5, 2.3, 2.2, 1.7, 0.5, 0.2]),
    ("6h", PR, [9.4, 2.9, 0.8, 15.8, 15.5, 15.3, 5.5, 5.3, 4.8, 1.5, 0.7]),
    ("6h", PAUSES, [0.41, 0.21, 0.06, 0.22, 0.27, 0.28, 0.29, 0.3, 0.29, 0.11, 0.06]),
    ("12h", FS, [10.1, 2.3, 0.3, 21.6, 21.1, 20.6, 3.8, 3.6, 2.7, 0.8, 0.3]),
    ("12h", PR, [13.8, 5.3, 1.4, 22.2, 21.7, 21.5, 8.3, 8.1, 7.7, 2.7, 1.3]),
    ("18h", FS, [13.3, 2.9, 0.4, 24.1, 23.7, 23.2, 4.9, 4.6, 3.6, 1.1, 0.4]),
    ("18h", PR, [17.4, 7.0, 2.0, 24.9, 24.5, 24.2, 10.8, 10.5, 9.9, 3.8, 1.9]),
    ("24h", FS, [14.5, 3.4, 0.5, 26.8, 26.4, 25.9, 5.6, 5.3, 4.2, 1.3, 0.5]),
    ("24h", PR, [19.0, 8.5, 2.5, 27.7, 27.3, 27.1, 12.5, 12.3, 11.7, 4.7, 2.4]),
    ("24h", PAUSES, [0.23, 0.3, 0.15, 0.06, 0.07, 0.08, 0.3, 0.3, 0.3, 0.23, 0.14]),
    ("25%", FS, [1.9, 1.7, 0.8, 0.6, 0.4, 0.4, 1.8, 1.8, 1.6, 1.3, 0.9]),
    ("25%", PR, [3.1, 4.1, 4.5, 0.7, 0.6, 0.5, 4.5, 4.6, 4.4, 4.4, 4.5]),
    ("50%", FS, [3.6, 2.9, 1.5, 1.0, 1.3, 1.2, 3.3, 3.1, 2.5, 2.1, 1.6]),
    ("50%", PR, [5.5, 7.0, 7.4, 1.1, 1.5, 1.6, 7.2, 7.0, 7.0, 7.3, 7.4]),
    ("75%", FS, [5.4, 3.6, 2.0, 1.5, 1.7, 1.9, 4.2, 4.0, 3.3, 2.8, 2.2]),
    ("75%", PR, [7.6, 9.2, 9.6, 1.6, 2.0, 2.4, 9.2, 9.3, 9.2, 9.6, 9.6]),
    ("100%", FS, [7.0, 4.1, 2.6, 1.8, 2.5, 2.7, 5.0, 4.8, 3.9, 3.3, 3.0]),
    ("100%", PR, [9.5, 11.0, 11.4, 2.0, 2.8, 3.1, 11.0, 11.0, 10.8, 11.4, 11.3]),
    ("100%", PAUSES, [0.42, 0.29, 0.27, 1.5, 1.88, 2.0, 0.31, 0.32, 0.31, 0.27, 0.26]),
];

/// A column of the table that `evaluate` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Measure {
    name: &'static str,
    column: usize,
    factor: i32,
    decimals: usize,
}

const FS: Measure = Measure { name: "FS %", column: 4, factor: 100, decimals: 1 };
const PR: Measure = Measure { name: "PR %", column: 5, factor: 100, decimals: 1 };
const PAUSES: Measure = Measure { name: "p/h", column: 6, factor: 1, decimals: 2 };

/// The numbers of a series by job and window.
type Numbers = BTreeMap<(String, String), [f64; 3]>;

/// The savings on a series in its own year, by the jobs, the windows and the starts of the paper.
fn numbers(series: BundledSeries) -> Numbers {
    let line = format!("evaluate --intensity {} --gaps same-hour --format csv", series.name());
    let table = succeed(&line);
    let rows = table.lines().skip(1).map(|row| row.split(',').collect::<Vec<_>>());
    let of_mean = rows.filter(|row| row[2] == "mean");
    let numbers = of_mean.map(|row| {
        let number = |measure: Measure| {
            row[measure.column].parse::<f64>().unwrap() * f64::from(measure.factor)
        };
        ((row[0].to_owned(), row[1].to_owned()), [FS, PR, PAUSES].map(number))
    });
    numbers.collect()
}

/// The mean over some series of one number.
fn mean(all: &[Numbers], job: &str, window: &str, measure: Measure) -> f64 {
    let index = [FS, PR, PAUSES].iter().position(|it| *it == measure).unwrap();
    let key = (job.to_owned(), window.to_owned());
    let sum: f64 = all.iter().map(|numbers| numbers[&key][index]).sum();
    sum / f64::from(u32::try_from(all.len()).unwrap())
}

fn table(europe: &[Numbers], california: &[Numbers]) -> String {
    let names = JOBS.map(|(_, title)| title).join(" | ");
    let mut text = format!("| window | | data | {names} |\n|---|---|---|{}\n", "---:|".repeat(11));
    for (window, measure, paper) in PAPER {
        let cells = |numbers: [f64; 11]| {
            numbers.map(|number| format!("{number:.*}", measure.decimals)).join(" | ")
        };
        let of = |all| cells(JOBS.map(|(job, _)| mean(all, job, window, measure)));
        let Measure { name, .. } = measure;
        for (data, cells) in
            [("paper", cells(paper)), ("Europe", of(europe)), ("California", of(california))]
        {
            writeln!(text, "| +{window} | {name} | {data} | {cells} |").unwrap();
        }
    }
    text
}

#[test]
fn the_papers_tables_on_the_bundled_series_are_those_of_the_document() {
    let of = |signal| -> Vec<Numbers> {
        let series = BundledSeries::ALL.into_iter().filter(|it| it.signal() == signal);
        series.map(numbers).collect()
    };
    let (europe, california) = (of(Signal::Average), of(Signal::Marginal));
    assert_eq!((europe.len(), california.len()), (14, 2));
    let found = table(&europe, &california);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/TABLES.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let start = document.find("| window |").unwrap();
    let end = start + document[start..].find("\n\n").unwrap() + 1;
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let updated = format!("{}{found}{}", &document[..start], &document[end..]);
        std::fs::write(&path, updated).unwrap();
        return;
    }
    assert!(document[start..end] == found, "TABLES.md differs; it is now:\n{found}");
}
