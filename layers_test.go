package main

import (
	"os/exec"
	"strings"
	"testing"
)

// layer says what the packages below a folder may import of the standard library's world and of
// this module. It is the rule of the house; the linter has it too, but a test can't be configured
// away.
type layer struct {
	under     string
	forbidden []string
}

var layers = []layer{
	{"calm/model", []string{"calm/ops", "calm/ui", "calm/runbooks", "os", "os/exec", "net", "net/http", "syscall", "charm.land/bubbletea/v2", "github.com/spf13/cobra"}},
	{"calm/ops", []string{"calm/ui"}},
	{"calm/ui", []string{"calm/ops", "os/exec", "net", "net/http"}},
}

// TestLayers reads what every package imports directly, its tests left out.
func TestLayers(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := 0
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		pkg, imports := words[0], words[1:]
		seen++
		for _, l := range layers {
			if !within(pkg, l.under) {
				continue
			}
			for _, imp := range imports {
				for _, bad := range l.forbidden {
					if imp == bad || strings.HasPrefix(bad, "calm/") && within(imp, bad) {
						t.Errorf("%s imports %s, which its layer may not", pkg, imp)
					}
				}
			}
		}
		for _, imp := range imports {
			if imp == "os/exec" && pkg != "calm/ops/run" && pkg != "calm/bench" {
				t.Errorf("%s imports os/exec; only calm/ops/run starts processes", pkg) // and the benchmarks, which are no part of calm
			}
		}
	}
	if seen < 20 {
		t.Fatalf("go list named %d packages only; the rule was not looked at", seen)
	}
}

func within(pkg, under string) bool { return pkg == under || strings.HasPrefix(pkg, under+"/") }
