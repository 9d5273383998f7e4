// Package action is how a step of a runbook becomes a change to the host and how that change is
// judged: the plan that is shown and confirmed, the effect that is expected, the verdict. It is
// pure; ops/plan gathers what a plan needs from the host, ops/run runs it.
package action

import (
	"encoding/json"
	"time"

	"calm/model/runbook"
	"calm/model/signal"
)

// Kinds of a plan: what runs it.
const (
	Shell = "shell" // Command goes to bash
	Nginx = "nginx" // Command is a configuration fragment that becomes a snippet file

	// Restore is a restore of a database that calm does itself, in Phases; Command says it in words.
	Restore = "restore"

	// Release is a Command for bash that installs or builds beside the app that runs, and is put in its
	// place when it is whole; or putting back what was there before.
	Release = "release"
)

// Ref says where in the runbook a step stands.
type Ref struct {
	Part  string `json:"part"`           // ID of the procedure or scenario
	Title string `json:"title"`          // of the procedure, or of the resolution item
	Group string `json:"group"`          // "procedure", "diagnosis", "resolution"
	Item  string `json:"item,omitempty"` // ID of the resolution item
	Step  string `json:"step"`           // ID of the step
	Index int    `json:"index"`          // 1-based place of the step
	Of    int    `json:"of"`             // number of steps in the group or procedure
	Line  int    `json:"line"`           // in the runbook
}

// Plan is what will run, whole. What was shown is what runs: Hash covers every field above it.
type Plan struct {
	Op       string     `json:"op"` // ULID; starts at most once
	Kind     string     `json:"kind"`
	Runbook  string     `json:"runbook,omitempty"` // SHA-256 of the text that the step is from
	Ref      Ref        `json:"ref"`
	Title    string     `json:"title"`
	Written  string     `json:"written"` // the runbook's own text
	Command  string     `json:"command"` // what runs, substitutions and amendments made
	Changes  []string   `json:"changes"` // what calm changed in it, a sentence each
	Carries  []Variable `json:"carries"` // environment that earlier steps set, as a difference
	Dir      string     `json:"dir"`
	User     string     `json:"user"`
	Programs []Program  `json:"programs"`
	Phases   []Phase    `json:"phases,omitempty"` // of what calm does itself, in order
	EnvNames []string   `json:"env_names"`        // variables the command depends on, names only

	// Fill is what went into placeholders, by the placeholder as written.
	Fill map[string]string `json:"fill,omitempty"`

	// Host is where it runs, as ssh takes it: "deploy@production.example.com". Empty is the host that
	// calm is on. Dir is then a folder there; empty is where a login there ends up.
	Host    string   `json:"host,omitempty"`
	Connect []string `json:"connect,omitempty"` // argv of OpenSSH's client, up to the destination
	Trusted string   `json:"trusted,omitempty"` // what is known of the host's key here, for people

	// Addresses are variables that MongoDB's tools get as a configuration file instead of as an
	// argument.
	Addresses []string `json:"addresses,omitempty"`

	// Sets are variables that calm sets for the command, as NAME=VALUE: none of the person's, none secret.
	Sets []string `json:"sets,omitempty"`

	Risk     string            `json:"risk"`
	Target   string            `json:"target"` // what must be typed for one that destroys
	Lease    string            `json:"lease"`  // what no two actions may touch at once: "pm2:glowglitch-app"
	Touches  []string          `json:"touches"`
	Lost     string            `json:"lost,omitempty"` // counted, for one that destroys
	Kept     string            `json:"kept,omitempty"`
	Undo     string            `json:"undo"`
	Inverse  *Inverse          `json:"inverse,omitempty"` // what Undo says, to be run; nil where a person must do it
	Expect   []Expectation     `json:"expect"`
	Guards   []signal.Name     `json:"guards"`
	Deadline time.Duration     `json:"-"`     // for the effect, after the command has ended; deadline_seconds in JSON
	Timeout  time.Duration     `json:"-"`     // for the command; timeout_seconds in JSON
	Notes    []string          `json:"notes"` // lint and warnings, a sentence each
	Approval *runbook.Approval `json:"approval"`
	Endless  bool              `json:"endless"`
	Terminal bool              `json:"terminal"` // it needs the terminal for itself
	Check    bool              `json:"check"`    // it only reads
	Detail   json.RawMessage   `json:"detail"`   // what a kind that calm runs itself needs: nginx.Change, restore.Change; null for Shell

	Hash string `json:"hash"` // SHA-256 over the above; set by Seal
}

// Variable is a difference in the environment. A secret's values are its name in ‹…›.
type Variable struct {
	Name   string `json:"name"`
	Was    string `json:"was"` // empty with WasSet false when it was not set
	Now    string `json:"now"`
	WasSet bool   `json:"was_set"`
	From   string `json:"from"` // the step that set it, as shown: "step 1"
}

// Phase is one part of what calm does itself.
type Phase struct {
	Text string `json:"text"`           // "dry run of the restore"
	Note string `json:"note,omitempty"` // "17,961 documents"
	Risk string `json:"risk,omitempty"` // where it is that one which destroys
}

// Program is one that the command starts.
type Program struct {
	Name    string `json:"name"`
	Path    string `json:"path"` // absolute; empty when it was not found
	Version string `json:"version,omitempty"`

	// Identity is what the supervisor knows the file by, to find out one that took its place.
	Identity string `json:"identity,omitempty"`
}

// Expectation is one thing that must be measurably true after an action.
type Expectation struct {
	Text    string            `json:"text"` // as shown: "db health ok", "restarts +1"
	Signal  signal.Name       `json:"signal"`
	Label   string            `json:"label"`
	Range   runbook.Predicate `json:"range"`             // of the value, or Equals of the state
	Pattern string            `json:"pattern,omitempty"` // Output: the regular expression that must match it
	Full    bool              `json:"full,omitempty"`    // below the capacity that the reading has then: the action may change it
	Rise    float64           `json:"rise,omitempty"`    // at least this much above the reading before
	Was     *float64          `json:"was,omitempty"`     // what it was when the plan was made, where no signal says so
	Hold    time.Duration     `json:"-"`                 // it must hold this long without a break; hold_seconds in JSON
	Needed  bool              `json:"needed"`            // without it the action has not worked; others only inform
}

// Verdict is how an action is judged.
type Verdict string

// The verdicts. Pending is no verdict yet.
const (
	Pending  Verdict = ""
	Worked   Verdict = "worked"
	NoEffect Verdict = "no effect"
	Worse    Verdict = "worse"
	Unsure   Verdict = "unknown"
)

// Row compares one expectation or guard before and now.
type Row struct {
	Label       string      `json:"label"`
	Signal      signal.Name `json:"signal"`
	Before      string      `json:"before"` // as shown: "58 %", "unknown"
	Now         string      `json:"now"`
	Wanted      string      `json:"wanted"`
	Note        string      `json:"note,omitempty"` // "17 s, 13 to go", "worse", "too few requests"
	State       string      `json:"state"`          // "holds", "open", "unknown", "broken"
	Guard       bool        `json:"guard,omitempty"`
	BeforeValue *float64    `json:"before_value"`
	NowValue    *float64    `json:"now_value"`
}
