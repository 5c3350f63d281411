//! Recognising what a TLS client signs.

/// Whether these bytes are what a TLS client signs to prove possession of its key.
///
/// For TLS 1.3 that is 64 spaces, a fixed text, a zero and a transcript hash (RFC 8446 §4.4.3);
/// for TLS 1.2 it is the handshake so far, which begins with a `ClientHello` (RFC 5246 §7.4.8).
/// A mail, a document or a server's handshake is neither, so a token that was unlocked for a
/// handshake cannot be made to sign one.
pub(crate) fn is_certificate_verify(message: &[u8]) -> bool {
    is_tls13(message) || is_tls12(message)
}

fn is_tls13(message: &[u8]) -> bool {
    let hash = message
        .strip_prefix(&[b' '; 64])
        .and_then(|rest| rest.strip_prefix(b"TLS 1.3, client CertificateVerify\0"));
    // SHA-256 or SHA-384, the only hashes of the cipher suites of RFC 8446 §B.4.
    hash.is_some_and(|hash| matches!(hash.len(), 32 | 48))
}

/// A whole number of handshake messages, the first of them a `ClientHello` for TLS 1.2 and the
/// last a `ClientKeyExchange`, which is what stands before `CertificateVerify` (RFC 5246 §7.3).
fn is_tls12(transcript: &[u8]) -> bool {
    const CLIENT_HELLO: u8 = 1;
    const CLIENT_KEY_EXCHANGE: u8 = 16;

    let Some((CLIENT_HELLO, hello, mut rest)) = first_message(transcript) else {
        return false;
    };
    if !hello.starts_with(&[3, 3]) {
        return false;
    }
    let mut last = CLIENT_HELLO;
    while !rest.is_empty() {
        let Some((kind, _, after)) = first_message(rest) else {
            return false;
        };
        (last, rest) = (kind, after);
    }
    last == CLIENT_KEY_EXCHANGE
}

/// Splits off one handshake message: its type, body, and what follows.
fn first_message(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[kind, high, middle, low], rest) = bytes.split_first_chunk::<4>()?;
    let length = u32::from_be_bytes([0, high, middle, low]);
    let (body, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    Some((kind, body, after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_client_text_of_tls13_is_signed() {
        assert!(is_certificate_verify(&tls13("client")));
    }

    #[test]
    fn the_server_text_of_tls13_is_not() {
        assert!(!is_certificate_verify(&tls13("server")));
    }

    #[test]
    fn a_tls12_handshake_up_to_the_key_exchange_is_signed() {
        let hello = message(1, &[3, 3, 0, 0]);
        let exchange = message(16, &[7; 33]);
        assert!(is_certificate_verify(&[hello.clone(), exchange].concat()));
        assert!(!is_certificate_verify(&hello));
    }

    #[test]
    fn a_document_is_not_signed() {
        assert!(!is_certificate_verify(b"I owe you 100 pounds"));
        assert!(!is_certificate_verify(&[]));
    }

    proptest! {
        #[test]
        fn a_cut_or_lengthened_handshake_is_not_signed(cut in 1_usize..40, more in 1_u8..255) {
            let whole = [message(1, &[3, 3, 0, 0]), message(16, &[7; 33])].concat();
            prop_assert!(!is_certificate_verify(&whole[..whole.len() - cut]));
            prop_assert!(!is_certificate_verify(&[whole.as_slice(), &[more]].concat()));
        }

        #[test]
        fn any_bytes_are_judged(bytes in any::<Vec<u8>>()) {
            let _ = is_certificate_verify(&bytes);
        }
    }

    fn tls13(side: &str) -> Vec<u8> {
        let mut message = vec![b' '; 64];
        message.extend_from_slice(format!("TLS 1.3, {side} CertificateVerify\0").as_bytes());
        message.extend_from_slice(&[9; 32]);
        message
    }

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u8::try_from(body.len()).expect("a short message");
        [&[kind, 0, 0, length], body].concat()
    }
}
