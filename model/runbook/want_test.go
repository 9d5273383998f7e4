package runbook

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A .want file says what a person found in a runbook: a line for each kind of part, with a word for
// each part of that kind. Parts are named by their line in the file, so that none of its text is
// repeated. A kind without a line was not looked at; one with an empty line has no parts.
type want struct {
	name  string // of the runbook
	path  string // where it lies
	parts map[string][]string
}

// kinds are the kinds of parts in a .want file, and how one of each is written:
//
//	severities    LEVEL=NAME@SECONDS      time to respond, "-" for none
//	escalation    LINE@SECONDS            after which somebody is gone to
//	scenarios     LINE/LEVEL              severity, "-" for none
//	symptoms      LINE=KIND               first letter: measured, logged, probed, asked
//	diagnosis     LINE                    of each thing to look at
//	resolutions   LINE                    of each remedy
//	procedures    LINE=KIND
//	steps         LINE/RISK               commands only; first letter of the risk
//	placeholders  LINE:TEXT               in commands
//	expectations  LINE                    of each command with an expected result
//	checklists    LINE=ITEMS
//	templates     LINE=PURPOSE
//	postmortem    LINE
//	contacts      LINE
var kinds = []string{"severities", "escalation", "scenarios", "symptoms", "diagnosis", "resolutions", "procedures", "steps",
	"placeholders", "expectations", "checklists", "templates", "postmortem", "contacts"}

// readWants reads the .want files of a folder. The runbooks lie beside them, or in the folder beside.
func readWants(t testing.TB, dir, beside string) []want {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.want"))
	if err != nil {
		t.Fatal(err)
	}
	var out []want
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		w := want{name: strings.TrimSuffix(filepath.Base(f), ".want"), parts: map[string][]string{}}
		w.path = filepath.Join(beside, w.name+".md")
		for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
			kind, words, ok := strings.Cut(line, ":")
			if !ok || !slices.Contains(kinds, kind) {
				t.Fatalf("%s:%d: %q is no kind of part", f, i+1, line)
			}
			w.parts[kind] = strings.Fields(words)
		}
		out = append(out, w)
	}
	return out
}

func seconds(s *float64) string {
	if s == nil {
		return "-"
	}
	return fmt.Sprint(*s)
}

func level(l int) string {
	if l == 0 {
		return "-"
	}
	return fmt.Sprint(l)
}

// understood writes what the parser found in the words of a .want file.
func understood(r *Runbook) map[string][]string {
	out := map[string][]string{}
	add := func(kind, format string, args ...any) {
		word := strings.ReplaceAll(fmt.Sprintf(format, args...), " ", "_")
		if kind == "steps" || kind == "placeholders" || kind == "contacts" || !slices.Contains(out[kind], word) {
			out[kind] = append(out[kind], word)
		}
	}
	for _, s := range r.Severities {
		add("severities", "%d=%s@%s", s.Level, s.Name(), seconds(s.Response))
	}
	for _, e := range r.Escalation {
		after := e.After
		if after == nil {
			after = e.Auto
		}
		add("escalation", "%d@%s", e.Line, seconds(after))
	}
	for _, s := range r.Scenarios {
		add("scenarios", "%d/%s", s.Line, level(s.Severity.Level))
		for _, y := range s.Symptoms {
			add("symptoms", "%d=%s", y.Line, y.Kind[:1])
		}
		for _, d := range s.Diagnosis {
			add("diagnosis", "%d", d.Line)
		}
		for _, it := range s.Resolution {
			add("resolutions", "%d", it.Line)
		}
	}
	for _, p := range r.Procedures {
		add("procedures", "%d=%s", p.Line, p.Kind)
	}
	for _, c := range r.Checklists {
		add("checklists", "%d=%d", c.Line, len(c.Items))
	}
	for _, m := range r.Templates {
		add("templates", "%d=%s", m.Line, m.Purpose)
	}
	if r.PostMortem != nil {
		add("postmortem", "%d", r.PostMortem.Line)
	}
	for _, c := range r.Contacts {
		add("contacts", "%d", c.Line)
	}
	r.EachStep(func(ref StepRef) bool {
		s := ref.Step
		if s.Kind != ShellStep {
			return true
		}
		add("steps", "%d/%.1s", s.Line, s.Risk)
		for _, h := range s.Placeholders {
			add("placeholders", "%d:%s", s.Line, h.Text)
		}
		if s.Expect != nil {
			add("expectations", "%d", s.Line)
		}
		return true
	})
	return out
}

// score counts what was found of what was wanted.
type score struct{ found, wanted, extra int }

func (s score) recall() float64    { return share(s.found, s.wanted) }
func (s score) precision() float64 { return share(s.found, s.found+s.extra) }

func share(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
}

// compare gives the words that are wanted and not found, and those found and not wanted.
func compare(wanted, got []string) (missing, extra []string) {
	left := slices.Clone(got)
	for _, w := range wanted {
		if i := slices.Index(left, w); i >= 0 {
			left = slices.Delete(left, i, i+1)
		} else {
			missing = append(missing, w)
		}
	}
	return missing, left
}
