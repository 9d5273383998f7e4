package situation_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/severity"
	"calm/model/signal"
	"calm/model/situation"
)

const text = `# Shop

## Severity

### SEV-1 (Critical)

**Impact**: everything is down

- API error rate > 50%

### SEV-2 (High)

**Impact**: much is down

- Error rate 20-50%

## Scenarios

### Scenario 1: The database is gone

**Symptoms**:

- Health check fails for the database

**Severity**: SEV-1

**Resolution**:

1. Restart the database
`

var start = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

func shop(t *testing.T) *runbook.Runbook {
	t.Helper()
	rb, err := runbook.Parse("shop.md", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return rb
}

// specs is the table of some signals.
func specs(rb *runbook.Runbook, names ...signal.Name) []signal.Spec {
	return slices.DeleteFunc(signal.Specs(severity.Bounds(rb), ""), func(s signal.Spec) bool { return !slices.Contains(names, s.Name) })
}

// desk is a watch and a diary over a clock that the test moves.
type desk struct {
	watch *situation.Watch
	diary *situation.Diary
	at    time.Duration
	ratio float64
	db    string // empty means that it can't be read
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	rb := shop(t)
	return &desk{
		watch: situation.New(rb, specs(rb, signal.ErrorRatio, signal.DBHealth)), diary: situation.NewDiary(), ratio: .01, db: "ok",
	}
}

// next is the situation two seconds later.
func (d *desk) next() situation.Assessment {
	d.at += 2 * time.Second
	now := start.Add(d.at)
	db := signal.Sample{Name: signal.DBHealth, Text: d.db, At: now, Source: "app"}
	if d.db == "" {
		db.Err = "connection refused"
	}
	d.watch.Add(signal.Sample{Name: signal.ErrorRatio, Value: d.ratio, At: now, Source: "nginx log"}, db)
	return d.watch.Assess(now, nil)
}

// says are the events that so many steps add, as "type what".
func (d *desk) says(steps int) []string {
	var out []string
	for range steps {
		for _, x := range d.diary.Drafts(d.next()) {
			out = append(out, fmt.Sprintf("%s %s", x.Type, what(x)))
		}
	}
	return out
}

func what(d incident.Draft) string {
	switch data := d.Data.(type) {
	case incident.SignalData:
		return data.Name + " " + data.Was + " > " + data.Status
	case incident.SuggestedData:
		return fmt.Sprintf("%d > %d", data.Was, data.Level)
	case incident.LeadsData:
		return data.Was + " > " + data.Scenario
	}
	return ""
}

// quiet lets the diary see a quiet start, of which there is nothing to say.
func (d *desk) quiet(t *testing.T) {
	t.Helper()
	if got := d.says(20); len(got) > 0 {
		t.Fatalf("of a healthy host it says %q", got)
	}
}

// lead is the ID of the scenario.
const lead = "scenario-1-the-database-is-gone"

func TestEachCrossingIsSaidOnce(t *testing.T) {
	d := newDesk(t)
	d.quiet(t)
	for _, x := range []struct {
		what  string
		set   func()
		wants []string
	}{
		{"SEV-2", func() { d.ratio = .3 }, []string{"signal error_ratio in > out", "suggested 0 > 2"}},
		{"the same again", func() {}, nil},
		{"SEV-1 is out as before", func() { d.ratio = .7 }, []string{"suggested 2 > 1"}},
		{"the database", func() { d.db = "error" }, []string{"leads  > " + lead, "signal db_health in > out"}},
		{"nobody answers", func() { d.db = "" }, []string{"leads " + lead + " > ", "signal db_health out > unknown"}},
		{"well again", func() { d.ratio, d.db = .01, "ok" },
			[]string{"signal db_health unknown > in", "signal error_ratio out > in", "suggested 1 > 0"}},
		{"the same again", func() {}, nil},
	} {
		x.set()
		got := d.says(120)
		slices.Sort(got)
		if !slices.Equal(got, x.wants) {
			t.Errorf("%s: it says %q, want %q", x.what, got, x.wants)
		}
	}
}

// TestFlapping: a reading that goes to and fro is no event; one that stays is, and only then.
func TestFlapping(t *testing.T) {
	d := newDesk(t)
	d.quiet(t)
	for i := range 60 {
		d.ratio = .01 + .3*float64(i%2)
		if got := d.says(1); len(got) > 0 {
			t.Fatalf("after %d turns it says %q", i, got)
		}
	}
	d.ratio = .4
	if got := d.says(2); len(got) > 0 {
		t.Errorf("it says %q before it has lasted", got)
	}
	if got := d.says(10); !slices.Contains(got, "signal error_ratio in > out") {
		t.Errorf("it says %q of a reading that stays out", got)
	}
}

// TestWhatWasOutBefore the declaration is said at once: it has lasted.
func TestWhatWasOutBefore(t *testing.T) {
	d := newDesk(t)
	d.quiet(t)
	d.ratio, d.db = .7, "error"
	var last situation.Assessment
	for range 20 {
		last = d.next()
		d.diary.See(last)
	}
	d.diary.Continue(incident.Incident{}, situation.Settle)
	got := d.says(1)
	slices.Sort(got)
	want := []string{"leads  > " + lead, "signal db_health in > out", "signal error_ratio in > out", "suggested 0 > 1"}
	if !slices.Equal(got, want) {
		t.Errorf("it says %q, want %q", got, want)
	}
}

// record gives drafts their places in a journal.
func record(t *testing.T, drafts ...incident.Draft) []incident.Event {
	t.Helper()
	var out []incident.Event
	for i, d := range drafts {
		data, err := json.Marshal(d.Data)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, incident.Event{Seq: uint64(i + 1), Type: d.Type, Data: data, At: start})
	}
	return out
}

// TestContinues: what an incident's events already say is not said again by the next console, nor
// what another one has just said.
func TestContinues(t *testing.T) {
	d := newDesk(t)
	d.quiet(t)
	d.ratio, d.db = .7, "error"
	var drafts []incident.Draft
	for range 20 {
		drafts = append(drafts, d.diary.Drafts(d.next())...)
	}
	if len(drafts) < 4 {
		t.Fatalf("there are %d events to continue from", len(drafts))
	}
	events := record(t, drafts...)
	inc, err := incident.Fold(events)
	if err != nil {
		t.Fatal(err)
	}
	d.diary.Continue(inc, situation.Settle)
	if got := d.says(20); len(got) > 0 {
		t.Errorf("after a resume it says again %q", got)
	}
	d.diary.Continue(incident.Incident{}, situation.Settle)
	for _, e := range events {
		d.diary.Hear(e)
	}
	if got := d.says(20); len(got) > 0 {
		t.Errorf("after another console it says again %q", got)
	}
}

// TestTheMorePatientOfTwo says only what the other leaves out.
func TestTheMorePatientOfTwo(t *testing.T) {
	d := newDesk(t)
	d.quiet(t)
	second := situation.NewDiary()
	second.Continue(incident.Incident{}, 2*situation.Settle)
	d.ratio = .7
	said := map[string]int{}
	for range 30 {
		a := d.next()
		first := d.diary.Drafts(a)
		for _, e := range record(t, first...) {
			second.Hear(e)
		}
		for _, x := range append(first, second.Drafts(a)...) {
			said[string(x.Type)+" "+what(x)]++
		}
	}
	for x, n := range said {
		if n != 1 {
			t.Errorf("%s is said %d times", x, n)
		}
	}
	// Alone it speaks up.
	d.ratio = .01
	var alone []incident.Draft
	for range 120 {
		alone = append(alone, second.Drafts(d.next())...)
	}
	if len(alone) != 2 {
		t.Errorf("without the first it says %d things", len(alone))
	}
}

// TestWords of events: the value, the limit, and why nothing is known.
func TestWords(t *testing.T) {
	d := newDesk(t)
	d.quiet(t)
	collect := func() (out []string) {
		for range 120 {
			for _, x := range d.diary.Drafts(d.next()) {
				switch data := x.Data.(type) {
				case incident.SignalData:
					out = append(out, data.Text)
				case incident.SuggestedData:
					out = append(out, data.Text)
				case incident.LeadsData:
					out = append(out, data.Text)
				}
			}
		}
		return out
	}
	for _, x := range []struct {
		set  func()
		want string
	}{
		{func() { d.ratio = .31 }, "error ratio 31 %, limit SEV-2 ≥ 20 %"},
		{func() { d.db = "error" }, "db health error, limit must be ok"},
		{func() { d.db = "" }, "db health unknown: connection refused"},
		{func() { d.db = "ok" }, "db health read again: ok"},
		{func() { d.ratio = .02 }, "error ratio back in bounds: 2 %"},
		{func() { d.db = "error" }, "Scenario 1: The database is gone leads"},
	} {
		x.set()
		if got := collect(); !slices.Contains(got, x.want) {
			t.Errorf("it says %q, want %q", got, x.want)
		}
	}
}

// TestUnknownIsNoValue: an event about a reading that is lost carries no number.
func TestUnknownIsNoValue(t *testing.T) {
	d := newDesk(t)
	d.quiet(t)
	d.ratio = .3
	d.says(20)
	for i := range 200 {
		now := start.Add(d.at + time.Duration(i)*time.Second)
		for _, x := range d.diary.Drafts(d.watch.Assess(now, nil)) {
			data, ok := x.Data.(incident.SignalData)
			if ok && data.Status == "unknown" && data.Name == string(signal.ErrorRatio) {
				if data.Value != nil || !strings.Contains(data.Text, "no reading for") {
					t.Errorf("a silent source is told as %+v", data)
				}
				return
			}
		}
	}
	t.Error("a source that has fallen silent is never told")
}

// TestAssess: nothing known suggests nothing, answers count, and the lead is the best case's.
func TestAssess(t *testing.T) {
	rb := shop(t)
	w := situation.New(rb, specs(rb, signal.DBHealth))
	if a := w.Assess(start, nil); a.Level() != 0 || a.Lead != "" {
		t.Errorf("without a reading it suggests %d and leads %q", a.Level(), a.Lead)
	}
	w.Add(signal.Sample{Name: signal.DBHealth, Text: "error", At: start, Source: "app"})
	a := w.Assess(start.Add(time.Second), nil)
	if a.Lead != lead || a.Level() != 1 {
		t.Errorf("with the database gone it suggests %d and leads %q", a.Level(), a.Lead)
	}
	if got := w.Series(signal.DBHealth); len(got) != 1 || got[0].Text != "error" {
		t.Errorf("the series is %+v", got)
	}
	inc := incident.Incident{Answers: map[string]string{"sev-1-x": "yes"}}
	if got := situation.AnswersOf(inc); got["sev-1-x"] != severity.Answer("yes") || len(got) != 1 {
		t.Errorf("the answers are %v", got)
	}
}

// TestExpectedRestart is no crash.
func TestExpectedRestart(t *testing.T) {
	rb := shop(t)
	for _, asked := range []bool{false, true} {
		w := situation.New(rb, specs(rb, signal.AppRestarts))
		at := start
		for i, v := range []float64{3, 3, 4, 4} {
			if i == 1 && asked {
				w.Expect(signal.AppRestarts, 1, start, start.Add(time.Minute))
			}
			at = at.Add(4 * time.Second)
			w.Add(signal.Sample{Name: signal.AppRestarts, Value: v, At: at, Source: "pm2"})
		}
		r := w.Assess(at, nil).Snapshot.Reading(signal.AppRestarts)
		if out := r.Status == signal.Out; out == asked {
			t.Errorf("asked for: %v; out: %v", asked, out)
		}
	}
}
