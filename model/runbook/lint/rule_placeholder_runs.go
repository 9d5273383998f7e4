package lint

import (
	"strings"

	"calm/model/runbook"
	"calm/model/runbook/shell"
)

var placeholderRuns = Rule{
	ID: "placeholder-runs", Level: Warning,
	Title: "A placeholder that nobody filled in would run",
	Why: "`git revert <bad-sha> --no-edit` is no error to a shell: it is a command that reads a file called bad-sha and writes one called --no-edit. " +
		"It fails for want of that file, with a message that says nothing of a placeholder; and where there is one, it runs. A word such as YOUR_APP runs as it stands.",
	Mend: "Take a variable that must be set: `git revert --no-edit \"${BAD_SHA:?}\"`; or put the placeholder last, where the shell refuses it.",
	Bad: `## Take the commit back

~~~bash
git revert <bad-sha> --no-edit
~~~
`,
	Good: `## Take the commit back

~~~bash
git revert --no-edit "${BAD_SHA:?the commit to take back}"
~~~
`,
	check: func(p *pass) {
		said := map[string]bool{}
		for _, seq := range p.commands().all {
			for _, step := range seq.steps {
				if step.Kind != runbook.ShellStep || step.Risk != shell.Changes && step.Risk != shell.Destroys {
					continue
				}
				for _, hole := range step.Placeholders {
					if message := runs(step, hole); message != "" && !said[hole.Text] {
						said[hole.Text] = true
						p.report(step.LineAt(hole.Offset), step.ID, message, "Write \"${"+variable(hole.Name)+":?}\" in its place: the shell stops while it is not set.")
						break
					}
				}
			}
		}
	},
}

// runs says what the shell makes of a placeholder as it stands; "" when it stops there.
func runs(step *runbook.Step, hole shell.Placeholder) string {
	if quotedAt(step.Text, hole.Offset) {
		return ""
	}
	switch hole.Text[0] {
	case '<':
	case 'Y', 'y', 'X', 'x', '{':
		return "nobody has filled in " + hole.Text + ", and the command runs with it as it stands"
	default:
		return ""
	}
	rest := step.Text[min(hole.Offset+len(hole.Text), len(step.Text)):]
	rest = strings.TrimLeft(rest, " \t")
	target, _, _ := strings.Cut(rest, " ")
	target, _, _ = strings.Cut(target, "\n")
	if target == "" || strings.ContainsAny(target[:1], "|&;#<>()\\\n") || strings.Contains(hole.Name, " ") {
		return ""
	}
	if len(target) > 40 {
		target = target[:40]
	}
	return "the shell takes " + hole.Text + " for redirections: from a file called " + hole.Name + ", into one called " + strings.ToValidUTF8(target, "")
}

// quotedAt reports whether an offset lies within quotes on its line.
func quotedAt(text string, at int) bool {
	line := text[strings.LastIndexByte(text[:at], '\n')+1 : at]
	return strings.Count(line, `"`)%2 == 1 || strings.Count(line, `'`)%2 == 1
}

// variable is a placeholder's name as a variable is called.
func variable(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, name)
}
