//! The serial numbers of a list, packed and sorted (RFC 5280 §5.1.2.6, §5.3).

use der::Tag;

use crate::certificate::{GeneralName, read_time};
use crate::distribution_point::directory_names;
use crate::encoding::{Element, Elements, NotDer};
use crate::revocation::extension::Extension;
use crate::revocation::fault::CrlFault;
use crate::time::Time;

/// Where each entry of a list stands in its DER: sixteen bytes an entry, and no object for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    /// Sorted by the serial number's last eight bytes, then by the whole of it.
    slots: Vec<Slot>,
    /// The entries that name a certificate issuer, in the list's order: each counts from there on
    /// until the next one (RFC 5280 §5.3.3).
    issuers: Vec<u32>,
}

/// An entry's place. The last bytes differ where numbers are counted up and where they are random;
/// the first ones often do not.
#[derive(Clone, Copy, Debug)]
struct Slot {
    tail: u64,
    offset: u32,
}

/// What kind of list the entries are of, as far as it decides what they may say.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Allowed {
    /// Version 2, so that entries may have extensions.
    pub(crate) extensions: bool,
    /// An indirect list, so that entries may name an issuer.
    pub(crate) issuers: bool,
    /// A delta, so that entries may be removals.
    pub(crate) removals: bool,
}

/// One entry, read when it is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'a> {
    serial: &'a [u8],
    pub(crate) at: Time,
    pub(crate) reason: Option<u8>,
    /// Its `certificateIssuer`, DER.
    issuer: Option<&'a [u8]>,
}

impl Table {
    /// Walks the entries once: each is checked, and its place kept. A list with one entry that
    /// cannot be judged is not used at all (RFC 5280 §5.3).
    ///
    /// `entries` stand in the list's DER, from the start of which places are counted.
    pub(crate) fn read(entries: &Element<'_>, allowed: Allowed) -> Result<Self, CrlFault> {
        let mut slots = Vec::with_capacity(count(entries)?);
        let mut issuers = Vec::new();
        let mut known = Extensions::default();
        let mut elements = entries.inside()?;
        while !elements.is_empty() {
            let element = elements.expect(Tag::Sequence, NOT_AN_ENTRY)?;
            let offset = u32::try_from(element.range().start)
                .map_err(|_| CrlFault::NotDer("it is too long".into()))?;
            let entry = Entry::read(&element, allowed, &mut known)?;
            if entry.issuer.is_some() {
                issuers.push(offset);
            }
            slots.push(Slot {
                tail: tail(entry.serial),
                offset,
            });
        }
        Ok(Self { slots, issuers })
    }

    /// Sorts the places; `der` is the whole list that they point into.
    pub(crate) fn sort(&mut self, der: &[u8]) {
        self.slots.sort_unstable_by(|a, b| {
            a.tail
                .cmp(&b.tail)
                .then_with(|| serial_at(der, a.offset).cmp(serial_at(der, b.offset)))
        });
    }

    /// The entry of a certificate: its serial number and who issued it. Of several the one that
    /// revokes.
    pub(crate) fn find(
        &self,
        der: &[u8],
        serial: &[u8],
        of_issuer: impl Fn(Option<&[GeneralName]>) -> bool,
    ) -> Option<(Time, Option<u8>)> {
        let mut found = None;
        let tail = tail(serial);
        let alike = self.from(der, serial).iter();
        for slot in alike.take_while(|slot| slot.tail == tail) {
            let entry = entry_at(der, slot.offset).filter(|entry| entry.serial == serial);
            let Some(entry) = entry else {
                break;
            };
            if !of_issuer(self.issuer_of(der, slot.offset).as_deref()) {
                continue;
            }
            let answer = (entry.at, entry.reason);
            if entry.reason != Some(REMOVE_FROM_CRL) {
                return Some(answer);
            }
            found = Some(answer);
        }
        found
    }

    /// The places from where an entry with this serial number would stand.
    fn from(&self, der: &[u8], serial: &[u8]) -> &[Slot] {
        let tail = tail(serial);
        let first = self.slots.partition_point(|slot| slot.tail < tail);
        let slots = self.slots.get(first..).unwrap_or_default();
        // Mostly no two numbers end alike, and then no entry has to be read to find the place.
        if slots.get(1).is_none_or(|next| next.tail != tail) {
            return slots;
        }
        let before =
            slots.partition_point(|slot| slot.tail == tail && serial_at(der, slot.offset) < serial);
        slots.get(before..).unwrap_or_default()
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The bytes that it takes beside the list.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>() + self.issuers.capacity() * size_of::<u32>()
    }

    /// The serial numbers, in the table's order.
    pub(crate) fn serials<'a>(&'a self, der: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.slots.iter().map(|slot| serial_at(der, slot.offset))
    }

    /// The certificate issuer that counts at an entry; none where it is the list's own.
    fn issuer_of(&self, der: &[u8], offset: u32) -> Option<Vec<GeneralName>> {
        let after = self.issuers.partition_point(|at| *at <= offset);
        let at = self.issuers.get(after.checked_sub(1)?)?;
        // Reading it worked before; if it did not, the names would match nobody.
        let names = entry_at(der, *at).and_then(|entry| read_issuer(entry.issuer?).ok());
        Some(names.unwrap_or_default())
    }
}

impl<'a> Entry<'a> {
    fn read(
        element: &Element<'a>,
        allowed: Allowed,
        known: &mut Extensions<'a>,
    ) -> Result<Self, CrlFault> {
        let mut fields = element.inside()?;
        let serial = fields.expect(Tag::Integer, NOT_AN_ENTRY)?.integer()?;
        let at = read_time(&fields.next()?)?;
        let mut entry = Self {
            serial,
            at,
            reason: None,
            issuer: None,
        };
        if let Some(extensions) = fields.next_if(Tag::Sequence)? {
            if !allowed.extensions {
                return Err(forbidden("version 1 with entry extensions"));
            }
            if known.bytes != extensions.contents || extensions.contents.is_empty() {
                *known = Extensions::read(&extensions, allowed)?;
            }
            entry.reason = known.reason;
            entry.issuer = known.issuer;
        }
        fields.end()?;
        Ok(entry)
    }
}

/// The extensions of an entry. Most entries of a list have the same bytes, which are read once.
#[derive(Clone, Copy, Debug, Default)]
struct Extensions<'a> {
    bytes: &'a [u8],
    reason: Option<u8>,
    issuer: Option<&'a [u8]>,
}

impl<'a> Extensions<'a> {
    fn read(list: &Element<'a>, allowed: Allowed) -> Result<Self, CrlFault> {
        let mut read = Self {
            bytes: list.contents,
            reason: None,
            issuer: None,
        };
        for extension in Extension::read_all(list)? {
            match extension.oid {
                REASON_CODE => read.reason = Some(reason(extension.value, allowed)?),
                CERTIFICATE_ISSUER => {
                    if !allowed.issuers {
                        return Err(forbidden(
                            "a certificate issuer in a list that is not indirect",
                        ));
                    }
                    let names = read_issuer(extension.value)?;
                    if directory_names(&names).next().is_none() {
                        return Err(forbidden("a certificate issuer without a directory name"));
                    }
                    read.issuer = Some(extension.value);
                }
                INVALIDITY_DATE => {
                    let mut date = Elements::of(extension.value)?;
                    read_time(&date.next()?)?;
                    date.end()?;
                }
                _ if extension.critical => return Err(CrlFault::NotJudged(extension.name())),
                _ => {}
            }
        }
        Ok(read)
    }
}

/// RFC 5280 §5.3.1.
fn reason(value: &[u8], allowed: Allowed) -> Result<u8, CrlFault> {
    const FAULT: &str = "a reason is none";
    let code = match Element::only(value, Tag::Enumerated, FAULT)?.contents {
        [code] => *code,
        _ => return Err(NotDer(FAULT).into()),
    };
    if code == REMOVE_FROM_CRL && !allowed.removals {
        return Err(forbidden("removeFromCRL in a list that is no delta"));
    }
    Ok(code)
}

/// RFC 5280 §5.3.3.
fn read_issuer(value: &[u8]) -> Result<Vec<GeneralName>, NotDer> {
    let names = Element::only(value, Tag::Sequence, "a certificate issuer is not names")?;
    GeneralName::read_all(names.inside()?)
}

/// How many entries there are: a first walk over their headers, so that the table is made once in
/// its size.
fn count(entries: &Element<'_>) -> Result<usize, NotDer> {
    let mut elements = entries.inside()?;
    let mut count = 0_usize;
    while !elements.is_empty() {
        elements.next()?;
        count = count.saturating_add(1);
    }
    Ok(count)
}

/// The last eight bytes of a serial number.
fn tail(serial: &[u8]) -> u64 {
    serial
        .iter()
        .fold(0, |tail, byte| (tail << 8) | u64::from(*byte))
}

/// The serial number of the entry at `offset`, which was read there before.
fn serial_at(der: &[u8], offset: u32) -> &[u8] {
    let read = || -> Result<&[u8], NotDer> {
        let mut fields = element_at(der, offset)?.inside()?;
        fields.expect(Tag::Integer, NOT_AN_ENTRY)?.integer()
    };
    read().unwrap_or_default()
}

/// The entry at `offset`, which was read there before.
fn entry_at(der: &[u8], offset: u32) -> Option<Entry<'_>> {
    let any = Allowed {
        extensions: true,
        issuers: true,
        removals: true,
    };
    let element = element_at(der, offset).ok()?;
    Entry::read(&element, any, &mut Extensions::default()).ok()
}

fn element_at(der: &[u8], offset: u32) -> Result<Element<'_>, NotDer> {
    let rest = usize::try_from(offset)
        .ok()
        .and_then(|offset| der.get(offset..));
    Elements::of(rest.unwrap_or_default())?.expect(Tag::Sequence, NOT_AN_ENTRY)
}

fn forbidden(what: &str) -> CrlFault {
    CrlFault::Forbidden(what.to_owned())
}

const NOT_AN_ENTRY: &str = "an entry is not one";
/// removeFromCRL (RFC 5280 §5.3.1).
pub(crate) const REMOVE_FROM_CRL: u8 = 8;
/// 2.5.29.21
const REASON_CODE: &[u8] = &[0x55, 0x1d, 21];
/// 2.5.29.24
const INVALIDITY_DATE: &[u8] = &[0x55, 0x1d, 24];
/// 2.5.29.29
const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1d, 29];
