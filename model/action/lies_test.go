package action

import (
	"math"
	"testing"
	"time"

	"calm/model/signal"
)

// kindOfAction is an action with what the host looks like before it, and after it when it has worked.
type kindOfAction struct {
	name   string
	plan   Plan
	in     Input
	before world
	after  world
}

func kindsOfAction() []kindOfAction {
	const restart = "pm2 restart glowglitch-app"
	flag := func(now string) []Variable {
		return []Variable{{Name: "NEXT_PUBLIC_CONCIERGE_ENABLED", Was: "true", Now: now, WasSet: true}}
	}
	well := cured().with(world{signal.AppRestarts: 3.0})
	stopped := well.with(world{signal.AppStatus: "stopped", signal.Health: "error"})
	return []kindOfAction{
		{"restart, last of its procedure", Plan{Command: restart}, Input{Last: true}, failing(), cured()},
		{"reload in the middle", Plan{Command: "pm2 reload glowglitch-app"}, Input{}, well, cured()},
		{"restart with the flag off", Plan{Command: restart + " --update-env", Carries: flag("false")}, Input{}, well, cured().with(world{signal.Widget: "no"})},
		{"restart of a kill switch", Plan{Command: restart, Carries: flag("false")}, Input{Last: true, Cuts: true}, failing(), failing().with(world{signal.AppRestarts: 4.0, signal.Widget: "no"})},
		{"restart with a larger heap", Plan{Command: restart, Carries: []Variable{{Name: "NODE_OPTIONS", Now: "--max-old-space-size=4096"}}}, Input{}, well, cured()},
		{"start", Plan{Command: "pm2 start glowglitch-app"}, Input{}, stopped, cured()},
		{"stop", Plan{Command: "pm2 stop glowglitch-app"}, Input{}, well, stopped},
		{"delete", Plan{Command: "pm2 delete glowglitch-app"}, Input{}, well, stopped},
		{"what calm knows nothing of, last", Plan{Command: "systemctl restart thing"}, Input{Last: true}, failing(), cured()},
		{"an index, last", Plan{Command: `mongosh "$URI" --eval 'db.p.createIndex({a: 1})'`}, Input{Last: true}, failing(), cured()},
	}
}

// lies are ways in which a host says that all is well while it is not. The command has ended with 0 each
// time.
var lies = []struct {
	name string
	at   func(k kindOfAction, sec int) world
}{
	{"nothing has changed", func(k kindOfAction, _ int) world { return k.before }},
	{"nobody answers", func(kindOfAction, int) world { return world{} }},
	{"every source fails", func(k kindOfAction, _ int) world {
		return k.after.each(func(int, signal.Name, any) any { return failed("refused") })
	}},
	{"old readings", func(k kindOfAction, sec int) world {
		return k.after.each(func(_ int, n signal.Name, v any) any {
			return read(n, v, ended.Add(time.Duration(sec)*time.Second-time.Hour))
		})
	}},
	{"readings from before the end", func(k kindOfAction, _ int) world {
		return k.after.each(func(_ int, n signal.Name, v any) any { return read(n, v, ended.Add(-time.Second)) })
	}},
	{"readings from the future", func(k kindOfAction, _ int) world {
		return k.after.each(func(_ int, n signal.Name, v any) any { return read(n, v, ended.Add(time.Hour)) })
	}},
	{"one reading, repeated for ever", func(k kindOfAction, _ int) world {
		return k.after.each(func(_ int, n signal.Name, v any) any { return read(n, v, ended.Add(time.Second)) })
	}},
	{"no numbers", func(k kindOfAction, _ int) world {
		return k.after.each(func(_ int, _ signal.Name, v any) any {
			if _, number := v.(float64); number {
				return math.NaN()
			}
			return "?"
		})
	}},
	{"well for a moment, then as before", func(k kindOfAction, sec int) world {
		if sec < 6 {
			return k.after
		}
		return k.before
	}},
	{"it flaps", func(k kindOfAction, sec int) world {
		if sec/4%2 == 0 {
			return k.after
		}
		return k.before
	}},
	{"well, then nobody answers", func(k kindOfAction, sec int) world {
		if sec < 6 {
			return k.after
		}
		return world{}
	}},
	{"it crashes again and again", func(k kindOfAction, sec int) world {
		return k.after.with(world{signal.AppRestarts: 4 + float64(sec/3)})
	}},
}

// each changes every reading of a world.
func (w world) each(change func(i int, n signal.Name, v any) any) world {
	out := world{}
	for i, spec := range specs {
		if v, ok := w[spec.Name]; ok {
			out[spec.Name] = change(i, spec.Name, v)
		}
	}
	return out
}

// read is a value as it was read at a moment.
func read(n signal.Name, v any, at time.Time) signal.Sample {
	s := signal.Sample{Name: n, At: at}
	switch v := v.(type) {
	case float64:
		s.Value = v
	case string:
		s.Text = v
	}
	return s
}

// No lie is judged as worked, whatever the kind of action; and what is true is.
func TestNoLieWorks(t *testing.T) {
	cases := 0
	for _, k := range kindsOfAction() {
		k.in.App, k.in.Before = "glowglitch-app", k.before.snapshot(ended.Add(-5*time.Second))
		k.plan.Kind = Shell
		p := expecting(k.plan, k.in)
		t.Run(k.name, func(t *testing.T) {
			if got, text, _, _ := judge(p, k.before, &Ended{Outcome: "ok"}, always(k.after)); got != Worked {
				t.Errorf("the truth is judged as %s: %s", got, text)
			}
			for _, lie := range lies {
				cases++
				got, text, sec, rows := judge(p, k.before, &Ended{Outcome: "ok"}, func(sec int) world { return lie.at(k, sec) })
				if got == Worked || got == Pending || text == "" {
					t.Errorf("%s: judged as %q after %d s: %s\n%+v", lie.name, got, sec, text, rows)
				}
			}
		})
	}
	if cases < 60 {
		t.Errorf("only %d lies were told", cases)
	}
	t.Logf("%d lies", cases)
}

// What was judged by its exit code before any reading could speak is found out before the next step.
func TestHarmAfterTheVerdict(t *testing.T) {
	well := cured()
	p := expecting(Plan{Kind: Shell, Command: "cp new.conf /etc/thing.conf"}, Input{App: "glowglitch-app", Before: well.snapshot(ended)})
	j := NewJudge(p, well.snapshot(ended.Add(-5*time.Second)), ended)
	j.Command(Ended{Outcome: "ok"})
	if _, verdict, _ := j.Observe(well.snapshot(ended.Add(time.Second))); verdict != Worked {
		t.Fatalf("judged as %s", verdict)
	}
	if text := j.Harm(well.snapshot(ended.Add(30 * time.Second))); text != "" {
		t.Errorf("nothing is worse, and it says %q", text)
	}
	if text := j.Harm(world{}.snapshot(ended.Add(31 * time.Second))); text != "" {
		t.Errorf("nothing is known, and it says %q", text)
	}
	bad := well.with(world{signal.ErrorRatio: .9})
	if text := j.Harm(bad.snapshot(ended.Add(32 * time.Second))); text != "error ratio 1.2 % → 90 %" {
		t.Errorf("it says %q", text)
	}
}
