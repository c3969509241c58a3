//! Link arguments of the shared library, nothing else.

fn main() {
    println!("cargo:rerun-if-changed=src/build.rs");
    let target = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if target == "linux" {
        // The name that programs record, so that an incompatible successor can live beside this one.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libpayments.so.1");
        // Unmapping code while thread-local destructors may still run crashes hosts (rust issue 91979).
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
