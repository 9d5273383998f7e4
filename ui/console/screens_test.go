package console_test

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"calm/model/doctor"
	"calm/ui/pane"
)

// screens are the main states of an incident, each reached by keys from the one before.
var screens = []struct {
	name string
	to   func(*rig)
}{
	{"01-watch", func(*rig) {}},
	{"02-out", func(r *rig) { r.host.exhaust(); r.wait(20 * time.Second) }},
	{"03-declare", func(r *rig) { r.press(".") }},
	{"04-declared", func(r *rig) { r.press("enter"); r.wait(2 * time.Second) }},
	{"05-check", func(r *rig) { r.press("."); r.wait(4 * time.Second) }},
	{"06-diagnosed", func(r *rig) { r.press("."); r.wait(4 * time.Second); r.press("3") }},
	{"07-changes", func(r *rig) { r.press("."); r.wait(time.Second) }},
	{"08-running", func(r *rig) { r.press("y"); r.wait(3 * time.Second) }},
	{"09-verifying", func(r *rig) { r.wait(20 * time.Second) }},
	{"10-no-effect", func(r *rig) { r.wait(70 * time.Second) }},
	{"11-timeline", func(r *rig) { r.press("5") }},
	{"12-severity", func(r *rig) { r.press("2") }},
	{"13-destroys", func(r *rig) {
		r.press("4")
		r.choose("Database Rollback")
		r.choose("Restore it: its folder")
		r.press("enter")
	}},
	{"14-approval", func(r *rig) {
		r.press("esc", ":")
		r.write("kill switch")
		r.press("enter")
		r.wait(time.Second)
	}},
	{"15-journal", func(r *rig) { r.press("esc"); r.archive.breaks(errFull, 0); r.note("the catalog lost its index") }},
	{"16-unknown", func(r *rig) {
		r.archive.breaks(nil, 0)
		r.host.fail("app", refuses("timeout 3 s"))
		r.press("1")
		r.wait(40 * time.Second)
	}},
	{"17-palette", func(r *rig) { r.host.fail("app", nil); r.press(":"); r.write("rol") }},
	{"18-help", func(r *rig) { r.press("esc", "?") }},
	{"19-worked", func(r *rig) {
		r.press("esc")
		r.cures()
		r.press("3")
		r.choose("Restart the app on the new build")
		r.press("enter", "y")
		r.wait(time.Minute)
	}},
	{"20-mitigated", func(r *rig) { r.press("."); r.wait(2 * time.Second) }},
	{"21-resolved", func(r *rig) {
		r.wait(16 * time.Minute)
		r.press(".")
		r.wait(2 * time.Second)
	}},
	{"22-message", func(r *rig) { r.press(".") }},
}

// sizes are those at which whole screens are kept.
var sizes = [][2]int{{80, 24}, {120, 40}, {200, 60}}

// TestScreens keeps whole screens, over the built-in runbook, at every size.
// planHash is what a plan is told by. It changes with every word and line of the runbook.
var planHash = regexp.MustCompile(`plan [0-9a-f·]+|[0-9a-f]{64}|calm approve [0-9a-f]{4}`)

// masked is a screen without what plans are told by, cut or whole.
func masked(screen string) []byte {
	digits := regexp.MustCompile(`[0-9a-f]`)
	return planHash.ReplaceAllFunc([]byte(screen), func(b []byte) []byte {
		at := bytes.LastIndexByte(b, ' ') + 1 // the words have letters that are digits
		return append(b[:at:at], digits.ReplaceAll(b[at:], []byte("#"))...)
	})
}

func TestScreens(t *testing.T) {
	drawn := map[string]string{}
	for _, size := range sizes {
		drive(t, func(r *rig) {
			r.w, r.h = size[0], size[1]
			r.session.Surroundings, r.session.Doctor, r.session.Logs = around{}, physician{}, logs{}
			r.on("mongosh", effect{takes: time.Second, output: "{ current: 14, available: 51186, totalCreated: 9021, active: 11 }"})
			r.on("grep -rE", effect{takes: time.Second, exit: 1})
			r.on("pm2 restart", effect{takes: 8 * time.Second, output: "[PM2] Applying action restartProcessId on app [glowglitch-app](ids: [ 0 ])\n[PM2] [glowglitch-app](0) ✓", then: r.host.restart})
		}, func(r *rig) {
			for _, x := range screens {
				x.to(r)
				drawn[fmt.Sprintf("%s-%dx%d", x.name, size[0], size[1])] = r.screen()
			}
		})
	}
	// Outside of the bubble: sub-tests can't run in one.
	for _, x := range screens {
		for _, size := range sizes {
			name := fmt.Sprintf("%s-%dx%d", x.name, size[0], size[1])
			t.Run(name, func(t *testing.T) { golden.RequireEqual(t, masked(drawn[name])) })
		}
	}
}

// around is what a host has to tell besides its signals.
type around struct{}

func (around) Changes(context.Context) []pane.Change {
	return []pane.Change{
		{At: night("02:58:52"), Text: "pm2 restart glowglitch-app", Note: "by ci"},
		{At: night("02:58:40"), Text: "release 4f2c1a9", Note: "3 files, src/lib/catalog.ts +41 −12"},
		{At: night("02:00:00"), Text: "backup 20261123"},
	}
}

// physician is what the doctor finds there.
type physician struct{}

func (physician) Examine(context.Context) doctor.Report {
	r := doctor.Report{Checks: []doctor.Check{
		{Name: "backup", State: doctor.There, Text: "newest backup 1 h old, 84 MB; 41 GB free"},
		{Name: "journal", State: doctor.There, Text: "journal writable, 0.2 ms a sync", Detail: "/var/lib/calm"},
	}}
	for i := range 41 {
		r.Things = append(r.Things, doctor.Thing{Kind: doctor.Program, Name: fmt.Sprintf("p%d", i), State: doctor.There})
	}
	r.Things = append(r.Things,
		doctor.Thing{
			Kind: doctor.Path, Name: "/backups/latest", State: doctor.Missing,
			NeededBy: []doctor.Place{{Title: "Database Rollback, step 6", Line: 202}},
		},
		doctor.Thing{
			Kind: doctor.URL, Name: "https://glowglitch.com/api/metrics?format=summary", State: doctor.Missing, Detail: "answers 403",
			How: doctor.How{Instead: "error ratio comes from nginx"}, NeededBy: []doctor.Place{{Title: "Scenario 2, diagnosis 1", Line: 291}},
		},
		doctor.Thing{Kind: doctor.Channel, Name: "#incidents", State: doctor.Unknown, How: doctor.How{Asked: true}})
	return r
}

// logs is a log source with something notable.
type logs struct{}

func (logs) Recent() []pane.LogLine {
	return []pane.LogLine{
		{At: night("03:00:31"), File: "app", Text: "products: timed out while checking out a connection from connection pool", Count: 38},
		{At: night("03:00:30"), File: "nginx", Text: "504 GET /api/support/products 10.0 s", Count: 52},
	}
}

func (logs) Rate() float64 { return 214 }

// night is a time of the bubble's night.
func night(clock string) time.Time {
	t, err := time.Parse("15:04:05", clock)
	if err != nil {
		panic(err) // a literal of a test
	}
	return t.AddDate(2000, 0, 0)
}
