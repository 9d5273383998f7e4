// Package host reads what the kernel says about this machine: CPU, memory, disk, load, and who is
// asking. It reads /proc and asks for a file system's size; it starts nothing and changes nothing.
package host

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"calm/model/signal"
	"calm/ops"
	"calm/ops/reading"
)

// settle is how long the CPU must have been watched before its use is given: the kernel counts in
// hundredths of a second, and less than ten of them say little.
const settle = 100 * time.Millisecond

// Source reads one host.
type Source struct {
	proc string // "/proc"; a folder with recorded files in tests
	root string // the file system whose space is measured
	last ticks
	at   time.Time
}

// New makes the source and takes the first look at the CPU, so that the first Collect can tell
// what has happened since.
func New() *Source { return at("/proc", "/") }

func at(proc, root string) *Source {
	s := &Source{proc: proc, root: root, at: time.Now()}
	s.last, _ = s.ticks()
	return s
}

// Name is "host".
func (s *Source) Name() string { return "host" }

// Collect gives the use of all cores since the last Collect, of memory and of the root file
// system. A first Collect that comes right after New waits a tenth of a second.
func (s *Source) Collect(ctx context.Context) ([]signal.Sample, error) {
	if wait := settle - time.Since(s.at); wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
		}
	}
	b := reading.New(s.Name(), time.Now())
	errs := []error{s.cpu(b), s.memory(b), s.disk(b)}
	for _, err := range errs {
		if err != nil {
			return b.Samples, err
		}
	}
	return b.Samples, nil
}

// ticks is the first line of /proc/stat, in hundredths of a second.
type ticks struct{ busy, total uint64 }

func (s *Source) ticks() (ticks, error) {
	var head [256]byte
	line, err := s.read("stat", head[:])
	if err != nil {
		return ticks{}, err
	}
	line, _, _ = bytes.Cut(line, []byte("\n"))
	fields := strings.Fields(string(line))
	if len(fields) < 6 || fields[0] != "cpu" {
		return ticks{}, ops.Errorf(ops.Invalid, s.proc+"/stat", "not understood")
	}
	var t ticks
	// user nice system idle iowait irq softirq steal; guest times are in user already.
	for i, f := range fields[1:min(len(fields), 9)] {
		n, err := strconv.ParseUint(f, 10, 64)
		if err != nil {
			return ticks{}, ops.Errorf(ops.Invalid, s.proc+"/stat", "not understood")
		}
		t.total += n
		if i != 3 && i != 4 {
			t.busy += n
		}
	}
	return t, nil
}

func (s *Source) cpu(b *reading.Batch) error {
	now, err := s.ticks()
	if err != nil {
		b.Unknown(reading.Why(err), signal.HostCPU)
		return err
	}
	last := s.last
	s.last, s.at = now, time.Now()
	if last.total == 0 || now.total <= last.total || now.busy < last.busy {
		b.Unknown("needs two readings", signal.HostCPU)
		return nil
	}
	b.Add(signal.Sample{
		Name:  signal.HostCPU,
		Value: float64(now.busy-last.busy) / float64(now.total-last.total),
		Note:  s.load(),
	})
	return nil
}

// load gives the load averages as a remark, or nothing.
func (s *Source) load() string {
	var head [128]byte
	line, err := s.read("loadavg", head[:])
	fields := strings.Fields(string(line))
	if err != nil || len(fields) < 3 {
		return ""
	}
	return fmt.Sprintf("load %s %s %s", fields[0], fields[1], fields[2])
}

func (s *Source) memory(b *reading.Batch) error {
	total, available, err := s.meminfo()
	if err != nil {
		b.Unknown(reading.Why(err), signal.HostMemory)
		return err
	}
	b.Value(signal.HostMemory, 1-available/total)
	return nil
}

// meminfo gives bytes. MemAvailable is the kernel's own estimate of what can still be had without
// swapping; what is free alone would make every healthy host look full.
func (s *Source) meminfo() (total, available float64, err error) {
	var head [2048]byte
	text, err := s.read("meminfo", head[:])
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		n, _ := strconv.ParseFloat(f[1], 64)
		switch f[0] {
		case "MemTotal:":
			total = n * 1024
		case "MemAvailable:":
			available = n * 1024
		}
	}
	if total <= 0 || available > total {
		return 0, 0, ops.Errorf(ops.Invalid, s.proc+"/meminfo", "not understood")
	}
	return total, available, nil
}

func (s *Source) disk(b *reading.Batch) error {
	var st syscall.Statfs_t
	if err := syscall.Statfs(s.root, &st); err != nil {
		err = ops.Wrap("statfs "+s.root, err)
		b.Unknown(reading.Why(err), signal.DiskRoot)
		return err
	}
	// As df counts it: what is kept back for root is neither used nor to be had.
	used := float64(st.Blocks - st.Bfree)
	usable := used + float64(st.Bavail)
	if usable <= 0 {
		b.Unknown("the file system does not say its size", signal.DiskRoot)
		return nil
	}
	b.Add(signal.Sample{Name: signal.DiskRoot, Value: used / usable, Note: free(float64(st.Bavail) * float64(st.Bsize))})
	return nil
}

func free(bytes float64) string {
	const gib = 1 << 30
	if bytes >= 10*gib {
		return fmt.Sprintf("%.0f GB free", bytes/gib)
	}
	return fmt.Sprintf("%.1f GB free", bytes/gib)
}

// read reads the beginning of a file of /proc into buf. One read gives one consistent look.
func (s *Source) read(name string, buf []byte) ([]byte, error) {
	f, err := os.Open(s.proc + "/" + name)
	if err != nil {
		return nil, ops.Wrap(s.proc+"/"+name, err)
	}
	defer func() { _ = f.Close() }()
	n, err := f.Read(buf)
	if err != nil {
		return nil, ops.Wrap(s.proc+"/"+name, err)
	}
	return buf[:n], nil
}
