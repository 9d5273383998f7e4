package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"calm/model/doctor"
)

// doctorDoc is what `calm doctor --json` prints.
type doctorDoc struct {
	Runbook string          `json:"runbook"`
	SHA256  string          `json:"sha256"`
	OK      bool            `json:"ok"` // nothing is missing; what is unknown is counted beside it
	Missing int             `json:"missing"`
	Unknown int             `json:"unknown"` // those that only a person can judge included
	There   int             `json:"there"`
	Things  []doctor.Thing  `json:"things"` // worst first
	Checks  []doctor.Check  `json:"checks"`
	Signals []doctor.Signal `json:"signals"`
	Notes   []string        `json:"notes"`
}

func (b builder) doctor() *cobra.Command {
	var asJSON, all bool
	cmd := &cobra.Command{
		Use:   "doctor [FILE]",
		Short: "The runbook against this host: what it names, there or not; what calm can measure here",
		Long: `Holds a runbook against this host, and changes nothing on it: every program, pm2
name, path, URL, variable, collection, index, nginx site, commit, host and channel
that the runbook names, there or not, with the line that names it and what to do;
a backup to restore from; a journal that can be written; and the signals that calm
can measure here, or what it lacks for them. What can't be found out is unknown,
never there. Exit 0 when nothing is missing, 1 when something is, 2 when the
runbook or the configuration can't be read.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			flags := *b.flags
			if len(args) == 1 {
				flags.Runbook = args[0]
			}
			r, err := b.parts.Doctor(cmd.Context(), flags)
			if err != nil {
				return Unusable(err)
			}
			if asJSON {
				err = writeJSON(b.parts.Out, describeReport(r))
			} else {
				err = failed(writeReport(b.parts.Out, r, all))
			}
			if err == nil && !r.OK() {
				return exit{exitFailed, nil}
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as one JSON document")
	cmd.Flags().BoolVarP(&all, "all", "a", false, "list what is there, too")
	return cmd
}

func describeReport(r doctor.Report) doctorDoc {
	doc := doctorDoc{
		Runbook: r.Runbook, SHA256: r.SHA256, OK: r.OK(),
		Things: append([]doctor.Thing{}, r.Things...), Checks: append([]doctor.Check{}, r.Checks...),
		Signals: append([]doctor.Signal{}, r.Signals...), Notes: append([]string{}, r.Notes...),
	}
	for _, t := range r.Things {
		switch t.State {
		case doctor.Missing:
			doc.Missing++
		case doctor.Unknown:
			doc.Unknown++
		case doctor.There:
			doc.There++
		}
	}
	return doc
}

// writeReport prints a report for people, worst first.
func writeReport(w io.Writer, r doctor.Report, all bool) error {
	p := &sheet{}
	missing, open, asked := r.Of(doctor.Missing, false), r.Of(doctor.Unknown, false), r.Of(doctor.Unknown, true)
	missing = append(missing, r.Of(doctor.Missing, true)...)
	there := append(r.Of(doctor.There, false), r.Of(doctor.There, true)...)
	p.line("%s: %d of %d things that it names are here, %d missing, %d unknown", r.Runbook, len(there), len(r.Things), len(missing), len(open)+len(asked))
	p.things("missing", "▲", missing)
	p.things("unknown", "?", open)
	p.asked(asked)
	p.checks(r.Checks)
	p.signals(r.Signals, all)
	p.notes(r.Notes)
	if all {
		p.things("there", "✓", there)
	} else if len(there) > 0 {
		p.head("there")
		p.line("  ✓ %s; --all lists them", tally(there))
	}
	_, err := io.WriteString(w, p.text.String())
	return err
}

// sheet is text in the making.
type sheet struct{ text strings.Builder }

// line is one line, whatever is quoted in it.
func (p *sheet) line(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	bare := strings.TrimLeft(text, " ")
	p.text.WriteString(text[:len(text)-len(bare)] + oneLine(bare) + "\n")
}

// indented is a line below another.
func (p *sheet) indented(label, text string) {
	if text != "" {
		p.line("      %-7s %s", label, text)
	}
}

func (p *sheet) head(title string) { p.text.WriteString("\n" + title + "\n") }

func (p *sheet) things(title, mark string, list []doctor.Thing) {
	if len(list) == 0 {
		return
	}
	p.head(title)
	for _, t := range list {
		one, _ := t.Kind.Words()
		text := t.Name
		if t.Detail != "" {
			text += ": " + t.Detail
		}
		p.line("  %s %-10s %s", mark, one, text)
		p.indented("here", t.Here)
		if t.State == doctor.There {
			continue
		}
		p.indented("meanwhile", t.How.Instead)
		p.indented("for", needs(t.NeededBy))
		p.indented("do", t.Help)
	}
}

// needs says where a thing is needed, the first places in full.
func needs(list []doctor.Place) string {
	const most = 3
	var parts []string
	for i, at := range list {
		if i == most && len(list) > most+1 {
			parts = append(parts, fmt.Sprintf("%d more", len(list)-most))
			break
		}
		parts = append(parts, fmt.Sprintf("%s (line %d)", at.Title, at.Line))
	}
	return strings.Join(parts, "; ")
}

// asked lists what only a person can judge, a kind on a line.
func (p *sheet) asked(list []doctor.Thing) {
	if len(list) == 0 {
		return
	}
	p.head("yours to look at")
	for i := 0; i < len(list); {
		var names []string
		from := i
		for ; i < len(list) && list[i].Kind == list[from].Kind && list[i].Detail == list[from].Detail; i++ {
			names = append(names, list[i].Name)
		}
		one, several := list[from].Kind.Words()
		if len(names) > 1 {
			one = several
		}
		p.line("  ? %-10s %s: %s", one, strings.Join(names, ", "), list[from].Detail)
		p.indented("do", list[from].Help)
	}
}

func (p *sheet) checks(list []doctor.Check) {
	if len(list) == 0 {
		return
	}
	p.head("ready to act")
	marks := map[doctor.State]string{doctor.There: "✓", doctor.Missing: "▲", doctor.Unknown: "?"}
	for _, c := range list {
		text := c.Text
		if c.Detail != "" {
			text += " (" + c.Detail + ")"
		}
		p.line("  %s %s", marks[c.State], text)
		p.indented("do", c.Help)
	}
}

func (p *sheet) signals(list []doctor.Signal, all bool) {
	if len(list) == 0 {
		return
	}
	p.head("signals")
	measured := 0
	for _, s := range list {
		if s.Measured {
			measured++
		}
	}
	p.line("  %d of %d are measured here", measured, len(list))
	for _, s := range list {
		switch {
		case !s.Measured:
			p.line("  ? %-15s %s", s.Label, s.Error)
			p.indented("do", s.Help)
		case s.Error != "":
			p.line("  ✓ %-15s by %s; not by %s", s.Label, s.Source, s.Error)
			p.indented("do", s.Help)
		case all:
			p.line("  ✓ %-15s by %s", s.Label, s.Source)
		}
	}
}

func (p *sheet) notes(list []string) {
	if len(list) == 0 {
		return
	}
	p.head("could be better")
	for _, n := range list {
		p.line("  - %s", n)
	}
}

// tally counts things by kind: "14 programs, 1 pm2 name, 6 paths".
func tally(list []doctor.Thing) string {
	var parts []string
	for i := 0; i < len(list); {
		from := i
		for ; i < len(list) && list[i].Kind == list[from].Kind; i++ {
			continue
		}
		one, several := list[from].Kind.Words()
		if i-from > 1 {
			one = several
		}
		parts = append(parts, fmt.Sprintf("%d %s", i-from, one))
	}
	return strings.Join(parts, ", ")
}
