//! Generates guest-js/bindings.ts from commands and events, and constants.json (constants for checks in other languages). The tests
//! compare them with the committed files; `make generate-bindings` writes them (`WRITE_BINDINGS=1 cargo test` with the
//! feature `hot-reload`, which the tests require).

use std::{env, fs, path::Path};

use backend_supervisor::{Failure, State, environment};
use serde_json::json;
use specta_typescript::Typescript;
use tauri_specta::{Builder, ErrorHandlingMode, collect_commands};

use crate::{
    commands,
    downloads::Download,
    events::Event,
    events::OpenSettings,
    hot::Report,
    launch,
    server::{self, ServerError},
    updates,
};

/// Compares `generated` with the committed file, or writes it if `WRITE_BINDINGS` is set.
fn assert_committed(file: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if env::var_os("WRITE_BINDINGS").is_some() {
        fs::write(&path, generated).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed.replace("\r\n", "\n") == generated,
        "{file} differs from the code. Run `make generate-bindings` and commit it."
    );
}

/// TypeScript source of a function that listens to an event.
fn listener<E: Event>(payload: &str) -> String {
    let name = E::NAME;
    let words = name.split('-');
    let function: String = words
        .map(|word| word[..1].to_uppercase() + &word[1..])
        .collect();
    format!(
        "export const on{function} = (handler: (payload: {payload}) => void) =>\n\
         \tlisten<{payload}>(\"{name}\", (event) => handler(event.payload));\n"
    )
}

#[test]
fn committed_bindings_match_the_code() {
    let folder = tempfile::tempdir().unwrap();
    let exported = folder.path().join("bindings.ts");
    Builder::<tauri::Wry>::new()
        .plugin_name(crate::NAME)
        .commands(with_commands!(collect_commands))
        .typ::<State>()
        .typ::<Download>()
        .typ::<Report>()
        .error_handling(ErrorHandlingMode::Throw)
        .disable_serde_phases()
        .dangerously_cast_bigints_to_number()
        .export(Typescript::default(), &exported)
        .unwrap();
    let listeners = [
        "\n/* Events */\n".to_owned(),
        listener::<State>("BackendState"),
        listener::<Download>("Download"),
        listener::<OpenSettings>("null"),
        listener::<Report>("HotPatch"),
    ];
    let listen = "import { listen } from \"@tauri-apps/api/event\";\n";
    let bindings = fs::read_to_string(exported).unwrap();
    let bindings = bindings.replacen("import ", &format!("{listen}import "), 1);
    assert_committed("guest-js/bindings.ts", &(bindings + &listeners.concat()));
}

#[test]
fn committed_constants_match_the_code() {
    let constants = json!({
        "failure_codes": Failure::CODES,
        "unavailable_code": backend_supervisor::UNAVAILABLE_CODE,
        "server_error_codes": ServerError::CODES,
        "interpreter_flags": launch::INTERPRETER_FLAGS,
        "environment": {
            "posix": {"names": environment::POSIX.names, "prefixes": environment::POSIX.prefixes},
            "nt": {"names": environment::WINDOWS.names, "prefixes": environment::WINDOWS.prefixes},
        },
        "data_dir": {"config": backend_supervisor::CONFIG_FILE, "lock": backend_supervisor::LOCK_FILE},
    });
    let text = serde_json::to_string_pretty(&constants).unwrap() + "\n";
    assert_committed("constants.json", &text);
}
