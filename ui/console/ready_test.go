package console_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"calm/model/doctor"
)

// rounds is a doctor who counts the rounds, and takes a while for each.
type rounds struct {
	made  int
	finds func(round int) doctor.Report
}

func (d *rounds) Examine(context.Context) doctor.Report {
	d.made++
	n := d.made
	time.Sleep(1500 * time.Millisecond)
	return d.finds(n)
}

func here(names int, things ...doctor.Thing) doctor.Report {
	r := doctor.Report{Things: things}
	for i := range names {
		r.Things = append(r.Things, doctor.Thing{Kind: doctor.Program, Name: fmt.Sprintf("p%d", i), State: doctor.There})
	}
	return r
}

// While all is quiet the doctor comes every ten minutes and at r; the age of what was found is said.
func TestTheDoctorComesAgain(t *testing.T) {
	d := &rounds{finds: func(n int) doctor.Report { return here(40 + n) }}
	drive(t, func(r *rig) { large(r); r.session.Doctor = d }, func(r *rig) {
		r.wait(5 * time.Second)
		r.shows("READY  calm doctor, just now", "✓  all 41 things that it names are here")
		r.wait(6 * time.Minute)
		r.shows("READY  calm doctor, 6 min ago")
		r.wait(5 * time.Minute)
		r.shows("READY  calm doctor, ", "all 42 things")
		r.press("r", "r")
		r.wait(5 * time.Second)
		r.shows("READY  calm doctor, just now", "all 43 things")
		if d.made != 3 {
			t.Errorf("%d rounds; two at once are one", d.made)
		}
	})
}

// While something is wrong the host is left alone.
func TestTheDoctorStaysAwayFromAnIncident(t *testing.T) {
	d := &rounds{finds: func(int) doctor.Report { return here(1) }}
	drive(t, func(r *rig) { large(r); r.session.Doctor = d }, func(r *rig) {
		r.wait(5 * time.Second)
		r.host.exhaust()
		r.wait(30 * time.Second)
		r.wait(20 * time.Minute)
		if d.made != 1 {
			t.Errorf("%d rounds, of a host that has better things to do", d.made)
		}
	})
}

// What is missing and what can't be told are rows of their own, few of each.
func TestReadyRows(t *testing.T) {
	var things []doctor.Thing
	for i := range 6 {
		things = append(things, doctor.Thing{Kind: doctor.Program, Name: fmt.Sprintf("gone%d", i), State: doctor.Missing, NeededBy: []doctor.Place{{Title: "Code Rollback, step 3"}}})
	}
	for _, name := range []string{"products", "tickets", "orders"} {
		things = append(things, doctor.Thing{Kind: doctor.Collection, Name: name, State: doctor.Unknown, Detail: "mongod: connection refused"})
	}
	things = append(things,
		doctor.Thing{Kind: doctor.Process, Name: "shop", State: doctor.Unknown, Detail: "pm2: no daemon"},
		doctor.Thing{Kind: doctor.Host, Name: "web1", State: doctor.Unknown, Detail: "no answer"},
		doctor.Thing{Kind: doctor.Channel, Name: "#incidents", State: doctor.Unknown, How: doctor.How{Asked: true}})
	report := here(20, things...)
	report.Checks = []doctor.Check{
		{Name: "backup", State: doctor.Missing, Text: "no backup where the runbook restores from", Detail: "/backups"},
		{Name: "journal", State: doctor.There, Text: "journal writable, 0.2 ms a sync", Detail: "/var/lib/calm"},
	}
	d := &rounds{finds: func(int) doctor.Report { return report }}
	drive(t, func(r *rig) { large(r); r.session.Doctor = d }, func(r *rig) {
		r.wait(5 * time.Second)
		r.shows("✓  20 of 31 things that it names are here", "▲  gone0 is not in PATH Code Rollback, step 3", "▲  3 more missing calm doctor lists them",
			"?  products and 2 more unknown mongod: connection refused", "?  2 more unknown calm doctor says why",
			"▲  no backup where the runbook restores from /backups", "✓  journal writable, 0.2 ms a sync")
		r.hides("gone3", "/var/lib/calm", "#incidents")
	})
}

func TestNothingIsHere(t *testing.T) {
	for want, report := range map[string]doctor.Report{
		"✓  it names nothing of this host":     {},
		"▲  nothing that it names is here":     {Things: []doctor.Thing{{Kind: doctor.Program, Name: "x", State: doctor.Missing}}},
		"?  nothing is known of what it names": {Things: []doctor.Thing{{Kind: doctor.Program, Name: "x", State: doctor.Unknown}}},
	} {
		drive(t, func(r *rig) { large(r); r.session.Doctor = &rounds{finds: func(int) doctor.Report { return report }} }, func(r *rig) {
			r.wait(5 * time.Second)
			r.shows(want)
		})
	}
}
