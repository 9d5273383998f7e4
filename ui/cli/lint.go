package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"calm/model/runbook"
	"calm/model/runbook/lint"
)

// Book is one runbook out of those that a command line names, or why it can't be read.
type Book struct {
	Path    string
	Runbook *runbook.Runbook
	Exists  func(path string) bool // as lint.Exists wants it; nil for a runbook that lies in no folder
	Err     error
}

// linted is one runbook with what is wrong with it.
type linted struct {
	Book
	found []lint.Finding
}

const (
	asText  = "text"
	asJSON  = "json"
	asSARIF = "sarif"
)

func (b builder) lint() *cobra.Command {
	var format string
	var rules bool
	cmd := &cobra.Command{
		Use:   "lint [FILE…]",
		Short: "What is wrong with a runbook, where, and how to mend it",
		Long: `Where a runbook would fail at three in the morning: steps that report success
without having done anything, checks that can't fail, parts that nobody filled in.

FILE is a Markdown file, a folder (every .md below it), or - for stdin. Without
FILE it is the configuration's runbook, else the built-in one.

Exit 0: nothing, or warnings and notes only; 1: findings of level error; 2: a file
can't be read (the others are still looked at).

A comment silences a rule, on its line or, alone on a line, for what begins below
it (a chapter, a block of code, a command, a paragraph):
  <!-- calm-lint-ignore RULE: why -->      in Markdown
  # calm-lint-ignore RULE: why             within a block of commands`,
		Example: `  calm runbook lint docs/runbooks
  calm runbook lint RUNBOOK.md --format sarif > lint.sarif
  calm runbook lint --rules`,
		RunE: func(_ *cobra.Command, args []string) error {
			if format != asText && format != asJSON && format != asSARIF {
				return exit{exitUsage, fmt.Errorf("--format %q: write text, json or sarif", format)}
			}
			if rules {
				return b.lintRules(format, args)
			}
			return b.lintAll(format, args)
		},
	}
	cmd.Flags().StringVar(&format, "format", asText, "`text`, json or sarif (for code scanning)")
	cmd.Flags().BoolVar(&rules, "rules", false, "list the rules instead")
	return cmd
}

// lintAll looks at every file and says what it found in all that could be read.
func (b builder) lintAll(format string, names []string) error {
	var all []linted
	unread := 0
	for _, book := range b.books(names) {
		l := linted{Book: book}
		if book.Err != nil {
			unread++
			fmt.Fprintln(b.parts.Err, "calm: "+oneLine(book.Err.Error()))
		} else {
			l.found = lint.Check(book.Runbook, lint.Exists(book.Exists))
		}
		all = append(all, l)
	}
	err := b.writeLint(format, all, unread)
	switch {
	case err != nil:
		return failed(err)
	case unread > 0:
		return exit{exitUsage, nil}
	case count(all)[lint.Error] > 0:
		return exit{exitFailed, nil}
	}
	return nil
}

// books reads what the names stand for; - is stdin.
func (b builder) books(names []string) []Book {
	if len(names) == 0 {
		return b.parts.Books(*b.flags, nil)
	}
	var out []Book
	for _, name := range names {
		if name != "-" {
			out = append(out, b.parts.Books(*b.flags, []string{name})...)
			continue
		}
		book := Book{Path: name}
		source, err := io.ReadAll(b.parts.In)
		if book.Err = err; err == nil {
			book.Runbook, book.Err = runbook.Parse(name, source)
		}
		out = append(out, book)
	}
	return out
}

// count is how many findings there are of each level.
func count(all []linted) map[lint.Level]int {
	n := map[lint.Level]int{}
	for _, l := range all {
		for _, f := range l.found {
			n[f.Level]++
		}
	}
	return n
}

func (b builder) writeLint(format string, all []linted, unread int) error {
	switch format {
	case asJSON:
		found := []lint.Finding{}
		for _, l := range all {
			found = append(found, l.found...)
		}
		return writeJSON(b.parts.Out, found)
	case asSARIF:
		dir, err := os.Getwd()
		if err != nil {
			return err
		}
		return writeJSON(b.parts.Out, sarifOf(all, b.parts.Version, dir))
	}
	w := findingWriter{width: b.parts.Width, ink: ink(b.parts.Color)}
	if _, err := io.WriteString(b.parts.Out, w.text(all)); err != nil {
		return err
	}
	if unread == 0 {
		fmt.Fprintln(b.parts.Err, summary(all))
	}
	return nil
}

// lintRules lists the rules.
func (b builder) lintRules(format string, args []string) error {
	switch {
	case len(args) > 0:
		return exit{exitUsage, errors.New("--rules takes no FILE: it lists the rules, whatever the runbook")}
	case format == asSARIF:
		return exit{exitUsage, errors.New("--rules goes with --format text or json")}
	case format == asJSON:
		return writeJSON(b.parts.Out, ruleDocs())
	}
	var out strings.Builder
	width := 0
	for _, r := range lint.Rules() {
		width = max(width, len(r.ID))
	}
	for _, r := range lint.Rules() {
		fmt.Fprintf(&out, "%-*s  %-7s  %s\n", width, r.ID, r.Level, r.Title)
	}
	_, err := io.WriteString(b.parts.Out, out.String())
	return failed(err)
}

// ruleDoc is a rule in `calm runbook lint --rules --format json`.
type ruleDoc struct {
	ID    string     `json:"id"`
	Level lint.Level `json:"level"`
	Title string     `json:"title"`
	Why   string     `json:"why"`
	Mend  string     `json:"mend"`
	Bad   string     `json:"bad"`
	Good  string     `json:"good"`
}

func ruleDocs() []ruleDoc {
	docs := []ruleDoc{}
	for _, r := range lint.Rules() {
		docs = append(docs, ruleDoc{r.ID, r.Level, r.Title, r.Why, r.Mend, r.Bad, r.Good})
	}
	return docs
}
