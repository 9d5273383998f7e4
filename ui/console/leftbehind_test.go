package console_test

import (
	"testing"
	"time"

	"calm/model/action"
	"calm/model/signal"
)

// TestCommitThatCanNotBeBuilt is gone back from first: its files are under the app that runs.
func TestCommitThatCanNotBeBuilt(t *testing.T) {
	drive(t, large, func(r *rig) {
		r.conductor.fills = map[string][]string{"<last-known-good-commit>": {"91bd0e2  2 days ago, by ci"}}
		r.conductor.inverse = &action.Inverse{Kind: action.Shell, Command: "git checkout main"}
		r.on("npm run build", effect{takes: time.Second, exit: 2, output: "exit 2; node_modules and the build that runs are as they were"})
		r.diagnose()
		r.press("4")
		r.choose("Code Rollback")
		r.choose("Check it out")
		r.press("enter")
		r.press("down", "enter")
		r.wait(time.Second)
		r.press("y")
		r.until(time.Minute, "WORKED")
		r.press(".")
		r.wait(time.Second)
		r.press("y") // the packages
		r.until(time.Minute, "next   Step 4 of 6")
		r.press(".")
		r.wait(time.Second)
		r.shows("npm run build", "y run it")
		r.press("y")
		r.until(time.Minute, "NO EFFECT")
		r.shows("Undo: Check it out", "its build failed")
		r.everySize()
		r.next("Undo: Check it out")
		r.press(".")
		r.wait(2 * time.Second)
		r.shows("git checkout main", "y run it")
	})
}

// TestAppThatWasStopped is started again first, once the procedure that stopped it goes no further.
func TestAppThatWasStopped(t *testing.T) {
	drive(t, large, func(r *rig) {
		r.conductor.inverse = &action.Inverse{Kind: action.Shell, Command: "pm2 start glowglitch-app"}
		r.on("pm2 stop", effect{takes: time.Second, then: func() { r.host.state(signal.AppStatus, "stopped") }})
		r.on("umask", effect{takes: time.Second, exit: 1})
		r.diagnose()
		r.press("4")
		r.choose("Database Rollback")
		r.choose("Stop the app")
		r.press("enter")
		r.wait(time.Second)
		r.press("y")
		r.until(2*time.Minute, "next   Step 2 of 12")
		r.press(".")
		r.wait(time.Second)
		r.press("y")
		r.until(2*time.Minute, "next   Step 3 of 12")
		r.press(".")
		r.wait(time.Second)
		r.press("y")
		r.until(time.Minute, "NO EFFECT")
		r.next("Start the app again")
		r.everySize()
	})
}
