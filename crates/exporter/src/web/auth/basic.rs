//! Basic authentication (RFC 7617) against bcrypt hashes.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use ring::hmac;
use ring::rand::SystemRandom;
use tokio::sync::Semaphore;

use super::error::{ValueError, WebConfigError};

/// The users with the hashes of their passwords.
pub(super) struct Users(BTreeMap<String, Hash>);

/// The allowed costs. One of 17 takes about the ten seconds after which Prometheus gives up a scrape by default, and
/// each further step takes twice as long.
const COSTS: RangeInclusive<u32> = 4..=17;

struct Hash {
    text: String,
    /// The base-2 logarithm of the work of the hash.
    cost: u32,
}

impl Users {
    pub(super) fn new(given: BTreeMap<String, String>) -> Result<Users, ValueError> {
        let checked = |(user, text): (String, String)| check(&user, text).map(|hash| (user, hash));
        given.into_iter().map(checked).collect::<Result<_, _>>().map(Users)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `true` if the password is that of the user. A rejection takes the same work for every name, known or not,
    /// and whatever the cost of its own hash: that of the most expensive hash of all.
    fn verify(&self, user: &str, password: &[u8]) -> bool {
        let highest_cost = self.0.values().map(|hash| hash.cost).max().unwrap_or(0);
        let Some(hash) = self.0.get(user) else {
            waste_work(password, highest_cost);
            return false;
        };
        let matches = bcrypt::verify(password, &hash.text).unwrap_or(false);
        if !matches {
            // 2^c and 2^c + 2^(c+1) + ... + 2^(d-1) make 2^d.
            (hash.cost..highest_cost).for_each(|cost| waste_work(password, cost));
        }
        matches
    }
}

/// Checks a user's name and hash.
fn check(user: &str, text: String) -> Result<Hash, ValueError> {
    let invalid = |reason: &str| ValueError::new(format!("basic_auth_users.{user}"), reason);
    if user.contains(|letter: char| letter == ':' || letter.is_control()) {
        return Err(invalid(
            "no client can send this user name; one without a colon and control characters is allowed",
        ));
    }
    let cost = bcrypt::HashParts::from_str(&text)
        .map_err(|_| invalid("it is not a bcrypt hash; `htpasswd -nBC 10 NAME` makes one"))?
        .get_cost();
    if !COSTS.contains(&cost) {
        let (least, most) = (COSTS.start(), COSTS.end());
        return Err(invalid(&format!(
            "a scrape would not wait for a hash of cost {cost}; {least} to {most} is allowed, and \
             `htpasswd -nBC 10 NAME` makes one of cost 10"
        )));
    }
    Ok(Hash { text, cost })
}

/// Computes a hash and drops the result.
fn waste_work(password: &[u8], cost: u32) {
    let _ = black_box(bcrypt::hash_with_salt(black_box(password), cost, [0; 16]));
}

/// The largest number of logins in the cache.
const MOST_CACHED: usize = 1024;

/// A cache of successful logins, so that not every scrape costs a hash.
pub(super) struct LoginCache {
    /// A random key of this process: the cached tags reveal no password.
    key: hmac::Key,
    accepted_tags: Mutex<BTreeSet<[u8; 32]>>,
    /// Allows one hash at a time, so that guessing takes at most one core.
    hashing: Arc<Semaphore>,
}

impl LoginCache {
    pub(super) fn new() -> Result<LoginCache, WebConfigError> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new())
            .map_err(|_| WebConfigError::Random)?;
        Ok(LoginCache {
            key,
            accepted_tags: Mutex::default(),
            hashing: Arc::new(Semaphore::new(1)),
        })
    }

    /// `true` if an `Authorization` header holds a user and that user's password.
    pub(super) async fn accepts(&self, users: &Arc<Users>, header: Option<&HeaderValue>) -> bool {
        let Some((user, password)) = header.and_then(credentials) else { return false };
        let Some(hash) = users.0.get(&user) else {
            self.verify(users, user, password).await;
            return false;
        };
        let tag = self.tag(&[user.as_bytes(), hash.text.as_bytes(), &password]);
        if self.accepted_tags.lock().unwrap_or_else(PoisonError::into_inner).contains(&tag) {
            return true;
        }
        let accepted = self.verify(users, user, password).await;
        if accepted {
            let mut accepted_tags =
                self.accepted_tags.lock().unwrap_or_else(PoisonError::into_inner);
            if accepted_tags.len() >= MOST_CACHED {
                accepted_tags.clear();
            }
            accepted_tags.insert(tag);
        }
        accepted
    }

    async fn verify(&self, users: &Arc<Users>, user: String, password: Vec<u8>) -> bool {
        let Ok(permit) = Arc::clone(&self.hashing).acquire_owned().await else { return false };
        let users = Arc::clone(users);
        let work = tokio::task::spawn_blocking(move || {
            let _permit = permit; // held until the hash is done, even if the client has left meanwhile
            users.verify(&user, &password)
        });
        work.await.unwrap_or(false)
    }

    /// A tag that only these parts in this order have.
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

/// The name and the password in a header.
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
    async fn only_the_right_password_is_accepted() {
        let users = users(&[("ada", "s3cret:with colon", 4), ("bob", "other", 5)]);
        let logins = LoginCache::new().unwrap();
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
        assert_eq!(logins.accepted_tags.lock().unwrap().len(), 2, "only accepted logins");
    }

    #[tokio::test]
    async fn a_changed_password_is_not_served_from_the_cache() {
        let logins = LoginCache::new().unwrap();
        let header = basic("ada:old");
        assert!(logins.accepts(&users(&[("ada", "old", 4)]), Some(&header)).await);
        assert!(!logins.accepts(&users(&[("ada", "new", 4)]), Some(&header)).await);
        assert!(!logins.accepts(&users(&[("bob", "old", 4)]), Some(&header)).await);
    }

    #[tokio::test]
    async fn a_client_that_leaves_early_does_not_free_its_permit() {
        let (users, logins) = (users(&[("ada", "s3cret", 11)]), LoginCache::new().unwrap());
        let header = basic("ada:wrong");
        // The request is dropped while its hash is computed.
        let request = logins.accepts(&users, Some(&header));
        assert!(tokio::time::timeout(Duration::ZERO, request).await.is_err());
        assert_eq!(logins.hashing.available_permits(), 0, "the hash goes on, and no other begins");
        assert!(logins.accepts(&users, Some(&basic("ada:s3cret"))).await, "after it");
    }

    #[test]
    fn an_invalid_hash_is_an_error_that_does_not_show_it() {
        let given = BTreeMap::from([("ada".to_owned(), "plain-password".to_owned())]);
        let Err(error) = Users::new(given) else { panic!("accepted") };
        assert_eq!(error.key, "basic_auth_users.ada");
        assert!(!error.reason.contains("plain-password"), "{}", error.reason);
        // A name that no client can send, and a hash that would take hours.
        let hash = bcrypt::hash("x", 4).unwrap();
        for (name, hash, expected) in [
            ("a:b", hash.clone(), "without a colon"),
            ("a\nb", hash.clone(), "without a colon"),
            ("ada", hash.replacen("$04$", "$18$", 1), "cost 18; 4 to 17 is allowed"),
            ("ada", hash.replacen("$04$", "$31$", 1), "cost 31; 4 to 17 is allowed"),
            ("ada", hash.replacen("$04$", "$03$", 1), ""),
        ] {
            let Err(error) = Users::new(BTreeMap::from([(name.to_owned(), hash)])) else {
                panic!("accepted")
            };
            assert!(error.key.starts_with("basic_auth_users.a"), "{}", error.key);
            assert!(error.reason.contains(expected), "{}", error.reason);
        }
        // The prefixes of `htpasswd`, PHP and OpenBSD.
        for prefix in ["$2a$", "$2b$", "$2y$"] {
            let text = bcrypt::hash("x", 4).unwrap().replacen("$2b$", prefix, 1);
            let users = Users::new(BTreeMap::from([("ada".to_owned(), text)])).unwrap();
            assert!(users.verify("ada", b"x") && !users.verify("ada", b"y"), "{prefix}");
        }
    }
}
