package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"calm/model/action"
)

// Approvals are the plans that wait on this host until somebody else agrees to them.
type Approvals interface {
	// Waiting are their hashes.
	Waiting() ([]string, error)
	// Visit goes to one. What it shows is as the one who asks has it, and is to be read as such.
	Visit(ctx context.Context, hash string) (Visit, error)
}

// Visit is a look at one that waits. Answer or Close ends it.
type Visit interface {
	Ask() action.Ask
	Plan() action.Plan
	Needs() string // who must agree, in the runbook's words
	// Answer gives a signature or, without one, yes or no; and says what became of it.
	Answer(yes bool, signature string) (string, error)
	Close()
}

func (b builder) approve() *cobra.Command {
	var signature string
	cmd := &cobra.Command{
		Use:   "approve [START]",
		Short: "Agree to a plan that waits on this host for somebody else's approval",
		Long: `What needs approval waits ten minutes in the console, or in calm run, of the one who
asks. Here a second person reads what would run, and says yes or no: START is the
beginning of the plan's hash, as the one who asks sees it; without it, the one that
waits. That is the weaker form. --signature hands in what ssh-keygen -Y sign made on
the approver's own machine, whoever brings it. Whose signatures count is in
/etc/calm/allowed_signers, or in the file that approval.signers of calm.yaml names, in
the format of ssh-keygen(1), a line each:

  cto@example.com namespaces="calm" ssh-ed25519 AAAA…

It should be root's: others than its owner must not be able to write it, and where the
one who asks could, the approval is marked as weaker. approval.approvers names the
users who may say yes on this host; without it, any other than the one who asks. Only
where there is neither does a name count that is typed by the one who asks.
Exit 0 approved, 6 refused.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			start := strings.Join(args, "")
			hash, err := b.waiting(start)
			if err != nil {
				return err
			}
			v, err := b.parts.Approvals.Visit(cmd.Context(), hash)
			if err != nil {
				return failed(err)
			}
			defer v.Close()
			if signature != "" {
				return b.handIn(v, signature)
			}
			return b.sayYes(v)
		},
	}
	cmd.Flags().StringVar(&signature, "signature", "", "hand in the signature in `FILE`, or - for the standard input")
	return cmd
}

// waiting finds the one that is meant.
func (b builder) waiting(start string) (string, error) {
	all, err := b.parts.Approvals.Waiting()
	if err != nil {
		return "", failed(err)
	}
	start = strings.ToLower(strings.ReplaceAll(start, "·", ""))
	var found, short []string
	for _, hash := range all {
		short = append(short, hash[:8])
		if strings.HasPrefix(hash, start) {
			found = append(found, hash)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(all) == 0:
		return "", failed(errors.New("no plan waits for approval on this host; its console, or its calm run, must be open"))
	case len(found) == 0:
		return "", failed(fmt.Errorf("no plan that waits begins with %q; there is %s", start, strings.Join(short, ", ")))
	}
	return "", exit{exitUsage, fmt.Errorf("%d plans wait; name one: calm approve %s", len(found), strings.Join(short, ", or "))}
}

// maxSignature is more than any has.
const maxSignature = 64 << 10

func (b builder) handIn(v Visit, file string) error {
	in := b.parts.In
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return Unusable(err)
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxSignature))
	if err != nil {
		return Unusable(err)
	}
	if strings.TrimSpace(string(text)) == "" {
		return Unusable(fmt.Errorf("%s is empty: it must hold what ssh-keygen -Y sign prints", file))
	}
	return b.answered(v.Answer(true, string(text)))
}

// sayYes shows what would run, whole, and asks.
func (b builder) sayYes(v Visit) error {
	b.offer(v)
	fmt.Fprint(b.parts.Err, "Do you approve it? (y; n refuses it; anything else leaves it) ")
	in := bufio.NewScanner(b.parts.In)
	if !in.Scan() {
		fmt.Fprintln(b.parts.Err)
	}
	switch strings.TrimSpace(in.Text()) {
	case "y", "yes":
		return b.answered(v.Answer(true, ""))
	case "n", "no":
		if _, err := v.Answer(false, ""); err != nil {
			return exit{runRefused, err}
		}
		return exit{runRefused, errors.New("you refused it; the one who asks is told")}
	}
	return exit{exitFailed, errors.New("not answered; it waits on")}
}

func (b builder) answered(words string, err error) error {
	if err != nil {
		return exit{runRefused, err}
	}
	fmt.Fprintln(b.parts.Out, words)
	return nil
}

// offer prints what is asked. It comes from another user's process: nothing in it reaches the terminal as
// more than text.
func (b builder) offer(v Visit) {
	ask, p := v.Ask(), v.Plan()
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n\n", ask.Line())
	fmt.Fprintln(&out, planRow("asked", fmt.Sprintf("by %s (uid %d)", ask.By.Name, ask.By.UID)))
	fmt.Fprintln(&out, planRow("needs", v.Needs()))
	fmt.Fprintf(&out, "\nIt begins with:\n%s\n", planText(p))
	first := true
	for _, s := range ask.Steps {
		if s.ID == ask.First {
			continue
		}
		if first {
			fmt.Fprintf(&out, "\nand covers, once each:\n")
			first = false
		}
		fmt.Fprintf(&out, "%s  (%s)\n%s\n", s.Title, s.Risk, planRow("runs", s.Text))
		for placeholder, value := range s.Fill {
			fmt.Fprintln(&out, planRow("with", placeholder+" = "+value))
		}
	}
	fmt.Fprintln(b.parts.Out, inert(out.String()))
}

// inert makes what a terminal would obey visible: control characters, and those that turn the direction
// of writing.
func inert(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
