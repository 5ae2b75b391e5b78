//! A proxy that counts round trips: the commands that the client sends and waits for. The protocol has
//! no pipeline, so each of them is one.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Commands that nobody answers: to quit, to send a long value, to close a statement.
const UNANSWERED: [u8; 3] = [0x01, 0x18, 0x19];

/// A count of round trips.
#[derive(Clone, Default)]
pub(crate) struct Meter {
    trips: Arc<AtomicUsize>,
}

impl Meter {
    /// Starts a proxy to a server at `host:port`; gives its port too.
    pub(crate) fn to(server: &str) -> (Meter, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (meter, server) = (Meter::default(), server.to_owned());
        let counting = meter.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(&server).unwrap();
                client.set_nodelay(true).unwrap();
                server.set_nodelay(true).unwrap();
                let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let counting = counting.clone();
                thread::spawn(move || counting.pass(from, to));
                thread::spawn(move || {
                    let _ = io::copy(&mut &server, &mut &client);
                    let _ = client.shutdown(Shutdown::Both);
                });
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

    /// Passes on what the client sends, packet by packet: three bytes of length, a number that begins
    /// anew with each command, and the command.
    fn pass(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut header = [0; 4];
        while from.read_exact(&mut header).is_ok() {
            let length = u32::from_le_bytes([header[0], header[1], header[2], 0]) as usize;
            let mut packet = vec![0; length];
            if from.read_exact(&mut packet).is_err() {
                break;
            }
            let asks = packet.first().is_some_and(|command| !UNANSWERED.contains(command));
            // Counted before the server can answer.
            self.trips.fetch_add(usize::from(header[3] == 0 && asks), Ordering::SeqCst);
            if to.write_all(&[&header[..], &packet].concat()).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    }
}
