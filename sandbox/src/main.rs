//! Starts the sandbox from the command line and runs it until it is told to end.

use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, process};

use sandbox::server::{self, Options, Running};
use serde_json::json;

const HELP: &str = "\
Imitates payment providers, with a ledger, faults on request, and the customer's phone.

Usage: sandbox [options]

  --listen ADDRESS      where to serve HTTP                      [127.0.0.1:8420]
  --tls-listen ADDRESS  serve the same over TLS too; port 0 takes a free one
  --ca-out FILE         write the certificate that clients of --tls-listen have to trust
  --settings FILE       JSON, for example {\"seed\":7,\"vipps\":{\"market\":\"DKK\"}}
  --port-file FILE      write {\"http\",\"https\",\"ca\"} once connections are accepted
  --allow-remote        listen on addresses that other machines can reach
  --help                this text
";

#[derive(Default)]
struct Arguments {
    options: Options,
    ca_out: Option<PathBuf>,
    port_file: Option<PathBuf>,
    help: bool,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sandbox: {}", with_causes(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse(env::args().skip(1))?;
    if arguments.help {
        print!("{HELP}");
        return Ok(());
    }
    let running = server::start(arguments.options.clone())?;
    if let Some(file) = &arguments.ca_out {
        replace(file, &running.ca_pem)?;
    }
    if let Some(file) = &arguments.port_file {
        replace(file, &ports(&running, arguments.ca_out.as_deref()))?;
    }
    println!("The customer's phone: http://{}/phone", running.http_addr);
    if let Some(address) = running.https_addr {
        println!("TLS: https://{address}");
    }
    wait_for_the_end()?;
    running.stop();
    Ok(())
}

impl Arguments {
    fn parse(words: impl Iterator<Item = String>) -> Result<Arguments, Box<dyn Error>> {
        let mut arguments = Arguments::default();
        let mut words = words;
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "--listen" => arguments.options.listen = address(&value()?)?,
                "--tls-listen" => arguments.options.tls_listen = Some(address(&value()?)?),
                "--ca-out" => arguments.ca_out = Some(PathBuf::from(value()?)),
                "--port-file" => arguments.port_file = Some(PathBuf::from(value()?)),
                "--settings" => {
                    let text = fs::read_to_string(value()?)?;
                    arguments.options.settings = serde_json::from_str(&text)?;
                }
                "--allow-remote" => arguments.options.allow_remote = true,
                "--help" | "-h" => arguments.help = true,
                _ => return Err(format!("{word} is not an option; see --help").into()),
            }
        }
        if arguments.ca_out.is_some() && arguments.options.tls_listen.is_none() {
            return Err("--ca-out needs --tls-listen".into());
        }
        Ok(arguments)
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("{text} is not an address and port, such as 127.0.0.1:8420"))
}

fn ports(running: &Running, ca: Option<&Path>) -> String {
    let https = running.https_addr.map(|address| address.to_string());
    let ports = json!({"http": running.http_addr.to_string(), "https": https, "ca": ca});
    ports.to_string()
}

/// A reader sees the whole file or none, as tests wait for it to appear.
fn replace(file: &Path, text: &str) -> Result<(), Box<dyn Error>> {
    let mut draft = file.as_os_str().to_owned();
    draft.push(format!(".{}", process::id()));
    fs::write(&draft, text)?;
    fs::rename(&draft, file)?;
    Ok(())
}

fn wait_for_the_end() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(told_to_end())?;
    Ok(())
}

#[cfg(unix)]
async fn told_to_end() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted,
    }
}

#[cfg(not(unix))]
async fn told_to_end() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
