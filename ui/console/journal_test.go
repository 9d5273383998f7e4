package console_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"calm/model/incident"
	"calm/model/signal"
	"calm/ui/command"
)

var errFull = errors.New("write journal: no space left on device")

// notes are the texts of the notes on disk, in order.
func notes(a *archive) []string {
	var out []string
	for _, n := range of[incident.NoteData](a, incident.Note) {
		out = append(out, n.Text)
	}
	return out
}

func (r *rig) note(text string) {
	r.press("n")
	r.write(text)
	r.press("enter")
}

// TestNothingBeforeItIsDurable: what the journal has not acknowledged is not shown, and is shown as
// soon as it has.
func TestNothingBeforeItIsDurable(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.diagnose()
		r.press("5")
		release := r.archive.waits()
		r.note("the catalog lost its index")
		r.note("release 4f2c1a9 is from 02:58")
		r.wait(5 * time.Second)
		r.hides("the catalog lost its index", "release 4f2c1a9")
		release()
		r.wait(time.Second)
		r.shows("the catalog lost its index", "release 4f2c1a9")
	})
}

// TestJournalNotWritable: the banner says so, readings go on, changing is refused, and what was
// done meanwhile is written in order when it works again.
func TestJournalNotWritable(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.diagnose()
		r.archive.breaks(errFull, 0)
		r.note("one")
		r.shows("JOURNAL NOT WRITABLE", "no space left on device", ", 1 event", "changing and destroying are refused")
		r.everySize()
		r.note("two")
		r.note("three")
		r.press("5")
		r.shows(`"one"                `, "pending")
		r.host.value(signal.ErrorRatio, .64)
		r.wait(6 * time.Second)
		r.shows("error ratio 64 %")
		r.press(":")
		r.write("immediate rollback")
		r.press("enter")
		r.wait(time.Second)
		r.hides("y run it")
		r.shows("changing the host is refused")
		if r.ran("pm2 restart") {
			r.t.Fatal("it ran without a journal")
		}
		r.archive.breaks(nil, 0)
		r.wait(3 * time.Second)
		r.hides("JOURNAL NOT WRITABLE")
		r.shows(`"one"`, `"three"`)
		if got := notes(r.archive); !slices.Equal(got, []string{"one", "two", "three"}) {
			t.Errorf("the notes on disk are %q", got)
		}
		r.press(".")
		r.shows("y run it")
	})
}

// TestHalfAnAppend: of events whose append failed the first may be on disk all the same, and are not
// written again.
func TestHalfAnAppend(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.diagnose()
		release := r.archive.waits()
		r.note("one")
		r.note("two")
		r.note("three")
		r.archive.breaks(errFull, 1)
		release()
		r.wait(500 * time.Millisecond)
		r.archive.breaks(nil, 0)
		r.wait(3 * time.Second)
		if got := notes(r.archive); !slices.Equal(got, []string{"one", "two", "three"}) {
			t.Errorf("the notes on disk are %q", got)
		}
	})
}

// TestNotDeclared: without a journal there is no incident, and it is said; a second try declares.
func TestNotDeclared(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.host.exhaust()
		r.wait(20 * time.Second)
		r.archive.breaks(errFull, 0)
		r.press(".", "enter")
		r.shows("not declared: write journal: no space left on device", "JOURNAL NOT WRITABLE", "not declared")
		r.archive.breaks(nil, 0)
		r.declare()
		r.shows(" SEV-1 ", "#7")
		r.hides("JOURNAL NOT WRITABLE")
	})
}

// TestDeclaredOnce: keys that come while an incident is being declared declare no second one.
func TestDeclaredOnce(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.host.exhaust()
		r.wait(20 * time.Second)
		release := r.archive.waits()
		r.press(".", "enter", ".", "enter", "s", "enter")
		r.wait(2 * time.Second)
		release()
		r.wait(time.Second)
		if got := of[incident.DeclaredData](r.archive, incident.Declared); len(got) != 1 {
			t.Errorf("%d incidents were declared", len(got))
		}
	})
}

// TestEventsAreFoldedOnce: they may come twice and in any order.
func TestEventsAreFoldedOnce(t *testing.T) {
	drive(t, large, func(r *rig) {
		r.diagnose()
		var events []incident.Event
		for i := range 4 {
			events = append(events, r.archive.elsewhere("ben", incident.Note, incident.NoteData{Text: fmt.Sprintf("note %d of ben", i)}))
		}
		for _, i := range []int{3, 3, 1, 0, 2, 0, 1} {
			r.send(command.AppendedMsg{Journal: r.archive, Events: events[i : i+1]})
		}
		r.press("5")
		at := -1
		for i := range 4 {
			text := fmt.Sprintf("note %d of ben", i)
			if n := strings.Count(r.screen(), text); n != 1 {
				t.Errorf("%q is shown %d times", text, n)
			}
			// The newest stands first.
			here := strings.Index(r.screen(), text)
			if at >= 0 && here > at {
				t.Errorf("%q is not above the one before it:\n%s", text, r.screen())
			}
			at = here
		}
	})
}

// TestAGapIsAskedFor: an event that comes before the one in front of it is shown with it at once.
func TestAGapIsAskedFor(t *testing.T) {
	drive(t, large, func(r *rig) {
		r.diagnose()
		r.press("5")
		r.archive.elsewhere("ben", incident.Note, incident.NoteData{Text: "from ben"})
		r.note("from ana")
		r.shows("from ben", "from ana")
	})
}

// TestADamagedJournal: what is lost of it is not waited for; everything else is shown.
func TestADamagedJournal(t *testing.T) {
	past := &archive{}
	drive(t, nil, func(r *rig) {
		r.diagnose()
		r.note("before")
		r.note("lost")
		r.note("after")
		past = r.archive
	})
	events := past.all()
	gone := slices.IndexFunc(events, func(e incident.Event) bool { return strings.Contains(string(e.Data), "lost") })
	drive(t, func(r *rig) {
		r.w, r.h = 120, 40
		r.archive.found, r.archive.events = true, events
		r.archive.gone = events[gone].Seq
		r.host.exhaust()
	}, func(r *rig) {
		r.press("5")
		r.shows(`"before"`, `"after"`)
		r.hides(`"lost"`)
		r.archive.elsewhere("ben", incident.Note, incident.NoteData{Text: "ben goes on"})
		r.note("ana goes on")
		r.wait(3 * time.Second)
		r.shows("ben goes on", "ana goes on")
		r.everySize()
	})
}

// TestAnotherConsolesJournal: what comes late of another incident's journal is not of this one.
func TestAnotherConsolesJournal(t *testing.T) {
	drive(t, large, func(r *rig) {
		r.diagnose()
		n := uint64(len(r.archive.all()))
		e := incident.Event{Seq: n + 1, Type: incident.Note, Data: []byte(`{"text":"of another incident"}`)}
		r.send(command.SyncedMsg{Journal: &archive{}, Events: []incident.Event{e}})
		r.send(command.AppendedMsg{Journal: &archive{}, Events: []incident.Event{e}})
		r.press("5")
		r.hides("of another incident")
	})
}

// TestJournalNotReadable is said, and over when it can be read again.
func TestJournalNotReadable(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.diagnose()
		r.archive.forbid(errors.New("read journal: input/output error"))
		r.wait(3 * time.Second)
		r.shows("JOURNAL NOT READABLE", "input/output error")
		r.archive.forbid(nil)
		r.wait(3 * time.Second)
		r.hides("input/output error")
	})
}

// TestLeaving: what was done is on disk when the console ends, and that it ended too.
func TestLeaving(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.diagnose()
		release := r.archive.waits()
		r.note("the last thing that I saw")
		r.press("q")
		r.wait(time.Second)
		if r.left() {
			r.t.Fatal("the console ended before everything was written")
		}
		release()
		r.wait(time.Second)
		if !r.left() {
			r.t.Fatal("the console did not end")
		}
		if got := notes(r.archive); len(got) != 1 {
			t.Errorf("the notes on disk are %q", got)
		}
		if types := r.archive.types(); types[len(types)-1] != incident.Left {
			t.Errorf("the last event is %s", types[len(types)-1])
		}
	})
}

// TestLeavingWithoutAJournal needs a second q, and says what is lost.
func TestLeavingWithoutAJournal(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.diagnose()
		r.archive.breaks(errFull, 0)
		r.note("one")
		r.press("q")
		r.wait(time.Second)
		if r.left() {
			r.t.Fatal("one q lost a note")
		}
		r.shows("1 event is in memory only; q again leaves all the same")
		r.wait(10 * time.Second)
		r.press("q")
		if r.left() {
			r.t.Fatal("a q long after the warning left at once")
		}
		r.press("q")
		if !r.left() {
			t.Error("the second q did not leave")
		}
	})
}

// TestLeavingThatFails: a console that could not write down that it is left stays, and says nothing
// of it later.
func TestLeavingThatFails(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.diagnose()
		release := r.archive.waits()
		r.press("q")
		r.archive.breaks(errFull, 0)
		release()
		r.wait(time.Second)
		if r.left() {
			r.t.Fatal("it left without a word")
		}
		r.shows("q again leaves all the same")
		r.archive.breaks(nil, 0)
		r.wait(10 * time.Second)
		if r.left() || slices.Contains(r.archive.types(), incident.Left) {
			t.Errorf("it left by itself: %v", r.archive.types())
		}
	})
}

// TestLeavingDoesNotWaitForever: a second q ends a console whose disk hangs.
func TestLeavingDoesNotWaitForever(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.diagnose()
		release := r.archive.waits()
		defer release()
		r.press("q", "q")
		if !r.left() {
			t.Error("a hanging disk holds the console")
		}
	})
}

// TestAfterClosing nothing is written into the incident any more, and the next one is its own.
func TestAfterClosing(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.diagnose()
		r.press(":")
		r.write("Mark resolved")
		r.press("enter", ":")
		r.write("Close the inc")
		r.press("enter")
		r.wait(time.Second)
		r.shows("not declared", "incident #7 is closed")
		n := len(r.archive.all())
		r.host.heal()
		r.wait(time.Minute)
		r.press("n")
		r.shows("no incident is declared")
		if got := r.archive.types()[n:]; len(got) > 0 {
			t.Errorf("after the end the journal got %v", got)
		}
		r.shows(" WATCH ", "last incident", "#6, 11 Nov")
	})
}
