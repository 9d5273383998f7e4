package overlay

import (
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"calm/model/action"
	"calm/ui/field"
	"calm/ui/pane"
)

// Risks of a plan, as they are written in it.
const (
	reads    = "reads"
	changes  = "changes"
	destroys = "destroys"
	unknown  = "unknown"
)

// settle is how long after a change of the plan no key confirms it.
const settle = time.Second

// confirm shows a plan and asks whether to run it. What is confirmed is what was shown.
type confirm struct {
	plan     action.Plan
	byItself bool
	typedAt  time.Time // last key while keys wait
	changed  time.Time // when the plan was replaced under the eyes
	void     bool      // the plan is good no more, and another one is being made
	word     field.Field
	whole    bool
	top      int
	approval approval
	glass    string // why it runs although the journal can't be written; empty for one that is in it
	wrong    string
	cursor   *tea.Cursor
}

// NewConfirm asks whether a plan is to run. One that opened by itself takes no key until typing has
// stopped for Quiet; State.Now must be the time of the key.
func NewConfirm(plan action.Plan, opened time.Time, byItself bool) Overlay {
	c := &confirm{plan: plan, byItself: byItself, typedAt: opened}
	c.approval.open = plan.Approval != nil // until the journal says that it is given
	return c
}

// Replace shows another plan in the place of one that a person may be reading: it says so, and for
// a second nothing confirms it. On an overlay that confirms nothing it has no effect and is false.
func Replace(o Overlay, plan action.Plan, now time.Time) bool {
	c, ok := o.(*confirm)
	if ok && c.plan.Hash != plan.Hash {
		c.plan, c.changed, c.void, c.wrong = plan, now, false, ""
		c.word.Set("")
		c.approval = approval{open: plan.Approval != nil}
	}
	return ok
}

// Declined says, where the approval of a plan is waited for, why what was handed in for it is none.
func Declined(o Overlay, why string) {
	if c, ok := o.(*confirm); ok {
		c.approval.declined()
		c.wrong = why
	}
}

// Planned is the plan that an overlay asks to confirm; ok is false for one that asks for none.
func Planned(o Overlay) (plan action.Plan, ok bool) {
	c, ok := o.(*confirm)
	if !ok {
		return action.Plan{}, false
	}
	return c.plan, true
}

// Void lets nothing confirm the plan that is shown, until Replace gives another one.
func Void(o Overlay) {
	if c, ok := o.(*confirm); ok {
		c.void = true
	}
}

// target is what must be typed before the plan runs; empty when a single key is enough. A plan whose
// risk is not known, or which destroys, is never one key.
func (c *confirm) target() string {
	switch {
	case c.plan.Target != "":
		return c.plan.Target
	case c.plan.Risk == destroys:
		return "destroy"
	case c.plan.Risk == unknown:
		return "unknown"
	}
	return ""
}

// rehearsable says whether the program of the plan can show what it would do.
func (c *confirm) rehearsable() bool {
	_, ok := action.Rehearsal(c.plan.Command)
	return ok && c.plan.Kind == action.Shell
}

func (c *confirm) typing() bool {
	if c.approval.open {
		return c.approval.typing()
	}
	return c.target() != ""
}

// waiting says that keys are swallowed, because they may have been meant for something else.
func (c *confirm) waiting(now time.Time) bool {
	return c.byItself && now.Sub(c.typedAt) < Quiet
}

// unread says that the plan changed so lately that it can't have been read.
func (c *confirm) unread(now time.Time) bool {
	return c.void || !c.changed.IsZero() && now.Sub(c.changed) < settle
}

// Keys is what the keys row says meanwhile.
func (c *confirm) Keys() string {
	switch {
	case c.approval.open || c.target() == "":
	case len(c.plan.Changes) > 0:
		return "enter works once the name is whole; ctrl-o proposes it as written"
	default:
		return "enter works once the name is whole; nothing else starts it"
	}
	return "keys go to the dialog; the clocks run on"
}

// Cursor is where the name is typed.
func (c *confirm) Cursor() *tea.Cursor { return c.cursor }

// Update confirms, refuses, or goes on.
func (c *confirm) Update(msg tea.Msg, s pane.State) (Overlay, pane.Intent, tea.Cmd) {
	press, isKey := msg.(tea.KeyPressMsg)
	_, isPaste := msg.(tea.PasteMsg)
	if !isKey && !isPaste {
		return c, nil, nil
	}
	if c.waiting(s.Now) {
		c.typedAt = s.Now
		return c, nil, nil
	}
	c.byItself = false
	c.approval.look(s, c.plan)
	if isPaste {
		return c.paste(msg)
	}
	k := press.String()
	if c.scrolled(k) {
		return c, nil, nil
	}
	switch {
	case c.approval.open:
		return c.approve(press, s)
	case k == "esc":
		return nil, pane.Refuse{Plan: c.plan}, nil
	case (k == "ctrl+d" || k == "D" && !c.typing()) && c.rehearsable():
		return nil, pane.Propose{Ref: c.plan.Ref, Rehearse: true}, nil
	case (k == "ctrl+o" || k == "o" && !c.typing()) && len(c.plan.Changes) > 0:
		return nil, pane.Propose{Ref: c.plan.Ref, AsWritten: true}, nil
	case c.target() != "":
		return c.typed(press, s)
	}
	return c.single(k, s)
}

func (c *confirm) paste(msg tea.Msg) (Overlay, pane.Intent, tea.Cmd) {
	var in pane.Intent
	if text, ok := msg.(tea.PasteMsg); ok && c.approval.open {
		in, c.wrong = c.approval.paste(text)
	} else if c.target() != "" {
		c.word.Update(msg)
	}
	return c, in, nil
}

// approve takes the keys while the approval is waited for. To go back refuses nothing: the wait goes on.
func (c *confirm) approve(press tea.KeyPressMsg, s pane.State) (Overlay, pane.Intent, tea.Cmd) {
	if press.String() == "esc" {
		if c.wrong = ""; c.approval.back() {
			return c, nil, nil
		}
		return nil, nil, nil
	}
	var in pane.Intent
	if in, c.wrong = c.approval.update(press, s, c.plan); in != nil {
		if _, again := in.(pane.Propose); again {
			return nil, in, nil
		}
	}
	return c, in, nil
}

// scrolled takes the keys that only move what is shown.
func (c *confirm) scrolled(k string) bool {
	switch {
	case k == "ctrl+v" || k == "v" && !c.typing():
		c.whole, c.top = !c.whole, 0
	case k == "down" || k == "j" && !c.typing():
		c.top++
	case k == "up" || k == "k" && !c.typing():
		c.top = max(0, c.top-1)
	case k == "pgdown":
		c.top += 10
	case k == "pgup":
		c.top = max(0, c.top-10)
	default:
		return false
	}
	return true
}

// typed takes the name of the target, letter by letter; enter works when it is whole.
func (c *confirm) typed(press tea.KeyPressMsg, s pane.State) (Overlay, pane.Intent, tea.Cmd) {
	c.wrong = ""
	if press.String() == "ctrl+o" && len(c.plan.Changes) > 0 {
		return nil, pane.Propose{Ref: c.plan.Ref, AsWritten: true}, nil
	}
	if press.String() != "enter" {
		c.word.Update(press)
		return c, nil, nil
	}
	switch {
	case c.unread(s.Now):
		c.wrong = "changed, read again"
	case c.word.Text() != c.target():
		c.wrong = "not the name yet"
	default:
		return nil, pane.Run{Plan: c.plan, How: "typed " + c.target()}, nil
	}
	return c, nil, nil
}

// single takes the keys of a plan that one key confirms. Enter is one only for what reads.
func (c *confirm) single(k string, s pane.State) (Overlay, pane.Intent, tea.Cmd) {
	switch {
	case k == "y" || k == "enter" && c.plan.Risk == reads:
		if c.unread(s.Now) {
			c.wrong = "changed, read again"
			return c, nil, nil
		}
		return nil, pane.Run{Plan: c.plan, How: "y"}, nil
	case k == "n":
		return nil, pane.Refuse{Plan: c.plan}, nil
	case k == "e":
		return nil, pane.Edit{Line: c.plan.Ref.Line}, nil
	case k == "enter":
		c.wrong = "enter runs nothing here; y does"
	}
	return c, nil, nil
}

// title names the procedure and the step.
func (c *confirm) title() string {
	if c.approval.open && c.approval.asked.Hash != "" {
		return c.approval.title()
	}
	ref := c.plan.Ref
	title := ref.Title
	if title == "" {
		title = c.plan.Title
	}
	if ref.Of > 1 {
		title += ", step " + strconv.Itoa(ref.Index) + " of " + strconv.Itoa(ref.Of)
	}
	return title
}

// risk is the word in the frame.
func (c *confirm) risk() string {
	word := c.plan.Risk
	switch {
	case c.plan.Check && word == "":
		word = reads
	case word == unknown:
		word = "unknown risk"
	}
	if c.approval.open {
		word += " · needs approval"
	}
	return word
}

// mark is the plan's hash, short enough to be read out: "9f3c·a1".
func mark(hash string) string {
	if len(hash) < 6 {
		return hash
	}
	return hash[:4] + "·" + hash[4:6]
}

func (c *confirm) foot() string {
	parts := []string{"plan " + mark(c.plan.Hash)}
	if hash := c.approval.asked.Hash; c.approval.open && hash != "" {
		parts[0] = "plan " + hash[:4] + "·" + hash[4:8]
	}
	if c.plan.Ref.Line > 0 {
		parts = append(parts, "runbook line "+strconv.Itoa(c.plan.Ref.Line))
	}
	return strings.Join(parts, " · ")
}
