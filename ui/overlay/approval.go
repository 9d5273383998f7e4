package overlay

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"calm/model/action"
	"calm/model/runbook"
	"calm/ui/field"
	"calm/ui/row"
	"calm/ui/theme"
)

// approval is the consent of somebody else that the runbook asks for, before a plan is confirmed.
// It is said by the person here, not signed by the approver, and is recorded as just that.
type approval struct {
	open   bool
	except bool // the runbook's exception is claimed, with a reason
	text   field.Field
	said   string
}

// update takes a key and says what is wrong with what was typed.
func (a *approval) update(press tea.KeyPressMsg, me string, plan action.Plan) (wrong string) {
	switch press.String() {
	case "tab":
		if plan.Approval.Except == "" {
			return "the runbook knows no exception here"
		}
		a.except = !a.except
		a.text.Set("")
	case "enter":
		return a.agree(me)
	default:
		a.text.Update(press)
	}
	return ""
}

func (a *approval) agree(me string) (wrong string) {
	text := strings.TrimSpace(a.text.Text())
	switch {
	case text == "" && a.except:
		return "say why; it goes into the timeline"
	case text == "":
		return "type the name of the one who agreed"
	case a.except:
		a.said = "security incident: " + text
	case strings.EqualFold(strings.TrimPrefix(text, "@"), me):
		return "that is you: somebody else must agree"
	default:
		a.said = "approved by " + text + " (said, not signed)"
	}
	a.open = false
	return ""
}

// needs is who must agree, in the runbook's words.
func needs(a *runbook.Approval) string {
	text := strings.Join(a.By, ", or ")
	if text == "" {
		text = a.Text
	}
	if a.Except != "" {
		text += "; not for " + a.Except
	}
	return text
}

// draw adds the question to the foot of the box and gives the column of its cursor.
func (a *approval) draw(feet *row.Block, st *theme.Styles, plan action.Plan, wrong string, width int) (cursor int) {
	question := "Who of them has agreed?"
	other := "tab it is a security incident"
	if a.except {
		question, other = "Security incident: why without approval?", "tab somebody agreed"
	}
	if plan.Approval.Except == "" {
		other = ""
	}
	r := row.New().Add(st.Bold, question).Gap(1)
	hint := strings.TrimSpace(other + "  esc back")
	if wrong != "" {
		hint = wrong
	}
	room := width - r.Len() - theme.Width(hint) - 2
	if room < 12 {
		feet.Put(r)
		r, room = row.New(), width-theme.Width(hint)-2
	}
	cursor = a.text.Draw(r, st.Current, room)
	style := st.Muted
	if wrong != "" {
		style = st.Warn
	}
	feet.Put(r.Tail(style, hint))
	return cursor
}
