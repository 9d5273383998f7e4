package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"calm/model/action"
	"calm/ops/approve"
	"calm/ops/secret"
	"calm/ops/trust"
)

// superviseWord is the hidden argument that makes this program a supervisor.
const superviseWord = "supervise"

const defaultGrace = 10 * time.Second

// drain is how long the output may still come once the command has ended: something that it left
// behind may hold the pipe open for ever.
const drain = 500 * time.Millisecond

// Kind runs a plan inside the supervisor, without a command: its words go to out. It must stop
// soon, and leave things whole, when ctx ends.
type Kind func(ctx context.Context, p action.Plan, out io.Writer) error

// Main makes this process a supervisor when it was started as one, and then never returns. It
// belongs at the very beginning of main, and of TestMain in a package that starts actions. kinds
// are the plans that need no shell, by their Kind.
func Main(kinds map[string]Kind) {
	if len(os.Args) == 3 && os.Args[1] == superviseWord {
		os.Exit(Supervise(os.Args[2], kinds))
	}
}

// Supervise runs the action of a folder to its end and writes its outcome. The result is an exit
// status: 0 when there is an outcome, 1 when the action was not begun.
func Supervise(dir string, kinds map[string]Kind) int {
	answer := os.NewFile(readyFD, "ready")
	for _, fd := range []int{readyFD, hideFD, lockFD, leaseFD} {
		syscall.CloseOnExec(fd)
	}
	secret.Undumpable()
	reserveThreads()
	s, err := begin(dir, kinds)
	if err != nil {
		_ = json.NewEncoder(answer).Encode(report{Detail: err.Error()})
		return 1
	}
	s.answer = answer
	if err := s.run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// supervision is one action at work.
type supervision struct {
	dir    string
	intent intent
	kind   Kind // nil for a shell
	answer *os.File
	hide   secret.Set
	there  Carried // for a command on another host
	log    *outLog
	kept   *reserve
	out    output        // into log, safe to show
	cancel *os.File      // the FIFO
	told   chan struct{} // a cancel came in
	since  time.Time

	refusal string // why the action did not begin; Start is told once the outcome is on disk
}

// begin checks that this process may run the action, and marks it as started: from here on nobody
// else can.
func begin(dir string, kinds map[string]Kind) (*supervision, error) {
	var lock, handed syscall.Stat_t
	if err := syscall.Stat(filepath.Join(dir, lockFile), &lock); err != nil {
		return nil, fmt.Errorf("no action in %s: %w", dir, err)
	}
	if err := syscall.Fstat(lockFD, &handed); err != nil || handed.Ino != lock.Ino || handed.Dev != lock.Dev {
		return nil, errors.New("the lock was not handed over")
	}
	s := &supervision{dir: dir, told: make(chan struct{}, 4), since: time.Now().UTC()}
	if ok, err := load(filepath.Join(dir, intentFile), &s.intent); err != nil || !ok {
		return nil, errors.Join(errors.New("the intent can't be read"), err)
	}
	p := s.intent.Plan
	if !p.Matches(p.Hash) {
		return nil, errors.New("the plan is not the one that was confirmed")
	}
	if s.intent.Grant != "" {
		// Asked for again here, because the console that was told yes may have waited since.
		if _, err := trust.Verify(s.intent.Grant, p.Runbook); err != nil {
			return nil, err
		}
	}
	if err := s.intent.approved(); err != nil {
		return nil, err
	}
	if err := unchanged(p, pathIn(os.Environ())); err != nil {
		return nil, err
	}
	if p.Kind != action.Shell {
		if s.kind = kinds[p.Kind]; s.kind == nil {
			return nil, fmt.Errorf("calm can't run a plan of kind %q", p.Kind)
		}
	}
	if s.intent.Grace <= 0 {
		s.intent.Grace = defaultGrace
	}
	// Grandchildren whose parents end come to this process, so that they can be found and ended.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return nil, err
	}
	if err := s.listen(); err != nil {
		return nil, err
	}
	var err error
	if s.hide, s.there, err = told(); err != nil {
		return nil, err
	}
	if s.log, err = newOutLog(dir, s.intent.Cap); err != nil {
		return nil, err
	}
	hidden := s.hide.Redactor().Writer(s.log)
	s.out = output{clean: newClean(hidden), hidden: hidden}
	if s.kept, err = newReserve(dir); err != nil {
		return nil, fmt.Errorf("no room for its outcome: %w", err)
	}
	return s, createOnce(filepath.Join(dir, startedFile), started{PID: os.Getpid(), At: s.since})
}

// approved says why the approval that the plan came with does not let it start: it is looked at again
// here, where the command is about to run.
func (in intent) approved() error {
	switch {
	case in.Plan.Approval == nil:
		return nil
	case in.Approval == nil:
		return errors.New("it needs an approval, and none came with it")
	}
	return in.Approval.Allows(in.Plan, approve.Uptime())
}

// told takes what must not be shown: what the console said, and the secrets of the command's own
// environment.
func told() (secret.Set, Carried, error) {
	f := os.NewFile(hideFD, "hide")
	defer f.Close()
	_ = f.SetReadDeadline(time.Now().Add(handshake)) // a pipe that can't have one ends with the console
	var h handed
	if err := json.NewDecoder(f).Decode(&h); err != nil {
		return h.Hide, h.There, fmt.Errorf("what must not be shown was not handed over: %w", err)
	}
	h.Hide.Known = append(h.Hide.Known, secret.Of(os.Environ())...)
	return h.Hide, h.There, nil
}

// output is the way of the command's output to the log: first made whole and safe for a terminal,
// then its secrets hidden.
type output struct {
	*clean
	hidden *secret.Writer
}

func (o output) Close() error { return errors.Join(o.clean.Close(), o.hidden.Close()) }

// listen takes cancels from the FIFO, and TERM as one. It is caught, not ignored, because ignored
// signals would be inherited by the command.
func (s *supervision) listen() error {
	// Opened for both ways, or it would be at its end whenever no console writes.
	f, err := os.OpenFile(filepath.Join(s.dir, cancelPipe), os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	s.cancel = f
	go func() {
		buf := make([]byte, 64)
		for {
			if _, err := f.Read(buf); err != nil {
				return
			}
			s.told <- struct{}{}
		}
	}()
	sigs := make(chan os.Signal, 4)
	signal.Notify(sigs, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGPIPE, syscall.SIGXFSZ)
	go func() {
		for sig := range sigs {
			if sig == syscall.SIGTERM {
				s.told <- struct{}{}
			}
		}
	}()
	return nil
}

// run starts the action, lets Start return, and writes the outcome.
func (s *supervision) run() error {
	var e Exit
	switch {
	case s.kind != nil:
		e = s.within()
	case s.intent.Plan.Host != "":
		e = s.remote()
	default:
		e = s.shell()
	}
	// The clock may have been set meanwhile; the time that it took is as it was.
	e.Started, e.Ended, e.Seconds = s.since, time.Now().UTC(), time.Since(s.since).Seconds()
	_ = s.out.Close() // the log keeps its own error
	sum, err := s.log.Close()
	e.SHA256, e.Bytes, e.Cut = sum, s.log.total, s.log.cut
	if err = errors.Join(err, s.log.err); err != nil {
		e.Text += "; its output could not be kept: " + err.Error()
	}
	err = s.kept.record(e, s.intent)
	if s.intent.Plan.Lease != "" {
		_ = syscall.Close(leaseFD)
	}
	if s.refusal != "" {
		_ = json.NewEncoder(s.answer).Encode(report{Detail: s.refusal})
	}
	return err
}

// underWay lets Start return. The console may be gone by now; that changes nothing.
func (s *supervision) underWay() {
	_ = json.NewEncoder(s.answer).Encode(report{Under: true})
	_ = s.answer.Close()
}

// within runs a kind that needs no shell.
func (s *supervision) within() Exit {
	p := s.intent.Plan
	self, _ := statOf(os.Getpid())
	if err := createOnce(filepath.Join(s.dir, childFile), child{PID: self.pid, Ticks: self.ticks, Boot: bootID()}); err != nil {
		return Exit{Outcome: "failed", Code: -1, Text: err.Error()}
	}
	s.underWay()
	ctx, stop := context.WithCancel(context.Background())
	if p.Timeout > 0 {
		ctx, stop = context.WithTimeout(ctx, p.Timeout)
	}
	defer stop()
	cancelled := make(chan struct{})
	go func() {
		<-s.told
		close(cancelled)
		stop()
	}()
	err := s.kind(ctx, p, s.out)
	if ctx.Err() != nil {
		// What it started and could not end by its group alone.
		signalTree(os.Getpid(), 0, syscall.SIGKILL)
	}
	select {
	case <-cancelled:
		if err == nil {
			return Exit{Outcome: "ok", Text: "done; it was told to stop when that was too late"}
		}
		return Exit{Outcome: "cancelled", Code: -1, Text: "stopped by a person" + because(err)}
	default:
	}
	if err != nil {
		_, _ = fmt.Fprintln(s.out, err)
		return Exit{Outcome: "failed", Code: 1, Text: err.Error()}
	}
	return Exit{Outcome: "ok", Text: "done"}
}

func because(err error) string {
	if err == nil {
		return ""
	}
	return ": " + err.Error()
}
