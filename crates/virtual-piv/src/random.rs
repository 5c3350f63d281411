//! The one place that draws random bytes.

/// Fills an array with random bytes.
#[expect(
    clippy::disallowed_methods,
    reason = "the card's challenges and serial numbers are drawn here and nowhere else"
)]
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}
