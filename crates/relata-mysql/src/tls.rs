//! How connections are encrypted, which certificates are trusted, and what is said where one is not.

use crate::url::{Place, SslMode};
use mysql_async::{ClientIdentity, SslOpts};
use relata_core::error::{Error, ErrorKind, Result};
use rustls::{
    CertificateError, Error as Refused, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{path::Path, sync::OnceLock};

/// The host that a certificate is checked for where its name does not matter. The library overlooks
/// the fault that it is for another host, and no other, where the text of the fault has this word in
/// it (blackbeam/mysql_async#404). Servers do not look at the name.
const ANY_NAME: &str = "NotValidForName";

/// What a connection is encrypted with; `None` where it is not.
pub(crate) fn options(place: &Place) -> Result<Option<SslOpts>> {
    let ssl = &place.ssl;
    if place.socket.is_some() || ssl.mode == SslMode::Disabled {
        return Ok(None);
    }
    provide_cryptography();
    let roots = match (&ssl.ca, ssl.mode >= SslMode::VerifyCa) {
        (Some(path), _) => Some(certificates("ssl-ca", path)?),
        (None, true) => Some(system()?.to_vec()),
        // Nothing is verified.
        (None, false) => None,
    };
    let identity = match (&ssl.cert, &ssl.key) {
        (Some(cert), Some(key)) => Some(ClientIdentity::new(
            file("ssl-cert", cert).map(Into::into)?,
            private_key("ssl-key", key)?.into(),
        )),
        _ => None,
    };
    let only_signed = ssl.mode == SslMode::VerifyCa;
    Ok(Some(
        SslOpts::default()
            .with_disable_built_in_roots(roots.is_some())
            .with_root_certs(roots.into_iter().flatten().map(|root| root.to_vec().into()).collect())
            .with_client_identity(identity)
            .with_danger_accept_invalid_certs(ssl.mode < SslMode::VerifyCa)
            .with_danger_skip_domain_validation(ssl.mode < SslMode::VerifyIdentity)
            .with_danger_tls_hostname_override(only_signed.then_some(ANY_NAME)),
    ))
}

/// Where a program has chosen none, and features of several are turned on, rustls would panic.
fn provide_cryptography() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Fails only where another thread was faster.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

/// Those that the operating system trusts, looked up once.
fn system() -> Result<&'static [CertificateDer<'static>]> {
    static FOUND: OnceLock<Vec<CertificateDer<'static>>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let mut found = rustls_native_certs::load_native_certs().certs;
        // One that cannot be understood would keep all connections from opening.
        found.retain(|root| RootCertStore::empty().add(root.clone()).is_ok());
        found
    });
    match found.is_empty() {
        false => Ok(found),
        true => Err(broken("this system trusts no certificate; name a file of some with `ssl-ca`")),
    }
}

fn certificates(option: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let bytes = file(option, path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(unusable(option, path, "it holds no certificates in the form PEM")),
    }
}

fn private_key(option: &str, path: &Path) -> Result<Vec<u8>> {
    let bytes = file(option, path)?;
    match PrivateKeyDer::from_pem_slice(&bytes) {
        Ok(_) => Ok(bytes),
        Err(_) => Err(unusable(option, path, "it holds no private key in the form PEM")),
    }
}

fn file(option: &str, path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| unusable(option, path, &error.to_string()))
}

fn unusable(option: &str, path: &Path, why: &str) -> Error {
    broken(&format!("the file `{}` of `{option}` cannot be used: {why}", path.display()))
}

fn broken(message: &str) -> Error {
    Error::new(ErrorKind::CannotOpen, message.to_owned())
}

/// Why the server, or its certificate, was refused, and what to do.
pub(crate) fn explain(refused: &Refused, place: &Place) -> String {
    let server = place.shown();
    let Refused::InvalidCertificate(why) = refused else {
        return format!(
            "the encrypted connection to `{server}` failed: {refused}; `ssl-mode=disabled` in the URL does without"
        );
    };
    match why {
        CertificateError::UnknownIssuer => format!(
            "the certificate of `{server}` is signed by nobody who is trusted; name the file of who signed it with `ssl-ca`"
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!(
                "the certificate of `{server}` is not for `{}`; connect by a name that it is for, or check only who signed it with `ssl-mode=verify_ca`",
                place.host
            )
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("the certificate of `{server}` has expired; renew it there")
        }
        CertificateError::Other(why) if why.to_string().contains("UnsupportedCertVersion") => {
            format!(
                "the certificate of `{server}` is of version 1; sign one of version 3 there, or set `ssl-mode=disabled` in the URL"
            )
        }
        why => format!(
            "the certificate of `{server}` cannot be used: {why}; `ssl-mode=disabled` in the URL does without"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::OtherError;
    use std::{io, sync::Arc};

    #[test]
    fn what_rustls_has_no_word_for() {
        let place = Place::parse("mysql://host/heroes").unwrap();
        let said = |why: &str| {
            let why =
                CertificateError::Other(OtherError(Arc::new(io::Error::other(why.to_owned()))));
            explain(&Refused::InvalidCertificate(why), &place)
        };
        assert_eq!(
            said("UnsupportedCertVersion"),
            "the certificate of `host:3306` is of version 1; sign one of version 3 there, or set `ssl-mode=disabled` in the URL"
        );
        let other = said("SomethingElse");
        assert!(other.starts_with("the certificate of `host:3306` cannot be used: "), "{other}");
        assert!(other.ends_with("; `ssl-mode=disabled` in the URL does without"), "{other}");
        assert_eq!(
            explain(&Refused::HandshakeNotComplete, &place),
            "the encrypted connection to `host:3306` failed: handshake not complete; `ssl-mode=disabled` in the URL does without"
        );
    }
}
