package console_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"pgregory.net/rapid"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/signal"
)

// act is one thing that can happen to a console.
type act struct {
	name string
	do   func(*rig)
}

// anyKeys are the keys that a person may press, in any order.
var anyKeys = strings.Fields(". . . . y y y n enter enter esc esc space tab shift+tab 1 2 3 4 5 6 7 g G s E R m c u x w [ ] L z r e Y : ? / a - > j k o v up down left right pgdown home end q ctrl+c ctrl+l ctrl+v backspace")

// others are what may happen besides keys.
var others = []act{
	{"a second", func(r *rig) { r.wait(time.Second) }},
	{"five seconds", func(r *rig) { r.wait(5 * time.Second) }},
	{"a minute", func(r *rig) { r.wait(time.Minute) }},
	{"half an hour", func(r *rig) { r.wait(30 * time.Minute) }},
	{"it breaks", func(r *rig) { r.host.exhaust() }},
	{"it heals", func(r *rig) { r.host.heal() }},
	{"the flag is off", func(r *rig) { r.host.state(signal.Widget, "no") }},
	{"the app hangs", func(r *rig) { r.host.fail("app", hangs) }},
	{"the log panics", func(r *rig) { r.host.fail("nginx log", panics) }},
	{"the sources are back", func(r *rig) {
		for name := range gives {
			r.host.fail(name, nil)
		}
	}},
	{"the disk is full", func(r *rig) { r.archive.breaks(errors.New("no space left on device"), 1) }},
	{"there is room again", func(r *rig) { r.archive.breaks(nil, 0) }},
	{"a note elsewhere", func(r *rig) {
		if len(r.archive.all()) > 0 {
			r.archive.elsewhere("ben", incident.Note, incident.NoteData{Text: "seen"})
		}
	}},
	{"a paste", func(r *rig) { r.send(tea.PasteMsg{Content: "y\nglowglitch\n.y"}) }},
	{"a large screen", func(r *rig) { r.resize(200, 60) }},
	{"a middle screen", func(r *rig) { r.resize(120, 40) }},
	{"a small screen", func(r *rig) { r.resize(60, 18) }},
	{"no screen", func(r *rig) { r.resize(20, 4) }},
}

func anyAct(t *rapid.T) act {
	if rapid.IntRange(0, 4).Draw(t, "kind") == 0 {
		return rapid.SampledFrom(others).Draw(t, "event")
	}
	key := rapid.SampledFrom(anyKeys).Draw(t, "key")
	return act{key, func(r *rig) { r.press(key) }}
}

// anyEffect is what a command may do.
func anyEffect(t *rapid.T) func(*rig) {
	takes := time.Duration(rapid.IntRange(0, 90).Draw(t, "takes")) * time.Second
	exit := rapid.IntRange(0, 1).Draw(t, "exit")
	cures := rapid.Bool().Draw(t, "cures")
	never := rapid.IntRange(0, 5).Draw(t, "never") == 0
	unknown := rapid.IntRange(0, 5).Draw(t, "unknown") == 0
	return func(r *rig) {
		r.conductor.does = func(action.Plan) effect {
			return effect{takes: takes, exit: exit, never: never, unknown: unknown, output: "one\ntwo", then: func() {
				if cures {
					r.host.restart()
					r.host.heal()
				}
			}}
		}
	}
}

// TestAnything: whatever is pressed and whatever happens, the console does not panic, its picture
// fits, and nothing changes the host that a person has not confirmed while it was on the screen.
func TestAnything(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		acts := rapid.SliceOfN(rapid.Custom(anyAct), 1, 60).Draw(rt, "acts")
		effects := anyEffect(rt)
		declared := rapid.Bool().Draw(rt, "declared")
		if wrong := happens(t, acts, effects, declared); wrong != "" {
			rt.Fatal(wrong)
		}
	})
}

// happens lets acts happen to a console, and says what went wrong first.
func happens(t *testing.T, acts []act, prepare func(*rig), declared bool) (wrong string) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t, prepare)
		defer r.close()
		r.settle()
		if declared {
			r.host.exhaust()
			r.wait(15 * time.Second)
			r.press(".", "enter")
			r.wait(time.Second)
		}
		for i, x := range acts {
			x.do(r)
			if len(r.problems) > 0 {
				wrong = fmt.Sprintf("after act %d, %s: %s", i, x.name, r.problems[0])
				return
			}
			if r.left() {
				return
			}
		}
	})
	return wrong
}
