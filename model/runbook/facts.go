package runbook

import (
	"bytes"
	"slices"
	"strings"

	"calm/model/pattern"
	"calm/model/runbook/shell"
)

// StepRef is a step with the place where it stands.
type StepRef struct {
	Step     Step
	Part     string // ID of the scenario or procedure
	Title    string // of the item, or of the procedure or scenario
	Group    string // "procedure", "diagnosis" or "resolution"
	Item     string // ID of the resolution item; empty elsewhere
	Index    int    // 1-based, among Of
	Of       int
	Scenario bool
}

// EachStep visits every step of the runbook in the order of the file, until visit returns false.
func (r *Runbook) EachStep(visit func(StepRef) bool) {
	for _, s := range r.Scenarios {
		if !each(s.Diagnosis, StepRef{Part: s.ID, Title: s.Title, Group: "diagnosis", Scenario: true}, visit) {
			return
		}
		for _, it := range s.Resolution {
			if !each(it.Steps, StepRef{Part: s.ID, Title: it.Title, Group: "resolution", Item: it.ID, Scenario: true}, visit) {
				return
			}
		}
	}
	for _, p := range r.Procedures {
		if !each(p.Steps, StepRef{Part: p.ID, Title: p.Title, Group: "procedure"}, visit) {
			return
		}
	}
}

func each(steps []Step, ref StepRef, visit func(StepRef) bool) bool {
	for i, s := range steps {
		ref.Step, ref.Index, ref.Of = s, i+1, len(steps)
		if !visit(ref) {
			return false
		}
	}
	return true
}

// StepByID finds a step and says where it stands.
func (r *Runbook) StepByID(id string) (ref StepRef, ok bool) {
	r.EachStep(func(s StepRef) bool {
		if s.Step.ID == id {
			ref, ok = s, true
		}
		return !ok
	})
	return ref, ok
}

// Signatures lists the strings that the symptoms look for in logs, each once.
func (r *Runbook) Signatures() []string {
	out := []string{}
	for _, s := range r.Scenarios {
		for _, sym := range s.Symptoms {
			for _, sig := range sym.Signatures {
				out = addOnce(out, sig)
			}
		}
	}
	return out
}

// touched lists the names of one kind that the steps touch, each once.
func (r *Runbook) touched(kind string) []string {
	out := []string{}
	r.EachStep(func(ref StepRef) bool {
		for _, t := range ref.Step.Touches {
			if t.Kind == kind {
				out = addOnce(out, t.Name)
			}
		}
		return true
	})
	return out
}

// ProcessNames lists the pm2 processes that the runbook's commands touch, each once.
func (r *Runbook) ProcessNames() []string {
	out := []string{}
	for _, n := range r.touched("pm2") {
		if n != "all" && strings.Trim(n, "0123456789") != "" && len(shell.Placeholders(n)) == 0 {
			out = addOnce(out, n)
		}
	}
	return out
}

var urlPattern = pattern.New("https?://[^\\s\"'`<>|\\\\)]+")

// URLs lists the addresses that the runbook's commands ask for, each once.
func (r *Runbook) URLs() []string {
	out := []string{}
	r.EachStep(func(ref StepRef) bool {
		if ref.Step.Kind == ShellStep {
			for _, u := range urlPattern.FindAllString(ref.Step.Text, -1) {
				out = addOnce(out, strings.TrimRight(u, ".,;"))
			}
		}
		return true
	})
	return out
}

func addOnce(list []string, v string) []string {
	if v == "" || slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}

var markerPattern = pattern.New("(?m)^[^#\n]*\\bcurl\\b[^|\n]*?(https?://[^\\s\"'|]+)[^|\n]*\\|\\s*(?:[a-z]+ [^|\n]*\\|\\s*)?(?:!\\s*)?grep\\s+((?:-[A-Za-z]+\\s+)*)(?:\"([^\"\n]+)\"|'([^'\n]+)'|([\\w.-]+))")

// findMarker finds what a command of the runbook looks for on a page: "curl URL | grep MARKER".
func findMarker(src []byte) string {
	_, marker := pageMarker(src)
	return marker
}

// maxCommandLine is how much of a line is looked at: a longer one is no command that a person typed.
const maxCommandLine = 8 << 10

func pageMarker(src []byte) (url, marker string) {
	for rest := src; ; {
		i := bytes.Index(rest, []byte("curl"))
		if i < 0 {
			return "", ""
		}
		start := bytes.LastIndexByte(rest[:i], '\n') + 1
		end := i + bytes.IndexByte(rest[i:], '\n')
		if end < i {
			end = len(rest)
		}
		line := string(rest[start:min(end, start+maxCommandLine)])
		rest = rest[end:]
		m := markerPattern.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		target, word := m[1], m[3]+m[4]+m[5]
		path := target[strings.Index(target, "://")+3:]
		// What is looked for in an API's answer or in headers is no part of a page.
		if strings.Contains(path, "/api") || strings.Contains(path, "metrics") || strings.Contains(path, "health") ||
			strings.Contains(m[0], " -I") || strings.ContainsAny(word, "|\\ ") || len(word) < 4 {
			continue
		}
		return target, word
	}
}

// PageMarker is the page that the runbook's commands look at and the text that they look for on it;
// both are empty when no command does.
func (r *Runbook) PageMarker() (url, marker string) { return pageMarker(r.Source) }

var (
	healthPath  = pattern.New(`(?i)/(?:api/)?(?:health\w*|healthz|livez|readyz|status|ping)(?:[/?]|$)`)
	metricsPath = pattern.New(`(?i)/metrics(?:[/?]|$)`)
)

// HealthURL is the first address of a health check among the commands; empty when there is none.
func (r *Runbook) HealthURL() string { return r.firstURL(healthPath) }

// MetricsURL is the first address of the app's metrics among the commands; empty when there is none.
func (r *Runbook) MetricsURL() string { return r.firstURL(metricsPath) }

func (r *Runbook) firstURL(path *pattern.Pattern) string {
	for _, u := range r.URLs() {
		if path.MatchString(u) {
			return u
		}
	}
	return ""
}

// Questions lists what only a person can say: criteria, symptoms and conditions that nothing
// measures, by ID.
func (r *Runbook) Questions() map[string]string {
	out := map[string]string{}
	for _, s := range r.Severities {
		for _, c := range s.Criteria {
			if c.Kind == Asked {
				out[c.ID] = c.Text
			}
		}
	}
	for _, s := range r.Scenarios {
		for _, sym := range s.Symptoms {
			if sym.Kind == Asked {
				out[sym.ID] = sym.Text
			}
		}
		for _, u := range s.Severity.Unless {
			out[u.ID] = u.Text
		}
	}
	return out
}
