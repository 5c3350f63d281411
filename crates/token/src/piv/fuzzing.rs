//! What reads a card's bytes, for fuzz targets: each takes any bytes and panics where something
//! does not hold that always should.

mod certificate_object;
mod response;
mod script;
mod tlv;

pub use certificate_object::certificate_object;
pub use response::{response, transcript};
pub use tlv::tlv;
