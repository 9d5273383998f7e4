// Command bench measures calm beside its peers, in the same run and on the same machine, over a real
// practice host. A row that can't run its peer says so; it never passes by default. The ratio is the
// figure to look at: absolute times are those of a noisy machine.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"calm/ops/practice"
)

// row is one line of the report.
type row struct {
	name, peer  string
	ours, their string
	ratio       string
	goal        string
}

// world is what the benchmarks run over.
type world struct {
	host  *practice.Host
	calm  []string // argv of the console
	check []string
	mini  string
	env   []string
	dir   string // for files
}

func main() {
	rows, err := measure()
	for _, r := range rows {
		fmt.Printf("%-34s %14s   %-22s %14s   %-10s %s\n", r.name, r.ours, r.peer, r.their, r.ratio, r.goal)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func measure() ([]row, error) {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "calm-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	host, err := practice.Up(ctx, practice.Options{Dir: filepath.Join(dir, "host"), Log: func(s string) { fmt.Fprintln(os.Stderr, s) }})
	if err != nil {
		return nil, err
	}
	defer func() { _ = host.Down(context.Background()) }()
	mini := filepath.Join(dir, "minimal")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", mini, "./bench/minimal").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the minimal peer: %s", out)
	}
	calm, err := filepath.Abs("calm")
	if err != nil {
		return nil, err
	}
	flags := []string{"--config", host.ConfigPath(), "--state", filepath.Join(dir, "state")}
	w := world{
		host: host, mini: mini, env: host.Env(), dir: dir,
		calm: append([]string{calm}, flags...), check: append([]string{calm, "check", "--json"}, flags...),
	}
	fmt.Printf("%-34s %14s   %-22s %14s   %-10s %s\n", "benchmark", "calm", "peer", "its figure", "ratio", "goal")
	var rows []row
	for _, bench := range []func(world) []row{observation, firstFrame, watching, idle, keys, reading} {
		rows = append(rows, bench(w)...)
	}
	return rows, nil
}

// median of durations; 0 for none.
func median(all []time.Duration) time.Duration { return quantile(all, 0.5) }

func quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(all))
	return s[min(len(s)-1, int(q*float64(len(s))))]
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d)/1e6) }

// compare fills a row, or says why it can't.
func compare(name, peer, goal string, ours, theirs float64, format func(float64) string, err error) row {
	r := row{name: name, peer: peer, goal: goal, ours: format(ours)}
	switch {
	case err != nil:
		r.their, r.ratio = "no peer", "none: "+oneLine(err)
	case theirs <= 0:
		r.their, r.ratio = "0", "none"
	default:
		r.their, r.ratio = format(theirs), fmt.Sprintf("%.3f", ours/theirs)
	}
	return r
}

func oneLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
