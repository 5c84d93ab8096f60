# Every command of the project; `make` lists them. Commands longer than three lines are in scripts/.

# Recipes use paths relative to this folder, so its own path may contain any character. CDPATH would change the meaning of `cd`.
# Settings of the user's shell and `-j` in MAKEFLAGS are ignored, `-i` is refused; runtime/host/tool_environment.py filters the variables of tools.
.NOTPARALLEL:
unexport BASH_ENV BASHOPTS CDPATH ENV SHELLOPTS
ifneq (,$(findstring i,$(filter-out -% %=%,$(firstword x$(MAKEFLAGS)))))
$(error MAKEFLAGS has `i`, which would let a failed test pass. Unset it)
endif

# Read from the command line only, not from environment variables of the same names.
ifneq ($(origin PYTHON),command line)
override PYTHON := python3
endif
ifneq ($(origin ARGS),command line)
override ARGS :=
endif
# The port of `make backend-dev`, to which `make frontend-dev` forwards requests.
ifneq ($(origin DEV_PORT),command line)
override DEV_PORT := 8000
endif
# `make dev DEBUG=1`: an editor's debugger can attach.
ifneq ($(origin DEBUG),command line)
override DEBUG :=
endif
override DEBUGGING := $(filter-out 0,$(DEBUG))
unexport PYTHON ARGS DEV_PORT DEBUG

# Ignores PYTHON* variables and user packages.
override PY := "$(PYTHON)" -E -s -X utf8
override BUN := $(PY) -m scripts.setup.bun
override BUNDLED := $(PY) -m scripts.setup.bundled
override CARGO := $(PY) -m scripts.setup.cargo
override DEV_TOOLS := $(BUNDLED) scripts.setup.with_dev_tools
override FEATURES := --features custom-protocol,hot-reload
override PROOF_FOLDER := $(wildcard proof)
override MODE := $(if $(DISPLAY)$(WAYLAND_DISPLAY)$(filter-out Linux,$(shell uname -s)),window,browser)

# Passed unchanged in the environment, because make and the shell would expand quotes and $ in a path.
export DATA_DIR_ARGUMENT = $(value DATA_DIR)
override ON_DATA_DIR := $(if $(value DATA_DIR),--data-dir "$$DATA_DIR_ARGUMENT")
override HOT_PATCH := $(BUNDLED) scripts.hot_patch $(ON_DATA_DIR)
override DEV_DATA := $(BUNDLED) scripts.dev.data $(ON_DATA_DIR)

.DEFAULT_GOAL := help
.PHONY: help run run-window run-browser test test-backend test-watch test-hot-patch test-server test-installed test-unfrozen test-slow test-security test-windows test-signing check-cross setup dev build clean format bump-pins backend-dev frontend-dev \
	build-backend hot-patch hot-watch hot-rollback hot-status docs debug generate-client generate-bindings migration shell db logs seed lint typecheck test-frontend rename upgrade-engine test-contract doctor screenshots lock server-packages sbom licenses audit \
	check-machine check-window check-test check-installed check-server check-windows check-signing dev-tools

help: ## [app] list the commands
	@awk 'BEGIN {FS = ":.*## "; n = split("app ship engine proof", group, " "); title["app"] = "Your app"; title["ship"] = "Ship it"; \
	    title["engine"] = "Engine: upgraded, not edited"; title["proof"] = "Template only: an app can delete proof/"} \
	  /^[a-z-]+:.*## \[/ {name = $$2; sub(/^\[/, "", name); sub(/\].*/, "", name); text = $$2; sub(/^\[[a-z]+\] /, "", text); \
	    lines[name] = lines[name] sprintf("  make %-18s %s\n", $$1, text)} \
	  END {for (i = 1; i <= n; i++) if (group[i] in lines) printf "\n%s\n%s", title[group[i]], lines[group[i]]}' Makefile $(wildcard proof/Makefile)

run: run-$(MODE) ## [app] set up what is missing, then open the app (without a display: in the browser)

run-window: check-window build-backend frontend/dist/index.html
	$(CARGO) run $(FEATURES)

run-browser: check-machine build-backend frontend/dist/index.html
	@echo "No display found (DISPLAY and WAYLAND_DISPLAY are empty): serving the app for your browser."
	@exec $(PY) -m scripts.dev.browser_mode

test: check-test check-server build-backend dev-tools server-packages frontend/dist/index.html ## [app] set up what is missing, then run all test suites (test-slow runs the slow tests)
	@$(PY) -m scripts.testing.test_all

test-backend: build-backend dev-tools ## [app] run the Python tests on the bundled interpreter (ARGS="-k items" for a part of them)
	$(DEV_TOOLS) -m pytest -q python-backend/tests $(ARGS)

test-watch: build-backend dev-tools ## [app] run the backend tests affected by each save (ARGS="-k items" for a part of them)
	@$(BUNDLED) scripts.testing.test_watch $(ARGS)

test-hot-patch: export HOT_PATCHES := 200
test-hot-patch: check-test build-backend dev-tools frontend/dist/index.html ## [engine] push 200 patches under load, from two commands (minutes; `make test` has a short form)
	$(DEV_TOOLS) -m pytest -q --timeout 1800 scripts/tests/hot_patch/test_load.py $(ARGS)

test-server: check-test check-server build-backend dev-tools server-packages frontend/dist/index.html ## [engine] run the tests on PostgreSQL: the backend's, the server's, and the window's on a server
	$(BUNDLED) scripts.testing.test_server $(ARGS)

# The Go module's runtime is accepted, because the result is not shipped.
test-installed: check-test check-installed dev-tools frontend/dist/index.html ## [engine] build .deb and .rpm, and test them on a clean Debian without Python (as root; minutes; `make test` has a short form)
	$(PY) -m scripts.release.build --allow-go-module --bundles deb,rpm
	$(DEV_TOOLS) -m pytest -q --timeout 1800 --ignore scripts/tests/installed/test_short_form.py scripts/tests/installed $(ARGS)

test-unfrozen: build-backend dev-tools ## [engine] check that the staged tree, or RUNTIME_TREE=DIR, works as an ordinary Python
	$(DEV_TOOLS) -m pytest -q e2e/test_unfrozen.py $(ARGS)

test-windows: check-windows build-backend frontend/dist/index.html ## [engine] run the backend's and the supervisor's tests as Windows programs, under Wine (on Linux, as root; the first run downloads Wine)
	@$(PY) -m scripts.platforms.test_windows $(ARGS)

test-signing: check-signing build-backend dev-tools ## [engine] sign the trees of macOS and Windows with self-signed certificates, and verify them (the first run compiles rcodesign)
	@$(PY) -m scripts.platforms.test_signing $(ARGS)

check-cross: frontend/dist/index.html ## [engine] lint the shell for Windows and macOS, on any Unix system with rustup
	@$(PY) -m scripts.platforms.check_cross $(ARGS)

test-slow: check-test build-backend dev-tools frontend/dist/index.html ## [engine] run the slow tests that `make test` leaves out: a kill at each step of a patch, a benchmark run (minutes)
	$(DEV_TOOLS) -m pytest -q -m slow --timeout 900 e2e scripts/tests/hot_patch scripts/tests/guides $(wildcard proof/tests) $(ARGS)

test-security: export SECURITY_SCALE := full
test-security: check-test build-backend dev-tools frontend/dist/index.html ## [engine] run the security tests: requests, connections, logins, restores, data dirs, kills (minutes; `make test` has a short form)
	$(DEV_TOOLS) -m pytest -q --timeout 900 e2e/security $(ARGS)

server-packages: build-backend ## [ship] install PostgreSQL's driver for server mode into build/server-site-packages
	@$(PY) -m runtime server-packages

setup: check-test check-server build-backend dev-tools server-packages frontend/node_modules/.installed ## [app] install all prerequisites without starting the app
	$(CARGO) fetch --locked

dev: check-window build-backend dev-tools frontend/node_modules/.installed ## [app] open the window; patch UI and Python as you save, lint and type-check the Python (DEBUG=1: your editor's debugger attaches on port 5678)
	@$(PY) -m scripts.dev $(if $(DEBUGGING),--debug) $(ARGS)

# These do not stage the runtime: the running app may use it, or may be an installed app.
hot-patch: ## [engine] patch the running debug build with the current Python
	@$(HOT_PATCH) push $(ARGS)

hot-watch: ## [engine] patch the running debug build at each save
	@$(HOT_PATCH) watch $(ARGS)

hot-rollback: ## [engine] roll back to the previous Python code
	@$(HOT_PATCH) rollback $(ARGS)

hot-status: ## [engine] show which Python code runs, ran before and failed
	@$(HOT_PATCH) status $(ARGS)

docs: ## [app] open the running debug build's /docs in your browser
	@$(HOT_PATCH) docs

debug: ## [app] open a prompt at each breakpoint() that make dev or backend-dev reaches, in another terminal
	@$(HOT_PATCH) debug

build: check-window build-backend frontend/node_modules/.installed ## [ship] build installers for this system, in src-tauri/target/release/bundle
	$(PY) -m scripts.release.build $(ARGS)

backend-dev: build-backend ## [app] run only the backend, from its source, with /docs; restarts when you save
	@$(BUNDLED) scripts.dev.backend --port $(DEV_PORT)

frontend-dev: frontend/node_modules/.installed ## [app] run only the UI in the browser, with the backend of backend-dev
	BACKEND_URL=http://127.0.0.1:$(DEV_PORT) $(BUN) run dev

build-backend: check-machine ## [ship] stage the bundled Python runtime in build/runtime
	@$(PY) -m runtime stage

format: dev-tools frontend/node_modules/.installed ## [app] sort imports and format Python, UI and Rust
	$(DEV_TOOLS) -m ruff check --no-cache --select I --fix-only python-backend runtime scripts harness e2e $(PROOF_FOLDER)
	$(DEV_TOOLS) -m ruff format --no-cache python-backend runtime scripts harness e2e $(PROOF_FOLDER)
	$(BUN) run format
	$(CARGO) fmt --all

generate-client: build-backend frontend/node_modules/.installed ## [app] generate the OpenAPI document, and TypeScript and Rust clients, from the backend
	@$(BUNDLED) scripts.codegen.generate_client
	$(PY) -m scripts.codegen.rust_client

generate-bindings: ## [engine] generate TypeScript bindings of the shell's commands and events
	WRITE_BINDINGS=1 $(CARGO) test --features hot-reload -p tauri-plugin-python-backend --lib bindings

migration: export MIGRATION_NAME = $(if $(filter command,$(firstword $(origin NAME))),$(value NAME))
migration: build-backend dev-tools ## [app] write a migration from the models and test it: NAME="add due date"
	@$(BUNDLED) scripts.codegen.migration

shell: build-backend ## [app] open a Python prompt on the debug build's data: session, models, crud
	@$(DEV_DATA) shell

db: build-backend ## [app] open SQLite's prompt on the debug build's database
	@$(DEV_DATA) db

logs: build-backend ## [app] follow the debug build's logs
	@$(DEV_DATA) logs

seed: build-backend ## [app] add sample items to the debug build's data (ARGS="--count 100")
	@$(DEV_DATA) seed $(ARGS)

lint: build-backend dev-tools frontend/node_modules/.installed ## [app] run the linters and format checks of all languages
	@$(PY) -m scripts.testing.test_all ruff biome clippy "cargo fmt" workflows spelling vocabulary

typecheck: build-backend dev-tools frontend/node_modules/.installed ## [app] run mypy and the TypeScript compiler
	@$(PY) -m scripts.testing.test_all mypy typecheck

test-frontend: frontend/node_modules/.installed ## [app] run the UI's tests
	@$(PY) -m scripts.testing.test_all vitest

# From the command line only, passed unchanged in the environment: make and the shell would expand quotes and $ in a name.
rename: export RENAME_NAME = $(if $(filter command,$(firstword $(origin NAME))),$(value NAME))
rename: export RENAME_ID = $(if $(filter command,$(firstword $(origin ID))),$(value ID))
rename: export RENAME_ICON = $(if $(filter command,$(firstword $(origin ICON))),$(value ICON))
rename: export RENAME_PROOF = $(if $(filter command,$(firstword $(origin PROOF))),$(value PROOF))
unexport NAME ID ICON PROOF
rename: ## [app] rename the app: NAME="My App" ID=com.example.myapp, optionally ICON=picture.svg (ARGS=--dry-run)
	@$(PY) -m scripts.rename $(ARGS)

upgrade-engine: export ENGINE_FROM = $(if $(filter command,$(firstword $(origin FROM))),$(value FROM))
upgrade-engine: export ENGINE_REF = $(if $(filter command,$(firstword $(origin REF))),$(value REF))
unexport FROM REF
upgrade-engine: ## [engine] replace the engine with that of FROM=<folder or git address> [REF=<branch, tag or commit>], then run test-contract
	@$(PY) -m scripts.engine upgrade $(ARGS)

test-contract: build-backend dev-tools frontend/node_modules/.installed ## [engine] test the contracts between engine and app: launch, layers, types, shell
	$(DEV_TOOLS) -m pytest -q python-backend/tests/test_launch.py python-backend/tests/test_layers.py
	@$(PY) -m scripts.testing.test_all typecheck "cargo test"

doctor: ## [app] show what is installed, staged and stored here, safe to paste into an issue (ARGS=--json)
	@$(PY) -m scripts.setup.doctor $(ARGS)

screenshots: build-backend dev-tools frontend/dist/index.html ## [ship] take the screenshots in docs/images, light and dark
	$(DEV_TOOLS) -m scripts.release.screenshots

lock: build-backend dev-tools ## [app] write the lock files from requirements*.in
	$(BUNDLED) scripts.dependencies.lock $(ARGS)

# PYTHON is a version here if it looks like one, otherwise the interpreter.
bump-pins: ## [ship] pin the newest release of the runtime, or of PYTHON=3.15, if two sources agree on it
	@$(if $(filter 3.%,$(PYTHON)),python3 -E -s -X utf8,$(PY)) -m runtime bump-pins $(patsubst %,--python %,$(filter 3.%,$(PYTHON))) $(ARGS)

sbom: build-backend ## [ship] write the bill of materials as CycloneDX JSON in build/
	@$(PY) -m runtime sbom

licenses: build-backend ## [ship] write the license report as a page in build/
	@$(PY) -m runtime licenses

audit: check-machine frontend/node_modules/.installed ## [ship] report known vulnerabilities of all dependencies, and check the licenses of the crates (online)
	@$(PY) -m scripts.setup.cargo_tool cargo-deny
	@$(PY) -m scripts.dependencies.audit $(ARGS)

clean: ## [app] remove all build outputs (not your data)
	rm -rf build src-tauri/target src-tauri/gen src-tauri/permissions/autogenerated frontend/dist frontend/dist-release frontend/node_modules

check-machine:
	@$(PY) -m scripts.setup.bootstrap

check-window:
	@$(PY) -m scripts.setup.bootstrap --window

check-test:
	@$(PY) -m scripts.setup.bootstrap --window --test
	@$(PY) -m scripts.setup.cargo_tool tauri-driver

check-installed:
	@$(PY) -m scripts.setup.bootstrap --window --test --installed

check-windows:
	@$(PY) -m scripts.platforms.test_windows --check

check-signing:
	@$(PY) -m scripts.platforms.test_signing --check

check-server:
	@$(PY) -m scripts.setup.bootstrap --server

dev-tools: build-backend
	@$(PY) -m runtime dev-tools

frontend/node_modules/.installed: frontend/package.json frontend/bun.lock | check-machine
	$(PY) -m scripts.setup.install_frontend

frontend/dist/index.html: frontend/node_modules/.installed always
	@$(PY) -m scripts.release.build_page

.PHONY: always
always:

-include proof/Makefile
