package pattern

// Known are all patterns of the program that the test is linked with.
func Known() []*Pattern { return known.patterns }

// Undecided says whether a text needs more states than an automaton may have.
func (p *Pattern) Undecided(s string) bool {
	_, decided := p.decider().match(s)
	return !decided
}
