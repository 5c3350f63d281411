#![expect(
    clippy::disallowed_methods,
    reason = "the corpora are files, and the tests read them"
)]

use std::fs;
use std::path::Path;

use super::*;

#[test]
fn the_corpus_of_certificates_is_judged() {
    replay("certificate", certificate);
}

#[test]
fn the_corpus_of_paths_is_judged() {
    replay("path", path);
}

#[test]
fn the_corpus_of_lists_is_judged() {
    replay("crl", crl);
}

#[test]
fn the_corpus_of_responses_is_judged() {
    replay("ocsp", ocsp);
}

/// So that the fuzzer begins with what counts.
#[test]
fn seeds_of_lists_and_responses_are_accepted() {
    for (number, seed) in crl_seeds().iter().enumerate() {
        assert_eq!(crl(seed), Outcome::Accepted, "list {number}");
    }
    for (number, seed) in ocsp_seeds().iter().enumerate() {
        assert_eq!(ocsp(seed), Outcome::Accepted, "response {number}");
    }
}

/// So that the fuzzer begins behind the signatures.
#[test]
fn a_seed_leads_to_a_path_that_holds_and_breaks_where_it_is_cut() {
    for (number, seed) in path_seeds().into_iter().enumerate() {
        assert_eq!(path(&seed), Outcome::Accepted, "seed {number}");
        assert_eq!(
            path(&seed[..seed.len() / 3]),
            Outcome::Refused,
            "seed {number}"
        );
    }
}

/// Each file goes through its target; some are accepted and some are not, or it is no corpus.
fn replay(name: &str, target: fn(&[u8]) -> Outcome) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let files = fs::read_dir(folder.join(name)).expect("a corpus");
    let (mut accepted, mut refused) = (0_usize, 0_usize);
    for file in files {
        let input = fs::read(file.expect("a file").path()).expect("it can be read");
        match target(&input) {
            Outcome::Accepted => accepted += 1,
            Outcome::Refused => refused += 1,
        }
    }
    assert!(
        accepted >= 2 && refused >= 5,
        "{accepted} accepted, {refused} refused"
    );
}
