//! A proxy between the driver and the server, which can be cut.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// Passes bytes on until it is told to keep those of the server back, or to cut all connections.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) port: u16,
    /// From now on nothing of the server is passed on, and where it says this everything is cut.
    deaf_until: Arc<Mutex<Option<&'static [u8]>>>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    /// A proxy to a server at `host:port`.
    pub(crate) fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let proxy = Proxy { port, deaf_until: Arc::default(), streams: Arc::default() };
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
                let deaf_until = *proxy.deaf_until.lock().unwrap();
                if let Some(said) = deaf_until.filter(|_| answers) {
                    kept.extend(&bytes[..count]);
                    if said.is_empty() || kept.windows(said.len()).any(|part| part == said) {
                        // The server has answered: it has done what it was sent.
                        proxy.cut();
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
        *self.deaf_until.lock().unwrap() = Some(said.as_bytes());
    }

    /// Cuts all connections.
    pub(crate) fn cut(&self) {
        for stream in self.streams.lock().unwrap().iter() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
