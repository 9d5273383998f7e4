package main

import (
	"context"
	"sync"
	"time"

	"calm/model/doctor"
	"calm/model/signal"
	"calm/model/situation"
	"calm/ops/config"
	"calm/ops/plan"
	"calm/ops/survey"
	"calm/ui/cli"
	"calm/ui/command"
)

// lookAtSignals bounds the doctor's one look at the signals.
const lookAtSignals = 2 * time.Second

// examiner holds a runbook against this host.
type examiner struct {
	book    *book
	options survey.Options
}

func newExaminer(cfg config.Config, b *book, src *sources, planner *plan.Planner, observe bool) examiner {
	o := survey.Options{Config: cfg, PM2: src.pm2, Env: planner.Env, Fillings: planner.Fillings, Observe: observe}
	if src.mongo != nil {
		o.Mongo = src.mongo
	}
	return examiner{b, o}
}

// Examine looks for everything that the runbook names.
func (e examiner) Examine(ctx context.Context) doctor.Report {
	return survey.Look(ctx, e.book.Followed(), e.options)
}

// examine is the whole of `calm doctor`: the runbook against the host, and what can be measured.
func examine(ctx context.Context, f cli.Flags) (doctor.Report, error) {
	look := f
	look.Observe = true // no folder is made for a look
	s, done, err := openSession(ctx, look)
	if err != nil {
		return doctor.Report{}, err
	}
	defer done()
	e := s.Doctor.(examiner) // as openSession made it
	e.options.Observe = f.Observe
	var report doctor.Report
	var wg sync.WaitGroup
	wg.Go(func() { report = e.Examine(ctx) })
	samples := command.Observe(ctx, s, lookAtSignals)
	wg.Wait()
	report.Signals = measured(s, samples)
	return report, nil
}

func measured(s command.Session, samples []signal.Sample) []doctor.Signal {
	watch := situation.New(s.Runbook, s.Specs)
	watch.Add(samples...)
	snap := watch.Assess(time.Now(), nil).Snapshot
	var readings []signal.Reading
	for _, n := range snap.Order {
		readings = append(readings, snap.Readings[n])
	}
	return doctor.Measured(readings, samples)
}
