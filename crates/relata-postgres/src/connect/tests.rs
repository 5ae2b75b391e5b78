//! A session with a server that is faster than its client: all that can happen has happened as soon
//! as a message is handed over, before the client looks for the answer.

use super::*;
use crate::{altered::Altered, link::Link, pipeline, tls::SslMode};
use relata_core::connection::{Begin, BoxFuture, Statement, Step};
use std::{
    mem,
    sync::atomic::{AtomicBool, Ordering::SeqCst},
    task::{Wake, Waker},
};
use tokio_postgres::{
    NoTls,
    tls::{ChannelBinding, TlsStream},
};

/// The user is let in, and the server is ready.
const WELCOME: &[u8] = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";

/// Lets everybody in, answers nothing, and hangs up when it was sent a word.
struct Server {
    word: &'static [u8],
    heard: Vec<u8>,
    says: &'static [u8],
    reader: Option<Waker>,
}

impl Server {
    fn has_gone(&self) -> bool {
        self.heard.windows(self.word.len()).any(|part| part == self.word)
    }
}

impl AsyncRead for Server {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.heard.is_empty() || self.says.is_empty() && !self.has_gone() {
            self.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        buf.put_slice(mem::take(&mut self.says));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Server {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.heard.extend(buf);
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl TlsStream for Server {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

/// Work that is done by whoever wakes it, before waking returns.
struct Within {
    work: Mutex<Option<BoxFuture<'static, ()>>>,
    woken: AtomicBool,
}

impl Wake for Within {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, SeqCst);
        let waker = Waker::from(Arc::clone(&self));
        // Woken by the work itself, it is the one who is at it that goes on.
        while let Ok(mut work) = self.work.try_lock() {
            if !self.woken.swap(false, SeqCst) {
                return;
            }
            let polled =
                work.as_mut().map(|work| work.as_mut().poll(&mut Context::from_waker(&waker)));
            if polled.is_some_and(|polled| polled.is_ready()) {
                *work = None;
            }
        }
    }
}

/// A link to a server that hangs up at a word; no other server can be reached.
async fn link(word: &'static str) -> Link {
    let place = Place::parse("postgres://ada@127.0.0.1:1/heroes?statement_cache=0").unwrap();
    let (spot, said, ended) = (Spot::here().unwrap(), Said::nothing(), Arc::<Ended>::default());
    let word = word.as_bytes();
    let server = Server { word, heard: Vec::new(), says: WELCOME, reader: None };
    let watched = Watched::new(Box::new(server), Arc::clone(&said));
    let (client, connection) = place.config.connect_raw(watched, NoTls).await.unwrap();
    let work: BoxFuture<'static, ()> = Box::pin(async move { drop(connection.await) });
    Arc::new(Within { work: Mutex::new(Some(work)), woken: AtomicBool::new(false) }).wake();
    let stopper = Stopper {
        token: client.cancel_token(),
        address: Address::Unix(PathBuf::new()),
        security: Security::new(SslMode::Disable, None, None).unwrap(),
        keepalives: false,
        attending: spot.spawn(async {}).abort_handle(),
        ended: Arc::clone(&ended),
    };
    Link::new(
        Opened { client: Arc::new(client), said, ended, stopper },
        Arc::new(place),
        spot,
        Altered::default(),
    )
}

#[tokio::test]
async fn a_commit_that_was_done_before_its_answer_was_looked_for_is_not_known() {
    for (word, writes, step, kind) in [
        ("COMMIT\0", 2, 3, ErrorKind::CommitUnknown),
        ("INSERT", 2, 0, ErrorKind::ConnectionLost),
        ("BEGIN\0", 2, 0, ErrorKind::ConnectionLost),
        // One write alone the server commits by itself.
        ("INSERT", 1, 1, ErrorKind::CommitUnknown),
    ] {
        let mut link = link(word).await;
        let insert = || Step::Run(Statement::text("INSERT INTO hero (id) SELECT 1"));
        let writes = std::iter::repeat_with(insert).take(writes);
        let begin = std::iter::once(Step::Begin(Begin::Write));
        let steps = begin.chain(writes).chain([Step::Commit]).collect();
        let failure = pipeline::run(&mut link, steps).await.err().unwrap();
        assert_eq!((failure.step, failure.error.kind()), (step, kind), "{:?}", failure.error);
        assert!(!failure.in_transaction);
    }
}
