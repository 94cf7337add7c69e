//! Cognito's pre-token trigger: copies the e-mail claims into access tokens.
