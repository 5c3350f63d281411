#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    policy::directory::fuzzing::import(input);
});
