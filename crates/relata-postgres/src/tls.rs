//! How a connection is secured: whether TLS is asked for, and what of the server's certificate is
//! checked.

use crate::{
    own_types::OwnTypes,
    watch::{Line, Said, Watched},
};
use relata_core::error::{Error, ErrorKind, Result};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{
        CertificateDer, PrivateKeyDer, ServerName, UnixTime,
        pem::{self, PemObject},
    },
};
use std::{
    io,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What asks the server whether it has TLS.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// A socket.
pub(crate) struct Wire(pub(crate) Box<dyn Duplex>);

/// What a socket can do.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Duplex for S {}

/// How much security is asked for, as libpq has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SslMode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// Which certificates are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Roots {
    /// Those of the operating system.
    System,
    /// Those in a file.
    File(String),
}

/// The files of the certificate and key by which a client says who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// The settings of TLS, ready for use.
#[derive(Clone)]
pub(crate) struct Security {
    required: bool,
    /// `None` where TLS is never asked for.
    connector: Option<MakeRustlsConnect>,
}

impl Security {
    pub(crate) fn new(
        mode: SslMode,
        roots: Option<&Roots>,
        identity: Option<&Identity>,
    ) -> Result<Self> {
        let verifier = match (mode, roots) {
            (SslMode::Disable, _) => return Ok(Security { required: false, connector: None }),
            // As libpq: whoever names a file wants the certificate to be checked against it.
            (SslMode::Require, Some(roots @ Roots::File(_))) => Verifier::new(roots, false)?,
            (SslMode::Prefer | SslMode::Require, _) => Verifier::trusting(),
            (SslMode::VerifyCa | SslMode::VerifyFull, roots) => {
                Verifier::new(roots.unwrap_or(&Roots::System), mode == SslMode::VerifyFull)?
            }
        };
        let config = ClientConfig::builder_with_provider(Arc::clone(&verifier.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| broken(format!("TLS cannot be set up: {error}")))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let config = match identity {
            None => config.with_no_client_auth(),
            Some(identity) => {
                let (certificates, key) = identity.read()?;
                config.with_client_auth_cert(certificates, key).map_err(|error| {
                    let Identity { certificate, key } = identity;
                    broken(format!(
                        "the files `{certificate}` of `sslcert` and `{key}` of `sslkey` do not fit: {error}"
                    ))
                })?
            }
        };
        let connector = Some(MakeRustlsConnect::new(config));
        Ok(Security { required: mode != SslMode::Prefer, connector })
    }

    /// What secures one connection to a host; a socket in the file system needs nothing.
    pub(crate) fn for_host(&self, host: Option<&str>, said: Arc<Said>) -> Secure {
        let (security, host) = (self.clone(), host.map(str::to_owned));
        Secure { security, host, said }
    }
}

/// Secures one connection, and watches it.
pub(crate) struct Secure {
    security: Security,
    host: Option<String>,
    said: Arc<Said>,
}

impl Secure {
    async fn line(&mut self, mut wire: Wire) -> io::Result<Line> {
        let (Some(connector), Some(host)) = (&mut self.security.connector, &self.host) else {
            return Ok(Box::new(wire));
        };
        wire.write_all(&SSL_REQUEST).await?;
        wire.flush().await?;
        match wire.read_u8().await? {
            b'S' => {
                let tls = MakeTlsConnect::<Wire>::make_tls_connect(connector, host);
                let tls = tls.map_err(io::Error::other)?;
                Ok(Box::new(tls.connect(wire).await?))
            }
            _ if !self.security.required => Ok(Box::new(wire)),
            _ => Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "the server has no TLS, which `sslmode` requires",
            )),
        }
    }
}

impl TlsConnect<Wire> for Secure {
    type Stream = Watched;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Watched>> + Send>>;

    fn connect(mut self, wire: Wire) -> Self::Future {
        Box::pin(async move {
            let line = self.line(wire).await?;
            Ok(Watched::new(OwnTypes::hidden(line), self.said))
        })
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// Without TLS.
impl TlsStream for Wire {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

/// Checks as much of the server's certificate as was asked for.
#[derive(Debug)]
struct Verifier {
    /// `None` where any certificate will do.
    chain: Option<Arc<WebPkiServerVerifier>>,
    /// Whether it has to be made out to the host.
    name: bool,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn trusting() -> Self {
        Verifier { chain: None, name: false, provider: Arc::new(ring::default_provider()) }
    }

    fn new(roots: &Roots, name: bool) -> Result<Self> {
        let provider = Arc::new(ring::default_provider());
        let roots = Arc::new(certificates(roots)?);
        let chain =
            WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider)).build();
        let chain = chain.map_err(|error| {
            broken(format!("no certificate is trusted: {error}; name some with `sslrootcert`"))
        })?;
        Ok(Verifier { chain: Some(chain), name, provider })
    }
}

fn certificates(roots: &Roots) -> Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    match roots {
        Roots::System => store.clone_from(system()),
        Roots::File(path) => {
            for certificate in read_certificates(path, "sslrootcert")? {
                store.add(certificate).map_err(|error| unread(path, "sslrootcert", &error))?;
            }
        }
    }
    Ok(store)
}

/// Those that the operating system trusts, looked up once.
fn system() -> &'static RootCertStore {
    static FOUND: OnceLock<RootCertStore> = OnceLock::new();
    FOUND.get_or_init(|| {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        store
    })
}

/// Why the server's certificate was refused, and what to do; `None` of other faults.
pub(crate) fn explain(fault: &(dyn std::error::Error + 'static), place: &str) -> Option<String> {
    let error = fault.downcast_ref::<io::Error>()?.get_ref()?;
    let rustls::Error::InvalidCertificate(why) = error.downcast_ref()? else { return None };
    Some(match why {
        CertificateError::UnknownIssuer => format!(
            "the certificate of `{place}` is signed by nobody who is trusted; name the file of who signed it with `sslrootcert`"
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!(
                "the certificate of `{place}` is not for this name; connect by a name that it is for, or check only who signed it with `sslmode=verify-ca` and a file in `sslrootcert`"
            )
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("the certificate of `{place}` has expired; renew it there")
        }
        why => format!(
            "the certificate of `{place}` cannot be used: {why}; `sslmode=disable` in the URL does without"
        ),
    })
}

impl Identity {
    fn read(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
        let certificates = read_certificates(&self.certificate, "sslcert")?;
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|error| unread(&self.key, "sslkey", &error))?;
        Ok((certificates, key))
    }
}

fn read_certificates(path: &str, option: &str) -> Result<Vec<CertificateDer<'static>>> {
    let unread = |error: pem::Error| unread(path, option, &error);
    let found: Vec<_> = CertificateDer::pem_file_iter(path)
        .map_err(unread)?
        .collect::<Result<_, _>>()
        .map_err(unread)?;
    if found.is_empty() {
        return Err(broken(format!("the file `{path}` of `{option}` has no certificate in it")));
    }
    Ok(found)
}

fn unread(path: &str, option: &str, why: &dyn std::error::Error) -> Error {
    broken(format!("the file `{path}` of `{option}` cannot be used: {why}"))
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(chain) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        match chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The name is looked at last, so all else is right.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.name => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn broken(message: String) -> Error {
    Error::new(ErrorKind::CannotOpen, message)
}
