package cli

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"calm/model/incident"
)

// incidentDoc is what `calm incident show --json` prints. What is not known is null.
type incidentDoc struct {
	Number    int        `json:"number"`
	Title     string     `json:"title"`
	Service   string     `json:"service"`
	Host      string     `json:"host"`
	Runbook   string     `json:"runbook_sha256"`
	Open      bool       `json:"open"`
	Drill     bool       `json:"drill"`
	Level     *int       `json:"level"`
	Leveled   *time.Time `json:"level_since"`
	Suggested *int       `json:"suggested_level"`
	Why       string     `json:"suggested_text"`
	Scenario  *string    `json:"scenario"`

	Onset       *time.Time `json:"onset_at"`
	Margin      *float64   `json:"onset_margin_seconds"`
	Declared    *time.Time `json:"declared_at"`
	DeclaredBy  *string    `json:"declared_by"`
	Acked       *time.Time `json:"acknowledged_at"`
	AckedBy     *string    `json:"acknowledged_by"`
	Mitigated   *time.Time `json:"mitigated_at"`
	Resolved    *time.Time `json:"resolved_at"`
	Closed      *time.Time `json:"closed_at"`
	LastUpdate  *time.Time `json:"last_update_at"`
	EscalatedTo *int       `json:"escalated_to"`
	Escalated   *time.Time `json:"escalated_at"`

	Roles    map[string]string `json:"roles"`   // role to person
	Answers  map[string]string `json:"answers"` // question's ID to "yes", "no", "unknown"
	Ticks    []tickDoc         `json:"ticks"`
	Actions  []actionDoc       `json:"actions"` // in order of intent
	Messages []messageDoc      `json:"messages"`
	LastSeq  uint64            `json:"last_seq"`
	Broken   *string           `json:"broken"` // how the journal is damaged
}

type tickDoc struct {
	ID     string     `json:"id"`
	Text   string     `json:"text"`
	State  string     `json:"state"`
	Reason string     `json:"reason"`
	At     *time.Time `json:"at"`
}

type actionDoc struct {
	Number    int        `json:"number"`
	Op        string     `json:"op"`
	Title     string     `json:"title"`
	Command   string     `json:"command"`
	Risk      string     `json:"risk"`
	Part      string     `json:"part"`
	Step      string     `json:"step"`
	Hash      string     `json:"hash"`
	By        string     `json:"by"`
	Confirmed string     `json:"confirmed"` // how
	Started   *time.Time `json:"started_at"`
	Ended     *time.Time `json:"ended_at"`
	Judged    *time.Time `json:"judged_at"`
	Outcome   *string    `json:"outcome"` // null while it runs
	Exit      *int       `json:"exit"`    // null while it runs, and where nobody saw its end
	Text      string     `json:"text"`
	Verdict   *string    `json:"verdict"` // null until it is judged
	Why       string     `json:"why"`
}

type messageDoc struct {
	At       *time.Time `json:"at"`
	By       string     `json:"by"`
	Purpose  string     `json:"purpose"`
	Channels []string   `json:"channels"`
	Sent     bool       `json:"sent"`
	Body     string     `json:"body"`
}

func describeIncident(i incident.Incident) incidentDoc {
	doc := incidentDoc{
		Number: i.Number, Title: i.Title, Service: i.Service, Host: i.Host, Runbook: i.Runbook,
		Open: i.Open(), Drill: i.Drill, Level: given(i.Level), Leveled: instant(i.LeveledAt),
		Suggested: given(i.Suggested), Why: i.SuggestedText, Scenario: given(i.Scenario),
		Onset: instant(i.Onset), Declared: instant(i.DeclaredAt), DeclaredBy: given(i.DeclaredBy),
		Acked: instant(i.AckedAt), AckedBy: given(i.AckedBy), Mitigated: instant(i.MitigatedAt),
		Resolved: instant(i.ResolvedAt), Closed: instant(i.ClosedAt), LastUpdate: instant(i.LastUpdate),
		EscalatedTo: given(i.EscalatedTo), Escalated: instant(i.EscalatedAt),
		Roles: map[string]string{}, Answers: map[string]string{}, Ticks: []tickDoc{},
		Actions: []actionDoc{}, Messages: []messageDoc{}, LastSeq: i.Last, Broken: given(i.Broken),
	}
	if doc.Onset != nil {
		margin := i.Margin.Seconds()
		doc.Margin = &margin
	}
	maps.Copy(doc.Roles, i.Roles)
	maps.Copy(doc.Answers, i.Answers)
	for _, id := range slices.Sorted(maps.Keys(i.Ticks)) {
		t := i.Ticks[id]
		doc.Ticks = append(doc.Ticks, tickDoc{ID: t.ID, Text: t.Text, State: t.State, Reason: t.Reason, At: instant(i.TickedAt[id])})
	}
	slices.SortStableFunc(doc.Ticks, func(a, b tickDoc) int { return i.TickedAt[a.ID].Compare(i.TickedAt[b.ID]) })
	for _, r := range i.Runs {
		doc.Actions = append(doc.Actions, describeRun(r))
	}
	for _, m := range i.Messages {
		doc.Messages = append(doc.Messages, messageDoc{
			At: instant(m.At), By: m.By, Purpose: m.Purpose, Channels: append([]string{}, m.Channels...), Sent: m.Sent, Body: m.Body,
		})
	}
	return doc
}

func describeRun(r incident.Run) actionDoc {
	doc := actionDoc{
		Number: r.Number, Op: r.Op, Title: r.Title, Command: r.Command, Risk: r.Risk, Part: r.Part, Step: r.Step,
		Hash: r.Hash, By: r.By, Confirmed: r.Confirmed, Started: instant(r.StartedAt), Ended: instant(r.EndedAt),
		Judged: instant(r.JudgedAt), Outcome: given(r.Outcome), Text: r.Text, Verdict: given(r.Verdict), Why: r.Why,
	}
	if r.Outcome != "" && r.Outcome != incident.OutcomeUnknown {
		doc.Exit = &r.Exit
	}
	return doc
}

// given is null for a zero value: one that nobody gave.
func given[T cmp.Ordered](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// instant is a time in UTC, null when it is not known.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
