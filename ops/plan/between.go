package plan

import (
	"context"
	"fmt"
	"strings"

	"calm/ops/git"
	"calm/ops/npm"
	"calm/ops/release"
)

// tree says where the checkout stands, where it goes, and what lies between.
func (d *draft) tree(ctx context.Context) []string {
	at, branch, err := d.repo().Head(ctx)
	if err != nil {
		d.note("where the checkout stands is not known: " + err.Error())
		return nil
	}
	if changed, err := d.repo().Changed(ctx); err == nil && len(changed) > 0 {
		d.note(fmt.Sprintf("%s differ from HEAD: %s", count(len(changed), "file", "files"), some(changed)))
	}
	now := at.Short
	if branch != "" {
		now += " on " + branch
	}
	lines := []string{fmt.Sprintf("git %s: now %s, %q", d.plan.Dir, now, at.Subject)}
	if d.to == nil {
		return lines
	}
	lines = append(lines, "to "+d.to.String())
	between, err := d.repo().Between(ctx, at.Hash, d.to.Hash)
	if err != nil {
		d.note("what lies between the two is not known: " + err.Error())
		return lines
	}
	lines = append(lines, d.between(ctx, between)...)
	return lines
}

// between says what a checkout changes, and what has to be done after it.
func (d *draft) between(ctx context.Context, b git.Diff) []string {
	if b.Files == 0 {
		return []string{"no file differs: it is checked out already"}
	}
	text := fmt.Sprintf("%s, +%d −%d", count(b.Files, "file", "files"), b.Added, b.Removed)
	if b.More {
		text = "more than " + text
	}
	if b.Back > 0 {
		text += "; " + count(b.Back, "commit", "commits") + " back"
	}
	if b.Forward > 0 {
		text += "; " + count(b.Forward, "commit", "commits") + " forward"
	}
	lines := []string{text}
	for _, name := range b.Packages[:min(len(b.Packages), 4)] {
		if word := d.needs(ctx, name); word != "" {
			lines = append(lines, name+" "+word)
		}
	}
	if b.Migrations > 0 {
		lines = append(lines, count(b.Migrations, "migration differs", "migrations differ")+": the database stays as it is")
	}
	if built, ok := release.BuiltFrom(d.plan.Dir); ok && built.Commit != d.to.from.Hash {
		lines = append(lines, fmt.Sprintf("what runs was built from %s (%s), not from what is checked out", built.Commit[:7], built.File))
	}
	return lines
}

// needs says what a difference in a package file asks for.
func (d *draft) needs(ctx context.Context, name string) string {
	if !strings.HasSuffix(name, "package-lock.json") {
		if strings.HasSuffix(name, "package.json") {
			return ""
		}
		return "differs"
	}
	was, errWas := d.repo().File(ctx, d.to.from.Hash, name)
	will, errWill := d.repo().File(ctx, d.to.Hash, name)
	if errWas != nil || errWill != nil {
		return "is not in both: npm ci is needed"
	}
	before, err := npm.ParseLock([]byte(was))
	after, bad := npm.ParseLock([]byte(will))
	if err != nil || bad != nil {
		return "differs: npm ci is needed"
	}
	if n := before.Differs(after); n > 0 {
		return "differs in " + count(n, "package", "packages") + ": npm ci is needed"
	}
	return "differs in no package: npm ci is not needed"
}
