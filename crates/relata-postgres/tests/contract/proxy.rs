//! A proxy between the driver and the server, which can be cut.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver, Sender},
    },
    thread,
};

/// Passes bytes on until it is told to keep those of the server back, or to cut all connections.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) port: u16,
    cut: Arc<Mutex<Option<Cut>>>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
    /// A word of the client, and what the server hears in its place.
    garbled: Arc<Mutex<Option<[&'static str; 2]>>>,
}

/// From now on what the server says is kept back; where it says this, everything is cut.
#[derive(Clone)]
struct Cut {
    said: &'static [u8],
    /// Where it is passed on just before, who is told when all is done.
    passes: Option<Sender<()>>,
    /// What the client hears in its place.
    last_words: &'static [u8],
}

impl Proxy {
    /// A proxy to a server at `host:port`.
    pub(crate) fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (cut, streams, garbled) = Default::default();
        let proxy = Proxy { port, cut, streams, garbled };
        let (accepting, server) = (proxy.clone(), server.to_owned());
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), TcpStream::connect(&server).unwrap());
                accepting.pass(&client, &server, false);
                accepting.pass(&server, &client, true);
                accepting.streams.lock().unwrap().extend([client, server]);
            }
        });
        proxy
    }

    fn pass(&self, from: &TcpStream, to: &TcpStream, answers: bool) {
        let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        let proxy = self.clone();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            let mut kept: Vec<u8> = Vec::new();
            while let Ok(count @ 1..) = from.read(&mut bytes) {
                if !answers {
                    proxy.garble_in(&mut bytes[..count]);
                }
                let cut = proxy.cut.lock().unwrap().clone();
                if let Some(Cut { said, passes, last_words }) = cut.filter(|_| answers) {
                    kept.extend(&bytes[..count]);
                    // The server has answered: it has done what it was sent.
                    if said.is_empty() || kept.windows(said.len()).any(|part| part == said) {
                        if passes.is_some() {
                            let _ = to.write_all(&kept);
                        }
                        let _ = to.write_all(last_words);
                        proxy.cut();
                        let _ = passes.map(|done| done.send(()));
                        break;
                    }
                } else if to.write_all(&bytes[..count]).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(Shutdown::Both);
        });
    }

    /// From now on the first answer of the server is kept back, and everything cut.
    pub(crate) fn cut_at_the_next_answer(&self) {
        self.cut_when_it_has_said("");
    }

    /// From now on all answers of the server are kept back, and everything cut when it has done this.
    pub(crate) fn cut_when_it_has_said(&self, said: &'static str) {
        self.cut_with(said, b"");
    }

    /// The same, and the client is told what pgbouncer tells where the server has gone.
    pub(crate) fn crash_when_it_has_said(&self, said: &'static str) {
        self.cut_with(said, b"E\0\0\0\x29SFATAL\0C08P01\0Mserver conn crashed?\0\0");
    }

    fn cut_with(&self, said: &'static str, last_words: &'static [u8]) {
        let said = said.as_bytes();
        *self.cut.lock().unwrap() = Some(Cut { said, passes: None, last_words });
    }

    /// Passes answers on until the server has done this, and cuts everything behind it; then tells.
    pub(crate) fn cut_behind(&self, said: &'static str) -> Receiver<()> {
        let (passes, done) = mpsc::channel();
        let (said, passes) = (said.as_bytes(), Some(passes));
        *self.cut.lock().unwrap() = Some(Cut { said, passes, last_words: b"" });
        done
    }

    /// From now on the server hears another word of the same length in the place of this one.
    pub(crate) fn garble(&self, word: &'static str, other: &'static str) {
        *self.garbled.lock().unwrap() = Some([word, other]);
    }

    fn garble_in(&self, bytes: &mut [u8]) {
        let Some([word, other]) = *self.garbled.lock().unwrap() else { return };
        let at = bytes.windows(word.len()).position(|part| part == word.as_bytes());
        if let Some(at) = at {
            bytes[at..at + word.len()].copy_from_slice(other.as_bytes());
        }
    }

    /// Cuts all connections.
    pub(crate) fn cut(&self) {
        for stream in self.streams.lock().unwrap().iter() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
