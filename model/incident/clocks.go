package incident

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"calm/model/pattern"
	"calm/model/runbook"
)

// IDs of clocks. ClockEscalate is not unique: each level of people that time leads to has one.
const (
	ClockAck        = "ack"
	ClockUpdate     = "update"
	ClockEscalate   = "escalate"
	ClockResolve    = "resolve"
	ClockStability  = "stability"
	ClockPostMortem = "postmortem"
)

// Clock is something that the runbook wants by a time.
type Clock struct {
	ID      string
	Label   string        // in the header: "escalate to L2", "update"
	Due     time.Time     // when it runs out; for a done one, when it would have
	Left    time.Duration // until Due; negative when overdue, 0 when done
	Total   time.Duration // from its start to Due
	Overdue bool
	Done    bool
	DoneAt  time.Time
	Level   int    // ClockEscalate: the level of people it leads to
	Why     string // the runbook's sentence; begins with "calm adds" where it is not the runbook's
	Next    string // what to do, or what happens, when it runs out
}

// Clocks gives the clocks of an incident at a time: those that run, the next to run out first, then
// those that are done. Before the declaration there is one, if the rules suggest a severity. From
// the resolution on, only what comes after it runs.
func Clocks(i Incident, rb *runbook.Runbook, now time.Time) []Clock {
	c := clockwork{i: i, rb: rb, now: now}
	if rb == nil {
		return nil
	}
	if i.Level == 0 {
		c.beforeDeclaration()
		return c.clocks
	}
	c.severity, _ = rb.SeverityAt(i.Level)
	c.acknowledge()
	c.update()
	c.handOver()
	c.automatic()
	c.reached()
	c.resolve()
	c.stability()
	c.postMortem()
	slices.SortStableFunc(c.clocks, func(a, b Clock) int {
		if a.Done != b.Done {
			return cmp.Compare(btoi(a.Done), btoi(b.Done))
		}
		return a.Due.Compare(b.Due)
	})
	return c.clocks
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// clockwork is what the clocks of one moment are made from.
type clockwork struct {
	i        Incident
	rb       *runbook.Runbook
	severity runbook.Severity
	now      time.Time
	clocks   []Clock
}

// add starts a clock at from, done at done unless that is zero.
func (c *clockwork) add(k Clock, from time.Time, total time.Duration, done time.Time) {
	k.Due, k.Total = from.Add(total), total
	if !done.IsZero() {
		k.Done, k.DoneAt = true, done
	} else {
		k.Left = k.Due.Sub(c.now)
		k.Overdue = k.Left < 0
	}
	c.clocks = append(c.clocks, k)
}

func (c *clockwork) over() bool { return !c.i.ResolvedAt.IsZero() || !c.i.ClosedAt.IsZero() }

// onset is when the trouble began, as far as it is known: people have waited since then.
func (c *clockwork) onset() time.Time {
	if !c.i.Onset.IsZero() {
		return c.i.Onset
	}
	return c.i.DeclaredAt
}

func (c *clockwork) beforeDeclaration() {
	s, ok := c.rb.SeverityAt(c.i.Suggested)
	if !ok || c.i.Onset.IsZero() || !c.i.ClosedAt.IsZero() {
		return
	}
	if total, ok := runbook.Seconds(s.Response); ok {
		c.add(Clock{
			ID: ClockAck, Label: "response",
			Why:  fmt.Sprintf("%s wants a response in %s", s.Name(), span(total)) + noted(s.ResponseNote),
			Next: "declare " + s.Name(),
		}, c.i.Onset, total, time.Time{})
	}
}

func (c *clockwork) acknowledge() {
	total, ok := runbook.Seconds(c.severity.Response)
	if !ok || c.over() && c.i.AckedAt.IsZero() {
		return
	}
	c.add(Clock{
		ID: ClockAck, Label: "acknowledge",
		Why:  fmt.Sprintf("%s wants a response in %s", c.severity.Name(), span(total)) + noted(c.severity.ResponseNote),
		Next: c.severity.Escalation,
	}, c.onset(), total, c.i.AckedAt)
}

func noted(note string) string {
	if note == "" {
		return ""
	}
	return " (" + note + ")"
}

func (c *clockwork) update() {
	total, why := Cadence(c.rb, c.i.Level)
	if total == 0 || c.over() {
		return
	}
	from, next := c.i.LastUpdate, "post an update"
	if from.IsZero() {
		from, next = c.i.DeclaredAt, "post the initial message"
	}
	if len(c.severity.Channels) > 0 {
		next += " in " + strings.Join(c.severity.Channels, ", ")
	}
	c.add(Clock{ID: ClockUpdate, Label: "update", Why: why, Next: next}, from, total, time.Time{})
}

// choice is how templates leave the cadence open: "every [15/30/60] minutes".
var choice = pattern.New(`\[(\d+(?:\s*/\s*\d+)+)\]\s*min`)

// Cadence is the time between two messages at a severity, and the sentence it comes from; 0 when
// none is wanted. Where the runbook gives the severity none, its own choice of "[15/30/60] minutes"
// is used from the top: the worst severity takes the shortest. That is calm's reading and says so.
func Cadence(rb *runbook.Runbook, level int) (every time.Duration, why string) {
	s, ok := rb.SeverityAt(level)
	if !ok {
		return 0, ""
	}
	if every, ok = runbook.Seconds(s.Update); ok {
		return every, s.Communication
	}
	text, options := cadenceChoice(rb)
	if level < 1 || level > len(options) {
		return 0, ""
	}
	every = options[level-1]
	return every, fmt.Sprintf("calm adds: %s for %s, which has no time of its own, from “%s”", span(every), s.Name(), text)
}

// cadenceChoice finds the runbook's choice; with none there, there are no options.
func cadenceChoice(rb *runbook.Runbook) (text string, options []time.Duration) {
	var lines []string
	for _, t := range rb.Templates {
		lines = append(lines, strings.Split(t.Body, "\n")...)
	}
	for _, list := range rb.Checklists {
		for _, item := range list.Items {
			lines = append(lines, item.Text)
		}
	}
	for _, line := range lines {
		m := choice.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		for number := range strings.SplitSeq(m[1], "/") {
			n, err := strconv.Atoi(strings.TrimSpace(number))
			if err != nil || n <= 0 || n > 10_000 {
				return "", nil
			}
			options = append(options, time.Duration(n)*time.Minute)
		}
		return strings.TrimSpace(line), options
	}
	return "", nil
}

// row finds the people of a level inside the team.
func (c *clockwork) row(level int) (runbook.Escalation, bool) {
	for _, e := range c.rb.Escalation {
		if e.Level == level && !e.External {
			return e, true
		}
	}
	return runbook.Escalation{}, false
}

func (c *clockwork) concerns(e runbook.Escalation) bool {
	return len(e.ForLevels) == 0 || slices.Contains(e.ForLevels, c.i.Level)
}

// reachedAt is since when the present level of people has had it.
func (c *clockwork) reachedAt() time.Time {
	if !c.i.EscalatedAt.IsZero() {
		return c.i.EscalatedAt
	}
	return c.i.DeclaredAt
}

// handOver is the clock of the people who have it now, after which they call the next.
func (c *clockwork) handOver() {
	here, ok := c.row(c.i.EscalatedTo)
	if !ok || c.over() || !c.concerns(here) {
		return
	}
	next, ok := c.row(here.Level + 1)
	total, timed := runbook.Seconds(here.After)
	if !ok || !timed {
		return
	}
	c.add(Clock{
		ID: ClockEscalate, Label: fmt.Sprintf("escalate to L%d", next.Level), Level: next.Level,
		Why: here.EscalateIf, Next: "call " + people(next),
	}, c.reachedAt(), total, time.Time{})
}

// automatic holds the levels that are called by themselves, a time after the declaration.
func (c *clockwork) automatic() {
	for _, e := range c.rb.Escalation {
		total, timed := runbook.Seconds(e.Auto)
		if !timed || e.External || e.Level <= c.i.EscalatedTo || c.over() || !c.concerns(e) {
			continue
		}
		c.add(Clock{
			ID: ClockEscalate, Label: fmt.Sprintf("L%d", e.Level), Level: e.Level,
			Why: e.Contact, Next: fmt.Sprintf("%s is called by itself", people(e)),
		}, c.i.DeclaredAt, total, time.Time{})
	}
}

// reached shows the last escalation that was made.
func (c *clockwork) reached() {
	if c.i.EscalatedTo < 2 || c.i.EscalatedAt.IsZero() {
		return
	}
	k := Clock{ID: ClockEscalate, Label: fmt.Sprintf("L%d", c.i.EscalatedTo), Level: c.i.EscalatedTo}
	if e, ok := c.row(c.i.EscalatedTo); ok {
		k.Next = people(e)
	}
	c.add(k, c.i.EscalatedAt, 0, c.i.EscalatedAt)
}

// levelWords begin the title of a level, "Level 2: Engineering Lead", and only repeat its number.
var levelWords = pattern.New(`(?i)^(?:level|tier|l)\s*\d+\s*[:–—-]?\s*`)

func people(e runbook.Escalation) string {
	if title := levelWords.ReplaceAllString(e.Title, ""); title != "" {
		return fmt.Sprintf("%s (L%d)", title, e.Level)
	}
	return fmt.Sprintf("L%d", e.Level)
}

func (c *clockwork) resolve() {
	total, ok := runbook.Seconds(c.severity.Resolution)
	if !ok || c.i.ResolvedAt.IsZero() && !c.i.ClosedAt.IsZero() {
		return
	}
	c.add(Clock{
		ID: ClockResolve, Label: "resolve",
		Why: fmt.Sprintf("%s is to be resolved within %s", c.severity.Name(), span(total)),
	}, c.i.DeclaredAt, total, c.i.ResolvedAt)
}

var (
	stable = pattern.New(`(?i)\bstab(?:le|ility)\b.*?\b(\d+)\s*(minutes?|mins?|hours?|hrs?|h|m)\b`)
	within = pattern.New(`(?i)\bpost-?\s?mortem\b.*?\bwithin\s+(\d+)\s*(minutes?|mins?|hours?|hrs?|h|m|days?|d)\b`)
)

// stability runs from the mitigation on for as long as the checklist wants things to stay good.
func (c *clockwork) stability() {
	from := c.i.MitigatedAt
	if from.IsZero() {
		from = c.i.ResolvedAt
	}
	text, total := c.fromChecklists(stable)
	if from.IsZero() || total == 0 {
		return
	}
	var done time.Time
	if end := from.Add(total); !c.now.Before(end) {
		done = end
	}
	c.add(Clock{ID: ClockStability, Label: "stability", Why: text, Next: "resolve"}, from, total, done)
}

func (c *clockwork) postMortem() {
	text, total := c.fromChecklists(within)
	if c.i.ResolvedAt.IsZero() || total == 0 {
		return
	}
	c.add(Clock{ID: ClockPostMortem, Label: "post-mortem", Why: text, Next: "schedule the post-mortem"}, c.i.ResolvedAt, total, time.Time{})
}

// fromChecklists finds the first item that names a time in the given way.
func (c *clockwork) fromChecklists(re *pattern.Pattern) (text string, d time.Duration) {
	for _, list := range c.rb.Checklists {
		for _, item := range list.Items {
			m := re.FindStringSubmatch(item.Text)
			if m == nil {
				continue
			}
			n, err := strconv.Atoi(m[1])
			if err != nil || n > 10_000 {
				continue
			}
			unit := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}[strings.ToLower(m[2])[0]]
			return item.Text, time.Duration(n) * unit
		}
	}
	return "", 0
}
