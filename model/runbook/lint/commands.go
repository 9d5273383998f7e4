package lint

// commandRules are the rules on what a step would run.
func commandRules() []Rule { return nil }
