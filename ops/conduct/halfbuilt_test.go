package conduct

import (
	"encoding/json"
	"strings"
	"testing"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/signal"
)

const releaseText = "# Shop\n\n## Release procedure\n\n```bash\n" +
	"# Build it\nnpm run build\n\n" +
	"# Restart it\npm2 restart shop\n\n" +
	"# See it\npm2 jlist\n```\n"

// An app is not started on half a build by one key.
func TestRestartAfterABuildThatFailed(t *testing.T) {
	s := newShop(t)
	rb, err := runbook.Parse("shop.md", []byte(releaseText))
	if err != nil {
		t.Fatal(err)
	}
	s.runbook = rb
	if _, err := s.trust.Give(rb, ana); err != nil {
		t.Fatal(err)
	}
	if p := s.plan(s.Conductor, "Restart it"); p.Risk != "changes" {
		t.Fatalf("before any build it %s", p.Risk)
	}
	built := s.begin(s.Conductor, "Build it") // there is no package.json
	if end := s.end(s.Conductor, built.Op); end.Outcome != "failed" {
		t.Fatalf("%+v", end)
	}
	p := s.plan(s.Conductor, "Restart it")
	if p.Risk != "destroys" || p.Target == "" || !strings.Contains(p.Lost, `"Build it" ended at `) || !strings.Contains(p.Lost, "half built") {
		t.Errorf("%s, %q, %q", p.Risk, p.Target, p.Lost)
	}
	if again := s.plan(s.Conductor, "Build it"); again.Risk != "changes" {
		t.Errorf("to build again %s", again.Risk)
	}
	if see := s.plan(s.Conductor, "See it"); !see.Check {
		t.Errorf("to look %s", see.Risk)
	}
	// What failed beside the app is only said.
	beside := built
	beside.Op, beside.Kind = "01JBESIDE", action.Release
	s.record(beside)
	p, err = s.Propose(t.Context(), action.Request{Ref: s.ref("Restart it"), Snapshot: signal.Snapshot{}})
	if err != nil || p.Risk != "changes" || !strings.Contains(strings.Join(p.Notes, "\n"), "the app starts on the build from before it") {
		t.Errorf("%s, %q, %v", p.Risk, p.Notes, err)
	}
}

// record writes a plan down that was started and has failed.
func (s *shop) record(p action.Plan) {
	s.t.Helper()
	p.Seal()
	raw, err := json.Marshal(p)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.journal.Append(s.t.Context(),
		incident.Draft{Type: incident.Proposed, Actor: ana, Data: incident.ProposedData{Op: p.Op, Hash: p.Hash, Plan: raw}},
		incident.Draft{Type: incident.Intent, Actor: ana, Data: incident.IntentData{Op: p.Op, Hash: p.Hash, Title: p.Title, Command: p.Command, Risk: p.Risk, Part: p.Ref.Part, Step: p.Ref.Step}},
		incident.Draft{Type: incident.Finished, Actor: ana, Data: incident.FinishedData{Op: p.Op, Outcome: incident.OutcomeFailed, Exit: 1}},
	); err != nil {
		s.t.Fatal(err)
	}
}
