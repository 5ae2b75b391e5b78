//! What is replaced in the messages of a server, however the bytes are cut.

use super::*;
use std::collections::VecDeque;
use tokio::io::AsyncReadExt;

/// A line that brings its bytes in these pieces, and then ends.
struct Pieces(VecDeque<Vec<u8>>);

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(mut piece) = self.0.pop_front() {
            let given = piece.len().min(buf.remaining());
            buf.put_slice(&piece[..given]);
            if given < piece.len() {
                self.0.push_front(piece.split_off(given));
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pieces {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Pending
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

impl TlsStream for Pieces {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[tag][..], &length.to_be_bytes(), body].concat()
}

/// The description of columns of these types.
fn described(columns: &[(&str, u32)]) -> Vec<u8> {
    let mut body = u16::try_from(columns.len()).unwrap().to_be_bytes().to_vec();
    for (name, ty) in columns {
        body.extend(name.as_bytes());
        body.extend([0, 0, 0, 64, 0, 0, 1]);
        body.extend(ty.to_be_bytes());
        body.extend([0, 4, 255, 255, 255, 255, 0, 1]);
    }
    message(b'T', &body)
}

fn answer(types: [u32; 3]) -> Vec<u8> {
    let [id, rank, past] = types;
    let rows = message(b'D', b"T\0\0\0\x1b\0\0\0rank\0\0\0\0\0\0\0\0\0\x7f\xff");
    [
        message(b'1', b""),
        described(&[("id", id), ("rank", rank), ("past", past)]),
        rows.clone(),
        rows,
        described(&[("rank", rank)]),
        message(b'C', b"SELECT 2\0"),
        message(b'Z', b"I"),
    ]
    .concat()
}

#[tokio::test]
async fn types_that_were_made_later_are_hidden_however_the_bytes_are_cut() {
    let (sent, expected) = (answer([20, 16_384, 99_999]), answer([20, UNKNOWN, UNKNOWN]));
    assert_eq!(sent.len(), expected.len());
    for size in 1..=sent.len() {
        let pieces = sent.chunks(size).map(<[u8]>::to_vec).collect();
        let mut line = OwnTypes::hidden(Box::new(Pieces(pieces)));
        let mut read = Vec::new();
        line.read_to_end(&mut read).await.unwrap();
        assert_eq!(read, expected, "in pieces of {size}");
    }
}

#[tokio::test]
async fn a_message_that_ends_early_is_handed_on_as_far_as_it_came() {
    let sent = &described(&[("rank", 16_384)])[..12];
    let mut line = OwnTypes::hidden(Box::new(Pieces([sent.to_vec()].into())));
    let mut read = Vec::new();
    line.read_to_end(&mut read).await.unwrap();
    assert_eq!(read, sent);
}

#[test]
fn a_description_that_is_cut_short_is_left_alone() {
    for length in 0..40 {
        let whole = described(&[("a", 99_999), ("b", 99_999)]);
        hide(&mut whole[HEADER..].iter().copied().take(length).collect::<Vec<_>>());
    }
}
