//! Ports for servers that tests start.

use std::{
    net::TcpListener,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

/// Starts a server on a port that nobody listens on, and on another one where somebody was faster: then
/// the server says that the port is in use.
pub(crate) fn on_free_port<T>(mut start: impl FnMut(u16) -> Result<T, String>) -> T {
    for _ in 0..9 {
        match start(free_port()) {
            Ok(started) => return started,
            Err(said) => assert!(said.contains("in use"), "the server has not started:\n{said}"),
        }
    }
    start(free_port()).unwrap()
}

/// One below those that the system gives to outgoing connections. While a server is down, one of
/// those could take its port, or even reach itself.
fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let mut tried = std::iter::repeat_with(|| {
        let spread = process::id() * 16 + NEXT.fetch_add(1, Ordering::Relaxed);
        20_000 + (spread % 12_000) as u16
    });
    tried.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}
