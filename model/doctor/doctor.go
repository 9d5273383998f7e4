// Package doctor is what a runbook needs of a host and how the host answers: the inventory of
// everything that the runbook names, and the report of what of it is there.
//
// It owns what counts as a name and what the answers mean. It looks at nothing: ops/survey finds
// the answers on the host.
package doctor

import (
	"cmp"
	"slices"
	"strings"

	"calm/model/signal"
)

// Kind is what sort of thing a name stands for.
type Kind string

// The kinds.
const (
	Program    Kind = "program"
	Process    Kind = "process" // a pm2 name
	Path       Kind = "path"
	URL        Kind = "url"
	Variable   Kind = "variable"
	Database   Kind = "database"
	Collection Kind = "collection"
	Index      Kind = "index"
	Site       Kind = "site" // nginx: a server_name, or a location that is to be put in
	Commit     Kind = "commit"
	Host       Kind = "host"
	Channel    Kind = "channel"
)

// kinds is the order in which they are listed.
var kinds = []Kind{Program, Process, Path, URL, Variable, Database, Collection, Index, Site, Commit, Host, Channel}

// Words are the kind for people: one, and several.
func (k Kind) Words() (one, several string) {
	switch k {
	case Process:
		return "pm2 name", "pm2 names"
	case URL:
		return "URL", "URLs"
	case Database, Collection, Variable, Program, Path, Site, Commit, Host, Channel:
		return string(k), string(k) + "s"
	case Index:
		return "index", "indexes"
	}
	return string(k), string(k)
}

// State is whether a thing is there. What can't be found out is unknown, which is never there.
type State string

// The states.
const (
	There   State = "there"
	Missing State = "missing"
	Unknown State = "unknown"
)

// Place is where in the runbook a thing is needed.
type Place struct {
	ID    string `json:"id"`    // of the step; empty outside of one
	Title string `json:"title"` // "Database Rollback, step 6"
	Line  int    `json:"line"`
}

// Thing is one name of the runbook, and what is known of it here.
type Thing struct {
	Kind     Kind    `json:"kind"`
	Name     string  `json:"name"` // as written, a relative path under the folder that its step changes to
	Here     string  `json:"here"` // what it is called on this host, where that is another name
	State    State   `json:"state"`
	Detail   string  `json:"detail"` // what was found, or why nothing could be
	Help     string  `json:"help"`   // what to do; empty when it is there
	NeededBy []Place `json:"needed_by"`
	How      How     `json:"-"`
}

// How says how a thing may be looked for.
type How struct {
	Asks        bool   // URL: a step that only reads gets it, so that a look may too
	Credentials bool   // URL: the step has some that a look has not
	Asked       bool   // only a person can say whether it is there, or open it
	Beside      bool   // Path: a link of the runbook's, which may lie beside the runbook itself
	Of          string // Index: its collection
	Keys        string // Index: "readyToShip: 1, category: 1"; empty when Name has the index's own name
	Made        int    // Index: line of the step that makes it; 0 for none
	Login       bool   // Host: steps run there, over ssh
	Inside      bool   // Host: ssh is given commands, whose names are not in the inventory
	Instead     string // what serves while it is not there, once it was looked for: "error ratio comes from nginx"
}

// Check is something else that must be so before one can act: a backup, a journal.
type Check struct {
	Name   string `json:"name"`  // "backup"
	State  State  `json:"state"` // There is well, Missing is not
	Text   string `json:"text"`
	Detail string `json:"detail"`
	Help   string `json:"help"`
}

// Signal is one measurement, and whether calm can make it here.
type Signal struct {
	Name     signal.Name `json:"name"`
	Label    string      `json:"label"`
	Source   string      `json:"source"` // that it is measured by now; empty when it is not
	Measured bool        `json:"measured"`
	Error    string      `json:"error"` // why it is not, or why another source of it gives nothing
	Help     string      `json:"help"`
}

// Report is a runbook held against a host.
type Report struct {
	Runbook string
	SHA256  string
	Things  []Thing // worst first, then by kind, then in the order of the runbook
	Checks  []Check
	Signals []Signal
	Notes   []string // what could be better, a sentence each
}

// Count is how many things are in a state; those that only a person can judge are left out.
func (r Report) Count(s State) int {
	n := 0
	for _, t := range r.Things {
		if t.State == s && !t.How.Asked {
			n++
		}
	}
	return n
}

// OK says whether nothing is missing. What is unknown is neither missing nor there.
func (r Report) OK() bool {
	for _, t := range r.Things {
		if t.State == Missing {
			return false
		}
	}
	return true
}

// Of gives the things in a state that satisfies a condition, in the report's order.
func (r Report) Of(s State, asked bool) []Thing {
	var out []Thing
	for _, t := range r.Things {
		if t.State == s && t.How.Asked == asked {
			out = append(out, t)
		}
	}
	return out
}

// Sort puts the worst first, then by kind, then in the order of the runbook.
func (r *Report) Sort() {
	rank := map[State]int{Missing: 0, Unknown: 1, There: 2}
	for i := range r.Things {
		slices.SortStableFunc(r.Things[i].NeededBy, func(a, b Place) int { return cmp.Compare(a.Line, b.Line) })
	}
	slices.SortStableFunc(r.Things, func(a, b Thing) int {
		return cmp.Or(cmp.Compare(rank[a.State], rank[b.State]), byKind(a, b))
	})
}

// Sentence says in a few words how a thing is: "pm2 has no glowglitch-app".
func (t Thing) Sentence() string {
	if t.State == There {
		return t.Name + " is there"
	}
	if t.State == Unknown {
		return t.Name + " is unknown"
	}
	switch t.Kind {
	case Program:
		return t.Name + " is not in PATH"
	case Process:
		return "pm2 has no " + t.Name
	case URL:
		_, path := address(t.Name)
		return "GET " + path + " " + t.Detail
	case Variable:
		return "$" + t.Name + " is not set"
	case Path, Channel, Host:
		return t.Name + " is missing"
	case Commit:
		return "git has no " + t.Name
	case Site:
		return "nginx has no place for " + t.Name
	case Database, Collection, Index:
		return string(t.Kind) + " " + t.Name + " is missing"
	}
	return t.Name + " is missing"
}

// address takes a URL apart, as far as its host, without a port, and its path.
func address(raw string) (host, path string) {
	_, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return "", raw
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, _, _ = strings.Cut(rest, "?")
	host, path, _ = strings.Cut(rest, "/")
	if _, after, ok := strings.Cut(host, "@"); ok {
		host = after
	}
	host, _, _ = strings.Cut(host, ":")
	return host, "/" + path
}
