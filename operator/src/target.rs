//! Where a file goes: nobody else may read it, none is overwritten, and none is half there.

use std::{
    convert::Infallible,
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Stdout, Write},
    path::{Path, PathBuf},
    str::FromStr,
};

use crate::OperatorError;

/// Where an export goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Standard output.
    Standard,
    /// A file that is not there yet.
    File(PathBuf),
}

impl FromStr for Target {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(if text == "-" { Self::Standard } else { Self::File(text.into()) })
    }
}

/// A target under way.
pub(crate) enum Output {
    Standard(Stdout),
    /// Its name is another one until everything is in it.
    File(BufWriter<File>, PathBuf),
}

impl Target {
    pub(crate) fn open(&self) -> Result<Output, OperatorError> {
        let Self::File(path) = self else { return Ok(Output::Standard(io::stdout())) };
        let failed = |error| OperatorError::Disk(path.clone(), error);
        if path.try_exists().map_err(failed)? {
            return Err(OperatorError::FileThere(path.clone()));
        }
        let part = partial(path);
        match fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let file = private(&part).map_err(failed)?;
        Ok(Output::File(BufWriter::new(file), path.clone()))
    }
}

/// A new file that nobody but its owner may read.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn partial(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

impl Output {
    /// Everything is in it.
    pub(crate) fn finish(self) -> Result<(), OperatorError> {
        match self {
            Self::Standard(mut out) => {
                out.flush().map_err(|error| OperatorError::Disk("-".into(), error))
            }
            Self::File(mut out, path) => {
                let mut finish = || {
                    out.flush()?;
                    out.get_ref().sync_all()?;
                    fs::rename(partial(&path), &path)
                };
                finish().map_err(|error| OperatorError::Disk(path.clone(), error))
            }
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        match self {
            Self::Standard(_) => "-".into(),
            Self::File(_, path) => path.clone(),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Standard(out) => out.write(bytes),
            Self::File(out, _) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Standard(out) => out.flush(),
            Self::File(out, _) => out.flush(),
        }
    }
}
