//! Builds what the demo needs, and puts a copy of it where no other build can change it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const SOURCES: [&str; 3] = ["register.c", "till.c", "day.c"];
/// The name that programs record of the library (its SONAME).
const LIBRARY_NAME: &str = "libpayments.so.1";

/// Programs ready to run.
pub struct Tools {
    pub register: PathBuf,
    pub sandbox: PathBuf,
}

impl Tools {
    /// Builds the library, the sandbox and the register, the last into `directory`.
    pub fn build(directory: &Path) -> Result<Tools, String> {
        if !cfg!(target_os = "linux") {
            return Err(String::from("the demo runs on Linux only"));
        }
        // The library together with this program, which is made of it, so that it is not built twice.
        cargo_build(&["--package", "payments", "--package", "xtask"])?;
        cargo_build(&["--package", "sandbox"])?;
        let built = built_directory()?;
        copy(&built.join("libpayments.so"), &directory.join(LIBRARY_NAME))?;
        let sandbox = directory.join("sandbox");
        copy(&built.join("sandbox"), &sandbox)?;
        let register = compile(directory)?;
        Ok(Tools { register, sandbox })
    }
}

/// The repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

fn cargo_build(packages: &[&str]) -> Result<(), String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root()).arg("build").args(packages);
    if built_directory()?.ends_with("release") {
        command.arg("--release");
    }
    run(&mut command, &format!("cargo build {}", packages.join(" ")))
}

/// Where cargo has put this program it puts the others.
fn built_directory() -> Result<PathBuf, String> {
    let program = env::current_exe().map_err(|error| format!("where am I? {error}"))?;
    let directory = program.parent().ok_or("this program has no directory")?;
    Ok(directory.to_path_buf())
}

fn compile(directory: &Path) -> Result<PathBuf, String> {
    let register = directory.join("register");
    let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
    let mut command = Command::new(compiler);
    command
        .current_dir(root().join("examples/c"))
        .args(["-std=c99", "-D_POSIX_C_SOURCE=200809L", "-O1", "-g"])
        .args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"])
        .arg(root().join("include"))
        .args(SOURCES)
        .arg("-o")
        .arg(&register)
        .arg(directory.join(LIBRARY_NAME))
        .arg(format!("-Wl,-rpath,{}", directory.display()));
    run(&mut command, "the C compiler (set CC to choose another)")?;
    Ok(register)
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    fs::copy(from, to)
        .map(|_| ())
        .map_err(|error| format!("could not copy {}: {error}", from.display()))
}

fn run(command: &mut Command, name: &str) -> Result<(), String> {
    let status = command
        .status()
        .map_err(|error| format!("could not start {name}: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{name} failed"))
    }
}
