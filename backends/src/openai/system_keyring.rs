//! The system's keyring: Keychain, Credential Manager, or a desktop's Secret Service.
//! It is available only in builds with the feature `keyring`; it reads one entry and writes none.

use crate::{BackendError, ErrorKind, Secret};

/// The service name of our entries in the keyring.
#[cfg(feature = "keyring")]
const KEYRING_SERVICE: &str = "tintype";

/// Checks whether this build supports a keyring.
#[cfg(feature = "keyring")]
pub(super) const fn check() -> Result<(), BackendError> {
    Ok(())
}

/// Checks whether this build supports a keyring.
#[cfg(not(feature = "keyring"))]
pub(super) fn check() -> Result<(), BackendError> {
    Err(BackendError::new(ErrorKind::Unsupported, "this build of Tintype has no keyring support").with_hint(
        "build it with the feature `keyring`, or let your system's tool print the key: `api_key_command = \
         [\"secret-tool\", \"lookup\", \"service\", \"tintype\", \"username\", \"NAME\"]`",
    ))
}

/// Returns the keyring's key for `user`. It may prompt the user, so it blocks.
#[cfg(feature = "keyring")]
pub(super) fn key(user: &str) -> Result<Secret, BackendError> {
    use keyring::v1::{Entry, Error};
    use secrecy::zeroize::Zeroizing;

    let failed = |what: &str, hint: &str| {
        BackendError::new(ErrorKind::Credentials, format!("the keyring entry `{user}` {what}")).with_hint(hint)
    };
    let password = Entry::new(KEYRING_SERVICE, user).and_then(|entry| entry.get_password()).map(Zeroizing::new);
    match password {
        Ok(key) if !key.trim().is_empty() => Ok(Secret::new(&key)),
        Ok(_) | Err(Error::NoEntry) => Err(failed(
            "does not exist",
            "store it, for example with `secret-tool store --label tintype service tintype username NAME`",
        )),
        Err(Error::NoDefaultStore) => {
            Err(failed("cannot be read: there is no keyring", "log in to a desktop session, or use `api_key_command`"))
        }
        // The keyring's message may name the entry, never the secret.
        Err(error) => Err(failed(&format!("cannot be read: {error}"), "unlock the keyring, or use `api_key_command`")),
    }
}

/// Returns an error: this build has no keyring support.
#[cfg(not(feature = "keyring"))]
pub(super) fn key(_: &str) -> Result<Secret, BackendError> {
    check().and_then(|()| Err(BackendError::new(ErrorKind::Unsupported, "there is no keyring")))
}
