//! The row of the table `feed`.

use gpu_carbon_core::Timestamp;
use rusqlite::{Connection, params};

use super::column::lossy_text;
use super::error::SqliteError;
use crate::feed::Feed;

/// The feed; `None` before the first one.
pub(super) fn read(connection: &Connection) -> Result<Option<Feed>, SqliteError> {
    let mut statement = connection.prepare("SELECT name, since_us FROM feed")?;
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let since = Timestamp::from_unix_micros(row.get("since_us")?);
    Ok(Some(Feed { name: lossy_text(row, "name")?, since }))
}

/// Replaces the feed. The caller commits.
pub(super) fn write(connection: &Connection, feed: &Feed) -> Result<(), SqliteError> {
    connection.execute("DELETE FROM feed", [])?;
    let since = feed.since.as_unix_micros();
    connection.execute("INSERT INTO feed VALUES (?1, ?2)", params![feed.name, since])?;
    Ok(())
}
