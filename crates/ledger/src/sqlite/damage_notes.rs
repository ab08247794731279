//! The damage that a reader meets and leaves out.

use std::cell::RefCell;
use std::collections::BTreeSet;

/// The largest number of notes; further ones are counted.
const MOST_NOTES: usize = 20;

/// Notes on rows that are left out.
#[derive(Debug, Default)]
pub(super) struct DamageNotes(RefCell<Notes>);

#[derive(Debug, Default)]
struct Notes {
    texts: BTreeSet<String>,
    further: usize,
}

impl DamageNotes {
    /// Adds a note, once.
    pub(super) fn add(&self, note: String) {
        let mut notes = self.0.borrow_mut();
        if notes.texts.contains(&note) {
        } else if notes.texts.len() < MOST_NOTES {
            notes.texts.insert(note);
        } else {
            notes.further += 1;
        }
    }

    /// Reports whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.borrow().texts.is_empty()
    }

    /// All notes.
    pub(super) fn texts(&self) -> Vec<String> {
        let notes = self.0.borrow();
        let further = Some(notes.further).filter(|&further| further > 0);
        let further = further.map(|further| format!("and {further} more of this kind"));
        notes.texts.iter().cloned().chain(further).collect()
    }
}
