//! The HTTP edge: who is asking, what may they see, problem+json, paging, idempotency, start-up.
