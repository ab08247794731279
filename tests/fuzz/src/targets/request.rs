//! The question of a plan, in JSON.

use gpu_carbon_schema::Request;

/// A question is either valid, with a job that takes some time, or refused by its field.
pub(crate) fn run(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    match Request::from_json(text).and_then(|request| request.validate()) {
        Ok(request) => assert!(request.job.duration() > gpu_carbon_core::Span::ZERO),
        Err(error) => {
            crate::is_one_line(&error);
            assert!(!error.field.is_empty(), "{error}");
        }
    }
}
