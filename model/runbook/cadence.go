package runbook

import (
	"strings"

	"calm/model/pattern"
)

var cadenceJoint = pattern.New(`[;.\n]|,\s|\s\|\s`)

// cadences reads sentences that tell of severities, elsewhere, how often to report and how soon to
// respond: "Every 15 minutes for P0, hourly for P1". They fill in what the severities themselves do not say.
func (p *parse) cadences() {
	if len(p.rb.Severities) == 0 {
		return
	}
	p.root.walk(func(n *node) bool {
		if r := n.role(); r == postMortemRole || r == tocRole {
			return false
		}
		if n.label != nil {
			p.told(n.title + ": " + plain(n.label.rest))
		}
		var visit func([]*block)
		visit = func(blocks []*block) {
			for _, b := range blocks {
				if b.kind == paragraphBlock {
					p.told(plainLines(b.lines))
				}
				visit(b.kids)
			}
		}
		visit(n.blocks)
		return true
	})
}

func (p *parse) told(text string) {
	p.cadence(text)
	p.acknowledgement(text)
}

var (
	ackWord  = pattern.New(`(?i)\back(?:s|ed|nowledg\w*)?\b`)
	ackJoint = pattern.New(`[;.\n]|,\s|\s\|\s|\band\b`)
	inTime   = pattern.New(`(?i)\b(?:within|under|less than)\b|[<≤]`)
	unacked  = pattern.New(`(?i)n['’]t\b|\b(?:not|no|without|escalat\w*|until|unless)\b`)
)

// acknowledgement reads "Ack Sev 1 within 5 minutes": the time to respond, where a severity says none.
func (p *parse) acknowledgement(text string) {
	if !ackWord.MatchString(text) || !levelRun.MatchString(text) || unacked.MatchString(text) {
		return
	}
	for _, piece := range ackJoint.Split(text, -1) {
		t := parseTime(piece)
		if !t.known || !inTime.MatchString(piece) {
			continue // "after 5 minutes" is no time to do it in
		}
		for _, level := range p.levelsIn(piece) {
			for i := range p.rb.Severities {
				if s := &p.rb.Severities[i]; s.Level == level && s.ResponseNote == "" {
					fill(&s.Response, t.upper())
				}
			}
		}
	}
}

func (p *parse) cadence(text string) {
	if !everyPattern.MatchString(text) || !levelRun.MatchString(text) {
		return
	}
	for _, piece := range cadenceJoint.Split(text, -1) {
		every := parseCadence(piece)
		if every == nil || strings.Contains(piece, "escalat") {
			continue
		}
		for _, level := range p.levelsIn(piece) {
			for i := range p.rb.Severities {
				if s := &p.rb.Severities[i]; s.Level == level {
					fill(&s.Update, every)
				}
			}
		}
	}
}
