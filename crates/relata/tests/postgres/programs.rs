//! Programs that tests start for themselves: found where Debian has them, run as a user that is not
//! root, ended with the test.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// The path of a program, by what comes behind the last `/`.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let listed = env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = env::split_paths(&listed).collect();
    places.push("/usr/sbin".into());
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    versions.sort();
    places.extend(versions.into_iter().rev());
    places.into_iter().map(|place| place.join(name)).find(|path| path.is_file())
}

/// The user and group to run servers as, where this process is root.
fn servant() -> Option<(u32, u32)> {
    let number = |arguments: &[&str]| -> Option<u32> {
        let output = Command::new("id").args(arguments).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    if number(&["-u"]) != Some(0) {
        return None;
    }
    let user = ["postgres", "nobody"]
        .into_iter()
        .find_map(|user| Some((number(&["-u", user])?, number(&["-g", user])?)));
    Some(user.unwrap_or((65534, 65534)))
}

/// A command that does not run as root.
pub(crate) fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = servant() {
        command.uid(user).gid(group);
    }
    command.current_dir("/");
    command
}

/// A directory that goes with this, and belongs to whom servers run as.
pub(crate) fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    give(directory.path());
    directory
}

/// Gives a file to whom servers run as.
pub(crate) fn give(path: &Path) {
    if let Some((user, group)) = servant() {
        chown(path, Some(user), Some(group)).unwrap();
    }
}

/// A program that runs until this is dropped.
pub(crate) struct Running(Child);

impl Running {
    /// Starts a program, and waits until it says on its standard error that it is ready. Where it ends
    /// before, or says nothing more, gives what it said.
    pub(crate) fn start(mut command: Command, ready: &'static str) -> Result<Self, String> {
        let child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut running = Running(child);
        let lines = BufReader::new(running.0.stderr.take().unwrap()).lines();
        let (said, heard) = mpsc::channel();
        // It is read to its end, so that the program never waits for a reader.
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = said.send(line);
            }
        });
        let mut before = String::new();
        loop {
            let Ok(line) = heard.recv_timeout(Duration::from_secs(60)) else { return Err(before) };
            if line.contains(ready) {
                return Ok(running);
            }
            before = before + &line + "\n";
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
