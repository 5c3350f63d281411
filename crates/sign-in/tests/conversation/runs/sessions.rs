//! Sessions that are kept, ended or given up.

use sign_in::intent::Intent;
use sign_in::view::Problem;
use sign_in::{Effect, Event, Failure};

use super::{account_problem, enter, shown_in, signed_in};
use crate::world::{Conversation, LEE, SERVER, memory, session};

#[test]
fn a_kept_session_is_resumed_without_a_sign_in() {
    let mut memory = memory();
    memory.accounts[0].signed_in = true;
    let mut run = Conversation::with_memory(memory);
    run.on(enter(SERVER, LEE));
    let attempt = run.attempt();
    assert!(matches!(run.effects.as_slice(), [Effect::Resume { .. }]));
    run.on(Event::Resumed {
        attempt,
        session: Some(session()),
    });
    assert_eq!(shown_in(&run).username, LEE);
}

#[test]
fn a_session_that_the_server_ended_is_removed_and_said() {
    let mut run = signed_in();
    run.on(Event::Wants(Intent::RefreshApps));
    let attempt = run.attempt();
    run.on(Event::AppsRead {
        attempt,
        outcome: Err(Failure::SessionEnded),
    });
    assert_eq!(account_problem(&run), Some(Problem::SignedOut));
    assert_eq!(
        run.effects,
        [Effect::RemoveSession {
            server: SERVER.into(),
            username: LEE.into()
        }]
    );
}

#[test]
fn signing_out_says_when_the_server_could_not_be_told() {
    let mut run = signed_in();
    run.on(Event::Wants(Intent::SignOut));
    let attempt = run.attempt();
    let problem = Problem::Unreachable {
        cause: "timed out".into(),
    };
    run.on(Event::SignedOut {
        attempt,
        memory: memory(),
        problem: Some(problem.clone()),
    });
    assert_eq!(account_problem(&run), Some(problem));
}
