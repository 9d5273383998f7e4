package action

import (
	"path"
	"slices"

	"calm/model/runbook"
)

// Prompt is where a person stands at one step of a list, who types it line by line: `ssh HOST` or
// `sudo -i` lead somewhere else, and `exit` leads back.
type Prompt struct {
	Within  []runbook.Step // what has led away from calm's own prompt, outermost first
	Session int            // place of the step that led here, from 1; 0 at calm's own prompt. Steps with the same share a context, the one that leads here among them
	Opens   bool           // it leads away itself, and the steps after it are meant for there
	Leaves  bool           // it leads back, and does nothing else
}

// PromptAt finds the prompt of the step with an ID. here says of one that leads away that it leads
// nowhere: to the host, or the user, that calm has already.
func PromptAt(steps []runbook.Step, id string, here func(runbook.Step) bool) Prompt {
	type frame struct {
		step  runbook.Step
		place int
		here  bool
	}
	var stack []frame
	for i, s := range steps {
		leaves := len(stack) > 0 && leavesPrompt(s)
		if s.ID == id {
			p := Prompt{Leaves: leaves, Opens: OpensPrompt(s) && i+1 < len(steps) && !leavesPrompt(steps[i+1])}
			for _, f := range stack {
				if !f.here {
					p.Within, p.Session = append(p.Within, f.step), f.place
				}
			}
			if p.Opens && !here(s) {
				p.Session = i + 1 // it sees to it that one can get there: nothing goes along
			}
			return p
		}
		switch {
		case leaves:
			stack = stack[:len(stack)-1]
		case OpensPrompt(s):
			stack = append(stack, frame{s, i + 1, here(s)})
		}
	}
	return Prompt{}
}

// Where says on which other host a plan runs, and how calm gets there; empty for the host that calm
// is on.
func (p Plan) Where() string {
	if p.Host == "" {
		return ""
	}
	text := p.Host + " (by ssh"
	if p.Trusted != "" {
		text += ", " + p.Trusted
	}
	text += ")"
	if p.Dir != "" {
		text += ", in " + p.Dir
	}
	return text
}

var shells = []string{"bash", "sh", "zsh", "dash", "ash", "fish", "ksh"}

// OpensPrompt says whether a step opens a shell for a person: on another host, as another user, in a
// container.
func OpensPrompt(s runbook.Step) bool {
	if s.Remote != "" {
		return true
	}
	if s.Kind != runbook.ShellStep || !s.Interactive || len(s.Calls) == 0 {
		return false
	}
	c := s.Calls[len(s.Calls)-1]
	switch c.Program {
	case "su", "sudo", "mosh", "chroot", "nsenter":
		return true
	case "docker", "podman", "kubectl", "oc":
		o := c.Operands()
		return len(o) > 0 && slices.Contains(shells, path.Base(o[len(o)-1].Text))
	}
	return slices.Contains(shells, c.Program) && len(c.Operands()) == 0
}

// AsUser is the user whose shell a step of sudo or su opens on this host; ok is false for one that
// opens anything else, or whose user is not known from its text. A plain shell is for own.
func AsUser(s runbook.Step, own string) (name string, ok bool) {
	if !OpensPrompt(s) || s.Remote != "" {
		return "", false
	}
	name = own
	for _, c := range s.Calls {
		switch {
		case c.Program == "sudo" || c.Program == "su":
			name = "root"
			if w, has := c.Value("-u --user"); has && c.Program == "sudo" {
				name = w.Text
			}
			if o := c.Operands(); c.Program == "su" && len(o) > 0 && o[len(o)-1].Text != "-" {
				name = o[len(o)-1].Text
			}
		case !slices.Contains(shells, c.Program):
			return "", false
		}
	}
	return name, true
}

// leavesPrompt says whether a step is `exit` or `logout` and nothing else.
func leavesPrompt(s runbook.Step) bool {
	calls, _ := Calls(s.Text)
	return s.Kind == runbook.ShellStep && len(calls) == 1 && len(calls[0].Words) == 1 && (calls[0].Words[0] == "exit" || calls[0].Words[0] == "logout")
}
