//! A card that answers from a list.

use std::collections::VecDeque;

use crate::piv::transport::{Channel, Fault, Protocol};

/// Answers in order. Where commands are given, others fail the test.
pub(crate) struct Script {
    answers: VecDeque<(Option<Vec<u8>>, Vec<u8>)>,
    always: Option<Vec<u8>>,
    pub(crate) features: Vec<u8>,
}

impl Script {
    /// These commands in this order, and what each is answered.
    pub(crate) fn new(steps: &[(&[u8], &[u8])]) -> Self {
        Self {
            answers: steps
                .iter()
                .map(|(command, answer)| (Some(command.to_vec()), answer.to_vec()))
                .collect(),
            always: None,
            features: Vec::new(),
        }
    }

    /// Any commands, with these answers; then silence.
    pub(crate) fn answering(answers: Vec<Vec<u8>>) -> Self {
        Self {
            answers: answers.into_iter().map(|answer| (None, answer)).collect(),
            always: None,
            features: Vec::new(),
        }
    }

    /// The same answer to everything.
    pub(crate) fn repeating(answer: &[u8]) -> Self {
        Self {
            answers: VecDeque::new(),
            always: Some(answer.to_vec()),
            features: Vec::new(),
        }
    }
}

impl Channel for Script {
    fn protocol(&self) -> Protocol {
        Protocol::T1
    }

    fn was_reset(&self) -> bool {
        false
    }

    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, Fault> {
        match (self.answers.pop_front(), &self.always) {
            (Some((Some(expected), answer)), _) => {
                assert_eq!(apdu, expected);
                Ok(answer)
            }
            (Some((None, answer)), _) => Ok(answer),
            (None, Some(answer)) => Ok(answer.clone()),
            (None, None) => Err(Fault::Mute),
        }
    }

    fn features(&mut self) -> Result<Vec<u8>, Fault> {
        Ok(self.features.clone())
    }

    fn control(&mut self, _code: u32, data: &[u8]) -> Result<Vec<u8>, Fault> {
        self.transmit(data)
    }
}
