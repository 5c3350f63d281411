use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use certs::ocsp::{Hash, OcspFault, Request, Response, Status};
use certs::{Certificate, Fingerprint, Question, Time};

use super::{Means, schedule};
use crate::server::random_bytes;

/// What OCSP responders answered, as long as it counts.
#[derive(Debug, Default)]
pub(crate) struct Responses(Mutex<HashMap<Key, Arc<Asked>>>);

/// The responder, the issuer and the certificate.
type Key = (String, Fingerprint, Fingerprint);

/// A question, and the last answer to it.
#[derive(Debug, Default)]
struct Asked {
    last: Mutex<Option<Last>>,
    /// Held while the responder is asked: whoever comes meanwhile waits for its answer.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Clone, Debug)]
struct Last {
    answer: Result<Arc<Response>, OcspFault>,
    asked_at: Time,
    /// How often the responder was asked.
    times: u64,
    /// How often in a row there was no answer.
    failures: u32,
}

/// What is to be done with the last answer.
enum Use {
    /// It counts.
    Take(Last),
    /// It counts, and half of its time is over.
    TakeAndAsk(Last),
    Ask,
}

impl Responses {
    /// Has the answer to a question: a known one while it counts, else the responder's.
    ///
    /// # Errors
    /// Why there is none; a responder that failed is left alone for a while.
    pub(crate) async fn answer(
        self: &Arc<Self>,
        question: &Question,
        url: &str,
        means: &Means,
    ) -> Result<Arc<Response>, OcspFault> {
        let asked = self.asked(question, url, means.clock.now());
        match asked.use_at(means.clock.now()) {
            Use::Take(last) => last.answer,
            Use::TakeAndAsk(last) => {
                if asked.asking.try_lock().is_ok() {
                    let (question, url, means) = (question.clone(), url.to_owned(), means.clone());
                    tokio::spawn(async move { asked.ask(&question, &url, &means).await });
                }
                last.answer
            }
            Use::Ask => asked.ask(question, url, means).await,
        }
    }

    /// The answer as far as it is known, with nobody asked.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn known(
        &self,
        question: &Question,
        url: &str,
        now: Time,
    ) -> Result<Arc<Response>, OcspFault> {
        match self.asked(question, url, now).use_at(now) {
            Use::Take(last) | Use::TakeAndAsk(last) => last.answer,
            Use::Ask => Err(OcspFault::NotAsked),
        }
    }

    fn asked(&self, question: &Question, url: &str, now: Time) -> Arc<Asked> {
        let key = (
            url.to_owned(),
            question.issuer.sha256(),
            question.certificate.sha256(),
        );
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_QUESTIONS && !all.contains_key(&key) {
            all.retain(|_, asked| asked.last().as_ref().is_some_and(|last| last.counts(now)));
            if all.len() >= MOST_QUESTIONS {
                all.clear();
            }
        }
        Arc::clone(all.entry(key).or_default())
    }
}

impl Asked {
    fn use_at(&self, now: Time) -> Use {
        match &*self.last() {
            Some(last) if last.counts(now) && last.is_old(now) => Use::TakeAndAsk(last.clone()),
            Some(last) if last.counts(now) || last.is_left_alone(now) => Use::Take(last.clone()),
            Some(_) | None => Use::Ask,
        }
    }

    /// Asks the responder, unless someone else did in the meantime.
    async fn ask(
        &self,
        question: &Question,
        url: &str,
        means: &Means,
    ) -> Result<Arc<Response>, OcspFault> {
        let times = |last: &Option<Last>| last.as_ref().map_or(0, |last| last.times);
        let before = times(&self.last());
        let _alone = self.asking.lock().await;
        let known = self.last().clone();
        let before_this = times(&known);
        if let Some(last) = &known
            && before_this != before
        {
            return last.answer.clone();
        }
        let answer = ask(&question.certificate, &question.issuer, url, means).await;
        let now = means.clock.now();
        let failures = known.as_ref().map_or(0, |last| last.failures);
        let next = match (&answer, known) {
            (Ok(_), _) => Last {
                answer,
                asked_at: now,
                times: before_this.saturating_add(1),
                failures: 0,
            },
            (Err(fault), known) => {
                tracing::warn!(url, %fault, "an OCSP responder gave no answer");
                let still = known.filter(|last| last.counts(now));
                Last {
                    // What counts is not given up for a responder that has gone.
                    answer: still.map_or(answer, |last| last.answer),
                    asked_at: now,
                    times: before_this.saturating_add(1),
                    failures: failures.saturating_add(1),
                }
            }
        };
        *self.last() = Some(next.clone());
        next.answer
    }

    fn last(&self) -> MutexGuard<'_, Option<Last>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Last {
    /// Whether the answer is one that counts: a certificate that the responder does not know may be
    /// a new one, so that is believed for a minute.
    fn counts(&self, now: Time) -> bool {
        self.answer.as_ref().is_ok_and(|response| {
            let ends = match response.status() {
                Status::Good | Status::Revoked(_) => response.next_update(),
                Status::Unknown => response.next_update().min(self.asked_at.plus(UNKNOWN)),
            };
            now <= ends
        })
    }

    fn is_old(&self, now: Time) -> bool {
        self.answer.as_ref().is_ok_and(|response| {
            let left = response
                .next_update()
                .unix()
                .saturating_sub(self.asked_at.unix());
            let half = self.asked_at.plus((left / 2).max(SOONEST));
            now > half && !self.is_left_alone(now)
        })
    }

    /// Whether the responder failed a moment ago.
    fn is_left_alone(&self, now: Time) -> bool {
        self.failures > 0
            && !schedule::may_ask(self.failures, Some(self.asked_at.unix()), now.unix())
    }
}

async fn ask(
    certificate: &Certificate,
    issuer: &Certificate,
    url: &str,
    means: &Means,
) -> Result<Arc<Response>, OcspFault> {
    let nonce: [u8; NONCE_BYTES] = random_bytes();
    let question = Request::new(certificate, issuer, Hash::Sha1, Some(&nonce))
        .map_err(|error| OcspFault::Forbidden(error.to_string()))?;
    let bytes = means.fetcher.ocsp(url, question.to_der().to_vec()).await?;
    let most = means.fetcher.bounds().ocsp.bytes;
    Response::read(&bytes, certificate, issuer, Some(&nonce), most).map(Arc::new)
}

/// RFC 9654 §2.1.
const NONCE_BYTES: usize = 32;
/// Certificates of which an answer is kept.
const MOST_QUESTIONS: usize = 10_000;
/// Seconds after which an answer is asked for anew, at the soonest.
const SOONEST: i64 = 30;
/// Seconds for which an answer "unknown" is believed.
const UNKNOWN: i64 = 60;
