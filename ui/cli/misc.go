package cli

import (
	"fmt"
	"runtime"
	"strings"

	mango "github.com/muesli/mango-cobra"
	"github.com/muesli/roff"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func (b builder) version() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "version", Short: "The version of calm", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if asJSON {
				return writeJSON(b.parts.Out, map[string]string{"version": b.parts.Version, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH})
			}
			_, err := fmt.Fprintln(b.parts.Out, "calm "+b.parts.Version)
			return failed(err)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as one JSON document")
	return cmd
}

func (b builder) man() *cobra.Command {
	return &cobra.Command{
		Use: "man", Short: "The manual page, for man(1)", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			flatten(cmd.Root())
			page, err := mango.NewManPage(1, cmd.Root())
			if err != nil {
				return failed(err)
			}
			_, err = fmt.Fprintln(b.parts.Out, page.Build(roff.NewDocument()))
			return failed(err)
		},
	}
}

// flatten makes the texts fit for the manual page, which breaks lines itself, shows the marks
// around a flag's argument as they are, and takes a per cent sign for a verb.
func flatten(cmd *cobra.Command) {
	text := func(s string) string { return strings.ReplaceAll(s, "%", "%%") }
	cmd.Long, cmd.Short, cmd.Example = text(strings.ReplaceAll(cmd.Long, "\n", " ")), text(cmd.Short), text(cmd.Example)
	for _, flags := range []*pflag.FlagSet{cmd.LocalNonPersistentFlags(), cmd.PersistentFlags()} {
		flags.VisitAll(func(f *pflag.Flag) { f.Usage = text(strings.ReplaceAll(f.Usage, "`", "")) })
	}
	for _, c := range cmd.Commands() {
		flatten(c)
	}
}
