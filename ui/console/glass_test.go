package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"calm/model/incident"
)

// keeping is an archive that keeps what it can't write, as the real one does.
type keeping struct {
	*archive
	waits []incident.Event
	by    string
	why   string
	since time.Time
}

func (k *keeping) Resume(ctx context.Context) (incident.Journal, []incident.Event, bool, error) {
	_, events, ok, err := k.archive.Resume(ctx)
	return k, events, ok, err
}

func (k *keeping) Declare(ctx context.Context, actor incident.Actor, d incident.DeclaredData) (incident.Journal, []incident.Event, error) {
	_, events, err := k.archive.Declare(ctx, actor, d)
	return k, events, err
}

func (k *keeping) Append(ctx context.Context, drafts ...incident.Draft) ([]incident.Event, error) {
	if err := k.Merge(ctx); err != nil {
		kept := k.keep(drafts)
		return kept, k.full(0)
	}
	return k.archive.Append(ctx, drafts...)
}

func (k *keeping) keep(drafts []incident.Draft) []incident.Event {
	k.mu.Lock()
	defer k.mu.Unlock()
	from := len(k.waits)
	for _, d := range drafts {
		raw, err := json.Marshal(d.Data)
		if err != nil {
			panic(err) // payloads are made of strings, numbers and times
		}
		k.waits = append(k.waits, incident.Event{ID: fmt.Sprintf("kept %d", len(k.waits)), At: time.Now(), Actor: d.Actor, Type: d.Type, Data: raw})
	}
	return slices.Clone(k.waits[from:])
}

// full is the error while nothing can be written.
func (k *keeping) full(missing int) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return &incident.NotWritable{
		Since: k.since, Why: "disk full", Help: "Make room on /var/lib/calm (0 B free).", Kept: len(k.waits), Missing: missing,
		By: k.by, Glass: incident.GlassData{Reason: k.why},
	}
}

func (k *keeping) Merge(context.Context) error {
	k.mu.Lock()
	if k.fail == nil {
		for _, e := range k.waits {
			e.Seq, e.Late = uint64(len(k.events)+1), &incident.Late{Spool: "01J"}
			k.events = append(k.events, e)
		}
		k.waits, k.by, k.since = nil, "", time.Time{}
		k.mu.Unlock()
		return nil
	}
	if k.since.IsZero() {
		k.since = time.Now()
	}
	k.mu.Unlock()
	return k.full(0)
}

func (k *keeping) Pending() []incident.Event {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.waits)
}

func (k *keeping) breakGlass(actor incident.Actor, reason string) {
	k.mu.Lock()
	k.by, k.why = actor.Name, reason
	k.mu.Unlock()
	k.keep([]incident.Draft{{Type: incident.GlassBroken, Actor: actor, Data: incident.GlassData{Reason: reason}}})
}

// glassed takes an intent without the journal.
type glassed struct{ *keeping }

func (g glassed) Append(_ context.Context, drafts ...incident.Draft) ([]incident.Event, error) {
	return g.keep(drafts), nil
}

// keeps puts a console over an archive that keeps what it can't write.
func keeps(r *rig) {
	r.w, r.h = 80, 24
	r.session.Incidents = &keeping{archive: r.archive}
}

// TestJournalFull: for how long, what waits and what to do is said; what is said meanwhile is shown as
// pending, and is in the journal in order when r is pressed after there is room.
func TestJournalFull(t *testing.T) {
	drive(t, keeps, func(r *rig) {
		r.diagnose()
		r.archive.breaks(errFull, 0)
		r.note("one")
		r.note("two")
		r.wait(42500 * time.Millisecond)
		r.shows("JOURNAL NOT WRITABLE   disk full 0:4", "changing and destroying are refused. Make room on /var/lib/calm (0 B free).",
			"r try again", ": break glass")
		r.next("Free space, then r to try again")
		r.everySize()
		r.press("5")
		r.shows(`"one"`, "pending")
		r.press("q")
		r.shows("2 events in memory, for the next calm to write; q again leaves")
		r.press("c")
		r.wait(2 * time.Second)
		r.archive.breaks(nil, 0)
		r.press("r")
		r.hides("JOURNAL NOT WRITABLE", "pending")
		if got := notes(r.archive); !slices.Equal(got, []string{"one", "two"}) {
			t.Errorf("the notes on disk are %q", got)
		}
	})
}

// TestTicksWait: a checklist goes on, and shows what is not in the journal yet.
func TestTicksWait(t *testing.T) {
	drive(t, keeps, func(r *rig) {
		r.diagnose()
		r.archive.breaks(errFull, 0)
		r.press("3")
		r.choose("2 ")
		r.press("x", "space")
		r.wait(time.Second)
		if strings.Contains(r.screen(), "[…]") {
			r.shows("pending")
		}
		r.archive.breaks(nil, 0)
		r.wait(3 * time.Second)
		r.hides("pending", "[…]")
	})
}

// TestBreakGlass: from the palette, with a reason that is typed; the plan is confirmed as ever, the
// banner stays as long as the gap does, and all of it comes into the journal.
func TestBreakGlass(t *testing.T) {
	drive(t, keeps, func(r *rig) {
		r.diagnose()
		r.cures()
		r.press(":")
		r.write("break glass")
		r.press("enter")
		r.shows("not now: the journal can be written")
		r.press("esc")
		r.archive.breaks(errFull, 0)
		r.note("no room")
		r.press(":")
		r.write("break glass pm2")
		r.shows("break glass: pm2 restart glowglitch-app")
		r.everySize()
		r.press("enter")
		r.shows("Break the glass", "Why does it have to run now?", "disk full. Make room on /var/lib/calm (0 B free).")
		r.everySize()
		r.press("enter")
		r.shows("say why it can't wait")
		r.write("customers see errors")
		r.press("enter")
		r.wait(2 * time.Second)
		r.shows("runs without the journal: customers see errors", "y run it")
		if r.ran("pm2 restart") {
			t.Fatal("it ran unconfirmed")
		}
		r.press("y")
		r.wait(time.Second)
		r.shows("GLASS BROKEN", "by ana: customers see errors")
		r.everySize()
		r.until(3*time.Minute, "WORKED")
		r.shows("GLASS BROKEN")
		r.press("5")
		r.shows("pending", "glass broken: customers see errors")
		if len(of[incident.IntentData](r.archive, incident.Intent)) > 2 {
			t.Error("its intent is on a disk that takes nothing")
		}
		r.archive.breaks(nil, 0)
		r.press("r")
		r.wait(2 * time.Second)
		r.hides("GLASS BROKEN", "pending", "JOURNAL NOT WRITABLE")
		types := r.archive.types()
		at := slices.Index(types, incident.GlassBroken)
		if at < 0 || !slices.Equal(types[at:at+4], []incident.Type{incident.GlassBroken, incident.Proposed, incident.Confirmed, incident.Intent}) {
			t.Errorf("the journal has %v", types)
		}
		if !slices.Contains(types[at:], incident.Finished) || !slices.Contains(types[at:], incident.Judged) {
			t.Errorf("the journal has %v", types[at:])
		}
	})
}

// TestNothingElseBreaks: a step that was asked for in the usual way is refused, whatever was typed for
// another one before.
func TestNothingElseBreaks(t *testing.T) {
	drive(t, keeps, func(r *rig) {
		r.diagnose()
		r.archive.breaks(errFull, 0)
		r.note("no room")
		r.press(":")
		r.write("break glass pm2")
		r.press("enter")
		r.write("customers see errors")
		r.press("enter")
		r.wait(2 * time.Second)
		r.press("esc")
		r.press(":")
		r.write("code rollback")
		r.press("enter")
		r.wait(2 * time.Second)
		r.hides("y run it", "runs without the journal")
		if r.ran("pm2 restart") {
			t.Error("it ran")
		}
	})
}
