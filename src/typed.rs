//! The typed layer: what is known of each release line, checked before it is sent.

pub mod validation;
