//! Certificates and keys, read from PEM and checked before the first connection.

use std::fmt;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use secrecy::SecretSlice;

use crate::error::{Error, Result};

/// Whom to trust, and what to show.
#[derive(Debug, Clone, Default)]
pub(crate) struct TlsSettings {
    /// In place of the system's.
    pub(crate) roots: Option<Vec<CertificateDer<'static>>>,
    pub(crate) client: Option<ClientCertificate>,
    pub(crate) accept_invalid_certificates: bool,
}

impl TlsSettings {
    /// What tells users of these settings from others: the certificate that they show, and whether they look at the server's.
    #[cfg(feature = "cache")]
    pub(crate) fn identity(&self) -> Vec<u8> {
        let certificate = self.client.as_ref().and_then(|client| client.chain.first()).map_or(&[][..], |certificate| certificate.as_ref());
        [&[u8::from(self.accept_invalid_certificates)], certificate].concat()
    }
}

#[derive(Clone)]
pub(crate) struct ClientCertificate {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key_pem: SecretSlice<u8>,
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate(***)")
    }
}

pub(super) fn roots(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    let roots = certificates("root certificates", pem)?;
    let mut store = RootCertStore::empty();
    for root in &roots {
        store
            .add(root.clone())
            .map_err(|error| Error::config(format!("the root certificates hold one that is not valid: {error}")).with_source(error))?;
    }
    Ok(roots)
}

pub(super) fn client(certificates_pem: &[u8], key_pem: &[u8]) -> Result<ClientCertificate> {
    let chain = certificates("client certificate", certificates_pem)?;
    // The error of the parser is not shown: it can hold lines of the key.
    let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(|_| {
        Error::config("the private key of the client certificate is not a PEM key without a passphrase (PKCS#8, PKCS#1 or SEC1)")
    })?;
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_root_certificates(RootCertStore::empty()).with_client_auth_cert(chain.clone(), key))
        .map_err(|error| {
            Error::config(format!("the client certificate and its private key do not fit or cannot be used: {error}")).with_source(error)
        })?;
    Ok(ClientCertificate { chain, key_pem: key_pem.to_vec().into() })
}

fn certificates(what: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    let found = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Error::config(format!("the {what} are not valid PEM: {error}")))?;
    if found.is_empty() {
        return Err(Error::config(format!("the {what}: no PEM block BEGIN CERTIFICATE found")));
    }
    Ok(found)
}
