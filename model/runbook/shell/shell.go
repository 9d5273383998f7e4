// Package shell understands the shell text found in runbooks: where one step
// ends and the next begins, what each would do to a host, and what only looks
// like shell.
//
// It owns the judgement of risk. Text is parsed, never run: the package starts
// no process, opens no file and knows no clock. What it cannot prove harmless
// it calls unknown, and a command that destroys must never come out as reads;
// so every table here lists what is known to be safe, and silence means
// unknown.
package shell

import "slices"

// Risk is what running a text may do to a host.
type Risk string

// The risks, from the mildest. Unknown stands above Changes because it needs
// at least the same care, and below Destroys so that a certainty of loss is
// never hidden behind a doubt.
const (
	Reads    Risk = "reads"
	Changes  Risk = "changes"
	Unknown  Risk = "unknown"
	Destroys Risk = "destroys"
)

func (r Risk) rank() int {
	switch r {
	case Reads:
		return 0
	case Changes:
		return 1
	case Destroys:
		return 3
	}
	return 2
}

// Worse returns the one of two risks that asks for more care. The zero Risk
// counts as Unknown.
func (r Risk) Worse(other Risk) Risk {
	worst := r
	if other.rank() > r.rank() {
		worst = other
	}
	if worst == "" {
		return Unknown
	}
	return worst
}

// Touch is one thing outside the shell that a command names and acts upon.
type Touch struct {
	Kind string `json:"kind"` // pm2, mongo, nginx, url, path, git or host
	Name string `json:"name"` // as written, never with a password
}

// Placeholder is a part of a text that a person must replace before it can
// run.
type Placeholder struct {
	Name   string `json:"name"` // without its marks: "bad-sha"
	Text   string `json:"text"` // as written: "<bad-sha>"
	Offset int    `json:"-"`    // in bytes, from the start of the text searched
}

// Expect is what the runbook says a command should show.
type Expect struct {
	Text   string `json:"text"`             // the sentence: "Should return 0"
	Output string `json:"output,omitempty"` // the literal in it, when there is one: "0"
	Exit   *int   `json:"exit,omitempty"`   // the exit code, when that is what it names

	// Pattern is a regular expression that the output must match. Only a note in
	// the runbook names one.
	Pattern string `json:"pattern,omitempty"`
}

// The kinds of a step: what a text really is, whatever its fence was tagged.
const (
	KindShell      = "shell"
	KindNginx      = "nginx"
	KindCron       = "cron"
	KindJavaScript = "javascript"
	KindCode       = "code"
	KindProse      = "prose"
)

// Analysis is what can be said of a text without running it.
type Analysis struct {
	Risk         Risk
	Programs     []string // in the order they would start; builtins are left out
	Placeholders []Placeholder
	EnvReads     []string // variables it needs that it does not set itself
	EnvSets      []string // variables it leaves behind for the steps after it
	Endless      bool     // never ends by itself
	Interactive  bool     // needs a terminal and a person
	Expect       *Expect
	Touches      []Touch
	RemoteHost   string // the host of a bare `ssh host`: what follows is meant for there
	Sudo         bool
	Warnings     []string
	Calls        []Call // every command in it, in the order they would start
}

// Step is one unit to run or to read, in the block's order.
type Step struct {
	Kind  string // one of the Kind constants
	Title string // the comment above it, without its number; "" if none
	Text  string // the command itself: a slice of the block, byte for byte
	// Start and End bound everything of the block that belongs to the step,
	// in bytes: the text, and in a console block its prompt and its output.
	Start, End int
	TextStart  int // where Text begins in the block, in bytes
	Line       int // of the text in the block, from 0
	Analysis
	Output string // what the block shows as the command's output; "" if none
}

// add appends the values that are not yet in the list.
func add(list []string, values ...string) []string {
	for _, v := range values {
		if v != "" && !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}
