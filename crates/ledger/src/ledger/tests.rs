use std::fs;

use super::*;

#[test]
fn a_file_that_is_replaced_during_a_transaction_is_reported_by_the_next() {
    for (suffix, is_corrupt) in [("", true), ("-wal", false)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let now = Timestamp::from_unix_seconds(1_795_444_800);
        let (mut ledger, _) = Ledger::open(&path, now).unwrap();
        let batch = Batch { at: now, gpus: Vec::new() };
        ledger.write(&batch).unwrap();
        let replace = |database: &mut Database| {
            database.write_batch(&batch)?;
            fs::write(folder.path().join("other"), vec![7; 1 << 20]).unwrap();
            fs::rename(folder.path().join("other"), files::beside(&path, suffix)).unwrap();
            Ok(())
        };
        ledger.transact(replace).unwrap();
        let error = ledger.write(&batch).unwrap_err();
        assert_eq!(error.is_corrupt(), is_corrupt, "ledger.db{suffix}: {error}");
    }
}
