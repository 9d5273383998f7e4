package plan

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"calm/model/action"
	"calm/ops/config"
	"calm/ops/release"
	"calm/ops/run"
)

// app is a checkout of an app with one package of its own, which needs no registry, installed and built.
func app(t *testing.T) *Planner {
	t.Helper()
	p := planner(t, shop())
	root := t.TempDir()
	p.Dir = filepath.Join(root, "app")
	p.Options.Env["HOME"] = root
	write(t, filepath.Join(root, ".npmrc"), "offline=true\naudit=false\nfund=false\nupdate-notifier=false\ncache="+filepath.Join(root, "npm")+"\n")
	gitRun(t, root, "init", "--quiet", p.Dir)
	for name, text := range map[string]string{
		".gitignore":         "node_modules/\ndist/\nuploads/\n.env\n",
		"package.json":       `{"name":"app","version":"1.0.0","dependencies":{"greet":"file:./greet"},"scripts":{"build":"node build.js"}}`,
		"greet/package.json": `{"name":"greet","version":"1.0.0"}`,
		"greet/index.js":     "module.exports = 'hello'\n",
		"build.js":           "const fs = require('fs')\nconst word = require('greet')\nfs.rmSync('dist', {recursive: true, force: true})\nfs.mkdirSync('dist')\nfs.writeFileSync('dist/out.txt', word + ' ' + fs.readFileSync('file') + fs.readFileSync('.env'))\nfs.writeFileSync('dist/where.json', JSON.stringify({dir: process.cwd()}))\n",
	} {
		write(t, filepath.Join(p.Dir, name), text)
	}
	sh(t, p, "npm install --package-lock-only")
	write(t, filepath.Join(p.Dir, ".env"), " settings")
	write(t, filepath.Join(p.Dir, "uploads", "photo"), "a user's")
	commit(t, p.Dir, "Release 1.0.0")
	sh(t, p, "npm ci && npm run build")
	return p
}

func sh(t *testing.T, p *Planner, command string) {
	t.Helper()
	res, err := (run.Local{}).Run(t.Context(), run.Command{Argv: []string{"bash", "-c", command}, Dir: p.Dir, Env: p.Env()})
	if err != nil {
		t.Fatalf("%v\n%s%s", err, res.Stdout, res.Stderr)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// beside lists what builds have left beside the app.
func beside(t *testing.T, p *Planner, what string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(filepath.Dir(p.Dir), ".app."+what+"*"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestBuildBeside(t *testing.T) {
	p := app(t)
	before := read(t, filepath.Join(p.Dir, "dist", "out.txt"))
	hash := commit(t, p.Dir, "Release 2.0.0")
	checkout := propose(t, p, Request{Step: step("git checkout --detach HEAD~1")})
	sh(t, p, "git checkout --quiet --detach HEAD~1; npm ci; npm run build; git checkout --quiet main")

	got := propose(t, p, Request{Step: step("npm run build")})
	if got.Kind != action.Release || got.Inverse == nil || got.Lease != "dir:"+p.Dir || !got.Measurable() {
		t.Fatalf("%+v", got)
	}
	contains(t, "changes", got.Changes, "it runs in a copy beside (.app.calm-")
	contains(t, "touches", got.Touches, "npm run build: node build.js")
	contains(t, "notes", got.Notes, "not copied for the build, because git does not know them: uploads/")
	end := perform(t, p, got)
	if end.Exit.Outcome != "ok" {
		t.Fatalf("%+v\n%s", end.Exit, end.Output)
	}
	if why := p.Problem(t.Context(), got); why != "" {
		t.Error(why)
	}
	after := read(t, filepath.Join(p.Dir, "dist", "out.txt"))
	if after == before || !strings.Contains(after, "Release 2.0.0 settings") {
		t.Errorf("built %q", after)
	}
	if where := read(t, filepath.Join(p.Dir, "dist", "where.json")); where != `{"dir":"`+p.Dir+`"}` {
		t.Errorf("the build thinks that it is in %s", where)
	}
	if left := beside(t, p, "calm-"); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	if out := gitRun(t, p.Dir, "worktree", "list"); strings.Contains(out, "calm-") {
		t.Errorf("git still knows %s", out)
	}
	if read(t, filepath.Join(p.Dir, "uploads", "photo")) != "a user's" || gitRun(t, p.Dir, "rev-parse", "HEAD") != hash {
		t.Error("the build touched what is none of its own")
	}

	back, err := p.Inverse(t.Context(), got, Request{})
	if err != nil {
		t.Fatal(err)
	}
	if back.Check || back.Risk != "changes" || back.Command != "# put back dist" {
		t.Errorf("%+v", back)
	}
	if end := perform(t, p, back); end.Exit.Outcome != "ok" {
		t.Fatalf("%+v\n%s", end.Exit, end.Output)
	}
	if why := p.Problem(t.Context(), back); why != "" {
		t.Error(why)
	}
	if now := read(t, filepath.Join(p.Dir, "dist", "out.txt")); now != before {
		t.Errorf("put back %q, not %q", now, before)
	}
	if _, err := p.Inverse(t.Context(), checkout, Request{}); err != nil {
		t.Error(err)
	}
}

// One undo brings back the commit, the packages and the build.
func TestUndoOfACheckoutWithItsBuilds(t *testing.T) {
	p := app(t)
	write(t, filepath.Join(p.Dir, "greet", "index.js"), "module.exports = 'good day'\n")
	commit(t, p.Dir, "Release 2.0.0")
	sh(t, p, "npm ci && npm run build")
	before := read(t, filepath.Join(p.Dir, "dist", "out.txt"))

	checkout := propose(t, p, Request{Step: step("git checkout --detach HEAD~1")})
	for _, plan := range []action.Plan{checkout, {}, {}} {
		if plan.Op == "" {
			command := "npm run build"
			if len(beside(t, p, "kept-")) == 0 {
				command = "npm ci"
			}
			plan = propose(t, p, Request{Step: step(command)})
		}
		if end := perform(t, p, plan); end.Exit.Outcome != "ok" || p.Problem(t.Context(), plan) != "" {
			t.Fatalf("%s: %+v\n%s\n%s", plan.Command, end.Exit, end.Output, p.Problem(t.Context(), plan))
		}
	}
	if now := read(t, filepath.Join(p.Dir, "dist", "out.txt")); !strings.Contains(now, "hello Release 1.0.0") {
		t.Fatalf("rolled back to %q", now)
	}
	back, err := p.Inverse(t.Context(), checkout, Request{})
	if err != nil {
		t.Fatal(err)
	}
	if back.Kind != action.Release || !strings.HasPrefix(back.Command, "git checkout main\n# then put back dist, node_modules") {
		t.Fatalf("%s %q", back.Kind, back.Command)
	}
	if end := perform(t, p, back); end.Exit.Outcome != "ok" {
		t.Fatalf("%+v\n%s", end.Exit, end.Output)
	}
	if why := p.Problem(t.Context(), back); why != "" {
		t.Error(why)
	}
	if now := read(t, filepath.Join(p.Dir, "dist", "out.txt")); now != before || gitRun(t, p.Dir, "rev-parse", "--abbrev-ref", "HEAD") != "main" {
		t.Errorf("%q, not %q", now, before)
	}
	// What is back can't be put back once more.
	if again, err := p.Inverse(t.Context(), checkout, Request{}); err == nil && again.Kind == action.Release {
		t.Errorf("%q", again.Command)
	}
}

// programs puts programs before all others in the PATH of steps.
func programs(t *testing.T, p *Planner, texts map[string]string) {
	t.Helper()
	bin := t.TempDir()
	for name, text := range texts {
		real, err := run.LookPath(name, os.Getenv("PATH"))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(bin, name)
		write(t, path, "#!/bin/bash\nREAL="+real+"\n"+text+"\n")
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	env := config.Environment{}
	for k, v := range p.Options.Env {
		env[k] = v
	}
	env["PATH"] = bin + ":" + os.Getenv("PATH")
	p.Options.Env = env
}

// photograph is all that runs: the packages, the build, the commit.
func photograph(t *testing.T, p *Planner) string {
	t.Helper()
	var b strings.Builder
	for _, dir := range []string{"node_modules", "dist", "uploads"} {
		err := filepath.Walk(filepath.Join(p.Dir, dir), func(path string, info os.FileInfo, err error) error {
			if err != nil {
				return err
			}
			b.WriteString(path + " " + info.ModTime().String() + " " + info.Mode().String())
			if info.Mode().IsRegular() {
				b.WriteString(read(t, path))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// Programs that end well and have not done what they say: none of them is taken at its word, and what
// runs stays as it was.
func TestBuildsThatLie(t *testing.T) {
	for name, c := range map[string]struct {
		command string
		lie     map[string]string
		want    string
	}{
		"npm ci does nothing":                       {"npm ci", map[string]string{"npm": "exit 0"}, "not there as locked"},
		"npm ci leaves an empty folder":             {"npm ci", map[string]string{"npm": "mkdir node_modules"}, "not there as locked"},
		"npm ci leaves its account only":            {"npm ci", map[string]string{"npm": "$REAL ci >/dev/null; rm node_modules/greet"}, "not there as locked: greet"},
		"npm ci installs another version":           {"npm ci", map[string]string{"npm": `$REAL ci >/dev/null; sed -i 's/"resolved": "greet"/"resolved": "greet", "version": "9.9.9"/' node_modules/.package-lock.json`}, "not there as locked"},
		"npm ci fails and says 0":                   {"npm ci || true", map[string]string{"npm": "mkdir node_modules; exit 1"}, "not there as locked"},
		"npm ci is killed half way":                 {"npm ci", map[string]string{"npm": "$REAL ci >/dev/null; rm node_modules/.package-lock.json; kill -9 $$"}, "as they were"},
		"a build that fails":                        {"npm run build", map[string]string{"npm": "echo half > dist; exit 2"}, "exit 2"},
		"a build that writes nothing":               {"npm run build", map[string]string{"npm": "exit 0"}, "wrote nothing"},
		"a build of empty files":                    {"npm run build", map[string]string{"npm": "mkdir dist; touch dist/out.txt"}, "wrote nothing"},
		"a build of an empty folder":                {"npm run build", map[string]string{"npm": "mkdir dist"}, "wrote nothing"},
		"a build of another commit":                 {"npm run build", map[string]string{"npm": `mkdir dist; echo '{"commit":"` + strings.Repeat("ab", 20) + `"}' > dist/build.json`}, "built from abababa"},
		"a build that only warms a cache":           {"npm run build", map[string]string{"npm": "mkdir -p node_modules/.cache; date > node_modules/.cache/x"}, "wrote nothing"},
		"a build that writes elsewhere":             {"npm run build", map[string]string{"npm": "mkdir uploads; echo x > uploads/x"}, "uploads, which is there already"},
		"a build that names its folder in a binary": {"npm run build", map[string]string{"npm": `mkdir dist; printf '\0%s' "$PWD" > dist/out.bin`}, "names the folder that it was built in"},
		"a build that checks another commit out":    {"npm run build", map[string]string{"npm": "git checkout -q --detach HEAD~1; mkdir dist; echo x > dist/out.txt"}, "something else checked it out"},
		"another checkout meanwhile":                {"npm run build", map[string]string{"npm": "git -C APP checkout -q --detach HEAD~1; $REAL run build"}, "something else checked it out"},
		"an installation and then a broken build":   {"npm ci && npm run build", map[string]string{"npm": `[ "$1" = ci ] && exec $REAL ci; exit 7`}, "exit 7"},
		"a failed installation hidden by a build":   {"npm ci; npm run build", map[string]string{"npm": `[ "$1" = ci ] && exit 1; mkdir dist; echo x > dist/out.txt`}, "as they were"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := app(t)
			write(t, filepath.Join(p.Dir, "greet", "index.js"), "module.exports = 'good day'\n")
			if strings.HasPrefix(c.command, "npm ci") {
				// What is there is not as locked, so that doing nothing is not enough.
				if err := os.Remove(filepath.Join(p.Dir, "node_modules", ".package-lock.json")); err != nil {
					t.Fatal(err)
				}
			}
			commit(t, p.Dir, "Release 2.0.0")
			for program, text := range c.lie {
				programs(t, p, map[string]string{program: strings.ReplaceAll(text, "APP", p.Dir)})
			}
			got := propose(t, p, Request{Step: step(c.command)})
			if got.Kind != action.Release {
				t.Fatalf("in place: %q", got.Notes)
			}
			before := photograph(t, p)
			end := perform(t, p, got)
			if end.Exit.Outcome != "failed" || !strings.Contains(end.Exit.Text, c.want) {
				t.Errorf("%s: %q\n%s", end.Exit.Outcome, end.Exit.Text, end.Output)
			}
			if photograph(t, p) != before {
				t.Error("what runs was changed")
			}
			if left := append(beside(t, p, "calm-"), beside(t, p, "kept-")...); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
			if _, err := p.Inverse(t.Context(), got, Request{}); err == nil {
				t.Error("nothing was replaced, and it can be put back")
			}
		})
	}
}

// In place nothing protects what runs; that nothing came of it is seen all the same.
func TestBuildsInPlaceThatLie(t *testing.T) {
	for name, c := range map[string]struct{ command, npm, want string }{
		"npm ci does nothing":         {"npm ci", "exit 0", "not there as locked"},
		"npm ci empties":              {"npm ci", "rm -r node_modules", "not there as locked"},
		"a build that writes nothing": {"npm run build", "exit 0", "the build wrote nothing: dist are as they were"},
		"a build of another commit":   {"npm run build", `mkdir -p dist; echo '{"commit":"` + strings.Repeat("ab", 20) + `"}' > dist/build.json`, "built from abababa"},
		"a build that is restored":    {"npm run build", "touch -d yesterday dist/out.txt.new; mv dist dist.was; cp -a dist.was dist; rm -r dist; mv dist.was dist", "wrote nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := app(t)
			if strings.HasPrefix(c.command, "npm ci") {
				if err := os.Remove(filepath.Join(p.Dir, "node_modules", ".package-lock.json")); err != nil {
					t.Fatal(err)
				}
			}
			programs(t, p, map[string]string{"npm": c.npm})
			got := propose(t, p, Request{Step: step(c.command), AsWritten: true})
			contains(t, "notes", got.Notes, "builds in place (as written): a failed or cancelled one leaves")
			if end := perform(t, p, got); end.Exit.Outcome != "ok" {
				t.Fatalf("%+v\n%s", end.Exit, end.Output)
			}
			if why := p.Problem(t.Context(), got); !strings.Contains(why, c.want) {
				t.Errorf("it counts as worked: %q", why)
			}
		})
	}
}

func TestWhatIsBuiltInPlace(t *testing.T) {
	p := app(t)
	for command, why := range map[string]string{
		"npm ci && pm2 restart glowglitch-app": "it does more than install and build: pm2",
		"cd greet && npm ci":                   "it does more than install and build: cd",
		"npm run build && npm run migrate:up":  "it does more than install and build: npm migrate:up",
		"npm ci --prefix /srv/other":           "npm --prefix leads elsewhere",
		"export NODE_ENV=production; npm ci":   "it sets variables",
		"git checkout HEAD && npm ci":          "it does more than install and build: git checkout",
	} {
		got := propose(t, p, Request{Step: step(command)})
		if got.Kind != action.Shell {
			t.Errorf("%s is run beside", command)
		}
		contains(t, "notes of "+command, got.Notes, "builds in place ("+why)
	}
	for _, command := range []string{"npm audit", "npm test", "npm ls", "npm run migrate:up"} {
		for _, note := range propose(t, p, Request{Step: step(command)}).Notes {
			if strings.Contains(note, "in place") {
				t.Errorf("%s: %s", command, note)
			}
		}
	}
	write(t, filepath.Join(p.Dir, ".gitmodules"), "")
	contains(t, "notes", propose(t, p, Request{Step: step("npm ci")}).Notes, "builds in place (the checkout has submodules")
	if _, ok := release.BuiltFrom(p.Dir); ok {
		t.Error("this build says nothing of its commit")
	}
}

func TestInstallScriptsAreNamed(t *testing.T) {
	p := app(t)
	lock := read(t, filepath.Join(p.Dir, "package-lock.json"))
	write(t, filepath.Join(p.Dir, "package-lock.json"), strings.Replace(lock, `"greet": {`, `"node_modules/sharp": {"version": "1.0.0", "hasInstallScript": true}, "greet": {`, 1))
	write(t, filepath.Join(p.Dir, "package.json"), `{"name":"app","scripts":{"postinstall":"node evil.js"}}`)
	got := propose(t, p, Request{Step: step("npm ci")})
	contains(t, "notes", got.Notes, "1 package runs programs of their own when they are installed: sharp")
	contains(t, "notes", got.Notes, "the app's own script postinstall runs: node evil.js")
	if strings.Contains(got.Command, "ignore-scripts") {
		t.Error(got.Command)
	}
	contains(t, "notes", propose(t, p, Request{Step: step("npm ci --ignore-scripts")}).Notes, "install scripts are off")
}
