package runbook

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// expectation is what a person found in a file of the corpus. A count of -1 was not checked.
type expectation struct {
	file       string // how its name begins
	severities string
	scenarios  int
	rollbacks  int
	levels     int // of escalation inside the team, by table row or heading
	templates  int
	checklists int
	postmortem bool
}

// handChecked was read off the files, not off the parser.
var handChecked = []expectation{
	{"3horizons__agentic-devops-platform--docs__runbooks__incident", "SEV1 SEV2 SEV3 SEV4", 5, 0, 8, 3, 2, true},
	{"3horizons__agentic-devops-platform--docs__runbooks__rollback", "", 0, 16, 0, 0, 1, false},
	{"AKIVA", "P0 P1 P2 P3", 4, 0, -1, 0, 0, false},
	{"AndrewNordstrom", "", 4, 1, 0, 0, 0, false},
	{"Botbynetz", "Severity 1 Severity 2 Severity 3 Severity 4", 3, 1, 4, 3, 0, false},
	{"DuqueOM__ML-MLOps-Production-Template--templates__docs__runbooks__runbook", "P1 P2 P3 P4", 4, 0, -1, 0, 0, false},
	{"Khryptor", "CRITICAL HIGH WARNING INFO", 6, 1, -1, 2, 1, false},
	{"LITNUP", "Sev 1 Sev 2 Sev 3 Sev 4", 7, 0, 0, 3, 0, false},
	{"MEDICALCOR__medicalcor-core--docs__runbooks__INCIDENT", "P1 P2 P3 P4", 5, -1, 0, 5, 0, true},
	{"Mabdi59", "", 5, -1, 0, 0, 1, false},
	{"Manuel", "SEV-1 SEV-2 SEV-3 SEV-4", 5, 0, 0, 0, 0, false},
	{"MikkoNumminen", "", 4, 0, 0, 0, 0, false},
	{"PagerDuty__incident-response-docs--docs__before", "SEV-1 SEV-2 SEV-3 SEV-4 SEV-5", 0, 0, 0, 0, 0, false},
	{"PagerDuty__incident-response-docs--docs__after", "", 0, 0, 0, 0, 0, true},
	{"RegScale", "", 1, 0, -1, 0, 0, false},
	{"Soul-Research", "P0 P1 P2 P3 P4", 6, -1, 4, 2, 0, true},
	{"SuperInstance__PersonalLog--docs__DEPLOYMENT", "", 8, 4, 0, 0, -1, false},
	{"SuperInstance__PersonalLog--docs__INCIDENT", "P0 P1 P2 P3", 6, 0, -1, -1, -1, true},
	{"Vatix", "SEV-1 SEV-2 SEV-3 SEV-4", 5, 0, -1, 2, 5, true},
	{"alkasharma", "P0 P1 P2 P3", 4, 0, 0, 1, 0, true},
	{"apathy-ca__sark--docs__INCIDENT", "SEV-1 SEV-2 SEV-3 SEV-4", 6, 0, 12, 2, 2, true},
	{"ayushishrot", "SEV1 SEV2 SEV3 SEV4", 0, 0, 0, 0, 0, false},
	{"blazejrzepa", "P0 P1 P2 P3", 0, 2, 0, 3, 7, false},
	{"cbwinslow", "P1 P2 P3 P4", 5, 0, 4, 0, 1, true},
	{"cloudnative-pg__charts", "", 1, 0, 0, 0, 0, false},
	{"counteractive__incident-response-plan-template--playbooks__playbook-phishing", "", 1, 0, 0, 0, 0, false},
	{"counteractive__incident-response-plan-template--playbooks__playbook-ransomware", "", 1, 0, 0, 0, 0, false},
	{"damsolanke", "", 10, 0, 4, 0, 0, false},
	{"danieleschmidt__finchat", "P0 P1 P2 P3", 3, 1, 0, 3, 0, true},
	{"danieleschmidt__reflexion", "P0 P1 P2 P3", 5, 3, 0, 0, 0, false},
	{"dastergon", "", 0, 0, 0, 0, 0, true},
	{"davidleconte", "SEV-1 SEV-2 SEV-3 SEV-4", 5, 0, 4, 7, 0, true},
	{"ellickjohnson", "P1 P2 P3 P4", 5, 0, -1, 3, 0, true},
	{"godrulla", "P0 P1 P2 P3", 4, 3, 4, 6, 0, true},
	{"kubevirt", "", 1, 0, -1, 0, 0, false},
	{"malikomari7", "SEV-1 SEV-2 SEV-3 SEV-4", 0, 0, 0, 0, 0, false},
	{"ministryofjustice", "P1 P2 P3", 0, 0, 0, 0, 0, false},
	{"openshift__runbooks--alerts__cluster-etcd", "", 1, 0, 0, 0, 0, false},
	{"prometheus-operator__runbooks--content__runbooks__kubernetes", "", 1, 0, 0, 0, 0, false},
	{"razorvision", "SEV1 SEV2 SEV3 SEV4", 0, -1, -1, -1, -1, true},
	{"rook", "", 14, 0, 0, 0, 0, false},
	{"shardie", "P0 P1 P2 P3", 8, 2, 4, 0, 1, false},
}

// TestCorpusByHand compares with what a person found, and prints how much of it was found.
func TestCorpusByHand(t *testing.T) {
	files := corpus(t)
	wanted, found, extra := 0, 0, 0
	for _, e := range handChecked {
		r := load(t, matching(t, files, e.file))
		var names []string
		for _, s := range r.Severities {
			names = append(names, s.Name())
		}
		levels, rollbacks := 0, 0
		for _, l := range r.Escalation {
			if !l.External {
				levels++
			}
		}
		for _, p := range r.Procedures {
			if p.Kind == Rollback {
				rollbacks++
			}
		}
		if got := strings.Join(names, " "); got != e.severities {
			t.Errorf("%s: severities %q, want %q", e.file, got, e.severities)
		}
		if got := r.PostMortem != nil; got != e.postmortem {
			t.Errorf("%s: post-mortem %v, want %v", e.file, got, e.postmortem)
		}
		for _, c := range []struct {
			what      string
			got, want int
		}{
			{"scenarios", len(r.Scenarios), e.scenarios}, {"rollbacks", rollbacks, e.rollbacks}, {"levels", levels, e.levels},
			{"templates", len(r.Templates), e.templates}, {"checklists", len(r.Checklists), e.checklists},
		} {
			if c.want < 0 {
				continue
			}
			wanted += c.want
			found += min(c.got, c.want)
			extra += max(c.got-c.want, 0)
			if c.got != c.want {
				t.Errorf("%s: %d %s, want %d: %s", e.file, c.got, c.what, c.want, titles(r, c.what))
			}
		}
	}
	t.Logf("recall %.3f, precision %.3f over %d parts of %d files", float64(found)/float64(wanted), float64(found)/float64(found+extra), wanted, len(handChecked))
}

func matching(t *testing.T, files []string, prefix string) string {
	t.Helper()
	for _, f := range files {
		if strings.HasPrefix(filepath.Base(f), prefix) {
			return f
		}
	}
	t.Fatalf("no file of the corpus begins with %s", prefix)
	return ""
}

// titles lists the parts of one kind, for a message.
func titles(r *Runbook, what string) string {
	var out []string
	add := func(p Part) { out = append(out, fmt.Sprintf("%d %s", p.Line, p.Title)) }
	switch what {
	case "scenarios":
		for _, s := range r.Scenarios {
			add(s.Part)
		}
	case "rollbacks":
		for _, p := range r.Procedures {
			if p.Kind == Rollback {
				add(p.Part)
			}
		}
	case "levels":
		for _, e := range r.Escalation {
			add(e.Part)
		}
	case "templates":
		for _, m := range r.Templates {
			add(m.Part)
		}
	case "checklists":
		for _, c := range r.Checklists {
			add(c.Part)
		}
	}
	return strings.Join(out, "; ")
}
