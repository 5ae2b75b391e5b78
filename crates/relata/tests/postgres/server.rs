//! A PostgreSQL of the test's own, which it may stop, start and configure.

use crate::{port::on_free_port, programs, skipped::skipped};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

/// A server with data in a temporary directory, both gone when this is.
pub(crate) struct Server {
    tool: PathBuf,
    directory: tempfile::TempDir,
    pub(crate) port: u16,
}

impl Server {
    /// Makes a server and starts it; none where its programs are not there.
    pub(crate) fn start(test: &str) -> Option<Self> {
        Server::configured(test, |_| String::new())
    }

    /// A server with settings that may name files in its directory.
    pub(crate) fn configured(test: &str, settings: impl FnOnce(&Path) -> String) -> Option<Self> {
        let (Some(initdb), Some(tool)) = (programs::find("initdb"), programs::find("pg_ctl"))
        else {
            skipped(test, "the programs of a PostgreSQL server are not installed");
            return None;
        };
        let directory = programs::directory();
        let mut init = programs::command(&initdb);
        init.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "-D"]);
        let init = init.arg(directory.path().join("data")).output().unwrap();
        assert!(init.status.success(), "{}", String::from_utf8_lossy(&init.stderr));
        let mut server = Server { tool, directory, port: 0 };
        let settings = settings(server.directory());
        on_free_port(|port| {
            server.port = port;
            // What was written lasts when the server ends, and need not when the machine does.
            let sockets = server.directory.path().display();
            let ours = format!(
                "port = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{sockets}'\nfsync = off\n"
            );
            fs::write(server.data().join("postgresql.auto.conf"), ours + &settings).unwrap();
            server.run()
        });
        Some(server)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it again, and waits until it takes connections.
    pub(crate) fn go_on(&self) {
        self.run().unwrap();
    }

    /// Starts it; where it does not come up, gives what it said.
    fn run(&self) -> Result<(), String> {
        let log = self.directory.path().join("log");
        let log = log.to_str().unwrap();
        if self.control(&["start", "-l", log]) {
            return Ok(());
        }
        Err(fs::read_to_string(log).unwrap())
    }

    /// Stops it: `fast` ends what is under way, `immediate` is as if it crashed.
    pub(crate) fn stop(&self, mode: &str) {
        assert!(self.control(&["stop", "-m", mode]));
    }

    fn control(&self, arguments: &[&str]) -> bool {
        let mut command = programs::command(&self.tool);
        command.arg("-w").arg("-D").arg(self.data()).args(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().unwrap().success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.control(&["stop", "-m", "immediate"]);
    }
}
