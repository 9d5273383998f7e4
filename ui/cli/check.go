package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"calm/model/severity"
	"calm/model/signal"
	"calm/model/situation"
	"calm/model/triage"
	"calm/ui/command"
)

// Exit codes of a Nagios plugin.
const (
	nagiosOK = iota
	nagiosWarning
	nagiosCritical
	nagiosUnknown
)

// lookLimit bounds one look: what has not answered by then is unknown. The promise is 2 s for the
// whole of `calm check`, so what it took to get ready is taken off.
const (
	lookLimit    = 1600 * time.Millisecond
	leastToLook  = time.Second
	lookRounding = 100 * time.Millisecond // what is said to a person
)

// timeToLook is what is left of the limit after getting ready.
func timeToLook(spent time.Duration) time.Duration {
	return max(leastToLook, (lookLimit - spent).Truncate(lookRounding))
}

// checkDoc is what `calm check --json` prints.
type checkDoc struct {
	Status         string                  `json:"status"`
	Classification severity.Classification `json:"classification"`
	Signals        []signalDoc             `json:"signals"`
	Scenarios      []scenarioDoc           `json:"scenarios"`
	Journal        string                  `json:"journal,omitempty"` // why no incident could be written
	Error          string                  `json:"error,omitempty"`   // why there was no look at all
}

type signalDoc struct {
	Name   signal.Name `json:"name"`
	Value  any         `json:"value"` // a number or a state's word; null when unknown
	Of     *float64    `json:"of,omitempty"`
	Unit   signal.Unit `json:"unit"`
	Status string      `json:"status"`
	At     *time.Time  `json:"at"`
	Age    *float64    `json:"age_seconds"`
	Source string      `json:"source"`
	Error  *string     `json:"error"`
}

type scenarioDoc struct {
	ID           string `json:"id"`
	Title        string `json:"title"`
	Seen         int    `json:"seen"`
	Contradicted int    `json:"contradicted"`
	Unknown      int    `json:"unknown"`
}

func (b builder) check() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "One look at the signals and the severity they suggest; a Nagios plugin",
		Long: `One look at the signals and the severity they suggest, as a Nagios plugin gives it:
exit 0 OK, 1 WARNING (SEV-4 or 3), 2 CRITICAL (SEV-2 or 1), 3 UNKNOWN; one line,
with performance data after a bar. What can't be read is unknown, never OK.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			began := b.parts.Now()
			// A monitor's user need not be able to write what a responder's can.
			flags := *b.flags
			flags.Observe = true
			session, done, err := b.parts.Session(cmd.Context(), flags)
			if err != nil {
				return exit{nagiosUnknown, err}
			}
			defer done()
			watch := situation.New(session.Runbook, session.Specs)
			watch.Add(command.Observe(cmd.Context(), session, timeToLook(b.parts.Now().Sub(began)))...)
			a := watch.Assess(b.parts.Now(), nil)
			doc, code := describe(a)
			if session.Blocked != nil {
				doc.Journal = session.Blocked()
			}
			if doc.Journal != "" && code == nagiosOK {
				doc.Status, code = strings.ToLower(nagiosWords[nagiosWarning]), nagiosWarning
			}
			if asJSON {
				if err := writeJSON(b.parts.Out, doc); err != nil {
					return err
				}
			} else {
				fmt.Fprintln(b.parts.Out, nagiosLine(a, code, doc.Journal))
			}
			if code == nagiosOK {
				return nil
			}
			return exit{code, nil}
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as one JSON document")
	return cmd
}

// statusOf chooses the plugin's answer. What suggests a severity decides; otherwise anything out of
// bounds warns, and anything unknown is never OK.
func statusOf(a situation.Assessment) int {
	switch level := a.Level(); {
	case level == 1 || level == 2:
		return nagiosCritical
	case level > 2:
		return nagiosWarning
	}
	code := nagiosOK
	for _, n := range a.Snapshot.Order {
		r := a.Snapshot.Readings[n]
		switch {
		case r.Status == signal.Out:
			return nagiosWarning
		case missed(r):
			code = nagiosUnknown
		}
	}
	return code
}

// missed says whether a reading is wanted and not to be had. What has no row of its own and no
// limit could not have said that something is wrong.
func missed(r signal.Reading) bool {
	return r.Status == signal.Unknown && (!r.Spec.Quiet || len(r.Spec.Limits) > 0)
}

// blind is the plugin's answer when there was no look at all.
func blind(parts Parts, why string, asJSON bool) {
	if !asJSON {
		fmt.Fprintln(parts.Out, "UNKNOWN - "+noBar(why))
		return
	}
	// The error is on stderr already, and a broken pipe has no reader to be told.
	_ = writeJSON(parts.Out, checkDoc{
		Status: "unknown", Signals: []signalDoc{}, Scenarios: []scenarioDoc{}, Error: why,
		Classification: severity.Classification{Names: []string{}, Reasons: []severity.Reason{}, Unknown: []severity.Missing{}, At: parts.Now().UTC()},
	})
}

var nagiosWords = [...]string{"OK", "WARNING", "CRITICAL", "UNKNOWN"}

func describe(a situation.Assessment) (checkDoc, int) {
	code := statusOf(a)
	doc := checkDoc{
		Status: strings.ToLower(nagiosWords[code]), Classification: inUTC(a.Severity),
		Signals: []signalDoc{}, Scenarios: []scenarioDoc{},
	}
	for _, n := range a.Snapshot.Order {
		doc.Signals = append(doc.Signals, describeSignal(a.Snapshot.Readings[n]))
	}
	for _, c := range a.Cases {
		doc.Scenarios = append(doc.Scenarios, describeCase(c))
	}
	return doc, code
}

func describeCase(c triage.Case) scenarioDoc {
	return scenarioDoc{ID: c.Scenario.ID, Title: c.Scenario.Title, Seen: c.Seen, Contradicted: c.Contradicted, Unknown: c.Unknown}
}

func describeSignal(r signal.Reading) signalDoc {
	doc := signalDoc{
		Name: r.Spec.Name, Unit: r.Spec.Unit, Status: r.Status.String(), Source: r.Sample.Source,
		At: instant(r.Sample.At),
	}
	if !r.Good.At.IsZero() {
		age := r.Age.Seconds()
		doc.Age = &age
	}
	if r.Status == signal.Unknown || r.Status == signal.Absent {
		why := r.Why()
		doc.Error = &why
		return doc
	}
	if r.Spec.Unit == signal.State {
		doc.Value = r.Good.Text
		return doc
	}
	doc.Value = r.Good.Value
	if r.Good.Of > 0 {
		doc.Of = &r.Good.Of
	}
	return doc
}

// nagiosLine is the plugin's one line: the worst first, then performance data as
// label=value[unit];warn;crit. A bar in the text would end it early.
func nagiosLine(a situation.Assessment, code int, journal string) string {
	var say []string
	if level := a.Level(); level > 0 && len(a.Severity.Names) > 0 {
		say = append(say, a.Severity.Names[0]+" suggested")
	}
	var unknown, perf []string
	read := 0
	for _, n := range a.Snapshot.Order {
		r := a.Snapshot.Readings[n]
		switch {
		case r.Status == signal.Out:
			say = append(say, r.Spec.Label+" "+r.Spec.Format(r.Sample))
		case missed(r):
			unknown = append(unknown, r.Spec.Label)
		}
		if known(r) {
			read++
		}
		if known(r) && r.Spec.Unit != signal.State && !r.Spec.Quiet {
			perf = append(perf, fmt.Sprintf("%s=%s%s", r.Spec.Name, trim(r.Good.Value), perfUnit(r.Spec.Unit)))
		}
	}
	if len(unknown) > 0 {
		say = append(say, "unknown: "+strings.Join(unknown, ", "))
	}
	if journal != "" {
		say = append(say, "journal not writable: "+journal)
	}
	if len(say) == 0 {
		say = append(say, fmt.Sprintf("nothing out of bounds, %d signals read", read))
	}
	line := fmt.Sprintf("%s - %s", nagiosWords[code], noBar(oneLine(strings.Join(say, "; "))))
	if len(perf) > 0 {
		line += " | " + strings.Join(perf, " ")
	}
	return line
}

func known(r signal.Reading) bool { return r.Status == signal.In || r.Status == signal.Out }

// noBar takes out the bar that would end the text and begin performance data.
func noBar(s string) string { return strings.ReplaceAll(s, "|", "/") }

func perfUnit(u signal.Unit) string {
	switch u {
	case signal.Seconds:
		return "s"
	case signal.Bytes:
		return "B"
	}
	return ""
}

func trim(v float64) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.4f", v), "0"), ".")
}
