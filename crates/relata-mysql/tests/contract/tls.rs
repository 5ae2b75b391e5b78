//! Encrypted connections, to a server with a certificate of the test's own.

use crate::{private::Private, support::*};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
};
use relata_core::{
    ErrorKind,
    connection::{Begin, Driver, Step},
};
use relata_mysql::{MySqlDriver, Placement};
use std::{fs, path::Path};
use tempfile::TempDir;

/// Who signs certificates.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = named(name, &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Writes a certificate and its key beside each other.
    fn sign(&self, params: &CertificateParams, directory: &Path, name: &str) {
        let key = KeyPair::generate().unwrap();
        let signed = params.signed_by(&key, &self.0).unwrap();
        fs::write(directory.join(format!("{name}.pem")), signed.pem()).unwrap();
        fs::write(directory.join(format!("{name}-key.pem")), key.serialize_pem()).unwrap();
    }

    fn write(&self, directory: &Path, name: &str) {
        fs::write(directory.join(name), self.0.pem()).unwrap();
    }
}

fn named(name: &str, hosts: &[&str]) -> CertificateParams {
    let hosts: Vec<_> = hosts.iter().map(|&host| host.to_owned()).collect();
    let mut params = CertificateParams::new(hosts).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

/// A server whose certificate is for `localhost`, and files of certificates in its directory.
fn start(test: &str) -> Option<(Private, Authority)> {
    let directory = TempDir::new().unwrap();
    let at = directory.path().to_owned();
    let authority = Authority::new("heroes' own");
    authority.write(&at, "ca.pem");
    authority.sign(&named("server", &["localhost"]), &at, "server");
    authority.sign(&named("ada", &[]), &at, "ada");
    Authority::new("a stranger").write(&at, "other.pem");
    fs::write(at.join("none.pem"), "nothing").unwrap();
    let file = |option: &str, name: &str| format!("--{option}={}", at.join(name).display());
    let options = [
        file("ssl-ca", "ca.pem"),
        file("ssl-cert", "server.pem"),
        file("ssl-key", "server-key.pem"),
    ];
    let server = Private::start_in(test, directory, &options.each_ref().map(|it| &**it))?;
    Some((server, authority))
}

/// Opens a connection with options in which `{}` is the directory of the files.
async fn open(
    server: &Private,
    placement: Placement,
    host: &str,
    options: &str,
) -> Result<Conn, String> {
    let directory = server.directory().to_str().unwrap();
    let url = format!("mysql://ada:s3cret@{host}:{}/?{options}", server.port);
    let driver = MySqlDriver::from_url(&url.replace("{}", directory), placement).unwrap();
    driver.connect().await.map_err(|error| {
        assert_eq!(error.kind(), ErrorKind::CannotOpen);
        assert!(!format!("{error:?}{error}").contains("s3cret"), "{error:?}");
        error.to_string().replace(directory, "{}").replace(&server.port.to_string(), "PORT")
    })
}

async fn is_encrypted(conn: &mut Conn) -> bool {
    let status = rows(conn, "SHOW STATUS LIKE 'Ssl_cipher'").await.remove(0);
    !status.ends_with(r#"Text("")"#)
}

async fn add_ada(db: &Db) {
    let mut admin = db.connect().await;
    let add = "CREATE OR REPLACE USER ada IDENTIFIED BY 's3cret'";
    run(&mut admin, [sql(add), sql("DROP USER IF EXISTS ''@localhost")]).await.unwrap();
}

#[test]
fn connections_are_encrypted_as_the_mode_says() {
    let Some((server, _)) = start("connections_are_encrypted") else { return };
    on(&server.url(), async |db: Db| {
        add_ada(&db).await;
        for (host, options, encrypted) in [
            ("localhost", "ssl-mode=disabled", false),
            ("localhost", "", true),
            ("localhost", "ssl-mode=preferred", true),
            ("127.0.0.1", "ssl-mode=required", true),
            ("127.0.0.1", "ssl-mode=verify_ca&ssl-ca={}/ca.pem", true),
            ("localhost", "ssl-mode=verify_identity&ssl-ca={}/ca.pem", true),
        ] {
            let mut conn = open(&server, db.placement, host, options).await.unwrap();
            assert_eq!(is_encrypted(&mut conn).await, encrypted, "{options}");
        }
        // What stops a statement is encrypted too.
        let options = "ssl-mode=verify_identity&ssl-ca={}/ca.pem";
        let mut conn = open(&server, db.placement, "localhost", options).await.unwrap();
        let mut plain = db.connect().await;
        run(&mut plain, [sql("ALTER USER ada REQUIRE SSL")]).await.unwrap();
        run(&mut conn, [Step::Begin(Begin::Write)]).await.unwrap();
        let mut future = conn.run(batch([sql("DO SLEEP(602)")]));
        assert!(poll(&mut future, 1).await.is_none());
        under_way(&mut plain, "SLEEP(602)").await;
        drop(future);
        assert!(run(&mut conn, [read("SELECT 1")]).await.unwrap().in_transaction);
    });
}

#[test]
fn a_server_that_is_not_who_it_should_be_is_refused() {
    let Some((server, authority)) = start("a_server_that_is_not") else { return };
    let stranger = "the certificate of `HOST:PORT` is signed by nobody who is trusted; name the file of who signed it with `ssl-ca`";
    on(&server.url(), async |db: Db| {
        add_ada(&db).await;
        for (host, options, expected) in [
            ("localhost", "ssl-mode=verify_ca&ssl-ca={}/other.pem", stranger),
            ("localhost", "ssl-mode=verify_identity&ssl-ca={}/other.pem", stranger),
            (
                "127.0.0.1",
                "ssl-mode=verify_identity&ssl-ca={}/ca.pem",
                "the certificate of `HOST:PORT` is not for `127.0.0.1`; connect by a name that it is for, or check only who signed it with `ssl-mode=verify_ca`",
            ),
            (
                "localhost",
                "ssl-mode=verify_ca&ssl-ca={}/none.pem",
                "the file `{}/none.pem` of `ssl-ca` cannot be used: it holds no certificates in the form PEM",
            ),
            (
                "localhost",
                "ssl-mode=verify_ca&ssl-ca={}/missing.pem",
                "the file `{}/missing.pem` of `ssl-ca` cannot be used: No such file or directory (os error 2)",
            ),
            (
                "localhost",
                "ssl-cert={}/ada.pem&ssl-key={}/none.pem",
                "the file `{}/none.pem` of `ssl-key` cannot be used: it holds no private key in the form PEM",
            ),
        ] {
            let refused = open(&server, db.placement, host, options).await.err().unwrap();
            assert_eq!(refused, expected.replace("HOST", host), "{options}");
        }
        // Signed by nobody whom the operating system knows, if it knows anybody.
        let refused = open(&server, db.placement, "localhost", "ssl-mode=verify_identity").await;
        let refused = refused.err().unwrap();
        let nobody = "this system trusts no certificate; name a file of some with `ssl-ca`";
        assert!([&stranger.replace("HOST", "localhost"), nobody].contains(&&*refused), "{refused}");

        let mut expired = named("server", &["localhost"]);
        expired.not_after = rcgen::date_time_ymd(2000, 1, 1);
        let mut admin = db.connect().await;
        for (params, expected) in [
            (expired, Some("the certificate of `localhost:PORT` has expired; renew it there")),
            (named("server", &["localhost"]), None),
        ] {
            authority.sign(&params, server.directory(), "server");
            run(&mut admin, [sql("FLUSH SSL")]).await.unwrap();
            let options = "ssl-mode=verify_ca&ssl-ca={}/ca.pem";
            let refused = open(&server, db.placement, "localhost", options).await.err();
            assert_eq!(refused.as_deref(), expected);
        }
    });
}

#[test]
fn a_client_shows_its_certificate() {
    let Some((server, _)) = start("a_client_shows") else { return };
    let refused = "`localhost:PORT` does not let the user `ada` in; check the user, the password and the database in the URL";
    on(&server.url(), async |db: Db| {
        add_ada(&db).await;
        let mut admin = db.connect().await;
        run(&mut admin, [sql("ALTER USER ada REQUIRE X509")]).await.unwrap();
        for options in ["ssl-mode=disabled", "ssl-mode=required"] {
            let outcome = open(&server, db.placement, "localhost", options).await;
            assert_eq!(outcome.err().unwrap(), refused);
        }
        let options =
            "ssl-mode=verify_identity&ssl-ca={}/ca.pem&ssl-cert={}/ada.pem&ssl-key={}/ada-key.pem";
        let mut conn = open(&server, db.placement, "localhost", options).await.unwrap();
        assert!(is_encrypted(&mut conn).await);
    });
}

#[test]
fn a_server_without_encryption() {
    let Some(server) = Private::start("a_server_without_encryption", &["--skip-ssl"]) else {
        return;
    };
    on(&server.url(), async |db: Db| {
        add_ada(&db).await;
        for options in ["", "ssl-mode=disabled"] {
            let mut conn = open(&server, db.placement, "localhost", options).await.unwrap();
            assert!(!is_encrypted(&mut conn).await);
        }
        let outcome = open(&server, db.placement, "localhost", "ssl-mode=required").await;
        let expected = "`localhost:PORT` does not encrypt connections; turn TLS on there, or set `ssl-mode=disabled` in the URL";
        assert_eq!(outcome.err().unwrap(), expected);
    });
}
