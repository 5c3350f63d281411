//! What becomes of modules that crash, hang, print or answer nonsense: a row or an error each, and
//! the rest goes on.

use std::process::Command;
use std::time::Duration;

use token::{Cause, Credential, Ending, Listing, Settings, SignError, TokenHost, UnlockError};

use crate::contract::handshake;
use crate::settings;
use crate::softhsm::{self, KeyKind, PIN, Rig, pin};
use crate::wrapper::Wrapper;

#[test]
fn a_module_that_crashes_while_it_lists_is_one_row() {
    with_fault(
        "helper::a_module_that_crashes_while_it_lists_is_one_row",
        "static void change(void) { list.call[C_FindObjects] = crash; }",
        |rig, wrapper| {
            // The second look starts a new process.
            for _ in 0..2 {
                let listing = both(rig, wrapper);
                assert_eq!(listing.tokens.len(), 1);
                let cause = only_cause(&listing);
                assert_eq!(
                    cause.to_string(),
                    "the module stopped with signal 11 (SIGSEGV)"
                );
            }
        },
    );
}

#[test]
fn a_module_that_ends_its_process_is_one_row() {
    with_fault(
        "helper::a_module_that_ends_its_process_is_one_row",
        r#"static RV leave(void) { fputs("no\n\tlicence", stderr); _exit(7); }
           static void change(void) { list.call[C_Initialize] = leave; }"#,
        |rig, wrapper| {
            let listing = both(rig, wrapper);
            assert_eq!(listing.tokens.len(), 1);
            assert_eq!(
                *only_cause(&listing),
                Cause::Stopped {
                    ending: Ending::Exit(7),
                    printed: "no licence".to_owned()
                }
            );
        },
    );
}

#[test]
fn a_module_that_prints_and_reads_harms_nothing() {
    with_fault(
        "helper::a_module_that_prints_and_reads_harms_nothing",
        r#"static RV chatter(void *arguments) {
               for (int i = 0; i < 20000; i++) { puts("out loud"); fputs("and aside", stderr); }
               fflush(stdout);
               char byte;
               if (read(0, &byte, 1) != 0 || open("/dev/tty", O_RDWR) >= 0) _exit(3);
               return softhsm->call[C_Initialize](arguments);
           }
           static void change(void) { list.call[C_Initialize] = chatter; }"#,
        |rig, wrapper| {
            let listing = look(settings::only([wrapper.module.clone()]));
            assert_eq!(listing.failed, []);
            assert_eq!(listing.tokens.len(), 1);
            signs(&listing, rig);
        },
    );
}

#[test]
fn a_module_that_meddles_with_the_protocol_is_one_row() {
    with_fault(
        "helper::a_module_that_meddles_with_the_protocol_is_one_row",
        r#"static RV meddle(void *info) {
               for (int fd = 3; fd < 20; fd++) write(fd, "\0\0\0\x02\1\0..", 8);
               return softhsm->call[C_GetInfo](info);
           }
           static void change(void) { list.call[C_GetInfo] = meddle; }"#,
        |rig, wrapper| {
            let listing = both(rig, wrapper);
            assert_eq!(listing.tokens.len(), 1);
            assert!(matches!(only_cause(&listing), Cause::Garbled { .. }));
        },
    );
}

#[test]
fn a_module_that_closes_the_protocol_is_one_row() {
    with_fault(
        "helper::a_module_that_closes_the_protocol_is_one_row",
        r"static RV closing(void *info) {
               for (int fd = 3; fd < 20; fd++) close(fd);
               for (;;) pause();
           }
           static void change(void) { list.call[C_GetInfo] = closing; }",
        |rig, wrapper| {
            let impatient = Settings {
                deadline: Duration::from_millis(500),
                ..settings::only([wrapper.module.clone(), rig.module.clone()])
            };
            let listing = look(impatient);
            assert_eq!(listing.tokens.len(), 1);
            assert!(matches!(
                only_cause(&listing),
                Cause::Stopped { .. } | Cause::TimedOut { .. }
            ));
        },
    );
}

#[test]
fn only_the_variables_that_modules_need_reach_them() {
    with_fault(
        "helper::only_the_variables_that_modules_need_reach_them",
        r#"extern char **environ;
           static RV note(void *arguments) {
               FILE *notes = fopen(NOTES, "w");
               for (char **one = environ; *one; one++) fprintf(notes, "%s\n", *one);
               fclose(notes);
               return softhsm->call[C_Initialize](arguments);
           }
           static void change(void) { list.call[C_Initialize] = note; }"#,
        |rig, wrapper| {
            look(settings::only([wrapper.module.clone()]));
            let notes = std::fs::read_to_string(Wrapper::notes_file(rig)).expect("notes");
            let has = |name: &str| notes.lines().any(|line| line.starts_with(name));
            assert!(has("SOFTHSM2_CONF="), "{notes}");
            // Cargo and libtest set many, and the test's own folder is named in one.
            assert!(std::env::vars().count() > notes.lines().count());
            assert!(!has("LANYARD_TEST_TOKEN="), "{notes}");
            assert!(!has("PATH=") && !has("LD_LIBRARY_PATH="), "{notes}");
        },
    );
}

#[test]
fn a_crash_while_signing_costs_the_guard_and_nothing_else() {
    with_fault(
        "helper::a_crash_while_signing_costs_the_guard_and_nothing_else",
        "static void change(void) { list.call[C_Sign] = crash; }",
        |rig, wrapper| {
            // Alone: beside the other module, which has the same certificate, either is shown.
            let listing = look(settings::only([wrapper.module.clone()]));
            let (found, credential) = of_wrapper(&listing, wrapper);
            let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
            let sign = || unlocked.sign_handshake(&credential, credential.schemes[0], &handshake());
            assert_eq!(sign(), Err(SignError::Stopped));
            // The login went with the process.
            assert_eq!(sign(), Err(SignError::LockedAgain));
            assert_eq!(found.token.credentials().expect("it is back").len(), 1);
            assert_eq!(sign(), Err(SignError::LockedAgain));
            signs(&look(settings::only([rig.module.clone()])), rig);
        },
    );
}

#[test]
fn a_helper_that_is_killed_is_started_again() {
    with_fault(
        "helper::a_helper_that_is_killed_is_started_again",
        "static void change(void) {}",
        |rig, wrapper| {
            let listing = look(settings::only([wrapper.module.clone()]));
            let (found, credential) = of_wrapper(&listing, wrapper);
            let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
            crash_helpers();
            assert_eq!(
                unlocked.sign_handshake(&credential, credential.schemes[0], &handshake()),
                Err(SignError::LockedAgain)
            );
            found.token.unlock(pin(PIN)).expect("the right PIN");
            crash_helpers();
            signs(&look(settings::only([wrapper.module.clone()])), rig);
        },
    );
}

#[test]
fn a_login_of_an_ended_process_never_signs_with_a_later_one() {
    with_fault(
        "helper::a_login_of_an_ended_process_never_signs_with_a_later_one",
        "static void change(void) {}",
        |_, wrapper| {
            let listing = look(settings::only([wrapper.module.clone()]));
            let (found, credential) = of_wrapper(&listing, wrapper);
            let first = found.token.unlock(pin(PIN)).expect("the right PIN");
            crash_helpers();
            let second = found.token.unlock(pin(PIN)).expect("the right PIN");
            let sign = |unlocked: &token::Unlocked| {
                unlocked.sign_handshake(&credential, credential.schemes[0], &handshake())
            };
            assert_eq!(sign(&first), Err(SignError::LockedAgain));
            drop(first);
            sign(&second).expect("the first guard's end is not the second's");
        },
    );
}

#[test]
fn a_signature_that_is_waited_for_can_be_cancelled() {
    with_fault(
        "helper::a_signature_that_is_waited_for_can_be_cancelled",
        "static void change(void) { list.call[C_Sign] = hang; }",
        |_, wrapper| {
            let listing = look(settings::only([wrapper.module.clone()]));
            let (found, credential) = of_wrapper(&listing, wrapper);
            let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
            let canceller = unlocked.canceller();
            let scheme = credential.schemes[0];
            let signing = std::thread::spawn(move || {
                let sign = || unlocked.sign_handshake(&credential, scheme, &handshake());
                (sign(), sign())
            });
            wrapper.wait_until_begun();
            canceller.cancel();
            let refused = Err(SignError::Cancelled);
            assert_eq!(signing.join().expect("it ends"), (refused.clone(), refused));
            assert_eq!(found.token.credentials().expect("it is back").len(), 1);
        },
    );
}

#[test]
fn an_unlock_that_waits_for_the_reader_can_be_cancelled_and_delays_no_listing() {
    with_fault(
        "helper::an_unlock_that_waits_for_the_reader_can_be_cancelled_and_delays_no_listing",
        ON_READER_HANGS,
        |_, wrapper| {
            let listing = look(settings::only([wrapper.module.clone()]));
            let (found, _) = of_wrapper(&listing, wrapper);
            let token = found.token.clone();
            let unlocking = std::thread::spawn(move || token.unlock_without_typing().err());
            wrapper.wait_until_begun();
            let impatient = Settings {
                deadline: Duration::from_millis(50),
                ..settings::only([wrapper.module.clone()])
            };
            assert_eq!(*only_cause(&look(impatient)), Cause::Busy);
            found.token.cancel_unlock();
            assert_eq!(
                unlocking.join().expect("it ends"),
                Some(UnlockError::Cancelled)
            );
            let listing = look(settings::only([wrapper.module.clone()]));
            assert_eq!(listing.tokens.len(), 1);
        },
    );
}

#[test]
fn no_dump_log_or_row_of_a_crash_has_the_pin() {
    with_fault(
        "helper::no_dump_log_or_row_of_a_crash_has_the_pin",
        r#"static RV tell(U session, U user, char *pin, U length) {
               struct rlimit core;
               getrlimit(RLIMIT_CORE, &core);
               FILE *notes = fopen(NOTES, "w");
               fprintf(notes, "%d %ld %ld", prctl(PR_GET_DUMPABLE), (long)core.rlim_cur,
                       (long)core.rlim_max);
               fclose(notes);
               printf("the PIN is %.*s\n", (int)length, pin);
               fprintf(stderr, "the PIN is %.*s\n", (int)length, pin);
               fflush(stdout);
               return crash();
           }
           static void change(void) { list.call[C_Login] = tell; }"#,
        |rig, wrapper| {
            let log = Log::begin();
            let listing = look(settings::only([wrapper.module.clone()]));
            let (found, _) = of_wrapper(&listing, wrapper);
            let refused = found.token.unlock(pin(PIN)).expect_err("it crashed");
            assert_eq!(refused, UnlockError::Stopped);
            let notes = std::fs::read_to_string(Wrapper::notes_file(rig)).expect("notes");
            assert_eq!(notes, "0 0 0", "dumpable, and the limits of a dump");
            let text = log.text();
            assert!(text.contains("SIGSEGV"), "{text}");
            assert!(!text.contains(PIN), "{text}");
        },
    );
}

/// Everything that is logged, down to traces.
struct Log(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl Log {
    fn begin() -> Self {
        let log = Self(std::sync::Arc::default());
        let writer = log.0.clone();
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(move || Shared(writer.clone()))
            .init();
        log
    }

    fn text(&self) -> String {
        let bytes = self.0.lock().expect("nobody failed");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

struct Shared(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody failed").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A token whose PIN is entered on the reader, by a person who never does.
const ON_READER_HANGS: &str = r"
    static RV info(U slot, char *info) {
        RV said = softhsm->call[C_GetTokenInfo](slot, info);
        *(U *)(info + 96) |= 0x100;
        return said;
    }
    static void change(void) { list.call[C_GetTokenInfo] = info; list.call[C_Login] = hang; }";

fn with_fault(name: &str, changes: &str, test: impl FnOnce(&Rig, &Wrapper)) {
    softhsm::with_token(
        name,
        |token| token.identity(&KeyKind::of("EC:prime256v1"), "01", "key"),
        |rig| test(rig, &Wrapper::new(rig, changes)),
    );
}

fn look(settings: Settings) -> Listing {
    TokenHost::new(settings).enumerate()
}

/// The module with the fault, and SoftHSM's own beside it.
fn both(rig: &Rig, wrapper: &Wrapper) -> Listing {
    look(settings::only([wrapper.module.clone(), rig.module.clone()]))
}

fn only_cause(listing: &Listing) -> &Cause {
    let [failure] = listing.failed.as_slice() else {
        panic!("one row, not {:?}", listing.failed);
    };
    assert_eq!(failure.module, "wrapper");
    &failure.cause
}

fn of_wrapper(listing: &Listing, wrapper: &Wrapper) -> (token::FoundToken, Credential) {
    let module = wrapper.module.canonicalize().expect("it is there");
    let kind = token::TokenKind::Pkcs11 { module };
    let found = listing
        .tokens
        .iter()
        .find(|found| found.description.kind == kind)
        .unwrap_or_else(|| panic!("{:?}", listing.failed));
    (found.clone(), found.credentials[0].clone())
}

fn signs(listing: &Listing, _rig: &Rig) {
    let [found] = listing.tokens.as_slice() else {
        panic!("one token; {:?}", listing.failed);
    };
    let credential = &found.credentials[0];
    let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
    unlocked
        .sign_handshake(credential, credential.schemes[0], &handshake())
        .expect("a signature");
}

/// Ends every helper of this process as a crash does, and waits until they are gone.
fn crash_helpers() {
    let helpers = children();
    assert!(!helpers.is_empty());
    for helper in helpers {
        // The standard library's handler takes the first one for a fault that will come again.
        while !is_over(&helper) {
            let killed = Command::new("kill").args(["-SEGV", &helper]).output();
            killed.expect("kill starts");
        }
    }
}

/// The living children of this process.
fn children() -> Vec<String> {
    let this = std::process::id().to_string();
    let processes = std::fs::read_dir("/proc").expect("processes");
    processes
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|pid| {
            let (Some(state), Some(parent)) = (state(pid), status(pid, 1)) else {
                return false;
            };
            parent == this && state != 'Z'
        })
        .collect()
}

/// Whether a process and every thread of it has ended.
fn is_over(pid: &str) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count);
    threads <= 1 && state(pid).is_none_or(|state| state == 'Z')
}

fn state(pid: &str) -> Option<char> {
    status(pid, 0)?.chars().next()
}

/// A field of `/proc/PID/stat`, counted after the name, which is in parentheses.
fn status(pid: &str, field: usize) -> Option<String> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after) = text.rsplit_once(')')?;
    after.split_whitespace().nth(field).map(str::to_owned)
}
