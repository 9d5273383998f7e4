package incident

import (
	"encoding/json"
	"fmt"
	"strings"

	"calm/model/runbook/revision"
)

func (l liner) declared(d DeclaredData) (mark, text string) {
	text = "declared " + l.level(d.Level)
	if d.Drill {
		text += ", a drill"
	}
	return MarkDone, text
}

func (l liner) severity(d SeverityData) (mark, text string) {
	mark = MarkOut
	if d.Was > 0 && d.Level > d.Was {
		mark = MarkDone
	}
	text = l.level(d.Level)
	if d.Was > 0 {
		text = l.level(d.Was) + " → " + text
	}
	return mark, join(": ", text, d.Reason)
}

func (l liner) suggested(d SuggestedData) (mark, text string) {
	mark = MarkOut
	if d.Level == 0 || d.Was > 0 && d.Level > d.Was {
		mark = MarkGood
	}
	return mark, join(", ", d.Text, l.level(d.Level)+" suggested")
}

func (l liner) signal(d SignalData) (mark, text string) {
	switch d.Status {
	case "out":
		mark = MarkOut
	case "in":
		mark = MarkGood
	default:
		mark = MarkUnknown
	}
	if d.Text != "" {
		return mark, d.Text
	}
	words := map[string]string{"out": "out of bounds", "in": "in bounds"}[d.Status]
	if words == "" {
		words = "unknown"
	}
	return mark, join(" ", strings.ReplaceAll(d.Name, "_", " "), words)
}

func (l liner) leads(d LeadsData) (mark, text string) {
	switch {
	case d.Text != "":
		return MarkDone, d.Text
	case d.Scenario == "":
		return MarkDone, "no scenario leads"
	case d.Chosen:
		return MarkDone, d.Scenario + " opened"
	}
	return MarkDone, d.Scenario + " leads"
}

// roleWords are short, because a line of the timeline is 38 columns wide at 120×40.
var roleWords = map[string]string{
	IncidentCommander: "commander", OperationsLead: "ops",
	CommunicationsLead: "communications", Scribe: "scribe", Observer: "observer",
}

func (l liner) role(d RoleData) (mark, text string) {
	role := roleWords[d.Role]
	if role == "" {
		role = strings.ReplaceAll(d.Role, "_", " ")
	}
	if d.Who == "" {
		return MarkDone, role + " is open"
	}
	return MarkDone, role + " " + d.Who
}

func (l liner) note(d NoteData) (mark, text string) {
	text = `"` + d.Text + `"`
	if !d.About.IsZero() {
		text = "at " + d.About.UTC().Format("15:04:05") + " " + text
	}
	return MarkNote, text
}

func (l liner) answered(d AnsweredData) (mark, text string) {
	mark = MarkDone
	if d.Answer != "yes" && d.Answer != "no" {
		mark = MarkUnknown
	}
	return mark, join(" ", d.Answer+":", d.Text)
}

func (l liner) ticked(d TickedData) (mark, text string) {
	reason := ""
	if d.Reason != "" {
		reason = " (" + d.Reason + ")"
	}
	switch d.State {
	case TickDone:
		return MarkGood, "done: " + d.Text + reason
	case TickAcknowledged:
		return MarkGood, "seen: " + d.Text + reason
	case TickSkipped:
		return MarkSkipped, "skipped: " + d.Text + reason
	case TickDeferred:
		return MarkDeferred, "deferred: " + d.Text + reason
	}
	return MarkDone, "open again: " + d.Text + reason
}

func (l liner) message(d MessageData) (mark, text string) {
	text = join(" ", d.Purpose, "message")
	switch {
	case !d.Sent:
		text += " drafted"
	case len(d.Channels) == 1:
		text += " to " + d.Channels[0]
	case len(d.Channels) > 1:
		text += fmt.Sprintf(" to %d channels", len(d.Channels))
	default:
		text += " sent"
	}
	return MarkMessage, text
}

func (l liner) escalated(d EscalatedData) (mark, text string) {
	return MarkMessage, join(": ", join(" ", fmt.Sprintf("escalated to L%d", d.Level), d.Contact), d.Reason)
}

// shortHash is how a plan is told apart on screen: "9f3c·a1".
func shortHash(hash string) string {
	if len(hash) < 6 {
		return hash
	}
	return hash[:4] + "·" + hash[4:6]
}

func (l liner) proposed(d ProposedData) (mark, text string) {
	var plan struct {
		Title string `json:"title"`
	}
	// A plan of another version still has its hash; the title is only for the eye.
	_ = json.Unmarshal(d.Plan, &plan)
	return MarkDone, join(", ", join(" ", "proposed", plan.Title), "plan "+shortHash(d.Hash))
}

func (l liner) confirmed(d ConfirmedData) (mark, text string) {
	text = "confirmed, plan " + shortHash(d.Hash)
	if len(d.How) > len("--yes") {
		// More than a key: an approval, an exception, a target typed.
		text += ", " + d.How
	}
	return MarkDone, text
}

func (l liner) intent(d IntentData) (mark, text string) {
	if d.Risk == reads {
		return MarkDone, "check starts: " + d.Title
	}
	return MarkDone, "runs " + join(" ", d.Command)
}

func (l liner) finished(d FinishedData) (mark, text string) {
	r, _, known := l.run(d.Op)
	mark = map[string]string{OutcomeOK: MarkDone, OutcomeCancelled: MarkDone, OutcomeFailed: MarkOut}[d.Outcome]
	if mark == "" {
		mark = MarkUnknown
	}
	if known && r.Risk == reads && d.Outcome == OutcomeOK {
		return MarkGood, join(", ", "check: "+r.Title, d.Text)
	}
	what := "ran"
	if known {
		what = "ran " + join(" ", r.Command)
		if r.Risk == reads {
			what = "check: " + r.Title
		}
	}
	return mark, join(", ", what, ending(d))
}

// ending says how a command ended, in the order in which one wants to know it.
func ending(d FinishedData) string {
	switch d.Outcome {
	case OutcomeOK, OutcomeFailed:
		exit := fmt.Sprintf("exit %d", d.Exit)
		if d.Exit < 0 {
			exit = "ended by a signal"
		}
		if d.Seconds > 0 {
			exit += fmt.Sprintf(", %.1f s", d.Seconds)
		}
		if d.Outcome == OutcomeFailed {
			return join(", ", exit, d.Text)
		}
		return exit
	case OutcomeCancelled:
		return join(", ", "cancelled", d.Text)
	}
	return join(", ", "outcome unknown", d.Text)
}

func (l liner) judged(d JudgedData) (mark, text string) {
	title := ""
	if r, _, known := l.run(d.Op); known {
		title = r.Title
	}
	switch d.Verdict {
	case "worked":
		return MarkGood, join(": ", join(" ", title, "WORKED"), d.Text)
	case "no effect":
		return MarkDone, join(": ", join(" ", title, "had NO EFFECT"), d.Text)
	case "worse":
		return MarkOut, join(": ", join(" ", title, "made it WORSE"), d.Text)
	}
	return MarkUnknown, join(": ", join(" ", title, "effect unknown"), d.Text)
}

func (l liner) refused(d RefusedData) (mark, text string) {
	return MarkOut, join(": ", "refused", d.What, d.Why)
}

func (l liner) kept(d KeptData) (mark, text string) {
	return MarkDone, join(": ", "stays", d.Title, d.Why)
}

func (l liner) revised(d RunbookData) (mark, text string) {
	return MarkOut, join(": ", "runbook changed "+revision.Short(d.Was)+" → "+revision.Short(d.Now), d.Text)
}

func (l liner) trusted(d TrustedData) (mark, text string) {
	return MarkDone, "runbook trusted " + revision.Short(d.SHA256)
}
