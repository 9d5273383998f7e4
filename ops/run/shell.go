package run

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"calm/model/signal"
)

// The descriptors of the command.
const (
	gateFD  = 3  // on which it waits for its release
	afterFD = 4  // takes what it leaves to the next step
	filesFD = 5  // the first of the addresses, in the order of the plan
	keptFD  = 19 // where those from afterFD on are while it runs: the low ones scripts use themselves
)

// addressPrefix begins the names of the variables that say where an address is.
const addressPrefix = "CALM_FILE_"

// AddressFile is the variable that holds, while a command runs, the path of a configuration file for
// MongoDB's tools with the address that the named variable has.
func AddressFile(variable string) string { return addressPrefix + variable }

// shell runs the plan's command in bash and waits for its end.
func (s *supervision) shell() Exit {
	out, in, err := os.Pipe()
	if err != nil {
		return s.never(err)
	}
	defer out.Close()
	gate, release, err := os.Pipe()
	if err != nil {
		return s.never(err)
	}
	after, err := memory("environment")
	if err != nil {
		_, _, _ = in.Close(), gate.Close(), release.Close()
		return s.never(err)
	}
	defer after.Close()
	files, err := s.addresses()
	defer closeAll(files)
	if err != nil {
		_, _, _ = in.Close(), gate.Close(), release.Close()
		return s.never(err)
	}
	cmd := s.command(in, append([]*os.File{gate, after}, files...))
	err = cmd.Start()
	_, _ = in.Close(), gate.Close()
	if err != nil {
		_ = release.Close()
		return s.never(err)
	}
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		_, _ = io.Copy(s.out, out)
	}()
	// The command waits at the gate until the record that it runs is on disk. If this process ends
	// before, the gate falls shut and bash ends without having done anything.
	p, _ := statOf(cmd.Process.Pid)
	err = createOnce(filepath.Join(s.dir, childFile), child{PID: cmd.Process.Pid, Ticks: p.ticks, Boot: bootID()})
	if err == nil {
		_, err = release.Write([]byte("go\n"))
	}
	_ = release.Close()
	if err != nil {
		// It stands at the gate and has done nothing yet.
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		return s.never(err)
	}
	s.underWay()
	e := s.wait(cmd)
	s.kept.release()
	s.drain(out, copied)
	if e.Outcome == "" {
		// Only now is the output whole, and it may say that a non-zero exit is no failure.
		e.Outcome = s.intent.Plan.Outcome(e.Code, string(tailOf(s.dir, TailSize)))
		if e.Outcome == "unknown" {
			e.Text += " of ssh itself: the connection was lost, and what was done there is not known"
		}
	}
	if err := s.carry(cmd, after); err != nil {
		e.Lost = err.Error()
		e.Text += "; what it leaves to the next step could not be kept: " + e.Lost
	}
	own, daemons := descendants(os.Getpid())
	e.Survivors = few(append(called(own), called(daemons)...))
	if len(own) > 0 {
		e.Text += "; left running: " + strings.Join(few(called(own)), "; ")
	}
	return e
}

// never is the end of a command that did not begin.
func (s *supervision) never(err error) Exit {
	text := "it did not begin: " + err.Error()
	s.refusal = text
	_, _ = fmt.Fprintln(s.out, text)
	return Exit{Outcome: "failed", Code: -1, Text: text}
}

func (s *supervision) command(out *os.File, extra []*os.File) *exec.Cmd {
	path := pathIn(os.Environ())
	bash, err := LookPath("bash", path)
	if err != nil {
		bash = "/bin/bash"
	}
	// No context: its end is brought about for the whole tree, by signals.
	cmd := exec.CommandContext(context.Background(), bash, "--noprofile", "--norc", "-c", s.script(path))
	cmd.Dir, cmd.Env = s.intent.Plan.Dir, os.Environ()
	for i, name := range s.intent.Plan.Addresses {
		cmd.Env = append(cmd.Env, fmt.Sprintf("%s=/dev/fd/%d", AddressFile(name), keptFD+1+i))
	}
	if cmd.Dir == "" {
		cmd.Dir = "/"
	}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.ExtraFiles = extra
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// script is the command with what calm needs around it: the gate, and a trap that keeps where the
// shell stood and what it had exported when it ended.
func (s *supervision) script(path string) string {
	env, err := LookPath("env", path)
	if err != nil {
		env = "/usr/bin/env"
	}
	trap := fmt.Sprintf(`{ printf '%%s\0' "$PWD"; %s -0; } >&%d 2>/dev/null`, quote(env), keptFD)
	moves := ""
	for i := range 1 + len(s.intent.Plan.Addresses) {
		moves += fmt.Sprintf(" %d>&%d %d>&-", keptFD+i, afterFD+i, afterFD+i)
	}
	return fmt.Sprintf("read -r _ <&%d || exit 125; exec %d<&-%s; trap %s EXIT\n%s\n", gateFD, gateFD, moves, quote(trap), s.intent.Plan.Command)
}

// memory is a file that is on no disk: the whole environment of a command is for no one to find.
func memory(name string) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// addresses are the plan's addresses as configuration files of MongoDB's tools, on no disk.
func (s *supervision) addresses() (files []*os.File, err error) {
	env := pairs(os.Environ())
	for _, name := range s.intent.Plan.Addresses {
		f, err := Address(name, env[name])
		if err != nil {
			return files, err
		}
		files = append(files, f)
	}
	return files, nil
}

// Address is a configuration file of MongoDB's tools with an address, on no disk. name is for those
// who list open files.
func Address(name, uri string) (*os.File, error) {
	f, err := memory(name)
	if err != nil {
		return nil, err
	}
	quoted, err := json.Marshal(uri) // a JSON string is one of YAML
	if err == nil {
		_, err = fmt.Fprintf(f, "uri: %s\n", quoted)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

func pathIn(env []string) string {
	for _, kv := range env {
		if v, ok := strings.CutPrefix(kv, "PATH="); ok {
			return v
		}
	}
	return ""
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// wait waits for the end of the command, and brings it about when it was cancelled or took too long.
func (s *supervision) wait(cmd *exec.Cmd) Exit {
	ended := make(chan waited, 1)
	go func() { ended <- waited{cmd.Wait()} }()
	var late <-chan time.Time
	if limit := s.intent.Plan.Timeout; limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case w := <-ended:
		return s.ended(cmd, w.err)
	case <-s.told:
		s.kept.release()
		after := signal.Span(time.Since(s.since))
		return s.ending(cmd, ended, Exit{Outcome: "cancelled", Code: -1, Text: "stopped by a person after " + after})
	case <-late:
		s.kept.release()
		return s.ending(cmd, ended, Exit{Outcome: "failed", Code: -1, Text: "ended by calm: it took longer than " + signal.Short(s.intent.Plan.Timeout)})
	}
}

// ending ends the tree. A command that came to its own end meanwhile may have done all that it was to
// do, which must not be kept back.
func (s *supervision) ending(cmd *exec.Cmd, ended <-chan waited, e Exit) Exit {
	if !s.end(cmd, ended) {
		e.Text += "; it does not die, not even by KILL"
	} else if code := cmd.ProcessState.ExitCode(); code >= 0 {
		e.Code = code
		e.Text += fmt.Sprintf("; it came to an end by itself (exit %d)", code)
	}
	return e
}

// waited is what Wait said.
type waited struct{ err error }

// ended is how a command came to its end by itself. The outcome stays open: what the output says
// belongs to it.
func (s *supervision) ended(cmd *exec.Cmd, err error) Exit {
	code := cmd.ProcessState.ExitCode()
	var exit *exec.ExitError
	switch {
	case err != nil && !errors.As(err, &exit):
		return Exit{Outcome: "failed", Code: -1, Text: err.Error()}
	case code < 0:
		return Exit{Outcome: "failed", Code: -1, Text: "ended by " + cmd.ProcessState.String()}
	}
	return Exit{Code: code, Text: fmt.Sprintf("exit %d", code)}
}

// end sends TERM to the whole tree, and KILL to what is left of it when the grace is over or when
// it is told a second time. What hangs in the kernel does not die of KILL: after as long again it is
// given up. The result is whether the command itself has ended.
func (s *supervision) end(cmd *exec.Cmd, ended <-chan waited) (done bool) {
	self, group := os.Getpid(), cmd.Process.Pid
	signalTree(self, group, syscall.SIGTERM)
	signalTree(self, group, syscall.SIGCONT) // one that was stopped takes its TERM only then
	grace := time.NewTimer(s.intent.Grace)
	defer grace.Stop()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	var killed time.Time
	for {
		force := false
		select {
		case <-ended:
			done, ended = true, nil
			group = 0 // its number may be another's now
		case <-grace.C:
			force = true
		case <-s.told:
			force = true
		case <-look.C:
		}
		own, _ := descendants(self)
		if len(own) == 0 && done {
			return true
		}
		if force && killed.IsZero() {
			killed = time.Now()
		}
		if !killed.IsZero() {
			if time.Since(killed) > s.intent.Grace {
				return done
			}
			signalTree(self, group, syscall.SIGKILL)
		}
	}
}

// drain takes the rest of the output, for a while: what the command left running may hold the
// pipe open.
func (s *supervision) drain(out *os.File, copied <-chan struct{}) {
	_ = out.SetReadDeadline(time.Now().Add(drain))
	<-copied
}

// maxContext bounds what a command may leave to the next, in bytes: Linux takes no larger environment.
const maxContext = 8 << 20

// carry keeps what the command leaves to the next step. Variables that every shell sets for itself
// are no difference.
func (s *supervision) carry(cmd *exec.Cmd, after *os.File) error {
	b, err := io.ReadAll(io.NewSectionReader(after, 0, maxContext))
	if err != nil || len(b) == 0 {
		return err // empty: it ended without its trap, killed or by exec
	}
	fields := bytes.Split(bytes.TrimSuffix(b, []byte{0}), []byte{0})
	c := Carried{Dir: string(fields[0])}
	was, now := pairs(cmd.Env), map[string]string{}
	for _, f := range fields[1:] {
		name, value, ok := strings.Cut(string(f), "=")
		if !ok || ownVariable(name) {
			continue
		}
		now[name] = value
		if old, had := was[name]; !had || old != value {
			if c.Set == nil {
				c.Set = map[string]string{}
			}
			c.Set[name] = value
		}
	}
	for name := range was {
		if _, has := now[name]; !has && !ownVariable(name) {
			c.Unset = append(c.Unset, name)
		}
	}
	slices.Sort(c.Unset)
	return replace(filepath.Join(s.dir, contextFile), c.sealed(s.hide))
}

func ownVariable(name string) bool {
	return slices.Contains([]string{"_", "SHLVL", "PWD", "OLDPWD"}, name) || strings.HasPrefix(name, "BASH_") || strings.HasPrefix(name, addressPrefix)
}

func pairs(env []string) map[string]string {
	out := make(map[string]string, len(env))
	for _, kv := range env {
		if name, value, ok := strings.Cut(kv, "="); ok {
			out[name] = value
		}
	}
	return out
}
