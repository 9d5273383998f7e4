package overlay

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/signal"
	"calm/ui/field"
	"calm/ui/pane"
	"calm/ui/row"
	"calm/ui/theme"
)

// approval is the consent of somebody else that the runbook asks for, before a plan is confirmed. It shows
// how one can be given, and hands in what is given here; whether it counts is not for the screen to say.
type approval struct {
	open     bool              // it is needed, and nobody has given it
	asked    incident.Approval // zero until it is in the journal
	ask      action.Ask
	over     string // why it can't be given any more; empty while it can
	how      string // of what is being typed: incident.ByException or BySaying; empty for neither
	text     field.Field
	pasted   string // of a signature
	checking bool   // something was handed in, and the answer is not there yet
}

// look takes in what the incident says about the approval of a plan.
func (a *approval) look(s pane.State, plan action.Plan) {
	if plan.Approval == nil {
		return
	}
	found, ok := action.ApprovalFor(s.Incident, plan)
	switch {
	case ok && found.Hash != a.asked.Hash:
		a.asked, a.over, a.pasted, a.checking = found, "", "", false
		a.ask, _ = action.AskedOf(found)
	case ok:
		a.asked = found
	case a.asked.Hash != "":
		a.over = "it was used"
		if last, known := s.Incident.ApprovalOf(a.asked.Hash); known && last.Ended != "" {
			a.over = last.Ended
		}
	}
	if a.open = a.over != "" || a.asked.Granted == nil; !a.open {
		a.how, a.checking = "", false
	}
}

func (a *approval) typing() bool { return a.how != "" || a.pasted != "" }

// declined says what was wrong with what was handed in.
func (a *approval) declined() { a.checking, a.pasted = false, "" }

// update takes a key. wrong says what is wrong with it.
func (a *approval) update(press tea.KeyPressMsg, s pane.State, plan action.Plan) (in pane.Intent, wrong string) {
	k := press.String()
	switch {
	case a.over != "" && k == "enter":
		return pane.Propose{Ref: plan.Ref, Fill: plan.Fill}, ""
	case a.over != "" || a.asked.Hash == "" || a.checking:
		return nil, ""
	case a.how != "" && k == "enter":
		return a.hand(a.how, a.text.Text())
	case a.how != "":
		a.text.Update(press)
	case a.pasted != "" || k == "-":
		// A terminal without bracketed paste gives a signature key by key.
		if k == "enter" {
			return a.take("\n")
		}
		return a.take(press.Text)
	case k == "y" && s.Means.NoSignature == "":
		return pane.Copy{Text: a.ask.SignCommand() + "\n"}, ""
	case k == "3" && plan.Approval.Except != "":
		a.begin(incident.ByException)
	case k == "4" && s.Means.NoName == "":
		a.begin(incident.BySaying)
	case k == "enter":
		return nil, "enter approves nothing: somebody else must"
	}
	return nil, ""
}

func (a *approval) begin(how string) {
	a.how = how
	a.text.Set("")
}

// paste takes a signature, or what is typed.
func (a *approval) paste(msg tea.PasteMsg) (in pane.Intent, wrong string) {
	switch {
	case a.over != "" || a.asked.Hash == "" || a.checking:
		return nil, ""
	case a.how != "":
		a.text.Update(msg)
		return nil, ""
	}
	return a.take(msg.Content)
}

// maxPasted is more than any signature has.
const maxPasted = 32 << 10

// take collects a signature until it is whole.
func (a *approval) take(text string) (in pane.Intent, wrong string) {
	a.pasted += text
	whole := strings.TrimSpace(a.pasted)
	switch {
	case len(whole) > maxPasted || !strings.HasPrefix(whole, "-") && !strings.Contains(whole, "-----BEGIN SSH SIGNATURE"):
		a.pasted = ""
		return nil, "that is no signature: paste it from -----BEGIN to END SSH SIGNATURE-----"
	case strings.Contains(whole, "-----END SSH SIGNATURE-----"):
		return a.hand(incident.BySignature, whole)
	}
	return nil, ""
}

// hand gives in what was typed or pasted.
func (a *approval) hand(how, text string) (in pane.Intent, wrong string) {
	if strings.TrimSpace(text) == "" {
		if how == incident.ByException {
			return nil, "say why; it goes into the timeline"
		}
		return nil, "type the name of the one who agreed"
	}
	a.checking, a.pasted = true, ""
	return pane.Approve{Hash: a.asked.Hash, Consent: action.Consent{How: how, Text: text}}, ""
}

// back leaves what is being typed, and says whether there was such a thing.
func (a *approval) back() bool {
	was := a.typing()
	a.how, a.pasted = "", ""
	return was
}

// body is what the approver is asked for, before what the plan is.
func (a *approval) body(b *row.Block, st *theme.Styles, plan action.Plan, width int, whole bool) {
	labelled(b, st, "needs", st.Bold, width, action.Approvers(*plan.Approval))
	var titles []string
	for _, x := range a.ask.Steps {
		title := x.Title
		if title == "" {
			title, _, _ = strings.Cut(x.Text, "\n")
		}
		titles = append(titles, title)
	}
	switch text := strings.Join(titles, " · "); {
	case len(titles) < 2:
	case whole:
		labelled(b, st, "covers", st.Text, width, text)
	default:
		b.Put(row.New().Cell(st.Muted, "covers", 9).Flex(st.Text, text))
	}
}

// title names what is to be approved.
func (a *approval) title() string {
	if n := len(a.ask.Steps); n > 1 {
		return fmt.Sprintf("%s, %d steps", a.ask.Title, n)
	}
	return a.ask.Title
}

// feet are the ways to approve, and how long there is. The cursor is in a line of its own.
func (a *approval) feet(feet *row.Block, s pane.State, plan action.Plan, wrong string, width int, short bool) (column, line int) {
	st := &s.Theme
	column = -1
	switch {
	case a.over != "":
		feet.Put(row.New().Flex(st.Warn, "No approval: "+a.over+"."))
		feet.Put(row.New().Add(st.Current, "enter").Gap(1).Add(st.Text, "asks again").Tail(st.Muted, "esc back"))
		return -1, 0
	case a.asked.Hash == "":
		feet.Put(row.New().Flex(st.Muted, orElse(wrong, "the approval is being asked for")))
		return -1, 0
	}
	a.bySignature(feet, s, width, short)
	if a.how == "" {
		r := row.New().Gap(3).Add(st.Text, "paste the signature: ")
		column, line = r.Len(), len(*feet)
		if s.Means.NoSignature != "" {
			column = -1
		} else if a.pasted != "" {
			feet.Put(r.Add(st.Current, fmt.Sprintf("%d letters, not whole yet", len(a.pasted))))
		} else {
			feet.Put(r)
		}
	}
	who := "a second person logged in here: "
	if s.Means.Second != "" {
		who = "one of " + s.Means.Second + ", logged in here: "
	}
	feet.Put(way(st, "2", "or "+who).Add(st.Bold, "calm approve "+a.asked.Hash[:4]).Tail(st.Muted, "weaker"))
	if plan.Approval.Except != "" {
		feet.Put(way(st, "3", "or none is needed ("+plan.Approval.Except+"): say why"))
	}
	if s.Means.NoName == "" {
		feet.Put(way(st, "4", "or say who agreed: no keys are set up here").Tail(st.Muted, "weakest"))
	}
	if a.how != "" {
		column, line = a.question(feet, st, width)
	}
	feet.Blank()
	a.waits(feet, s, wrong, width)
	return column, line
}

func way(st *theme.Styles, key, text string) *row.Row {
	return row.New().Add(st.Accent, key).Gap(2).Flex(st.Text, text)
}

// bySignature is the line that is signed, whole, or its beginning where there is no room.
func (a *approval) bySignature(feet *row.Block, s pane.State, width int, short bool) {
	st := &s.Theme
	if s.Means.NoSignature != "" {
		feet.Put(row.New().Add(st.Muted, "1").Gap(2).Flex(st.Muted, "no signature: "+s.Means.NoSignature))
		return
	}
	r := way(st, "1", "signed, on the approver's machine (").Add(st.Accent, "y").Add(st.Text, " copies this line)")
	if s.Means.Weaker != "" {
		r.Tail(st.Warn, "weaker")
	}
	feet.Put(r)
	lines := row.Wrap(st.Bold, a.ask.SignCommand(), max(8, width-3))
	if short {
		lines = []string{a.ask.SignCommand()}
	}
	for _, l := range lines {
		feet.Put(row.New().Gap(3).Flex(st.Bold, l))
	}
	if s.Means.Weaker != "" && !short {
		feet.Put(row.New().Gap(3).Flex(st.Muted, "weaker here: "+s.Means.Weaker))
	}
}

func (a *approval) question(feet *row.Block, st *theme.Styles, width int) (column, line int) {
	text := "Why without approval? "
	if a.how == incident.BySaying {
		text = "Who of them has agreed? "
	}
	r := row.New().Gap(3).Add(st.Bold, text)
	column, line = a.text.Draw(r, st.Current, width-r.Len()), len(*feet)
	feet.Put(r)
	return column, line
}

// waits says how long there is, or what was wrong.
func (a *approval) waits(feet *row.Block, s pane.State, wrong string, width int) {
	st := &s.Theme
	switch {
	case a.checking:
		feet.Put(row.New().Flex(st.Muted, "being checked"))
	case wrong != "":
		feet.Put(row.New().Flex(st.Warn, wrong))
	default:
		left := signal.Clock(max(0, a.asked.Until.Sub(s.Now))) + " left"
		text, hint := "Waiting for approval, good once, "+left, "esc back, the wait goes on"
		if width < theme.Width(text+hint)+2 {
			text = "Approval: " + left
		}
		if a.how != "" {
			hint = "enter gives it  esc back"
		}
		feet.Put(row.New().Add(st.Text, text).Tail(st.Muted, hint))
	}
}
