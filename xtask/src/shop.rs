//! One till in a directory of its own: configuration, journal, book of receipts.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::json;

use crate::hearing::Hearing;
use crate::process::{Reaped, guarded};
use crate::profiles::profiles;
use crate::sandbox::Sandbox;
use crate::tools::Tools;

pub struct Shop {
    directory: PathBuf,
    register: PathBuf,
}

impl Shop {
    /// A till that talks to the sandbox over TLS, with the sandbox's own authority.
    pub fn open(directory: &Path, tools: &Tools, sandbox: &Sandbox) -> Result<Shop, String> {
        let shop = Shop {
            directory: directory.to_path_buf(),
            register: tools.register.clone(),
        };
        let config = json!({
            "journal": {"path": shop.journal()},
            "language": "en",
            "attended": true,
            "network": {"ca_file": sandbox.ca_file},
            "profiles": profiles(sandbox)?,
        });
        write(&shop.config(), &format!("{config:#}\n"))?;
        Ok(shop)
    }

    pub fn journal(&self) -> PathBuf {
        self.directory.join("till.db")
    }

    pub fn receipts(&self) -> PathBuf {
        self.directory.join("receipts.txt")
    }

    pub fn output(&self) -> PathBuf {
        self.directory.join("register.out")
    }

    pub fn config(&self) -> PathBuf {
        self.directory.join("till.json")
    }

    /// The cashier sits at this terminal.
    pub fn staff_register(&self) -> Result<Reaped, String> {
        Reaped::spawn("register", &mut self.prepared(Command::new(&self.register)))
    }

    /// Where the register looks for webhooks.
    pub fn webhook(&self) -> PathBuf {
        self.directory.join("webhook.txt")
    }

    /// Keeps what registers say in a file.
    pub fn hearing(&self) -> Result<Arc<Hearing>, String> {
        let output = self.open_output()?;
        Ok(Hearing::into_file(output))
    }

    /// The register plays the script, and is heard; its errors go to the terminal, or into the file
    /// in which `hearing` keeps the rest.
    pub fn play(
        &self,
        script: &str,
        hearing: &Arc<Hearing>,
        aloud: bool,
    ) -> Result<Reaped, String> {
        let file = self.directory.join("day.txt");
        write(&file, script)?;
        let mut command = self.prepared(guarded(&self.register));
        command.arg(&file);
        if !aloud {
            command.stderr(self.open_output()?);
        }
        Reaped::spawn_heard("register", &mut command, hearing)
    }

    fn open_output(&self) -> Result<fs::File, String> {
        let output = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.output());
        output.map_err(|error| could_not_write(&self.output(), &error))
    }

    fn prepared(&self, mut command: Command) -> Command {
        command
            .arg(self.config())
            .arg(self.receipts())
            .env("REGISTER_LOG", self.directory.join("library.log"))
            .env("REGISTER_WEBHOOK", self.webhook());
        command
    }
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    fs::write(file, text).map_err(|error| could_not_write(file, &error))
}

fn could_not_write(file: &Path, error: &std::io::Error) -> String {
    format!("could not write {}: {error}", file.display())
}
