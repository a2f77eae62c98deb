//! A stand-in for the OpenAI API.
