package run

import (
	"maps"
	"slices"
	"strings"
	"time"

	"calm/model/action"
	"calm/model/signal"
	"calm/ops/approve"
	"calm/ops/secret"
)

// Job is a plan with what it needs to start that a plan must not hold.
type Job struct {
	Plan   action.Plan
	Env    []string        // the whole environment of the command; never written to disk by Start
	By     string          // who confirmed it, for the one whom the lease turns away
	Before signal.Snapshot // the readings that its effect will be compared with
	Hide   secret.Set      // what its output must not show, beside the secrets of Env
	There  Carried         // for a plan of another host: what its command gets beside the login there
	Grant  string          // file that says that the plan's runbook is trusted; empty for the built-in one

	Approval *approve.Evidence // of a plan that needs one
}

// Carried is what one step leaves to the next ones of its procedure: the directory that it ended
// in, and how its environment differs from the one that it was given.
type Carried struct {
	Dir   string            `json:"dir"`
	Set   map[string]string `json:"set,omitempty"`
	Unset []string          `json:"unset,omitempty"`
	From  map[string]string `json:"from,omitempty"` // which step set a variable, as shown: "step 1"

	// Sealed are variables like those in Set whose values must not be seen. They lie on disk like
	// this, and are in no context that was opened.
	Sealed map[string]string `json:"sealed,omitempty"`
}

// Then is the context after a further step: what it changed goes over what was carried so far.
// from is how the step is called on screen.
func (c Carried) Then(next Carried, from string) Carried {
	out := Carried{Dir: next.Dir, Set: maps.Clone(c.Set), From: maps.Clone(c.From), Unset: slices.Clone(c.Unset)}
	if out.Dir == "" {
		out.Dir = c.Dir
	}
	if out.Set == nil {
		out.Set, out.From = map[string]string{}, map[string]string{}
	}
	for _, name := range next.Unset {
		delete(out.Set, name)
		delete(out.From, name)
		out.Unset = append(out.Unset, name)
	}
	for name, value := range next.Set {
		out.Set[name], out.From[name] = value, from
		out.Unset = slices.DeleteFunc(out.Unset, func(u string) bool { return u == name })
	}
	slices.Sort(out.Unset)
	out.Unset = slices.Compact(out.Unset)
	return out
}

// sealed is the context as it may lie on disk.
func (c Carried) sealed(hide secret.Set) Carried {
	known := hide.Redactor()
	for _, name := range slices.Sorted(maps.Keys(c.Set)) {
		if _, holds := known.Holds(c.Set[name]); !holds && !secret.Hidden(name, c.Set[name]) {
			continue
		}
		if c.Sealed == nil {
			c.Sealed = map[string]string{}
		}
		c.Sealed[name] = secret.Seal(hide.Key, name, c.Set[name])
		delete(c.Set, name)
	}
	return c
}

// Opened is the context with its sealed variables among the others. It fails where the key is not
// the one that they were sealed with.
func (c Carried) Opened(key []byte) (Carried, error) {
	if len(c.Sealed) == 0 {
		return c, nil
	}
	out := c
	out.Sealed, out.Set = nil, maps.Clone(c.Set)
	if out.Set == nil {
		out.Set = map[string]string{}
	}
	for name, sealed := range c.Sealed {
		value, err := secret.Open(key, name, sealed)
		if err != nil {
			return c, err
		}
		out.Set[name] = value
	}
	return out, nil
}

// Apply gives an environment with the difference made.
func (c Carried) Apply(env []string) []string {
	out := slices.DeleteFunc(slices.Clone(env), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		_, set := c.Set[name]
		return set || slices.Contains(c.Unset, name)
	})
	for _, name := range slices.Sorted(maps.Keys(c.Set)) {
		out = append(out, name+"="+c.Set[name])
	}
	return out
}

// The files of an action's folder.
const (
	intentFile  = "intent.json" // intent
	beforeFile  = "before.json" // signal.Snapshot
	lockFile    = "lock"        // held by flock as long as the supervisor lives
	cancelPipe  = "cancel"      // a FIFO: a line into it ends the action
	startedFile = "started"     // started; O_EXCL makes it the fence against a second start
	childFile   = "child.json"  // child; on disk before the command's first instruction
	outputFile  = "out.log"
	contextFile = "ctx.json"  // Carried
	exitFile    = "exit.json" // Exit; the truth about the outcome
	ownLog      = "supervisor.log"
)

// intent is what was confirmed.
type intent struct {
	Plan  action.Plan   `json:"plan"`
	By    string        `json:"by"`
	At    time.Time     `json:"at"`
	Grace time.Duration `json:"grace"` // between TERM and KILL
	Cap   int64         `json:"cap"`   // bytes of output kept
	Grant string        `json:"grant,omitempty"`

	Approval *approve.Evidence `json:"approval,omitempty"`
}

// started says which supervisor has taken the action on.
type started struct {
	PID int       `json:"pid"`
	At  time.Time `json:"at"`
}

// child is the process that was started, for one who finds it when its supervisor is gone.
type child struct {
	PID   int    `json:"pid"`
	Ticks uint64 `json:"ticks"` // its start time, in clock ticks since boot: a later process with its pid has another
	Boot  string `json:"boot"`
}

// Exit is how an action ended.
type Exit struct {
	Outcome   string    `json:"outcome"` // "ok", "failed", "cancelled", "unknown"
	Code      int       `json:"exit"`    // -1 when a signal ended it or it never began
	Text      string    `json:"text"`    // one line
	Started   time.Time `json:"started"`
	Ended     time.Time `json:"ended"`
	Seconds   float64   `json:"seconds"`             // it took, whatever the clock says
	SHA256    string    `json:"sha256"`              // of the kept output
	Bytes     int64     `json:"bytes"`               // of the whole output, cleaned
	Cut       int64     `json:"cut,omitempty"`       // bytes that were not kept
	Lost      string    `json:"lost,omitempty"`      // why what it leaves to the next step could not be kept
	Survivors []string  `json:"survivors,omitempty"` // what it left running: "PM2 v7.0.4: God Daemon, pid 812"
}
