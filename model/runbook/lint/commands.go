package lint

import (
	"strconv"
	"strings"
	"unicode"

	"calm/model/runbook"
	"calm/model/runbook/shell"
)

// commandRules are the rules on what a step would run.
func commandRules() []Rule {
	return []Rule{
		blocksTheRest, brokenContinuation, buildTimeVariable, cdThenRemove, checkCannotFail, commandsAfterSSH,
		cronPath, curlToShell, curlWithoutFail, destroyWithoutBackup, discardsChanges, dropWithoutDump,
		echoChecksShell, endlessPipe, envNotSeen, fixedPID, grepCountZero, insecureTLS, installUnderApp, killNine,
		latestAsRollback, locationBeaten, logRemoved, logEmptied, nginxUntested, noCheck, noUndo, nodeRunsNpm,
		notShell, passwordInArgv, tokenInArgv, pastedMarks, placeholderRuns, promptInShell, removeVariable,
		restoreNothing, secondServer, signalKillsNode, sleepAsCheck, stopWithoutStart, ttyInPipe, urlAmpersand,
		worldWritable,
	}
}

// commands is everything that a runbook would run, in the order in which a person would.
type commands struct {
	all       []*sequence
	byProgram map[string][]site
	lines     map[int]bool // those that a shell step stands on; see isCommand
}

// sequence is steps that are followed one after the other: a procedure, a diagnosis, a scenario's
// remedies.
type sequence struct {
	title     string
	group     string // "procedure", "diagnosis" or "resolution"
	procedure *runbook.Procedure
	scenario  *runbook.Scenario
	steps     []*runbook.Step
	parts     []int    // of each step: which remedy it belongs to
	texts     []string // of each step: the remedy's own sentence, beside the first
	sites     []site
}

// site is one call where it stands.
type site struct {
	*shell.Call
	step *runbook.Step
	seq  *sequence
	in   int // index of the step in the sequence
	at   int // index of the site in the sequence
	nth  int // index of the call in the step
}

// commands collects the runbook's calls once for all rules.
func (p *pass) commands() *commands {
	if p.calls != nil {
		return p.calls
	}
	c := &commands{byProgram: map[string][]site{}}
	rb := p.rb
	for i := range rb.Scenarios {
		s := &rb.Scenarios[i]
		d := &sequence{title: s.Title, group: "diagnosis", scenario: s}
		d.take(s.Diagnosis, 0, "")
		r := &sequence{title: s.Title, group: "resolution", scenario: s}
		for n := range s.Resolution {
			r.take(s.Resolution[n].Steps, n, s.Resolution[n].Text)
		}
		c.all = append(c.all, d, r)
	}
	for i := range rb.Procedures {
		pr := &rb.Procedures[i]
		s := &sequence{title: pr.Title, group: "procedure", procedure: pr}
		s.take(pr.Steps, 0, "")
		c.all = append(c.all, s)
	}
	for _, s := range c.all {
		for _, at := range s.sites {
			if at.Program != "" {
				c.byProgram[at.Program] = append(c.byProgram[at.Program], at)
			}
		}
	}
	p.calls = c
	return c
}

func (s *sequence) take(steps []runbook.Step, part int, text string) {
	for i := range steps {
		step := &steps[i]
		s.steps, s.parts, s.texts = append(s.steps, step), append(s.parts, part), append(s.texts, text)
		text = ""
		if step.Kind != runbook.ShellStep && step.Kind != runbook.CronStep {
			continue
		}
		for n := range step.Calls {
			s.sites = append(s.sites, site{&step.Calls[n], step, s, len(s.steps) - 1, len(s.sites), n})
		}
	}
}

// of gives every call of the programs.
func (c *commands) of(programs ...string) []site {
	if len(programs) == 1 {
		return c.byProgram[programs[0]]
	}
	var found []site
	for _, p := range programs {
		found = append(found, c.byProgram[p]...)
	}
	return found
}

func (s site) line() int { return s.step.LineAt(s.Offset) }

// window bounds how far from a call its sequence is looked through. A procedure of people's making has
// some dozens of commands; a file made to be slow has thousands.
const window = 200

// before gives the calls of the sequence up to this one, after those that follow it.
func (s site) before() []site { return s.seq.sites[max(0, s.at-window):s.at] }
func (s site) after() []site {
	return s.seq.sites[s.at+1 : min(len(s.seq.sites), s.at+1+window)]
}

// call is another call of the same step.
func (s site) call(nth int) *shell.Call {
	if nth < 0 {
		return nil
	}
	return &s.step.Calls[nth]
}

// through reports whether one of the programs starts the call.
func (s site) through(programs ...string) bool {
	for c := s.call(s.By); c != nil; c = s.call(c.By) {
		for _, p := range programs {
			if c.Program == p {
				return true
			}
		}
	}
	return false
}

// reader is the call that this one's output goes to; nil for none.
func (s site) reader() *shell.Call { return s.call(s.To) }

// finding reports at a call.
func (p *pass) finding(s site, message, help string) { p.report(s.line(), s.step.ID, message, help) }

// sameFence reports whether two steps stand in one block of code, so that a person pastes them
// together.
func (p *pass) sameFence(a, b *runbook.Step) bool {
	f, ok := p.page.fenceAt(a.TextLine - 1)
	g, also := p.page.fenceAt(b.TextLine - 1)
	return ok && also && f.open == g.open
}

// fenceOf is the language of the block that a step stands in; ok is false outside of one.
func (p *pass) fenceOf(s *runbook.Step) (lang string, ok bool) {
	f, ok := p.page.fenceAt(s.TextLine - 1)
	return f.lang, ok
}

// spoken are the words around the steps from one on: what a person reads who follows them.
func (s *sequence) spoken(from int, visit func(step int, text string) bool) {
	for i := from; i < min(len(s.steps), from+window); i++ {
		step := s.steps[i]
		text := s.texts[i] + "\n" + step.Title + "\n" + step.Note
		if step.Kind == runbook.ProseStep {
			text += "\n" + step.Text
		}
		if !visit(i, text) {
			return
		}
	}
}

// says reports whether the words from a step on hold one of the lower-case words.
func (s *sequence) says(from int, words ...string) bool {
	found := false
	s.spoken(from, func(_ int, text string) bool {
		found = containsAny(strings.ToLower(text), words)
		return !found
	})
	if s.procedure != nil && !found {
		found = containsAny(strings.ToLower(s.procedure.Summary+"\n"+s.procedure.Caution+"\n"+s.procedure.Undo), words)
	}
	return found
}

func containsAny(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// shown is a word as it may be printed: short, and never one that could hold a secret.
func shown(w shell.Word) string {
	text := w.Raw
	if i := strings.Index(text, "://"); i >= 0 && strings.Contains(text[i:], "@") {
		return "the address"
	}
	return clipped(text, 60)
}

// clipped is a text of at most so many characters, on one line.
func clipped(text string, most int) string {
	text = strings.Map(visible, strings.Join(strings.Fields(text), " "))
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

// visible drops what would move a terminal's cursor.
func visible(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return -1
}

// spelled is the call's program and verbs.
func spelled(c *shell.Call) string {
	return strings.Join(append([]string{c.Program}, c.Verbs...), " ")
}

// onLine is where something else stands.
func onLine(line int) string { return "on line " + decimal(line) }

func decimal(n int) string { return strconv.Itoa(n) }

// written is the call as it stands in the runbook, on one line, and without what may hold a secret.
func (s site) written() string {
	if secretIn(s) != "" {
		return spelled(s.Call) + " …"
	}
	parts := []string{s.Program}
	for _, a := range s.Args() {
		parts = append(parts, shown(a))
	}
	return clipped(strings.Join(parts, " "), 90)
}

// bounded reports whether something around the call ends it.
func (s site) bounded() bool { return s.through("timeout", "gtimeout") || s.In(shell.Behind) }
