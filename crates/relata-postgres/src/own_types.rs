//! A stream on which types of the database's own, such as enums, are told as the type `unknown`.
//!
//! `tokio-postgres` asks the server for each type that it does not know, with named statements and while
//! rows are waiting to be read. Behind a proxy the names may be taken, and where many rows wait the
//! answer is stuck behind them for ever. What such a column holds shows in its bytes.

use crate::watch::Line;
use bytes::{Buf, BytesMut};
use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsStream};

/// Types with greater numbers are made after the database is.
const LAST_BUILT_IN: u32 = 16_383;
const UNKNOWN: u32 = 705;
const ROW_DESCRIPTION: u8 = b'T';
/// A tag, and a length that counts itself.
const HEADER: usize = 5;

pub(crate) struct OwnTypes {
    line: Line,
    passing: Passing,
    /// What cannot be handed on before more has come.
    held: BytesMut,
    /// How much of that can be by now.
    ready: usize,
}

impl OwnTypes {
    pub(crate) fn hidden(line: Line) -> Line {
        let passing = Passing::default();
        Box::new(OwnTypes { line, passing, held: BytesMut::new(), ready: 0 })
    }
}

/// Where in the messages the bytes are.
#[derive(Default)]
struct Passing {
    /// How much of a message that needs no look is to come.
    left: usize,
}

impl Passing {
    /// Takes bytes that follow those handed on before; gives how many of them can be handed on.
    fn take(&mut self, bytes: &mut [u8]) -> usize {
        let mut at = 0;
        loop {
            let passed = self.left.min(bytes.len() - at);
            self.left -= passed;
            at += passed;
            let rest = &mut bytes[at..];
            let Some(&[tag, a, b, c, d]) = rest.first_chunk::<HEADER>() else { return at };
            let whole = u32::from_be_bytes([a, b, c, d]) as usize + 1;
            if tag != ROW_DESCRIPTION {
                self.left = whole.max(HEADER);
                continue;
            }
            let Some(message) = rest.get_mut(HEADER..whole.max(HEADER)) else { return at };
            hide(message);
            at += whole.max(HEADER);
        }
    }
}

/// Replaces the types in the description of rows: of each column a name that ends with a zero, six bytes,
/// the number of its type, and eight bytes.
fn hide(columns: &mut [u8]) {
    let mut rest = columns.get_mut(2..).unwrap_or_default();
    while let Some(end) = rest.iter().position(|byte| *byte == 0) {
        let Some(ty) = rest[end..].get_mut(7..11) else { return };
        if u32::from_be_bytes([ty[0], ty[1], ty[2], ty[3]]) > LAST_BUILT_IN {
            ty.copy_from_slice(&UNKNOWN.to_be_bytes());
        }
        rest = rest[end..].get_mut(19..).unwrap_or_default();
    }
}

impl AsyncRead for OwnTypes {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            if this.ready > 0 {
                let given = this.ready.min(buf.remaining());
                buf.put_slice(&this.held[..given]);
                this.held.advance(given);
                this.ready -= given;
                return Poll::Ready(Ok(()));
            }
            if this.held.is_empty() {
                let before = buf.filled().len();
                ready!(Pin::new(&mut this.line).poll_read(cx, buf))?;
                let new = &mut buf.filled_mut()[before..];
                let passed = this.passing.take(new);
                this.held.extend_from_slice(&new[passed..]);
                let end = new.is_empty();
                buf.set_filled(before + passed);
                if passed > 0 || end {
                    return Poll::Ready(Ok(()));
                }
                continue;
            }
            let mut more = [0; 4096];
            let mut more = ReadBuf::new(&mut more);
            ready!(Pin::new(&mut this.line).poll_read(cx, &mut more))?;
            this.held.extend_from_slice(more.filled());
            // at the end of the stream, what there is of the last message
            let end = more.filled().is_empty();
            this.ready = if end { this.held.len() } else { this.passing.take(&mut this.held) };
        }
    }
}

impl AsyncWrite for OwnTypes {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.line).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_shutdown(cx)
    }
}

impl TlsStream for OwnTypes {
    fn channel_binding(&self) -> ChannelBinding {
        self.line.channel_binding()
    }
}

#[cfg(test)]
mod tests;
