package lint

import (
	"strings"

	"calm/model/runbook"
	"calm/model/runbook/shell"
)

var noCheck = Rule{
	ID: "no-check", Level: Warning,
	Title: "Nothing looks whether the change did what it should",
	Why: "A restart exits 0 and the app dies a second later; a reload exits 0 and the old answer stays. A procedure that ends with a change " +
		"ends with a guess.",
	Mend: "End with a step that can fail: a health route with `curl -fsS`, a count, the page without the widget.",
	Bad: `## Rollback

~~~bash
# Restart the app
pm2 restart shop
~~~
`,
	Good: `## Rollback

~~~bash
# Restart the app
pm2 restart shop

# Verify that it is healthy
curl -fsS https://shop.example/api/health
~~~
`,
	check: func(p *pass) {
		if p.checksElsewhere() {
			return
		}
		for _, seq := range p.commands().all {
			pr := seq.procedure
			if pr == nil || pr.Kind != runbook.Rollback && pr.Kind != runbook.KillSwitch {
				continue
			}
			if last := lastChange(seq); last >= 0 && !checkedAfter(seq, last) {
				s := seq.steps[last]
				p.report(s.TextLine, s.ID, "this is the last change of "+quoted(seq.title)+", and nothing after it looks whether it worked",
					"Add a step that can fail: `curl -fsS URL` of a health route, a count, a test of the route.")
			}
		}
	},
}

func lastChange(seq *sequence) int {
	for i := len(seq.steps) - 1; i >= 0; i-- {
		if s := seq.steps[i]; s.Kind == runbook.ShellStep && (s.Risk == shell.Changes || s.Risk == shell.Destroys) && !s.Interactive && !onlyWrites(s) {
			return i
		}
	}
	return -1
}

// onlyWrites reports whether a step only writes text down: a report, a list.
func onlyWrites(s *runbook.Step) bool {
	for i := range s.Calls {
		switch s.Calls[i].Program {
		case "cat", "echo", "printf", "awk", "sed", "jq", "sort", "tee", "mkdir", "date", "grep", "cut", "export", "":
		default:
			return false
		}
	}
	return len(s.Calls) > 0
}

// checksElsewhere reports whether the runbook has a chapter of its own on looking whether it worked.
func (p *pass) checksElsewhere() bool {
	for _, h := range p.page.headings {
		if containsAny(strings.ToLower(h.text), []string{"verif", "post-rollback", "after rollback", "after the rollback", "smoke test"}) {
			return true
		}
	}
	return false
}

// checkedAfter reports whether a step after the change looks, or tells a person to; the change's own
// step may end in a look as well.
func checkedAfter(seq *sequence, last int) bool {
	for _, s := range seq.steps[last+1:] {
		if s.Kind == runbook.ShellStep && s.Risk != shell.Destroys || s.Kind == runbook.JSStep || s.Kind == runbook.CodeStep {
			return true
		}
	}
	own := seq.steps[last]
	if own.Expect != nil || len(own.Effects) > 0 || own.Kind == runbook.ShellStep && looksItself(own) {
		return true
	}
	return seq.says(last, "verify", "check", "confirm", "make sure", "ensure", "monitor", "watch", "look ", "test ", "should ", "wait for", "see whether", "status")
}

// looksItself reports whether a change waits for its own effect, or a look follows it in the same
// step.
func looksItself(step *runbook.Step) bool {
	for i := range step.Calls {
		switch c := &step.Calls[i]; c.Program {
		case "curl", "grep", "test", "[", "diff":
			return true
		case "kubectl", "oc":
			if c.Is(c.Program, "wait", "get", "describe") || c.Is(c.Program, "rollout") && len(c.Verbs) > 1 && c.Verbs[1] == "status" || c.Has("--wait") {
				return true
			}
		case "helm":
			if c.Has("--wait --atomic") {
				return true
			}
		}
	}
	return false
}

func quoted(title string) string { return "“" + clipped(title, 60) + "”" }
