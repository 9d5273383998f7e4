package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const rounds = 5

// observation is one look at every source, by CPU: ours against the same by the shell. What each
// makes others spend is left out of both sides.
func observation(w world) []row {
	var ours, shell []time.Duration
	var failed error
	for range rounds {
		ours = append(ours, kept(w)...)
		script := `pm2 jlist >/dev/null; mongosh --quiet "$MONGODB_URI" --eval 'EJSON.stringify(db.serverStatus())' >/dev/null; ` +
			`curl -fsS "$CALM_URL/api/health?check=db" "$CALM_URL/api/metrics?format=summary" "$CALM_URL/" >/dev/null; tail -n 500 "$CALM_LOG" >/dev/null`
		cpu, err := childCPU(append(w.env, shellTargets(w)...), "bash", "-c", script)
		if err != nil {
			failed = err
			continue
		}
		shell = append(shell, cpu)
	}
	return []row{compare("1 one observation, CPU", "the same by the shell", "≤ 1/200", float64(median(ours)), float64(median(shell)), func(v float64) string { return ms(time.Duration(v)) }, failed)}
}

// kept is the CPU of one observation of a running console: over a time with nothing else going on,
// divided by the observations in it.
func kept(w world) []time.Duration {
	s, err := launch(w.env, w.calm...)
	if err != nil {
		return nil
	}
	defer s.close()
	if _, err := s.first("next", 10*time.Second); err != nil {
		return nil
	}
	time.Sleep(3 * time.Second)
	before, err := s.usage()
	if err != nil {
		return nil
	}
	const span, every = 10 * time.Second, 2 * time.Second
	time.Sleep(span)
	after, err := s.usage()
	if err != nil {
		return nil
	}
	return []time.Duration{(after.cpu - before.cpu) / (span / every)}
}

func shellTargets(w world) []string {
	raw, err := os.ReadFile(w.host.ConfigPath())
	if err != nil {
		return nil
	}
	value := func(key string) string {
		for line := range strings.Lines(string(raw)) {
			if _, rest, ok := strings.Cut(line, key+":"); ok {
				return strings.Trim(strings.TrimSpace(rest), `"'`)
			}
		}
		return ""
	}
	return []string{"CALM_URL=" + strings.TrimSuffix(value("page_url"), "/"), "CALM_LOG=" + value("access_log")}
}

// childCPU runs a command and gives the CPU of it and of all that it started.
func childCPU(env []string, argv ...string) (time.Duration, error) {
	cmd := exec.CommandContext(context.Background(), argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%s: %w: %s", argv[0], err, out)
	}
	u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0, fmt.Errorf("no usage of %s", argv[0])
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// firstFrame is the time from the start to the first full picture.
func firstFrame(w world) []row {
	peers := []struct {
		argv []string
		want string
		goal string
	}{
		{[]string{"btop"}, "", "≤ 2× btop"},
		{[]string{"htop"}, "", ""},
		{[]string{"pm2", "monit"}, "glowglitch-app", "≤ 1/8 of pm2 monit"},
	}
	var out []row
	for _, p := range peers {
		var ours, theirs []time.Duration
		var failed error
		for range rounds {
			d, err := start(w.env, "next", w.calm...)
			if err != nil {
				failed = err
				continue
			}
			ours = append(ours, d)
			if d, err = start(w.env, p.want, p.argv...); err != nil {
				failed = err
				continue
			}
			theirs = append(theirs, d)
		}
		out = append(out, compare("6 start to first frame", strings.Join(p.argv, " "), p.goal, float64(median(ours)), float64(median(theirs)), func(v float64) string { return ms(time.Duration(v)) }, failed))
	}
	return out
}

func start(env []string, want string, argv ...string) (time.Duration, error) {
	s, err := launch(env, argv...)
	if err != nil {
		return 0, err
	}
	defer s.close()
	return s.first(want, 15*time.Second)
}

// watching is CPU, memory and bytes over a time with real readings.
func watching(w world) []row {
	const span = 30 * time.Second
	ours, err := watch(w.env, "next", span, w.calm...)
	if err != nil {
		return []row{{name: "2-4 watching", ratio: "none: " + oneLine(err)}}
	}
	percent := func(v float64) string { return fmt.Sprintf("%.2f %%", v) }
	size := func(v float64) string { return fmt.Sprintf("%.1f MB", v/1e6) }
	rate := func(v float64) string { return fmt.Sprintf("%.0f B/s", v) }
	share := func(u usage) float64 { return 100 * float64(u.cpu) / float64(span) }
	monit, monitErr := watch(w.env, "glowglitch-app", span, "pm2", "monit")
	btop, btopErr := watch(w.env, "", span, "btop")
	return []row{
		compare("2 watching, CPU", "pm2 monit", "≤ 1/4", share(ours), share(monit), percent, monitErr),
		compare("2 watching, CPU", "btop", "< 1", share(ours), share(btop), percent, btopErr),
		compare("3 watching, peak RSS", "pm2 monit", "≤ 1/3", float64(ours.peak), float64(monit.peak), size, monitErr),
		compare("4 watching, bytes", "btop", "≤ 1/20", float64(ours.bytes)/span.Seconds(), float64(btop.bytes)/span.Seconds(), rate, btopErr),
	}
}

func watch(env []string, want string, span time.Duration, argv ...string) (usage, error) {
	s, err := launch(env, argv...)
	if err != nil {
		return usage{}, err
	}
	defer s.close()
	if _, err := s.first(want, 15*time.Second); err != nil {
		return usage{}, err
	}
	time.Sleep(2 * time.Second)
	before, err := s.usage()
	if err != nil {
		return usage{}, err
	}
	time.Sleep(span)
	after, err := s.usage()
	after.cpu -= before.cpu
	after.wakeups -= before.wakeups
	after.bytes -= before.bytes
	return after, err
}

// idle is a console over dead sources, where nothing changes but the clock, against a program that
// does nothing at all.
func idle(w world) []row {
	const span = 20 * time.Second
	ours, err := watch(w.env, "next", span, append(w.calm, "--observe")...)
	if err != nil {
		return []row{{name: "5 idle", ratio: "none: " + oneLine(err)}}
	}
	mini, miniErr := watch(nil, "nothing", span, w.mini)
	percent := func(v float64) string { return fmt.Sprintf("%.2f %%", v) }
	rate := func(v float64) string { return fmt.Sprintf("%.0f /s", v) }
	share := func(u usage) float64 { return 100 * float64(u.cpu) / float64(span) }
	return []row{
		compare("5 nobody typing, CPU", "minimal Bubble Tea", "", share(ours), share(mini), percent, miniErr),
		compare("5 nobody typing, wake-ups", "minimal Bubble Tea", "", float64(ours.wakeups)/span.Seconds(), float64(mini.wakeups)/span.Seconds(), rate, miniErr),
	}
}

// keys is the time from a key to the first changed cell.
func keys(w world) []row {
	peers := []struct {
		argv []string
		a, b string
		goal string
	}{
		{[]string{"btop"}, "h", "\x1b", "ahead of btop"},
		{[]string{"htop"}, "\x1b[B", "\x1b[A", ""},
	}
	ours, err := presses(w.env, "next", "2", "1", w.calm...)
	if err != nil {
		return []row{{name: "8 key to frame", ratio: "none: " + oneLine(err)}}
	}
	var out []row
	format := func(v float64) string { return ms(time.Duration(v)) }
	for _, p := range peers {
		theirs, err := presses(w.env, "", p.a, p.b, p.argv...)
		for _, q := range []struct {
			name string
			q    float64
			goal string
		}{{"p50", 0.5, "p50 ≤ 3 ms, " + p.goal}, {"p99", 0.99, "p99 ≤ 8 ms"}} {
			out = append(out, compare("8 key to frame, "+q.name, p.argv[0], q.goal, float64(quantile(ours, q.q)), float64(quantile(theirs, q.q)), format, err))
		}
	}
	return out
}

func presses(env []string, want, a, b string, argv ...string) ([]time.Duration, error) {
	s, err := launch(env, argv...)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if _, err := s.first(want, 15*time.Second); err != nil {
		return nil, err
	}
	time.Sleep(time.Second)
	var all []time.Duration
	for i := range 200 {
		d, err := s.key([]string{a, b}[i%2], 2*time.Second)
		if err != nil {
			return all, err
		}
		all = append(all, d)
		time.Sleep(37 * time.Millisecond)
	}
	return all, nil
}
