//! The one integration test binary: each module tests the program from one side.

mod picture_decode;
