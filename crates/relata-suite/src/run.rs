//! The list of tests: each case on each backend, as `postgres::links::…`.

use crate::{Case, backend};
use libtest_mimic::{Arguments, Failed, Trial};
use std::process::ExitCode;

/// Runs every case that is linked into the program on every backend, as its command line says,
/// which is that of Rust's own tests. Cases of a backend whose server is not named are ignored,
/// and the standard error says why.
pub fn run() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for &backend in backend::ALL {
        let missing = backend.missing();
        if let Some(why) = &missing {
            eprintln!("SKIPPED all cases on {}: {why}", backend.name());
        }
        for case in inventory::iter::<Case> {
            if !case.needs.iter().all(|need| backend.has(*need)) {
                continue;
            }
            let module = case.module.split_once("::").map_or("", |(_, module)| module);
            let name = format!("{}::{module}::{}", backend.name(), case.name);
            let missing = missing.clone();
            let test = move || -> Result<(), Failed> {
                if let Some(why) = missing {
                    return Err(why.into());
                }
                backend::with(backend, case.run).map_err(Failed::from)
            };
            trials.push(Trial::test(name, test).with_ignored_flag(backend.missing().is_some()));
        }
    }
    trials.sort_by(|one, other| one.name().cmp(other.name()));
    libtest_mimic::run(&arguments, trials).exit_code()
}
