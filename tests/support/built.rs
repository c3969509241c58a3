//! What cargo has built: the library under test and the sandbox.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The shared library that was built for this test run.
#[allow(dead_code, reason = "each test file uses what it needs")]
pub fn library() -> PathBuf {
    library_folder().join("libpayments.so.1")
}

/// A folder with `libpayments.so.1`, and with `libpayments.so` for the linker.
///
/// Holds a copy: a build with other features replaces cargo's own file, which has no hash in its name,
/// and cargo does not notice.
pub fn library_folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let program = std::env::current_exe().expect("the path of this test");
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("library-of-{name}"));
        std::fs::create_dir_all(&folder).expect("target/tmp is writable");
        let built = profile_folder().join("deps/libpayments.so");
        let copy = folder.join("libpayments.so.1");
        let _ = std::fs::remove_file(&copy);
        std::fs::copy(&built, &copy).unwrap_or_else(|error| {
            panic!(
                "{}: {error}; the root package builds a cdylib",
                built.display()
            )
        });
        let link = folder.join("libpayments.so");
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink("libpayments.so.1", &link).expect("a link in target/tmp");
        let symbols = Command::new("nm")
            .args(["-D", "--defined-only"])
            .arg(&copy)
            .output();
        let symbols = symbols.expect("nm starts: apt-get install binutils").stdout;
        assert!(
            String::from_utf8_lossy(&symbols).contains("payments_init"),
            "{} was last built without default features, and cargo has not noticed: \
             `touch src/lib.rs`, then again",
            built.display()
        );
        folder
    })
}

/// `target/debug` or `target/release`: this test lies in its `deps`.
fn profile_folder() -> PathBuf {
    let program = std::env::current_exe().expect("the path of this test");
    let folder = program
        .ancestors()
        .nth(2)
        .expect("target/<profile>/deps/<test>");
    folder.to_owned()
}

/// The sandbox program: as built by `cargo test --workspace`, or built now if it is older than its
/// sources.
#[allow(dead_code, reason = "each test file uses what it needs")]
pub fn sandbox() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let profile = profile_folder();
        let program = profile.join("sandbox");
        let sources = newest(&root().join("sandbox/src"));
        if modified(&program).is_none_or(|built| built < sources) {
            let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
            let mut build = Command::new(cargo);
            build.args(["build", "--quiet", "--workspace", "--bin", "sandbox"]);
            if profile.file_name().is_some_and(|name| name == "release") {
                build.arg("--release");
            }
            let status = build.current_dir(root()).status().expect("cargo starts");
            assert!(status.success(), "cargo could not build the sandbox");
        }
        program
    })
}

fn modified(file: &Path) -> Option<SystemTime> {
    std::fs::metadata(file).ok()?.modified().ok()
}

fn newest(folder: &Path) -> SystemTime {
    let mut newest = SystemTime::UNIX_EPOCH;
    for entry in std::fs::read_dir(folder).expect("a source folder") {
        let path = entry.expect("a folder entry").path();
        let at = if path.is_dir() {
            self::newest(&path)
        } else {
            modified(&path).unwrap_or(SystemTime::UNIX_EPOCH)
        };
        newest = newest.max(at);
    }
    newest
}
