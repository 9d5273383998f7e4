# Two commands do everything on a machine that has Go, Node with npm, and Python with pip:
#   make run    the console over a real, broken practice host
#   make test   every test, with the real pm2, mongod and nginx
# Each fetches what it needs, says so, and can be run again at any time.

GO       ?= go
LINT     := .tools/golangci-lint
LINT_VER := v2.15.0
FAULT    ?= pool-held
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

export CGO_ENABLED = 0

.PHONY: build run test race lint check bench faults fuzz down clean

build:
	@$(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o calm .

run: need-go need-npm need-pip build
	@./calm practice up
	@./calm practice fault $(FAULT)
	@./calm --config "$$(./calm practice config)"

test: need-go need-npm need-pip build
	@./calm practice tools
	$(GO) test -timeout 40m $$($(GO) list ./... | grep -v -e /e2e -e /ops/practice)
	$(GO) test -timeout 40m ./ops/practice
	$(GO) test -timeout 40m -parallel 3 ./e2e

race:
	CGO_ENABLED=1 $(GO) test -race -timeout 40m ./model/... ./ops/... ./ui/...

check: lint
	@out=$$(gofmt -l .); if [ -n "$$out" ]; then echo "not gofmt-ed:"; echo "$$out"; exit 1; fi
	$(GO) vet ./...

lint: $(LINT)
	$(LINT) run ./...

$(LINT):
	@echo "building golangci-lint $(LINT_VER), once"
	@GOBIN=$(CURDIR)/.tools $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VER)

# Longer than a test may take: run by hand, and write the figures down.
faults: build
	$(GO) test -timeout 60m ./ops/journal -run KillNine -journal.kills=2000
	$(GO) test -timeout 60m -count=10 ./ops/run -run KilledAtAnyMoment
	$(GO) test -timeout 60m -v ./ops/run -run 'TestFlood$$' -run.flood=10737418240
	$(GO) test -timeout 60m -v ./ops/conduct -run KilledAtEveryStep -conduct.points=0
	$(GO) test -timeout 60m ./ops/conduct -run ConsolesRace -conduct.races=1000

FUZZTIME ?= 2m
fuzz:
	$(GO) test ./model/runbook -run '^$$' -fuzz FuzzParse -fuzztime $(FUZZTIME)
	$(GO) test ./model/runbook/lint -run '^$$' -fuzz FuzzCheck -fuzztime $(FUZZTIME) -fuzzminimizetime 10x
	$(GO) test ./model/runbook/shell -run '^$$' -fuzz FuzzSplit -fuzztime $(FUZZTIME)
	$(GO) test ./model/runbook/shell -run '^$$' -fuzz FuzzAnalyze -fuzztime $(FUZZTIME)
	$(GO) test ./model/incident -run '^$$' -fuzz FuzzApply -fuzztime $(FUZZTIME)
	$(GO) test ./ops/config -run '^$$' -fuzz FuzzLoad -fuzztime $(FUZZTIME)

bench: build
	@./calm practice tools
	$(GO) run ./bench

down: build
	@./calm practice down

clean: down
	@rm -rf calm .tools

need-%:
	@case $* in go) p=$(GO) ;; npm) p=npm ;; pip) p=python3 ;; esac; \
	command -v $$p >/dev/null || { echo "make: $$p is not installed; calm's practice host needs Go, Node with npm, and Python with pip" >&2; exit 1; }
.PHONY: need-go need-npm need-pip
