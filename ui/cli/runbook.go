package cli

import "github.com/spf13/cobra"

func (b builder) runbook() *cobra.Command {
	group := &cobra.Command{Use: "runbook", Short: "What calm understands of a runbook"}
	var asJSON bool
	show := &cobra.Command{
		Use:   "show [FILE]",
		Short: "Every part of a runbook, with its line",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			flags := *b.flags
			if len(args) == 1 {
				flags.Runbook = args[0]
			}
			rb, err := b.parts.Runbook(flags)
			if err != nil {
				return Unusable(err)
			}
			if asJSON {
				return writeJSON(b.parts.Out, rb)
			}
			return failed(rb.WriteText(b.parts.Out))
		},
	}
	show.Flags().BoolVar(&asJSON, "json", false, "as one JSON document")
	group.AddCommand(show, b.index(), b.lint(), b.runbookTrust(), b.runbookDistrust())
	return group
}
