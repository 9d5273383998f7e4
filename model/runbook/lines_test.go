package runbook

import (
	"fmt"
	"strings"
	"testing"
)

// misplaced are the calls that do not stand on the line of the file that LineAt names.
func misplaced(r *Runbook) []string {
	lines := strings.Split(string(r.Source), "\n")
	var wrong []string
	r.eachSteps(func(steps []Step) {
		for i := range steps {
			s := &steps[i]
			for _, c := range s.Calls {
				line := s.LineAt(c.Offset)
				if c.Program != "" && !strings.Contains(lines[line-1], c.Program) {
					wrong = append(wrong, fmt.Sprintf("%s:%d: %s is not in %q", r.Path, line, c.Program, lines[line-1]))
				}
			}
		}
	})
	return wrong
}

// TestLinesOfCalls: a finding in a step must stand on its own line, wherever the step stands.
func TestLinesOfCalls(t *testing.T) {
	r := parsed(t, "# T\n\n## Rollback\n\n1. First:\n\n   ```bash\n   # Two commands\n   cd /srv && \\\n     npm ci\n   ```\n\n   > ```sh\n   > ssh host '\n   >   pm2 stop app\n   > '\n   > ```\n\n"+
		"2. Then read\n   all of `pm2 list`, and `pm2 describe app`.\n\n```console\n$ pm2 jlist\n[]\n```\n")
	want := map[string]int{"cd": 9, "npm": 10, "ssh": 14, "list": 20, "stop": 15, "describe": 20, "jlist": 23}
	found := 0
	r.eachSteps(func(steps []Step) {
		for i := range steps {
			for _, c := range steps[i].Calls {
				name := c.Program
				if len(c.Verbs) > 0 && want[name] == 0 {
					name = c.Verbs[0]
				}
				if found++; steps[i].LineAt(c.Offset) != want[name] {
					t.Errorf("%s is on line %d, want %d", name, steps[i].LineAt(c.Offset), want[name])
				}
			}
		}
	})
	if found != len(want) {
		t.Errorf("%d calls, want %d", found, len(want))
	}
}

func TestLinesOfCallsInRealFiles(t *testing.T) {
	for _, r := range []*Runbook{seed(t), builtIn(t)} {
		for _, w := range misplaced(r) {
			t.Error(w)
		}
	}
}

func TestLinesOfCallsInTheCorpus(t *testing.T) {
	for _, file := range corpus(t) {
		for _, w := range misplaced(load(t, file)) {
			t.Error(w)
		}
	}
}
