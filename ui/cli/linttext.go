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

// findingWriter writes findings for a person: under their file's name and within the width of a
// terminal, else as lines that an editor or grep can take apart, "file:line: level: message  [rule]".
type findingWriter struct {
	width int // of the terminal; 0 for none
	ink   ink
}

func (w findingWriter) text(all []linted) string {
	var b strings.Builder
	for _, l := range all {
		if len(l.found) == 0 {
			continue
		}
		if w.width > 0 {
			b.WriteString(w.ink.paint("1", oneLine(l.Path)) + "\n")
		}
		for _, f := range l.found {
			w.finding(&b, f)
		}
		if w.width > 0 {
			b.WriteString("\n")
		}
	}
	return b.String()
}

func (w findingWriter) finding(b *strings.Builder, f lint.Finding) {
	rule := w.ink.paint("2", "["+f.Rule+"]")
	if w.width == 0 {
		fmt.Fprintf(b, "%s:%d: %s: %s  %s\n", oneLine(f.File), f.Line, w.ink.level(f.Level), oneLine(f.Message), rule)
		w.help(b, f, "    ", helpWidth)
		return
	}
	const indent = "        "
	width := min(w.width, helpWidth+len(indent))
	said := fmt.Sprintf("%s: %s  %s", w.ink.level(f.Level), oneLine(f.Message), rule)
	for i, part := range strings.Split(ansi.Wordwrap(said, max(width-len(indent), 20), ""), "\n") {
		if i == 0 {
			fmt.Fprintf(b, "%6d  %s\n", f.Line, part)
		} else {
			b.WriteString(indent + part + "\n")
		}
	}
	w.help(b, f, indent, width)
}

func (w findingWriter) help(b *strings.Builder, f lint.Finding, indent string, width int) {
	for line := range strings.SplitSeq(strings.TrimRight(f.Help, "\n"), "\n") {
		if line = oneLine(line); line == "" {
			continue
		}
		for part := range strings.SplitSeq(ansi.Wordwrap(line, max(width-len(indent), 20), ""), "\n") {
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
