package plan

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"calm/model/action"
	"calm/model/signal"
	"calm/ops"
	"calm/ops/git"
	"calm/ops/release"
)

// target is the commit that a command goes to, as it was when the plan was made.
type target struct {
	git.Commit
	from   git.Commit
	branch string   // that HEAD is put on; empty for none
	dirty  []string // files that lay changed before
}

// head is the Detail of a shell plan that checks a commit out or builds in place: where HEAD must be
// afterwards, and which files may differ from it.
type head struct {
	Head    string   `json:"head"`
	Changed []string `json:"changed,omitempty"`

	// Of a command that installs or builds in place.
	Install bool `json:"install,omitempty"`
	Build   bool `json:"build,omitempty"`
}

// moves are the git commands that put another commit's files into the checkout.
var moves = []string{"checkout", "switch", "reset"}

// writes are those that need the index for themselves.
var writes = []string{"checkout", "switch", "reset", "restore", "revert", "merge", "pull", "cherry-pick", "rebase", "stash", "add", "commit", "am", "apply", "rm", "mv"}

// git makes what git does in a command safe and exact: its hooks are off, the revision is a commit, and
// what could be lost is refused before. What runs as it is written is only looked at.
func (d *draft) git(ctx context.Context) error {
	d.calls, _ = action.Calls(d.plan.Command)
	calls := slices.DeleteFunc(slices.Clone(d.calls), func(c action.Call) bool { return !c.Is("git") || len(c.Words) < 2 })
	if len(calls) == 0 {
		return nil
	}
	d.hooks()
	if !slices.ContainsFunc(calls, func(c action.Call) bool { return c.Is("git", append(writes, "fetch", "worktree", "submodule")...) }) {
		return nil
	}
	layout, err := d.repo().Layout(ctx)
	if err != nil {
		return err
	}
	if layout.Lock != "" && slices.ContainsFunc(calls, func(c action.Call) bool { return c.Is("git", writes...) }) {
		return ops.Errorf(ops.Conflict, d.plan.Title, "%s", locked(layout))
	}
	for i, c := range calls {
		d.warn(ctx, c, layout)
		if !c.Is("git", moves...) {
			continue
		}
		if i > 0 && !plainRead(calls[:i]) {
			d.note(fmt.Sprintf("what %s means is known only once the git commands before it have run", strings.Join(c.Operands(), " ")))
			continue
		}
		if err := d.move(ctx, c, layout); err != nil {
			return err
		}
	}
	d.calls, _ = action.Calls(d.plan.Command)
	return nil
}

// plainRead says whether git commands leave every revision what it was.
func plainRead(calls []action.Call) bool {
	return !slices.ContainsFunc(calls, func(c action.Call) bool {
		return !c.Is("git", "log", "show", "status", "diff", "rev-parse", "describe", "tag", "branch")
	})
}

func locked(l git.Layout) string {
	age := signal.Span(l.LockAge)
	if l.LockBy > 0 {
		return fmt.Sprintf("git is at work there (pid %d, %s is %s old): wait for it, then propose this again", l.LockBy, l.Lock, age)
	}
	return fmt.Sprintf("%s is %s old and no git runs there: one that died has left it. Look at git status, then rm %s", l.Lock, age, l.Lock)
}

// hooks turns the programs off that a checkout brings along.
func (d *draft) hooks() {
	stored := slices.ContainsFunc(d.calls, func(c action.Call) bool {
		return c.Is("pm2") && !c.Is("pm2", "logs", "list", "ls", "jlist", "describe", "show")
	})
	switch {
	case d.AsWritten && d.Ref.Group != action.UndoGroup:
		d.note("as written, git runs the hooks of the checkout")
	case stored:
		d.note("git runs the hooks of the checkout: calm can't turn them off without pm2 keeping the variables for that")
	default:
		d.plan.Sets = git.Safe()
		d.change("git's hooks and fsmonitor are off, and it asks nobody for anything")
	}
}

// warn names the programs that the checkout's own configuration would have git run.
func (d *draft) warn(ctx context.Context, c action.Call, l git.Layout) {
	all, err := d.repo().Programs(ctx, verbOf(c))
	if err != nil {
		d.note("which programs the checkout's configuration names is not known: " + err.Error())
	}
	for _, s := range all[:min(len(all), 4)] {
		d.note(fmt.Sprintf("git may run %s of .git/config: %s", s.Name, cutText(s.Program, 80)))
	}
	if len(all) > 4 {
		d.note(fmt.Sprintf("and %d more programs of .git/config", len(all)-4))
	}
	if l.Partial && c.Is("git", writes...) {
		d.note("this is a partial clone: git may have to fetch files, and fails without a network")
	}
	if l.Submodules && c.Is("git", moves...) {
		d.note("its submodules stay where they are; git submodule update moves them")
	}
}

func verbOf(c action.Call) string {
	for _, w := range c.Words[1:] {
		if !strings.HasPrefix(w, "-") {
			return w
		}
	}
	return ""
}

// cutText bounds what others wrote for one line.
func cutText(s string, n int) string {
	if r := []rune(strings.Join(strings.Fields(s), " ")); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return strings.Join(strings.Fields(s), " ")
}

// move pins the commit that a checkout goes to, and refuses one that would write over what is only here.
func (d *draft) move(ctx context.Context, c action.Call, l git.Layout) error {
	named := c.Operands()
	if c.Has("--") || c.Has("-p") || c.Has("--patch") || c.Has("--orphan") || len(named) != 1 || named[0] == "" {
		return nil
	}
	if c.Is("git", "checkout", "switch") && slices.ContainsFunc([]string{"-b", "-B", "-c", "-C"}, c.Has) {
		return nil
	}
	revision := named[0]
	if revision == "-" {
		revision = "@{-1}"
	}
	to, err := d.repo().Resolve(ctx, revision)
	if ops.CodeOf(err) == ops.Invalid && c.Is("git", "checkout", "reset") {
		// It may be the name of a file, which a checkout takes too.
		d.note(err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	t := &target{Commit: to}
	if t.from, _, err = d.repo().Head(ctx); err != nil {
		return err
	}
	if t.dirty, err = d.repo().Changed(ctx); err != nil {
		return err
	}
	if c.Is("git", "checkout", "switch") && !c.Has("--detach") && !c.Has("-d") {
		t.branch = d.repo().Branch(ctx, revision)
	}
	if err := d.spare(ctx, c, l, to); err != nil {
		return err
	}
	d.pin(c, named[0], t)
	d.to = t
	if c.Is("git", "reset") && !c.Has("--hard") && !c.Has("--keep") && !c.Has("--merge") {
		return nil // the files stay
	}
	d.plan.Detail, err = json.Marshal(head{Head: to.Hash, Changed: t.dirty})
	return err
}

// pin puts the commit into the command in the place of what was written. A branch stays: HEAD is to be
// on it.
func (d *draft) pin(c action.Call, written string, t *target) {
	switch {
	case t.branch != "":
		d.change(fmt.Sprintf("%s → %s; calm looks afterwards that it was this commit", written, t.Hash))
	case written != t.Hash && (!d.AsWritten || d.Ref.Group == action.UndoGroup):
		if at, end, ok := wordAt(d.plan.Command, c.End, written); ok {
			d.plan.Command = d.plan.Command[:at] + t.Hash + d.plan.Command[end:]
			d.change(fmt.Sprintf("%s → %s", written, t.Hash))
		}
	}
}

// wordAt is where a word of the call that ends at a place stands in a shell text.
func wordAt(text string, callEnd int, word string) (from, to int, ok bool) {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
	if err != nil {
		return 0, 0, false
	}
	syntax.Walk(file, func(n syntax.Node) bool {
		c, is := n.(*syntax.CallExpr)
		if !is || len(c.Args) == 0 || int(c.End().Offset()) != callEnd {
			return true
		}
		for _, w := range c.Args {
			begin, end := int(w.Pos().Offset()), int(w.End().Offset())
			if strings.Trim(text[begin:end], `'"`) == word {
				from, to, ok = begin, end, true
			}
		}
		return true
	})
	return from, to, ok
}

// forces are the flags by which git writes over what lies changed.
func forces(c action.Call) bool {
	return c.Has("-f") || c.Has("--force") || c.Has("--discard-changes") || c.Is("git", "reset") && c.Has("--hard")
}

// spare refuses a checkout that would write over files that are only here, or says which it would.
func (d *draft) spare(ctx context.Context, c action.Call, l git.Layout, to git.Commit) error {
	changed, untracked, err := d.repo().Overwritten(ctx, l, to.Hash)
	if err != nil {
		return err
	}
	switch {
	case forces(c):
		if mine, err := d.repo().Changed(ctx); err == nil && len(mine)+len(untracked) > 0 {
			all := slices.Concat(mine, untracked)
			d.plan.Lost = fmt.Sprintf("what is only here in %s: %s", count(len(all), "file", "files"), some(all))
		}
	case c.Has("-m") || c.Has("--merge"):
	case len(changed) > 0:
		return ops.Errorf(ops.Conflict, d.plan.Title, "it would write over what was changed here in %s: %s; commit it, or put it away with git stash", count(len(changed), "file", "files"), some(changed))
	case len(untracked) > 0:
		return ops.Errorf(ops.Conflict, d.plan.Title, "it would write over %s that git does not know here: %s; move them away first", count(len(untracked), "file", "files"), some(untracked))
	}
	return nil
}

// some names a few of many.
func some(names []string) string {
	const few = 5
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
}

// undoCheckout is the way back of a checkout, in words.
func (d *draft) undoCheckout(ctx context.Context) string {
	at, branch, err := d.repo().Head(ctx)
	switch {
	case err != nil:
		return "none known: where the checkout stands could not be read"
	case branch != "":
		return "git checkout " + branch + " (" + at.Short + ")"
	}
	return "git checkout --detach " + at.Short
}

// invertCheckout goes back to where HEAD is now: onto its branch, as long as that stays where it is.
func (d *draft) invertCheckout(ctx context.Context, inv *action.Inverse) {
	at, branch, err := d.repo().Head(ctx)
	if err != nil {
		return
	}
	if inv.Detail, err = json.Marshal(head{Head: at.Hash}); err != nil {
		return
	}
	inv.Command = "git checkout --detach " + at.Hash
	if branch != "" {
		inv.Command = "git checkout " + words([]string{branch})
	}
	inv.Notes = append(inv.Notes, "what calm built beside since goes back with it; of what was built in place, build again; restart")
}

// stillThere is a recorded way back to a branch as long as the branch is where it was; else the way to
// the commit that it was on.
func (p *Planner) stillThere(ctx context.Context, inv *action.Inverse) *action.Inverse {
	branch, ok := strings.CutPrefix(inv.Command, "git checkout ")
	var h head
	if !ok || inv.Kind != action.Shell || inv.Runbook || strings.HasPrefix(branch, "-") || json.Unmarshal(inv.Detail, &h) != nil || h.Head == "" {
		return inv
	}
	to, err := git.Repo{Dir: inv.Dir, Exec: p.Exec, Env: p.Env()}.Resolve(ctx, "refs/heads/"+branch)
	if err == nil && to.Hash == h.Head {
		return inv
	}
	out := *inv
	out.Command = "git checkout --detach " + h.Head
	out.Notes = append(slices.Clone(inv.Notes), branch+" is not where it was: HEAD goes to its commit of then, on no branch")
	return &out
}

// wrongHead says what the checkout tells against a plan that has gone to a commit.
func (p *Planner) wrongHead(ctx context.Context, dir string, h head) string {
	repo := git.Repo{Dir: dir, Exec: p.Exec, Env: p.Env()}
	now, _, err := repo.Head(ctx)
	if err != nil {
		return "where HEAD is can't be read: " + err.Error()
	}
	if now.Hash != h.Head {
		return fmt.Sprintf("HEAD is %s, not %s", now.Short, h.Head[:min(len(now.Short), len(h.Head))])
	}
	if filters, err := repo.Programs(ctx, "checkout"); err != nil || len(filters) > 0 {
		return "" // without its filters a file that is as committed can look changed
	}
	changed, err := repo.Changed(ctx)
	if err != nil {
		return "whether the files are those of the commit can't be read: " + err.Error()
	}
	if changed = slices.DeleteFunc(changed, func(name string) bool { return slices.Contains(h.Changed, name) }); len(changed) > 0 {
		return fmt.Sprintf("HEAD is %s, but %s not as in it: %s", now.Short, count(len(changed), "file is", "files are"), some(changed))
	}
	return ""
}

// Problem says what the host tells against the success of a plan that has ended well; empty when it
// tells nothing.
func (p *Planner) Problem(ctx context.Context, done action.Plan) string {
	if len(done.Detail) == 0 {
		return ""
	}
	switch done.Kind {
	case action.Shell:
		var h head
		if json.Unmarshal(done.Detail, &h) != nil {
			return ""
		}
		if h.Head != "" {
			if why := p.wrongHead(ctx, done.Dir, h); why != "" {
				return why
			}
		}
		return p.wrongBuild(done, h)
	case action.Release:
		var c release.Change
		if json.Unmarshal(done.Detail, &c) == nil {
			return p.wrongRelease(ctx, c.Of(done.Op))
		}
	}
	return ""
}
