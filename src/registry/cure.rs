//! What helps when the bytes of a blob are refused: a table, as [`verdict`](super::verdict) is for all requests.

/// What helps after a failure.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cure {
    /// Time.
    Patience,
    /// Smaller bodies.
    Less,
    /// To ask how far the upload has come, or to begin a new one.
    Resume,
    /// To send the blob in one piece.
    Whole,
    /// To look whether the blob here is what it should be, and to send it in one piece if it is.
    Verify,
    /// Nothing.
    None,
}

/// What helps after an answer to a request with bytes of a blob that is a no.
pub(super) fn cure(status: u16, is_other_digest: bool, in_parts: bool) -> Cure {
    match status {
        413 => Cure::Less,
        // The session is gone, or stands elsewhere than was thought.
        404 | 416 => Cure::Resume,
        // C-56: whose fault it is can be found out here.
        400 if is_other_digest => Cure::Verify,
        // Registries that take no parts have many words for it.
        200..=204 | 400 | 405 | 411 | 415 | 422 | 501 if in_parts => Cure::Whole,
        401 | 403 => Cure::None,
        _ => Cure::Patience,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_no_has_its_cure() {
        for (status, is_other_digest, in_parts, expected) in [
            (413, false, false, Cure::Less),
            (404, false, true, Cure::Resume),
            (416, false, false, Cure::Resume),
            (400, true, true, Cure::Verify),
            (400, true, false, Cure::Verify),
            (400, false, true, Cure::Whole),
            (400, false, false, Cure::Patience),
            (201, false, true, Cure::Whole),
            (405, false, true, Cure::Whole),
            (403, false, true, Cure::None),
            (503, false, true, Cure::Patience),
        ] {
            assert_eq!(cure(status, is_other_digest, in_parts), expected, "{status} {is_other_digest} {in_parts}");
        }
    }
}
