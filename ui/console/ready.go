package console

import (
	"fmt"
	"strings"

	"calm/model/doctor"
	"calm/ui/pane"
)

// How many rows of one sort there are before the rest is only counted.
const (
	mostMissing = 4
	mostUnknown = 2
)

// facts are the doctor's findings as the watch screen has room for them: how much is there, what is
// missing, what can't be told, and the rest of what one needs to act.
func facts(r doctor.Report) []pane.Fact {
	missing, open := r.Of(doctor.Missing, false), r.Of(doctor.Unknown, false)
	there := r.Count(doctor.There)
	all := there + len(missing) + len(open)
	out := []pane.Fact{{State: "ok", Text: fmt.Sprintf("all %d things that it names are here", all)}}
	switch {
	case all == 0:
		out[0].Text = "it names nothing of this host"
	case there == 0:
		out[0] = pane.Fact{State: "warn", Text: "nothing that it names is here"}
		if len(missing) == 0 {
			out[0] = pane.Fact{State: "unknown", Text: "nothing is known of what it names"}
		}
	case there < all:
		out[0].Text = fmt.Sprintf("%d of %d things that it names are here", there, all)
	}
	for i, t := range missing {
		if i == mostMissing-1 && len(missing) > mostMissing {
			out = append(out, pane.Fact{State: "warn", Text: fmt.Sprintf("%d more missing", len(missing)-i), Note: "calm doctor lists them"})
			break
		}
		note := t.How.Instead
		if note == "" && len(t.NeededBy) > 0 {
			note = t.NeededBy[0].Title
		}
		out = append(out, pane.Fact{State: "warn", Text: t.Sentence(), Note: note})
	}
	out = append(out, unknowns(open)...)
	for _, c := range r.Checks {
		out = append(out, pane.Fact{State: mark(c.State), Text: c.Text, Note: noteOf(c)})
	}
	return out
}

// unknowns gathers what can't be told for the same reason: a mongod that is down hides a lot.
func unknowns(open []doctor.Thing) []pane.Fact {
	var out []pane.Fact
	names := map[string][]string{}
	var reasons []string
	for _, t := range open {
		if len(names[t.Detail]) == 0 {
			reasons = append(reasons, t.Detail)
		}
		names[t.Detail] = append(names[t.Detail], t.Name)
	}
	left := len(open)
	for i, why := range reasons {
		if i == mostUnknown-1 && len(reasons) > mostUnknown {
			out = append(out, pane.Fact{State: "unknown", Text: fmt.Sprintf("%d more unknown", left), Note: "calm doctor says why"})
			break
		}
		left -= len(names[why])
		text := names[why][0]
		if n := len(names[why]); n > 1 {
			text = fmt.Sprintf("%s and %d more", text, n-1)
		}
		out = append(out, pane.Fact{State: "unknown", Text: text + " unknown", Note: why})
	}
	return out
}

func mark(s doctor.State) string {
	switch s {
	case doctor.There:
		return "ok"
	case doctor.Missing:
		return "warn"
	}
	return "unknown"
}

// noteOf says more only where something is wrong.
func noteOf(c doctor.Check) string {
	if c.State == doctor.There {
		return ""
	}
	return strings.TrimSpace(c.Detail)
}
