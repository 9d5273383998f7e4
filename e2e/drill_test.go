package e2e

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"calm/model/incident"
)

// patience bounds what a busy machine may take for one thing to show.
const patience = 3 * time.Minute

// drill is one cure by keys: a fault, what it must look like, and what must be written down.
type drill struct {
	fault    string
	out      string // a signal that must be named as out
	level    string // severity that the runbook gives it
	scenario string // ID of the one that must lead; empty for a procedure
	remedy   string // command that must have run and worked
}

// nextRow is the foot of the screen: the chip and what it says.
var nextRow = regexp.MustCompile(`(?m)^ (next|run|check|asks) +(.*)$`)

func foot(screen string) (chip, text string) {
	rows := nextRow.FindAllStringSubmatch(screen, -1)
	if len(rows) == 0 {
		return "", ""
	}
	last := rows[len(rows)-1]
	return last[1], last[2]
}

// declare waits until calm suggests the severity, and declares it with two keys.
func (x *terminal) declare(level string) {
	x.t.Helper()
	x.wait(patience, " "+level+"?")
	x.wait(patience, "Declare "+level)
	x.press(".")
	x.wait(patience, "Declare an incident")
	x.press("\r")
	x.until(patience, "a declared "+level, func(s string) bool {
		return strings.HasPrefix(s, " "+level+" ") && strings.Contains(s, "#1")
	})
}

// follow does what next says, confirming what changes, until the foot says what is waited for.
func (x *terminal) follow(limit time.Duration, until ...string) string {
	x.t.Helper()
	deadline := time.Now().Add(limit)
	for {
		s := x.screen()
		chip, text := foot(s)
		for _, want := range until {
			if strings.Contains(s, want) && !strings.Contains(s, "y run it") {
				return s
			}
		}
		switch {
		case strings.Contains(s, "y run it"):
			x.press("y")
			x.changed(patience, s)
		case chip == "next":
			x.press(".")
			x.changed(patience, s)
		default:
			x.until(patience, "the end of "+text, func(s string) bool { c, _ := foot(s); return c != chip })
		}
		if time.Now().After(deadline) {
			x.t.Fatalf("waited %s for %v; the screen is:\n%s", limit, until, s)
		}
	}
}

// changed waits until a key has had its effect on the foot, or opened a dialog.
func (x *terminal) changed(limit time.Duration, before string) {
	x.t.Helper()
	was, wasText := foot(before)
	x.until(limit, "an answer to a key after "+wasText, func(s string) bool {
		now, text := foot(s)
		return now != was || text != wasText || dialog(s) != dialog(before)
	})
}

// dialog says which kind of dialog is open.
func dialog(screen string) string {
	for _, mark := range []string{"y run it", "Type the ", "Fill in: "} {
		if strings.Contains(screen, mark) {
			return mark
		}
	}
	return ""
}

// judged finds the verdicts in a journal, by the command that they are on.
func judged(t *testing.T, events []incident.Event) map[string]string {
	t.Helper()
	inc, err := incident.Fold(events)
	if err != nil {
		t.Fatalf("fold: %v", err)
	}
	out := map[string]string{}
	for _, r := range inc.Runs {
		out[strings.TrimSpace(r.Command)] = r.Verdict
	}
	return out
}

// told checks that the journal says all of a drill: declared, led, proposed, confirmed before the
// intent, run, judged as worked, by whom.
func (d drill) told(t *testing.T, h *host) {
	t.Helper()
	events := h.events()
	inc, err := incident.Fold(events)
	if err != nil {
		t.Fatalf("fold: %v", err)
	}
	if d.scenario != "" {
		led := false
		for _, e := range events {
			var data incident.LeadsData
			if e.Type == incident.Leads && e.Decode(&data) == nil && data.Scenario == d.scenario {
				led = true
			}
		}
		if !led && inc.Scenario != d.scenario {
			t.Errorf("the journal does not say that %s led; it says %q", d.scenario, inc.Scenario)
		}
	}
	order := map[string]map[incident.Type]uint64{}
	for _, e := range events {
		var data incident.ConfirmedData // every event of an action has its op
		switch e.Type {
		case incident.Proposed, incident.Confirmed, incident.Intent, incident.Finished, incident.Judged:
			if err := e.Decode(&data); err != nil {
				t.Fatal(err)
			}
			if order[data.Op] == nil {
				order[data.Op] = map[incident.Type]uint64{}
			}
			order[data.Op][e.Type] = e.Seq
		}
	}
	cured := false
	for _, r := range inc.Runs {
		o := order[r.Op]
		if o[incident.Proposed] >= o[incident.Confirmed] || o[incident.Confirmed] >= o[incident.Intent] || o[incident.Intent] >= o[incident.Finished] {
			t.Errorf("%s is written down in the wrong order: %v", r.Command, o)
		}
		if strings.Contains(r.Command, d.remedy) && r.Verdict == "worked" {
			cured = true
			if o[incident.Judged] < o[incident.Finished] || r.By == "" || r.Why == "" {
				t.Errorf("the cure is not told whole: %+v", r)
			}
		}
	}
	if !cured {
		t.Errorf("no run of %q is judged as worked:\n%s", d.remedy, h.timeline())
	}
	if inc.MitigatedAt.IsZero() {
		t.Errorf("nobody marked it mitigated:\n%s", h.timeline())
	}
	if out, code := h.calm("incident", "verify"); code != 0 {
		t.Errorf("the journal is not whole: %s", out)
	}
}
