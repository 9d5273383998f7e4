package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"calm/model/runbook/library"
)

// index is `calm runbook list`.
func (b builder) index() *cobra.Command {
	var asJSON bool
	var words string
	cmd := &cobra.Command{
		Use:   "list [DIR]",
		Short: "The runbooks of a folder: title, alerts, what each one holds",
		Long: `Without DIR it is the folder that --runbook or calm.yaml names. --search gives those in
which every word occurs, best first: an alert's exact name goes before a word of a title.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			flags := *b.flags
			if len(args) == 1 {
				flags.Runbook = args[0]
			}
			x, err := b.parts.Folder(flags)
			if err != nil {
				return Unusable(err)
			}
			if words != "" {
				var found []library.Entry
				for _, i := range x.Search(words) {
					found = append(found, x.Entries[i])
				}
				x.Entries = found
			}
			x.Entries = append([]library.Entry{}, x.Entries...)
			if asJSON {
				err = writeJSON(b.parts.Out, x)
			} else {
				b.listed(x)
			}
			if err == nil && len(x.Entries) == 0 && words != "" {
				return exit{exitFailed, fmt.Errorf("no runbook in %s has %q; leave a word out", x.Dir, words)}
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as one JSON document")
	cmd.Flags().StringVar(&words, "search", "", "only those that have these `words`")
	return cmd
}

// listed writes the index for people, an entry in two lines.
func (b builder) listed(x library.Index) {
	for _, e := range x.Entries {
		title := e.Title
		if len(e.Alerts) > 0 && e.Alerts[0] != title {
			title += "  (" + strings.Join(e.Alerts, ", ") + ")"
		}
		what := ""
		switch {
		case e.Error != nil:
			what = "can't be opened: " + *e.Error
		case e.Holds != nil:
			what = e.Holds.String()
		}
		fmt.Fprintf(b.parts.Out, "%s\n    %s  %s\n", oneLine(title), oneLine(e.Path), oneLine(what))
	}
	for _, s := range x.LeftOut {
		fmt.Fprintln(b.parts.Err, "calm: "+s)
	}
}
