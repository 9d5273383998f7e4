package cli

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func (b builder) practice() *cobra.Command {
	var dir string
	group := &cobra.Command{
		Use:   "practice",
		Short: "A real small production host on loopback, to practise on",
		Long: `The practice host is a Node app under its own pm2, with its own mongod and nginx,
traffic, backups and two releases, in one folder and on loopback only. It never
touches a pm2, mongod or nginx of the machine's own, and "down" leaves no trace.`,
	}
	group.PersistentFlags().StringVar(&dir, "dir", "", "the `folder` it lives in")
	host := func() Practice { return b.parts.Practice(dir) }
	log := func(line string) { fmt.Fprintln(b.parts.Err, line) }
	simple := func(use, short string, do func(cmd *cobra.Command) error) *cobra.Command {
		return &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return failed(do(cmd)) }}
	}
	fault := &cobra.Command{
		Use: "fault NAME", Short: "Break it: " + strings.Join(host().Faults(), ", "), Args: cobra.ExactArgs(1),
		ValidArgs: host().Faults(),
		RunE: func(cmd *cobra.Command, args []string) error {
			return failed(host().Fault(cmd.Context(), args[0]))
		},
	}
	group.AddCommand(
		simple("up", "Fetch what it needs, start it, wait until it is well", func(cmd *cobra.Command) error { return host().Up(cmd.Context(), log) }),
		simple("down", "End every part of it and remove its folder", func(cmd *cobra.Command) error { return host().Down(cmd.Context()) }),
		simple("heal", "Back to the healthy state, whatever was done to it", func(cmd *cobra.Command) error { return host().Heal(cmd.Context()) }),
		simple("tools", "Fetch what it needs, and start nothing", func(cmd *cobra.Command) error { return host().Tools(cmd.Context(), log) }),
		simple("config", "Print the path of its calm.yaml", func(*cobra.Command) error {
			path, err := host().Config()
			if err == nil {
				fmt.Fprintln(b.parts.Out, path)
			}
			return err
		}),
		b.practiceStatus(host),
		fault,
	)
	return group
}

func (b builder) practiceStatus(host func() Practice) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "status", Short: "Each part of it, up or why not", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			status, err := host().Status(cmd.Context())
			if err != nil {
				return failed(err)
			}
			if asJSON {
				return writeJSON(b.parts.Out, status)
			}
			if text, ok := status.(fmt.Stringer); ok {
				_, err = fmt.Fprintln(b.parts.Out, text.String())
				return failed(err)
			}
			raw, err := json.MarshalIndent(status, "", "  ")
			fmt.Fprintln(b.parts.Out, string(raw))
			return failed(err)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as one JSON document")
	return cmd
}
