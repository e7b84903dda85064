# All targets are thin: the work is done by scripts/, everything made lies in .local/.
RUN := sh scripts/run.sh
# Settings given as `make test ONLY=...` reach the scripts through the environment.
export ONLY K ARGS DEMO_LOCALE NAME ADDON

.DEFAULT_GOAL := help
.PHONY: help demo server stop test lint i18n bench db clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## set up, fill the database msp_demo anew and serve it (DEMO_LOCALE=en|de|nl|fi)
	@$(RUN) demo

server: ## serve msp_demo as it is
	@$(RUN) server

stop: ## stop the server and the embedded PostgreSQL
	@$(RUN) stop

test: ## set up and run all tests (ONLY=unit|<addon>|flows, K=<pytest -k>, ARGS=<pytest options>)
	@$(RUN) test

lint: ## check style, Odoo conventions, XML and translations
	@$(RUN) lint

i18n: ## bring the translation files up to date with the sources
	@$(RUN) i18n

bench: ## run the benchmarks
	@$(RUN) bench

db: ## make a database to try things out (NAME=dev, ADDON=<only it and those below>)
	@$(RUN) db

clean: ## stop everything and remove .local
	@$(RUN) clean
