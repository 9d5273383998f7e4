package lint

import "strings"

var discardsChanges = Rule{
	ID: "discards-changes", Level: Warning,
	Title: "git throws away what is not committed, or what others have pushed",
	Why: "On a production host the uncommitted change is often last night's hotfix. `git reset --hard` takes it away without a word; " +
		"a forced push takes away what a colleague pushed a minute ago.",
	Mend: "Look first (`git status --short`), keep it (`git stash`), or `git checkout --detach COMMIT`, which refuses; push with `--force-with-lease`.",
	Bad: `## Go back

~~~bash
git reset --hard HEAD~1
~~~
`,
	Good: `## Go back

~~~bash
git stash --include-untracked
git reset --hard HEAD~1
~~~
`,
	check: func(p *pass) {
		for _, s := range p.commands().of("git") {
			switch {
			case s.Is("git", "reset") && s.Has("--hard") && !keepsChanges(s):
				p.finding(s, "git reset --hard takes away what is not committed, without a word", "Before it: `git stash --include-untracked`; or `git checkout --detach COMMIT`, which refuses to overwrite.")
			case s.Is("git", "push") && s.Has("-f --force"):
				p.finding(s, "a forced push takes away what others have pushed", "Write `git push --force-with-lease`, or revert with a new commit.")
			}
		}
	},
}

// keepsChanges reports whether the calls before look for uncommitted changes, or keep them.
func keepsChanges(s site) bool {
	for _, b := range s.before() {
		if b.Is("git", "stash", "status", "diff", "branch", "tag") || b.Is("git", "checkout", "switch") && (b.Has("-b -c") || strings.Contains(b.written(), " -b")) {
			return true
		}
	}
	return false
}
