//! The journal's key file: one random key from which the chain's and the seal's keys follow.

use super::JournalError;
use crate::secret::Secret;
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use data_encoding::HEXLOWER;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

pub const CHAIN_LEN: usize = 16;

pub struct Keys {
    chain: hmac::Key,
    seal: RandomizedNonceKey,
    pub check: Vec<u8>,
}

impl Keys {
    pub fn from_master(master: &[u8]) -> Result<Self, JournalError> {
        let master = hmac::Key::new(hmac::HMAC_SHA256, master);
        let derive = |purpose: &str| hmac::sign(&master, purpose.as_bytes());
        let seal = RandomizedNonceKey::new(&AES_256_GCM, derive("seal").as_ref())
            .map_err(|_| JournalError::Unusable("the journal key has a wrong length".into()))?;
        Ok(Self {
            chain: hmac::Key::new(hmac::HMAC_SHA256, derive("chain").as_ref()),
            seal,
            check: derive("check").as_ref().to_vec(),
        })
    }

    /// The link of one event to everything before it.
    pub fn link(&self, before: &[u8], operation: i64, at: i64, fact: &str) -> [u8; CHAIN_LEN] {
        let mut context = hmac::Context::with_key(&self.chain);
        context.update(before);
        context.update(&operation.to_le_bytes());
        context.update(&at.to_le_bytes());
        context.update(fact.as_bytes());
        let tag = context.sign();
        let mut link = [0; CHAIN_LEN];
        for (place, byte) in link.iter_mut().zip(tag.as_ref()) {
            *place = *byte;
        }
        link
    }

    pub fn seal(&self, operation: i64, plain: &[u8]) -> Result<(Vec<u8>, Vec<u8>), JournalError> {
        let mut content = plain.to_vec();
        let nonce = self
            .seal
            .seal_in_place_append_tag(Aad::from(operation.to_le_bytes()), &mut content)
            .map_err(|_| JournalError::Broken("sealing failed".into()))?;
        Ok((nonce.as_ref().to_vec(), content))
    }

    pub fn open(
        &self,
        operation: i64,
        nonce: &[u8],
        content: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, JournalError> {
        let damaged = || JournalError::Damaged(format!("sealed data of operation {operation}"));
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| damaged())?;
        let mut content = Zeroizing::new(content.to_vec());
        let len = self
            .seal
            .open_in_place(nonce, Aad::from(operation.to_le_bytes()), &mut content)
            .map_err(|_| damaged())?
            .len();
        content.truncate(len);
        Ok(content)
    }
}

/// Where the key is when the configuration does not say.
pub fn key_path(journal: &Path) -> PathBuf {
    let mut name = journal.as_os_str().to_owned();
    name.push("-key");
    PathBuf::from(name)
}

/// Reads the key beside the journal; makes it for a journal that does not exist yet.
pub fn load_or_make(journal: &Path, is_new: bool) -> Result<Keys, JournalError> {
    let path = key_path(journal);
    match fs::read_to_string(&path) {
        Ok(text) => from_hex(&Secret::new(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && is_new => make(&path),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(JournalError::Damaged(format!(
                "its key file {} is missing; put it back beside the journal",
                path.display()
            )))
        }
        Err(error) => Err(JournalError::Unusable(format!(
            "the journal's key file {} could not be read ({})",
            path.display(),
            error.kind()
        ))),
    }
}

/// A key given by the configuration, or a key file's content: 64 hexadecimal digits.
pub fn from_hex(text: &Secret) -> Result<Keys, JournalError> {
    let bytes = HEXLOWER.decode(text.reveal().trim().to_ascii_lowercase().as_bytes());
    let bytes = Zeroizing::new(bytes.unwrap_or_default());
    if bytes.len() != 32 {
        return Err(JournalError::Damaged(
            "its key is not 64 hexadecimal digits".into(),
        ));
    }
    Keys::from_master(&bytes)
}

fn make(path: &Path) -> Result<Keys, JournalError> {
    let failed = |error: std::io::Error| {
        JournalError::Unusable(format!(
            "the key file {} could not be written ({}); check the folder",
            path.display(),
            error.kind()
        ))
    };
    let mut master = Zeroizing::new([0; 32]);
    aws_lc_rs::rand::fill(&mut *master)
        .map_err(|_| JournalError::Unusable("the system gave no random numbers".into()))?;
    let text = Zeroizing::new(HEXLOWER.encode(&*master));
    // Written beside and moved into place: a power cut leaves no key or a whole one.
    let mut draft = path.as_os_str().to_owned();
    draft.push("-new");
    let draft = PathBuf::from(draft);
    let _ = fs::remove_file(&draft);
    let mut file = private_file(&draft).map_err(failed)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    fs::rename(&draft, path).map_err(failed)?;
    sync_folder(path);
    Keys::from_master(&*master)
}

/// A file that only its owner can read, whatever the umask.
pub fn private_file(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

/// Makes a new name durable. Some systems cannot open folders; there the name is durable with the
/// file.
pub fn sync_folder(path: &Path) {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Ok(folder) = fs::File::open(folder.unwrap_or(Path::new("."))) {
        let _ = folder.sync_all();
    }
}
