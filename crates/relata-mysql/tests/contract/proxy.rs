//! A way to the server that can be cut: what the client sends is watched for words, and at the
//! word the bytes go on or not, and then the socket is closed.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// What is done when the client sends the word.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Cut {
    /// The server never hears it.
    Before,
    /// The server never hears it, and nobody says so.
    Silently,
    /// The server hears it and answers, but the client does not hear the answer.
    After,
}

/// What is cut, and whether that is for once.
type Rule = Arc<Mutex<Option<(&'static str, Cut, bool)>>>;

pub(crate) struct Proxy {
    pub(crate) port: u16,
    rule: Rule,
    server: Arc<Mutex<String>>,
}

impl Proxy {
    /// A way to the server at this address, such as `127.0.0.1:3306`.
    pub(crate) fn to(server: &str) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let rule = Rule::default();
        let server = Arc::new(Mutex::new(server.to_owned()));
        let (target, seen) = (Arc::clone(&server), Arc::clone(&rule));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(&*target.lock().unwrap()).unwrap();
                join(client, server, Arc::clone(&seen));
            }
        });
        Proxy { port, rule, server }
    }

    /// From now on connections are cut at this word.
    pub(crate) fn cut(&self, word: &'static str, cut: Cut) {
        *self.rule.lock().unwrap() = Some((word, cut, false));
    }

    /// Cuts one connection at this word, the first that comes to it.
    pub(crate) fn cut_once(&self, word: &'static str, cut: Cut) {
        *self.rule.lock().unwrap() = Some((word, cut, true));
    }

    /// Whether what was to be cut for once was.
    pub(crate) fn is_healed(&self) -> bool {
        self.rule.lock().unwrap().is_none()
    }

    /// Leads new connections to another server.
    pub(crate) fn lead_to(&self, server: &str) {
        server.clone_into(&mut self.server.lock().unwrap());
    }

    pub(crate) fn heal(&self) {
        *self.rule.lock().unwrap() = None;
    }
}

fn join(client: TcpStream, server: TcpStream, rule: Rule) {
    let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (mut answers, mut back) = (server, client);
    thread::spawn(move || {
        let mut bytes = [0; 65_536];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            let sent = &bytes[..count];
            let mut rule = rule.lock().unwrap();
            let found = rule.filter(|(word, ..)| {
                sent.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
            });
            if found.is_some_and(|(.., once)| once) {
                *rule = None;
            }
            drop(rule);
            if let Some((_, cut, _)) = found {
                if cut == Cut::Silently {
                    continue;
                }
                let _ = from.shutdown(Shutdown::Both);
                if cut == Cut::After {
                    to.write_all(sent).unwrap();
                    // The server has done it when it has answered, or at its end of the stream.
                    let _ = to.shutdown(Shutdown::Write);
                    continue;
                }
                let _ = to.shutdown(Shutdown::Both);
                return;
            }
            if to.write_all(sent).is_err() {
                return;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
    thread::spawn(move || {
        let mut bytes = [0; 65_536];
        while let Ok(count @ 1..) = answers.read(&mut bytes) {
            // Where the client is cut off the answers are read to their end all the same.
            let _ = back.write_all(&bytes[..count]);
        }
        let _ = back.shutdown(Shutdown::Both);
    });
}
