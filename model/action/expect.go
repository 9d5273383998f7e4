package action

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"calm/model/runbook"
	"calm/model/signal"
	"calm/model/triage"
)

// Pseudo signals: what the command itself says. A Judge takes them from Ended, not from a snapshot.
const (
	ExitCode signal.Name = "exit"   // Range.Equals is the code, in decimal
	Output   signal.Name = "output" // Range.Equals is a number that the last line must be, or a text that must occur
)

// DefaultHold is how long a cure must last before it counts: a restart of an exhausted pool looks
// well for twenty seconds and then fails again.
const DefaultHold = 30 * time.Second

// How long an action may take to show its effect, by what it waits for.
const (
	deadlineRestart = 60 * time.Second
	deadlineNginx   = 20 * time.Second
	deadlineRestore = 10 * time.Second  // for counting; that was done before the command's end
	deadlineRates   = 90 * time.Second  // signals that count over a whole minute
	deadlineLogs    = 330 * time.Second // log signatures are counted over five minutes
	holdOnline      = 10 * time.Second
)

// Input is what expectations follow from.
type Input struct {
	Plan    Plan             // Kind, Command, Carries and Check are looked at
	Expect  *ExpectedOutput  // the runbook's own words about the output; nil when it has none
	Effects []runbook.Effect // what the runbook's notes want to be measured afterwards
	App     string           // the pm2 name that the signals about the app belong to
	Last    bool             // it is the last changing step of its procedure or item: now the symptoms must go
	Cuts    bool             // the procedure is a kill switch: it cuts users off and cures nothing
	Counted []Expectation    // what a restore must leave, by Counted
	Case    *triage.Case     // the scenario that the action is for; nil for none
	Before  signal.Snapshot
	Hold    time.Duration // 0 means DefaultHold
}

// ExpectedOutput is what a runbook says that a command should show.
type ExpectedOutput struct {
	Text    string // the sentence
	Output  string // "" when it names none
	Pattern string // a regular expression instead of Output
	Exit    *int
}

// Expectations says what must be measurably true after an action, what must not get worse, and how
// long the effect may take after the command has ended. For a check only the runbook's own words
// are left. A plan without a needed expectation can't be judged, and a Judge says so.
func Expectations(in Input) (expect []Expectation, guards []signal.Name, deadline time.Duration) {
	x := expecter{Input: in}
	if x.Hold <= 0 {
		x.Hold = DefaultHold
	}
	x.words()
	if in.Plan.Check {
		return x.list, nil, 0
	}
	x.deed = deedOf(in.Plan, in.App)
	if in.Plan.Host != "" {
		x.deed = deed{quiet: x.deed.quiet} // the app that is measured is not that host's
	}
	x.noted()
	x.own()
	if in.Last && !in.Cuts && !x.deed.stops && in.Plan.Kind != Nginx {
		x.cures()
		x.others()
	}
	return x.list, x.guards(), x.deadline
}

// expecter collects expectations. The first on a signal stays: what an action is meant to do goes
// before what the scenario wants.
type expecter struct {
	Input
	deed     deed
	list     []Expectation
	deadline time.Duration
}

func (x *expecter) add(e Expectation) {
	if e.Label == "" {
		e.Label = x.label(e.Signal)
	}
	if e.Text == "" {
		e.Text = e.Label + " " + e.wanted(specOf(x.Before.Reading(e.Signal)))
	}
	if !slices.ContainsFunc(x.list, func(o Expectation) bool { return o.Signal == e.Signal }) {
		x.list = append(x.list, e)
	}
}

func (x *expecter) within(d time.Duration) { x.deadline = max(x.deadline, d) }

func (x *expecter) state(n signal.Name, want string, hold time.Duration) Expectation {
	return Expectation{Signal: n, Range: runbook.Predicate{Signal: n, Equals: want}, Hold: hold, Needed: true}
}

// words takes the runbook's own sentence about the output.
func (x *expecter) words() {
	w := x.Expect
	if w == nil {
		return
	}
	if w.Output != "" {
		x.add(Expectation{Text: w.Text, Signal: Output, Range: runbook.Predicate{Signal: Output, Equals: w.Output}, Needed: true})
	}
	if w.Pattern != "" {
		x.add(Expectation{Text: "output matches /" + w.Pattern + "/", Signal: Output, Pattern: w.Pattern, Needed: true,
			Range: runbook.Predicate{Signal: Output}})
	}
	if w.Exit != nil {
		text := w.Text
		if len(x.list) > 0 {
			text = "exit " + strconv.Itoa(*w.Exit)
		}
		x.exit(*w.Exit, text)
	}
}

// noted adds what the runbook's notes want to be measured. A time that they name is for reaching it;
// what is reached in time is given the time to last.
func (x *expecter) noted() {
	for _, e := range x.Effects {
		want := Expectation{Text: e.Text, Signal: x.named(e.Predicate), Range: e.Predicate, Hold: x.Hold, Needed: true}
		if d, ok := runbook.Seconds(e.Hold); ok {
			want.Hold = d
		}
		x.add(want)
		if d, ok := runbook.Seconds(e.Within); ok {
			x.within(d)
		} else {
			x.within(deadlineRates)
		}
	}
}

func (x *expecter) exit(code int, text string) {
	x.add(Expectation{Text: text, Signal: ExitCode, Range: runbook.Predicate{Signal: ExitCode, Equals: strconv.Itoa(code)}, Needed: true})
}

// own adds the effect that this kind of action has by itself.
func (x *expecter) own() {
	d := x.deed
	switch {
	case x.Plan.Kind == Nginx && !asks(x.Plan):
	case x.Plan.Kind == Nginx:
		x.exit(0, "calm itself sees the new answer on new connections")
		x.within(deadlineNginx)
	case x.Plan.Kind == Restore:
		for _, e := range x.Counted {
			x.add(e)
		}
		if len(x.Counted) == 0 {
			x.exit(0, "calm itself sees what was restored")
		}
		x.within(deadlineRestore)
	case x.Plan.Kind == Release:
		x.exit(0, "whole, as locked and of this commit, then in place")
	case d.restarts || d.starts:
		x.restart()
	case d.stops:
		// What keeps processes alive may start it again at once.
		x.add(x.state(signal.AppStatus, "stopped", settle))
		x.within(deadlineRestart)
	case d.nginx:
		x.exit(0, "exit 0")
		if x.measured(signal.Nginx) {
			x.add(x.state(signal.Nginx, "up", 0))
		}
		x.within(deadlineNginx)
	case d.quiet:
		x.exit(0, "exit 0")
	}
}

// asks says whether a change of nginx asks the site for its effect. One that has no address to ask ends
// well, and shows nothing.
func asks(p Plan) bool {
	var change struct {
		Probes []json.RawMessage `json:"probes"`
	}
	return json.Unmarshal(p.Detail, &change) == nil && len(change.Probes) > 0
}

func (x *expecter) restart() {
	hold := holdOnline
	if x.crashes() {
		// What crashed again and again must be seen to live longer than it did.
		hold = 2 * x.Hold
	}
	x.within(max(deadlineRestart, 2*hold))
	if x.deed.restarts {
		x.add(Expectation{Text: "restarts +1", Label: "restarts", Signal: signal.AppRestarts, Rise: 1, Hold: hold, Needed: true,
			Range: runbook.Predicate{Signal: signal.AppRestarts}})
	}
	status := x.state(signal.AppStatus, "online", hold)
	status.Text, status.Label = "online "+signal.Span(hold), "pm2 status"
	x.add(status)
	if x.measured(signal.Health) {
		x.add(x.state(signal.Health, "ok", holdOnline))
	}
	x.flags()
	if r := x.Before.Reading(signal.DBHealth); r.Status == signal.Out {
		e := x.state(signal.DBHealth, "ok", x.Hold)
		e.Needed = x.Last && !x.Cuts
		x.add(e)
	}
}

// flags adds what the page must show once the app runs with a feature flag that was carried to it.
func (x *expecter) flags() {
	for _, v := range x.Plan.Carries {
		on, ok := flag(v)
		if !ok {
			continue
		}
		want, text := "no", "widget gone"
		if on {
			want, text = "yes", "widget on page"
		}
		e := x.state(signal.Widget, want, 0)
		e.Text = text
		x.add(e)
	}
}

// off says whether the action takes the feature away from the page.
func (x *expecter) off() bool {
	return slices.ContainsFunc(x.list, func(e Expectation) bool { return e.Signal == signal.Widget && e.Range.Equals == "no" })
}

// flag reads a variable that switches the feature as a whole.
func flag(v Variable) (on, ok bool) {
	name := strings.ToUpper(v.Name)
	switch {
	case strings.HasSuffix(name, "ENABLED"):
		on, err := strconv.ParseBool(strings.ToLower(v.Now))
		return on, err == nil
	case strings.HasSuffix(name, "ROLLOUT_PERCENTAGE"):
		// Between none and all, whether this page has it is chance.
		return v.Now == "100", v.Now == "0" || v.Now == "100"
	}
	return false, false
}

// crashes says whether the action is against an app that keeps ending.
func (x *expecter) crashes() bool {
	if slices.ContainsFunc(x.Plan.Carries, func(v Variable) bool { return v.Name == "NODE_OPTIONS" }) {
		return true
	}
	if x.Case == nil || !x.Last {
		return false
	}
	return slices.ContainsFunc(x.Case.Symptoms, func(s triage.Symptom) bool {
		return s.State == triage.Seen && s.Predicate != nil && s.Signal == signal.AppRestarts
	})
}

func (x *expecter) measured(n signal.Name) bool {
	r, ok := x.Before.Readings[n]
	return ok && r.Status != signal.Absent
}

// guards are the signals that must not get worse. What an action does on purpose is none of them:
// a stop or a kill switch makes requests fail.
func (x *expecter) guards() []signal.Name {
	if x.Cuts || x.Plan.Kind == Nginx {
		return nil
	}
	var out []signal.Name
	for _, n := range []signal.Name{signal.ErrorRatio, signal.AppRestarts, signal.AppStatus, signal.AppMemory} {
		if x.measured(n) && x.guarded(n) {
			out = append(out, n)
		}
	}
	return out
}

func (x *expecter) guarded(n signal.Name) bool {
	switch {
	case x.deed.stops:
		return n == signal.AppRestarts
	case x.deed.restarts, x.deed.starts, n == signal.ErrorRatio:
		return true
	}
	// An app that crashes already goes on crashing under what does not touch it.
	return n == signal.AppRestarts && !x.deed.quiet && x.Before.Reading(n).Status == signal.In
}

func (x *expecter) label(n signal.Name) string {
	if n == ExitCode || n == Output {
		return string(n)
	}
	return specOf(x.Before.Reading(n)).Label
}

// specOf is how a signal is written, also where nobody measures it.
func specOf(r signal.Reading) signal.Spec {
	if r.Spec.Unit != "" {
		return r.Spec
	}
	return signal.Default(r.Spec.Name)
}
