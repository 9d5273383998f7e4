package nginx

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"calm/model/action"
	"calm/ops"
	"calm/ops/run"
)

// Change is a snippet file to be written or taken away, with how it is seen that nginx took it. It
// is the Detail of a plan of kind action.Nginx.
type Change struct {
	Path     string   `json:"path"`      // of the snippet, in a folder that the site includes
	Text     string   `json:"text"`      // its whole content; empty takes the file away
	Command  []string `json:"command"`   // argv that drives the site's nginx: ["nginx"], ["sudo", "-n", "nginx"]
	ErrorLog string   `json:"error_log"` // where a reload that could not bind says so; empty for unknown
	Probes   []Probe  `json:"probes"`

	// Flag says that Path is a file that the site asks for with each request. Making it or taking it away
	// is the whole change: nginx reads nothing again.
	Flag bool `json:"flag,omitempty"`
}

// Probe is an address that must give an answer of the new configuration.
type Probe struct {
	URL  string `json:"url"`
	Want int    `json:"want"` // status; 0 for any that is not what it was, or none where nothing is known of it
}

// How an answer is believed: nginx gives old answers for a moment after a reload, so it must be
// seen several times in a row, on new connections.
const (
	inARow     = 5
	between    = 20 * time.Millisecond
	answerBy   = 10 * time.Second
	oneAnswer  = 3 * time.Second
	commandFor = 20 * time.Second
)

// Kind runs a plan of kind action.Nginx inside a supervisor; it is a run.Kind.
func Kind(ctx context.Context, p action.Plan, out io.Writer) error {
	var c Change
	if err := json.Unmarshal(p.Detail, &c); err != nil || c.Path == "" {
		return ops.Errorf(ops.Invalid, "nginx change", "the plan does not say what to write; propose it again")
	}
	return c.Apply(ctx, run.Local{}, out)
}

// Undo is the change that brings the file back to what it holds now, seen by the given answers.
func (c Change) Undo(probes []Probe) (Change, error) {
	text, err := os.ReadFile(c.Path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return Change{}, ops.Wrap("read "+c.Path, err)
	}
	c.Text, c.Probes = string(text), probes
	if c.Flag && err == nil && c.Text == "" {
		c.Text = FlagText // it was made by a touch, and only that it is there counts
	}
	return c, nil
}

// Inverse is Undo with the answers that its addresses give now.
func (c Change) Inverse(ctx context.Context) (Change, error) {
	return c.Undo((&applying{Change: c, out: io.Discard}).ask(ctx))
}

// Apply makes the change: the file is replaced whole, the configuration tested, nginx reloaded, and
// the new answers waited for. Whatever fails, the file is put back and nginx reloaded again, and
// the error says both. Every step is a line on out.
func (c Change) Apply(ctx context.Context, exec run.Exec, out io.Writer) error {
	a := &applying{Change: c, exec: exec, out: out}
	if !c.Flag {
		if err := a.test(ctx, "before any change"); err != nil {
			return err
		}
	}
	before, err := c.Undo(a.ask(ctx))
	if err != nil {
		return err
	}
	if c.Text != "" && before.Text != c.Text && c.blind(before.Probes) {
		return ops.Errorf(ops.Conflict, "nginx change", "%s answers %d before it: whether nginx takes the change could not be seen; nothing is changed; propose it again", c.Probes[0].URL, c.Probes[0].Want)
	}
	if err := a.put(ctx, "with the change"); err != nil {
		// The way back must be gone also when the way there was cut off.
		back := &applying{Change: before, exec: exec, out: out}
		a.say("putting it back")
		if backErr := back.put(context.WithoutCancel(ctx), "as it was"); backErr != nil {
			return fmt.Errorf("%w; and putting it back failed: %w; look at %s by hand", err, backErr, c.Path)
		}
		return fmt.Errorf("%w; it was put back, nothing is changed", err)
	}
	return nil
}

// applying is one change on its way.
type applying struct {
	Change
	exec run.Exec
	out  io.Writer
}

func (a *applying) say(format string, args ...any) { _, _ = fmt.Fprintf(a.out, format+"\n", args...) }

// put writes the file, makes nginx read it, and waits for its effect.
func (a *applying) put(ctx context.Context, how string) error {
	log := errorLog{path: a.ErrorLog}
	if err := log.mark(); err != nil {
		return err
	}
	if err := a.write(); err != nil {
		return err
	}
	if a.Flag {
		log.path = "" // nginx is told nothing: what it says meanwhile is not about this
	} else if err := a.reload(ctx, how); err != nil {
		return err
	}
	for _, p := range a.Probes {
		if err := a.await(ctx, p, &log); err != nil {
			return err
		}
	}
	return log.complaint()
}

func (a *applying) reload(ctx context.Context, how string) error {
	if err := a.test(ctx, how); err != nil {
		return err
	}
	if _, err := a.nginx(ctx, "-s", "reload"); err != nil {
		return err
	}
	a.say("nginx -s reload: exit 0, which is not enough")
	return nil
}

// blind says whether every answer is already what the change would make it.
func (c Change) blind(now []Probe) bool {
	for i, p := range c.Probes {
		if p.Want == 0 || now[i].Want != p.Want {
			return false
		}
	}
	return len(c.Probes) > 0
}

// Unseen says whether the site answers now as the change would make it, or the change has no answer: then
// nothing that is asked shows whether it was taken.
func (c Change) Unseen(ctx context.Context) bool {
	return len(c.Probes) == 0 || c.blind((&applying{Change: c, out: io.Discard}).ask(ctx))
}

// FlagText is what a flag file holds, for whoever finds it.
const FlagText = "made by calm: the site is closed as long as this file is here\n"

// write replaces the file, or takes it away.
func (a *applying) write() error {
	dir, name := filepath.Split(a.Path)
	if a.Text == "" {
		if err := os.Remove(a.Path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return ops.Wrap("remove "+a.Path, err)
		}
		a.say("removed %s", a.Path)
		return syncDir(dir)
	}
	// Its name does not end in .conf, so that no include takes a file that is half written.
	f, err := os.CreateTemp(dir, "."+name+"-*.new")
	if err != nil {
		return ops.Wrap("write "+a.Path, err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(a.Text)
	// The workers may run as another user than this one.
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), a.Path)
	}
	if err != nil {
		return ops.Wrap("write "+a.Path, err)
	}
	a.say("wrote %s, %d bytes", a.Path, len(a.Text))
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return ops.Wrap("sync "+dir, err)
	}
	return ops.Wrap("sync "+dir, errors.Join(d.Sync(), d.Close()))
}

func (a *applying) test(ctx context.Context, when string) error {
	said, err := a.nginx(ctx, "-t")
	if err == nil {
		a.say("nginx -t %s: ok", when)
		return nil
	}
	why := complaint(said)
	// Who may not write nginx's pid file fails the test of a configuration that is good.
	if strings.Contains(said, "syntax is ok") && strings.Contains(said, "Permission denied") {
		return ops.Errorf(ops.Denied, "nginx -t", "%s: calm may not drive this nginx; set nginx.command to what may, such as sudo -n nginx", why)
	}
	return ops.Errorf(ops.Failed, "nginx -t", "it fails %s: %s", when, why)
}

// nginx runs the site's nginx. Its words are on stderr, also when all is well.
func (a *applying) nginx(ctx context.Context, args ...string) (said string, err error) {
	argv := slices.Concat(a.Command, args)
	if len(a.Command) == 0 {
		argv = slices.Concat([]string{"nginx"}, args)
	}
	res, err := a.exec.Run(ctx, run.Command{Argv: argv, Timeout: commandFor, Env: os.Environ()})
	return string(res.Stderr), err
}

// complaint is the line of nginx's words that says what is wrong.
func complaint(said string) string {
	last := ""
	for line := range strings.SplitSeq(said, "\n") {
		if strings.Contains(line, "[emerg]") {
			return strings.TrimSpace(line)
		}
		if s := strings.TrimSpace(line); s != "" {
			last = s
		}
	}
	if last == "" {
		return "it says nothing"
	}
	return last
}

// ask takes one answer of each address, as it is now; 0 when there is none.
func (a *applying) ask(ctx context.Context) []Probe {
	now := make([]Probe, len(a.Probes))
	for i, p := range a.Probes {
		status, err := answer(ctx, p.URL)
		if err != nil {
			status = 0
		}
		a.say("GET %s answers %s", p.URL, statusText(status))
		now[i] = Probe{URL: p.URL, Want: status}
	}
	return now
}

// await waits until an address gives the wanted answer several times in a row.
func (a *applying) await(ctx context.Context, p Probe, log *errorLog) error {
	if p.Want == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, answerBy)
	defer cancel()
	tick := time.NewTicker(between)
	defer tick.Stop()
	last, row := 0, 0
	for {
		status, err := answer(ctx, p.URL)
		if err == nil && status == p.Want {
			row++
		} else if row = 0; ctx.Err() == nil {
			last = status
		}
		if row == inARow {
			a.say("GET %s answers %s, %d times in a row on new connections", p.URL, statusText(p.Want), inARow)
			return nil
		}
		if err := log.complaint(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ops.Errorf(ops.Timeout, "GET "+p.URL, "it still answers %s and not %d after the reload", statusText(last), p.Want)
		case <-tick.C:
		}
	}
}

func statusText(status int) string {
	if status == 0 {
		return "nothing"
	}
	return fmt.Sprint(status)
}

// fresh opens a connection for every request: one that was kept open reaches a worker that is on
// its way out.
var fresh = &http.Client{
	Transport:     &http.Transport{DisableKeepAlives: true},
	Timeout:       oneAnswer,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func answer(ctx context.Context, url string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, ops.Wrap("GET "+url, err)
	}
	res, err := fresh.Do(req)
	if err != nil {
		return 0, ops.Wrap("GET "+url, err)
	}
	return res.StatusCode, res.Body.Close()
}

// errorLog is nginx's own log from a moment on. A reload that can't take its ports exits 0 and
// says so only here.
type errorLog struct {
	path string
	from int64
}

func (l *errorLog) mark() error {
	if l.path == "" {
		return nil
	}
	info, err := os.Stat(l.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return ops.Wrap("read "+l.path, err)
	}
	l.from = info.Size()
	return nil
}

// complaint is the first line since the mark that says that nginx could not do what it was told.
func (l *errorLog) complaint() error {
	if l.path == "" {
		return nil
	}
	f, err := os.Open(l.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return ops.Wrap("read "+l.path, err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() < l.from {
		l.from = 0 // it was rotated meanwhile
	}
	text, err := io.ReadAll(io.NewSectionReader(f, l.from, 1<<20))
	if err != nil {
		return ops.Wrap("read "+l.path, err)
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if strings.Contains(line, "[emerg]") || strings.Contains(line, "[alert]") {
			return ops.Errorf(ops.Failed, "nginx -s reload", "its error log says: %s", strings.TrimSpace(line))
		}
	}
	return nil
}
