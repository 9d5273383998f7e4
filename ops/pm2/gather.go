package pm2

import (
	"fmt"
	"slices"
	"time"

	"calm/model/signal"
	"calm/ops/reading"
)

// worst has pm2's statuses, the worst first. One that is not in it is worse than online.
var worst = []string{"errored", "stopped", "stopping", "waiting restart", "launching", "one-launch-status"}

func rank(status string) int {
	if status == "online" {
		return len(worst) + 1
	}
	if i := slices.Index(worst, status); i >= 0 {
		return i
	}
	return len(worst)
}

// gather makes the app's samples out of pm2's list.
func gather(b *reading.Batch, app string, all []Process, now time.Time) {
	var mine []Process
	for _, p := range all {
		if app != "" && p.Name == app || app == "" && !p.Module {
			mine = append(mine, p)
		}
	}
	if len(mine) == 0 {
		why := "pm2 has no app"
		if app != "" {
			why += " " + app
		}
		b.State(signal.AppStatus, "missing", why)
		b.Unknown(why, signals[1:]...)
		return
	}
	status, online, restarts := mine[0].Status, 0, 0
	var memory, cpu, limit, heap float64
	var youngest time.Time
	for _, p := range mine {
		if rank(p.Status) < rank(status) {
			status = p.Status
		}
		restarts += p.Restarts
		if !p.Online() {
			continue
		}
		online++
		memory, cpu, limit = memory+p.Memory, cpu+p.CPU, limit+p.HeapLimit
		heap += p.HeapUsed
		if p.Started.After(youngest) {
			youngest = p.Started
		}
	}
	note := ""
	if len(mine) > 1 {
		note = fmt.Sprintf("%d of %d online", online, len(mine))
	}
	b.State(signal.AppStatus, status, note)
	b.Value(signal.AppRestarts, float64(restarts))
	if online == 0 {
		b.Unknown("app is "+status, signal.AppMemory, signal.AppCPU, signal.AppUptime)
		return
	}
	if memory > 0 {
		b.Add(signal.Sample{Name: signal.AppMemory, Value: memory, Of: limit, Note: heapNote(heap, limit)})
		b.Value(signal.AppCPU, cpu)
	} else {
		// pm2 writes zeros when it could not look at the process.
		b.Unknown("pm2 could not measure it", signal.AppMemory, signal.AppCPU)
	}
	if youngest.IsZero() {
		b.Unknown("pm2 does not say", signal.AppUptime)
		return
	}
	b.Value(signal.AppUptime, max(0, now.Sub(youngest).Seconds()))
}

// heapNote tells the heap in use: what is resident is more by the program itself and its stacks.
func heapNote(used, limit float64) string {
	const mib = 1 << 20
	switch {
	case used <= 0:
		return ""
	case limit > 0:
		return fmt.Sprintf("heap %.0f of %.0f MB in use", used/mib, limit/mib)
	}
	return fmt.Sprintf("heap %.0f MB in use", used/mib)
}
