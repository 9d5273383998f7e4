package revision

import (
	"fmt"
	"strings"
	"time"

	"calm/model/runbook"
	"calm/model/runbook/shell"
)

// Grant is a person's word that the steps of one text may run on this host.
type Grant struct {
	SHA256 string    `json:"sha256"` // of the text, lower-case hex
	By     string    `json:"by"`
	UID    int       `json:"uid"`
	At     time.Time `json:"at"`   // UTC
	Path   string    `json:"path"` // of the file, absolute, when it was trusted
	Title  string    `json:"title"`
}

// Standing is whether the steps of a runbook may run, and what a person should know to decide it.
type Standing struct {
	SHA256  string
	Path    string
	Title   string
	Trusted bool
	BuiltIn bool       // it is a part of the program, and trusted as that is
	Grant   Grant      // that it is trusted by; zero for one that is built in or not trusted
	Why     string     // why it is not trusted
	Before  *Grant     // of the newest other text at this path that was trusted; nil when there is none
	Since   Difference // against that one
	Count   Count
}

// Text says the standing in one line, for a list of facts: "runbook trusted 3fa2…91, by ana since 19 Oct".
func (s Standing) Text() string {
	switch {
	case s.BuiltIn:
		return "the built-in runbook, a part of this program"
	case s.Trusted:
		return fmt.Sprintf("runbook trusted %s, by %s, unchanged since %s", Short(s.SHA256), s.Grant.By, s.Grant.At.UTC().Format("2 Jan 2006"))
	case s.Before != nil:
		return fmt.Sprintf("runbook not trusted %s: %s since %s", Short(s.SHA256), s.Since.Steps(), s.Before.At.UTC().Format("2 Jan 2006"))
	}
	return "runbook not trusted " + Short(s.SHA256) + ": " + s.Why
}

// Short is a hash as people see it: "3fa2…91".
func Short(sha string) string {
	if len(sha) < 8 {
		return sha
	}
	return sha[:4] + "…" + sha[len(sha)-2:]
}

// Count is how many steps there are of each risk.
type Count struct {
	Reads, Changes, Destroys, Unknown int
	ByHand                            int // words, code and the like: nothing that calm runs
}

// CountOf counts the steps of a runbook.
func CountOf(rb *runbook.Runbook) Count {
	var c Count
	rb.EachStep(func(ref runbook.StepRef) bool {
		switch s := ref.Step; {
		case s.Kind != runbook.ShellStep && s.Kind != runbook.NginxStep:
			c.ByHand++
		case s.Risk == shell.Reads:
			c.Reads++
		case s.Risk == shell.Changes:
			c.Changes++
		case s.Risk == shell.Destroys:
			c.Destroys++
		default:
			c.Unknown++
		}
		return true
	})
	return c
}

// String says it in words, the worst first: "2 destroy, 9 change, 14 read, 6 by hand".
func (c Count) String() string {
	var parts []string
	add := func(n int, one, many string) {
		switch {
		case n == 1:
			parts = append(parts, "1 "+one)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %s", n, many))
		}
	}
	add(c.Destroys, "destroys", "destroy")
	add(c.Unknown, "of unknown risk", "of unknown risk")
	add(c.Changes, "changes", "change")
	add(c.Reads, "reads", "read")
	add(c.ByHand, "by hand", "by hand")
	if len(parts) == 0 {
		return "no steps"
	}
	return strings.Join(parts, ", ")
}
