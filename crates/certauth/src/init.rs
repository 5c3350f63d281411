//! Making a new installation.
