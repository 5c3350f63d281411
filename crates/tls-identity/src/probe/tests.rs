use rustls::version::{TLS12, TLS13};

use super::probe;
use crate::Versions;
use crate::fixture::{Authority, HOST, Wants, meet};

#[test]
fn a_probe_notes_the_cas_and_the_schemes_of_the_version_that_is_spoken() {
    let authority = Authority::new("Meridian CA");
    let server = authority.server(HOST, &[&TLS13, &TLS12], authority.accepts(None));
    for (versions, pkcs1) in [(Versions::Both, false), (Versions::Tls12, true)] {
        let (config, noted) = probe(&authority.trust(), versions).expect("a probe");
        let met = meet(&config, HOST, &server);
        assert!(met.client.is_ok() && met.presented.is_none());
        let asked = noted.asked().expect("the server asks");
        assert_eq!(asked.authorities, [authority.subject()]);
        assert!(asked.schemes.contains(&0x0403), "{:x?}", asked.schemes);
        assert_eq!(asked.schemes.contains(&0x0401), pkcs1, "{versions:?}");
    }
}

#[test]
fn a_server_that_does_not_ask_leaves_nothing_to_note() {
    let authority = Authority::new("Meridian CA");
    let server = authority.server(HOST, &[&TLS13], Wants::Nothing);
    let (config, noted) = probe(&authority.trust(), Versions::Both).expect("a probe");
    assert!(meet(&config, HOST, &server).client.is_ok());
    assert_eq!(noted.asked(), None);
}

#[test]
fn a_probe_of_the_older_version_alone_does_not_reach_a_newer_server() {
    let authority = Authority::new("Meridian CA");
    let server = authority.server(HOST, &[&TLS13], authority.accepts(None));
    let (config, noted) = probe(&authority.trust(), Versions::Tls12).expect("a probe");
    assert!(meet(&config, HOST, &server).client.is_err());
    assert_eq!(noted.asked(), None);
}
