//! A certificate for servers that speak TLS in tests.

use crate::{ServiceError, software::run};
use std::{path::Path, process::Command};

/// Makes `cert.pem` and `key.pem` of `localhost` in this folder, signed by themselves and good for two days.
pub fn certificate(folder: &Path) -> Result<(), ServiceError> {
    let mut openssl = Command::new("openssl");
    openssl
        .current_dir(folder)
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", "key.pem", "-out", "cert.pem"]);
    run(&mut openssl)
}
