//! A list as a file: page after page, read as the client takes them. While one page is being sent the next one is read, and
//! no further; between two pages no connection of the database is held, and when the client goes nothing more is read.

use std::{fmt, future::Future, sync::Arc};

use actix_web::{
    HttpMessage as _, HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue},
};
use bytes::Bytes;
use chrono::Utc;
use domain::audit::{Action, Author, Subject, SubjectKind};
use futures_util::{Stream, stream};
use infra::{
    error::RepositoryError,
    repositories::{Cursor, Page},
};
use serde_json::{Map, Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    csv::{self, CsvRow},
    error::{ApiError, ProblemKind, RETRY_AFTER_SECS},
    middleware::HeadOnly,
    state::AppState,
};

/// The media type.
const TEXT_CSV: &str = "text/csv; charset=utf-8; header=present";

/// A list that can be exported.
pub(super) struct Exported {
    /// As paths have it.
    pub(super) family: &'static str,
    /// As the audit log has it.
    pub(super) action: Action,
    /// What its rows are.
    pub(super) kind: SubjectKind,
}

/// The answer to `request` of `author` for a list of which `page` reads the page behind a cursor. It is in the audit log
/// before anything is read, and the first page is read before anything is sent: what is wrong by then is answered as
/// anywhere else. What goes wrong later cuts the answer off.
pub(super) async fn export<R, P, F>(
    state: &AppState,
    request: &HttpRequest,
    author: &Author,
    exported: Exported,
    page: P,
) -> Result<HttpResponse, ApiError>
where
    R: CsvRow + Send + 'static,
    P: Fn(Option<Cursor>) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Page<R>, RepositoryError>> + Send,
{
    let Exported { family, action, kind } = exported;
    let mut answer = HttpResponse::Ok();
    let name = format!("attachment; filename=\"{family}-{}.csv\"", Utc::now().format("%Y-%m-%d"));
    answer
        .insert_header((CONTENT_TYPE, HeaderValue::from_static(TEXT_CSV)))
        .insert_header((CONTENT_DISPOSITION, name))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")));
    if request.extensions().contains::<HeadOnly>() {
        return Ok(answer.finish());
    }
    let place = state.exports.try_take()?;
    let details = json!({ "filters": filters(request.query_string()) });
    state.audit.record(author, action, Subject::whole(kind), details).await?;
    let head = csv::header::<R>().map_err(ApiError::internal)?;
    let first = piece(head, page(None).await?)?;
    let rest = move |after| {
        let _until_the_end = &place;
        let page = page.clone();
        async move { piece(Vec::new(), page(Some(after)).await?) }
    };
    Ok(answer.streaming(pieces(family, first, rest)))
}

/// How many exports may be under way on a node: each holds two pages in memory, however slowly it is read.
const AT_ONCE: usize = 16;

/// The places of exports.
#[derive(Clone, Debug)]
pub struct Exports(Arc<Semaphore>);

impl Default for Exports {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Exports {
    /// A place, until it is dropped.
    fn try_take(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        Arc::clone(&self.0).try_acquire_owned().map_err(|_| {
            let detail = format!("{AT_ONCE} exports are under way, and no more run at once; try again");
            ApiError::new(ProblemKind::Unavailable, detail).retry_after(RETRY_AFTER_SECS)
        })
    }
}

/// The filters in a query string: the values of each by its name. What was searched for may be somebody's name, so of that it only
/// says that it was given.
fn filters(query: &str) -> Map<String, Value> {
    let mut filters = Map::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let value = if name == "q" { "…".into() } else { value };
        let values = filters.entry(name).or_insert_with(|| json!([]));
        if let Some(values) = values.as_array_mut() {
            values.push(value.into());
        }
    }
    filters
}

/// Lines that are ready to be sent, and where those behind them begin.
struct Piece {
    lines: Bytes,
    next: Option<Cursor>,
}

fn piece<R: CsvRow>(head: Vec<u8>, page: Page<R>) -> Result<Piece, ApiError> {
    let lines = csv::lines(head, page.items).map_err(ApiError::internal)?;
    Ok(Piece { lines, next: page.next })
}

/// The next piece of an export.
enum Next {
    Ready(Piece),
    /// Dropping it stops the reading.
    Read(AbortOnDropHandle<Result<Piece, ApiError>>),
}

/// An answer that ends before it is complete; the client sees the connection close in its middle.
#[derive(Debug)]
struct CutOff;

impl fmt::Display for CutOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the export could not be completed")
    }
}

impl std::error::Error for CutOff {}

/// The bytes of `first` and of all pieces behind it, which `read` reads.
fn pieces<R, F>(
    family: &'static str,
    first: Piece,
    read: R,
) -> impl Stream<Item = Result<Bytes, CutOff>> + use<R, F>
where
    R: Fn(Cursor) -> F + 'static,
    F: Future<Output = Result<Piece, ApiError>> + Send + 'static,
{
    stream::unfold((Some(Next::Ready(first)), read), move |(next, read)| async move {
        let piece = match next? {
            Next::Ready(piece) => Ok(piece),
            Next::Read(reading) => reading.await.unwrap_or_else(|error| Err(ApiError::internal(error))),
        };
        match piece {
            Ok(Piece { lines, next }) => {
                let next = next.map(|after| Next::Read(AbortOnDropHandle::new(tokio::spawn(read(after)))));
                Some((Ok(lines), (next, read)))
            }
            Err(error) => {
                let cause = error.cause.as_deref().unwrap_or("none");
                tracing::warn!(export.list = family, %error, cause, "an export was cut off");
                Some((Err(CutOff), (None, read)))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering::SeqCst},
        },
    };

    use futures_util::StreamExt as _;
    use uuid::Uuid;

    use super::*;

    fn numbered(number: usize, of: usize) -> Piece {
        let next = Cursor { created_at: chrono::DateTime::UNIX_EPOCH, id: Uuid::from_u128(number as u128) };
        Piece { lines: Bytes::from(format!("{number}\r\n")), next: (number < of).then_some(next) }
    }

    /// However many pages there are, at most two are in memory: the one that is being sent, and the next one.
    #[tokio::test]
    async fn one_page_is_read_ahead_and_none_when_nobody_takes_it() {
        let read = Arc::new(AtomicUsize::new(1));
        let count = Arc::clone(&read);
        let stream = pieces("users", numbered(1, 1000), move |_| {
            let number = count.fetch_add(1, SeqCst) + 1;
            async move { Ok(numbered(number, 1000)) }
        });
        let mut stream = pin!(stream);
        for taken in 1..=500 {
            assert_eq!(stream.next().await.unwrap().unwrap(), format!("{taken}\r\n"));
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            assert_eq!(read.load(SeqCst), taken + 1);
        }
        assert_eq!(stream.count().await, 500);
        assert_eq!(read.load(SeqCst), 1000);
    }

    #[tokio::test]
    async fn a_page_that_cannot_be_read_cuts_the_answer_off() {
        let stream = pieces("users", numbered(1, 9), |_| async { Err(ApiError::unavailable("gone")) });
        let mut stream = pin!(stream);
        assert!(stream.next().await.unwrap().is_ok());
        assert!(stream.next().await.unwrap().is_err());
        assert!(stream.next().await.is_none());
    }
}
