package runbook

import (
	"strings"

	"calm/model/pattern"
)

var cadenceJoint = pattern.New(`[;.\n]|,\s|\s\|\s`)

// cadences reads sentences that tell for several severities at once how often to report: "Every 15
// minutes for P0, hourly for P1". They fill in what the severities themselves do not say.
func (p *parse) cadences() {
	if len(p.rb.Severities) == 0 {
		return
	}
	p.root.walk(func(n *node) bool {
		if r := n.role(); r == postMortemRole || r == tocRole {
			return false
		}
		if n.label != nil {
			p.cadence(plain(n.label.rest))
		}
		var visit func([]*block)
		visit = func(blocks []*block) {
			for _, b := range blocks {
				if b.kind == paragraphBlock {
					p.cadence(plainLines(b.lines))
				}
				visit(b.kids)
			}
		}
		visit(n.blocks)
		return true
	})
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
