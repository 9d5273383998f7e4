package triage

import (
	"strconv"
	"strings"

	"calm/model/runbook"
	"calm/model/runbook/shell"
)

// Check is a diagnosis step worth running next.
type Check struct {
	Scenario runbook.Scenario // whose diagnosis it is from
	Step     runbook.Step
	Tells    string // what it is for: "tells 3 from 2", "looks into 3"
}

// BestCheck finds the diagnosis step that best tells the leading case from the one behind it: one
// that only reads and ends by itself, is not done yet, and speaks of something that one of the two
// turns on and the other does not, best of all of a symptom that nobody has been able to read. Done
// holds the IDs of steps that have been run. There is none while nothing points anywhere.
func BestCheck(cases []Case, done map[string]bool) (Check, bool) {
	if len(cases) == 0 || cases[0].Seen == 0 {
		return Check{}, false
	}
	pair := cases[:1]
	if len(cases) > 1 && cases[1].Seen > 0 {
		pair = cases[:2]
	}
	best, score := Check{}, -1
	for i, c := range pair {
		var other *Case
		if len(pair) == 2 {
			other = &pair[1-i]
		}
		for _, s := range c.Scenario.Diagnosis {
			if done[s.ID] || !runnable(s) {
				continue
			}
			if n := worth(s, c, other, i == 0); n > score {
				best, score = Check{Scenario: c.Scenario, Step: s}, n
			}
		}
	}
	if score < 0 {
		return Check{}, false
	}
	best.Tells = "looks into " + label(pair[0].Scenario)
	if len(pair) == 2 {
		other := pair[0].Scenario
		if other.ID == best.Scenario.ID {
			other = pair[1].Scenario
		}
		best.Tells = "tells " + label(best.Scenario) + " from " + label(other)
	}
	return best, true
}

// runnable says whether a step can be run for its answer alone.
func runnable(s runbook.Step) bool {
	return s.Kind == runbook.ShellStep && s.Risk == shell.Reads && !s.Endless && !s.Interactive && len(s.Placeholders) == 0 && s.Remote == ""
}

// worth is how much a step would tell. A subject that only one of the two cases turns on counts
// twice, one of a symptom that is still unread most; the leader's own steps go first among equals.
func worth(s runbook.Step, c Case, other *Case, leader bool) int {
	n := 0
	about := subjects(s.Title + " " + s.Text)
	for subject := range about {
		mine, theirs := c.turnsOn(subject), other != nil && other.turnsOn(subject)
		if mine != theirs {
			n += 2
		}
		if c.unread(subject) || other != nil && other.unread(subject) {
			n += 3
		}
	}
	if leader {
		n++
	}
	return n
}

// turnsOn says whether the case is about a subject: by its title or one of its symptoms.
func (c *Case) turnsOn(subject string) bool {
	if subjects(c.Scenario.Title)[subject] {
		return true
	}
	for _, s := range c.Symptoms {
		if subjects(s.Text)[subject] {
			return true
		}
	}
	return false
}

// unread says whether a symptom about the subject is waiting for evidence.
func (c *Case) unread(subject string) bool {
	for _, s := range c.Symptoms {
		if (s.State == Unknown || s.State == Open) && subjects(s.Text)[subject] {
			return true
		}
	}
	return false
}

// words of the field, by what they are about.
var vocabulary = map[string][]string{
	"database": {"mongo", "mongod", "mongosh", "mongodb", "database", "db", "pool", "connection", "connections", "query", "queries", "postgres", "psql", "mysql", "redis", "sql", "replica", "collection"},
	"memory":   {"memory", "heap", "oom", "leak", "rss", "free"},
	"process":  {"pm2", "restart", "restarts", "crash", "crashes", "process", "systemctl", "uptime"},
	"proxy":    {"nginx", "http", "502", "503", "504", "proxy", "gateway", "ingress", "tls", "certificate"},
	"upstream": {"429", "rate", "limit", "ratelimit", "x-ratelimit", "quota", "deepseek", "openai", "provider"},
	"page":     {"widget", "browser", "page", "flag", "flags", "rollout", "csp", "bundle", "button"},
	"disk":     {"disk", "space", "inode", "df", "du", "volume"},
}

// subjects finds what a text is about.
func subjects(text string) map[string]bool {
	found := map[string]bool{}
	split := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }
	words := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(text), split) {
		words[w] = true
	}
	// "Error rate" is no rate limit: both words are needed for that subject.
	if !words["limit"] && !words["limits"] {
		delete(words, "rate")
	}
	for subject, list := range vocabulary {
		for _, w := range list {
			if words[w] {
				found[subject] = true
				break
			}
		}
	}
	return found
}

// label is how a scenario is named in one word: its number, else its title.
func label(s runbook.Scenario) string {
	if s.Number > 0 {
		return strconv.Itoa(s.Number)
	}
	return s.Title
}
