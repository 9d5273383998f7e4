package cli

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"calm/model/runbook"
	"calm/model/runbook/lint"
	"calm/model/runbook/revision"
	"calm/ui/command"
)

// Trust keeps which texts of runbooks may run on this host.
type Trust interface {
	command.Trust
	// Take takes the trust in the text with a SHA-256 back.
	Take(sha string) error
	// List gives every grant that counts, the newest first, and an error for each that does not.
	List() ([]revision.Grant, []error)
}

func (b builder) runbookTrust() *cobra.Command {
	var yes, list, asJSON bool
	cmd := &cobra.Command{
		Use:   "trust [FILE]",
		Short: "Let the steps of a runbook run on this host, by its hash",
		Long: `A runbook that nobody trusted is shown and measured by; nothing of it runs. Trust is
given to the text, by its SHA-256: a changed file needs it again. --yes is for scripts
that set a host up.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			store, err := b.parts.Trust(*b.flags)
			if err != nil {
				return Unusable(err)
			}
			if list {
				return b.trusted(store, asJSON)
			}
			flags := *b.flags
			if len(args) == 1 {
				flags.Runbook = args[0]
			}
			rb, err := b.parts.Runbook(flags)
			if err != nil {
				return Unusable(err)
			}
			return b.giveTrust(store, rb, yes)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&yes, "yes", false, "do not ask")
	f.BoolVar(&list, "list", false, "show what is trusted, by whom, since when")
	f.BoolVar(&asJSON, "json", false, "with --list: as one JSON document")
	return cmd
}

// giveTrust shows what is about to be trusted, asks, and says what was done.
func (b builder) giveTrust(store Trust, rb *runbook.Runbook, yes bool) error {
	st := store.Standing(rb)
	if st.Trusted {
		fmt.Fprintln(b.parts.Out, st.Text())
		return nil
	}
	b.about(st, lint.Check(rb))
	if !yes {
		fmt.Fprint(b.parts.Err, "May its steps run on this host, each after its own confirmation? (y or n) ")
		in := bufio.NewScanner(b.parts.In)
		said := in.Scan()
		if !said {
			fmt.Fprintln(b.parts.Err)
		}
		if answer := strings.TrimSpace(in.Text()); answer != "y" && answer != "yes" {
			return exit{exitFailed, fmt.Errorf("%s is not trusted; nothing of it runs", rb.Path)}
		}
	}
	if _, err := store.Give(rb, b.parts.Actor()); err != nil {
		return failed(err)
	}
	fmt.Fprintln(b.parts.Out, store.Standing(rb).Text())
	return nil
}

// about says what a person should know before trusting a text.
func (b builder) about(st revision.Standing, found []lint.Finding) {
	w := b.parts.Out
	row := func(name, text string) { fmt.Fprintf(w, "%-9s %s\n", name, text) }
	row("runbook", revision.Visible(st.Path))
	row("title", revision.Visible(orNone(st.Title)))
	row("hash", st.SHA256)
	row("steps", st.Count.String())
	if st.Before == nil {
		row("since", "no text of this file was trusted before")
	} else {
		row("since", fmt.Sprintf("%s, by %s: %s", st.Before.At.UTC().Format("2 Jan 2006 15:04 UTC"), st.Before.By, st.Since.Steps()))
		for _, c := range st.Since.Changes {
			fmt.Fprintln(w, strings.TrimRight(diffOf(c), "\n"))
		}
	}
	if line := lint.Tally(found); line != "" {
		row("lint", line+"; calm runbook lint "+st.Path)
	}
	if st.Why != "" && st.Before == nil {
		row("now", "not trusted: "+st.Why)
	}
}

func orNone(title string) string {
	if title == "" {
		return "none"
	}
	return title
}

// diffOf is one changed step, with what it ran and what it would run.
func diffOf(c revision.Change) string {
	var out strings.Builder
	where := c.Part
	if c.Line > 0 {
		where += fmt.Sprintf(", line %d", c.Line)
	}
	fmt.Fprintf(&out, "  %-8s %s (%s)\n", c.Kind, revision.Visible(c.Title), revision.Visible(where))
	if c.Kind == revision.Moved {
		return out.String()
	}
	for _, l := range c.Lines() {
		fmt.Fprintf(&out, "           %s\n", l)
	}
	return out.String()
}

// trusted lists what may run.
func (b builder) trusted(store Trust, asJSON bool) error {
	all, bad := store.List()
	if asJSON {
		if all == nil {
			all = []revision.Grant{}
		}
		return writeJSON(b.parts.Out, all)
	}
	for _, err := range bad {
		fmt.Fprintln(b.parts.Err, "calm: "+oneLine(err.Error()))
	}
	if len(all) == 0 {
		fmt.Fprintln(b.parts.Out, "no runbook is trusted but the built-in one; calm runbook trust FILE trusts one")
	}
	for _, g := range all {
		fmt.Fprintf(b.parts.Out, "%s  %s  %-10s %s\n", revision.Short(g.SHA256), g.At.UTC().Format("2006-01-02 15:04 UTC"), revision.Visible(g.By), revision.Visible(g.Path))
	}
	return nil
}

func (b builder) runbookDistrust() *cobra.Command {
	return &cobra.Command{
		Use:   "distrust FILE|HASH",
		Short: "Take the trust in a runbook back",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			store, err := b.parts.Trust(*b.flags)
			if err != nil {
				return Unusable(err)
			}
			sha, err := b.meant(store, args[0])
			if err != nil {
				return Unusable(err)
			}
			if err := store.Take(sha); err != nil {
				return failed(err)
			}
			fmt.Fprintf(b.parts.Out, "%s is not trusted any more\n", revision.Short(sha))
			return nil
		},
	}
}

// meant finds the hash that a person means: a file's, or one of which the beginning is given.
func (b builder) meant(store Trust, word string) (string, error) {
	if _, err := os.Stat(word); err == nil {
		flags := *b.flags
		flags.Runbook = word
		rb, err := b.parts.Runbook(flags)
		if err != nil {
			return "", err
		}
		return rb.SHA256, nil
	}
	head, tail, _ := strings.Cut(strings.ToLower(word), "…")
	var hits []string
	all, _ := store.List()
	for _, g := range all {
		if len(head) >= 4 && strings.HasPrefix(g.SHA256, head) && strings.HasSuffix(g.SHA256, tail) {
			hits = append(hits, g.SHA256)
		}
	}
	switch {
	case len(hits) == 1:
		return hits[0], nil
	case len(hits) > 1:
		return "", fmt.Errorf("%d trusted texts begin with %s; write more of the hash", len(hits), head)
	case len(word) == 64:
		return word, nil
	}
	return "", fmt.Errorf("%s is no file and no hash of a trusted runbook; calm runbook trust --list shows them", word)
}
