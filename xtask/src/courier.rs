//! Carries webhooks from the sandbox, which calls nobody, to the file in which the register looks.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::profiles::TILL_CODE;
use crate::sandbox::Sandbox;

pub struct Courier {
    file: PathBuf,
    /// The body of what was carried last.
    carried: String,
}

impl Courier {
    pub fn to(file: PathBuf) -> Courier {
        Courier {
            file,
            carried: String::new(),
        }
    }

    /// Takes over the newest check-in at the till's code, unless the last one still lies there.
    pub fn carry(&mut self, sandbox: &Sandbox) -> Result<(), String> {
        let code = json!({"qr": TILL_CODE});
        let Some(delivery) = sandbox.act("vipps", "check_in_again", &code)? else {
            return Ok(());
        };
        let body = delivery["body"].as_str().unwrap_or_default();
        if body == self.carried || self.file.exists() {
            return Ok(());
        }
        let unfinished = self.file.with_extension("new");
        fs::write(&unfinished, letter(&delivery, body))
            .and_then(|()| fs::rename(&unfinished, &self.file))
            .map_err(|error| format!("could not write {}: {error}", self.file.display()))?;
        self.carried = String::from(body);
        Ok(())
    }
}

/// As `hand_in_webhook` in `examples/c/till.c` reads it.
fn letter(delivery: &Value, body: &str) -> String {
    let headers = delivery["headers"].as_object().into_iter().flatten();
    let headers: String = headers
        .map(|(name, value)| format!("{name}: {}\n", value.as_str().unwrap_or_default()))
        .collect();
    format!("mobilepay\n{headers}\n{body}")
}
