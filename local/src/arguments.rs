//! What stands behind the command: `--binaries [FOLDER]`, and nothing else.

use std::path::PathBuf;

use crate::binaries;

/// How the command line wants functions to be run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// The folder of the functions' own binaries; without it their handlers run in this process.
    pub binaries: Option<PathBuf>,
}

/// A command line that means nothing: one line for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no argument: there is --binaries [FOLDER] (default {folder})", folder = binaries::FOLDER)]
pub struct ArgumentError(String);

impl Arguments {
    /// Reads what stands behind the command.
    pub fn read(arguments: impl IntoIterator<Item = String>) -> Result<Self, ArgumentError> {
        let mut arguments = arguments.into_iter();
        let binaries = match arguments.next() {
            None => return Ok(Self::default()),
            Some(option) if option == "--binaries" => arguments.next(),
            Some(other) => return Err(ArgumentError(other)),
        };
        if let Some(other) = arguments.next() {
            return Err(ArgumentError(other));
        }
        match binaries {
            Some(other) if other.starts_with('-') => Err(ArgumentError(other)),
            folder => {
                let folder = folder.unwrap_or_else(|| binaries::FOLDER.to_owned());
                Ok(Self { binaries: Some(folder.into()) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn read(arguments: &[&str]) -> Result<Arguments, ArgumentError> {
        Arguments::read(arguments.iter().map(|argument| (*argument).to_owned()))
    }

    #[rstest]
    #[case(&[], None)]
    #[case(&["--binaries"], Some("target/lambda"))]
    #[case(&["--binaries", "elsewhere"], Some("elsewhere"))]
    fn given_arguments_when_read_then_they_hold(
        #[case] arguments: &[&str],
        #[case] folder: Option<&str>,
    ) {
        assert_eq!(read(arguments), Ok(Arguments { binaries: folder.map(PathBuf::from) }));
    }

    #[rstest]
    #[case(&["--binary"], "--binary")]
    #[case(&["folder"], "folder")]
    #[case(&["--binaries", "--demo"], "--demo")]
    #[case(&["--binaries", "folder", "another"], "another")]
    fn given_something_else_when_read_then_one_line_names_it(
        #[case] arguments: &[&str],
        #[case] named: &str,
    ) {
        let message = read(arguments).expect_err("is refused").to_string();
        assert!(message.starts_with(&format!("{named} is no argument")), "{message}");
        assert_eq!(message.lines().count(), 1);
    }
}
