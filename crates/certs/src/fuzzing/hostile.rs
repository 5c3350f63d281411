//! The largest lists that anybody lets in: what reading them costs, in elements that are read and in
//! bytes that are kept.

use super::mint::{algorithm, certificate, extension, key, name, tlv};
use crate::certificate::Certificate;
use crate::encoding::counted;
use crate::path::{Authority, Role, TrustStore};
use crate::revocation::{Crl, CrlFault};

#[test]
fn a_list_of_100_mb_is_read_within_its_size_and_not_looked_at_above_the_limit() {
    let world = World::new();
    let (bytes, entries) = World::list(100_000_000, |number| scattered(number).to_vec());
    assert!(bytes.len() >= 100_000_000);
    let (serial, absent) = (scattered(entries / 2), scattered(entries));

    let most = bytes.len() - 1;
    let (elements, refused) = counted::during(|| world.read(bytes.clone(), most));
    assert!(matches!(refused, Err(CrlFault::TooLarge(_))));
    assert_eq!(elements, 0);

    let most = bytes.len();
    let (elements, list) = counted::during(|| world.read(bytes, most));
    let list = list.expect("a list");
    assert_eq!(list.len(), entries);
    // Each entry is counted, and read with its number and its date.
    assert_eq!(elements, 4 * entries + list_without_entries(&world));
    assert_eq!(list.bytes_beside(), 16 * entries);
    let (elements, found) = counted::during(|| list.find(&serial));
    assert!(found.is_some());
    assert!(elements < 20, "{elements}");
    assert!(list.find(&absent).is_none());
}

/// The table compares the last eight bytes; where they are all the same it has to read the entries
/// again, and a sort of any order asks for no more than n log n of that.
#[test]
fn numbers_that_end_alike_cost_no_more_than_sorting_them() {
    const ALIKE: &[u8] = &[7; 8];
    let world = World::new();
    let (bytes, entries) = World::list(1_000_000, |number| [&scattered(number), ALIKE].concat());
    let most = bytes.len();
    let (elements, list) = counted::during(|| world.read(bytes, most));
    let list = list.expect("a list");
    // Four for each comparison: an entry and its number, twice.
    let comparisons = entries * (entries.ilog2() as usize + 1);
    assert!(
        elements < 4 * 2 * comparisons,
        "{elements} for {entries} entries"
    );
    let serial = [&scattered(entries / 3), ALIKE].concat();
    let (elements, found) = counted::during(|| list.find(&serial));
    assert!(found.is_some());
    assert!(elements < 100, "{elements}");
}

/// What is read of a list beside its entries.
fn list_without_entries(world: &World) -> usize {
    let (bytes, entries) = World::list(0, |number| scattered(number).to_vec());
    let most = bytes.len();
    let (elements, list) = counted::during(|| world.read(bytes, most));
    assert_eq!(list.expect("a list").len(), entries);
    elements - 4 * entries
}

/// A serial number of eight bytes, positive and in the fewest of them; no two are the same.
fn scattered(number: usize) -> [u8; 8] {
    let mixed = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut bytes = mixed.to_be_bytes();
    bytes[0] = 0x40 | (bytes[0] & 0x3f);
    bytes
}

struct World {
    authority: Certificate,
    trust: TrustStore,
}

impl World {
    fn new() -> Self {
        let basic = extension(&[0x55, 0x1d, 19], &[0x30, 3, 1, 1, 0xff], true);
        let der = certificate((1, 1), (1, 1), 1, &[basic]);
        let authority = Certificate::from_der(&der).expect("a certificate");
        let trust = TrustStore::new(vec![Authority {
            certificate: authority.clone(),
            role: Role::Root,
        }]);
        Self { authority, trust }
    }

    fn read(&self, bytes: Vec<u8>, most: usize) -> Result<Crl, CrlFault> {
        Crl::read(bytes, &self.authority, &self.trust, most)
    }

    /// A signed list of so many bytes at least, and how many entries it has. Each is written where it
    /// stays, so that the list is there once.
    fn list(least: usize, serial: impl Fn(usize) -> Vec<u8>) -> (Vec<u8>, usize) {
        const TIME: &[u8] = b"\x17\x0d260922080000Z";
        let mut entries = Vec::with_capacity(least + 1000);
        let mut count = 0;
        while count == 0 || entries.len() < least {
            let entry = tlv(0x30, &[&tlv(0x02, &[&serial(count)]), TIME]);
            entries.extend(entry);
            count += 1;
        }
        let next = b"\x17\x0d270101000000Z";
        let fields: [&[u8]; 5] = [&[2, 1, 1], &algorithm(), &name(1), TIME, next];
        let message = tlv(0x30, &[&fields.concat(), &tlv(0x30, &[&entries])]);
        drop(entries);
        let signature = key(1).sign(&message);
        let signature = tlv(0x03, &[&[0], signature.as_ref()]);
        (tlv(0x30, &[&message, &algorithm(), &signature]), count)
    }
}
