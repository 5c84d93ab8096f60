//! Compares tauri.conf.json and the build scripts with the plugin.
#![allow(missing_docs, clippy::unwrap_used)]

use std::{fs, path::Path};

use tauri_plugin_python_backend::{Config, LOCAL_SOURCE, REPORTS};

fn read_file(file: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::read_to_string(root.join(file)).unwrap()
}

fn configuration() -> serde_json::Value {
    serde_json::from_str(&read_file("src-tauri/tauri.conf.json")).unwrap()
}

#[test]
fn plugin_configuration_is_valid() {
    let plugin = configuration()["plugins"]["python-backend"].clone();
    let config: Config = serde_json::from_value(plugin).unwrap();
    assert_eq!(config.module, "app");
}

#[test]
fn each_csp_contains_the_local_source_once() {
    for policy in ["csp", "devCsp"] {
        let sources = configuration()["app"]["security"][policy]["connect-src"].clone();
        let sources = sources.as_str().unwrap().split(' ');
        assert_eq!(
            sources.filter(|it| *it == LOCAL_SOURCE).count(),
            1,
            "{policy}"
        );
    }
}

#[test]
fn report_names_match_the_bundler_and_the_runtime_tool() {
    let (bundler, tool) = (
        read_file("runtime/build/bundle.py"),
        read_file("runtime/project.py"),
    );
    for (stem, suffix) in REPORTS {
        assert!(bundler.contains(&format!("\"{stem}.{suffix}\"")), "{stem}");
        assert!(
            tool.contains(&format!("\"{stem}.{{}}.{suffix}\"")),
            "{stem}"
        );
    }
}
