package cli

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"calm/model/runbook/lint"
)

// helpWidth is how wide the lines of a finding's help are at most, in columns.
const helpWidth = 96

// ink says whether text may be coloured.
type ink bool

func (on ink) paint(sgr, text string) string {
	if !on {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[m"
}

// level colours a level's word; the word itself is always there.
func (on ink) level(l lint.Level) string {
	sgr := map[lint.Level]string{lint.Error: "1;31", lint.Warning: "33", lint.Note: "36"}[l]
	return on.paint(sgr, string(l))
}

// findingWriter writes findings for a person: under their file's name on a terminal, else as lines
// that an editor or grep can take apart, "file:line: level: message  [rule]".
type findingWriter struct {
	grouped bool
	ink     ink
}

func (w findingWriter) text(all []linted) string {
	var b strings.Builder
	for _, l := range all {
		if len(l.found) == 0 {
			continue
		}
		if w.grouped {
			b.WriteString(w.ink.paint("1", oneLine(l.Path)) + "\n")
		}
		for _, f := range l.found {
			w.finding(&b, f)
		}
		if w.grouped {
			b.WriteString("\n")
		}
	}
	return b.String()
}

func (w findingWriter) finding(b *strings.Builder, f lint.Finding) {
	rule := w.ink.paint("2", "["+f.Rule+"]")
	indent := "    "
	if w.grouped {
		indent = "        "
		fmt.Fprintf(b, "%6d  %s: %s  %s\n", f.Line, w.ink.level(f.Level), oneLine(f.Message), rule)
	} else {
		fmt.Fprintf(b, "%s:%d: %s: %s  %s\n", oneLine(f.File), f.Line, w.ink.level(f.Level), oneLine(f.Message), rule)
	}
	for line := range strings.SplitSeq(strings.TrimRight(f.Help, "\n"), "\n") {
		if line == "" {
			continue
		}
		for part := range strings.SplitSeq(ansi.Wordwrap(oneLine(line), helpWidth-len(indent), ""), "\n") {
			b.WriteString(indent + w.ink.paint("2", part) + "\n")
		}
	}
}

// summary counts what was found, in one line.
func summary(all []linted) string {
	n := count(all)
	files := plural(len(all), "file")
	if n[lint.Error]+n[lint.Warning]+n[lint.Note] == 0 {
		return "nothing found in " + files
	}
	var parts []string
	for _, l := range []lint.Level{lint.Error, lint.Warning, lint.Note} {
		if n[l] > 0 {
			parts = append(parts, plural(n[l], string(l)))
		}
	}
	return strings.Join(parts, ", ") + " in " + files
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
