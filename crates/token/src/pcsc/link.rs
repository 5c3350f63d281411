//! A connection to a card through PC/SC.

use std::thread;
use std::time::Duration;

use pcsc::{Card, Disposition, Protocols, ShareMode};

use super::fault;
use crate::piv::transport::{Channel, Fault, Link, Protocol};

/// A connection, shared with other programs. Dropping it leaves the card as it is, where the `pcsc`
/// crate would reset it.
pub(super) struct PcscLink {
    /// `None` once it is disconnected.
    card: Option<Card>,
    atr: Vec<u8>,
    protocol: Protocol,
    was_reset: bool,
}

impl PcscLink {
    pub(super) fn open(card: Card) -> Result<Self, Fault> {
        let mut link = Self {
            card: Some(card),
            atr: Vec::new(),
            protocol: Protocol::T1,
            was_reset: false,
        };
        link.read_status()?;
        Ok(link)
    }

    fn read_status(&mut self) -> Result<(), Fault> {
        let card = self.card.as_ref().ok_or(Fault::Removed)?;
        let status = card
            .status2_owned()
            .map_err(|error| fault(error, "SCardStatus"))?;
        self.atr = status.atr().to_vec();
        self.protocol = match status.protocol2() {
            Some(pcsc::Protocol::T0) => Protocol::T0,
            Some(pcsc::Protocol::T1 | pcsc::Protocol::RAW) | None => Protocol::T1,
        };
        Ok(())
    }

    fn disconnect(&mut self, disposition: Disposition) {
        if let Some(card) = self.card.take()
            && let Err((card, error)) = card.disconnect(disposition)
        {
            // The card is gone, or the service: nothing is left to disconnect.
            tracing::debug!(?error, "SCardDisconnect");
            drop(card);
        }
    }
}

impl Link for PcscLink {
    fn atr(&self) -> &[u8] {
        &self.atr
    }

    fn transaction(&mut self, work: &mut dyn FnMut(&mut dyn Channel)) -> Result<(), Fault> {
        for _ in 0..ATTEMPTS {
            let card = self.card.as_mut().ok_or(Fault::Removed)?;
            match card.transaction2() {
                Ok(transaction) => {
                    let mut channel = PcscChannel {
                        card: &transaction,
                        protocol: self.protocol,
                        was_reset: self.was_reset,
                    };
                    work(&mut channel);
                    self.was_reset = false;
                    if let Err((transaction, error)) = transaction.end(Disposition::LeaveCard) {
                        tracing::debug!(?error, "SCardEndTransaction");
                        drop(transaction);
                    }
                    return Ok(());
                }
                Err((_, pcsc::Error::ResetCard)) => {}
                Err((_, error)) => return Err(fault(error, "SCardBeginTransaction")),
            }
            card.reconnect(ShareMode::Shared, Protocols::ANY, Disposition::LeaveCard)
                .map_err(|error| fault(error, "SCardReconnect"))?;
            self.was_reset = true;
            self.read_status()?;
        }
        Err(Fault::Reset)
    }

    fn reset(mut self: Box<Self>) {
        self.disconnect(Disposition::ResetCard);
    }
}

impl Drop for PcscLink {
    fn drop(&mut self) {
        self.disconnect(Disposition::LeaveCard);
    }
}

struct PcscChannel<'a> {
    card: &'a Card,
    protocol: Protocol,
    was_reset: bool,
}

impl PcscChannel<'_> {
    fn fault(&self, error: pcsc::Error, call: &str) -> Fault {
        match fault(error, call) {
            vague @ (Fault::Mute | Fault::Other(_)) => self.change(call).unwrap_or(vague),
            clear @ (Fault::Removed
            | Fault::Reset
            | Fault::InUse
            | Fault::Denied
            | Fault::NoService) => clear,
        }
    }

    /// What has become of a card that no longer answers as cards do.
    ///
    /// One that was pulled in the middle of a command fails in several ways, of which an empty
    /// answer is one, and the service notices that it is gone a little later. So it is asked for a
    /// while.
    fn change(&self, call: &str) -> Option<Fault> {
        for _ in 0..UNTIL_REMOVAL_SHOWS {
            if let Err(now) = self.card.status2_owned() {
                match fault(now, call) {
                    told @ (Fault::Removed | Fault::Reset | Fault::NoService) => return Some(told),
                    Fault::InUse | Fault::Mute | Fault::Denied | Fault::Other(_) => {}
                }
            }
            thread::sleep(STEP);
        }
        None
    }
}

impl Channel for PcscChannel<'_> {
    fn protocol(&self) -> Protocol {
        self.protocol
    }

    fn was_reset(&self) -> bool {
        self.was_reset
    }

    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut buffer = [0; pcsc::MAX_BUFFER_SIZE];
        let answer = self
            .card
            .transmit(apdu, &mut buffer)
            .map_err(|error| self.fault(error, "SCardTransmit"))?;
        if answer.is_empty()
            && let Some(change) = self.change("SCardTransmit")
        {
            return Err(change);
        }
        Ok(answer.to_vec())
    }

    fn features(&mut self) -> Result<Vec<u8>, Fault> {
        let mut answer = [0; pcsc::MAX_BUFFER_SIZE];
        self.card
            .control(pcsc::ctl_code(GET_FEATURE_REQUEST), &[], &mut answer)
            .map(<[u8]>::to_vec)
            .map_err(|error| fault(error, "SCardControl"))
    }

    fn control(&mut self, code: u32, data: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut answer = [0; pcsc::MAX_BUFFER_SIZE];
        self.card
            .control(code.into(), data, &mut answer)
            .map(<[u8]>::to_vec)
            .map_err(|error| self.fault(error, "SCardControl"))
    }
}

/// Services look whether a card is there two or three times a second.
const UNTIL_REMOVAL_SHOWS: usize = 12;
const STEP: Duration = Duration::from_millis(50);
/// A card that somebody resets again and again is given up.
const ATTEMPTS: usize = 3;
/// `CM_IOCTL_GET_FEATURE_REQUEST` (PC/SC part 10 §2.2).
const GET_FEATURE_REQUEST: pcsc::ffi::DWORD = 3400;
