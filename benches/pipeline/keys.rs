//! The key pair that the connector signs its login to the simulator with, made anew each time.

use std::path::Path;

use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};

/// Bits of the key.
const BITS: usize = 2048;

/// Writes `private-key.pem` and `public-key.pem`.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn make(directory: &Path) -> anyhow::Result<()> {
    let private = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, BITS)?;
    std::fs::write(directory.join("private-key.pem"), private.to_pkcs8_pem(LineEnding::LF)?.as_bytes())?;
    let public = private.to_public_key().to_public_key_pem(LineEnding::LF)?;
    std::fs::write(directory.join("public-key.pem"), public)?;
    Ok(())
}
