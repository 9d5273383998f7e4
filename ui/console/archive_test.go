package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/runbook/revision"
)

// archive holds one incident in memory. Its numbers have no gaps, and it can be told to fail.
type archive struct {
	mu     sync.Mutex
	events []incident.Event
	fail   error         // what Append and Declare answer
	hold   chan struct{} // Append waits until it is closed; nil for no wait
	short  int           // with fail set, how many events an Append writes all the same
	others string
	found  bool // an incident is open when the console starts
	refuse error
	gone   uint64                      // a record that can't be read
	texts  map[string]*runbook.Runbook // of the runbook, that were kept, by hash
}

func (a *archive) Resume(context.Context) (incident.Journal, []incident.Event, bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.refuse != nil || !a.found {
		return nil, nil, false, a.refuse
	}
	return a, a.legible(0), true, nil
}

func (a *archive) Declare(ctx context.Context, actor incident.Actor, d incident.DeclaredData) (incident.Journal, []incident.Event, error) {
	d.Number = 7
	events, err := a.Append(ctx, incident.Draft{Type: incident.Declared, Actor: actor, Data: d})
	if err != nil {
		return nil, nil, err
	}
	return a, events, nil
}

func (a *archive) Revise(ctx context.Context, _ incident.Journal, was string, rb *runbook.Runbook, actor incident.Actor) ([]incident.Event, error) {
	data := incident.RunbookData{Was: was, Now: rb.SHA256}
	a.mu.Lock()
	if old := a.texts[was]; old != nil {
		data.Revise(revision.Compare(old, rb))
	}
	a.mu.Unlock()
	return a.Append(ctx, incident.Draft{Type: incident.Revised, Actor: actor, Data: data})
}

func (a *archive) Others() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.others
}

func (a *archive) LastLine() string { return "#6, 11 Nov, SEV-3, 41 min, Scenario 4" }

func (a *archive) Append(_ context.Context, drafts ...incident.Draft) ([]incident.Event, error) {
	a.mu.Lock()
	hold := a.hold
	a.mu.Unlock()
	if hold != nil {
		<-hold
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fail != nil {
		drafts = drafts[:min(a.short, len(drafts))]
	}
	return a.put(drafts), a.fail
}

func (a *archive) AppendIf(ctx context.Context, _ uint64, _ func([]incident.Event) error, drafts ...incident.Draft) ([]incident.Event, error) {
	return a.Append(ctx, drafts...)
}

// put writes events down, as this console's or another's.
func (a *archive) put(drafts []incident.Draft) []incident.Event {
	var out []incident.Event
	for _, d := range drafts {
		e := incident.Event{Seq: uint64(len(a.events) + 1), At: time.Now(), Actor: d.Actor, Type: d.Type}
		e.ID = fmt.Sprintf("ID%06d", e.Seq)
		if d.Data != nil {
			data, err := json.Marshal(d.Data)
			if err != nil {
				panic(err) // payloads are made of strings, numbers and times
			}
			e.Data = data
		}
		a.events = append(a.events, e)
		out = append(out, e)
	}
	return out
}

// elsewhere is an event of another console.
func (a *archive) elsewhere(who string, t incident.Type, data any) incident.Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.put([]incident.Draft{{Type: t, Actor: incident.Actor{Name: who}, Data: data}})[0]
}

func (a *archive) Since(seq uint64) ([]incident.Event, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.refuse != nil {
		return nil, a.refuse
	}
	return a.legible(seq), nil
}

// legible is what can be read after a number.
func (a *archive) legible(seq uint64) []incident.Event {
	out := slices.Clone(a.events[min(int(seq), len(a.events)):])
	return slices.DeleteFunc(out, func(e incident.Event) bool { return e.Seq == a.gone })
}

func (a *archive) Path() string { return "/var/lib/calm/7" }

func (a *archive) Close() error { return nil }

// breaks makes every write fail, after so many events of the next one.
func (a *archive) breaks(err error, short int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fail, a.short = err, short
}

// forbid makes every read fail.
func (a *archive) forbid(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refuse = err
}

// waits makes every write wait until the result is called.
func (a *archive) waits() (release func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hold = make(chan struct{})
	return sync.OnceFunc(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		close(a.hold)
		a.hold = nil
	})
}

// all is what is on disk.
func (a *archive) all() []incident.Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.events)
}

// of is the payloads of one type, in order.
func of[T any](a *archive, t incident.Type) []T {
	var out []T
	for _, e := range a.all() {
		if e.Type != t {
			continue
		}
		var data T
		if err := e.Decode(&data); err != nil {
			panic(err) // the archive has encoded it
		}
		out = append(out, data)
	}
	return out
}

// types is the types of all events, in order.
func (a *archive) types() []incident.Type {
	var out []incident.Type
	for _, e := range a.all() {
		out = append(out, e.Type)
	}
	return out
}
