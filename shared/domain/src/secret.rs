//! Secrets that are made here: whoever holds one may do what it is for.

/// Makes a type of secrets: 256 random bits as base64url, hidden from `Debug`, found by their digest.
macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(String);

        impl $name {
            const BYTES: usize = 32;

            /// A new one.
            pub fn random() -> Self {
                use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
                Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; Self::BYTES]>()))
            }

            /// The secret itself, for whoever is to hold it.
            pub fn expose(&self) -> &str {
                &self.0
            }

            /// The digest by which the table finds it: a lookup by it takes the same time whether or
            /// not a guess comes close.
            pub fn digest(&self) -> String {
                use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
                use sha2::{Digest, Sha256};
                URL_SAFE_NO_PAD.encode(Sha256::digest(&self.0))
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::Invalid;

            fn from_str(text: &str) -> Result<Self, $crate::Invalid> {
                use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
                let malformed = $crate::Invalid::Malformed;
                let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed)?;
                if bytes.len() == Self::BYTES { Ok(Self(text.to_owned())) } else { Err(malformed) }
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

pub(crate) use secret;
