// Package library is a folder of runbooks as an index: what each one is called, which alerts it is
// for, what it holds, and which of them a person's words mean.
//
// It owns the entries and the order in which a search gives them. It reads no file: ops/folder brings
// the text, and a runbook is parsed whole only when it is opened, or when its parts are to be counted.
package library

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"calm/model/runbook"
)

// Entry is one runbook of the folder.
type Entry struct {
	Path     string   `json:"path"` // relative to the folder, with slashes
	Title    string   `json:"title"`
	Summary  string   `json:"summary"` // its first sentence; empty when it begins with none
	Alerts   []string `json:"alerts"`  // names, as the monitoring spells them
	Headings []string `json:"-"`
	SHA256   string   `json:"sha256"`
	Holds    *Holds   `json:"holds"` // null until it was counted, and for one that can't be read
	Error    *string  `json:"error"` // why it can't be opened; null when it can
}

// Holds is what a runbook has, by the whole parser.
type Holds struct {
	Severities int      `json:"severities"`
	Scenarios  int      `json:"scenarios"`
	Procedures int      `json:"procedures"`
	Checklists int      `json:"checklists"`
	Templates  int      `json:"templates"`
	Signatures []string `json:"-"` // what its symptoms look for in logs
}

// Index is the folder.
type Index struct {
	Dir     string   `json:"dir"`
	Entries []Entry  `json:"runbooks"`
	LeftOut []string `json:"left_out"` // what was not looked at, and why, a sentence each
}

// Look makes the entry of a file from a glance at its text.
func Look(path string, src []byte) Entry {
	g := runbook.Glimpse(path, src)
	sum := sha256.Sum256(src)
	e := Entry{
		Path: path, Title: g.Title, Summary: g.Summary, Alerts: g.Alerts, Headings: g.Headings,
		SHA256: hex.EncodeToString(sum[:]),
	}
	if err := runbook.Readable(path, src); err != nil {
		e.Title, e.Summary, e.Alerts, e.Headings = path, "", []string{}, nil
		why := err.Error()
		e.Error = &why
	}
	return e
}

// Unread is the entry of a file that could not be read.
func Unread(path, why string) Entry {
	return Entry{Path: path, Title: path, Alerts: []string{}, Error: &why}
}

// Count parses a runbook whole and says what it has.
func Count(path string, src []byte) (*Holds, error) {
	rb, err := runbook.Parse(path, src)
	if err != nil {
		return nil, err
	}
	return &Holds{
		Severities: len(rb.Severities), Scenarios: len(rb.Scenarios), Procedures: len(rb.Procedures),
		Checklists: len(rb.Checklists), Templates: len(rb.Templates), Signatures: rb.Signatures(),
	}, nil
}

// String says what a runbook has in words: "3 scenarios, 2 procedures, severities".
func (h Holds) String() string {
	var parts []string
	add := func(n int, one string) {
		switch {
		case n == 1:
			parts = append(parts, "1 "+one)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", n, one))
		}
	}
	add(h.Scenarios, "scenario")
	add(h.Procedures, "procedure")
	if h.Severities > 0 {
		parts = append(parts, "severities")
	}
	add(h.Checklists, "checklist")
	if h.Scenarios+h.Procedures == 0 {
		add(h.Templates, "template")
	}
	if len(parts) == 0 {
		return "words only"
	}
	return strings.Join(parts, ", ")
}

// BySHA256 finds the runbook with a hash.
func (x Index) BySHA256(sum string) (Entry, bool) {
	for _, e := range x.Entries {
		if sum != "" && e.SHA256 == sum && e.Error == nil {
			return e, true
		}
	}
	return Entry{}, false
}

// Only is the one runbook of a folder that has a single one.
func (x Index) Only() (Entry, bool) {
	var found []Entry
	for _, e := range x.Entries {
		if e.Error == nil {
			found = append(found, e)
		}
	}
	if len(found) != 1 {
		return Entry{}, false
	}
	return found[0], true
}
