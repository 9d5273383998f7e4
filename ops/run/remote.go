package run

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"calm/model/signal"
	"calm/ops/secret"
)

const (
	againAfter  = time.Second      // before the first attempt to connect again; doubled up to againAtMost
	againAtMost = 15 * time.Second //
	againWithin = 5 * time.Minute  // after that, what became of the command is for a person to find out
	endWithin   = 30 * time.Second // for reaching the host to end what runs there
)

// remote is a command on another host at work. The command does not hang on a connection: as long
// as the host can be reached again it is found again.
type remote struct {
	*supervision
	link      *link
	seen      int    // bytes of output that came
	pid       string // of the command's session there; empty until it is known
	context   []byte
	survivors []string
	signalled bool // what runs there was told to end
	late      <-chan time.Time
}

// remote runs the plan's command on another host and waits for its end.
func (s *supervision) remote() Exit {
	r := &remote{supervision: s}
	var err error
	if r.link, err = r.dial(); err != nil {
		return s.never(fmt.Errorf("there is no connection to %s: %w", s.intent.Plan.Host, reason(err)))
	}
	// Nothing was told to that host yet. From here on something may run there.
	self, _ := statOf(os.Getpid())
	if err := createOnce(filepath.Join(s.dir, childFile), child{PID: self.pid, Ticks: self.ticks, Boot: bootID()}); err != nil {
		r.link.close()
		return s.never(err)
	}
	s.conceal(s.there.Apply(nil))
	_ = r.link.tell(overThere(s.intent.Plan.Op, s.there, "calm_start", s.intent.Plan.Dir, leaving(s.intent.Plan.Command)))
	first, ok := r.first()
	if ok && first.word == "refused" {
		r.link.close()
		return s.never(errors.New(s.intent.Plan.Host + ": " + first.rest))
	}
	s.underWay()
	if limit := s.intent.Plan.Timeout; limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		r.late = timer.C
	}
	e := r.attend(first, ok)
	e.Survivors = r.survivors
	if len(r.survivors) > 0 && e.Outcome == "" {
		e.Text += "; left running: " + strings.Join(r.survivors, "; ")
	}
	if e.Outcome == "" {
		e.Outcome = s.intent.Plan.Outcome(e.Code, string(tailOf(s.dir, TailSize)))
	}
	if len(r.context) > 0 {
		_ = replace(filepath.Join(s.dir, contextFile), leftThere(r.context).sealed(s.hide))
	}
	return e
}

// reason is what the client says of a connection that failed, rather than that it did.
func reason(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		if all := joined.Unwrap(); len(all) > 1 {
			return all[len(all)-1]
		}
	}
	return err
}

// conceal lets the output show none of an environment's secrets. Nothing has been put out before.
func (s *supervision) conceal(env []string) {
	s.hide.Known = append(s.hide.Known, secret.Of(env)...)
	hidden := s.hide.Redactor().Writer(s.log)
	s.out = output{clean: newClean(hidden), hidden: hidden}
}

func (r *remote) dial() (*link, error) {
	return dial(connection(r.intent.Plan, "-T", login), os.Environ())
}

func (r *remote) say(format string, args ...any) {
	_, _ = fmt.Fprintf(r.out, "calm: "+format+"\n", args...)
}

// first is the answer to the start; ok is false when the connection was lost before it came.
func (r *remote) first() (w said, ok bool) {
	w, ok = <-r.link.heard
	return w, ok
}

// attend follows the command to its end, over as many connections as that takes.
func (r *remote) attend(w said, ok bool) Exit {
	for {
		if !ok {
			e, again := r.lost()
			if !again {
				return e
			}
		} else if e, over := r.hear(w); over {
			return e
		}
		select {
		case w, ok = <-r.link.heard:
		case <-r.told:
			return r.end("stopped by a person after " + signal.Span(time.Since(r.since)))
		case <-r.late:
			return r.end("ended by calm: it took longer than " + signal.Short(r.intent.Plan.Timeout))
		}
	}
}

// hear takes in one word of the other host. over says that it was the last one.
func (r *remote) hear(w said) (e Exit, over bool) {
	switch w.word {
	case "started":
		r.pid, r.survivors = w.rest, nil
	case "environment":
		if r.seen == 0 {
			r.conceal(strings.Split(string(w.data), "\x00"))
		}
	case "out":
		r.seen += len(w.data)
		_, _ = r.out.Write(w.data)
	case "context":
		r.context = w.data
	case "left":
		pid, line, _ := strings.Cut(w.rest, " ")
		r.survivors = append(r.survivors, strings.TrimSpace(line)+", pid "+pid+" on "+r.intent.Plan.Host)
	case "exit":
		code, err := strconv.Atoi(w.rest)
		if err != nil {
			return r.unknown("how it ended can't be read"), true
		}
		_ = r.link.tell("calm_forget\n")
		r.link.finish()
		return Exit{Code: code, Text: fmt.Sprintf("exit %d", code)}, true
	case "refused":
		r.link.close()
		return Exit{Outcome: "failed", Code: -1, Text: "it did not begin: " + w.rest}, true
	case "never":
		r.link.close()
		return Exit{Outcome: "failed", Code: -1, Text: "it did not begin: the connection was lost before"}, true
	case "gone":
		return r.unknown("its shell there ended without a word: killed, or the host was started again"), true
	}
	return Exit{}, false
}

// unknown is the end of what calm knows of the command.
func (r *remote) unknown(why string) Exit {
	r.link.close()
	p := r.intent.Plan
	text := fmt.Sprintf("what it did is not known: %s; look on %s", why, p.Host)
	if r.pid != "" {
		text += " at pid " + r.pid + " and"
	}
	return Exit{Outcome: "unknown", Code: -1, Text: text + " in ~/.local/state/calm/remote/" + p.Op}
}

// lost connects again until the host answers, the time is over, or a person wants it ended. again is
// false when e is the end.
func (r *remote) lost() (e Exit, again bool) {
	r.link.close()
	host := r.intent.Plan.Host
	r.say("the connection to %s was lost%s; the command goes on there; connecting again", host, because(r.link.complaint()))
	until := time.NewTimer(againWithin)
	defer until.Stop()
	for pause := againAfter; ; pause = min(2*pause, againAtMost) {
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-until.C:
			timer.Stop()
			return r.unknown(fmt.Sprintf("%s could not be reached for %s", host, signal.Short(againWithin))), false
		case <-r.late:
			timer.Stop()
			return r.end("ended by calm: it took longer than " + signal.Short(r.intent.Plan.Timeout)), false
		case <-r.told:
			timer.Stop()
			return r.end("stopped by a person after " + signal.Span(time.Since(r.since))), false
		}
		if l, err := r.dial(); err == nil {
			r.link = l
			r.say("connected to %s again", host)
			_ = l.tell(overThere(r.intent.Plan.Op, Carried{}, "calm_resume", strconv.Itoa(r.seen)))
			return Exit{}, true
		}
	}
}

// end ends the command with all of its session, over a connection of its own: the one that it was
// followed on may hang. TERM comes first, KILL when the grace is over, or when it is told again.
func (r *remote) end(text string) Exit {
	outcome := "cancelled"
	if strings.HasPrefix(text, "ended by calm") {
		outcome = "failed"
	}
	until := time.Now().Add(endWithin)
	grace := r.intent.Grace
	for time.Now().Before(until) {
		r.link.close()
		l, err := r.dial()
		if err != nil {
			select {
			case <-time.After(againAfter):
			case <-r.told:
				grace = 0
			}
			continue
		}
		r.link = l
		_ = l.tell(overThere(r.intent.Plan.Op, Carried{}, "calm_end", strconv.Itoa(r.seen), strconv.Itoa(int(grace/(100*time.Millisecond)))))
		e, state := r.ending(outcome, text)
		switch state {
		case over:
			return e
		case hurried:
			grace = 0
		}
		until = time.Now().Add(endWithin)
	}
	return r.unknown("it was to be ended, and " + r.intent.Plan.Host + " can't be reached: it may still run there")
}

// endState says how far the ending of a command has come.
type endState int

const (
	over    endState = iota
	hurried          // it was told a second time
	cut              // the connection was lost
)

// ending listens until the command is known to be over.
func (r *remote) ending(outcome, text string) (Exit, endState) {
	for {
		select {
		case w, ok := <-r.link.heard:
			if !ok {
				return Exit{}, cut
			}
			switch {
			case w.word == "ending":
				r.signalled = true
				continue
			case w.word == "ended" && w.rest != "0":
				text += fmt.Sprintf("; %s of its processes could not be ended there", w.rest)
			case w.word == "gone" && r.signalled:
				_ = r.link.tell("calm_forget\n")
				r.link.finish()
				return Exit{Outcome: outcome, Code: -1, Text: text}, over
			}
			if e, last := r.hear(w); last {
				if r.signalled && e.Outcome == "" {
					e = Exit{Outcome: outcome, Code: -1, Text: text}
				}
				return e, over
			}
		case <-r.told:
			return Exit{}, hurried
		}
	}
}
