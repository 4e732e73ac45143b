//! Passwords: argon2id (RFC 9106), a bounded number at once, off the async threads.

use crate::refusals::internal;
use argon2::{
    Argon2, Params,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use model::{Code, Refusal};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Hashes that are computed at once: each takes memory and a core.
const AT_ONCE: usize = 2;
/// Those that wait for their turn; one more is told to come again.
const WAITING: usize = 64;
const LEAST: usize = 8;
const MOST: usize = 256;

/// What one hash costs.
#[derive(Clone, Copy, Debug)]
pub struct PasswordCost {
    pub memory_kib: u32,
    pub passes: u32,
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2 }
    }
}

pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    /// Of a password that nobody knows: verified when there is no such account, so that this takes as long.
    nobody: String,
    turns: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Passwords {
    pub fn new(cost: PasswordCost) -> Result<Self, argon2::password_hash::Error> {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None).map_err(argon2::password_hash::Error::from)?;
        let argon2 = Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
        let nobody = argon2.hash_password(&crate::secret::random_bytes())?.to_string();
        let (turns, waiting) = (Arc::new(Semaphore::new(AT_ONCE)), Arc::new(Semaphore::new(WAITING)));
        Ok(Self { argon2, nobody, turns, waiting })
    }

    /// The PHC string of a new password.
    pub async fn hash(&self, password: SecretString) -> Result<String, Refusal> {
        let length = password.expose_secret().len();
        if !(LEAST..=MOST).contains(&length) {
            return Err(Refusal::bad("password", format!("a password has {LEAST} to {MOST} bytes")));
        }
        let argon2 = self.argon2.clone();
        self.compute(move || argon2.hash_password(password.expose_secret().as_bytes()).map(|hash| hash.to_string()))
            .await?
            .map_err(|e| internal(&e))
    }

    /// Whether `password` is the one of `hash`; takes the time of a hash when there is none.
    pub async fn verify(&self, password: SecretString, hash: Option<String>) -> Result<bool, Refusal> {
        if password.expose_secret().len() > MOST {
            return Ok(false);
        }
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.clone());
        let argon2 = self.argon2.clone();
        let right = self
            .compute(move || {
                PasswordHash::new(&hash)
                    .is_ok_and(|hash| argon2.verify_password(password.expose_secret().as_bytes(), &hash).is_ok())
            })
            .await?;
        Ok(right && known)
    }

    async fn compute<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
        let busy = || Refusal::new(Code::Unavailable, "many people sign in at the moment").retry_after(2);
        let _place = self.waiting.clone().try_acquire_owned().map_err(|_| busy())?;
        let _turn = self.turns.clone().acquire_owned().await.map_err(|_| busy())?;
        tokio::task::spawn_blocking(work).await.map_err(|e| internal(&e))
    }
}
