package runbook

import (
	"fmt"
	"strings"

	"calm/model/pattern"
	"calm/model/signal"
)

// Effect is one measurable thing that must be true after a step.
type Effect struct {
	Text string `json:"text"` // as written
	Predicate
	Within *float64 `json:"within_seconds,omitempty"` // null when the note names no time
	Hold   *float64 `json:"hold_seconds,omitempty"`   // how long it must last
}

var (
	effectTime  = pattern.New(`(?i)[\s,]*\b(within|for)\s+(\d+(?:\.\d+)?\s*(?:[a-z]+)?(?:\d+[a-z]+)*)`)
	effectJoint = pattern.New(`(?i)\s*(?:;|,\s|\band\b)\s*`)
	effectState = pattern.New(`(?i)^(.+?)\s*(?:=|:|\s)\s*(?:is\s+)?(ok|error|online|stopped|errored|up|down|yes|no)$`)
)

// effect reads "error rate < 5 % within 2m", "db health ok; error rate < 1 % for 1m". Of several all
// must be readable: an effect that is measured by half would be called a success by half.
func (n *note) effect(value string) error {
	found, err := effects(effectJoint.Split(value, -1))
	if err != nil {
		// "between 1 and 2 seconds" is one.
		if whole, again := effects([]string{value}); again == nil {
			found, err = whole, nil
		}
	}
	if err == nil {
		n.Effects = append(n.Effects, found...)
	}
	return err
}

func effects(pieces []string) ([]Effect, error) {
	var out []Effect
	for _, piece := range pieces {
		e := Effect{Text: strings.TrimSpace(piece)}
		for _, m := range effectTime.FindAllStringSubmatch(piece, -1) {
			seconds, err := noteSeconds(strings.TrimSpace(m[2]))
			if err != nil {
				return nil, err
			}
			if strings.EqualFold(m[1], "for") {
				e.Hold = &seconds
			} else {
				e.Within = &seconds
			}
		}
		p, ok := effectOf(strings.TrimSpace(effectTime.ReplaceAllString(piece, "")))
		if !ok {
			return nil, fmt.Errorf("%q names nothing that calm measures: write a signal and its bound, such as error rate < 5 %% within 2m", e.Text)
		}
		e.Predicate = *p
		out = append(out, e)
	}
	return out, nil
}

// effectOf reads a bound of a number, or the state of a signal by its name or label.
func effectOf(text string) (*Predicate, bool) {
	text = strings.ReplaceAll(text, "_", " ")
	if m := effectState.FindStringSubmatch(text); m != nil {
		name := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(m[1])), " ", "_")
		for _, n := range signal.Names() {
			if spec := signal.Default(n); spec.Unit == signal.State && (string(n) == name || strings.ReplaceAll(spec.Label, " ", "_") == name) {
				return &Predicate{Signal: n, Equals: strings.ToLower(m[2])}, true
			}
		}
	}
	return measured(text)
}
