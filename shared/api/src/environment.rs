//! What a function's environment says: each variable is read in one way, and a bad one is one line.

use std::{collections::HashMap, env, fmt, str::FromStr};

use aws_types::SdkConfig;

use crate::aws;

/// A function's environment: its variables, and how AWS is reached from it.
pub struct Environment {
    variables: HashMap<String, String>,
    aws: SdkConfig,
}

/// A variable of the environment that is missing or wrong.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadVariable {
    /// It is not there, or empty.
    #[error("the environment variable {0} is missing")]
    Missing(&'static str),
    /// It is there, and what is wrong with it.
    #[error("the environment variable {0} {1}")]
    Wrong(&'static str, String),
}

impl BadVariable {
    /// A variable, and what is wrong with it.
    pub fn wrong(name: &'static str, why: &str) -> Self {
        Self::Wrong(name, why.to_owned())
    }
}

/// The same line: `main` shows an error that it returns in this form.
impl fmt::Debug for BadVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Environment {
    /// These variables, and this way to AWS.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>, aws: SdkConfig) -> Self {
        Self { variables: variables.into_iter().collect(), aws }
    }

    /// The environment of this process, which Lambda has made.
    pub fn of_process() -> Result<Self, BadVariable> {
        // What is no text is no variable of ours.
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            name.into_string().ok().zip(value.into_string().ok())
        };
        let unreached = Self::new(env::vars_os().filter_map(text), SdkConfig::builder().build());
        Ok(Self { aws: aws::reached_from(&unreached)?, ..unreached })
    }

    /// How AWS is reached.
    pub const fn aws(&self) -> &SdkConfig {
        &self.aws
    }

    /// A variable, where it is there and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// All variables that are not empty.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        all.filter(|(_, value)| !value.is_empty())
    }

    /// A variable that must be there.
    pub fn needed(&self, name: &'static str) -> Result<&str, BadVariable> {
        self.get(name).ok_or(BadVariable::Missing(name))
    }

    /// What a variable means that must be there; otherwise the line says that it `is_not`.
    pub fn parsed<T: FromStr>(&self, name: &'static str, is_not: &str) -> Result<T, BadVariable> {
        self.needed(name)?.parse().map_err(|_| BadVariable::wrong(name, is_not))
    }

    /// The same of a variable that may be empty, which then means the default.
    pub fn parsed_or_default<T: FromStr + Default>(
        &self,
        name: &'static str,
        is_not: &str,
    ) -> Result<T, BadVariable> {
        if self.get(name).is_some() { self.parsed(name, is_not) } else { Ok(T::default()) }
    }
}

/// Nothing of it: a variable may be a secret.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Environment::new(variables.iter().map(owned), SdkConfig::builder().build())
    }

    #[test]
    fn given_a_variable_then_it_is_read_as_what_it_means() {
        let environment = environment(&[("DAYS", "30"), ("EMPTY", "")]);
        assert_eq!(environment.parsed("DAYS", "is no number"), Ok(30_u32));
        assert_eq!(environment.parsed_or_default("EMPTY", "is no number"), Ok(0_u32));
        assert_eq!(environment.parsed_or_default("ABSENT", "is no number"), Ok(0_u32));
        let missing = environment.parsed::<u32>("EMPTY", "is no number");
        assert_eq!(missing, Err(BadVariable::Missing("EMPTY")));
    }

    #[test]
    fn given_a_wrong_variable_then_one_line_names_it_and_not_what_it_holds() {
        let environment = environment(&[("DAYS", "a secret")]);
        let error = environment.parsed::<u32>("DAYS", "is no number").expect_err("wrong");
        assert_eq!(format!("{error:?}"), "the environment variable DAYS is no number");
        assert_eq!(format!("{environment:?}"), "Environment(…)");
    }
}
