package console_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/runbook/revision"
	"calm/model/signal"
)

// shelf is the runbook's file and what is trusted, in memory.
type shelf struct {
	mu      sync.Mutex
	disk    *runbook.Runbook
	err     error
	trusted map[string]bool
	before  *runbook.Runbook // that was trusted last
	gave    []string         // hashes, in order
	full    error            // what Give answers
}

func (s *shelf) Reload(have string) (*runbook.Runbook, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil || s.disk.SHA256 == have {
		return nil, s.err
	}
	return s.disk, nil
}

func (s *shelf) Standing(rb *runbook.Runbook) revision.Standing {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := revision.Standing{SHA256: rb.SHA256, Path: "/srv/own.md", Title: rb.Title, Trusted: s.trusted[rb.SHA256], Count: revision.CountOf(rb)}
	switch {
	case st.Trusted:
		st.Grant = revision.Grant{SHA256: rb.SHA256, By: "ana", At: time.Now()}
	case s.before != nil:
		st.Before, st.Since = &revision.Grant{By: "ana", At: time.Now()}, revision.Compare(s.before, rb)
	default:
		st.Why = "nobody has trusted it"
	}
	return st
}

func (s *shelf) Give(rb *runbook.Runbook, _ incident.Actor) (revision.Grant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full != nil {
		return revision.Grant{}, s.full
	}
	s.trusted[rb.SHA256], s.before = true, rb
	s.gave = append(s.gave, rb.SHA256)
	return revision.Grant{SHA256: rb.SHA256}, nil
}

// edit changes the file.
func (s *shelf) edit(rb *runbook.Runbook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.disk = rb
}

// with is the built-in runbook with texts in it replaced, in pairs.
func with(t *testing.T, pairs ...string) *runbook.Runbook {
	t.Helper()
	source := string(builtin().Source)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(source, pairs[i]) {
			t.Fatalf("%q is not in the runbook", pairs[i])
		}
	}
	rb, err := runbook.Parse("own.md", []byte(strings.NewReplacer(pairs...).Replace(source)))
	if err != nil {
		t.Fatal(err)
	}
	return rb
}

// shelved gives a console a runbook of its own: a file, and nobody who has trusted it.
func shelved(s *shelf) func(*rig) {
	return func(r *rig) {
		large(r)
		s.disk, s.trusted = builtin(), map[string]bool{}
		r.archive.texts = map[string]*runbook.Runbook{s.disk.SHA256: s.disk}
		r.session.Trust, r.session.Reload = s, s.Reload
		r.conductor.onDisk = func() string { s.mu.Lock(); defer s.mu.Unlock(); return s.disk.SHA256 }
		r.session.Follow = func(rb *runbook.Runbook) []signal.Spec {
			r.conductor.book.Store(rb)
			r.archive.mu.Lock()
			r.archive.texts[rb.SHA256] = rb
			r.archive.mu.Unlock()
			return specs()
		}
	}
}

// TestNothingRunsUntrusted: everything shows, and no key runs anything before a person has said that
// the runbook may; the key that says it runs nothing either.
func TestNothingRunsUntrusted(t *testing.T) {
	var s shelf
	drive(t, shelved(&s), func(r *rig) {
		r.next("Read and trust the runbook")
		r.shows("untrusted", "runbook not trusted")
		r.host.exhaust()
		r.wait(20 * time.Second)
		r.declare()
		r.next("Read and trust the runbook")
		for _, key := range []string{".", "c"} {
			r.press(key)
			r.shows("Trust this runbook?", "/srv/own.md", "nobody has trusted it", "T I have read it")
			r.everySize()
			r.press("y", "enter", ".", "space", "t")
			r.shows("Trust this runbook?")
			r.press("esc")
		}
		r.press("3", "enter")
		r.press("esc", "4", "enter", "esc")
		r.wait(5 * time.Second)
		if len(r.conductor.began()) > 0 || r.conductor.asked > 0 || len(s.gave) > 0 {
			t.Fatalf("it ran %q, asked for %d plans, trusted %q", r.conductor.began(), r.conductor.asked, s.gave)
		}
		r.press("T", "T")
		r.wait(time.Second)
		r.hides("untrusted", "Trust this runbook?")
		if len(s.gave) != 1 || len(r.conductor.began()) > 0 {
			t.Fatalf("trusted %q, ran %q", s.gave, r.conductor.began())
		}
		r.next("reads")
		r.press(".")
		r.wait(3 * time.Second)
		if len(r.conductor.began()) != 1 {
			t.Errorf("after it is trusted %q ran", r.conductor.began())
		}
		if got := of[incident.TrustedData](r.archive, incident.Trusted); len(got) != 1 || got[0].SHA256 != builtin().SHA256 {
			t.Errorf("the journal says %+v", got)
		}
	})
}

// TestTrustThatIsNotOnDisk is none.
func TestTrustThatIsNotOnDisk(t *testing.T) {
	s := shelf{full: errors.New("the disk is full")}
	drive(t, shelved(&s), func(r *rig) {
		r.press("T", "T")
		r.wait(time.Second)
		r.shows("not trusted: the disk is full", "untrusted")
	})
}

// TestObserversDoNotTrust.
func TestObserversDoNotTrust(t *testing.T) {
	var s shelf
	drive(t, func(r *rig) { shelved(&s)(r); r.session.Observe = true }, func(r *rig) {
		r.press("T")
		r.shows("only observes")
		r.press("T")
		r.wait(time.Second)
		if len(s.gave) > 0 {
			t.Errorf("an observer trusted %q", s.gave)
		}
	})
}

// TestEditedOnDisk: a step that was changed is shown as that, what was ticked stays ticked, and nothing
// runs before the new text is trusted.
func TestEditedOnDisk(t *testing.T) {
	var s shelf
	edited := with(t, "pm2 restart glowglitch-app", "pm2 reload glowglitch-app")
	drive(t, shelved(&s), func(r *rig) {
		r.press("T", "T")
		r.wait(time.Second)
		r.diagnose()
		s.edit(edited)
		r.wait(3 * time.Second)
		r.shows("RUNBOOK CHANGED ON DISK", "changed  changes", "untrusted", "2 of 2 done")
		r.next("Read and trust the runbook")
		r.everySize()
		r.press(".")
		r.shows("The runbook changed: trust it again?", "- pm2 restart glowglitch-app", "+ pm2 reload glowglitch-app")
		r.everySize()
		r.press("esc")
		if r.ran("pm2") {
			t.Fatalf("it ran %q", r.conductor.began())
		}
		r.press("T", "T")
		r.wait(time.Second)
		r.hides("RUNBOOK CHANGED", "untrusted")
		r.next("1 Restart the app")
		r.press(".", "y")
		r.wait(time.Second)
		if !r.ran("pm2 reload") || r.ran("pm2 restart") {
			t.Errorf("it ran %q", r.conductor.began())
		}
		got := of[incident.RunbookData](r.archive, incident.Revised)
		if len(got) != 1 || got[0].Was != builtin().SHA256 || got[0].Now != edited.SHA256 || !strings.Contains(got[0].Text, "changed") {
			t.Errorf("the journal says %+v", got)
		}
	})
}

// TestEditedUnderAProposal: a plan of the older text is confirmed by no key; the new one takes its
// place, says so, and is confirmed only after the new text is trusted.
func TestEditedUnderAProposal(t *testing.T) {
	var s shelf
	edited := with(t, "pm2 restart glowglitch-app", "pm2 reload glowglitch-app")
	drive(t, shelved(&s), func(r *rig) {
		r.press("T", "T")
		r.wait(time.Second)
		r.diagnose()
		r.press(".")
		r.shows("y run it", "pm2 restart glowglitch-app")
		s.edit(edited)
		r.press("y") // before the console itself has seen the change
		r.wait(time.Second)
		r.shows("RUNBOOK CHANGED ON DISK")
		r.press(".")
		r.shows("The runbook changed: trust it again?")
		if r.ran("pm2 re") {
			t.Fatalf("it ran %q", r.conductor.began())
		}
	})
}

// TestChangedReadAgain: while the new plan is being made and for a second after, y is dead.
func TestChangedReadAgain(t *testing.T) {
	var s shelf
	edited := with(t, "pm2 restart glowglitch-app", "pm2 reload glowglitch-app")
	drive(t, shelved(&s), func(r *rig) {
		r.press("T", "T")
		r.wait(time.Second)
		r.diagnose()
		r.press(".")
		s.mu.Lock()
		s.trusted[edited.SHA256] = true // by somebody else
		s.mu.Unlock()
		r.slow(1500 * time.Millisecond)
		s.edit(edited)
		r.until(3*time.Second, "changed, read again")
		r.everySize()
		r.press("y")
		r.until(3*time.Second, "│ pm2 reload glowglitch-app")
		r.shows("changed, read again")
		r.press("y")
		if r.ran("pm2 re") {
			t.Fatalf("it ran %q", r.conductor.began())
		}
		r.wait(2 * time.Second)
		r.press("y")
		r.wait(time.Second)
		if !r.ran("pm2 reload") {
			t.Errorf("it ran %q\n%s", r.conductor.began(), r.screen())
		}
	})
}

// TestStepThatIsGone: its plan is closed, its tick stays to be seen.
func TestStepThatIsGone(t *testing.T) {
	var s shelf
	drive(t, shelved(&s), func(r *rig) {
		r.press("T", "T")
		r.wait(time.Second)
		r.diagnose()
		r.press("3")
		r.choose("Restart the app")
		r.press("space")
		r.wait(time.Second)
		s.edit(with(t, "pm2 restart glowglitch-app", "", "Restart the app", "Look at the pool"))
		r.wait(3 * time.Second)
		r.shows("RUNBOOK CHANGED ON DISK")
		r.press("end")
		r.shows("not in the runbook any more", "Restart the app")
	})
}

// TestUnreadableWhileEditing: the last good text stays, and it is said.
func TestUnreadableWhileEditing(t *testing.T) {
	var s shelf
	drive(t, shelved(&s), func(r *rig) {
		r.press("T", "T")
		r.wait(time.Second)
		s.mu.Lock()
		s.err = errors.New("own.md is empty")
		s.mu.Unlock()
		r.wait(3 * time.Second)
		r.shows("RUNBOOK NOT READABLE", "own.md is empty", "calm goes on with the text that it has")
		r.everySize()
		s.mu.Lock()
		s.err = nil
		s.mu.Unlock()
		r.wait(3 * time.Second)
		r.hides("RUNBOOK NOT READABLE")
	})
}

// TestEditorComesBack: what the person has written is looked at at once, and needs trust again.
func TestEditorComesBack(t *testing.T) {
	var s shelf
	edited := with(t, "pm2 restart glowglitch-app", "pm2 reload glowglitch-app")
	drive(t, func(r *rig) {
		shelved(&s)(r)
		r.session.Editor = func(int) (action.Terminal, error) { return &screenful{do: func() { s.edit(edited) }}, nil }
	}, func(r *rig) {
		r.press("T", "T")
		r.wait(time.Second)
		r.press("e")
		r.wait(time.Second)
		r.shows("RUNBOOK CHANGED ON DISK", "steps changed")
	})
}

// TestResumedUnderAnotherText: an incident that was opened under another text goes by this one from
// here on, and its ticks with it.
func TestResumedUnderAnotherText(t *testing.T) {
	edited := with(t, "pm2 restart glowglitch-app", "pm2 reload glowglitch-app")
	inBubble(t, func(t *testing.T) {
		c := leaves(t, func(r *rig) { r.diagnose() })
		c.archive.texts = map[string]*runbook.Runbook{builtin().SHA256: builtin(), edited.SHA256: edited}
		r := newRig(t, func(r *rig) {
			large(r)
			r.archive, r.host, r.archive.found = c.archive, c.host, true
			r.archive.found = true
			r.conductor.book.Store(edited)
			r.session.Incidents, r.session.Polls, r.session.Runbook = r.archive, r.host.polls(), edited
		})
		defer r.finish()
		r.wait(2 * time.Second)
		r.shows("2 of 2 done")
		if got := of[incident.RunbookData](r.archive, incident.Revised); len(got) != 1 || got[0].Now != edited.SHA256 {
			t.Errorf("the journal says %+v", got)
		}
	})
}
