//! What crosses functions: journeys, tenancy, contract, faults, on both DynamoDB engines.
