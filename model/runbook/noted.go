package runbook

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"calm/model/runbook/shell"
)

// Noted is what the info string of a step's fence says of the step: what nobody could tell from the
// command itself. Everything in it may be absent.
type Noted struct {
	Name       string     `json:"name,omitempty"`            // by which `calm run` finds the fence; every step of the fence has it
	Declared   shell.Risk `json:"declared_risk,omitempty"`   // as the note says; Risk is what became of it
	Timeout    *float64   `json:"timeout_seconds,omitempty"` // after which the command is ended
	Cwd        string     `json:"cwd,omitempty"`             // where it runs; relative to the runbook's own folder
	Background bool       `json:"background,omitempty"`      // it is not meant to end by itself
	Terminal   *bool      `json:"terminal,omitempty"`        // whether it needs the terminal for itself
	Effects    []Effect   `json:"effects,omitempty"`         // what must be measurably true afterwards
	Undo       string     `json:"undo,omitempty"`            // a command, a sentence, or the name of another fence
	Approval   *Approval  `json:"approval,omitempty"`        // who must agree before it runs
}

// Settle holds what calm parsed against what the note says. A note may raise any risk. It may lower
// only what calm can't tell, and never below Changes: a file must not be able to get a command past
// the person.
func (n Noted) Settle(parsed shell.Risk) shell.Risk {
	switch {
	case n.Declared == "":
		return parsed
	case parsed.Worse(parsed) == shell.Unknown && (n.Declared == shell.Reads || n.Declared == shell.Changes):
		return shell.Changes
	}
	return parsed.Worse(n.Declared)
}

// StepsNamed gives the steps of the fence that a note gives a name, in their order; none when there
// is no such name.
func (r *Runbook) StepsNamed(name string) []StepRef {
	var out []StepRef
	r.EachStep(func(ref StepRef) bool {
		if name != "" && strings.EqualFold(ref.Step.Name, name) {
			out = append(out, ref)
		}
		return true
	})
	return out
}

// example is how a note is written, for those who have to mend one.
const example = `write it as {"name":"restart","timeout":"90s"}`

// noted reads the note of a fence. What can't be read becomes a warning at the fence, and counts as
// if it were not there.
func (p *parse) noted(b *block) note {
	var n note
	if !b.fenced || !strings.ContainsAny(b.info, "={") {
		return n
	}
	found, err := readAttributes(b.info)
	if err != nil {
		p.warn(b.start, "the note of this fence is left out: %s; %s", err, example)
		return n
	}
	for _, name := range found.names {
		field := noteFields[name]
		if field == nil {
			continue
		}
		value := strings.TrimSpace(found.values[name])
		err := inOneLine(value)
		if err == nil {
			err = field(&n, value)
		}
		if err != nil {
			p.warn(b.start, "%s in the note of this fence is left out: %s", name, err)
		}
	}
	return n
}

// note gives the note of a fence to the steps that were made of it.
func (p *parse) note(b *block, steps []Step) {
	n := p.noted(b)
	for _, name := range n.apply(steps) {
		p.warn(b.start, "%s in the note of this fence is left out: no command in it changes anything", name)
	}
	if n.Name == "" || len(steps) == 0 {
		return
	}
	name, line := strings.ToLower(n.Name), p.doc.line(b.start)
	if first, ok := p.named[name]; ok && first != line {
		p.warn(b.start, "the fence on line %d is named %q too, and keeps the name; give this one another", first, n.Name)
		for i := range steps {
			steps[i].Name = ""
		}
		return
	}
	p.named[name] = line
}

// note is what a fence's attributes say, before they are given to its steps.
type note struct {
	Noted
	expect *shell.Expect
}

// noteFields are the attributes that calm reads. Runme's own names mean what they mean there; the
// others are calm's. What is not here is somebody else's, and is left alone.
var noteFields = map[string]func(n *note, value string) error{
	"name":        func(n *note, v string) error { n.Name = v; return given(v) },
	"cwd":         func(n *note, v string) error { n.Cwd = v; return given(v) },
	"interactive": (*note).interactive,
	"background":  func(n *note, v string) (err error) { n.Background, err = truth(v); return err },
	"risk":        (*note).risk,
	"timeout":     (*note).timeout,
	"expect":      (*note).output,
	"exit":        (*note).exit,
	"effect":      (*note).effect,
	"signal":      (*note).effect,
	"undo":        func(n *note, v string) error { n.Undo = v; return given(v) },
	"approval":    (*note).approval,
}

// maxValue bounds a value, in characters: it is shown in one piece before anything runs.
const maxValue = 300

// inOneLine refuses a value that would not be seen as it is: one that is too long, or that holds
// control or formatting characters.
func inOneLine(value string) error {
	if utf8.RuneCountInString(value) > maxValue {
		return fmt.Errorf("it is longer than %d characters", maxValue)
	}
	if !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool {
		return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
	}) {
		return errors.New("it holds control characters; write plain text in one line")
	}
	return nil
}

func given(value string) error {
	if value == "" {
		return errors.New("it has no value")
	}
	return nil
}

func truth(value string) (bool, error) {
	switch strings.ToLower(value) {
	case "true", "yes", "on", "1":
		return true, nil
	case "false", "no", "off", "0":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", value)
}

func (n *note) interactive(value string) error {
	on, err := truth(value)
	if err == nil {
		n.Terminal = &on
	}
	return err
}

func (n *note) risk(value string) error {
	switch r := shell.Risk(strings.ToLower(value)); r {
	case shell.Reads, shell.Changes, shell.Destroys, shell.Unknown:
		n.Declared = r
		return nil
	}
	return fmt.Errorf("%q is no risk: write reads, changes, destroys or unknown", value)
}

// maxTimeout is longer than any command of an incident: more is a slip of the pen.
const maxTimeout = 7 * 24 * time.Hour

func (n *note) timeout(value string) error {
	seconds, err := noteSeconds(value)
	if err == nil {
		n.Timeout = &seconds
	}
	return err
}

// noteSeconds reads "90", "90s", "1h30m" and "2 minutes".
func noteSeconds(value string) (float64, error) {
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil {
		var d time.Duration
		if d, err = time.ParseDuration(strings.ReplaceAll(value, " ", "")); err == nil {
			seconds = d.Seconds()
		}
	}
	if err != nil {
		if t := parseTime(value); t.known && t.low == t.high && value[0] >= '0' && value[0] <= '9' {
			seconds, err = t.high, nil
		}
	}
	if err != nil || !(seconds > 0) || seconds > maxTimeout.Seconds() {
		return 0, fmt.Errorf("%q is no time from above 0 to 7 days: write 90s, 5m or a number of seconds", value)
	}
	return seconds, nil
}

func (n *note) words() *shell.Expect {
	if n.expect == nil {
		n.expect = &shell.Expect{}
	}
	return n.expect
}

func (n *note) output(value string) error {
	if err := given(value); err != nil {
		return err
	}
	if inner, ok := strings.CutPrefix(value, "/"); ok && len(inner) > 1 && strings.HasSuffix(inner, "/") {
		pattern := strings.TrimSuffix(inner, "/")
		if _, err := regexp.Compile(pattern); err != nil {
			return fmt.Errorf("%q is no regular expression (%w); without the slashes it is a text", value, err)
		}
		n.words().Pattern = pattern
	} else {
		n.words().Output = value
	}
	n.words().Text = value
	return nil
}

func (n *note) exit(value string) error {
	code, err := strconv.Atoi(value)
	if err != nil || code < 0 || code > 255 {
		return fmt.Errorf("%q is no exit code: write a number from 0 to 255", value)
	}
	n.words().Exit = &code
	return nil
}

func (n *note) approval(value string) error {
	a := approval(value)
	if len(a.By) == 0 {
		return errors.New("it names nobody: write a role, such as CTO or Engineering Lead")
	}
	n.Approval = a
	return nil
}

// apply gives a fence's note to its steps. The name, the folder, the timeout and the risk are for
// every command. What is shown last is the last one's: the expectation, and that it does not end.
// Effects and undo belong to the last one that changes something, an approval to each that does.
func (n note) apply(steps []Step) (unused []string) {
	last, change := -1, -1
	for i := range steps {
		s := &steps[i]
		s.Name = n.Name
		if s.Kind != ShellStep && s.Kind != NginxStep {
			continue
		}
		s.Declared, s.Cwd, s.Timeout = n.Declared, n.Cwd, n.Timeout
		s.Risk = s.Settle(s.Risk)
		if t := n.Terminal; t != nil && (!*t || len(s.Programs) > 0) {
			s.Terminal, s.Interactive = t, *t
		}
		last = i
		if s.Risk != shell.Reads {
			change = i
			s.Approval = n.Approval
		}
	}
	if last >= 0 {
		s := &steps[last]
		s.Background = n.Background
		s.Endless = s.Endless || n.Background
		s.Expect = n.expected(s.Expect)
	}
	if change >= 0 {
		steps[change].Effects, steps[change].Undo = n.Effects, n.Undo
	} else if last >= 0 {
		unused = n.ofChanges()
	}
	return unused
}

// ofChanges lists what the note says that only a step that changes something can have.
func (n note) ofChanges() []string {
	var out []string
	for name, has := range map[string]bool{"effect": len(n.Effects) > 0, "undo": n.Undo != "", "approval": n.Approval != nil} {
		if has {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// expected puts the note's words in the place of those that were found around the command.
func (n note) expected(found *shell.Expect) *shell.Expect {
	if n.expect == nil {
		return found
	}
	e := *n.expect
	if e.Text == "" && found != nil {
		e.Text, e.Output = found.Text, found.Output
	}
	if e.Text == "" {
		e.Text = "exit " + strconv.Itoa(*e.Exit)
	}
	return &e
}

// lines say for people what a note says of a step.
func (s Step) lines() []string {
	var out []string
	add := func(label, text string) {
		if text != "" {
			out = append(out, label+": "+text)
		}
	}
	add("name", s.Name)
	if s.Declared != "" && s.Declared != s.Risk {
		add("risk", "the note says "+string(s.Declared))
	}
	if s.Timeout != nil {
		add("timeout", duration(*s.Timeout))
	}
	add("in", s.Cwd)
	for _, e := range s.Effects {
		add("effect", e.Text)
	}
	add("undo", s.Undo)
	if s.Approval != nil {
		add("approval", s.Approval.Text)
	}
	return out
}
