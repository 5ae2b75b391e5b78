//! A stream that is watched for what the server says of the transaction: `tokio-postgres` reads
//! that, and keeps it to itself.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsStream};

/// Bytes both ways, encrypted or not.
pub(crate) type Line = Box<dyn TlsStream + Send + Unpin>;

const READY_FOR_QUERY: u8 = b'Z';

/// What the server said last of the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// None is open.
    Idle,
    /// One is open.
    Open,
    /// One is open in which a statement failed; it takes nothing but a rollback.
    Failed,
}

/// What passed, shared with who reads and writes the stream.
#[derive(Debug)]
pub(crate) struct Said {
    status: AtomicU8,
    written: AtomicU64,
}

impl Said {
    pub(crate) fn nothing() -> Arc<Self> {
        Arc::new(Said { status: AtomicU8::new(b'I'), written: AtomicU64::new(0) })
    }

    /// The last status.
    pub(crate) fn status(&self) -> Status {
        match self.status.load(Ordering::Acquire) {
            b'T' => Status::Open,
            b'E' => Status::Failed,
            _ => Status::Idle,
        }
    }

    /// How many bytes the server was sent, whether or not they came there.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }
}

/// A stream of which every message from the server is seen.
pub(crate) struct Watched {
    line: Line,
    said: Arc<Said>,
    frames: Frames,
}

impl Watched {
    pub(crate) fn new(line: Line, said: Arc<Said>) -> Self {
        Watched { line, said, frames: Frames::default() }
    }
}

/// Where in the messages the bytes are: each is a tag, a length that counts itself, and a body.
#[derive(Default)]
struct Frames {
    header: [u8; 5],
    /// How much of the header is known.
    known: usize,
    /// How much of the body is to come.
    left: usize,
}

impl Frames {
    /// Takes bytes that follow those before; gives the last status in them.
    fn take(&mut self, mut bytes: &[u8]) -> Option<u8> {
        let mut status = None;
        while let Some((&first, rest)) = bytes.split_first() {
            if self.left > 0 {
                let skipped = self.left.min(bytes.len());
                if self.header[0] == READY_FOR_QUERY {
                    status = Some(first);
                }
                self.left -= skipped;
                bytes = &bytes[skipped..];
                continue;
            }
            self.header[self.known] = first;
            self.known += 1;
            bytes = rest;
            if self.known == self.header.len() {
                let [_, length @ ..] = self.header;
                self.left = (u32::from_be_bytes(length) as usize).saturating_sub(length.len());
                self.known = 0;
            }
        }
        status
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.line).poll_read(cx, buf))?;
        if let Some(status) = self.frames.take(&buf.filled()[before..]) {
            self.said.status.store(status, Ordering::Release);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.line).poll_write(cx, buf))?;
        self.said.written.fetch_add(count as u64, Ordering::AcqRel);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_shutdown(cx)
    }
}

impl TlsStream for Watched {
    fn channel_binding(&self) -> ChannelBinding {
        self.line.channel_binding()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A data row, the end of a command, and that the server is ready in an open transaction.
    const ANSWER: &[u8] = b"D\0\0\0\x0b\0\x01\0\0\0\x01ZC\0\0\0\x0dSELECT 1\0Z\0\0\0\x05T";

    #[test]
    fn the_status_is_found_however_the_bytes_are_cut() {
        for size in 1..=ANSWER.len() {
            let mut frames = Frames::default();
            let seen = ANSWER.chunks(size).filter_map(|part| frames.take(part));
            assert_eq!(seen.collect::<Vec<_>>(), [b'T'], "in pieces of {size}");
        }
    }

    #[test]
    fn the_last_status_counts_and_empty_bodies_are_skipped() {
        let mut frames = Frames::default();
        let bytes = b"Z\0\0\0\x05T1\0\0\0\x042\0\0\0\x04Z\0\0\0\x05E";
        assert_eq!(frames.take(bytes), Some(b'E'));
        assert_eq!(frames.take(b"Z\0\0\0"), None);
        assert_eq!(frames.take(b"\x05I"), Some(b'I'));
    }
}
