package practice

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"

	"calm/ops"
)

// versions are the releases of the shop in its checkout, oldest first; the last is the healthy one
// that runs. ago is how long before Up it was committed.
var versions = []struct {
	name string
	ago  time.Duration
}{
	{"1.3.2", 31 * 24 * time.Hour},
	{"1.4.0", 12 * 24 * time.Hour},
	{baseline, 3 * 24 * time.Hour},
}

const (
	baseline    = "1.4.1" // must be the version in app/package.json
	nextVersion = "1.5.0" // what a faulty release is called
)

// checkOut makes the shop's checkout with its history, installs its packages and builds it, unless
// that is done.
func (h *Host) checkOut(ctx context.Context) error {
	dir := h.checkout()
	if h.hasBaseline(ctx) {
		return h.buildIfNeeded(ctx)
	}
	if err := os.RemoveAll(dir); err != nil {
		return ops.Wrap("practice up", err)
	}
	if err := unpack("app", dir); err != nil {
		return err
	}
	if err := h.git(ctx, nil, "init", "--quiet", "--initial-branch=main"); err != nil {
		return err
	}
	changelog, err := files.ReadFile("app/CHANGELOG.md")
	if err != nil {
		return ops.Wrap("practice up", err)
	}
	for _, v := range versions {
		if err := h.setVersion(v.name, changelogUpTo(string(changelog), v.name)); err != nil {
			return err
		}
		if err := h.commit(ctx, v.name, "Release "+v.name, time.Now().Add(-v.ago)); err != nil {
			return err
		}
	}
	return h.buildIfNeeded(ctx)
}

func (h *Host) hasBaseline(ctx context.Context) bool {
	return h.git(ctx, nil, "rev-parse", "--quiet", "--verify", "v"+baseline+"^{commit}") == nil
}

// commit commits everything in the checkout, and tags it when it is a release of the history.
func (h *Host) commit(ctx context.Context, version, message string, at time.Time) error {
	date := at.UTC().Format(time.RFC3339)
	if err := h.git(ctx, nil, "add", "--all"); err != nil {
		return err
	}
	when := []string{"GIT_AUTHOR_DATE=" + date, "GIT_COMMITTER_DATE=" + date}
	if err := h.git(ctx, when, "commit", "--quiet", "--no-verify", "--message", message); err != nil {
		return err
	}
	if version == nextVersion {
		return nil
	}
	return h.git(ctx, nil, "tag", "v"+version)
}

func (h *Host) git(ctx context.Context, more []string, args ...string) error {
	// The machine's own settings may sign commits or run hooks.
	env := append([]string{"GIT_CONFIG_NOSYSTEM=1"}, more...)
	_, err := h.run(ctx, h.checkout(), env, append([]string{"git"}, args...)...)
	return err
}

// setVersion writes the version into package.json and its lock, and the changelog.
func (h *Host) setVersion(version, changelog string) error {
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := files.ReadFile("app/" + name)
		if err != nil {
			return ops.Wrap("practice up", err)
		}
		changed := strings.ReplaceAll(string(text), `"version": "`+baseline+`"`, `"version": "`+version+`"`)
		if err := writeFile(filepath.Join(h.checkout(), name), 0o644, []byte(changed)); err != nil {
			return err
		}
	}
	return writeFile(filepath.Join(h.checkout(), "CHANGELOG.md"), 0o644, []byte(changelog))
}

// changelogUpTo leaves out the sections of newer releases; the newest comes first.
func changelogUpTo(changelog, version string) string {
	title, rest, _ := strings.Cut(changelog, "\n## ")
	for section := range strings.SplitSeq(rest, "\n## ") {
		if strings.HasPrefix(section, version+"\n") {
			return title + "\n## " + rest
		}
		_, rest, _ = strings.Cut(rest, "\n## ")
	}
	return title
}

// buildIfNeeded installs and builds what is checked out, unless dist/ was built from it.
func (h *Host) buildIfNeeded(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(h.checkout(), "node_modules", "mongodb")); err != nil {
		if err := h.npm(ctx, "ci"); err != nil {
			return err
		}
	}
	res, err := h.run(ctx, h.checkout(), nil, "git", "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	built := struct {
		Commit, Flags string
		Edited        bool
	}{Edited: true}
	text, _ := os.ReadFile(filepath.Join(h.checkout(), "dist", "build.json"))
	head := strings.TrimSpace(string(res.Stdout))
	if json.Unmarshal(text, &built) == nil && built.Commit == head && built.Flags == "runtime" && !built.Edited {
		return nil
	}
	return h.npm(ctx, "run", "build")
}

// deploy releases what a folder of releases/ changes, the way the shop is always released: commit,
// build, restart, with more variables for the restarted process.
func (h *Host) deploy(ctx context.Context, folder, note string, env ...string) error {
	if err := unpack("releases/"+folder, h.checkout()); err != nil {
		return err
	}
	changelog, err := files.ReadFile("app/CHANGELOG.md")
	if err != nil {
		return ops.Wrap("practice fault", err)
	}
	title, rest, _ := strings.Cut(string(changelog), "\n## ")
	if err := h.setVersion(nextVersion, title+"\n## "+nextVersion+"\n\n- "+note+".\n\n## "+rest); err != nil {
		return err
	}
	if err := h.commit(ctx, nextVersion, "Release "+nextVersion+": "+note, time.Now()); err != nil {
		return err
	}
	if err := h.npm(ctx, "run", "build"); err != nil {
		return err
	}
	return h.restartApp(ctx, env...)
}

// restartApp restarts the shop with its environment as it is, changed only in the given variables.
func (h *Host) restartApp(ctx context.Context, env ...string) error {
	if _, err := h.pm2(ctx, env, "restart", AppName, "--update-env"); err != nil {
		return err
	}
	return h.appAnswers(ctx)
}

// resetCheckout brings the checkout back to the healthy release, whatever was done to it.
func (h *Host) resetCheckout(ctx context.Context) error {
	if !h.hasBaseline(ctx) {
		return h.checkOut(ctx)
	}
	for _, args := range [][]string{
		{"checkout", "--quiet", "--force", "-B", "main", "v" + baseline},
		{"clean", "--quiet", "--force", "-d"},
	} {
		if err := h.git(ctx, nil, args...); err != nil {
			return err
		}
	}
	return h.buildIfNeeded(ctx)
}
