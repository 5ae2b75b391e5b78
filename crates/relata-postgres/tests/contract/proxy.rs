//! A proxy between the driver and the server, which can be cut.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// Passes bytes on until it is told to keep those of the server back, or to cut all connections.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) port: u16,
    deaf: Arc<AtomicBool>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    /// A proxy to a server at `host:port`.
    pub(crate) fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let proxy = Proxy { port, deaf: Arc::default(), streams: Arc::default() };
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
            while let Ok(count @ 1..) = from.read(&mut bytes) {
                if answers && proxy.deaf.load(Ordering::SeqCst) {
                    // The server has answered: it has done what it was sent.
                    proxy.cut();
                    break;
                }
                if to.write_all(&bytes[..count]).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(Shutdown::Both);
        });
    }

    /// From now on the first answer of the server is kept back, and everything cut.
    pub(crate) fn cut_at_the_next_answer(&self) {
        self.deaf.store(true, Ordering::SeqCst);
    }

    /// Cuts all connections.
    pub(crate) fn cut(&self) {
        for stream in self.streams.lock().unwrap().iter() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
