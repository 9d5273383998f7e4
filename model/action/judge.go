package action

import (
	"strings"
	"time"

	"calm/model/signal"
)

// Ended is how the command ended, for expectations about the command itself.
type Ended struct {
	Exit    int
	Outcome string // "ok", "failed", "cancelled", "unknown", as in the journal
	Output  string // what was kept of it
	Problem string // found by somebody who looked at the host: "HEAD is still 4f2c1a9"; empty for none

	// Found are readings that no source polls, taken once the command had ended: documents of
	// collections.
	Found Found
}

// Judge compares readings with what an action was expected to do. It has no clock and keeps no
// history but its own; the same snapshots in the same order always give the same verdict.
//
// Only a sample taken after the command's end counts, and an unknown never counts as good.
type Judge struct {
	plan    Plan
	ended   time.Time
	due     time.Time
	watches []*watch
	guards  []*guard
	command *Ended
	problem string
	verdict Verdict
	text    string
}

// slack is how long after its deadline a spell that is already good may take to complete, beyond
// its own length, before the judge gives up on a source that has fallen silent.
const slack = 30 * time.Second

// NewJudge starts judging a plan whose command ended at endedAt, against the readings from before
// it was started.
func NewJudge(plan Plan, before signal.Snapshot, endedAt time.Time) *Judge {
	j := &Judge{plan: plan, ended: endedAt, due: endedAt.Add(plan.Deadline)}
	rise := 0.0
	for _, e := range plan.Expect {
		j.watches = append(j.watches, newWatch(e, before.Reading(e.Signal)))
		if e.Signal == signal.AppRestarts {
			rise = e.Rise
		}
	}
	for _, n := range plan.Guards {
		j.guards = append(j.guards, newGuard(n, before.Reading(n), rise))
	}
	return j
}

// Command tells how the command ended. Until it is told, expectations about the exit code and the
// output are unknown.
func (j *Judge) Command(e Ended) {
	j.command = &e
	j.problem = e.Problem
	if p := OutputProblem(j.plan, e.Output); j.problem == "" && e.Outcome != "unknown" {
		j.problem = p
	}
}

// Observe takes a snapshot in and says how things stand. Once a verdict is given it stays.
func (j *Judge) Observe(snap signal.Snapshot) (rows []Row, verdict Verdict, text string) {
	if j.verdict == Pending {
		for _, w := range j.watches {
			switch c := j.command; {
			case w.ofCommand():
				w.command(c)
			case w.ofHost():
				w.found(c)
			default:
				w.see(snap, j.ended)
			}
		}
		for _, g := range j.guards {
			g.see(snap, j.ended)
		}
		j.verdict, j.text = j.decide(snap.At)
	}
	return j.rows(), j.verdict, j.text
}

// Harm says in one sentence what has got worse since the action, whatever the verdict was: a step whose
// own exit code is all that shows it is judged before a reading can speak. Empty where nothing has.
func (j *Judge) Harm(snap signal.Snapshot) string {
	for _, g := range j.guards {
		if g.see(snap, j.ended); g.broken {
			return j.worse()
		}
	}
	return ""
}

func (j *Judge) decide(now time.Time) (Verdict, string) {
	for _, g := range j.guards {
		if g.broken {
			return Worse, j.worse()
		}
	}
	if text := j.halfway(); text != "" {
		return Worse, text
	}
	if v, text := j.failed(); v != Pending {
		return v, text
	}
	needed, open, unknown := 0, 0, 0
	waiting := time.Duration(-1)
	for _, w := range j.watches {
		if !w.Needed {
			continue
		}
		needed++
		switch {
		case w.state == holds:
		case w.state == unsure:
			unknown++
		case w.good && !w.since.After(j.due):
			waiting = max(waiting, w.Hold)
		default:
			open++
		}
	}
	switch {
	case needed == 0:
		return Unsure, "nothing that calm measures shows whether it worked"
	case open+unknown == 0 && waiting < 0:
		return Worked, j.worked()
	case now.Before(j.due):
		return Pending, ""
	case open > 0 && j.problem != "":
		return NoEffect, j.problem
	case open > 0:
		return NoEffect, j.noEffect()
	case unknown > 0, now.After(j.due.Add(waiting + slack)):
		return Unsure, j.unsure()
	}
	return Pending, ""
}

// failed judges a command that itself says that it did not do what it should.
func (j *Judge) failed() (Verdict, string) {
	switch c := j.command; {
	case c == nil || c.Outcome == "unknown":
		return Pending, ""
	case c.Outcome == "cancelled":
		return Unsure, "it was stopped before its end" + j.sensed()
	case j.problem != "":
		return NoEffect, j.problem
	case c.Exit != 0 && !j.exitWanted():
		return NoEffect, exitText(c.Exit) + lastLine(c.Output)
	}
	for _, w := range j.watches {
		if w.Needed && w.ofCommand() && w.state == open {
			return NoEffect, w.mismatch()
		}
	}
	return Pending, ""
}

// exitWanted says whether a non-zero exit is no failure: the runbook names it, or the output that
// it names is there (`grep -c` exits 1 on the wanted 0).
func (j *Judge) exitWanted() bool {
	for _, w := range j.watches {
		if w.ofCommand() && w.state == holds {
			return true
		}
	}
	return false
}

func exitText(code int) string {
	if code < 0 {
		return "ended by a signal"
	}
	return "exit " + signal.FormatValue(signal.Count, float64(code))
}

func lastLine(output string) string {
	if last := lastOf(strings.TrimSpace(output)); last != "" {
		return ": " + cut(last, 120)
	}
	return ""
}
