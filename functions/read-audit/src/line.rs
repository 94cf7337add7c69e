//! A line of the log that tells of a read.

use aws_lambda_events::cloudwatch_logs::LogEntry;
use chrono::DateTime;
use serde::Deserialize;
use tsunagu_domain::{ids::AccountId, share::Share, time::Instant};

/// What a request's line says of a read; the rest of it says nothing here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Line {
    /// The partner: the account that acted.
    pub(crate) account: AccountId,
    /// Whose account was read.
    pub(crate) customer: AccountId,
    /// Which part of it.
    pub(crate) reads: Share,
}

/// Reads a line, and when it was written.
pub(crate) fn read(entry: &LogEntry) -> Result<(Line, Instant), String> {
    let line = serde_json::from_str(&entry.message).map_err(|error| error.to_string())?;
    let at = DateTime::from_timestamp_millis(entry.timestamp).ok_or("no instant")?;
    Ok((line, at))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const PARTNER: &str = "acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W";
    const CUSTOMER: &str = "acc_01JD3Z8Q4V9X7M2N5P6R8S0T2X";

    fn entry(message: &Value) -> LogEntry {
        let entry =
            json!({"id": "1", "timestamp": 1_772_323_200_500_i64, "message": message.to_string()});
        serde_json::from_value(entry).expect("an entry")
    }

    #[test]
    fn given_a_requests_line_then_partner_customer_and_part_are_read() {
        let line = json!({
            "level": "INFO", "message": "request", "route": "/v1/x", "status": 200,
            "account": PARTNER, "customer": CUSTOMER, "reads": "orders",
        });
        let (line, at) = read(&entry(&line)).expect("a line");
        assert_eq!(Some(line.account), PARTNER.parse().ok());
        assert_eq!(Some(line.customer), CUSTOMER.parse().ok());
        assert_eq!(line.reads, Share::Orders);
        assert_eq!(at.to_rfc3339(), "2026-03-01T00:00:00.500+00:00");
    }

    #[test]
    fn given_a_line_that_lacks_something_then_it_is_refused() {
        let whole = json!({"account": PARTNER, "customer": CUSTOMER, "reads": "orders"});
        for (field, value) in
            [("account", json!(null)), ("customer", json!("acc_1")), ("reads", json!("secrets"))]
        {
            let mut line = whole.clone();
            line[field] = value;
            assert!(read(&entry(&line)).is_err(), "{line}");
        }
        assert!(read(&entry(&json!("text"))).is_err());
        let mut never = entry(&whole);
        never.timestamp = i64::MAX;
        assert!(read(&never).is_err());
    }
}
