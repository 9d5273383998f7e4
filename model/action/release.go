package action

import "slices"

// calls says whether a command has a call that is meant; undo plans that only put back have none.
func (p Plan) calls(meant func(Call) bool) bool {
	calls, _ := Calls(p.Command)
	return slices.ContainsFunc(calls, meant)
}

// Builds says whether the command installs packages or builds.
func (p Plan) Builds() bool {
	return !p.Check && p.calls(func(c Call) bool {
		return c.Is("npm") || c.Is("yarn") || c.Is("pnpm")
	})
}

// ChecksOut says whether the command puts another commit's files into the checkout.
func (p Plan) ChecksOut() bool {
	return !p.Check && p.calls(func(c Call) bool { return c.Is("git", "checkout", "switch", "reset", "revert", "pull", "merge") })
}

// Starts says whether the command has pm2 start an app, anew or again.
func (p Plan) Starts() bool {
	return p.calls(func(c Call) bool { return c.Is("pm2", "start", "restart", "reload") })
}

// Stops says whether the command has pm2 stop an app and leave it so.
func (p Plan) Stops() bool {
	return p.calls(func(c Call) bool { return c.Is("pm2", "stop", "delete") }) && !p.Starts()
}
