//! A proxy that counts round trips. It keeps the server's answers back until the client has nothing
//! more to send and all that it sent is answered, so the count does not depend on which of two
//! threads is faster: it is how often the client waited.
//!
//! It has to run in the same thread as the client, to see that nothing more comes.

use std::{
    mem,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::Notify,
    task::yield_now,
};

/// How often the client is given the turn before it counts as waiting: each time its task runs, and
/// that of its connection, and the sockets are looked at.
const TURNS: usize = 16;

/// A count of round trips.
#[derive(Clone, Default)]
pub(crate) struct Meter {
    trips: Arc<AtomicUsize>,
}

impl Meter {
    /// Starts a proxy to a server at `host:port`; gives its port too.
    pub(crate) async fn to(server: &str) -> (Meter, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (meter, server) = (Meter::default(), server.to_owned());
        let counting = meter.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                let counting = counting.clone();
                tokio::spawn(async move { Passage::new(client, server).pass(&counting).await });
            }
        });
        (meter, port)
    }

    /// The round trips of some work.
    pub(crate) async fn of<T>(&self, work: impl Future<Output = T>) -> (usize, T) {
        let before = self.trips.load(Ordering::SeqCst);
        let done = work.await;
        (self.trips.load(Ordering::SeqCst) - before, done)
    }
}

/// Messages, cut out of the bytes in which they come: each is a tag, a length that counts itself, and
/// a body.
#[derive(Default)]
struct Messages {
    header: Vec<u8>,
    left: usize,
}

impl Messages {
    /// How many of the messages that begin in these bytes have one of the tags.
    fn count(&mut self, mut bytes: &[u8], tags: &[u8]) -> usize {
        let mut count = 0;
        while !bytes.is_empty() {
            if self.left > 0 {
                let skipped = self.left.min(bytes.len());
                self.left -= skipped;
                bytes = &bytes[skipped..];
                continue;
            }
            self.header.push(bytes[0]);
            bytes = &bytes[1..];
            if let [tag, length @ ..] = &self.header[..]
                && let Ok(length) = <[u8; 4]>::try_from(length)
            {
                count += usize::from(tags.contains(tag));
                self.left = u32::from_be_bytes(length) as usize - length.len();
                self.header.clear();
            }
        }
        count
    }
}

/// What the server answered and the client was not given yet.
#[derive(Default)]
struct Kept {
    bytes: Vec<u8>,
    /// How often it was ready for more, in all.
    ready: usize,
    messages: Messages,
    closed: bool,
}

/// A connection through the proxy.
struct Passage {
    client: (OwnedReadHalf, OwnedWriteHalf),
    server: OwnedWriteHalf,
    answers: Arc<(Mutex<Kept>, Notify)>,
    messages: Messages,
    /// How often the server is to become ready for more.
    asked: usize,
}

impl Passage {
    fn new(client: TcpStream, server: TcpStream) -> Self {
        let answers = Arc::<(Mutex<Kept>, Notify)>::default();
        let (from_server, server) = server.into_split();
        tokio::spawn(keep(from_server, Arc::clone(&answers)));
        let client = client.into_split();
        Passage { client, server, answers, messages: Messages::default(), asked: 0 }
    }

    async fn pass(mut self, meter: &Meter) {
        self.begin().await;
        while self.hear().await {
            meter.trips.fetch_add(1, Ordering::SeqCst);
            loop {
                while self.more().await {}
                if self.is_answered() {
                    break;
                }
                let answers = Arc::clone(&self.answers);
                tokio::select! {
                    () = answers.1.notified() => {}
                    // What was read would be lost where the other comes first.
                    _ = self.client.0.readable() => if !self.hear().await { return },
                }
            }
            self.release().await;
        }
    }

    /// The start of the session, in which messages look different: passed on as it comes.
    async fn begin(&mut self) {
        let mut bytes = [0; 4096];
        let answers = Arc::clone(&self.answers);
        while !self.is_closed() && answers.0.lock().unwrap().ready == 0 {
            tokio::select! {
                () = answers.1.notified() => {}
                count = self.client.0.read(&mut bytes) => match count {
                    Ok(count @ 1..) => self.server.write_all(&bytes[..count]).await.unwrap(),
                    _ => return,
                },
            }
            self.release().await;
        }
        answers.0.lock().unwrap().ready = 0;
    }

    /// Waits for what the client sends, and passes it on; `false` where it has gone.
    async fn hear(&mut self) -> bool {
        let mut bytes = [0; 4096];
        match self.client.0.read(&mut bytes).await {
            Ok(count @ 1..) => self.take(&bytes[..count]).await,
            _ => false,
        }
    }

    /// Passes on what the client sends before it waits; whether there was anything.
    async fn more(&mut self) -> bool {
        let mut bytes = [0; 4096];
        for _ in 0..TURNS {
            match self.client.0.try_read(&mut bytes) {
                Ok(count @ 1..) => return self.take(&bytes[..count]).await,
                Ok(0) => return false,
                Err(_) => yield_now().await,
            }
        }
        false
    }

    /// The client waits for an answer where it asks by a query or the end of a series of messages.
    async fn take(&mut self, bytes: &[u8]) -> bool {
        self.asked += self.messages.count(bytes, b"QS");
        self.server.write_all(bytes).await.is_ok()
    }

    fn is_answered(&self) -> bool {
        let kept = self.answers.0.lock().unwrap();
        kept.ready == self.asked || kept.closed
    }

    fn is_closed(&self) -> bool {
        self.answers.0.lock().unwrap().closed
    }

    async fn release(&mut self) {
        let bytes = mem::take(&mut self.answers.0.lock().unwrap().bytes);
        let _ = self.client.1.write_all(&bytes).await;
        if self.is_closed() {
            let _ = self.client.1.shutdown().await;
        }
    }
}

/// Reads answers as they come, so that the server never waits for a reader.
async fn keep(mut server: OwnedReadHalf, answers: Arc<(Mutex<Kept>, Notify)>) {
    let mut bytes = [0; 4096];
    loop {
        let count = server.read(&mut bytes).await.unwrap_or(0);
        {
            let mut kept = answers.0.lock().unwrap();
            kept.closed = count == 0;
            kept.bytes.extend(&bytes[..count]);
            let Kept { messages, ready, .. } = &mut *kept;
            *ready += messages.count(&bytes[..count], b"Z");
        }
        answers.1.notify_one();
        if count == 0 {
            return;
        }
    }
}
