//! Lists of which not everything that is read is shown: pages are filled by reading on.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Serialize, de::DeserializeOwned};

use super::Page;
use crate::{
    App,
    csv::{Csv, Format},
    json,
    problem::{Code, Problem},
};

/// The most rows of one CSV file. Long texts may fill a file before that: its size is bounded too.
const MAX_FILE_ROWS: usize = 10_000;
/// How many things the first read takes behind a filter: more must be read than is shown, though
/// seldom all.
const FILTERED_AT_ONCE: usize = 400;

/// Some rows, and the place behind the last of them where more may follow.
pub type Rows<T, P> = (Vec<T>, Option<P>);

/// How many things the first read of a list takes: enough to tell whether another page follows, and
/// more where a filter leaves many out. `None`, as many as DynamoDB gives, where all are wanted.
pub fn at_once(limit: usize, is_filtered: bool) -> Option<usize> {
    let page = limit.checked_add(1)?;
    Some(if is_filtered { page.max(FILTERED_AT_ONCE) } else { page })
}

/// Rows that are gathered read by read, until there are so many and one more, or no more at all:
///
/// ```
/// # use tsunagu_api::page::{Gathered, Read};
/// # let read = |behind: Option<u32>| {
/// #     let first = behind.map_or(0, |behind| behind + 1);
/// #     ((first..9).take(4).map(|number| (number, number)), Some(first + 3).filter(|last| *last < 8))
/// # };
/// let mut gathered = Gathered::begin(6, None);
/// while let Some(Read(behind)) = gathered.wanted() {
///     let (rows, next) = read(behind);
///     gathered.add(rows, next);
/// }
/// assert_eq!(gathered.rows(), (vec![0, 1, 2, 3, 4, 5], Some(5)));
/// ```
#[derive(Debug)]
pub struct Gathered<T, P> {
    limit: usize,
    found: Vec<(P, T)>,
    wanted: Option<Read<P>>,
}

impl<T, P> Gathered<T, P> {
    /// Nothing yet of the rows behind a place.
    pub fn begin(limit: usize, behind: Option<P>) -> Self {
        Self { limit, found: Vec::new(), wanted: Some(Read(behind)) }
    }

    /// What has to be read; `None` when there is enough, or no more.
    pub fn wanted(&mut self) -> Option<Read<P>> {
        self.wanted.take()
    }

    /// What a read gave: rows in the order of their places, and the place behind which the next
    /// begins, which stands even where the read gave no row; `None` at the end.
    pub fn add(&mut self, rows: impl IntoIterator<Item = (P, T)>, next: Option<P>) {
        self.found.extend(rows);
        let is_enough = self.found.len() > self.limit;
        self.wanted = next.filter(|_| !is_enough).map(|next| Read(Some(next)));
    }

    /// The rows of the page.
    pub fn rows(mut self) -> Rows<T, P> {
        let more = self.found.len() > self.limit;
        self.found.truncate(self.limit);
        let mut last = None;
        let mut rows = Vec::with_capacity(self.found.len());
        for (place, row) in self.found {
            rows.push(row);
            last = Some(place);
        }
        (rows, last.filter(|_| more))
    }
}

/// A read that is wanted: of what stands behind a place, or from the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read<P>(pub Option<P>);

/// Which rows of a list are asked for.
#[derive(Clone, Debug)]
pub struct Asked<P> {
    /// Behind which place they begin.
    pub behind: Option<P>,
    /// How many at most.
    pub limit: usize,
}

impl<F> Page<F> {
    /// Which rows are asked for: a page's, or in a file all.
    pub async fn asked<P: DeserializeOwned>(
        &self,
        app: &App,
        format: Format,
    ) -> Result<Asked<P>, Problem> {
        Ok(match format {
            Format::Csv => Asked { behind: None, limit: MAX_FILE_ROWS },
            Format::Json => Asked { behind: self.position(app).await?, limit: self.limit },
        })
    }

    /// The rows as they are asked for: a page of them, or all in one file, which is refused rather
    /// than cut.
    pub async fn answer_in<T, P: Serialize, B: Serialize>(
        &self,
        app: &App,
        format: Format,
        (rows, next): Rows<T, P>,
        body: impl FnMut(T) -> B,
        file: impl FnOnce(&[T]) -> Csv,
    ) -> Result<Response, Problem> {
        match format {
            Format::Csv if next.is_some() => Err(Problem::new(Code::ExportTooLarge)),
            Format::Csv => Ok(file(&rows).into_response()),
            Format::Json => {
                let items = rows.into_iter().map(body).collect();
                Ok(json::respond(StatusCode::OK, &self.answer(app, items, next).await?))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// Reads five numbers at a time, of which those that are divided by `step` are shown.
    fn page(step: u32, limit: usize, behind: Option<u32>) -> Rows<u32, u32> {
        let mut gathered = Gathered::begin(limit, behind);
        while let Some(Read(behind)) = gathered.wanted() {
            let first = behind.map_or(0, |behind| behind + 1);
            let read = first..(first + 5).min(23);
            let next = read.clone().last().filter(|last| *last < 22);
            let shown = read.filter(|number| number % step == 0);
            gathered.add(shown.map(|number| (number, number * 10)), next);
        }
        gathered.rows()
    }

    #[rstest]
    #[case::everything(1, 4)]
    #[case::limit_of_a_read(1, 5)]
    #[case::few(4, 2)]
    #[case::rare(11, 1)]
    #[case::one_page(3, 100)]
    fn given_pages_one_after_another_then_each_row_stands_on_exactly_one(
        #[case] step: u32,
        #[case] limit: usize,
    ) {
        let mut seen = Vec::new();
        let mut behind = None;
        loop {
            let (page, next) = page(step, limit, behind);
            assert!(page.len() == limit || next.is_none(), "a page is full or the last");
            seen.extend(page);
            behind = next;
            if behind.is_none() {
                break;
            }
        }
        let all: Vec<_> = (0..23).filter(|number| number % step == 0).map(|n| n * 10).collect();
        assert_eq!(seen, all);
    }

    #[test]
    fn given_a_filter_then_more_is_read_than_a_page() {
        assert_eq!(at_once(50, false), Some(51));
        assert_eq!(at_once(50, true), Some(400));
        assert_eq!(at_once(10_000, true), Some(10_001));
        assert_eq!(at_once(usize::MAX, false), None);
    }
}
