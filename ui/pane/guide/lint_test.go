package guide_test

import (
	"strings"
	"testing"

	"calm/model/runbook/lint"
	"calm/model/runbook/revision"
	"calm/ui/pane/guide"
	"calm/ui/pane/panetest"
	"calm/ui/theme"
)

// TestFindingsBesideTheStep: the worst finding of the open step is below it, in words; others only have
// a mark; what calm mends is said as that; and a step that is not the one that was trusted says so.
func TestFindingsBesideTheStep(t *testing.T) {
	s := panetest.Declared(theme.Styles{})
	sc, _ := s.Runbook.ScenarioByID(s.Incident.Scenario)
	step := sc.Resolution[0].Steps[0]
	at := func(rule string, level lint.Level, text string) lint.Finding {
		return lint.Finding{Rule: rule, Level: level, Message: text, Step: step.ID}
	}
	draw := func() string { return guide.New().View(s, 80, 40, true) }
	if strings.Contains(draw(), "lint") {
		t.Fatalf("there is nothing to find:\n%s", draw())
	}
	s.Findings = []lint.Finding{at("a", lint.Note, "could be better"), at("b", lint.Warning, "it may fail"), at("c", lint.Error, "it lies")}
	if got := draw(); !strings.Contains(got, "lint    it lies") || !strings.Contains(got, "▲ changes") || strings.Contains(got, "it may fail") {
		t.Errorf("it shows\n%s", got)
	}
	s.Findings = []lint.Finding{at("a", lint.Note, "could be better")}
	if got := draw(); strings.Contains(got, "lint") || strings.Contains(got, "▲") {
		t.Errorf("a note stops nobody:\n%s", got)
	}
	s.Findings = []lint.Finding{at("env-not-seen", lint.Error, "pm2 keeps the old value")}
	if got := draw(); !strings.Contains(got, "calm adds --update-env") || strings.Contains(got, "▲ changes") {
		t.Errorf("what calm mends:\n%s", got)
	}
	s.Findings, s.Untrusted = nil, true
	s.Differs.Changes = []revision.Change{{Kind: revision.Changed, ID: step.ID}}
	if got := draw(); !strings.Contains(got, "changed  changes") {
		t.Errorf("what has changed:\n%s", got)
	}
}
