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

.PHONY: build run test race lint check bench faults fuzz practice down clean

build:
	@$(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o calm .

run: need-go need-npm need-pip build
	@./calm practice up
	@./calm practice fault $(FAULT)
	@eval "$$(./calm practice env)" && ./calm

test: need-go need-npm need-pip build
	@./calm practice tools
	$(GO) test -timeout 25m ./...

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
