//! Answers that come in pages.

/// The rows of one page of an answer, or of several.
pub trait Page {
    /// The number of rows so far.
    fn rows(&self) -> usize;
    /// The number of rows on all pages of the answer.
    fn total(&self) -> usize;
    /// Adds the rows of the page that follows.
    fn append(&mut self, next: Self);
}
