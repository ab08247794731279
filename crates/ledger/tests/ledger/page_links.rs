//! Pages that refer to one another: a table has no end then, or its rows twice. Each reading ends, and no row counts twice.

use std::fs;
use std::path::Path;

use gpu_carbon_core::{Interval, Quality, Signal, Span, Timestamp};
use gpu_carbon_ledger::report::{History, Report};
use gpu_carbon_ledger::{Ledger, OpenError, Opened, Reader};
use rusqlite::Connection;

use crate::fixtures::{ZONE, at, batch, folder, gpu, posting, presence};

const PAGE: usize = 4096;
const GPUS: u32 = 3;
const SLOTS: u32 = 250;

/// The types of pages with children: those of tables with row ids, and of other tables and indices.
const PARENTS: [u8; 2] = [5, 2];
const TABLE_LEAF: u8 = 13;

/// A ledger whose tables with rows have several pages.
fn write_sound(path: &Path) {
    let (mut ledger, _) = Ledger::open(path, at(0)).unwrap();
    for index in 0..GPUS {
        let slots = || (0..i64::from(SLOTS)).map(|slot| slot * 300);
        let used = slots()
            .map(|slot| posting(slot, (slot % 1500 != 0).then_some(Quality::Measured), 100.0, 0.5));
        let present = slots().map(|slot| presence(slot, 300.0)).collect();
        let mut one = gpu(index, used.collect(), present);
        one.last = one.last.map(|last| gpu_carbon_ledger::LastReading { at: at(100_000), ..last });
        ledger.write(&batch(vec![one])).unwrap();
    }
    ledger.close().unwrap();
}

/// The first pages of all tables and indices, by their names.
fn roots(path: &Path) -> Vec<(String, u32)> {
    let connection = Connection::open(path).unwrap();
    let sql = "SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0";
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// A page of a B-tree with children.
struct Parent<'a> {
    page: &'a mut [u8],
}

impl Parent<'_> {
    /// The places of the page numbers of its children, of which the header has the last.
    fn links(&self) -> Vec<usize> {
        let cells = usize::from(u16::from_be_bytes([self.page[3], self.page[4]]));
        let cell = |number: usize| {
            let at = 12 + 2 * number;
            usize::from(u16::from_be_bytes([self.page[at], self.page[at + 1]]))
        };
        (0..cells).map(cell).chain([8]).collect()
    }

    fn children(&self) -> Vec<u32> {
        let number = |at| u32::from_be_bytes(self.page[at..at + 4].try_into().unwrap());
        self.links().into_iter().map(number).collect()
    }

    fn set_children(&mut self, child: impl Fn(usize) -> u32) {
        for (position, at) in self.links().into_iter().enumerate() {
            self.page[at..at + 4].copy_from_slice(&child(position).to_be_bytes());
        }
    }
}

/// The content of a file whose links are changed.
struct Links {
    bytes: Vec<u8>,
    root: u32,
}

impl Links {
    fn page(&mut self, number: u32) -> &mut [u8] {
        let at = (usize::try_from(number).unwrap() - 1) * PAGE;
        &mut self.bytes[at..at + PAGE]
    }

    fn root(&mut self) -> Parent<'_> {
        Parent { page: self.page(self.root) }
    }

    /// Adds a page, and returns its number.
    fn append(&mut self, page: &[u8]) -> u32 {
        self.bytes.extend_from_slice(page);
        let pages = u32::try_from(self.bytes.len() / PAGE).unwrap();
        self.bytes[28..32].copy_from_slice(&pages.to_be_bytes());
        pages
    }

    /// Gives a root without children a child with all of its cells, and 99 cells of its own.
    fn grow(&mut self) {
        let leaf = self.root().page.to_vec();
        if PARENTS.contains(&leaf[0]) {
            return;
        }
        let child = self.append(&leaf).to_be_bytes();
        let mut root = vec![0; PAGE];
        let (kind, rest) = if leaf[0] == TABLE_LEAF { (5, vec![1]) } else { (2, leaf_cell(&leaf)) };
        root[0] = kind;
        let cells = 99.min((PAGE - 12) / (rest.len() + 6));
        root[3..5].copy_from_slice(&u16::try_from(cells).unwrap().to_be_bytes());
        root[8..12].copy_from_slice(&child);
        let mut content = PAGE;
        for cell in 0..cells {
            content -= rest.len() + 4;
            root[content..content + 4].copy_from_slice(&child);
            root[content + 4..content + 4 + rest.len()].copy_from_slice(&rest);
            let at = u16::try_from(content).unwrap().to_be_bytes();
            root[12 + 2 * cell..14 + 2 * cell].copy_from_slice(&at);
        }
        root[5..7].copy_from_slice(&u16::try_from(content).unwrap().to_be_bytes());
        self.root().page.copy_from_slice(&root);
    }
}

/// The first cell of an index's page without children; a row of NULLs where the page has none.
fn leaf_cell(leaf: &[u8]) -> Vec<u8> {
    if leaf[4] == 0 {
        return vec![3, 3, 0, 0];
    }
    let at = usize::from(u16::from_be_bytes([leaf[8], leaf[9]]));
    let length = usize::from(leaf[at]);
    assert!(length < 128, "a short row");
    leaf[at..at + 1 + length].to_vec()
}

type Change = fn(&mut Links);

const CHANGES: [(&str, Change); 5] = [
    ("each child is the first one", |links| {
        let first = links.root().children()[0];
        links.root().set_children(|_| first);
    }),
    ("the children are in reverse order", |links| {
        let children = links.root().children();
        links.root().set_children(|position| children[children.len() - 1 - position]);
    }),
    ("each child is the page itself", |links| {
        let root = links.root;
        links.root().set_children(|_| root);
    }),
    ("the middle child is the page itself", |links| {
        let (children, root) = (links.root().children(), links.root);
        let middle = children.len() / 2;
        links.root().set_children(|at| if at == middle { root } else { children[at] });
    }),
    ("ten levels of pages have each the next as all of their children", |links| {
        let mut child = links.root().children()[0];
        for _ in 0..10 {
            links.root().set_children(|_| child);
            let page = links.root().page.to_vec();
            child = links.append(&page);
        }
        links.root().set_children(|_| child);
    }),
];

#[test]
fn pages_that_refer_to_one_another_cost_no_total_and_no_row_counts_twice() {
    let (_folder, path) = folder();
    write_sound(&path);
    let sound = fs::read(&path).unwrap();
    for (name, root) in roots(&path) {
        for (words, change) in CHANGES {
            let mut links = Links { bytes: sound.clone(), root };
            links.grow();
            change(&mut links);
            let (_folder, path) = folder();
            fs::write(&path, &links.bytes).unwrap();
            let context = format!("{name}: {words}");
            let is_changed = links.bytes != sound;
            check_reading(&path, &context);
            check_writing(&path, &context, is_changed);
        }
    }
}

/// All energy of a sound ledger, in joules.
fn all_joules() -> f64 {
    f64::from(GPUS * SLOTS) * 100.0
}

fn check_reading(path: &Path, context: &str) {
    let reader = match Reader::open(path) {
        Ok(reader) => reader,
        Err(error) => return assert!(!error.to_string().contains('\n'), "{context}"),
    };
    let all = Interval::new(Timestamp::FIRST, Timestamp::FIRST + Span::ALL);
    let (mut rows, mut joules, mut seconds) = (0, 0.0, 0.0);
    reader
        .usage_rows(all, |row| {
            rows += 1;
            joules += row.energy.total_joules();
        })
        .unwrap();
    reader.presence_rows(all, |row| seconds += row.seconds).unwrap();
    assert!(rows <= GPUS * SLOTS, "{context}: {rows} rows");
    assert!(joules <= all_joules(), "{context}: {joules} J");
    assert!(seconds <= f64::from(GPUS * SLOTS) * 300.0, "{context}: {seconds} s");
    let is_whole = joules == all_joules() && seconds == f64::from(GPUS * SLOTS) * 300.0;
    assert!(is_whole || !reader.damage().is_empty(), "{context}: {joules} J, {seconds} s");
    let report = Report::read(&reader, vec![all.start(), all.end()]).unwrap();
    assert_eq!(report.total().joules(), joules, "{context}");
    let history = History::read(&reader, all.end()).unwrap();
    let last = |gpu| history.totals(gpu).last().map_or(0.0, |(_, values)| values.joules);
    let by_history: f64 = (0..reader.gpus().len()).map(last).sum();
    assert!((by_history - joules).abs() < 1e-6, "{context}: {by_history} J, and {joules} J");
}

fn check_writing(path: &Path, context: &str, is_changed: bool) {
    let (ledger, salvaged) = match Ledger::open(path, at(0)) {
        Ok((ledger, Opened::Quarantined { salvaged, .. })) => (ledger, salvaged),
        Ok((_, Opened::Continued)) => return assert!(!is_changed, "{context}"),
        Err(OpenError::NotALedger { .. }) => return,
        other => panic!("{context}: {other:?}"),
    };
    assert_eq!(salvaged.gpus, GPUS as usize, "{context}: {salvaged}");
    assert_eq!(salvaged.joules, all_joules(), "{context}: {salvaged}");
    let states = ledger.state(ZONE, Signal::Average, Timestamp::EPOCH).unwrap();
    for state in states {
        assert_eq!(state.totals.energy_joules, f64::from(SLOTS) * 100.0, "{context}");
        let pending: f64 = state.pending.iter().map(|it| it.energy_joules).sum();
        assert!(pending <= f64::from(SLOTS / 5) * 100.0, "{context}: {pending} J");
    }
}

#[test]
fn a_start_that_is_too_late_costs_the_rows_of_its_own_slot_at_most() {
    let (_folder, path) = folder();
    write_sound(&path);
    let sound = fs::read(&path).unwrap();
    let extent = Reader::open(&path).unwrap().extent().unwrap();
    let all = Interval::new(Timestamp::FIRST, Timestamp::FIRST + Span::ALL);
    for slot in (0..i64::from(SLOTS)).step_by(25) {
        let start = u32::try_from(at(slot * 300).as_unix_micros() / 1_000_000).unwrap();
        let places = sound.windows(4).enumerate().filter(|(_, it)| *it == start.to_be_bytes());
        for (place, _) in places {
            let mut bytes = sound.clone();
            bytes[place] = 0x7f;
            fs::write(&path, &bytes).unwrap();
            for within in [extent, all] {
                let reader = Reader::open(&path).unwrap();
                let (mut joules, mut seconds) = (0.0, 0.0);
                reader.usage_rows(within, |row| joules += row.energy.total_joules()).unwrap();
                reader.presence_rows(within, |row| seconds += row.seconds).unwrap();
                let rows = f64::from(GPUS * SLOTS);
                let lost = rows - joules / 100.0 + rows - seconds / 300.0;
                assert!((0.0..=f64::from(GPUS)).contains(&lost), "slot {slot}: {lost} rows");
                assert!(lost == 0.0 || !reader.damage().is_empty(), "slot {slot}");
            }
        }
    }
}
