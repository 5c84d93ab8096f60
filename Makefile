# Every command of the project. `make` alone lists them. What takes more than three lines lives in scripts/.

# Recipes name every file relative to this folder, whose own path may hold anything, and run in no other: `cd` heeds CDPATH.
# What a person's shell or MAKEFLAGS has set changes nothing; runtime/host/tool_environment.py does the same for tools.
.NOTPARALLEL:
unexport BASH_ENV BASHOPTS CDPATH ENV SHELLOPTS
ifneq (,$(findstring i,$(filter-out -% %=%,$(firstword x$(MAKEFLAGS)))))
$(error MAKEFLAGS has `i`, which would let a failed test pass. Unset it)
endif

# These count on the command line alone, whatever the environment has under their names.
ifneq ($(origin PYTHON),command line)
override PYTHON := python3
endif
ifneq ($(origin ARGS),command line)
override ARGS :=
endif
# The address of `make backend-dev`, which `make frontend-dev` passes requests on to.
ifneq ($(origin DEV_PORT),command line)
override DEV_PORT := 8000
endif
# `make dev DEBUG=1`: an editor's debugger can attach.
ifneq ($(origin DEBUG),command line)
override DEBUG :=
endif
override DEBUGGING := $(filter-out 0,$(DEBUG))
unexport PYTHON ARGS DEV_PORT DEBUG

# Neither PYTHON* variables nor packages of the person's own steer it.
override PY := "$(PYTHON)" -E -s -X utf8
override BUN := $(PY) -m scripts.setup.bun
override BUNDLED := $(PY) -m scripts.setup.bundled
override CARGO := $(PY) -m scripts.setup.cargo
override DEV_TOOLS := $(BUNDLED) scripts.setup.with_dev_tools
override FEATURES := --features custom-protocol,hot-reload
override MODE := $(if $(DISPLAY)$(WAYLAND_DISPLAY)$(filter-out Linux,$(shell uname -s)),window,browser)

# By the environment and as it was written: quotes and $ in a path are no shell's business, nor make's.
export NAMED_DATA_DIR = $(value DATA_DIR)
override ON_DATA_DIR := $(if $(value DATA_DIR),--data-dir "$$NAMED_DATA_DIR")
override HOT_PATCH := $(BUNDLED) scripts.hot_patch $(ON_DATA_DIR)
override DEV_DATA := $(BUNDLED) scripts.dev.data $(ON_DATA_DIR)

.DEFAULT_GOAL := help
.PHONY: help run run-window run-browser test test-backend test-watch test-hot-patch test-server test-installed test-unfrozen test-slow test-hostile test-windows test-signing check-cross setup dev build clean format bump-pins backend-dev frontend-dev \
	build-backend hot-patch hot-watch hot-rollback hot-status docs debug bench-hotpatch generate-client generate-bindings migration shell db logs seed lint typecheck test-frontend rename upgrade-engine test-contract doctor screenshots lock bench bench-items bench-server server-packages frozen unfrozen sbom licenses audit \
	check-machine check-window check-test check-installed check-server check-windows check-signing dev-tools

help: ## [app] list these commands
	@for ring in "app:Your app" "ship:Ship it" "engine:Engine: upgraded, not edited" "proof:Proof of the template: an app can do without"; do \
		printf '\n%s\n' "$${ring#*:}"; \
		awk -v ring="[$${ring%%:*}]" 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / && index($$2, ring) == 1 \
		  {printf "  make %-16s %s\n", $$1, substr($$2, length(ring) + 2)}' Makefile; \
	done

run: run-$(MODE) ## [app] set up what is missing, then open the app (without a display: in the browser)

run-window: check-window build-backend frontend/dist/index.html
	$(CARGO) run $(FEATURES)

run-browser: check-machine build-backend frontend/dist/index.html
	@echo "No display found (DISPLAY and WAYLAND_DISPLAY are empty): serving the app for your browser."
	@exec $(PY) -m scripts.dev.browser_mode

test: check-test check-server build-backend dev-tools server-packages frontend/dist/index.html ## [app] set up what is missing, then run every test
	@$(PY) -m scripts.testing.test_all

test-backend: build-backend dev-tools ## [app] only the Python tests, on the bundled interpreter
	$(DEV_TOOLS) -m pytest -q python-backend/tests $(ARGS)

test-watch: build-backend dev-tools ## [app] the backend's tests of what you save (ARGS="-k items" for a part of them)
	@$(BUNDLED) scripts.testing.test_watch $(ARGS)

test-hot-patch: export HOT_PATCHES := 200
test-hot-patch: check-test build-backend dev-tools frontend/dist/index.html ## [engine] 200 patches under load, from two commands at once (minutes; `make test` has a short form)
	$(DEV_TOOLS) -m pytest -q --timeout 1800 scripts/tests/hot_patch/test_load.py $(ARGS)

test-server: check-test check-server build-backend dev-tools server-packages frontend/dist/index.html ## [engine] only the tests on PostgreSQL: the backend's, a server's own, and the window on a server
	$(BUNDLED) scripts.testing.test_server $(ARGS)

# The Go module's runtime will do: nothing here is shipped.
test-installed: check-test check-installed dev-tools frontend/dist/index.html ## [engine] build .deb and .rpm, try them on a clean Debian without Python (as root; minutes; `make test` has a short form)
	$(PY) -m scripts.release.build --allow-go-module --bundles deb,rpm
	$(DEV_TOOLS) -m pytest -q --timeout 1800 --ignore scripts/tests/installed/test_short_form.py scripts/tests/installed $(ARGS)

test-unfrozen: build-backend dev-tools ## [proof] only the probes of what an ordinary Python can; RUNTIME_TREE=DIR names another tree
	$(DEV_TOOLS) -m pytest -q e2e/test_unfrozen.py $(ARGS)

test-windows: check-windows build-backend frontend/dist/index.html ## [engine] the backend's and the supervisor's tests as Windows programs, under Wine (on Linux, as root; the first run fetches Wine)
	@$(PY) -m scripts.platforms.test_windows $(ARGS)

test-signing: check-signing build-backend dev-tools ## [engine] sign the trees of macOS and Windows with self-signed certificates, and check them (the first run compiles rcodesign)
	@$(PY) -m scripts.platforms.test_signing $(ARGS)

check-cross: frontend/dist/index.html ## [engine] lint the shell for Windows and macOS, on any Unix system with rustup
	@$(PY) -m scripts.platforms.check_cross $(ARGS)

test-slow: check-test build-backend dev-tools frontend/dist/index.html ## [engine] the proofs that `make test` leaves out: a kill at each step of a patch, a run of the bench (minutes)
	$(DEV_TOOLS) -m pytest -q -m slow --timeout 900 e2e scripts/tests/hot_patch scripts/tests/guides $(wildcard proof/tests) $(ARGS)

test-hostile: export HOSTILE_SCALE := full
test-hostile: check-test build-backend dev-tools frontend/dist/index.html ## [engine] attack the app: requests, connections, logins, restores, data dirs, kills (minutes; `make test` has a short form)
	$(DEV_TOOLS) -m pytest -q --timeout 900 e2e/hostile $(ARGS)

frozen: build-backend ## [proof] the same backend frozen by PyInstaller, to compare with, in build/frozen
	@$(PY) -m proof.frozen_app

unfrozen: build-backend ## [proof] write docs/unfrozen.md: what works unfrozen, and what freezing takes away
	@$(PY) -m proof.unfrozen_doc

bench: build-backend ## [proof] start, stop, requests and sizes beside the frozen app: writes docs/benchmarks.md (`make frozen` first)
	@$(PY) -m proof.bench $(ARGS)

bench-items: build-backend ## [proof] what 100,000 items cost
	@$(BUNDLED) proof.bench_items

bench-server: check-server build-backend server-packages ## [proof] what one and four workers do on PostgreSQL, up to 1,000,000 items (minutes)
	@$(BUNDLED) proof.bench_server

server-packages: build-backend ## [ship] what server mode needs besides, in build/server-site-packages
	@$(PY) -m runtime server-packages

setup: check-test check-server build-backend dev-tools server-packages frontend/node_modules/.installed ## [app] all set-up at once, without starting anything
	$(CARGO) fetch --locked

dev: check-window build-backend dev-tools frontend/node_modules/.installed ## [app] the window, with UI and Python patched, linted and type-checked as you save (DEBUG=1: your editor's debugger attaches on port 5678)
	@$(PY) -m scripts.dev $(ON_DATA_DIR) $(if $(DEBUGGING),--debug) $(ARGS)

# None of these stages the runtime: the app may be running from it, or be an installed one.
hot-patch: ## [engine] have a debug build of the app run the Python as it is now
	@$(HOT_PATCH) push $(ARGS)

hot-watch: ## [engine] the same whenever it is saved
	@$(HOT_PATCH) watch $(ARGS)

hot-rollback: ## [engine] back to the Python that ran before
	@$(HOT_PATCH) rollback $(ARGS)

hot-status: ## [engine] which Python runs, ran and failed
	@$(HOT_PATCH) status $(ARGS)

docs: ## [app] the running debug build's /docs in your browser
	@$(HOT_PATCH) docs

debug: ## [app] the prompt of each breakpoint() that make dev or backend-dev reaches, in a terminal of its own
	@$(HOT_PATCH) debug

bench-hotpatch: build-backend ## [proof] how long from saved to served, against uvicorn --reload
	@$(BUNDLED) proof.bench_hotpatch

build: check-window build-backend frontend/node_modules/.installed ## [ship] installers for this system, in src-tauri/target/release/bundle
	$(PY) -m scripts.release.build $(ARGS)

backend-dev: build-backend ## [app] the backend alone, from its source, with /docs; restarts when you save
	@$(BUNDLED) scripts.dev.backend --port $(DEV_PORT)

frontend-dev: frontend/node_modules/.installed ## [app] the UI alone in the browser, on the backend of backend-dev
	BACKEND_URL=http://127.0.0.1:$(DEV_PORT) $(BUN) run dev

build-backend: check-machine ## [ship] stage the bundled Python runtime in build/runtime
	@$(PY) -m runtime stage

format: dev-tools frontend/node_modules/.installed ## [app] put imports in order and lay out Python, UI and Rust as the checks want them
	$(DEV_TOOLS) -m ruff check --no-cache --select I --fix-only python-backend runtime scripts harness e2e proof
	$(DEV_TOOLS) -m ruff format --no-cache python-backend runtime scripts harness e2e proof
	$(BUN) run format
	$(CARGO) fmt --all

generate-client: build-backend frontend/node_modules/.installed ## [app] OpenAPI document, TypeScript and Rust client from the backend
	@$(BUNDLED) scripts.codegen.generate_client
	$(PY) -m scripts.codegen.rust_client

generate-bindings: ## [engine] TypeScript of the shell's commands and events, after a change of them in Rust
	WRITE_BINDINGS=1 $(CARGO) test --features hot-reload -p tauri-plugin-python-backend --lib bindings

migration: export MIGRATION_NAME = $(if $(filter command,$(firstword $(origin NAME))),$(value NAME))
migration: build-backend dev-tools ## [app] write a migration from the models and try it: NAME="add due date"
	@$(BUNDLED) scripts.codegen.migration

shell: build-backend ## [app] a Python prompt on the debug build's data: session, models, crud
	@$(DEV_DATA) shell

db: build-backend ## [app] SQLite's prompt on the debug build's database
	@$(DEV_DATA) db

logs: build-backend ## [app] follow the debug build's logs
	@$(DEV_DATA) logs

seed: build-backend ## [app] add sample items to the debug build's data (ARGS="--count 100")
	@$(DEV_DATA) seed $(ARGS)

lint: build-backend dev-tools frontend/node_modules/.installed ## [app] the linters and format checks of all languages
	@$(PY) -m scripts.testing.test_all ruff biome clippy "cargo fmt" workflows spelling vocabulary

typecheck: build-backend dev-tools frontend/node_modules/.installed ## [app] mypy and TypeScript
	@$(PY) -m scripts.testing.test_all mypy typecheck

test-frontend: frontend/node_modules/.installed ## [app] only the UI's tests
	@$(PY) -m scripts.testing.test_all vitest

# What was given on the command line alone, by the environment and as it stands: quotes and $ in a name are no shell's business, nor make's.
rename: export RENAME_NAME = $(if $(filter command,$(firstword $(origin NAME))),$(value NAME))
rename: export RENAME_ID = $(if $(filter command,$(firstword $(origin ID))),$(value ID))
rename: export RENAME_ICON = $(if $(filter command,$(firstword $(origin ICON))),$(value ICON))
unexport NAME ID ICON
rename: ## [app] make it your app: NAME="My App" ID=com.example.myapp, and ICON=picture.svg if you like (ARGS=--dry-run)
	@$(PY) -m scripts.rename $(ARGS)

upgrade-engine: export ENGINE_FROM = $(if $(filter command,$(firstword $(origin FROM))),$(value FROM))
upgrade-engine: export ENGINE_REF = $(if $(filter command,$(firstword $(origin REF))),$(value REF))
unexport FROM REF
upgrade-engine: ## [engine] replace the engine by that of FROM=<folder or git address> [REF=<branch, tag or commit>], then test-contract
	@$(PY) -m scripts.engine upgrade $(ARGS)

test-contract: build-backend dev-tools frontend/node_modules/.installed ## [engine] the contracts between engine and app: launch, layers, types, shell
	$(DEV_TOOLS) -m pytest -q python-backend/tests/test_launch.py python-backend/tests/test_layers.py
	@$(PY) -m scripts.testing.test_all typecheck "cargo test"

doctor: ## [app] what is installed, staged and stored here, safe to paste into an issue (ARGS=--json)
	@$(PY) -m scripts.setup.doctor $(ARGS)

screenshots: build-backend dev-tools frontend/dist/index.html ## [ship] the pictures in docs/images, light and dark
	$(DEV_TOOLS) -m scripts.release.screenshots

lock: build-backend dev-tools ## [app] remake the lock files from the requirements*.in
	$(BUNDLED) scripts.dependencies.lock $(ARGS)

# PYTHON names a version here, if it looks like one; the interpreter otherwise, as everywhere.
bump-pins: ## [ship] pin the newest release of the runtime, or of PYTHON=3.15, if two sources agree on it
	@$(if $(filter 3.%,$(PYTHON)),python3 -E -s -X utf8,$(PY)) -m runtime bump-pins $(patsubst %,--python %,$(filter 3.%,$(PYTHON))) $(ARGS)

sbom: build-backend ## [ship] what ships, as CycloneDX JSON in build/
	@$(PY) -m runtime sbom

licenses: build-backend ## [ship] the licenses of what ships, as a page in build/
	@$(PY) -m runtime licenses

audit: check-machine frontend/node_modules/.installed ## [ship] known faults and licenses of all dependencies (asks the network)
	@$(PY) -m scripts.setup.cargo_tool cargo-deny
	@$(PY) -m scripts.dependencies.audit $(ARGS)

clean: ## [app] remove everything built or staged (not your data)
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
