package host

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"calm/model/signal"
)

const (
	statBefore = "cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1 2 3 4\n"
	statAfter  = "cpu  130 0 110 850 10 0 0 0 0 0\ncpu0 1 2 3 4\n"
	meminfo    = "MemTotal:       1000 kB\nMemFree:         10 kB\nMemAvailable:    250 kB\nBuffers: 1 kB\n"
)

func recorded(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func collect(t *testing.T, s *Source) (map[signal.Name]signal.Sample, error) {
	t.Helper()
	samples, err := s.Collect(context.Background())
	got := map[signal.Name]signal.Sample{}
	for _, x := range samples {
		if x.At.IsZero() || x.Source != "host" {
			t.Errorf("%+v", x)
		}
		got[x.Name] = x
	}
	if len(got) != 3 {
		t.Errorf("%d signals, want 3", len(got))
	}
	return got, err
}

func TestCollect(t *testing.T) {
	proc := recorded(t, map[string]string{"stat": statBefore, "meminfo": meminfo, "loadavg": "0.42 0.30 0.20 1/99 1234\n"})
	s := at(proc, "/")
	if err := os.WriteFile(filepath.Join(proc, "stat"), []byte(statAfter), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := collect(t, s)
	if err != nil {
		t.Fatal(err)
	}
	if cpu := got[signal.HostCPU]; math.Abs(cpu.Value-0.4) > 1e-9 || cpu.Note != "load 0.42 0.30 0.20" {
		t.Errorf("cpu %+v", cpu)
	}
	if m := got[signal.HostMemory]; math.Abs(m.Value-0.75) > 1e-9 {
		t.Errorf("memory %+v", m)
	}
	if d := got[signal.DiskRoot]; !d.Known() || d.Value <= 0 || d.Value > 1 || d.Note == "" {
		t.Errorf("disk %+v", d)
	}
	// Nothing was counted since: no ratio, and not 0.
	got, _ = collect(t, s)
	if got[signal.HostCPU].Known() {
		t.Errorf("cpu without a difference: %+v", got[signal.HostCPU])
	}
}

func TestThisHost(t *testing.T) {
	got, err := collect(t, New())
	if err != nil {
		t.Fatal(err)
	}
	for n, s := range got {
		if !s.Known() || s.Value < 0 || s.Value > 1 {
			t.Errorf("%s: %+v", n, s)
		}
	}
}

func TestBrokenProc(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"none":    {},
		"empty":   {"stat": "", "meminfo": ""},
		"garbage": {"stat": "cpu a b c d e f g h\n", "meminfo": "MemTotal: lots\n"},
		"swapped": {"stat": statBefore, "meminfo": "MemTotal: 10 kB\nMemAvailable: 20 kB\n"},
	} {
		got, err := collect(t, at(recorded(t, files), "/"))
		if err == nil || got[signal.HostMemory].Known() || got[signal.HostCPU].Known() {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
		if !got[signal.DiskRoot].Known() {
			t.Errorf("%s: the disk could be read: %+v", name, got[signal.DiskRoot])
		}
	}
}

func TestCancelledContextDoesNotWait(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := New()
	if _, err := s.Collect(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestFacts(t *testing.T) {
	f := ReadFacts()
	if f.Hostname == "" || f.UID != os.Getuid() || len(f.BootID) != 36 || f.Cores < 1 || f.Memory < 1<<20 || f.Kernel == "" {
		t.Errorf("%+v", f)
	}
	for _, c := range []struct {
		f    Facts
		want string
	}{
		{Facts{User: "root", Login: "ben", SudoUser: "ana"}, "ana"},
		{Facts{User: "root", Login: "ben"}, "ben"},
		{Facts{User: "root"}, "root"},
		{Facts{User: "deploy", SudoUser: "root"}, "deploy"},
	} {
		if got := c.f.Person(); got != c.want {
			t.Errorf("%+v is %q, want %q", c.f, got, c.want)
		}
	}
}
