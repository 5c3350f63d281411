//! What the types hold.

use token::{Credential, Pin, Token, Unlocked};

#[test]
fn guards_and_tokens_may_go_to_a_thread_that_blocks() {
    fn goes<T: Send + Sync + ?Sized>() {}
    goes::<Unlocked>();
    goes::<dyn Token>();
    goes::<Pin>();
    goes::<Credential>();
}
