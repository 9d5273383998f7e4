package lint

// structureRules are the rules on what a runbook says and leaves out.
func structureRules() []Rule { return nil }
