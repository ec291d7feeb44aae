# Two commands matter: `make run` starts everything here, `make test` tests everything.
# Both set up what they need first; nothing is installed outside this folder but,
# where it is missing, the browser that the tests drive.

PORT ?= 8000
STAGE ?= dev
PARALLEL := --numprocesses=auto --maxprocesses=4
REPORT := --durations=20 --durations-min=2
PYTHON_VERSION := $(shell cat .python-version)
UV := .garage/uv/bin/uv
BIN := .venv/bin
EMULATOR := .garage/emulator
OIDC := .garage/oidc-provider
DYNALITE := .garage/dynalite
# A line that looks like a secret and is none says so: "pragma: allowlist nextline secret".
SECRETS := $(BIN)/detect-secrets-hook --no-verify --exclude-files '^requirements/.*\.txt$$'
# Biome's package is made for this kind of machine alone; on others `make check` does without.
BIOME := $(if $(filter Linux-x86_64,$(shell uname -s)-$(shell uname -m)),requirements/biome.txt)
LOCK := $(UV) pip compile --quiet --upgrade --generate-hashes --no-emit-index-url \
	--no-emit-find-links --python-version $(PYTHON_VERSION) --custom-compile-command "make lock"

.PHONY: run test fire test-oidc bench check format translations package deploy undeploy test-deploy lock audit setup browser clean

run: setup ## Start Garage on the embedded AWS at http://127.0.0.1:$(PORT)
	@$(BIN)/python manage.py local run --port $(PORT)

test: setup browser ## Run all tests, those in the browser included; PART=markets runs one folder of them
ifdef PART
	$(BIN)/python -m pytest $(PARALLEL) $(REPORT) tests/$(PART)
else
	MEASURE=1 $(BIN)/python -m pytest $(PARALLEL) $(REPORT)
	$(BIN)/python -m slipcover --out .garage/coverage.json --merge .garage/coverage/*.json
	$(BIN)/python -m tests.infra.grants
endif

fire: setup browser ## Attack Garage with the full fire suites; reports and tables are in .garage/fire
	FIRE=full $(BIN)/python -m pytest $(PARALLEL) $(REPORT) tests/fire

test-oidc: setup $(OIDC)/.installed ## Test sign-in against an OpenID-certified provider; needs Node
	$(BIN)/python -m pytest tests/oidc/sign_in.py

bench: setup $(DYNALITE)/.installed ## Measure what the queue page costs, few markets or many; needs Node
	@$(BIN)/python -m bench.queue_page

check: setup ## Format, lint, types, imports, templates, secrets, scripts, styles, CloudFormation, settings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	GARAGE_ENV_FILE=.env.example $(BIN)/mypy
	$(BIN)/lint-imports
	git ls-files 'templates/*.html' | xargs $(BIN)/djade --check --target-version 6.1
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/cfn-lint infra/stack.yaml
	git ls-files -z | xargs -0 $(SECRETS)
	$(if $(BIOME),$(BIN)/biome check --error-on-warnings,@echo "Biome has no package for this machine: scripts and style sheets go unchecked.")
	GARAGE_ENV_FILE=.env.example $(BIN)/python manage.py check --deploy --fail-level WARNING

format: setup ## Put the code into its one form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	git ls-files 'templates/*.html' | xargs $(BIN)/djade --target-version 6.1
	$(if $(BIOME),$(BIN)/biome check --write)

translations: setup ## Compile locale/*/LC_MESSAGES/*.po, after editing them; the results are committed
	$(BIN)/python -c "import pathlib, polib; [po.with_suffix('.mo').write_bytes(polib.pofile(str(po)).to_binary()) for po in pathlib.Path('locale').rglob('*.po')]"

package: setup ## Build the function's package for STAGE, a stage of zappa_settings.json
	@$(BIN)/python manage.py package --stage $(STAGE)

deploy: setup ## Package, deploy or update STAGE, test it, and go back if it fails
	@$(BIN)/python manage.py deploy --stage $(STAGE)

undeploy: setup ## Take STAGE off the net; its data stays
	@$(BIN)/python manage.py undeploy --stage $(STAGE)

test-deploy: setup browser ## From an empty account to a running city and back; a part of `make test`
	$(BIN)/python -m pytest tests/cloud/deployment

lock: $(UV) ## Lock the newest releases that requirements/*.in allow, with hashes
	$(LOCK) requirements/runtime.in -o requirements/runtime.txt
	$(LOCK) -c requirements/runtime.txt requirements/deploy.in -o requirements/deploy.txt
	$(LOCK) -c requirements/runtime.txt requirements/dev.in -o requirements/dev.txt
	$(LOCK) requirements/biome.in -o requirements/biome.txt
	$(LOCK) requirements/emulator.in -o requirements/emulator.txt
	$(LOCK) requirements/uv.in -o requirements/uv.txt

audit: setup ## Look the locked packages up in the register of known vulnerabilities; needs its network
	@$(BIN)/python -m tests.security.audit $(AUDIT)

setup: .venv/.installed $(EMULATOR)/.installed

browser: setup
	@$(BIN)/python -m tests.browser.install

clean: ## Forget everything that was set up, the local stage's data included
	rm -rf .venv .garage

$(UV): requirements/uv.txt
	@mkdir -p .garage
	python3 -m venv .garage/uv || { \
		test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -y -qq python3-venv && \
		python3 -m venv .garage/uv; }
	.garage/uv/bin/pip install --quiet --disable-pip-version-check --require-hashes \
		--requirement requirements/uv.txt
	@touch $@

.venv/.installed: $(UV) requirements/dev.txt $(BIOME) .python-version
	$(UV) venv --quiet --allow-existing --python $(PYTHON_VERSION) .venv
	$(UV) pip sync --quiet --python .venv/bin/python --require-hashes requirements/dev.txt $(BIOME)
	@touch $@

$(OIDC)/.installed: tests/oidc/package.json tests/oidc/provider.mjs
	@command -v npm > /dev/null || { echo "This needs Node 20 or later, with npm." >&2; exit 1; }
	@mkdir -p $(OIDC)
	cp tests/oidc/package.json tests/oidc/provider.mjs $(OIDC)
	npm install --prefix $(OIDC) --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@

$(EMULATOR)/.installed: $(UV) requirements/emulator.txt .python-version
	$(UV) venv --quiet --allow-existing --python $(PYTHON_VERSION) $(EMULATOR)
	$(UV) pip sync --quiet --python $(EMULATOR)/bin/python --require-hashes requirements/emulator.txt
	@touch $@

$(DYNALITE)/.installed:
	@command -v npm > /dev/null || { echo "This needs Node 20 or later, with npm." >&2; exit 1; }
	npm install --prefix $(DYNALITE) --no-save --no-audit --no-fund --ignore-scripts \
		--loglevel=error dynalite@4.0.0
	@touch $@
