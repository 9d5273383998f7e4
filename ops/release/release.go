package release

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"calm/model/action"
	"calm/ops"
	"calm/ops/git"
	"calm/ops/run"
)

// Change is a build beside the running app, or the putting back of earlier ones. It is the Detail of a
// plan of kind action.Release.
type Change struct {
	Top     string `json:"top"`            // the checkout, without symbolic links
	Sub     string `json:"sub,omitempty"`  // where in it the command runs; empty for the top
	Stage   string `json:"-"`              // by the action's name, as Kept: the same build is the same change
	Kept    string `json:"-"`              // takes what is replaced
	Head    string `json:"head,omitempty"` // commit that is built
	Install bool   `json:"install,omitempty"`
	Build   bool   `json:"build,omitempty"`
	Clone   bool   `json:"clone,omitempty"` // the command needs the node_modules that are there

	Back     []string `json:"back,omitempty"`     // what is kept of earlier builds, newest first, to be put back
	Checkout string   `json:"checkout,omitempty"` // revision that is checked out before that; empty for none
	Detach   bool     `json:"detach,omitempty"`
}

// Of is the change with the folders beside the checkout that belong to an action.
func (c Change) Of(op string) Change {
	c.Stage, c.Kept = beside(c.Top, "calm-"+op), beside(c.Top, "kept-"+op)
	return c
}

// beside is a hidden neighbour of the checkout: as deep as it, so that what it links to outside of
// itself is found from there too, and on the same file system, mostly.
func beside(top, what string) string {
	return filepath.Join(filepath.Dir(top), "."+filepath.Base(top)+"."+what)
}

// Kind runs a plan of kind action.Release inside a supervisor; it is a run.Kind.
func Kind(ctx context.Context, p action.Plan, out io.Writer) error {
	var c Change
	if err := json.Unmarshal(p.Detail, &c); err != nil || c.Top == "" {
		return ops.Errorf(ops.Invalid, "release", "the plan does not say what to put where; propose it again")
	}
	b := building{Change: c.Of(p.Op), out: out, env: append(os.Environ(), p.Sets...)}
	if len(c.Back)+len(c.Checkout) > 0 {
		return b.putBack(ctx)
	}
	return b.build(ctx, p.Command)
}

// building is a change at work.
type building struct {
	Change
	out io.Writer
	env []string
}

func (b *building) say(format string, args ...any) {
	_, _ = fmt.Fprintf(b.out, "calm: "+format+"\n", args...)
}

const untouched = "; node_modules and the build that runs are as they were"

// build runs the command in the stage and exchanges what it made for what is there.
func (b *building) build(ctx context.Context, command string) (err error) {
	b.sweep(ctx)
	began := time.Now()
	s, err := b.prepare(ctx)
	defer func() {
		// Also when the context has ended: nothing is to be left behind.
		b.removeStage(context.WithoutCancel(ctx))
	}()
	if err != nil {
		return fmt.Errorf("%w%s", err, untouched)
	}
	defer s.lock.Close()
	b.say("%s of %s copied to %s in %s", plural(s.files, "file", "files"), b.Top, b.Stage, time.Since(began).Round(10*time.Millisecond))
	res, err := run.Local{}.Run(ctx, run.Command{
		Argv: []string{"bash", "--noprofile", "--norc", "-c", command}, Dir: filepath.Join(b.Stage, b.Sub), Env: b.env,
		Timeout: -1, MaxOutput: 1, Live: b.out,
	})
	if err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("it was ended before its end%s", untouched)
		}
		return fmt.Errorf("exit %d%s", res.Exit, untouched)
	}
	made, err := b.made(ctx, s)
	if err == nil {
		err = b.prove(ctx, s, made)
	}
	if err == nil && len(made) > 0 {
		err = b.relocate(made)
	}
	if err != nil {
		return fmt.Errorf("%w%s", err, untouched)
	}
	if len(made) == 0 {
		b.say("nothing was made, and nothing had to be")
		return nil
	}
	return b.exchange(made)
}

// putBack brings back a commit and what was there before later builds.
func (b *building) putBack(ctx context.Context) error {
	var all []*kept
	for _, dir := range b.Back {
		k, err := openKept(dir)
		if err != nil {
			return err
		}
		all = append(all, k)
	}
	if err := inOrder(all); err != nil {
		return err
	}
	if b.Checkout != "" {
		argv := []string{"git", "checkout"}
		if b.Detach {
			argv = append(argv, "--detach")
		}
		if _, err := (run.Local{}).Run(ctx, run.Command{Argv: append(argv, b.Checkout), Dir: b.Top, Env: b.env, Timeout: -1, Live: b.out}); err != nil {
			return err
		}
		if now, _, err := b.repo(b.Top).Head(ctx); err != nil || now.Hash != b.Head {
			return ops.Errorf(ops.Failed, "git checkout "+b.Checkout, "HEAD is %s, not %s; nothing was put back", now.Short, b.Head[:min(7, len(b.Head))])
		}
	}
	for i, k := range all {
		if err := k.swap(true); err != nil {
			for _, done := range all[:i] {
				_ = done.swap(false)
			}
			return err
		}
		b.say("put back %s", k.names())
	}
	return nil
}

func (b *building) repo(dir string) git.Repo {
	return git.Repo{Dir: dir, Exec: run.Local{}, Env: b.env}
}

func plural(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// few names some of many.
func few(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
