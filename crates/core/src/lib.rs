//! Energy, carbon intensity and time.
#![no_std]
