//! A MariaDB of a test's own, for what must not be done to a server that others use. Its data are in
//! a temporary directory and go with it.

#![allow(dead_code, reason = "several programs of tests share it, and each uses a part")]

#[path = "../../../relata/tests/common/port.rs"]
mod port;
#[path = "../../../relata/tests/common/skipped.rs"]
mod skipped;

use port::on_free_port;
use std::{
    env, fs,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;

pub(crate) use skipped::skipped;

pub(crate) struct Private {
    pub(crate) port: u16,
    directory: TempDir,
    options: Vec<String>,
    program: PathBuf,
    server: Child,
}

impl Private {
    /// Starts one with options such as `--max-allowed-packet=1M`. Where there is none to be started
    /// it says that the test is skipped.
    pub(crate) fn start(test: &str, options: &[&str]) -> Option<Private> {
        Self::start_in(test, TempDir::new().unwrap(), options)
    }

    /// As [`start`](Self::start), in a directory that holds files for it already.
    pub(crate) fn start_in(test: &str, directory: TempDir, options: &[&str]) -> Option<Private> {
        let (Some(program), Some(install)) = (find("mariadbd"), find("mariadb-install-db")) else {
            skipped(test, "no `mariadbd` to start; install `mariadb-server`");
            return None;
        };
        let installed = Command::new(install)
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
            .args(places(&directory))
            .output()
            .unwrap();
        assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
        let options: Vec<_> = options.iter().map(|&option| option.to_owned()).collect();
        let (port, server) = on_free_port(|port| {
            run(&program, &directory, port, &options).map(|server| (port, server))
        });
        Some(Private { port, directory, options, program, server })
    }

    pub(crate) fn url(&self) -> String {
        format!("mysql://root@127.0.0.1:{}", self.port)
    }

    /// Where its files are.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Ends it without a word, as a crash does.
    pub(crate) fn crash(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    /// Starts it again after a crash, on the same port with the same data.
    pub(crate) fn restart(&mut self) {
        self.server = run(&self.program, &self.directory, self.port, &self.options).unwrap();
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Starts a server; where it does not come up, gives what it said.
fn run(
    program: &Path,
    directory: &TempDir,
    port: u16,
    options: &[String],
) -> Result<Child, String> {
    let mut server = Command::new(program)
        .args(["--no-defaults", "--bind-address=127.0.0.1", "--innodb-buffer-pool-size=32M"])
        // Written to the system with each commit, which outlives a crash of the server.
        .arg("--innodb-flush-log-at-trx-commit=2")
        .args(places(directory))
        .arg(format!("--socket={}", directory.path().join("socket").display()))
        .arg(format!("--port={port}"))
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut log = BufReader::new(server.stderr.take().unwrap());
    while !said.contains("ready for connections") {
        if log.read_line(&mut said).unwrap() == 0 {
            server.wait().unwrap();
            return Err(said);
        }
    }
    // It would stop where nobody reads.
    std::thread::spawn(move || io::copy(&mut log, &mut io::sink()));
    Ok(server)
}

/// Where its files are, and whose. A server that starts removes temporary tables in its directory for
/// them, those of others too, so it has one of its own.
fn places(directory: &TempDir) -> [String; 3] {
    let at = directory.path().display();
    [format!("--datadir={at}/data"), format!("--tmpdir={at}"), format!("--user={}", user())]
}

/// Who runs the tests. The server runs as root only where it is told to.
fn user() -> String {
    let said = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let more = ["/usr/sbin", "/usr/local/sbin", "/usr/local/mysql/bin"].map(PathBuf::from);
    let mut found = env::split_paths(&path).chain(more).map(|place| place.join(program));
    found.find(|path| fs::metadata(path).is_ok_and(|found| found.is_file()))
}
