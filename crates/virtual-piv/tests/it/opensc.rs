//! OpenSC.
