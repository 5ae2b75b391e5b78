//! Connections that are encrypted, to a server with a certificate that the test makes; passwords with
//! every sign, and that nobody sees them.

use crate::server::Server;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair,
};
use relata::{Error, ErrorKind, Result, blocking::Engine, query};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Writes the certificate and key of a server or a client.
fn certify(authority: &Authority, name: &str, client: bool, directory: &Path) {
    let key = KeyPair::generate().unwrap();
    let hosts = if client { vec![] } else { vec![name.to_owned()] };
    let mut params = CertificateParams::new(hosts).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    let purpose = match client {
        true => ExtendedKeyUsagePurpose::ClientAuth,
        false => ExtendedKeyUsagePurpose::ServerAuth,
    };
    params.extended_key_usages.push(purpose);
    let certificate = params.signed_by(&key, authority).unwrap();
    write(directory, &format!("{name}.pem"), &certificate.pem());
    write(directory, &format!("{name}.key"), &key.serialize_pem());
}

/// Files that only their owner reads, who is the server's.
fn write(directory: &Path, name: &str, text: &str) {
    let path = directory.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    crate::programs::give(&path);
}

const PASSWORD: &str = "p@ss:w/rd?#%\\'\" é";
const ENCODED: &str = "p%40ss%3Aw%2Frd%3F%23%25%5C%27%22%20%C3%A9";

/// A server whose certificate is for `localhost`, with users who show themselves by password and by
/// certificate.
fn server(test: &str, tls: bool) -> Option<Server> {
    let server = Server::configured(test, |directory| {
        let ours = authority("ours");
        write(directory, "ours.pem", &ours.pem());
        write(directory, "another.pem", &authority("another").pem());
        write(directory, "nothing.pem", "nothing");
        certify(&ours, "localhost", false, directory);
        certify(&ours, "grace", true, directory);
        certify(&authority("another"), "mallory", true, directory);
        let rules = "local all all trust
host all postgres 127.0.0.1/32 trust
hostssl all grace 127.0.0.1/32 cert
host all ada 127.0.0.1/32 scram-sha-256
";
        write(&directory.join("data"), "pg_hba.conf", rules);
        let path = directory.display();
        let tls = if tls { "on" } else { "off" };
        format!(
            "ssl = {tls}
ssl_cert_file = '{path}/localhost.pem'
ssl_key_file = '{path}/localhost.key'
ssl_ca_file = '{path}/ours.pem'
"
        )
    })?;
    let engine = Engine::connect(server.url()).unwrap();
    let password = PASSWORD.replace('\'', "''");
    for sql in
        [format!("CREATE ROLE ada LOGIN PASSWORD '{password}'"), "CREATE ROLE grace LOGIN".into()]
    {
        engine.exec(query::raw(sql)).run().unwrap();
    }
    Some(server)
}

/// Whether a connection is encrypted, and who the server takes it to be of.
fn seen(server: &Server, user: &str, host: &str, options: &str) -> Result<(bool, String)> {
    let path = server.directory().display().to_string();
    let options = options.replace("{}", &path);
    let port = server.port;
    let engine = Engine::connect(format!("postgres://{user}@{host}:{port}/postgres?{options}"))?;
    let ask = "SELECT ssl, session_user::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    engine.exec(query::raw(ask).into_tuple::<(bool, String)>()).one()
}

#[test]
fn as_much_is_checked_as_was_asked_for() {
    let Some(server) = server("tls_modes", true) else { return };
    const UNKNOWN: &str =
        "is signed by nobody who is trusted; name the file of who signed it with `sslrootcert`";
    const NAME: &str = "is not for this name; connect by a name that it is for";
    // For each mode and file of trusted certificates: by the right name, and by another.
    for (options, right, other) in [
        ("sslmode=disable", Ok(false), Ok(false)),
        ("sslmode=allow", Ok(true), Ok(true)),
        ("sslmode=prefer", Ok(true), Ok(true)),
        ("", Ok(true), Ok(true)),
        ("sslmode=require", Ok(true), Ok(true)),
        ("sslmode=require&sslrootcert={}/ours.pem", Ok(true), Ok(true)),
        ("sslmode=require&sslrootcert={}/another.pem", Err(UNKNOWN), Err(UNKNOWN)),
        ("sslmode=verify-ca&sslrootcert={}/ours.pem", Ok(true), Ok(true)),
        ("sslmode=verify-ca&sslrootcert={}/another.pem", Err(UNKNOWN), Err(UNKNOWN)),
        ("sslmode=verify-full&sslrootcert={}/ours.pem", Ok(true), Err(NAME)),
        ("sslmode=verify-full&sslrootcert={}/another.pem", Err(UNKNOWN), Err(UNKNOWN)),
        ("sslmode=verify-full&sslrootcert=system", Err(UNKNOWN), Err(UNKNOWN)),
    ] {
        for (host, expected) in [("localhost", right), ("127.0.0.1", other)] {
            match (seen(&server, "postgres", host, options), expected) {
                (Ok((encrypted, _)), Ok(expected)) => assert_eq!(encrypted, expected, "{options}"),
                (Err(error), Err(why)) => {
                    assert_eq!(error.kind(), ErrorKind::CannotOpen);
                    assert!(error.to_string().contains(why), "{options} {host}: {error}");
                }
                (seen, _) => panic!("{options} {host}: {seen:?}"),
            }
        }
    }
    for (file, why) in
        [("{}/none.pem", "cannot be used: "), ("{}/nothing.pem", "has no certificate in it")]
    {
        let options = format!("sslmode=verify-ca&sslrootcert={file}");
        let error = seen(&server, "postgres", "localhost", &options).unwrap_err().to_string();
        assert!(error.contains("of `sslrootcert`") && error.contains(why), "{error}");
    }
}

#[test]
fn a_server_without_tls() {
    let Some(server) = server("tls_off", false) else { return };
    for mode in ["disable", "allow", "prefer"] {
        let options = format!("sslmode={mode}");
        assert!(!seen(&server, "postgres", "localhost", &options).unwrap().0);
    }
    for mode in ["require", "verify-ca", "verify-full"] {
        let options = format!("sslmode={mode}&sslrootcert={{}}/ours.pem");
        let error = seen(&server, "postgres", "localhost", &options).unwrap_err();
        assert!(error.to_string().contains("the server has no TLS, which `sslmode` requires"));
    }
}

#[test]
fn clients_show_themselves_by_certificate() {
    let Some(server) = server("tls_client", true) else { return };
    let by = |name: &str| format!("sslmode=require&sslcert={{}}/{name}.pem&sslkey={{}}/{name}.key");
    let seen = |options: &str| seen(&server, "grace", "localhost", options);
    assert_eq!(seen(&by("grace")).unwrap(), (true, "grace".into()));
    let error = seen("sslmode=require").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CannotOpen);
    assert!(error.to_string().contains("requires a valid client certificate"), "{error}");
    assert_eq!(seen(&by("mallory")).unwrap_err().kind(), ErrorKind::CannotOpen);
    for (options, message) in [
        ("sslcert={}/grace.pem&sslkey={}/localhost.key", "do not fit: "),
        ("sslcert={}/grace.pem&sslkey={}/none.key", "/none.key` of `sslkey` cannot be used: "),
        (
            "sslcert={}/nothing.pem&sslkey={}/grace.key",
            "/nothing.pem` of `sslcert` has no certificate in it",
        ),
    ] {
        let error = seen(options).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
    }
}

fn hides(error: &Error) {
    let shown = format!("{error} {error:?} {error:#?} {:?}", std::error::Error::source(error));
    for secret in [PASSWORD, ENCODED, "w/rd", "w%2Frd", "ss:w", "ss%3Aw"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn passwords_of_every_sign_come_to_the_server_and_to_nobody_else() {
    let Some(server) = server("tls_password", true) else { return };
    let encoded = format!("ada:{ENCODED}");
    for options in ["sslmode=disable", "channel_binding=require", "channel_binding=disable"] {
        assert_eq!(seen(&server, &encoded, "localhost", options).unwrap().1, "ada");
    }
    let option = format!("password={ENCODED}");
    assert_eq!(seen(&server, "ada", "localhost", &option).unwrap().1, "ada");
    let error = seen(&server, &encoded, "localhost", "sslmode=disable&channel_binding=require");
    hides(&error.unwrap_err());

    let wrong = seen(&server, &format!("{encoded}x"), "localhost", "").unwrap_err();
    assert_eq!(wrong.code(), Some("28P01"));
    assert!(wrong.to_string().ends_with("check the user and password in the URL"), "{wrong}");
    hides(&wrong);
    let missing = seen(&server, "ada", "localhost", "").unwrap_err();
    assert!(
        missing.to_string().ends_with("wants a password for the user `ada`; write it in the URL")
    );
    // As it is it cannot be told from the rest of the URL.
    let raw = seen(&server, &format!("ada:{PASSWORD}"), "localhost", "").unwrap_err();
    assert_eq!(raw.kind(), ErrorKind::InvalidUrl);
    hides(&raw);

    let url = format!("postgres://{encoded}@127.0.0.1:{}/postgres", server.port);
    let engine = Engine::builder(&*url).build().unwrap();
    let shown = format!("{engine:?} {:?}", Engine::builder(&*url));
    assert!(!shown.contains("ada") && !shown.contains("w%2Frd"), "{shown}");
    let failed = engine.exec(query::raw("SELECT 1 / 0").into_tuple::<(i32,)>()).one();
    hides(&failed.unwrap_err());
}
