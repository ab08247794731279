//! Basic authentication (RFC 7617), with passwords kept as bcrypt.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use ring::hmac;
use ring::rand::SystemRandom;
use tokio::sync::Semaphore;

use super::error::{Fault, WebConfigError};

/// Who may come in.
pub(super) struct Users(BTreeMap<String, Hash>);

struct Hash {
    text: String,
    /// Its work is two to the power of it.
    cost: u32,
}

impl Users {
    pub(super) fn new(given: BTreeMap<String, String>) -> Result<Users, Fault> {
        let hash = |(user, text): (String, String)| match bcrypt::HashParts::from_str(&text) {
            Ok(parts) => Ok((user, Hash { text, cost: parts.get_cost() })),
            Err(_) => Err(Fault::new(
                format!("basic_auth_users.{user}"),
                "it is no hash by bcrypt; `htpasswd -nBC 10 NAME` makes one",
            )),
        };
        given.into_iter().map(hash).collect::<Result<_, _>>().map(Users)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a password is a user's. To say no takes the same work for every name, be it known or not,
    /// and whatever its own hash costs: as much as the dearest hash of all.
    fn verify(&self, user: &str, password: &[u8]) -> bool {
        let dearest = self.0.values().map(|hash| hash.cost).max().unwrap_or(0);
        let Some(hash) = self.0.get(user) else {
            spend(password, dearest);
            return false;
        };
        let matches = bcrypt::verify(password, &hash.text).unwrap_or(false);
        if !matches {
            // 2^c and 2^c + 2^(c+1) + ... + 2^(d-1) make 2^d.
            (hash.cost..dearest).for_each(|cost| spend(password, cost));
        }
        matches
    }
}

/// The work of a hash, for nothing.
fn spend(password: &[u8], cost: u32) {
    let _ = black_box(bcrypt::hash_with_salt(black_box(password), cost, [0; 16]));
}

/// The most logins that are remembered.
const MOST_REMEMBERED: usize = 1024;

/// Remembers who came in, so that a scrape does not cost a hash.
pub(super) struct Logins {
    /// Made for this process alone: what is remembered tells nobody a password.
    key: hmac::Key,
    remembered: Mutex<BTreeSet<[u8; 32]>>,
    /// One hash at a time, so that guessing takes no more than one core.
    hashing: Arc<Semaphore>,
}

impl Logins {
    pub(super) fn new() -> Result<Logins, WebConfigError> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new())
            .map_err(|_| WebConfigError::Random)?;
        Ok(Logins { key, remembered: Mutex::default(), hashing: Arc::new(Semaphore::new(1)) })
    }

    /// Whether an `Authorization` header names a user and that user's password.
    pub(super) async fn accepts(&self, users: &Arc<Users>, header: Option<&HeaderValue>) -> bool {
        let Some((user, password)) = header.and_then(credentials) else { return false };
        let Some(hash) = users.0.get(&user) else {
            self.verified(users, user, password).await;
            return false;
        };
        let tag = self.tag(&[user.as_bytes(), hash.text.as_bytes(), &password]);
        if self.remembered.lock().unwrap_or_else(PoisonError::into_inner).contains(&tag) {
            return true;
        }
        let accepted = self.verified(users, user, password).await;
        if accepted {
            let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
            if remembered.len() >= MOST_REMEMBERED {
                remembered.clear();
            }
            remembered.insert(tag);
        }
        accepted
    }

    async fn verified(&self, users: &Arc<Users>, user: String, password: Vec<u8>) -> bool {
        let Ok(turn) = Arc::clone(&self.hashing).acquire_owned().await else { return false };
        let users = Arc::clone(users);
        let work = tokio::task::spawn_blocking(move || {
            let _turn = turn; // until it is done, though whoever asked has left meanwhile
            users.verify(&user, &password)
        });
        work.await.unwrap_or(false)
    }

    /// One tag for these parts in this order, and for no others.
    fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.key);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut tag = [0; 32];
        tag.iter_mut().zip(context.sign().as_ref()).for_each(|(to, from)| *to = *from);
        tag
    }
}

/// The name and the password of a header.
fn credentials(header: &HeaderValue) -> Option<(String, Vec<u8>)> {
    let (scheme, encoded) = header.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(encoded.trim()).ok()?;
    let colon = decoded.iter().position(|&byte| byte == b':')?;
    let (user, password) = decoded.split_at_checked(colon)?;
    Some((String::from_utf8(user.to_vec()).ok()?, password.get(1..)?.to_vec()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn users(given: &[(&str, &str, u32)]) -> Arc<Users> {
        let hash = |&(user, password, cost): &(&str, &str, u32)| {
            (user.to_owned(), bcrypt::hash(password, cost).unwrap())
        };
        Arc::new(Users::new(given.iter().map(hash).collect()).unwrap())
    }

    fn basic(text: &str) -> HeaderValue {
        HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(text))).unwrap()
    }

    #[tokio::test]
    async fn the_right_password_comes_in_and_nothing_else() {
        let users = users(&[("ada", "s3cret:with colon", 4), ("bob", "other", 5)]);
        let logins = Logins::new().unwrap();
        for (header, expected) in [
            (basic("ada:s3cret:with colon"), true),
            (basic("bob:other"), true),
            (basic("ada:other"), false),
            (basic("ada:"), false),
            (basic("ada"), false),
            (basic(":"), false),
            (basic("eve:other"), false),
            (HeaderValue::from_static("Basic ?"), false),
            (HeaderValue::from_static("Bearer YWRhOm90aGVy"), false),
            (HeaderValue::from_static("Basic"), false),
        ] {
            for _ in 0..2 {
                assert_eq!(logins.accepts(&users, Some(&header)).await, expected, "{header:?}");
            }
        }
        assert!(!logins.accepts(&users, None).await);
        let lower = basic("bob:other").to_str().unwrap().replacen("Basic", "bAsIc", 1);
        assert!(logins.accepts(&users, Some(&HeaderValue::from_str(&lower).unwrap())).await);
        assert_eq!(logins.remembered.lock().unwrap().len(), 2, "only those that came in");
    }

    #[tokio::test]
    async fn a_password_that_was_changed_is_not_remembered() {
        let logins = Logins::new().unwrap();
        let header = basic("ada:old");
        assert!(logins.accepts(&users(&[("ada", "old", 4)]), Some(&header)).await);
        assert!(!logins.accepts(&users(&[("ada", "new", 4)]), Some(&header)).await);
        assert!(!logins.accepts(&users(&[("bob", "old", 4)]), Some(&header)).await);
    }

    #[tokio::test]
    async fn who_leaves_before_the_answer_makes_nobody_else_s_hash_begin() {
        let (users, logins) = (users(&[("ada", "s3cret", 11)]), Logins::new().unwrap());
        let header = basic("ada:wrong");
        // It is asked, and dropped while the hash is made.
        let asked = logins.accepts(&users, Some(&header));
        assert!(tokio::time::timeout(Duration::ZERO, asked).await.is_err());
        assert_eq!(
            logins.hashing.available_permits(),
            0,
            "the hash goes on, and nobody else's begins"
        );
        assert!(logins.accepts(&users, Some(&basic("ada:s3cret"))).await, "after it");
    }

    #[test]
    fn a_hash_that_is_none_is_refused_without_being_shown() {
        let given = BTreeMap::from([("ada".to_owned(), "plain-password".to_owned())]);
        let Err(fault) = Users::new(given) else { panic!("taken") };
        assert_eq!(fault.key, "basic_auth_users.ada");
        assert!(!fault.reason.contains("plain-password"), "{}", fault.reason);
        // As `htpasswd`, PHP and OpenBSD write it.
        for prefix in ["$2a$", "$2b$", "$2y$"] {
            let text = bcrypt::hash("x", 4).unwrap().replacen("$2b$", prefix, 1);
            let users = Users::new(BTreeMap::from([("ada".to_owned(), text)])).unwrap();
            assert!(users.verify("ada", b"x") && !users.verify("ada", b"y"), "{prefix}");
        }
    }
}
