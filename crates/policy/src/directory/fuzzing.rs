//! What must hold of the importer, whatever the bytes: for the fuzz target, and for the tests that
//! replay its corpus.

use super::{AnyDocument, Bundle, Document, Model};
use crate::decision::Policy;
use crate::settings::Settings;

/// Imports bytes, and panics where something does not hold: what is read is written as it was, what
/// is written anew is read the same, and rules without problems make a policy.
///
/// # Panics
/// Where one of these does not hold.
pub fn import(bytes: &[u8]) {
    let found = super::import(bytes);
    assert!(
        !found.documents.is_empty() || !found.problems.is_empty() || says_nothing(bytes),
        "nothing was read and nothing was refused"
    );
    for document in &found.documents {
        match document {
            AnyDocument::MethodPolicy(one) => holds(one),
            AnyDocument::Strength(one) => holds(one),
            AnyDocument::ConditionalAccess(one) => holds(one),
            AnyDocument::PublicKeyInfrastructure(one) => holds(one),
            AnyDocument::CertificateAuthority(one, _) => holds(one),
            AnyDocument::ClassicStore(one) => holds(one),
            AnyDocument::User(one) => holds(one),
            AnyDocument::Group(one) => holds(one),
            AnyDocument::Application(one) => holds(one),
        }
    }
    if let Ok(bundle) = Bundle::read(&[bytes]) {
        assert!(Policy::of(bundle.rules(Settings::default())).is_ok());
        let _ = bundle.accounts();
    }
}

fn holds<M: Model + Clone + std::fmt::Debug>(document: &Document<M>) {
    let (again, _) = Document::<M>::read(document.written()).expect("it was read before");
    assert_eq!(again.model(), document.model());
    let mut changed = document.clone();
    changed.set(document.model().clone());
    assert_eq!(changed.written(), document.written());
}

/// An empty collection has nothing to read and nothing to refuse.
fn says_nothing(bytes: &[u8]) -> bool {
    super::json::read(bytes).is_ok_and(|value| {
        let items = value.get("value").unwrap_or(&value);
        items.as_array().is_some_and(|items| {
            items.iter().all(|item| {
                item.get("value")
                    .and_then(serde_json::Value::as_array)
                    .is_some()
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "the corpus is files, and a test may read them"
    )]
    fn the_corpus_of_the_importer_holds() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/directory");
        let (mut read, mut refused) = (0, 0);
        for entry in std::fs::read_dir(folder).expect("a corpus") {
            let path = entry.expect("a file").path();
            let bytes = std::fs::read(path).expect("a file");
            super::import(&bytes);
            if crate::directory::import(&bytes).problems.is_empty() {
                read += 1;
            } else {
                refused += 1;
            }
        }
        assert!(read > 5 && refused > 5, "{read} read, {refused} refused");
    }
}
