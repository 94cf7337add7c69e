//! The laptop: API Gateway, issuer and table stand-ins around the real functions, in one process.
